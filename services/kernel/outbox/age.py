"""How long the oldest unpublished event has waited: a metric, and a warning when it is too long."""

import asyncio
import logging

from services.kernel.db import FAULTS, Connection, Database
from services.kernel.supervise import periodically
from services.kernel.telemetry import meter

LOOK_EVERY_S = 5.0
TOO_OLD_S = 30.0
WARN_EVERY_S = 60.0

_OLDEST = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - least(
    (SELECT l.logged_at FROM event_log l WHERE l.position > c.published ORDER BY l.position LIMIT 1),
    (SELECT o.queued_at FROM outbox o WHERE o.seq > greatest(c.high, (SELECT seq FROM event_log_tail()))
     ORDER BY o.seq LIMIT 1))), 0)::float8
FROM relay_cursor c
"""

log = logging.getLogger(__name__)


async def age_seconds(conn: Connection) -> float:
    """How long the oldest event that the bus has not acknowledged has waited; 0 when there is none."""
    return await conn.fetchval(_OLDEST)


async def watch_age(database: Database, *, too_old_s: float = TOO_OLD_S, look_every_s: float = LOOK_EVERY_S) -> None:
    """Reports the age until cancelled. Each process of a service does: the one that relays may hang."""
    gauge = meter().create_gauge("doselane.outbox.age", unit="s", description="Age of the oldest unpublished event")
    loop, warned = asyncio.get_running_loop(), float("-inf")

    async def look() -> None:
        nonlocal warned
        age = await age_seconds(database.pool)
        gauge.set(age)
        if age > too_old_s and loop.time() - warned > WARN_EVERY_S:
            warned = loop.time()
            log.warning("events of schema %s have waited %.0f s to be published", database.schema, age)

    name = f"a look at the age of the outbox of schema {database.schema}"
    await periodically(name, look_every_s, look, lambda fault: isinstance(fault, FAULTS), first_s=look_every_s)
