"""The days that entries lie in: made ahead of need, dropped when they are old."""

from datetime import datetime, timedelta

from services.kernel.db import Database

_AHEAD_DAYS = 2
# Attaching and dropping wait for whoever reads, and others would then wait behind. Rather try again.
_LOCK_WITHIN = "200ms"


async def keep_days(database: Database, now: datetime, retention: timedelta) -> int:
    """Makes the next days, drops those whose every entry is older than the retention; answers how many went."""
    async with database.transaction() as conn:
        await conn.execute(f"SET LOCAL lock_timeout = '{_LOCK_WITHIN}'")
        for ahead in range(_AHEAD_DAYS + 1):
            await conn.execute("SELECT add_feed_day($1)", (now + timedelta(days=ahead)).date())
    async with database.transaction() as conn:
        await conn.execute(f"SET LOCAL lock_timeout = '{_LOCK_WITHIN}'")
        return await conn.fetchval("SELECT drop_feed_days($1)", (now - retention).date())  # type: ignore[no-any-return]
