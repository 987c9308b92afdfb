"""The courier host as a service: the one place that says which parts are real."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from doselane.courier.v1 import courier_pb2
from starlette.types import Receive, Scope, Send

from adapters.host import events, store
from adapters.host.auth import Nobody
from adapters.host.delivering import Deliverer
from adapters.host.discover import discover
from adapters.host.http import PushDoor
from adapters.host.reaching import connections, work
from adapters.host.reception import Reception
from adapters.host.routes import Routes
from adapters.host.rpc import CourierRpc
from adapters.host.settings import Settings, accounts
from adapters.manifest import Adapter
from services.kernel import process, standalone
from services.kernel.aside import Aside
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Connection, Database
from services.kernel.event import Event
from services.kernel.http import HttpServer
from services.kernel.http.guard import Access, Head
from services.kernel.identity import TokenVerifier
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.settings import load
from services.kernel.standalone import Backing, IdentitySettings, verifier_of
from services.kernel.telemetry import current

NAME = "courier"
TOPIC = "doselane.courier"
SCHEMA = store.SCHEMA
HEARS = ("doselane.status",)
GRACE_S = 10.0


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
    known = accounts(settings.accounts.get_secret_value(), found, verifier)
    relay = Relay(database, bus, TOPIC)
    aside = Aside()
    reception = Reception(
        database,
        time,
        known,
        pushes_waiting_max=settings.pushes_waiting_max,
        bytes_waiting_max=settings.bytes_waiting_max,
        body_bytes_max=settings.body_bytes_max,
        aside=aside,
        published=relay.wake,
    )
    nobody = Nobody((account.credential for account in known.values()), verifier)
    connected = connections(known, time)
    deliverer = Deliverer(database, time, known, connected, look_every=settings.look_every)

    async def hear(conn: Connection, event: Event) -> None:
        await events.project(conn, event)
        await deliverer.react(conn, event)

    consumer = Consumer(bus, database, NAME, HEARS, hear, deliverer.wake)
    return CourierHost(
        servicers=[(courier_pb2.DESCRIPTOR.services_by_name["CourierService"], CourierRpc(database, reception))],
        background=[
            relay.run,
            consumer.run,
            reception.run,
            aside.run,
            *work(known, connected, database, time, reception.keep, deliverer),
        ],
        door=PushDoor(settings, known, Routes(found.values()), reception, database, time, nobody),
    )


async def main() -> None:
    """Runs the host as a process: gRPC and operations as every service, and the push door beside them."""
    await standalone.run(NAME, SCHEMA, Settings, _with_door)


def _with_door(settings: Settings, on: Backing) -> CourierHost:
    verifier = verifier_of(load(IdentitySettings, os.environ, IdentitySettings.PREFIX), on.clock)
    host = service(settings, on.database, on.bus, verifier, clock=on.clock)
    host.background.append(lambda: serve(host.door, settings.push_listen))
    return host


async def serve(door: PushDoor, listen: str) -> None:
    """Serves the push door at /push until cancelled, then lets the pushes that run come to their end."""
    server = HttpServer(Access(Head(Under("/push", door)), current()), listen)
    await server.start()
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop(GRACE_S)


class Under:
    """Puts an application under a path, as a framework's mount does, without the framework."""

    def __init__(self, path: str, app: PushDoor) -> None:
        self._path, self._app = path, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is under the path; the application answers for the rest that nothing is there."""
        root = scope.get("root_path", "") + self._path
        await self._app({**scope, "root_path": root}, receive, send)


if __name__ == "__main__":
    process.main(main)
