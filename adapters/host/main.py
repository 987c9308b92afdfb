"""The host of one kind of outside systems as a service: the one place that says which parts are real."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from doselane.exchange.v1 import exchange_pb2
from starlette.types import Receive, Scope, Send

from adapters.host import store
from adapters.host.delivering import Deliverer
from adapters.host.discover import discover, of_port
from adapters.host.doorkeeper import Doorkeeper
from adapters.host.housekeeping import Housekeeping
from adapters.host.http import PushDoor
from adapters.host.intake import Intake
from adapters.host.reaching import connections, work
from adapters.host.routes import Routes
from adapters.host.rpc import ExchangeRpc
from adapters.host.settings import Settings, accounts
from adapters.manifest import Adapter
from adapters.ports import Port
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
from services.kernel.references import canonical
from services.kernel.settings import SettingsError, load
from services.kernel.standalone import Backing, IdentitySettings, verifier_of
from services.kernel.telemetry import current

SCHEMA = store.SCHEMA
GRACE_S = 10.0


@dataclass
class Host(Service):
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
) -> Host:
    """The host of one kind of systems, built and not yet started."""
    found = discover() if adapters is None else adapters
    port, time = the_port(found), clock or SystemClock()
    known = accounts(settings.accounts.get_secret_value(), found, verifier)
    relay, aside = Relay(database, bus, port.topic), Aside()
    intake = Intake(
        database,
        time,
        known,
        port,
        pushes_waiting_max=settings.pushes_waiting_max,
        bytes_waiting_max=settings.bytes_waiting_max,
        body_bytes_max=settings.body_bytes_max,
        aside=aside,
        published=relay.wake,
    )
    doorkeeper = Doorkeeper((account.credential for account in known.values()), verifier)
    connected = connections(known, time)
    deliverer = Deliverer(database, time, known, connected, port, look_every=settings.look_every, published=relay.wake)
    consumer = Consumer(bus, database, port.name, port.hears, partial(hear, port, deliverer), deliverer.wake)
    exchange = ExchangeRpc(database, time, intake, deliverer, port.collection)
    return Host(
        servicers=[(exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"], exchange), *port.calls(exchange)],
        background=[
            relay.run,
            consumer.run,
            intake.run,
            aside.run,
            Housekeeping(database, settings.keep).run,
            *work(known, connected, database, time, port, intake.keep, deliverer, relay.wake),
        ],
        door=PushDoor(settings, known, Routes(found.values()), intake, database, time, doorkeeper),
    )


async def main() -> None:
    """Runs the host as a process: gRPC and operations as every service, and the push door beside them."""
    await standalone.run(the_port(discover()).name, SCHEMA, Settings, _with_door)


def the_port(adapters: Mapping[str, Adapter]) -> Port:
    """The kind of systems that this process serves: the one that DOSELANE_PORT names, or the only one there is."""
    ports = {adapter.port.name: adapter.port for adapter in adapters.values()}
    asked = os.environ.get("DOSELANE_PORT") or next(iter(ports), "")
    if asked not in ports or (len(ports) > 1 and "DOSELANE_PORT" not in os.environ):
        raise SettingsError([f"DOSELANE_PORT must be one of {', '.join(sorted(ports))}."])
    return ports[asked]


async def hear(port: Port, deliverer: Deliverer, conn: Connection, event: Event) -> None:
    """Takes an event of ours: the names that it says something of, and what it sets off."""
    if referred := port.refers(event):
        theirs = list(dict.fromkeys(map(canonical, referred.theirs)))
        await store.refer(conn, referred.partner, theirs, referred.ours, event.time)
    await deliverer.react(conn, event)


def _with_door(settings: Settings, on: Backing) -> Host:
    verifier = verifier_of(load(IdentitySettings, os.environ, IdentitySettings.PREFIX), on.clock)
    mine = of_port(discover(), the_port(discover()))
    host = service(settings, on.database, on.bus, verifier, clock=on.clock, adapters=mine)
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
