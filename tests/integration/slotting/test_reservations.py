"""A claim reserves all at once, on a real database: run, quality control, departure, receiving window; or nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, time, timedelta

import pytest
from doselane.slotting.v1 import slotting_pb2

from services.slotting.domain import Demand
from services.slotting.domain.refusals import DepartureFull
from tests.support import slotting_checks
from tests.support.slotting import LANE, SITE, a_claim, a_confirm, a_hold, a_move, a_release, violations
from tests.support.slotting_desk import LedgerDesk, slot_id
from tests.support.slotting_network import (
    ALL_DAY,
    a_lane_resource,
    a_site_resource,
    an_event,
    counted,
    departure,
    hear,
    places,
    travelling,
    weekly,
)

RESERVED = {"departures", "qcSessions", "windows"}


async def taken(desk: LedgerDesk) -> dict[str, int]:
    """What is committed, by kind of kind."""
    sums: dict[str, int] = {}
    for name, (committed, _) in (await places(desk)).items():
        kind = name.split("/")[2]
        sums[kind] = sums.get(kind, 0) + committed
    return {kind: committed for kind, committed in sums.items() if committed}


async def crowd(desk: LedgerDesk, demand: Demand, claimers: int, full: type[Exception]) -> tuple[int, int]:
    """How many of so many claimers over all copies won, and how many were told that it is full."""
    answers = await asyncio.gather(
        *(desk.ask(a_claim(demand), copy=each % len(desk.copies)) for each in range(claimers)), return_exceptions=True
    )
    return (
        sum(not isinstance(answer, BaseException) for answer in answers),
        sum(isinstance(answer, full) for answer in answers),
    )


def departed(slot: slotting_pb2.Slot) -> datetime:
    """When the slot's dose departs."""
    return slot.departure_time.ToDatetime(tzinfo=UTC)


async def first_departure(desk: LedgerDesk) -> datetime:
    """The departure that a claim gets first."""
    slot = await desk.ask(a_claim(travelling(desk)))
    await desk.ask(a_release(slot_id(slot)))
    return departed(slot)


async def test_200_concurrent_claimers_on_a_departure_of_k_places_get_exactly_k(copies: LedgerDesk):
    await counted(copies)
    demand = travelling(copies, departure_at=await first_departure(copies))
    assert await crowd(copies, demand, 200, DepartureFull) == (37, 163)
    assert await taken(copies) == dict.fromkeys(RESERVED, 37)


async def test_the_same_crowd_on_many_runs_shares_the_departure_without_ever_overbooking_it(copies: LedgerDesk):
    await slotting_checks.a_crowd_gets_the_places_there_are(copies)


async def test_the_last_place_of_a_departure_is_given_once(copies: LedgerDesk):
    await slotting_checks.the_last_place_of_a_departure_is_given_once(copies)


async def test_a_change_of_the_network_waits_for_the_batch_that_sizes_places_by_the_old_one(copies: LedgerDesk):
    await slotting_checks.a_change_waits_for_who_sizes_by_the_old(copies)


async def test_who_asks_for_no_departure_gets_the_next_one_when_the_first_is_full(desk: LedgerDesk):
    await counted(desk, departures=2)
    slots = [await desk.ask(a_claim(travelling(desk))) for _ in range(5)]
    first, *times = [departed(slot) for slot in slots]
    half_a_day = timedelta(hours=12)
    assert [at - first for at in times] == [timedelta(0), half_a_day, half_a_day, half_a_day * 2]
    assert await taken(desk) == dict.fromkeys(RESERVED, 5)


async def test_each_path_gives_the_reservations_back(desk: LedgerDesk):
    await counted(desk, "runs/lu-1", "runs/lu-2")
    released = await desk.ask(a_claim(travelling(desk)))
    held = await desk.ask(a_hold(travelling(desk)))
    await desk.ask(a_release(slot_id(released)))
    assert await taken(desk) == dict.fromkeys(RESERVED, 1)
    await desk.ask(a_confirm(slot_id(held)))
    moved = await desk.ask(a_move(slot_id(held), "runs/lu-2"))
    assert (moved.run, await taken(desk)) == ("runs/lu-2", dict.fromkeys(RESERVED, 1))
    await desk.ask(a_move(slot_id(held), "runs/lu-2", lane=""))
    assert await taken(desk) == {"qcSessions": 1}
    await desk.ask(a_release(slot_id(held)))
    lapsing = await desk.ask(a_hold(travelling(desk)))
    await desk.ahead(timedelta(minutes=15))
    await desk.ask(a_claim(desk.demand("runs/lu-2", site=SITE)))
    await desk.ask(a_claim(desk.demand("runs/lu-1", site=SITE)))
    assert await taken(desk) == {"qcSessions": 2}
    assert lapsing.lane == LANE


async def test_a_claim_without_counted_places_makes_no_place(desk: LedgerDesk):
    await desk.run()
    await desk.ask(a_claim(desk.demand(lane=LANE)))
    assert await places(desk) == {}


