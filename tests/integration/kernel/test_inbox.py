"""A consumer applies each event once, and parks what it cannot apply."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from services.kernel import parked
from services.kernel.bus import Unreadable
from services.kernel.bus.memory import MemoryBus
from services.kernel.db import Connection, Database
from services.kernel.event import Event
from services.kernel.inbox import Consumer, fresh
from services.kernel.telemetry import current_traceparent
from tests.support.line import Seen, a_history, an_event, running

TOPIC = "doselane.slotting"


class Applied:
    """A projection: a table of what was applied, and faults on demand."""

    def __init__(self) -> None:
        self.refuse: set[str] = set()
        self.calls = 0
        self.commits = 0
        self.traces: list[str] = []

    async def apply(self, conn: Connection, event: Event) -> None:
        self.calls += 1
        self.traces.append(current_traceparent())
        await conn.execute("INSERT INTO applied (event_id, subject) VALUES ($1, $2)", event.id, event.subject)
        if event.subject in self.refuse:
            raise ValueError(f"{event.subject} cannot be applied")

    def after_commit(self) -> None:
        self.commits += 1


@pytest.fixture
async def applied(database: Database) -> AsyncIterator[Applied]:
    await database.pool.execute(
        "CREATE TABLE applied (n bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, subject text)"
    )
    yield Applied()


def consumer(database: Database, applied: Applied, bus: MemoryBus | None = None) -> Consumer:
    return Consumer(bus or MemoryBus(), database, "status", [TOPIC], applied.apply, applied.after_commit)


async def subjects(database: Database) -> list[str]:
    return [row["subject"] for row in await database.pool.fetch("SELECT subject FROM applied ORDER BY n")]


async def test_an_event_is_fresh_once_for_each_consumer(database: Database) -> None:
    one, two = an_event("slots/1"), an_event("slots/2")
    assert await fresh(database.pool, "status", [one, two, one]) == [one, two]
    assert await fresh(database.pool, "status", [two]) == []
    assert await fresh(database.pool, "tower", [two]) == [two]
    assert await fresh(database.pool, "status", []) == []


async def test_an_event_whose_transaction_fails_is_fresh_again(database: Database) -> None:
    event = an_event()
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as conn:
            assert await fresh(conn, "status", [event]) == [event]
            raise ZeroDivisionError
    assert await fresh(database.pool, "status", [event]) == [event]


async def test_repeats_are_applied_once_whatever_batches_they_come_in(database: Database, applied: Applied) -> None:
    history = a_history(subjects=2, each=3)
    here = consumer(database, applied)
    await here.handle(history[:4])
    await here.handle(history[2:])
    await here.handle(history)
    assert await subjects(database) == [event.subject for event in history]
    assert applied.commits == 3


async def test_two_members_that_get_the_same_events_at_once_apply_each_once(
    database: Database, applied: Applied
) -> None:
    history = a_history(subjects=5, each=40)
    here = consumer(database, applied)
    await asyncio.gather(here.handle(history), here.handle(list(reversed(history))), here.handle(history))
    assert len(await subjects(database)) == len(history)


async def test_an_event_that_cannot_be_applied_is_parked_and_the_others_are_applied(
    database: Database, applied: Applied
) -> None:
    applied.refuse = {"slots/1"}
    bad = an_event("slots/1")
    await consumer(database, applied).handle([an_event("slots/0"), bad, an_event("slots/2")])
    assert await subjects(database) == ["slots/0", "slots/2"]
    (held,) = await parked.waiting(database.pool, "status")
    assert held.event == bad
    assert held.fault == "ValueError: slots/1 cannot be applied"


async def test_one_by_one_each_event_has_a_transaction_and_a_commit_of_its_own(
    database: Database, applied: Applied
) -> None:
    applied.refuse = {"slots/1"}
    committed: list[list[str]] = []

    async def apply(conn: Connection, event: Event) -> None:
        committed.append(await subjects(database))  # as another connection sees it
        await applied.apply(conn, event)

    here = Consumer(MemoryBus(), database, "status", [TOPIC], apply, applied.after_commit, one_by_one=True)
    batch = [an_event("slots/0"), an_event("slots/1"), an_event("slots/2")]
    await here.handle(batch)
    assert committed == [[], *[["slots/0"]] * 3, ["slots/0"]]  # the second is tried three times, and parked
    assert await subjects(database) == ["slots/0", "slots/2"]
    assert [held.event for held in await parked.waiting(database.pool)] == [batch[1]]
    await here.handle(batch)
    assert (len(committed), applied.commits) == (5, 6)


async def test_a_parked_event_that_comes_again_is_not_parked_again(database: Database, applied: Applied) -> None:
    applied.refuse = {"slots/1"}
    bad = an_event("slots/1")
    await consumer(database, applied).handle([bad])
    await consumer(database, applied).handle([bad])
    assert len(await parked.waiting(database.pool)) == 1


async def test_why_an_event_was_parked_is_told_once_and_with_the_parking_or_not_at_all(
    database: Database, applied: Applied
) -> None:
    applied.refuse = {"slots/1"}
    bad, told = an_event("slots/1"), []

    async def tell(conn: Connection, event: Event, fault: Exception) -> None:
        told.append((event.id, str(fault), len(await parked.waiting(conn))))
        if len(told) == 1:
            raise ZeroDivisionError

    here = Consumer(MemoryBus(), database, "status", [TOPIC], applied.apply, tell_parked=tell)
    with pytest.raises(ZeroDivisionError):
        await here.handle([bad])
    assert await parked.waiting(database.pool) == []
    await here.handle([bad, an_event("slots/2")])
    await here.handle([bad])
    assert told == [(bad.id, "slots/1 cannot be applied", 1)] * 2
    assert len(await parked.waiting(database.pool)) == 1


async def test_a_parked_event_is_replayed_when_somebody_asks(database: Database, applied: Applied) -> None:
    applied.refuse = {"slots/1", "slots/2"}
    here = consumer(database, applied)
    await here.handle([an_event("slots/1"), an_event("slots/2")])
    assert await here.replay_asked() == 0
    applied.refuse = {"slots/2"}
    assert await parked.ask_replay(database.pool) == 2
    assert await here.replay_asked() == 1
    assert await subjects(database) == ["slots/1"]
    (still,) = await parked.waiting(database.pool)
    assert still.event is not None and still.event.subject == "slots/2"
    assert await here.replay_asked() == 0  # nobody asked again


async def test_a_running_consumer_replays_what_is_asked_for_elsewhere(database: Database, applied: Applied) -> None:
    bus, seen = MemoryBus(), Seen()
    applied.refuse = {"slots/1"}

    async def apply(conn: Connection, event: Event) -> None:
        await applied.apply(conn, event)
        await seen.handle([event])

    event = an_event("slots/1")
    async with running(Consumer(bus, database, "status", [TOPIC], apply).run()):
        await bus.publish(TOPIC, [event, an_event("slots/2")])
        await seen.until(lambda: len(seen.events) == 1)
        applied.refuse = set()
        assert await parked.ask_replay(database.pool, [held.id for held in await parked.waiting(database.pool)]) == 1
        await seen.all_of([event])


async def test_a_fault_that_passes_by_itself_parks_nothing(database: Database, applied: Applied) -> None:
    bus, seen, event = MemoryBus(), Seen(), an_event()
    faults = iter(
        [ConnectionResetError(), asyncpg.DeadlockDetectedError(), asyncpg.AdminShutdownError(), TimeoutError()]
    )

    async def apply(conn: Connection, event: Event) -> None:
        if fault := next(faults, None):
            raise fault
        await seen.handle([event])

    async with running(Consumer(bus, database, "status", [TOPIC], apply).run()):
        await bus.publish(TOPIC, [event])
        await seen.all_of([event])
    assert await parked.waiting(database.pool) == []


async def test_a_record_that_cannot_be_read_is_kept_once_and_cannot_be_replayed(database: Database) -> None:
    record = Unreadable(TOPIC, "partition 2 offset 7", "ce_id is missing", {"ce_type": "a\x00b"}, b"\x00\x01")
    for _ in range(2):
        async with database.transaction() as conn:
            await parked.park_unreadable(conn, "status", record)
    (held,) = await parked.waiting(database.pool)
    assert (held.event, held.data, held.fault, held.headers) == (
        None,
        b"\x00\x01",
        "ce_id is missing",
        {"ce_type": "a�b"},
    )
    assert await parked.ask_replay(database.pool) == 0


async def test_events_are_applied_in_the_trace_of_the_change_that_made_them(
    database: Database, applied: Applied
) -> None:
    event = an_event(traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    await consumer(database, applied).handle([event])
    assert applied.traces[0].split("-")[1] == "4bf92f3577b34da6a3ce929d0e0e4736"


async def test_the_inbox_forgets_what_no_topic_repeats_any_more(
    database: Database, applied: Applied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kernel.inbox.HOUSEKEEPING_FIRST_S", 0)
    old = an_event(id=UUID("01890000-0000-7000-8000-000000000000"))  # July 2023
    new, bus = an_event(), MemoryBus()
    await fresh(database.pool, "status", [old, new])
    async with running(consumer(database, applied, bus).run()):
        async with asyncio.timeout(20):
            while await database.pool.fetchval("SELECT count(*) FROM inbox") != 1:
                await asyncio.sleep(0)
    assert await fresh(database.pool, "status", [old, new]) == [old]


async def test_what_concerns_nobody_costs_no_transaction(database: Database, applied: Applied) -> None:
    one, two = an_event("slots/1"), an_event("slots/2")
    of_two = Consumer(
        MemoryBus(),
        database,
        "status",
        [TOPIC],
        applied.apply,
        applied.after_commit,
        concerns=lambda event: event.subject == "slots/2",
    )
    await of_two.handle([one])
    assert applied.commits == 0
    await of_two.handle([one, two])
    assert await subjects(database) == ["slots/2"]
    assert await database.pool.fetchval("SELECT array_agg(event_id) FROM inbox") == [two.id]
