"""What distribution tells of doses on their way, and what the ledger makes of it."""

from typing import Any
from uuid import UUID

import pytest
from doselane.distribution.v1 import events_pb2, shipment_pb2

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.network import NOTHING, Capacity
from services.slotting.domain import (
    Allocation,
    Book,
    Cut,
    Project,
    RecordShipment,
    Risk,
    RunState,
    Slot,
    State,
    UnitOfWork,
    Withdraw,
    decide,
)
from services.slotting.domain.page import CutOutcome, LedgerHappened
from services.slotting.events import command_of
from tests.support.slotting import (
    GBQ,
    HARBOR,
    NOON,
    NORTHLAKE,
    a_book,
    a_confirm,
    a_cut,
    a_move,
    a_page,
    a_release,
    a_run,
    a_slot,
    an_allotment,
)
from tests.unit.slotting.pictures import picture, refusal
from tests.unit.slotting.test_cutting import page_of, slots_on

RUN, SLOT_ID = "runs/lu-1", "01a215bf-0000-7000-8000-000000000001"
LOSS = shipment_pb2.Loss(cause=shipment_pb2.Loss.DAMAGED, detail="the vial leaked")
MESSAGES: dict[str, Any] = {
    "delivered": events_pb2.ShipmentDelivered,
    "delivery_withdrawn": events_pb2.DeliveryWithdrawn,
    "lost": events_pb2.ShipmentLost,
    "cancelled": events_pb2.ShipmentCancelled,
}
BECOMES = [
    (State.FULFILLED, State.CONFIRMED, LedgerHappened.FULFILLED),
    (State.LOST, State.CONFIRMED, LedgerHappened.LOST),
    (State.CONFIRMED, State.FULFILLED, LedgerHappened.FULFILMENT_WITHDRAWN),
]


def news(what: str, *doses: str, **facts: Any) -> Event:
    """An event of a shipment with these doses."""
    carried = [shipment_pb2.CarriedDose(dose=dose) for dose in doses]
    shipment = shipment_pb2.Shipment(name="shipments/1", partner=NORTHLAKE, doses=carried, **facts)
    data = MESSAGES[what](shipment=shipment).SerializeToString()
    event_type = f"doselane.distribution.shipment.{what}.v1"
    return Event(
        uuid7(), event_type, "doselane/distribution", shipment.name, 7, NOON, data, actor="dispatcher", reason="why"
    )


def told(slot: Slot, state: State, cause: str = "") -> RecordShipment:
    """What distribution tells of the dose of one slot."""
    return RecordShipment((slot.id,), state, "dispatcher", "the courier said so", cause)


def a_page_with(state: State, **facts: Any) -> tuple[UnitOfWork, Slot]:
    """A page with one slot in this state, which has taken a place."""
    book = a_book()
    until = NOON if state is State.HELD else None
    slot = a_slot(book, state=state, hold_until=until, **facts)
    page = a_page(book)
    page.slots[slot.id] = slot
    return page, slot


@pytest.mark.parametrize(("becomes", "before", "what"), BECOMES)
def test_a_slot_follows_its_dose(becomes: State, before: State, what: LedgerHappened) -> None:
    page, slot = a_page_with(before)
    assert decide(page, told(slot, becomes)) is None
    after = page.slots[slot.id]
    assert (after.state, after.version, after.updated_at) == (becomes, slot.version + 1, NOON)
    assert [each.what for each in page.happenings] == [what]
    assert page.touched == {slot.id: after}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("becomes", "before", "_what"), BECOMES)
def test_in_any_other_state_nothing_changes(becomes: State, before: State, _what: LedgerHappened, state: State) -> None:
    if state is before:
        return
    page, slot = a_page_with(state)
    unchanged = picture(page)
    decide(page, told(slot, becomes))
    assert picture(page) == unchanged


