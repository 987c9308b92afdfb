"""The gateway's clock: one for all processes on a database, moved on by call, never back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.kernel.db import Database, migrate
from services.kernel.errors import Invalid, RequestMismatch
from services.kernel.gateway_clock import (
    AHEAD_MAX,
    MOVE_MAX,
    ClockAhead,
    ClockBackwards,
    ClockMove,
    GatewayClock,
    require_unmoved,
)
from services.kernel.idempotency import RequestKey
from services.kernel.ids import uuid7

DAY = timedelta(days=1)
PATIENCE_S = 60.0


@asynccontextmanager
async def a_process(dsn: str, schema: str = "first") -> AsyncIterator[tuple[Database, GatewayClock]]:
    """What a service has of the clock: its own schema and connections, and one that follows."""
    async with AsyncExitStack() as cleanup:
        database = await Database.connect(dsn, schema, pool_size=4)
        cleanup.push_async_callback(database.close)
        await migrate(database)
        clock = await GatewayClock.open(database)
        following = asyncio.create_task(clock.run())
        cleanup.push_async_callback(_ended, following)
        yield database, clock


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def a_move(to: datetime | timedelta, **changes: Any) -> ClockMove:
    request_key = changes.pop("request_key", None) or RequestKey("partners/cdmo", uuid7(), changes.pop("body", b"body"))
    return ClockMove(to, "planner", "a test", request_key)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


async def test_a_new_gateway_goes_by_the_machines_clock(database_dsn: str) -> None:
    async with a_process(database_dsn) as (database, clock):
        before, told, after = datetime.now(UTC), clock.now(), datetime.now(UTC)
        assert before <= told <= after
        assert clock.ahead == timedelta(0)
        await require_unmoved(database)


async def test_whoever_moves_it_moves_it_for_every_process_and_for_sql(database_dsn: str) -> None:
    async with a_process(database_dsn) as (_, mine), a_process(database_dsn, "second") as (others, theirs):
        await mine.advance(a_move(3 * DAY))
        assert mine.ahead == 3 * DAY
        await until(lambda: theirs.ahead == 3 * DAY)
        present = await others.pool.fetchval("SELECT present()")
        assert abs(present - datetime.now(UTC) - 3 * DAY) < timedelta(minutes=1)
        assert abs(theirs.now() - present) < timedelta(minutes=1)
        assert abs(theirs.seconds() - present.timestamp()) < 60


async def test_who_waits_for_an_instant_is_called_in_every_process_when_it_is_moved(database_dsn: str) -> None:
    async with a_process(database_dsn) as (_, mine), a_process(database_dsn, "second") as (_, theirs):
        seen = mine.moved.calls, theirs.moved.calls
        await mine.advance(a_move(DAY))
        assert mine.moved.calls == seen[0] + 1
        assert await theirs.moved.wait(seen[1], PATIENCE_S)


async def test_it_is_moved_to_an_instant_to_the_microsecond(database_dsn: str) -> None:
    async with a_process(database_dsn) as (database, clock):
        instant = datetime.now(UTC) + 40 * DAY
        await clock.advance(a_move(instant))
        assert instant <= await database.pool.fetchval("SELECT present()") < instant + timedelta(minutes=1)


async def test_it_runs_on_after_a_restart_where_it_was(database_dsn: str) -> None:
    async with a_process(database_dsn) as (_, clock):
        await clock.advance(a_move(timedelta(hours=30)))
    async with a_process(database_dsn) as (_, clock):
        assert clock.ahead == timedelta(hours=30)


async def test_it_never_goes_back(database_dsn: str) -> None:
    async with a_process(database_dsn) as (_, clock):
        await clock.advance(a_move(DAY))
        for back in (datetime.now(UTC), clock.now() - timedelta(minutes=1), timedelta(seconds=-1)):
            with pytest.raises(ClockBackwards):
                await clock.advance(a_move(back))
        assert clock.ahead == DAY


async def test_it_is_not_moved_out_of_reach(database_dsn: str) -> None:
    async with a_process(database_dsn) as (database, clock):
        with pytest.raises(Invalid):
            await clock.advance(a_move(MOVE_MAX + timedelta(microseconds=1)))
        await database.pool.execute("UPDATE gateway.clock SET ahead = $1", AHEAD_MAX - DAY)
        with pytest.raises(Invalid):
            await clock.advance(a_move(2 * DAY))
        await clock.advance(a_move(DAY))
        assert clock.now().year < 2200


async def test_a_repeated_move_moves_once_and_its_id_stands_for_no_other(database_dsn: str) -> None:
    async with a_process(database_dsn) as (_, clock):
        move = a_move(DAY)
        await asyncio.gather(*(clock.advance(move) for _ in range(4)))
        assert clock.ahead == DAY
        with pytest.raises(RequestMismatch):
            await clock.advance(a_move(2 * DAY, request_key=replace(move.request_key, body_hash=b"another")))
        assert clock.ahead == DAY


async def test_moves_at_once_add_up(database_dsn: str) -> None:
    async with a_process(database_dsn) as (_, one), a_process(database_dsn, "second") as (_, other):
        await asyncio.gather(*(clock.advance(a_move(timedelta(hours=1))) for clock in (one, other) * 6))
        await until(lambda: one.ahead == other.ahead == timedelta(hours=12))


async def test_who_lost_its_connection_hears_of_what_was_moved_meanwhile(database_dsn: str) -> None:
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'doselane second' AND query LIKE '%gateway%' AND datname = current_database()"
    )
    async with a_process(database_dsn) as (database, mine), a_process(database_dsn, "second") as (_, theirs):
        await mine.advance(a_move(DAY))
        await until(lambda: theirs.ahead == DAY)
        cut_off = await database.pool.fetch(cut)
        await mine.advance(a_move(DAY))
        await until(lambda: theirs.ahead == 2 * DAY)
    assert cut_off, "no connection was cut"


async def test_a_process_without_a_virtual_clock_does_not_start_on_a_database_whose_clock_was_moved(
    database_dsn: str,
) -> None:
    async with a_process(database_dsn) as (database, clock):
        await clock.advance(a_move(DAY))
        with pytest.raises(ClockAhead):
            await require_unmoved(database)


async def test_days_are_added_as_24_hours_whatever_zone_the_database_lives_in(database_dsn: str) -> None:
    async with a_process(database_dsn) as (database, clock):
        name = await database.pool.fetchval("SELECT current_database()")
        await database.pool.execute(f"ALTER DATABASE {name} SET timezone TO 'Europe/Amsterdam'")
        for days in range(1, 367, 30):  # over both changes of the clocks
            instant = clock.now() + timedelta(days=days)
            await database.pool.execute("UPDATE gateway.clock SET ahead = $1", instant - datetime.now(UTC))
            async with a_process(database_dsn, "second") as (other, _):
                told = await other.pool.fetchval("SELECT present()")
            assert abs(told - instant) < timedelta(minutes=1)
