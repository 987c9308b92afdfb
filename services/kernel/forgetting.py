"""Forgetting what is kept for a time only: the table `request`, which every service that changes something has."""

from datetime import timedelta

from services.kernel.background import Background
from services.kernel.db import Database, passes_by_itself
from services.kernel.supervise import HOUSEKEEPING_FIRST_S, periodically

EVERY_S, FIRST_S = 3600.0, HOUSEKEEPING_FIRST_S
# Beside live requests, so a few at a time: nobody should wait for a clean-up.
ROWS_AT_ONCE = 10_000


def forgetting(database: Database, retention: timedelta) -> Background:
    """Forgets, once an hour, requests that are too old to be repeated: those with `asked_at` before the retention."""

    async def forget() -> None:
        while await _forget_some(database, retention) == ROWS_AT_ONCE:
            pass

    return lambda: periodically("forgetting old requests", EVERY_S, forget, passes_by_itself, first_s=FIRST_S)


async def _forget_some(database: Database, retention: timedelta) -> int:
    done = await database.pool.execute(
        "DELETE FROM request WHERE ctid = ANY (ARRAY ("
        "SELECT ctid FROM request WHERE asked_at < present() - $1::interval LIMIT $2))",
        retention,
        ROWS_AT_ONCE,
    )
    return int(done.rpartition(" ")[2])
