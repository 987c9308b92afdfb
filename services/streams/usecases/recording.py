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
    await store.resources.put(conn, audiences.resources.values())
    await store.append(conn, [copy for each in copies for copy in each], clock.now())


class _Audiences:
    """Who hears of the events of a batch: the partner of each, those that it names, or those who may see its run."""

    def __init__(
        self,
        runs: dict[str, events.ToldRun],
        products: dict[str, events.ToldProduct],
        resources: dict[str, events.ToldResource],
    ) -> None:
        self.runs, self._products, self.resources = runs, products, resources

    @classmethod
    async def of(cls, conn: Connection, batch: Sequence[Event]) -> "_Audiences":
        of_runs = {event.subject: event for event in batch if event.type in events.RUN_EVENTS}
        made = {events.product_of_run(event) for event in of_runs.values()}
        of_resources = {event.subject for event in batch if events.told_resource(event)}
        return cls(
            await store.runs.of(conn, of_runs) if of_runs else {},
            await store.products.of(conn, made) if made else {},
            await store.resources.of(conn, of_resources) if of_resources else {},
        )

    def copies(self, event: Event) -> list[EventCopy]:
        """The copies of an event."""
        if event.partner:
            return [events.copy_of(event, event.partner)] if event.type in events.FEED_TYPES else []
        if event.type in events.RUN_EVENTS:
            return self._of_run(event)
        if resource := events.told_resource(event):
            return self._of_resource(event, resource)
        return [events.copy_of(event, partner) for partner in events.audience_of(event)]

    def _of_run(self, event: Event) -> list[EventCopy]:
        before = self.runs.get(event.subject)
        told = events.told_run(event, before)
        assert told  # it is of a run
        self.runs[event.subject] = told
        return list(events.run_copies(event, told, before, self._products)) if event.type in events.FEED_TYPES else []

    def _of_resource(self, event: Event, told: events.ToldResource) -> list[EventCopy]:
        before = self.resources.get(event.subject)
        if before is None or before.version < told.version:
            self.resources[event.subject] = told
        return list(events.resource_copies(event, told, before))
