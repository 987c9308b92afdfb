"""Events of all services, recorded in the feeds of the partners that may see them, in the consumer's transaction."""

from collections.abc import Sequence

from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.steps import in_steps
from services.streams import events, store
from services.streams.domain import EventCopy


async def record_all(conn: Connection, batch: Sequence[Event], clock: Clock) -> None:
    """Records a batch: all of it becomes durable with what the consumer notes as applied, or nothing does."""
    await store.products.put(conn, [told for event in batch if (told := events.product_in(event))])
    audiences = await _Audiences.of(conn, batch)
    copies = await in_steps(audiences.copies, batch)
    await store.runs.put(conn, audiences.runs.values())
    await store.append(conn, [copy for each in copies for copy in each], clock.now())


class _Audiences:
    """Who hears of the events of a batch: their partner, or those who may see the run that they are of."""

    def __init__(self, runs: dict[str, events.ToldRun], products: dict[str, events.ToldProduct]) -> None:
        self.runs, self._products = runs, products

    @classmethod
    async def of(cls, conn: Connection, batch: Sequence[Event]) -> "_Audiences":
        concerned = {event.subject: event for event in batch if event.type in events.RUN_EVENTS}
        if not concerned:
            return cls({}, {})
        made = {events.product_of_run(event) for event in concerned.values()}
        return cls(await store.runs.of(conn, concerned), await store.products.of(conn, made))

    def copies(self, event: Event) -> list[EventCopy]:
        """The copies of an event."""
        if event.partner:
            return [events.copy_of(event, event.partner)] if event.type in events.FEED_TYPES else []
        before = self.runs.get(event.subject)
        told = events.told_run(event, before)
        if told is None:
            return []
        self.runs[event.subject] = told
        return list(events.run_copies(event, told, before, self._products)) if event.type in events.FEED_TYPES else []
