"""What a service has published, as a test waits for it."""

import asyncio

from services.kernel import event_log
from services.kernel.db import Database
from services.kernel.event import Event

_BEHIND = "SELECT EXISTS (SELECT FROM outbox o WHERE NOT EXISTS (SELECT FROM event_log l WHERE l.seq = o.seq))"


async def published(database: Database, subject: str = "") -> list[Event]:
    """The events of a service (of one subject, if it is named), in order, once all that was committed is in the log."""
    async with asyncio.timeout(60):
        while await database.pool.fetchval(_BEHIND):
            await asyncio.sleep(0.01)
    async with database.pool.acquire() as conn:
        found = [logged.event for logged in await event_log.read(conn, 0)]
    return [event for event in found if subject in ("", event.subject)]
