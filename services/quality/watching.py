"""What changes of batches, for whoever watches."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from doselane.quality.v1 import batch_pb2
from doselane.quality.v1.events_pb2 import BatchCreated

from services.kernel import event_log
from services.kernel.event_log import Logged
from services.kernel.watching import Look, Sighting, with_signs_of_life
from services.quality import events
from services.quality.store import Store

_BATCH_EVENTS = f"{events.TOPIC}.batch."


@dataclass(frozen=True, slots=True)
class BatchWatcher:
    """Who watches what; `partner` None: as operators see it."""

    partner: str | None
    product: str = ""


async def watch_batches(
    watcher: BatchWatcher, after: int | None, store: Store, keep_alive: timedelta
) -> AsyncIterator[Sighting[batch_pb2.Batch]]:
    """What changed after a position (None: after now), and then each change as it comes, without end."""
    position = await store.log_end() if after is None else after
    yield Sighting(position)
    async for sighting in with_signs_of_life(_looks(watcher, position, store), position, keep_alive):
        yield sighting


async def _looks(watcher: BatchWatcher, position: int, store: Store) -> AsyncGenerator[Look[batch_pb2.Batch], None]:
    async for found in event_log.follow(store.database, position):
        yield Look(found[-1].position, await _sightings(watcher, found, store))


async def _sightings(watcher: BatchWatcher, found: Sequence[Logged], store: Store) -> list[Sighting[batch_pb2.Batch]]:
    # Every event of a batch has the batch as its first field, so one message reads them all.
    told = [
        (logged.position, BatchCreated.FromString(logged.event.data).batch)
        for logged in found
        if logged.event.type.startswith(_BATCH_EVENTS) and logged.event.partner in ("", watcher.partner)
    ]
    told = [(position, batch) for position, batch in told if watcher.product in ("", batch.product)]
    if watcher.partner is None:
        return [Sighting(position, batch) for position, batch in told]
    known = await store.visible_names([batch.name for _, batch in told], watcher.partner)
    return [Sighting(position, events.partner_view(batch)) for position, batch in told if batch.name in known]
