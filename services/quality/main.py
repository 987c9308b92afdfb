"""Quality as a service: the one place that says which parts are real."""

import logging

from doselane.quality.v1 import quality_pb2, specification_pb2

from services.kernel import process, standalone
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database, passes_by_itself
from services.kernel.forgetting import forgetting
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.signatures import SealingKeys
from services.kernel.supervise import periodically
from services.quality import events
from services.quality.document_seal import document_seal
from services.quality.rpc import QualityRpc, SpecificationRpc
from services.quality.settings import Settings
from services.quality.store import SCHEMA, Store
from services.quality.usecases.deadlines import tell_deadlines
from services.quality.usecases.documents import Publisher
from services.quality.usecases.hearing import Hearing

log = logging.getLogger(__name__)

NAME = "quality"
_QUALITY = quality_pb2.DESCRIPTOR.services_by_name["QualityService"]
_SPECIFICATIONS = specification_pb2.DESCRIPTOR.services_by_name["SpecificationService"]


def service(settings: Settings, database: Database, bus: Bus, clock: Clock | None = None) -> Service:
    """Quality, built and not yet started."""
    clock = clock or SystemClock()
    relay = Relay(database, bus, events.TOPIC)
    store = Store(database, relay.wake)
    consumer = Consumer(
        bus, database, NAME, events.TOPICS_HEARD, hearing_of(settings, clock).apply, relay.wake, types=events.HEARD
    )
    keys = SealingKeys.of(settings.signature_key_id, settings.signature_key.get_secret_value())
    publisher = Publisher(document_seal(settings.document_seal.get_secret_value()))
    quality = QualityRpc(store, clock, settings.keep_alive, settings.laboratory, publisher, keys)

    async def look_at_deadlines() -> None:
        await tell_deadlines(store, clock)

    async def deadlines() -> None:
        await periodically(
            "quality deadlines",
            settings.deadlines_every.total_seconds(),
            look_at_deadlines,
            passes_by_itself,
            sooner=clock.moved,
        )

    return Service(
        servicers=[(_QUALITY, quality), (_SPECIFICATIONS, SpecificationRpc(store, clock, keys))],
        background=[relay.run, consumer.run, deadlines, forgetting(database, settings.request_retention)],
    )


def hearing_of(settings: Settings, clock: Clock) -> Hearing:
    """What applies the events of other services."""
    return Hearing(clock, settings.laboratory)


async def main() -> None:
    """Run quality as a process."""
    await standalone.run(NAME, SCHEMA, Settings, lambda own, on: service(own, on.database, on.bus, on.clock))


if __name__ == "__main__":
    process.main(main)
