"""The courier host as a service: the one place that says which parts are real."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from doselane.courier.v1 import courier_pb2

from adapters.host import events, store
from adapters.host.discover import discover
from adapters.host.http import PushDoor
from adapters.host.reception import Reception
from adapters.host.routes import Routes
from adapters.host.rpc import CourierRpc
from adapters.host.settings import Settings, accounts
from adapters.manifest import Adapter
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database
from services.kernel.identity import TokenVerifier
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service

NAME = "courier"
TOPIC = "doselane.courier"
SCHEMA = store.SCHEMA
HEARS = ("doselane.status",)


@dataclass
class CourierHost(Service):
    """A service with a door of its own: `door` is an ASGI application that belongs under /push."""

    door: PushDoor = field(kw_only=True)


def service(
    settings: Settings,
    database: Database,
    bus: Bus,
    verifier: TokenVerifier,
    *,
    clock: Clock | None = None,
    adapters: Mapping[str, Adapter] | None = None,
) -> CourierHost:
    """The host, built and not yet started."""
    found = discover() if adapters is None else adapters
    time = clock or SystemClock()
    known = accounts(settings.accounts.reveal(), found, verifier)
    relay = Relay(database, bus, TOPIC)
    reception = Reception(
        database,
        time,
        known,
        pushes_waiting_max=settings.pushes_waiting_max,
        bytes_waiting_max=settings.bytes_waiting_max,
        published=relay.wake,
    )
    consumer = Consumer(bus, database, NAME, HEARS, events.project)
    return CourierHost(
        servicers=[(courier_pb2.DESCRIPTOR.services_by_name["CourierService"], CourierRpc(database, reception))],
        background=[relay.run, consumer.run, reception.sweep],
        door=PushDoor(settings, known, Routes(found.values()), reception, database, time),
    )
