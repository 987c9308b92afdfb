"""Status as a service: the one place that says which parts are real."""

import logging

from doselane.status.v1 import status_pb2

from services.kernel import process, standalone
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database
from services.kernel.forgetting import forgetting
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.status import store
from services.status.events import CONSUMED_TYPES
from services.status.rpc import StatusRpc
from services.status.settings import Settings
from services.status.usecases import apply_all

log = logging.getLogger(__name__)

NAME = "status"
SCHEMA = store.SCHEMA
TOPIC = "doselane.status"
# Of capacity only what a run makes: each slot that a cut touches has an event of its own from slotting.
CONSUMED = ("doselane.capacity", "doselane.slotting", "doselane.distribution", "doselane.quality")
_SERVICE = status_pb2.DESCRIPTOR.services_by_name["StatusService"]


def service(settings: Settings, database: Database, bus: Bus, clock: Clock | None = None) -> Service:
    """Status, built and not yet started."""
    clock = clock or SystemClock()
    relay = Relay(database, bus, TOPIC)
    consumer = Consumer(
        bus,
        database,
        NAME,
        CONSUMED,
        after_commit=relay.wake,
        types=CONSUMED_TYPES,
        apply_all=lambda conn, batch: apply_all(conn, batch, clock),
    )
    return Service(
        servicers=[(_SERVICE, StatusRpc(database, clock, settings.keep_alive))],
        background=[relay.run, consumer.run, forgetting(database, settings.request_retention)],
    )


async def main() -> None:
    """Run status as a process."""
    await standalone.run(NAME, SCHEMA, Settings, lambda own, on: service(own, on.database, on.bus, on.clock))


if __name__ == "__main__":
    process.main(main)
