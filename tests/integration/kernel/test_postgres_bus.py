"""Groups of one process share what they read of a log."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.kernel import event_log
from services.kernel.bus.postgres import BATCH, POLL_S, PostgresBus
from services.kernel.db import Database
from services.kernel.event import Event
from services.kernel.event_log import Logged
from tests.support.line import Line, Seen, a_history, running

GROUPS = ("status", "tower", "streams", "quality")
LISTENING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"

HOLDERS = (
    "SELECT pid, count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) GROUP BY pid"
)
CUT = f"SELECT count(pg_terminate_backend(pid)) FROM ({HOLDERS}) AS held WHERE count = $1"


@pytest.fixture
def line(database: Database) -> Line:
    return Line(database, PostgresBus(database), f"doselane.{database.schema}")


@pytest.fixture
def rows_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each reading of the log brought."""
    found: list[int] = []
    read = event_log.read

    async def counted(conn: Any, after: int, limit: int, **more: Any) -> list[Logged]:
        rows = await read(conn, after, limit, **more)
        found.append(len(rows))
        return rows

    monkeypatch.setattr(event_log, "read", counted)
    return found


async def test_each_event_is_read_once_for_all_groups_and_one_connection_listens(
    line: Line, rows_read: list[int]
) -> None:
    history, seen = a_history(subjects=5, each=60), {group: Seen() for group in GROUPS}
    async with running(line.relay.run(), *(line.consume(group, seen[group].handle) for group in GROUPS)):
        await line.save(history)
        for each in seen.values():
            await each.all_of(history)
        assert sum(rows_read) == len(history)
        # The relay listens too, on a channel of its own.
        assert await line.database.pool.fetchval(f"{LISTENING} AND query LIKE '%doselane_log%'") == 1


async def test_one_connection_holds_the_locks_of_all_groups_and_keeps_their_cursors(line: Line) -> None:
    history, seen = a_history(subjects=5, each=20), {group: Seen() for group in GROUPS}
    async with running(line.relay.run(), *(line.consume(group, seen[group].handle) for group in GROUPS)):
        await line.save(history)
        for each in seen.values():
            await each.all_of(history)
        locks = await line.database.pool.fetch(HOLDERS)
        assert sorted(row["count"] for row in locks) == [1, len(GROUPS)]  # the relay's, and the groups'
    cursors = await line.database.pool.fetch("SELECT position FROM bus_cursor")
    assert [row["position"] for row in cursors] == [len(history)] * len(GROUPS)


async def test_of_two_members_in_one_process_one_works_and_the_other_follows_it(line: Line) -> None:
    history, first, second = a_history(subjects=5, each=20), Seen(), Seen()
    async with running(line.relay.run()):
        async with running(line.consume("status", first.handle)):
            await line.save(history[:50])
            await first.all_of(history[:50])
            async with running(line.consume("status", second.handle)):
                await line.save(history[50:75])
                await first.all_of(history[50:75])
                assert second.events == []
        async with running(line.consume("status", second.handle)):
            await line.save(history[75:])
            assert await second.all_of(history[75:]) == history[75:]


async def test_when_their_connection_is_cut_all_groups_go_on_with_another(line: Line) -> None:
    history, seen = a_history(subjects=5, each=20), {group: Seen() for group in GROUPS}
    async with running(line.relay.run(), *(line.consume(group, seen[group].handle) for group in GROUPS)):
        await line.save(history[:50])
        for each in seen.values():
            await each.all_of(history[:50])
        assert await line.database.pool.fetchval(CUT, len(GROUPS)) == 1
        await line.save(history[50:])
        for each in seen.values():
            assert len(await each.all_of(history)) == len(history)


async def test_a_group_that_comes_late_reads_from_the_start(line: Line) -> None:
    history, first, late = a_history(subjects=5, each=60), Seen(), Seen()
    async with running(line.relay.run(), line.consume("status", first.handle)):
        await line.save(history)
        await first.all_of(history)
        async with running(line.consume("tower", late.handle)):
            assert len(await late.all_of(history)) == len(history)


async def test_who_is_served_from_memory_hears_of_what_was_announced_after_that_was_read(line: Line) -> None:
    first, second, third = history = a_history(subjects=1, each=3)
    quick, slow, witness = Held(), Held(), Seen()
    elsewhere = PostgresBus(line.database)  # as another process: it listens and reads for itself
    groups = (line.consume("quick", quick.handle), line.consume("slow", slow.handle))
    async with running(line.relay.run(), *groups, elsewhere.consume([line.topic], "witness", witness.handle)):
        quick.held_at = slow.held_at = first.id
        await line.save([first])
        await asyncio.gather(quick.all_of([first]), slow.all_of([first]))
        quick.go_on(held_at=second.id)
        await line.save([second])
        await quick.all_of([second])
        # The second event is in memory, and quick, who put it there, is busy: nobody has read the third yet.
        await line.save([third])
        await witness.all_of(history)
        slow.go_on()
        async with asyncio.timeout(POLL_S / 2):
            await slow.all_of(history)
        quick.go_on()


async def test_who_is_served_from_memory_reads_on_where_that_ends_before_the_log(line: Line) -> None:
    history = a_history(subjects=1, each=BATCH * 2)
    quick, slow = Held(), Held()
    quick.held_at, slow.held_at = history[20].id, history[9].id
    async with running(line.relay.run(), line.consume("quick", quick.handle), line.consume("slow", slow.handle)):
        await line.save(history[:10])
        await asyncio.gather(quick.all_of(history[:10]), slow.all_of(history[:10]))
        await line.save(history[10:20])
        await quick.all_of(history[:20])
        await line.save(history[20:])
        await quick.all_of(history[: 20 + BATCH])
        # As much as a batch is in memory behind that, and there is more: quick, who would read it, is busy.
        slow.go_on()
        async with asyncio.timeout(POLL_S / 2):
            await slow.all_of(history)
        quick.go_on()


class Held(Seen):
    """A consumer that is busy with one event until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.held_at: Any = None
        self._free = asyncio.Event()

    async def handle(self, events: Sequence[Event]) -> None:
        """Keeps all, and then works on as long as it is held."""
        await super().handle(events)
        if self.held_at in [event.id for event in events]:
            await self._free.wait()

    def go_on(self, held_at: Any = None) -> None:
        """Ends the work on what it is held at; it will be held at the next."""
        self.held_at = held_at
        self._free.set()
        self._free = asyncio.Event()
