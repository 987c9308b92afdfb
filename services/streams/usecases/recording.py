"""Events of all services, recorded in the feeds of the partners whose they are, in the consumer's transaction."""

from collections.abc import Sequence

from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.steps import in_steps
from services.streams import store
from services.streams.events import copies_of


async def record_all(conn: Connection, batch: Sequence[Event], clock: Clock) -> None:
    """Records a batch: all of it becomes durable with what the consumer notes as applied, or nothing does."""
    copies = await in_steps(lambda event: list(copies_of(event)), batch)
    await store.append(conn, [copy for each in copies for copy in each], clock.now())
