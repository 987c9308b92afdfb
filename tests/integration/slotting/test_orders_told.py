"""What becomes of an order's slot otherwise, by a rescue or a call, is told to the system that stated the order."""

from datetime import timedelta

import pytest
from doselane.slotting.v1 import events_pb2

from services.slotting.domain import RecordShipment, State
from services.slotting.events.orders import MOVED_TYPES
from tests.support.offers_world import NOON, NORTHLAKE, hours
from tests.support.slotting import a_claim, a_demand, a_move
from tests.support.slotting_desk import LedgerDesk, slot_id
from tests.support.slotting_door import Door
from tests.support.slotting_orders import (
    INTERVAL,
    Decided,
    a_withdrawal,
    an_order,
    decided,
    know,
    published,
    slots,
    state,
    stated,
)

MINUTE = timedelta(minutes=1)
NEXT_DAY = (INTERVAL[0] + hours(24), INTERVAL[1] + hours(24))


@pytest.fixture
async def desk(offers_door: Door) -> LedgerDesk:
    """A ledger over a small network at noon, with one run that ends tomorrow."""
    await know(offers_door.desk)
    return offers_door.desk


async def hear_of_slots(desk: LedgerDesk) -> list[events_pb2.OrderDecided]:
    """The orders' consumer hears what was published of slots; what it tells of that."""
    return await state(desk, *await published(desk, *MOVED_TYPES))


async def test_the_system_that_stated_an_order_is_told_when_a_rescue_moves_its_slot_and_once(desk: LedgerDesk):
    order = an_order()
    slot = (await decided(desk, order)).slot
    await know(desk, "runs/lu-2")
    await desk.ask(a_move(slot_id(slot), "runs/lu-2", reason="a rescue"))
    (told,) = await hear_of_slots(desk)
    assert (told.outcome, told.order, told.message, told.stated_by) == (Decided.MOVED, order, "messages/1", NORTHLAKE)
    assert (told.slot.name, told.slot.run, told.slot.last_change.reason) == (slot.name, "runs/lu-2", "a rescue")
    assert await hear_of_slots(desk) == []
    # What the order says does not count anew: the slot stays where the rescue put it until a newer one says otherwise.
    assert await state(desk, stated(order)) == []
    assert await slots(desk) == [(State.CONFIRMED, "runs/lu-2")]


async def test_the_system_that_stated_an_order_is_told_which_slot_took_the_place_of_its_lost_one(desk: LedgerDesk):
    slot = (await decided(desk, an_order())).slot
    await know(desk, "runs/lu-2")
    await desk.ledger.execute([RecordShipment((slot_id(slot),), State.LOST, "dispatcher", "")])
    await desk.ask(a_move(slot_id(slot), "runs/lu-2"))
    (told,) = await hear_of_slots(desk)
    assert (told.outcome, told.slot.replaces, told.slot.run) == (Decided.MOVED, slot.name, "runs/lu-2")
    assert told.slot.name != slot.name and told.slot.HasField("delivery_time")
    # It is the order's from now on: moved once more, it is told of; and a withdrawal gives it back.
    await know(desk, "runs/lu-3")
    await desk.ask(a_move(slot_id(told.slot), "runs/lu-3"))
    (again,) = await hear_of_slots(desk)
    assert (again.slot.name, again.slot.run) == (told.slot.name, "runs/lu-3")
    assert (await decided(desk, a_withdrawal(NOON + MINUTE))).outcome == Decided.GIVEN_BACK


async def test_what_an_order_brought_about_itself_or_no_system_stated_is_not_told_twice(desk: LedgerDesk):
    await decided(desk, an_order())
    assert (await decided(desk, an_order(NOON + MINUTE, interval=NEXT_DAY))).outcome == Decided.MOVED
    await know(desk, "runs/lu-2")
    by_call = await desk.ask(
        a_claim(a_demand(order_reference="SO-by-call", administration_at=NOON + hours(40), patient_reference=""))
    )
    await desk.ask(a_move(slot_id(by_call), "runs/lu-2"))
    assert await hear_of_slots(desk) == []