@asynccontextmanager
async def failing(desk: LedgerDesk, table: str, event: str, when: str = "true") -> AsyncIterator[None]:
    """While this lasts, the database fails at a statement, as it would for want of space or by a broken page."""
    pool = desk.database.pool
    await pool.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a fault'; END $$;"
        f"CREATE TRIGGER fail BEFORE {event} ON {table} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION fail()"
    )
    try:
        yield
    finally:
        await pool.execute(f"DROP TRIGGER fail ON {table}; DROP FUNCTION fail()")


def at_place(kind: str) -> tuple[str, str, str]:
    return "place", "UPDATE", f"NEW.name LIKE '%/{kind}/%'"


@pytest.mark.parametrize("asked", ["claim", "hold", "move", "release"])
@pytest.mark.parametrize(
    ("table", "event", "when"),
    [
        ("run", "UPDATE", "true"),
        at_place("qcSessions"),
        at_place("departures"),
        at_place("windows"),
        ("slot", "INSERT OR UPDATE", "true"),
        ("request", "INSERT", "true"),
        ("outbox", "INSERT", "true"),
    ],
)
async def test_a_fault_after_any_reservation_leaves_none_held_and_the_caller_told(
    desk: LedgerDesk, table: str, event: str, when: str, asked: str
):
    await counted(desk, "runs/lu-1", "runs/lu-2")
    slot = await desk.ask(a_claim(travelling(desk)))
    before = await picture(desk)
    command = {
        "claim": a_claim(travelling(desk)),
        "hold": a_hold(travelling(desk)),
        "move": a_move(slot_id(slot), "runs/lu-2", departure_at=departed(slot) + timedelta(hours=12)),
        "release": a_release(slot_id(slot)),
    }[asked]
    async with failing(desk, table, event, when):
        with pytest.raises(Exception, match="a fault"):
            await desk.ask(command)
    assert await picture(desk) == before
    assert await violations(desk.database.pool) == []
    await desk.ask(command)  # the same request, once the fault is gone


async def picture(desk: LedgerDesk) -> object:
    """All that is committed, every slot, and how many events there are."""
    slots = await desk.database.pool.fetch("SELECT * FROM slot ORDER BY id")
    runs = await desk.database.pool.fetch("SELECT * FROM run ORDER BY name")
    committed = {name: each for name, each in (await places(desk)).items() if each[0]}
    return [tuple(row) for row in slots], [tuple(row) for row in runs], committed, await desk.events()


async def test_a_fault_in_a_batch_spoils_nobody_elses_reservations(desk: LedgerDesk):
    await counted(desk)
    good, bad = travelling(desk), travelling(desk, order_reference="BAD")
    async with failing(desk, "slot", "INSERT", "NEW.order_reference = 'BAD'"):
        answers = await asyncio.gather(
            *(desk.ask(a_claim(bad if each == 3 else good)) for each in range(8)), return_exceptions=True
        )
    assert [isinstance(answer, Exception) for answer in answers] == [each == 3 for each in range(8)]
    assert await taken(desk) == dict.fromkeys(RESERVED, 7)


async def test_a_move_between_centres_is_one_step(desk: LedgerDesk):
    other, road = "sites/bayview", "lanes/bayview-road"
    await counted(desk)
    await hear(
        desk,
        an_event(a_site_resource(desk.now, name=other, weekly_windows=[weekly(*ALL_DAY, 1)]), 1, "created"),
        an_event(a_lane_resource(desk.now, name=road, site=other, departures=[departure(time(9), 1)]), 1, "created"),
    )
    slots = [await desk.ask(a_claim(travelling(desk))) for _ in range(2)]
    first = await desk.ask(a_move(slot_id(slots[0]), "runs/lu-1", site=other, lane=road))
    assert (first.site, first.lane) == (other, road)
    full = a_move(slot_id(slots[1]), "runs/lu-1", site=other, lane=road, departure_at=departed(first))
    with pytest.raises(DepartureFull):
        await desk.ask(full)
    assert await taken(desk) == dict.fromkeys(RESERVED, 2)
    stored = await desk.database.pool.fetchrow("SELECT site, lane FROM slot WHERE id = $1", slot_id(slots[0]))
    assert tuple(stored) == (other, road)


async def test_a_place_of_a_hold_that_ran_out_is_free_at_that_instant_for_every_run(desk: LedgerDesk):
    await counted(desk, "runs/lu-1", "runs/lu-2", departures=1)
    held = await desk.ask(a_hold(travelling(desk)))
    demand = travelling(desk, run="runs/lu-2", departure_at=departed(held))
    with pytest.raises(DepartureFull):
        await desk.ask(a_claim(demand))
    await desk.ahead(timedelta(minutes=15))
    assert departed(await desk.ask(a_claim(demand))) == departed(held)
    assert [event for event, _ in await desk.events()] == ["slot.held", "slot.expired", "slot.confirmed"]
    assert await taken(desk) == dict.fromkeys(RESERVED, 1)
