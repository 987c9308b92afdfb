"""The tables in which feeds lie, one a day: made ahead by whichever process comes first."""

import asyncio
from datetime import date

from services.kernel.db import Database
from tests.integration.streams.conftest import streams_schema
from tests.support.postgres import Databases

DAY = date(2030, 1, 1)
WAITS = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1"
MADE = "SELECT count(*) FROM pg_inherits WHERE inhrelid = to_regclass('feed_entry_20300101')"


async def test_who_waited_for_another_that_made_the_day_finds_it_made(databases: Databases) -> None:
    database = await Database.connect(await databases.prepared("streams", streams_schema), "streams", pool_size=1)
    first, second = await database.dedicated(), await database.dedicated()
    async with first.transaction():
        await first.execute("SELECT add_feed_day($1)", DAY)
        waiting = asyncio.create_task(second.execute("SELECT add_feed_day($1)", DAY))
        async with asyncio.timeout(60):
            while not await database.pool.fetchval(WAITS, second.get_server_pid()):
                await asyncio.sleep(0.01)
    await waiting
    assert await database.pool.fetchval(MADE) == 1
    for each in (first, second):
        await each.close()
    await database.close()
