"""What changes of shipments, for whoever watches."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from doselane.distribution.v1 import shipment_pb2
from doselane.distribution.v1.events_pb2 import ShipmentBooked, ShipmentReplanned

from services.distribution.store import Store
from services.kernel import event_log
from services.kernel.event_log import Logged
from services.kernel.watching import Look, Sighting, with_signs_of_life

# What is told: a shipment after a change; or the name of one that goes to the watched centre no more.
Told: TypeAlias = shipment_pb2.Shipment | str
_REPLANNED = "doselane.distribution.shipment.replanned.v1"


@dataclass(frozen=True, slots=True)
class ShipmentWatcher:
    """Who watches what; `partner` None: as operators see it."""

    partner: str | None
    site: str = ""


async def watch_shipments(
    watcher: ShipmentWatcher, after: int | None, store: Store, keep_alive: timedelta
) -> AsyncIterator[Sighting[Told]]:
    """What changed after a position (None: after now), and then each change as it comes, without end."""
    position = await store.log_end() if after is None else after
    yield Sighting(position)
    async for sighting in with_signs_of_life(_looks(watcher, position, store), position, keep_alive):
        yield sighting


async def _looks(watcher: ShipmentWatcher, position: int, store: Store) -> AsyncGenerator[Look[Told], None]:
    async for found in event_log.follow(store.database, position):
        told = [sighting for logged in found for sighting in _sightings(watcher, logged)]
        yield Look(found[-1].position, told)


def _sightings(watcher: ShipmentWatcher, logged: Logged) -> list[Sighting[Told]]:
    event = logged.event
    if not event.subject.startswith("shipments/") or watcher.partner not in (None, event.partner):
        return []
    # Every event of a shipment has the shipment as its first field, so one message reads them all.
    shipment = ShipmentBooked.FromString(event.data).shipment
    if watcher.site in ("", shipment.site):
        return [Sighting(logged.position, shipment)]
    left = event.type == _REPLANNED and ShipmentReplanned.FromString(event.data).from_site == watcher.site
    return [Sighting(logged.position, shipment.name)] if left else []
