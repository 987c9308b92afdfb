"""Old events go by dropping tables; running out of partitions stops nobody."""

import asyncpg

from services.kernel import event_log, outbox
from services.kernel.db import Database
from services.kernel.outbox import partitions
from tests.support.line import a_history, an_event


async def outbox_partitions(database: Database) -> set[str]:
    rows = await database.pool.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'outbox'::regclass"
    )
    return {row["name"].removeprefix("outbox_") for row in rows}


async def move_all(database: Database) -> None:
    while await database.pool.fetch("SELECT 1 FROM relay_step(0, 1000, NULL)"):
        pass


async def jump_to(database: Database, number: int) -> None:
    """As if so many events had been saved."""
    await database.pool.execute("SELECT setval('outbox_seq', $1)", number)


async def tend(database: Database) -> None:
    async with database.transaction() as conn:
        await partitions.tend(conn)


async def test_partitions_are_there_ahead_of_need_and_go_when_their_events_are_moved(database: Database) -> None:
    for number in (10, 400_000, 510_000, 1_010_000):
        await jump_to(database, number)
        async with database.transaction() as conn:
            await outbox.append(conn, [an_event(f"slots/{number}")])
    assert "000000" in await outbox_partitions(database)
    await tend(database)
    assert {"000000", "000002", "000004"} <= await outbox_partitions(database)
    await move_all(database)
    for _ in range(3):
        await move_all(database)  # until the numbers in between are given up
    await tend(database)
    assert (await outbox_partitions(database)) & {"000000", "000001", "000002"} == {"000002"}
    assert (await event_log.verify(database.pool)).count == 4


async def test_a_partition_with_an_event_that_may_still_come_stays(database: Database) -> None:
    slow = await database.dedicated()
    async with slow.transaction():
        await outbox.append(slow, [an_event("slots/late")])
        await jump_to(database, 400_000)
        async with database.transaction() as conn:
            await outbox.append(conn, [an_event("slots/early")])
        for _ in range(4):
            await move_all(database)
        await tend(database)
        assert "000000" in await outbox_partitions(database)
    await move_all(database)
    assert await event_log.end(database.pool) == 2
    await slow.close()


async def test_events_beyond_the_last_partition_are_kept_moved_and_cleared(database: Database) -> None:
    await jump_to(database, 7_000_000)
    async with database.transaction() as conn:
        await outbox.append(conn, a_history(subjects=2, each=5))
    assert await database.pool.fetchval("SELECT count(*) FROM ONLY outbox_other") == 10
    await tend(database)
    await move_all(database)
    assert await event_log.end(database.pool) == 10
    async with database.transaction() as conn:
        await outbox.append(conn, [an_event("slots/next")])
    for _ in range(4):
        await move_all(database)
    await tend(database)
    assert await database.pool.fetchval("SELECT count(*) FROM ONLY outbox_other") <= 1


async def test_growing_waits_for_nobody(database: Database) -> None:
    async with database.transaction() as reader:
        await reader.execute("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE")
        await jump_to(database, 2_000_000)
        try:
            await tend(database)
        except asyncpg.LockNotAvailableError:
            return
    raise AssertionError("it took no lock, or waited for one")
