"""The whole gateway in one process: services, edge, adapter host and a development issuer, on real parts."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from opentelemetry.sdk.trace.export import SpanExporter
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.host.main import Host
from services.edge import main as edge
from services.edge import settings as edge_settings
from services.kernel import telemetry
from services.kernel.agent_consents import ConsentSeal
from services.kernel.background import BackgroundTasks
from services.kernel.bus import Bus
from services.kernel.bus.kafka import KafkaBus
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.bus.postgres import PostgresBus
from services.kernel.clock_rpc import SERVICE as CLOCK_SERVICE
from services.kernel.clock_rpc import ClockRpc
from services.kernel.db import Database, migrate
from services.kernel.gateway_clock import GatewayClock
from services.kernel.http import HttpServer
from services.kernel.http import app as http_app
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks
from services.kernel.process import ListenSettings, Service
from services.kernel.rpc import Server
from services.local.authorizations import PublicClient
from services.local.issuer import LIFETIME_S, Issuer, IssuerClient
from services.local.persons import Person
from services.local.services import AGENT_CONSENT_KEY, NAMES, SERVICES, Ground
from services.local.twins import Twins
from services.local.world import (
    ACCOUNTS,
    CLIENTS,
    CONSOLE_CLIENT,
    CONSOLE_SCOPES,
    PERSONS,
    PORTAL_CLIENT,
    PORTAL_SCOPES,
)

GRACE_S = 5.0
POOL_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run, and where. Port 0 asks for a free one; without Kafka the bus is PostgreSQL."""

    database_dsn: str
    data_dir: Path
    clients: Mapping[str, IssuerClient] = field(default_factory=lambda: CLIENTS)
    persons: Mapping[str, Person] = field(default_factory=lambda: PERSONS)  # who step up to sign
    accounts: Mapping[str, Any] = field(default_factory=lambda: ACCOUNTS)  # of outside systems
    twins: bool = False  # whether partners' own systems are simulated, and reached
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    host: str = "127.0.0.1"
    http_port: int = 0
    grpc_port: int = 0
    ops_port: int = 0  # metrics, for nobody outside
    keep_alive_s: float = 15.0
    token_lifetime_s: int = LIFETIME_S  # where days pass in seconds, tokens may have to last for longer
    trace_share: float | None = None
    span_exporter: SpanExporter | None = None


