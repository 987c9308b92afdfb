"""Takes over what others publish: master data and claims."""

from collections.abc import Sequence

from services.kernel.db import Connection
from services.kernel.event import Event
from services.planning.events import consumed
from services.planning.store import claims, projection


async def take_in_all(conn: Connection, batch: Sequence[Event]) -> None:
    """Applies a batch of events of any topic, in any order."""
    await projection.put(conn, (found for event in batch if (found := consumed.resource_in(event))))
    await claims.claimed.put(conn, (slot for event in batch if (slot := consumed.claimed_in(event))))
