"""Room for what comes, and an end to what is old: partitions by month, made ahead and dropped with what is in them."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from adapters.host.following import FOLLOWED
from services.kernel.db import Database, passes_by_itself

PARTITIONED = ("message", "verdict", "delivery")
# What keeps a thing from counting twice cannot be cut by month, so its old rows are deleted a few at a time.
UNPARTITIONED = ("accepted_event", "accepted_body", "ended_reading", "record")
AHEAD = timedelta(days=62)
EVERY_S = 3600.0
ROWS_AT_ONCE = 5000

log = logging.getLogger(__name__)


class Housekeeping:
    """Keeps the tables in order. By the machine's clock, which makes the ids by which they are cut."""

    def __init__(self, database: Database, keep: timedelta) -> None:
        self._database, self._keep = database, keep

    async def run(self) -> None:
        """Every hour, until cancelled."""
        while True:
            try:
                await self.once(datetime.now(UTC))
            except Exception as fault:
                if not passes_by_itself(fault):
                    raise
                log.warning("the tables are put in order later: %s", fault)
            await asyncio.sleep(EVERY_S)

    async def once(self, now: datetime) -> None:
        """Makes the months that come, drops those that are over."""
        pool = self._database.pool
        for table in PARTITIONED:
            for at in (now, now + AHEAD / 2, now + AHEAD):
                await pool.execute("SELECT ensure_partition($1, $2)", table, at)
            if dropped := await pool.fetchval("SELECT drop_partitions($1, $2)", table, now - self._keep):
                log.info("%d months of %s are dropped", dropped, table)
        await pool.execute("DELETE FROM replay WHERE replay_id < first_id($1)", now - self._keep)  # few, as people ask
        await pool.execute("DELETE FROM asked WHERE asked_at < $1", now - FOLLOWED)  # it is followed no more
        await pool.execute("DELETE FROM called WHERE day < $1", (now - self._keep).date())
        for table in UNPARTITIONED:
            while await pool.fetchval(_DELETE.format(table=table), now - self._keep, ROWS_AT_ONCE) == ROWS_AT_ONCE:
                pass


_DELETE = """
WITH old AS (SELECT ctid FROM {table} WHERE message_id < first_id($1) LIMIT $2),
gone AS (DELETE FROM {table} t USING old WHERE t.ctid = old.ctid RETURNING 1)
SELECT count(*) FROM gone
"""