class Gateway:
    """Entered, it runs with every door open; left, it has stopped in order. All state is in PostgreSQL and Kafka.

    Raises, when it is left, what ended a part of it in the background that should have run all the time.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._open = AsyncExitStack()
        self._door = _Door()
        self._running = BackgroundTasks()
        self.databases: dict[str, Database] = {}
        self.bus: Bus
        self.clock: GatewayClock
        self.issuer: Issuer
        self.twins: Twins
        self.rest_url = self.ops_url = ""
        self.grpc_target = ""

    async def __aenter__(self) -> "Gateway":
        try:
            await self._start()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        fault = self._running.fault()
        await self._open.aclose()
        if fault and kind is None:
            raise fault

    def token(self, partner: str, *scopes: str) -> str:
        """An access token that speaks for `partner` with these scopes."""
        return self.issuer.sign(f"{partner.removeprefix('partners/')}-client", partner, scopes)

    async def wait(self) -> None:
        """Returns only when something that should run for ever has ended, with its error."""
        await asyncio.wait(self._running.tasks, return_when=asyncio.FIRST_COMPLETED)
        if fault := self._running.fault():
            raise fault

    async def _start(self) -> None:
        plan = self.plan
        measured = telemetry.setup("doselane", exporter=plan.span_exporter, share=plan.trace_share)
        self._open.callback(measured.shutdown)
        self._open.enter_context(measured.active())
        # The door opens first, because the issuer's own address, which is in every token, contains its port.
        http = HttpServer(self._door, f"{plan.host}:{plan.http_port}", on_stop=lambda: self._door.stopping())
        await http.start()
        self._open.push_async_callback(http.stop, GRACE_S)
        self.rest_url = f"http://{plan.host}:{http.port}"
        operations = HttpServer(http_app("Doselane", measured, metrics=True), f"{plan.host}:{plan.ops_port}")
        await operations.start()
        self._open.push_async_callback(operations.stop, GRACE_S)
        self.ops_url = f"http://{plan.host}:{operations.port}"
        for each in SERVICES:
            await self._database(each.name, each.module.SCHEMA, each.topics())
        slots = self.databases[NAMES[0]]
        self.bus = KafkaBus(plan.kafka) if plan.kafka.bootstrap else PostgresBus(slots)
        self._open.push_async_callback(self.bus.close)
        self.clock = await GatewayClock.open(slots)
        self.issuer = Issuer.open(
            plan.data_dir,
            f"{self.rest_url}/oauth",
            plan.clients,
            self.clock.seconds,
            plan.token_lifetime_s,
            plan.persons,
            self._browsers(http.port),
        )
        self.twins = Twins(self.clock, plan.host, self.rest_url)
        if plan.twins:
            await self._open.enter_async_context(self.twins)
        verifier = TokenVerifier(
            StaticJwks(self.issuer.jwks()),
            self.issuer.url,
            consents=ConsentSeal(AGENT_CONSENT_KEY),
            now=self.clock.seconds,
        )
        with _reserved(plan.host, plan.grpc_port) as port:
            self.grpc_target = f"{plan.host}:{port}"
            server = Server(self.grpc_target, verifier, measured, reuse_port=True, quotas=ListenSettings().quotas())
            services = self._services(verifier)
            for service in services:
                for descriptor, servicer in service.servicers:
                    server.add(descriptor, servicer)
            self._run_background(services)
            await server.start()
        [push_door] = [each.door for each in services if isinstance(each, Host)]
        await self._door.open(self._open, self._edge(measured, verifier, push_door))
        self._open.push_async_callback(server.stop, GRACE_S)

    def _services(self, verifier: TokenVerifier) -> list[Service]:
        plan = self.plan
        keep_alive = timedelta(seconds=plan.keep_alive_s)
        accounts = {**plan.accounts, **(self.twins.accounts if plan.twins else {})}
        built = [Service([(CLOCK_SERVICE, ClockRpc(self.clock))], [self.clock.run])]
        for each in SERVICES:
            database = self.databases[each.name]
            on = Ground(database, self.bus, self.clock, verifier, self.grpc_target, keep_alive, accounts, plan.kafka)
            built.append(each.build(on))
        return built

    def _edge(self, measured: telemetry.Telemetry, verifier: TokenVerifier, push_door: ASGIApp) -> FastAPI:
        settings = edge_settings.Settings(
            targets={"*": self.grpc_target},
            public_url=self.rest_url,
            token_url=f"{self.issuer.url}/token",
            # By the address at which the page is open, so that `localhost` will do as well as its number.
            console_authorization_url="/oauth/authorize",
            console_token_url="/oauth/token",
            console_client_id=CONSOLE_CLIENT,
            console_issuer=self.issuer.url,
            portal_client_id=PORTAL_CLIENT,
            portal_name="Northlake dose orders",
            portal_colour="#0f5c4d",
        )
        mounts: dict[str, ASGIApp] = {"/push": push_door, **self.issuer.mounts()}
        return edge.app(settings, measured, verifier, mounts, ListenSettings().quotas())

    def _browsers(self, port: int) -> dict[str, PublicClient]:
        doors = (self.rest_url, f"http://localhost:{port}")
        console, portal = (frozenset(f"{door}{back}" for door in doors) for back in ("/signed-in", "/portal/signed-in"))
        return {
            CONSOLE_CLIENT: PublicClient(console, CONSOLE_SCOPES),
            PORTAL_CLIENT: PublicClient(portal, PORTAL_SCOPES),
        }

    def _run_background(self, services: list[Service]) -> None:
        self._running = BackgroundTasks(each for one in services for each in one.background)
        self._open.push_async_callback(self._running.stop)

    async def _database(self, schema: str, migrations: Path, topics: Sequence[str]) -> Database:
        database = await Database.connect(self.plan.database_dsn, schema, pool_size=POOL_CONNECTIONS)
        self._open.push_async_callback(database.close)
        await migrate(database, migrations, topics=topics)
        self.databases[schema] = database
        return database


@contextmanager
def _reserved(host: str, port: int) -> Iterator[int]:
    """A port that nobody else gets before the server has bound it: services must know it before any starts."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((host, port))
        yield holder.getsockname()[1]


class _Door:
    """What listens on the HTTP port: says that it is starting until the real application takes its place."""

    def __init__(self) -> None:
        self.app: ASGIApp = PlainTextResponse("starting\n", 503, {"retry-after": "1"})
        self.stopping: Callable[[], None] = lambda: None

    async def open(self, stack: AsyncExitStack, app: FastAPI) -> None:
        """Let the real application answer from now on, until the stack ends."""
        await stack.enter_async_context(app.router.lifespan_context(app))
        self.app, self.stopping = app, app.state.streams.stopping.set

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)
