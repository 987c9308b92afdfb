"""Orders by event beside each other, beside calls, over the bus, repeated and interrupted: no place is given twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from doselane.slotting.v1 import order_pb2

from services.kernel.bus.memory import MemoryBus
from services.kernel.event import Event
from services.kernel.inbox import Consumer
from services.network import Capacity
from services.slotting.domain import Project
from services.slotting.events.orders import ORDER_TOPICS, ORDER_TYPES
from services.slotting.store.faults import SlotMoved
from services.slotting.usecases import take_order
from tests.support.line import running
from tests.support.offers_door import a_network, begin, offers_schema
from tests.support.offers_world import GBQ, HARBOR, NOON, NORTHLAKE, World, a_book, a_run, hours
from tests.support.postgres import Databases
from tests.support.slotting import a_claim, a_demand, a_move
from tests.support.slotting_desk import LedgerDesk, a_desk, decided, slot_id
from tests.support.slotting_orders import ERP, Decided, a_withdrawal, an_order, decisions, state, stated

ONE_DOSE = Capacity(15 * GBQ, 1)


@pytest.fixture
async def desk(databases: Databases) -> AsyncIterator[LedgerDesk]:
    """Two copies of a ledger that know a small network at noon."""
    async with a_desk(await databases.prepared("offers", offers_schema), copies=2) as made:
        await begin(made, World(a_network(), []))
        yield made


async def know(desk: LedgerDesk, *names: str, pool: Capacity = ONE_DOSE) -> None:
    """Runs of one dose each, of which the first is the best offer."""
    await desk.ledger.execute([Project(a_book(a_run(name), pool=pool)) for name in names])


def a_consumer(desk: LedgerDesk, bus: MemoryBus) -> Consumer:
    """As slotting's main makes it."""
    return Consumer(bus, desk.database, "slotting-orders", ORDER_TOPICS, take_order, types=ORDER_TYPES, one_by_one=True)


async def raced(desk: LedgerDesk, first: Event, second: Event) -> list[Decided]:
    """The second finds what the first has taken and not committed yet, and waits for it."""
    async with desk.database.transaction() as connection:
        await take_order(connection, first)
        late = asyncio.create_task(state(desk, second))
        await desk.until_waiting_for_locks()
    await late
    return await decisions(desk)


async def test_of_two_orders_for_the_last_dose_one_is_promised_it_and_the_other_refused(desk: LedgerDesk):
    await know(desk, "runs/lu-1")
    told = await raced(desk, stated(an_order()), stated(an_order(), partner=HARBOR))
    assert [(each.outcome, each.reason) for each in told] == [(Decided.PROMISED, ""), (Decided.REFUSED, "RUN_FULL")]
    assert await desk.committed() == 1


async def test_the_one_that_comes_too_late_gets_the_next_offer(desk: LedgerDesk):
    await know(desk, "runs/lu-1", "runs/lu-2")
    told = await raced(desk, stated(an_order()), stated(an_order(), partner=HARBOR))
    assert [(each.outcome, each.slot.run) for each in told] == [
        (Decided.PROMISED, "runs/lu-1"),
        (Decided.PROMISED, "runs/lu-2"),
    ]


async def test_an_order_waits_for_a_call_and_finds_the_run_full(desk: LedgerDesk):
    await know(desk, "runs/lu-1")
    claim = a_claim(a_demand(administration_at=NOON + hours(48), activity_mbq=7400.0))
    async with desk.database.transaction() as connection:
        await decided(connection, claim)
        order = asyncio.create_task(state(desk, stated(an_order())))
        await desk.until_waiting_for_locks()
    (told,) = await order
    assert (told.outcome, told.reason) == (Decided.REFUSED, "RUN_FULL")


