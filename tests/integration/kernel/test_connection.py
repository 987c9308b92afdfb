"""Whoever gets a connection finds nothing of its last user in it, and the types of PostgreSQL known."""

import asyncio
import inspect
from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kernel.connection import ServiceConnection
from services.kernel.db import Database
from services.kernel.ids import uuid7
from services.kernel.transactions import Transactions


@pytest.fixture
async def database(database_dsn: str) -> AsyncIterator[Database]:
    """One connection for all."""
    made = await Database.connect(database_dsn, "line", pool_size=1)
    yield made
    await made.close()


async def test_a_value_of_a_wrong_type_leaves_no_transaction_open(database: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        await database.pool.fetchval("SELECT $1::int", "seven")
    async with Transactions(database).reading() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_after_a_failure_now_is_now(database: Database) -> None:
    with pytest.raises(asyncpg.DataError):
        await database.pool.execute("SELECT $1::int", "seven")
    failed_at = await database.dedicated()
    later = await failed_at.fetchval("SELECT clock_timestamp()")
    await failed_at.close()
    async with database.transaction() as connection:
        assert await connection.fetchval("SELECT now()") > later


async def test_who_is_cancelled_at_any_instant_leaves_nothing_to_the_next(database: Database) -> None:
    """There are few instants at which what a statement waits for has come and it has not gone on; each is tried."""
    ended = 0
    for instant in range(1, 100):
        statement = f"SELECT {instant} + $1::int"  # a new one each time, which PostgreSQL has to parse
        task = asyncio.create_task(database.pool.fetchval(statement, 1))
        if not await _reached(task, instant):
            ended += 1
            break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with Transactions(database).reading() as connection:
            assert await connection.fetchval("SELECT 1") == 1
    assert ended, "the statement has more instants than were tried"
    assert instant > 2, "none was found"


async def _reached(task: asyncio.Task[int], instant: int) -> bool:
    """Waits until the task is about to be woken for the nth time; False where it ended before."""
    seen, woken_by = 0, None
    while not task.done():
        waits_for = task._fut_waiter  # type: ignore[attr-defined]  # asyncio's own, of which there is no other sign
        if waits_for is not None and waits_for.done() and waits_for is not woken_by:
            seen, woken_by = seen + 1, waits_for
            if seen == instant:
                return True
        await asyncio.sleep(0)
    return False


@pytest.fixture
def as_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """Types are asked as the services do it; in the tests all are asked once a server."""
    monkeypatch.setattr(ServiceConnection, "_introspect_types", inspect.unwrap(ServiceConnection._introspect_types))
    monkeypatch.setattr(asyncpg.Connection, "_introspect_types", inspect.unwrap(asyncpg.Connection._introspect_types))


@pytest.mark.usefixtures("as_in_production")
async def test_what_comes_with_postgresql_is_asked_of_it_once_for_all_connections(database: Database) -> None:
    some = [uuid7()]
    for connection in (await database.dedicated(), await database.dedicated()):
        asked: list[str] = []
        with connection.query_logger(lambda told, asked=asked: asked.append(told.query)):
            assert await connection.fetchval("SELECT $1::uuid[]", some) == some
            await asyncio.sleep(0)  # the loop brings what was logged
        await connection.close()
    assert asked == ["SELECT $1::uuid[]"]


@pytest.mark.usefixtures("as_in_production")
async def test_what_is_a_databases_own_is_asked_by_each_connection(database: Database) -> None:
    await database.pool.execute("CREATE TYPE pair AS (first int, ids uuid[])")
    one = await database.dedicated()
    assert await one.fetchval("SELECT ROW(1, NULL)::pair") == (1, None)
    await database.pool.execute("DROP TYPE pair; CREATE TYPE pair AS (first text)")
    other = await database.dedicated()
    assert await other.fetchval("SELECT ROW('one')::pair") == ("one",)
    await one.close()
    await other.close()
