"""Groups of one process share what they read of a log."""

from typing import Any

import pytest

from services.kernel import event_log
from services.kernel.bus.postgres import PostgresBus
from services.kernel.db import Database
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
