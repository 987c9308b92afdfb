"""The events that the gateway publishes, kept as they arrive, so that a verification can wait for the one it needs."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

from services.kernel.event import Event
from services.local.contracts.gateway import PlayedGateway

TOPICS = (
    "doselane.alert",
    "doselane.lims",
    "doselane.quality",
    "doselane.capacity",
    "doselane.courier",
    "doselane.distribution",
    "doselane.crm",
    "doselane.erp",
    "doselane.masterdata",
    "doselane.planning",
    "doselane.slotting",
    "doselane.status",
    "doselane.streams",
    "doselane.tower",
)
WAIT_S = 60.0


class EventMissing(LookupError):
    """The gateway did not publish the event in time."""


class EventFeed:
    """Follows all topics in the gateway's event loop; answers in the verifier's threads."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._arrived = threading.Condition()

    async def follow(self, gateway: PlayedGateway) -> None:
        """Keeps what was and will be published, until cancelled."""
        await gateway.bus.consume(TOPICS, f"contracts-{uuid4()}", self._keep)

    def first(self, event_type: str, fits: Callable[[Event], bool], *, wait_s: float = WAIT_S) -> Event:
        """The first event of this type that fits, waiting for it if need be."""

        def found() -> Event | None:
            return next((event for event in self._events if event.type == event_type and fits(event)), None)

        with self._arrived:
            event = self._arrived.wait_for(found, timeout=wait_s)
            if event is None:
                known = sorted({event.type for event in self._events})
                raise EventMissing(f"No fitting {event_type} came in {wait_s:g} s; there were {', '.join(known)}.")
        return event

    async def _keep(self, events: Sequence[Event]) -> None:
        with self._arrived:
            self._events += events
            self._arrived.notify_all()


@asynccontextmanager
async def following(gateway: PlayedGateway) -> AsyncIterator[EventFeed]:
    """A feed that follows the gateway for as long as the context lasts."""
    feed = EventFeed()
    task = asyncio.create_task(feed.follow(gateway))
    try:
        yield feed
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
