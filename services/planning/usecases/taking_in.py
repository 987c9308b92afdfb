"""Takes over what others publish: master data and claims."""

from collections.abc import Sequence

from services.kernel.db import Connection
from services.kernel.event import Event
from services.planning.events import consumed
from services.planning.store import claims, projection


async def take_in_all(conn: Connection, batch: Sequence[Event]) -> None:
    """Applies a batch of events of any topic, in any order."""
    heard = [found for event in batch if (found := consumed.heard_in(event))]
    slots = [slot for event in batch if (slot := consumed.claimed_in(event))]
    if heard:
        await projection.put(conn, heard)
    if slots:
        await claims.put(conn, slots)


async def take_in(conn: Connection, event: Event) -> None:
    """Applies one event."""
    await take_in_all(conn, (event,))