async def test_a_crowd_of_orders_and_calls_over_two_copies_gets_what_there_is(desk: LedgerDesk):
    places = 7
    big = Capacity(places * 20 * GBQ, places)
    await begin(desk, World(a_network(sessions=90, departures=90, windows=90), []))
    await know(desk, "runs/lu-1", pool=big)
    orders = [stated(an_order(order_reference=f"SO-{n}"), partner=(NORTHLAKE, HARBOR)[n % 2]) for n in range(24)]
    calls = [a_claim(a_demand(order_reference=f"C-{n}", administration_at=NOON + hours(48))) for n in range(24)]
    await asyncio.gather(
        *(state(desk, each) for each in orders),
        *(desk.ask(each, copy=number % 2) for number, each in enumerate(calls)),
        return_exceptions=True,
    )
    told = await decisions(desk)
    promised = [each for each in told if each.outcome == Decided.PROMISED]
    refused = {each.reason for each in told if each.outcome == Decided.REFUSED}
    assert len(told) == len(orders) and refused <= {"RUN_FULL", "FULL"} and refused
    assert await desk.slots() == await desk.committed() == places >= len(promised)


async def test_one_order_that_two_systems_state_at_once_gets_one_slot(desk: LedgerDesk):
    await know(desk, "runs/lu-1", "runs/lu-2")
    told = await raced(desk, stated(an_order()), stated(an_order(NOON + hours(1)), system=ERP))
    assert [each.outcome for each in told] == [Decided.PROMISED, Decided.KEPT]
    assert await desk.slots() == 1


async def test_a_slot_that_a_call_moves_meanwhile_is_looked_at_again(desk: LedgerDesk):
    await know(desk, "runs/lu-1", "runs/lu-2")
    (told,) = await state(desk, stated(an_order()))
    withdrawal = stated(a_withdrawal(NOON + hours(1)))
    async with desk.database.transaction() as connection:
        await decided(connection, a_move(slot_id(told.slot), "runs/lu-2"))
        late = asyncio.create_task(state(desk, withdrawal))
        await desk.until_waiting_for_locks()
    with pytest.raises(SlotMoved):  # which the bus answers by bringing the event again
        await late
    assert [each.outcome for each in await state(desk, withdrawal)] == [Decided.GIVEN_BACK]
    assert await desk.committed("runs/lu-2") == 0


async def test_what_is_interrupted_before_its_commit_is_the_same_request_when_it_is_repeated(desk: LedgerDesk):
    await know(desk, "runs/lu-1")
    event, seen = stated(an_order()), []
    for commits in (False, True):
        async with desk.database.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await take_order(connection, event)
            seen.append(await connection.fetchrow("SELECT partner, request_id, body_hash FROM request"))
            await (transaction.commit() if commits else transaction.rollback())
        assert len(await decisions(desk)) == await desk.slots() == int(commits)
    assert seen[0] == seen[1]


async def test_over_the_bus_each_statement_is_decided_once_and_what_nobody_can_be_told_is_parked(desk: LedgerDesk):
    await know(desk, "runs/lu-1", "runs/lu-2")
    bus = MemoryBus()
    nobodys, first = stated(an_order(), partner=""), stated(an_order())
    other = stated(an_order(order_reference="SO-2"), system=ERP, partner=HARBOR)
    async with running(a_consumer(desk, bus).run()):
        await bus.publish("doselane.crm", [nobodys, _of_another_type(first), first, first])
        await bus.publish("doselane.erp", [other])
        await _until(desk, 2)
    async with running(a_consumer(desk, bus).run()):  # a member that begins anew, as after a crash
        await bus.publish("doselane.crm", [first, stated(a_withdrawal(NOON + hours(1)))])
        await _until(desk, 3)
    told = await decisions(desk)
    assert sorted((each.order.order_reference, each.outcome) for each in told) == [
        ("SO-2", Decided.PROMISED),
        (an_order().order_reference, Decided.PROMISED),
        (an_order().order_reference, Decided.GIVEN_BACK),
    ]
    parked = await desk.database.pool.fetch("SELECT consumer, event_id FROM parked")
    assert [tuple(row) for row in parked] == [("slotting-orders", nobodys.id)]


def _of_another_type(event: Event) -> Event:
    facts = {field: getattr(event, field) for field in event.__slots__}
    return Event(**{**facts, "id": stated(order_pb2.DoseOrder()).id, "type": "doselane.crm.message.refused.v1"})


async def _until(desk: LedgerDesk, number: int) -> Any:
    async with asyncio.timeout(60):
        while len(await decisions(desk)) < number:
            await asyncio.sleep(0.01)
