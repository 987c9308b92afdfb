"""The relay: one at a time, fenced, and patient with a bus that is away."""

import logging
from collections.abc import Sequence

import asyncpg
import pytest

from services.kernel import event_log, outbox
from services.kernel.bus.memory import MemoryBus
from services.kernel.db import Database
from services.kernel.errors import Unavailable
from services.kernel.event import Event
from services.kernel.outbox.age import age_seconds, watch_age
from services.kernel.outbox.lease import lease
from tests.support.line import Line, Seen, a_database, a_history, an_event, of_subject, running

TOPIC = "doselane.slotting"


async def test_a_relay_that_was_replaced_can_move_nothing(database: Database) -> None:
    async with lease(database) as old:
        # Its lock is lost, but it does not know yet: it hangs, and another relay has begun.
        await old.conn.execute("SELECT pg_advisory_unlock_all()")
        async with lease(database) as new:
            async with database.transaction() as conn:
                await outbox.append(conn, [an_event()])
            with pytest.raises(asyncpg.PostgresError, match="another relay has taken over"):
                await old.step(1000, None)
            assert await event_log.end(database.pool) == 0
            assert (await new.step(1000, None)).first == 1


async def test_a_relay_that_was_replaced_cannot_move_the_cursor(database: Database) -> None:
    async with lease(database) as old:
        await old.conn.execute("SELECT pg_advisory_unlock_all()")
        async with lease(database):
            with pytest.raises(asyncpg.PostgresError, match="another relay has taken over"):
                await old.step(1000, 77)
            await old.note(78)
            assert await database.pool.fetchval("SELECT published FROM relay_cursor") == 0


async def test_a_second_relay_takes_over_when_the_first_one_loses_its_connection(
    database: Database, database_dsn: str
) -> None:
    bus, seen, history = MemoryBus(), Seen(), a_history(subjects=3, each=6)
    async with a_database(database_dsn) as elsewhere:
        first, second = Line(database, bus, TOPIC), Line(elsewhere, bus, TOPIC)
        async with running(second.consume("status", seen.handle)):
            async with running(first.relay.run()):
                await first.save(history[:9])
                await seen.all_of(history[:9])
                standing_by = running(second.relay.run())
                await standing_by.__aenter__()
                await database.pool.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                )
                await first.save(history[9:])
                arrived = await seen.all_of(history)
            await standing_by.__aexit__(None, None, None)
    assert of_subject(arrived, "slots/2") == [1, 2, 3, 4, 5, 6]
    assert len(arrived) == 18


class BusAtTimes(MemoryBus):
    """The memory bus, with a switch."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.refused = 0

    async def publish(self, topic: str, events: Sequence[Event]) -> None:
        if self.away:
            self.refused += 1
            raise Unavailable("The bus is away.")
        await super().publish(topic, events)


async def test_the_log_grows_while_the_bus_is_away_and_all_is_published_when_it_is_back(database: Database) -> None:
    bus, seen, followed = BusAtTimes(), Seen(), Seen()
    line, history = Line(database, bus, TOPIC), a_history(subjects=4, each=2500)

    async def follow() -> None:
        async for batch in event_log.follow(database, 0):
            await followed.handle([logged.event for logged in batch])

    async with running(line.relay.run(), line.consume("status", seen.handle), follow()):
        bus.away = True
        for start in range(0, len(history), 500):
            await line.save(history[start : start + 500])
        await followed.all_of(history)
        assert bus.refused
        assert seen.events == []
        bus.away = False
        arrived = await seen.all_of(history)
    assert arrived == seen.events == followed.events


async def test_what_was_published_but_not_noted_before_a_crash_is_published_again(database: Database) -> None:
    bus, seen, event = MemoryBus(), Seen(), an_event()
    line = Line(database, bus, TOPIC)
    async with running(line.consume("status", seen.handle)):
        async with running(line.relay.run()):
            await line.save([event])
            await seen.all_of([event])
        await database.pool.execute("UPDATE relay_cursor SET published = 0")  # as a crash would have left it
        async with running(line.relay.run()):
            await seen.until(lambda: len(seen.events) == 2)
    assert seen.events == [event, event]


async def test_a_relay_that_stops_in_order_publishes_nothing_again(database: Database) -> None:
    bus, seen, events = MemoryBus(), Seen(), [an_event(sequence=n) for n in (1, 2, 3)]
    line = Line(database, bus, TOPIC)
    async with running(line.consume("status", seen.handle)):
        for event in events:
            async with running(line.relay.run()):
                await line.save([event])
                await seen.all_of([event])
    assert seen.events == events


async def test_a_wake_in_another_process_reaches_the_relay(database: Database, database_dsn: str) -> None:
    bus, seen = MemoryBus(), Seen()
    async with a_database(database_dsn) as elsewhere:
        working, standing_by = Line(database, bus, TOPIC), Line(elsewhere, bus, TOPIC)
        async with running(working.relay.run(), working.consume("status", seen.handle)):
            await working.save([an_event()])
            await seen.until(lambda: len(seen.events) == 1)
            async with running(standing_by.relay.run()):
                event = an_event(sequence=2)
                await standing_by.save([event])
                await seen.all_of([event])


async def test_the_age_is_that_of_the_oldest_event_that_the_bus_has_not_acknowledged(database: Database) -> None:
    assert await age_seconds(database.pool) == 0
    async with database.transaction() as conn:
        await outbox.append(conn, [an_event()])
    await database.pool.execute("UPDATE outbox SET queued_at = now() - interval '90 s'")
    assert 90 <= await age_seconds(database.pool) < 120
    async with lease(database) as held:
        await held.step(1000, None)
        await database.pool.execute("UPDATE event_log SET logged_at = now() - interval '60 s'")
        assert 60 <= await age_seconds(database.pool) < 90
        await held.note(1)
    assert await age_seconds(database.pool) == 0


async def test_events_that_wait_too_long_are_warned_of(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    async with database.transaction() as conn:
        await outbox.append(conn, [an_event()])
    await database.pool.execute("UPDATE outbox SET queued_at = now() - interval '90 s'")
    told = Seen()

    class Tell(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.events.append(an_event(reason=record.getMessage()))

    heard = Tell()
    logging.getLogger("services.kernel.outbox.age").addHandler(heard)
    try:
        async with running(watch_age(database, too_old_s=30, look_every_s=0.01)):
            await database.pool.execute("SELECT pg_sleep(0)")
            while not told.events:
                await database.ready()
    finally:
        logging.getLogger("services.kernel.outbox.age").removeHandler(heard)
    assert "have waited 9" in told.events[0].reason
