"""Keeps the tables of events in pieces that can be dropped: new ones ahead of need, moved ones gone."""

import asyncpg

from services.kernel.db import Connection, Database
from services.kernel.supervise import HOUSEKEEPING_FIRST_S, periodically

EVERY_S = 10.0
OUTBOX_ROWS = 500_000
OUTBOX_AHEAD = 2
LOG_ROWS = 10_000_000
LOG_AHEAD = 1
# Attaching and dropping wait for whoever reads the parent, and others would then wait behind. Rather try again.
LOCK_WITHIN = "100ms"


async def keep_partitions(database: Database) -> None:
    """Looks after the partitions until cancelled."""

    async def work() -> None:
        async with database.transaction() as conn:
            await tend(conn)

    name = f"partitions of schema {database.schema}"
    await periodically(name, EVERY_S, work, _waits_for_another_time, first_s=HOUSEKEEPING_FIRST_S)


def _waits_for_another_time(fault: BaseException) -> bool:
    return isinstance(fault, asyncpg.LockNotAvailableError | asyncpg.CheckViolationError)


async def tend(conn: Connection) -> None:
    """Adds the partitions that will be needed and drops those of outbox that are done with, in one transaction."""
    await conn.execute(f"SET LOCAL lock_timeout = '{LOCK_WITHIN}'")
    await conn.execute(
        "SELECT grow_partitions('outbox', 'seq', $1, last_value, $2) FROM outbox_seq", OUTBOX_ROWS, OUTBOX_AHEAD
    )
    await conn.execute(
        "SELECT grow_partitions('event_log', 'position', $1, position, $2) FROM event_log_tail()", LOG_ROWS, LOG_AHEAD
    )
    await conn.execute("SELECT drop_moved_partitions($1)", OUTBOX_ROWS)