@pytest.mark.parametrize("becomes", [State.FULFILLED, State.LOST])
def test_what_is_told_again_changes_nothing(becomes: State) -> None:
    page, slot = a_page_with(State.CONFIRMED)
    decide(page, told(slot, becomes))
    once = picture(page)
    decide(page, told(slot, becomes))
    assert picture(page) == once


def test_a_withdrawn_delivery_can_be_told_anew_and_the_dose_can_be_lost_then() -> None:
    page, slot = a_page_with(State.CONFIRMED)
    for state in (State.FULFILLED, State.CONFIRMED, State.FULFILLED, State.CONFIRMED, State.LOST):
        decide(page, told(slot, state))
        assert page.slots[slot.id].state is state
    assert page.slots[slot.id].version == slot.version + 5


def test_a_slot_that_nobody_knows_changes_nothing_and_the_others_follow() -> None:
    page, slot = a_page_with(State.CONFIRMED)
    decide(page, RecordShipment((uuid7(), slot.id, slot.id), State.FULFILLED, "dispatcher", ""))
    assert [each.slot for each in page.happenings] == [page.slots[slot.id]]


@pytest.mark.parametrize("risk", [Risk.DEPARTURE, Risk.RUN])
def test_a_slot_at_risk_follows_too_and_is_at_risk_again_if_the_delivery_is_withdrawn(risk: Risk) -> None:
    lost_run = {"allocation": Allocation(NOTHING, NOTHING)} if risk is Risk.RUN else {}
    page, slot = a_page_with(State.CONFIRMED, risk=risk, **lost_run)
    decide(page, told(slot, State.FULFILLED))
    decide(page, told(slot, State.CONFIRMED))
    after = page.slots[slot.id]
    assert (after.state, after.risk, after.allocation) == (State.CONFIRMED, risk, slot.allocation)


def test_why_a_dose_was_lost_is_told_and_who_said_so_is_not_its_sponsors_to_read() -> None:
    page, slot = a_page_with(State.CONFIRMED)
    decide(page, told(slot, State.LOST, "DAMAGED"))
    after = page.slots[slot.id]
    assert [each.cause for each in page.happenings] == ["DAMAGED"]
    assert (after.actor, after.reason, after.signature) == ("dispatcher", "the courier said so", ("", ""))


@pytest.mark.parametrize("state", [State.FULFILLED, State.LOST])
def test_what_is_delivered_or_lost_keeps_what_it_took_and_is_closed(state: State) -> None:
    page, slot = a_page_with(State.CONFIRMED)
    decide(page, told(slot, state))
    assert page.books[RUN].pool.committed == Capacity(slot.reference_kbq, 1)
    assert page.slots[slot.id].allocation == slot.allocation
    closed = [a_release(slot.id), a_confirm(slot.id)]
    closed += [a_move(slot.id, RUN)] if state is State.FULFILLED else []  # what is lost is replaced
    for command in closed:
        assert refusal(page, command).reason == "SLOT_CLOSED"


def test_a_batch_that_fails_after_the_delivery_takes_nothing_from_the_slot() -> None:
    book = a_book()
    slots = slots_on(book, NORTHLAKE, HARBOR)
    page = page_of(book, slots)
    decide(page, told(slots[0], State.FULFILLED))
    decide(page, Withdraw(RUN, "qp", "particles seen"))
    assert [page.slots[each.id].risk for each in slots] == [Risk.NONE, Risk.RUN]
    assert book.pool.committed.vials == 1


# Cuts of a run of which doses were delivered or lost: its accounts are never smaller than what these have taken.


def closed_and_open(state: State) -> tuple[UnitOfWork, Book, Slot]:
    """Northlake has an allotment of three and two closed slots in it, Harbor a closed and an open one in the pool."""
    book = a_book(pool=Capacity(200 * GBQ, 4), allotments={NORTHLAKE: an_allotment(Capacity(100 * GBQ, 3))})
    mine, yours, theirs, open_one = slots_on(book, NORTHLAKE, NORTHLAKE, HARBOR, HARBOR)
    page = page_of(book, [mine, yours, theirs, open_one])
    for slot in (mine, yours, theirs):
        decide(page, told(slot, state))
    page.happenings.clear()
    return page, book, open_one


