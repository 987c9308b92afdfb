"""An ERP states its production orders on the bus, and runs follow them, on real PostgreSQL."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.capacity.v1.events_pb2 import ProductionOrderRefused
from doselane.erp.v1 import erp_pb2

from services.kernel import event_log, parked
from services.kernel.event import Event
from services.kernel.timestamps import stamp
from tests.integration.capacity.conftest import House
from tests.support.capacity import (
    CUTOFF,
    HARBOR,
    NOON,
    NORTHLAKE,
    SYNTHESIS,
    a_stated_order,
    an_allotment,
    capacity,
    gbq,
    know_product,
    new_id,
    order_event,
)

State, Stated = capacity_pb2.Run.State, erp_pb2.ProductionOrder.State
ORDER = "000100004711"
LATER = stamp(NOON)  # an hour after what the builder states


async def state(house: House, message: str = "messages/1", **changes: Any) -> Event:
    """Publishes a statement; once `heard` has it, it was applied or parked."""
    event = order_event(a_stated_order(**changes), message)
    await house.bus.publish("doselane.erp", [event])
    return event


async def heard(house: House, *events: Event) -> None:
    """Waits until capacity has done with all of these."""
    seen = "SELECT count(*) FROM inbox WHERE consumer = 'capacity' AND event_id = ANY ($1)"
    async with asyncio.timeout(60):
        while await house.database.pool.fetchval(seen, [event.id for event in events]) < len(events):
            await asyncio.sleep(0.01)


async def runs_of(house: House) -> list[capacity_pb2.Run]:
    """The runs that the order makes, those planned last first."""
    rows = await house.database.pool.fetch(
        "SELECT name FROM run WHERE production_order = $1 ORDER BY created_at DESC, name DESC", ORDER
    )
    return [await house.get(row["name"]) for row in rows]


async def faults(house: House) -> list[str]:
    """What is parked, by the names of the faults."""
    async with house.database.pool.acquire() as conn:
        return [each.fault.partition(":")[0] for each in await parked.waiting(conn, "capacity")]


async def refusals(house: House) -> list[tuple[Event, ProductionOrderRefused]]:
    """What was told of refusals, once all that was committed is in the log."""
    await house.published("")
    async with house.database.pool.acquire() as conn:
        logged = [each.event for each in await event_log.read(conn, 0)]
    found = [event for event in logged if event.type == "doselane.capacity.production_order.refused.v1"]
    return [(event, ProductionOrderRefused.FromString(event.data)) for event in found]


async def test_an_order_that_is_released_makes_an_open_run_once(house: House) -> None:
    told = [await state(house), await state(house, "messages/2")]
    await heard(house, *told)
    [run] = await runs_of(house)
    assert (run.state, run.pledged, run.production_order) == (State.OPEN, capacity(100, 10), ORDER)
    assert (run.vial_reference_activity_max_kbq, run.loss_fraction) == (20_000_000, 0.05)  # as the product is
    assert (run.last_change.actor, run.last_change.reason) == ("erp_tiny", "told by erp_tiny")
    assert [what for what, _ in await house.history(run.name)] == ["created", "opened"]
    assert await faults(house) == []


async def test_a_run_opens_shrinks_and_is_cancelled_with_its_order_and_late_statements_change_nothing(
    house: House,
) -> None:
    first = await state(house, state=Stated.PLANNED)
    await heard(house, first)
    [run] = await runs_of(house)
    assert run.state == State.PLANNED
    released = await state(house, state_time=stamp(NOON + timedelta(minutes=1)))
    less = await state(house, state_time=stamp(NOON + timedelta(minutes=2)), pledged=capacity(60, 6))
    late = await state(house, state_time=stamp(NOON), pledged=capacity(20, 2))
    await heard(house, released, less, late)
    run = await house.get(run.name)
    assert (run.state, run.pledged) == (State.OPEN, capacity(60, 6))
    gone = await state(house, state_time=stamp(NOON + timedelta(minutes=3)), state=Stated.CANCELLED)
    late = await state(house, state_time=stamp(NOON + timedelta(minutes=2)))
    await heard(house, gone, late)
    assert (await house.get(run.name)).state == State.CANCELLED
    assert [what for what, _ in await house.history(run.name)] == ["created", "opened", "cut", "cancelled"]
    assert await faults(house) == []


async def test_a_plan_that_nobody_saw_gives_way_to_another_of_the_same_order(house: House) -> None:
    first = await state(house, state=Stated.PLANNED)
    await heard(house, first)
    moved = stamp(SYNTHESIS + timedelta(hours=1))
    again = await state(house, state=Stated.PLANNED, end_of_synthesis_time=moved, state_time=LATER)
    await heard(house, again)
    new, old = await runs_of(house)
    assert (old.state, new.state, new.end_of_synthesis_time) == (State.CANCELLED, State.PLANNED, moved)
    released = await state(house, end_of_synthesis_time=moved, state_time=LATER)  # goes to the one that stands
    await heard(house, released)
    assert (await house.get(new.name)).state == State.OPEN


async def test_an_order_follows_a_run_that_was_planned_by_call_with_what_sponsors_have_of_it(house: House) -> None:
    run = await house.opened(
        an_allotment(NORTHLAKE, gbq(60, 6)), an_allotment(HARBOR, gbq(40, 4)), production_order=ORDER
    )
    await heard(house, await state(house, pledged=capacity(50, 5)))
    found = await house.get(run.name)
    assert [each.capacity.vials for each in found.allotments] == [2, 3]
    assert (await house.twin.knows(run.name, 3)).run.pledged == capacity(50, 5)


async def test_what_the_rules_refuse_is_parked_and_told_to_the_plant_and_can_be_replayed(house: House) -> None:
    run = await house.opened(production_order=ORDER)
    grown = await state(house, "messages/7", pledged=capacity(120, 12), state_time=stamp(NOON))
    moved = await state(house, "messages/8", line="facilities/north/lines/2")
    await heard(house, grown, moved)
    assert await faults(house) == ["CapacityWouldGrow", "RunFixed"]
    assert (await house.get(run.name)).etag == "v2"
    told = await refusals(house)
    assert [(event.subject, event.sequence, event.partner) for event, _ in told] == [
        (f"productionOrders/{ORDER}", number, "partners/cdmo") for number in (1, 2)
    ]
    assert [(each.production_order, each.reason, each.message, each.adapter) for _, each in told] == [
        (ORDER, "CAPACITY_WOULD_GROW", "messages/7", "erp_tiny"),
        (ORDER, "RUN_FIXED", "messages/8", "erp_tiny"),
    ]
    request = capacity_pb2.CancelRunRequest(name=run.name, request_id=new_id())
    await house.call("CancelRun", request)
    again = house.planning(production_order=ORDER, pledged=capacity(120, 12))
    new = await house.call("CreateRun", again)  # the order is free again
    async with house.database.pool.acquire() as conn:
        await parked.ask_replay(conn, [(await parked.waiting(conn, "capacity"))[0].id])
    assert (await house.reaches(new.name, 2)).state == State.OPEN


async def test_an_order_of_a_product_that_is_told_of_later_waits_parked(house: House) -> None:
    early = await state(house, product="products/new")
    await heard(house, early)
    assert await faults(house) == ["ProductUnknown"]
    await know_product(house.database, product="products/new")
    async with house.database.pool.acquire() as conn:
        await parked.ask_replay(conn)
    async with asyncio.timeout(60):
        while not await runs_of(house):
            await asyncio.sleep(0.01)
    assert [run.state for run in await runs_of(house)] == [State.OPEN]


async def test_a_release_after_the_cut_off_is_refused_and_the_cut_beside_it_is_not_half_done(house: House) -> None:
    run = await house.planned(production_order=ORDER)
    house.clock.advance_to(CUTOFF)
    await heard(house, await state(house, pledged=capacity(60, 6)))
    assert await faults(house) == ["CutoffPassed"]
    assert (await house.get(run.name)).etag == "v1"


@pytest.mark.parametrize("name", ["", "4\0", "4" * 200])
async def test_a_name_that_is_none_is_parked_and_holds_nothing_up(house: House, name: str) -> None:
    bad = await state(house, production_order=name)
    good = await state(house)
    await heard(house, bad, good)
    assert await faults(house) == ["InvalidFields"]
    assert len(await refusals(house)) == 1
    assert len(await runs_of(house)) == 1


async def test_a_watch_of_runs_goes_on_over_a_refusal(house: House) -> None:
    await house.opened(production_order=ORDER)
    watch = house.client.stream("WatchRuns", capacity_pb2.WatchRunsRequest(), token=house.tokens["partners/cdmo"])
    async with asyncio.timeout(60):
        first = await anext(watch)  # a sign of life: from here on all is heard
        assert not first.HasField("run")
        await state(house, pledged=capacity(120, 12))
        await state(house, pledged=capacity(60, 6))
        async for response in watch:
            if response.HasField("run"):
                assert response.run.pledged == capacity(60, 6)
                break


async def test_a_cut_of_the_ledger_that_crosses_with_a_fact_leaves_both_with_the_same(house: House) -> None:
    """The ledger has cut version 2 by a call that still waits for its answer when the fact is told here."""
    run = await house.opened(production_order=ORDER)
    house.twin.answers.clear()
    house.twin.speaks.clear()
    request = capacity_pb2.CutRunRequest(name=run.name, pledged=capacity(80, 8), request_id=new_id())
    call = asyncio.create_task(house.call("CutRun", request, timeout_s=30))
    async with asyncio.timeout(60):
        await house.twin.done.wait()
    await heard(house, await state(house, pledged=capacity(50, 5)))
    assert (await house.get(run.name)).etag == "v3"
    assert house.twin.books[run.name].run.pledged == capacity(80, 8)
    house.twin.answers.set()
    house.twin.speaks.set()
    await call
    assert (await house.twin.knows(run.name, 4)).run.pledged == capacity(50, 5)
    assert (await house.reaches(run.name, 4)).pledged == capacity(50, 5)
