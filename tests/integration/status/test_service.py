"""The service as a whole: what it cannot read it sets aside, and what is interrupted goes on."""

import asyncio
from contextlib import suppress

import pytest

from services.kernel.errors import Unavailable
from services.kernel.traceparent import trace_id
from tests.integration.status.conftest import Door
from tests.integration.status.test_watching import Watcher
from tests.support.status import TRACE, slot_event

_END_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


async def test_an_event_that_cannot_be_read_is_set_aside_and_those_behind_it_go_on(door: Door) -> None:
    bad = slot_event("bad", partner="")
    await door.publish(slot_event("d"), bad, slot_event("d", "at_risk", 2))
    await door.until(lambda: door.numbers("d"), 2)
    [parked] = await door.database.pool.fetch("SELECT event_id, fault FROM parked")
    assert parked["event_id"] == bad.id
    assert "slot" in parked["fault"]


async def test_what_is_published_carries_the_trace_of_the_claim(door: Door) -> None:
    await door.a_dose("d")
    traces = await door.database.pool.fetch("SELECT traceparent FROM event_log WHERE subject = 'doses/d'")
    assert [trace_id(row["traceparent"]) for row in traces] == [trace_id(TRACE)]


async def test_the_events_of_a_dose_reach_the_bus_in_order_and_without_gaps(door: Door) -> None:
    found: list[int] = []
    done = asyncio.Event()

    async def take(batch: object) -> None:
        found.extend(event.sequence for event in batch)  # type: ignore[attr-defined]
        if len(found) >= 40:
            done.set()

    consuming = asyncio.create_task(door.bus.consume(["doselane.status"], "a subscriber", take))
    await door.publish(*(slot_event("d", "at_risk", n) for n in range(1, 41)))
    async with asyncio.timeout(20):
        await done.wait()
    assert found == list(range(1, 41))
    consuming.cancel()
    with suppress(asyncio.CancelledError):
        await consuming


@pytest.mark.parametrize("parent", ["doses/d", "doses/-"])
async def test_a_watch_goes_on_over_a_lost_database_without_a_gap_or_a_repeat(door: Door, parent: str) -> None:
    await door.a_dose("d")
    seen: list[str] = []
    watcher = Watcher(door.client(), parent)
    await watcher.next()
    for sequence in range(2, 4):
        await door.database.pool.execute(_END_ALL)
        await door.publish(slot_event("d", "at_risk", sequence))
        while len(seen) < sequence - 1:
            try:
                seen += await watcher.entries(1)
            except Unavailable:  # as clients do: again from the last cursor
                await watcher.aclose()
                watcher = Watcher(door.client(), parent, watcher.cursor)
    await watcher.aclose()
    assert seen == [f"d:{number}" for number in range(2, 4)]