def conflicts(page: UnitOfWork, cut: Cut) -> tuple[UUID, ...]:
    """The slots that a cut displaces."""
    outcome = decide(page, cut)
    assert isinstance(outcome, CutOutcome)
    return outcome.conflicts


@pytest.mark.parametrize("state", [State.FULFILLED, State.LOST])
@pytest.mark.parametrize("cancel", [False, True])
def test_a_cut_leaves_room_for_what_is_closed_and_for_nothing_else(state: State, cancel: bool) -> None:
    page, _, open_one = closed_and_open(state)
    facts = {"allotments": {NORTHLAKE: NOTHING}, "accept_conflicts": True, "cancel": cancel}
    assert conflicts(page, a_cut(RUN, NOTHING, **facts)) == (open_one.id,)
    book = page.books[RUN]
    own = book.allotments[NORTHLAKE]
    assert (book.pool.size.vials, book.pool.committed.vials) == (1, 1)
    assert (own.size.vials, own.committed.vials) == (2, 2)


def test_an_allotment_keeps_room_for_what_is_closed_at_the_cost_of_the_pool() -> None:
    page, _, open_one = closed_and_open(State.FULFILLED)
    facts = {"allotments": {NORTHLAKE: NOTHING}, "accept_conflicts": True}
    assert conflicts(page, a_cut(RUN, Capacity(300 * GBQ, 3), **facts)) == (open_one.id,)
    book = page.books[RUN]
    assert (book.pool.size.vials, book.allotments[NORTHLAKE].size.vials) == (1, 2)


@pytest.mark.parametrize("state", [RunState.PRODUCED, RunState.FAILED])
def test_what_capacity_tells_later_never_undoes_what_is_closed(state: RunState) -> None:
    page, _, open_one = closed_and_open(State.FULFILLED)
    for version in (3, 4):
        drawn = a_book(a_run(version=version, state=state), pool=NOTHING)
        decide(page, Project(drawn))
        book = page.books[RUN]
        assert (book.run.version, book.run.state) == (version, state)
        assert (book.pool.size.vials, book.pool.committed.vials) == (1, 1)
        assert (book.allotments[NORTHLAKE].size.vials, book.allotments[NORTHLAKE].committed.vials) == (2, 2)
    assert [each.what for each in page.happenings] == [LedgerHappened.AT_RISK, LedgerHappened.CUT]
    assert page.slots[open_one.id].risk is Risk.RUN


@pytest.mark.parametrize(
    ("what", "facts", "state", "cause"),
    [
        ("delivered", {}, State.FULFILLED, ""),
        ("delivery_withdrawn", {}, State.CONFIRMED, ""),
        ("lost", {"loss": LOSS}, State.LOST, "DAMAGED"),
        ("lost", {}, State.LOST, ""),
        ("lost", {"loss": shipment_pb2.Loss(cause=99)}, State.LOST, ""),  # type: ignore[arg-type]  # newer than we are
    ],
)
def test_events_of_a_shipment_are_read(what: str, facts: dict[str, Any], state: State, cause: str) -> None:
    command = command_of(news(what, f"doses/{SLOT_ID}", "doses/another-systems", **facts))
    assert isinstance(command, RecordShipment)
    assert ([str(each) for each in command.slots], command.state, command.cause) == ([SLOT_ID], state, cause)
    assert (command.actor, command.reason) == ("dispatcher", "why")


def test_other_events_of_a_shipment_do_not_concern_the_ledger() -> None:
    assert command_of(news("cancelled", f"doses/{SLOT_ID}")) is None


@pytest.mark.parametrize("dose", ["", "doses/", f"slots/{SLOT_ID}"])
def test_a_dose_that_is_none_is_refused(dose: str) -> None:
    with pytest.raises(Invalid) as refused:
        command_of(news("delivered", dose))
    assert refused.value.facts["field"] == "shipment.doses"
