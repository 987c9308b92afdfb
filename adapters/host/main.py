"""The host of outside systems as a service: the one place that says which parts are real."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from doselane.exchange.v1 import exchange_pb2
from google.protobuf.descriptor import ServiceDescriptor
from starlette.types import Receive, Scope, Send

from adapters.host import store
from adapters.host.archive import AccountArchive
from adapters.host.checking import ConnectionChecker
from adapters.host.delivering import Deliverer
from adapters.host.discover import discover, ports_of, served, topics_of
from adapters.host.doorkeeper import Doorkeeper
from adapters.host.entries import Entries
from adapters.host.followers import Followers
from adapters.host.hearing import PortHearing
from adapters.host.housekeeping import Housekeeping
from adapters.host.http import PushDoor
from adapters.host.intake import Intake
from adapters.host.pressure import watch_pressure
from adapters.host.reaching import connections, work
from adapters.host.replaying import Replayer
from adapters.host.routes import Routes
from adapters.host.rpc import ExchangeRpc
from adapters.host.settings import Settings, accounts, entry_accounts
from adapters.host.translating import Translator
from adapters.host.values import Account
from adapters.manifest import Adapter
from adapters.ports import Port
from services.kernel import process, standalone
from services.kernel.aside import Aside
from services.kernel.background import Background
from services.kernel.bus import Bus
from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Database
from services.kernel.forgetting import forgetting
from services.kernel.http import HttpServer
from services.kernel.http.guard import Access, Head
from services.kernel.identity import TokenVerifier
from services.kernel.inbox import Consumer
from services.kernel.outbox import Relay
from services.kernel.process import Service
from services.kernel.settings import load
from services.kernel.standalone import Backing, IdentitySettings, verifier_of
from services.kernel.telemetry import current

NAME = "exchange"
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
    serves: Sequence[Port] | None = None,
) -> Host:
    """The host, built and not yet started. It serves all ports there are, or some; others' accounts are left aside."""
    found = discover() if adapters is None else adapters
    ports, time = ports_of(found) if serves is None else serves, clock or SystemClock()
    known = _of_ports(ports, accounts(settings.accounts.get_secret_value(), found, verifier))
    entered = entry_accounts(adapter for adapter in found.values() if adapter.port in ports)
    relay, aside = Relay(database, bus), Aside()
    intake = Intake(
        database,
        time,
        known | entered,
        [port.name for port in ports],
        pushes_waiting_max=settings.pushes_waiting_max,
        bytes_waiting_max=settings.bytes_waiting_max,
        body_bytes_max=settings.body_bytes_max,
        aside=aside,
        published=relay.wake,
        recorded=lambda: followers.wake(),
    )
    doorkeeper = Doorkeeper((account.credential for account in known.values()), verifier)

    def archive(account: Account) -> AccountArchive:
        return AccountArchive(database, account, aside, time, loopback=settings.loopback)

    connected = connections(known, time, archive, loopback=settings.loopback)
    deliverer = Deliverer(
        database, time, known, connected, judge=intake.judge, look_every=settings.look_every, published=relay.wake
    )

    def reached(port: Port) -> Sequence[Account]:
        return [account for account in known.values() if account.port == port and account.id in connected]

    entries = Entries(database, time, intake, entered)
    replayer = Replayer(database, time, intake, known | entered)
    followers = Followers(database, time, known, aside, look_every=settings.look_every, made=deliverer.wake)
    needed = [port for port in ports if any(account.port == port for account in (known | entered).values())]
    routes = Routes(adapter for adapter in found.values() if adapter.port in ports)
    checker, translator = ConnectionChecker(time, archive), Translator(database, time, intake, known | entered)
    exchange = ExchangeRpc(database, time, intake, deliverer, replayer, entries, ports, known, checker, translator)
    return Host(
        servicers=_servicers(exchange, ports),
        background=[
            relay.run,
            *(_hearing(bus, database, port, reached(port), time, deliverer) for port in needed),
            intake.run,
            aside.run,
            replayer.run,
            *followers.work(),
            Housekeeping(database, settings.keep).run,
            *([partial(watch_pressure, database, time, tuple(connected))] if connected else []),
            forgetting(database, settings.request_retention),
            *work(known, connected, database, time, intake.keep, deliverer, relay.wake),
        ],
        door=PushDoor(settings, known, routes, intake, database, time, doorkeeper),
    )


def topics() -> list[str]:
    """Where the ports of all adapters publish, whatever ports this process serves."""
    return topics_of(ports_of(discover()))


async def main() -> None:
    """Runs the host as a process: gRPC and operations as every service, and the push door beside them."""
    await standalone.run(NAME, SCHEMA, Settings, _with_door, topics=topics())


def _servicers(exchange: ExchangeRpc, ports: Sequence[Port]) -> list[tuple[ServiceDescriptor, object]]:
    own = [each for port in ports for each in port.calls(exchange)]
    return [(exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"], exchange), *own]


def _hearing(
    bus: Bus, database: Database, port: Port, accounts: Sequence[Account], clock: Clock, deliverer: Deliverer
) -> Background:
    """Each port hears by itself, under its own name: so it goes on where it stopped in whatever process serves it."""
    hearing = PortHearing(port, accounts, clock, deliverer.wake)
    return Consumer(
        bus,
        database,
        port.name,
        _topics(port, accounts),
        after_commit=hearing.committed,
        apply_all=hearing.apply,
        concerns=hearing.concerns,
    ).run


def _topics(port: Port, accounts: Sequence[Account]) -> tuple[str, ...]:
    """What matters to the port, and what an account of it reacts to beside: it is heard only where somebody does."""
    topics = (each.topic for account in accounts for each in account.adapter.reactions if each.event_type)
    return tuple(dict.fromkeys([*port.hears, *topics]))


def _of_ports(ports: Sequence[Port], known: Mapping[str, Account]) -> dict[str, Account]:
    return {name: account for name, account in known.items() if account.port in ports}


def _with_door(settings: Settings, on: Backing) -> Host:
    verifier = verifier_of(load(IdentitySettings, os.environ, IdentitySettings.PREFIX), on.clock)
    host = service(settings, on.database, on.bus, verifier, clock=on.clock, serves=served(discover(), os.environ))
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
