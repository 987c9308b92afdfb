"""Capacity as a service: the one place that says which parts are real."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2

from services.capacity import events
from services.capacity.ledger import RunLedger, SlottingRunLedger
from services.capacity.orders import tell_refused
from services.capacity.reports import wait_for_run
from services.capacity.rpc import CapacityRpc
from services.capacity.settings import Settings
from services.capacity.store import SCHEMA, Store, Unit
from services.capacity.usecases import hear
from services.kernel import process, standalone
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Connection, Database
from services.kernel.event import Event
from services.kernel.forgetting import forgetting
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.rpc import Client
from services.network.reading import MASTERDATA_TOPIC

log = logging.getLogger(__name__)

NAME = "capacity"
_LEDGER_SERVICE = slotting_pb2.DESCRIPTOR.services_by_name["LedgerService"]
_CAPACITY_SERVICE = capacity_pb2.DESCRIPTOR.services_by_name["CapacityService"]


def service(settings: Settings, database: Database, bus: Bus, clock: Clock | None = None) -> Service:
    """Capacity, built and not yet started."""
    clock = clock or SystemClock()
    relay = Relay(database, bus, events.TOPIC)
    client = Client(settings.slotting_target, _LEDGER_SERVICE)
    ledger = SlottingRunLedger(client, settings.ledger_timeout.total_seconds())
    topics = [events.LEDGER_TOPIC, MASTERDATA_TOPIC, events.ERP_TOPIC]
    calls = capacity(settings, database, ledger, relay, clock)

    def heard() -> None:
        relay.wake()
        calls.heard.call()

    async def tell_parked(conn: Connection, event: Event, fault: Exception) -> None:
        await tell_refused(conn, event, fault, clock)
        await wait_for_run(conn, event, fault)

    consumer = Consumer(
        bus, database, NAME, topics, follower(clock), heard, types=events.HEARD, tell_parked=tell_parked
    )
    return Service(
        servicers=[(_CAPACITY_SERVICE, calls)],
        background=[
            relay.run,
            consumer.run,
            forgetting(database, settings.request_retention),
            client.run,
        ],
    )


def capacity(settings: Settings, database: Database, ledger: RunLedger, relay: Relay, clock: Clock) -> CapacityRpc:
    """What answers the calls."""
    store = Store(database, relay.wake)
    turn = asyncio.Semaphore(settings.ledger_calls_at_once)
    return CapacityRpc(store, ledger, clock, settings.keep_alive, turn)


def follower(clock: Clock) -> Callable[[Connection, Event], Awaitable[None]]:
    """Applies what others publish: cuts of the ledger that this service may not have recorded, products, and what ERP
    systems tell."""

    async def apply(conn: Connection, event: Event) -> None:
        await hear(Unit(conn), event, clock)

    return apply


async def main() -> None:
    """Run capacity as a process."""
    await standalone.run(NAME, SCHEMA, Settings, lambda own, on: service(own, on.database, on.bus, on.clock))


if __name__ == "__main__":
    process.main(main)
