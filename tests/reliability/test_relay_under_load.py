"""Writers that overlap, relays that are cut off: every committed event is published, in order, and proved."""

import asyncio
import random
from collections import Counter

import asyncpg
import pytest

from services.kernel import event_log, outbox
from services.kernel.bus.memory import MemoryBus
from services.kernel.db import Database, passes_by_itself
from tests.support.line import Line, Seen, a_database, an_event, of_subject, running, without_repeats

WRITERS, SUBJECTS_EACH = 6, 3
AHEAD_MAX = 1000


class Writer:
    """Commits or rolls back events of its own subjects, so its first statement is the one that draws the numbers."""

    def __init__(self, number: int, line: Line, seen: Seen, met: Counter[str]) -> None:
        self.last = {f"slots/{number}-{each}": 0 for each in range(SUBJECTS_EACH)}
        self._line = line
        self._seen = seen
        self._met = met
        self._chance = random.Random(number)

    async def run(self, conn: asyncpg.Connection, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._write(conn)
            self._line.relay.wake()
            # It does not run away from the relay, or the end would be a long wait.
            await self._seen.until(lambda: self._met["events"] - len(self._seen.events) < AHEAD_MAX)

    async def _write(self, conn: asyncpg.Connection) -> None:
        new: dict[str, int] = {}
        transaction = conn.transaction()
        await transaction.start()
        for _ in range(self._chance.randrange(1, 6)):
            subject = self._chance.choice(list(self.last))
            new[subject] = new.get(subject, self.last[subject]) + 1
            await outbox.append(conn, [an_event(subject, new[subject])])
        if self._chance.random() < 0.2:
            await transaction.rollback()
            self._met["rolled back"] += 1
        else:
            await transaction.commit()
            before = {subject: self.last[subject] for subject in new}
            self.last.update(new)
            self._met["committed"] += 1
            self._met["events"] += sum(new.values()) - sum(before.values())


async def cut_the_relay(database: Database, met: Counter[str]) -> None:
    """Ends the connection that holds the relay's lock, whoever has it."""
    try:
        cut = await database.pool.fetchval(
            "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()"
        )
    except Exception as fault:
        if not passes_by_itself(fault):
            raise
    else:
        met["cut"] += cut


async def the_line_holds(database: Database, cuts: int) -> None:
    bus, seen, met, stop = MemoryBus(), Seen(), Counter[str](), asyncio.Event()
    lines = [Line(database, bus, "doselane.slotting") for _ in range(2)]
    writers = [Writer(number, lines[number % 2], seen, met) for number in range(WRITERS)]
    connections = [await database.dedicated() for _ in writers]
    async with running(*(line.relay.run() for line in lines), lines[0].consume("status", seen.handle)):
        writing = [asyncio.create_task(each.run(conn, stop)) for each, conn in zip(writers, connections, strict=True)]
        while met["cut"] < cuts:  # a cut that meets no relay, because the last one still pauses, does not count
            reached = len(seen.events)
            await seen.until(lambda reached=reached: len(seen.events) > reached + 50)
            await cut_the_relay(database, met)
        stop.set()
        await asyncio.gather(*writing)
        expected = {subject: last for each in writers for subject, last in each.last.items()}
        total = sum(expected.values())
        await seen.until(lambda: len(seen.events) >= total and len({each.id for each in seen.events}) == total)
    arrived = without_repeats(seen.events)
    assert all(of_subject(arrived, subject) == list(range(1, last + 1)) for subject, last in expected.items())
    assert await event_log.verify(database.pool) == event_log.Verified(total)
    assert met["rolled back"] and met["committed"]
    for conn in connections:
        await conn.close()


async def test_relays_that_are_cut_off_under_load_lose_and_disorder_nothing(database_dsn: str) -> None:
    async with a_database(database_dsn) as database:
        await the_line_holds(database, cuts=5)


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_the_same_for_a_long_time(database_dsn: str) -> None:
    async with a_database(database_dsn) as database:
        await the_line_holds(database, cuts=200)
