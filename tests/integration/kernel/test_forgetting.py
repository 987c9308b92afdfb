"""Requests are kept as long as they can be repeated, and no longer."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from services.kernel import forgetting
from services.kernel.db import Database, migrate


async def test_old_requests_are_forgotten_and_young_ones_kept(database_dsn: str, monkeypatch):
    monkeypatch.setattr(forgetting, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(forgetting, "FIRST_S", 0)
    database = await Database.connect(database_dsn, "slotting", pool_size=2)
    await migrate(database)
    days = [40, 35, 33, 31, 29, 1]
    await database.pool.executemany(
        "INSERT INTO request VALUES ('partners/a', gen_random_uuid(), '', '', now() - $1::interval)",
        [(timedelta(days=age),) for age in days],
    )
    running = asyncio.create_task(forgetting.forgetting(database, timedelta(days=30))())
    async with asyncio.timeout(60):
        while await database.pool.fetchval("SELECT count(*) FROM request") > 2:
            await asyncio.sleep(0)
    assert await database.pool.fetchval("SELECT max(now() - asked_at) < '30 days' FROM request")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await database.close()
