"""The whole gateway with each service as a process of its own, as in production, and each can be killed.

Edge, issuer and the partners' own systems stay in this process, for nobody kills them. Calls go through a router that
waits for a service that is away, as a mesh does; what breaks midway is told to whoever called.
"""

import asyncio
import json
import os
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.edge import main as edge
from services.edge import settings as edge_settings
from services.kernel import telemetry
from services.kernel.db import Database, migrate
from services.kernel.gateway_clock import CHANNEL, GatewayClock
from services.kernel.http import HttpServer
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks
from services.kernel.signals import Signal
from services.local import postgres
from services.local.issuer import Issuer
from services.local.seal import sandbox_seal
from services.local.services import NAMES, SERVICES, SIGNATURE_KEY
from services.local.twins import Twins
from services.local.world import ACCOUNTS, CLIENTS, PERSONS
from tests.support import feeding_topics
from tests.support.forking import ForkedProcess, ForkServer

READY_S, AGAIN_S = 120.0, 0.1
# Below those that the kernel gives to who connects, and each process of tests has a hundred of its own, of which it
# gives none twice: nobody takes one before it is listened at.
PORTS = iter(range(10_000 + os.getpid() % 100 * 100, 10_100 + os.getpid() % 100 * 100))
PUSH = "push"
_Bytes = AsyncIterator[bytes]
Away = Callable[[], Awaitable[None]]


class NothingMoreCame(Exception):
    """What somebody waited for did not come about."""


class Traffic:
    """The calls and pushes that pass: of each kind how many, of each service how many broke midway."""

    def __init__(self) -> None:
        self.passed, self.broken = Counter[str](), Counter[str]()
        self.doubled = 0  # pushes that said what one before had said
        self._pushed = set[bytes]()
        self._kinds: Collection[str] = ()
        self._came: asyncio.Future[str] | None = None
        self._waited_for, self._ended = asyncio.Event(), False

    async def passes(self, what: str) -> None:
        """One is passed on: at once, or when somebody waits for its kind again."""
        while what in self._kinds and not self._came:
            await self._waited_for.wait()
        self.passed[what] += 1
        if self._came and what in self._kinds:
            self._came.set_result(what)
            self._came = None
            self._waited_for.clear()

    async def pushed(self, body: bytes) -> None:
        """What a courier pushes is passed on, as calls are."""
        self.doubled += body in self._pushed
        self._pushed.add(body)
        await self.passes(PUSH)

    def end(self) -> None:
        """Nothing more comes: whoever still waits for something is told so."""
        self._ended = True
        if self._came:
            self._came.set_exception(_nothing_more(self._kinds))
        self.free()

    async def next(self, kinds: Collection[str]) -> str:
        """The first of some kinds that is passed on; what else comes of them waits until the next time.

        Whoever does something at each of several calls so misses none of them, however long each takes.
        """
        if self._ended:
            raise _nothing_more(kinds)
        self._kinds = kinds
        self._came = asyncio.get_running_loop().create_future()
        self._waited_for.set()
        return await self._came

    def free(self) -> None:
        """Nobody waits for anything any more."""
        self._kinds, self._came = (), None
        self._waited_for.set()


def _nothing_more(kinds: Collection[str]) -> Exception:
    return NothingMoreCame(f"no {' or '.join(kinds)} came any more")


class ServiceProcess:
    """One service and its keeper: whatever ends it, it is started again at the same address."""

    def __init__(
        self, forks: ForkServer, name: str, module: str, environment: Mapping[str, str], port: int, log: Path
    ) -> None:
        self.name, self.port, self.kills = name, port, 0
        self._forks, self._module, self._environment, self._log = forks, module, environment, log
        self._away: Away = _nothing
        self._again = Signal()
        self._process: ForkedProcess
        self._keeper: asyncio.Task[None]

    async def start(self) -> None:
        """Begins; it is ready once it answers."""
        self._process = await self._forks.start(self._module, self._environment, self._log)
        self._keeper = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Waits until it answers."""
        async with asyncio.timeout(READY_S), grpc.aio.insecure_channel(f"127.0.0.1:{self.port}", _OPTIONS) as channel:
            await channel.channel_ready()

    async def kill(self, meanwhile: Away | None = None) -> None:
        """kill -9, and what is done while it is away; the keeper does the rest. It answers again when this is over."""
        self.kills += 1
        self._away = meanwhile or _nothing
        seen = self._again.calls
        self._process.send(signal.SIGKILL)
        await self._again.wait(seen, READY_S)
        await self.ready()

    async def stop(self) -> None:
        """Ends it in order."""
        self._keeper.cancel()
        self._process.send(signal.SIGTERM)
        await self._process.ended

    async def _keep(self) -> None:
        while True:
            await asyncio.shield(self._process.ended)
            away, self._away = self._away, _nothing
            await away()
            self._process = await self._forks.start(self._module, self._environment, self._log)
            self._again.call()


async def _nothing() -> None:
    """Nothing is done while a service is away."""


class ScatteredGateway:
    """Entered, it runs: the doors of a gateway on one machine, and a process a service behind them.

    `database_settings` are PostgreSQL's; with `brokers` the feed of each partner goes to a Kafka topic too.
    """

    def __init__(self, folder: Path, *, database_settings: Mapping[str, str] | None = None, brokers: str = "") -> None:
        self._folder, self._brokers = folder, brokers
        self._settings = {**_CONNECTIONS, **(database_settings or {})}
        self._open = AsyncExitStack()
        self.processes: dict[str, ServiceProcess] = {}
        self.databases: dict[str, Database] = {}
        self.traffic = Traffic()
        self.twins: Twins
        self.rest_url = self.grpc_target = ""

    async def __aenter__(self) -> "ScatteredGateway":
        try:
            await self._start()
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def restart_postgres(self) -> None:
        """The database ends as by a power cut, and comes back."""
        await asyncio.to_thread(self._server.kill)
        self._server = await asyncio.to_thread(postgres.start, self._folder / "pg", settings=self._settings)

    async def clock_is_followed(self) -> None:
        """Waits until each service, and this process, hears of moves of the gateway's clock (again)."""
        async with asyncio.timeout(READY_S):
            while await self.databases[NAMES[0]].pool.fetchval(_FOLLOWING, CHANNEL) <= len(NAMES):
                await asyncio.sleep(AGAIN_S)

    async def _start(self) -> None:
        modules = [each.module.__name__ for each in SERVICES]
        forking = asyncio.create_task(self._open.enter_async_context(ForkServer(*modules, _FEEDING)))
        self._server = await asyncio.to_thread(postgres.start, self._folder / "pg", settings=self._settings)
        self._open.callback(lambda: self._server.stop())
        dsn = self._server.create_database("scattered")
        for each in SERVICES:
            database = self.databases[each.name] = await Database.connect(dsn, each.name, pool_size=2)
            self._open.push_async_callback(database.close)
            await migrate(database, each.module.SCHEMA, topics=each.topics())
        clock = await GatewayClock.open(self.databases[NAMES[0]])
        following = asyncio.create_task(clock.run())
        self._open.callback(following.cancel)
        http_port, router_port, push_port = _free_port(), _free_port(), _free_port()
        self.rest_url, self.grpc_target = f"http://127.0.0.1:{http_port}", f"127.0.0.1:{router_port}"
        self.twins = await self._open.enter_async_context(Twins(clock, "127.0.0.1", self.rest_url))
        issuer = Issuer.open(self._folder, f"{self.rest_url}/oauth", CLIENTS, clock.seconds, persons=PERSONS)
        shared = {
            "DOSELANE_DATABASE_URL": dsn,
            "DOSELANE_VIRTUAL_CLOCK": "true",
            "DOSELANE_TOKEN_ISSUER": issuer.url,
            "DOSELANE_JWKS": json.dumps(issuer.jwks()),
            "DOSELANE_LOG_LEVEL": "WARNING",
            "DOSELANE_DATABASE_CONNECTIONS": "6",
        }
        await self._start_services(await forking, shared, push_port)
        ports = {name: process.port for name, process in self.processes.items()}
        router = await self._open.enter_async_context(_Router(ports, self.traffic))
        await router.start(router_port)
        await self._open_door(issuer, clock, push_port)

    async def _start_services(self, forks: ForkServer, shared: Mapping[str, str], push_port: int) -> None:
        own = _own_settings(self.grpc_target, push_port, {**ACCOUNTS, **self.twins.accounts}, self._brokers)
        self._open.push_async_callback(self._stop_services)
        for each in SERVICES:
            port = _free_port()
            listen = {"DOSELANE_LISTEN": f"127.0.0.1:{port}", "DOSELANE_OPS_LISTEN": "127.0.0.1:0"}
            environment = {**shared, **listen, **own.get(each.name, {})}
            module = _FEEDING if self._brokers and each.name == "streams" else each.module.__name__
            log = self._folder / f"{each.name}.log"
            process = ServiceProcess(forks, each.name, module, environment, port, log)
            await process.start()
            self.processes[each.name] = process
        await asyncio.gather(*(process.ready() for process in self.processes.values()))

    async def _stop_services(self) -> None:
        await asyncio.gather(*(process.stop() for process in self.processes.values()))

    async def _open_door(self, issuer: Issuer, clock: GatewayClock, push_port: int) -> None:
        measured = telemetry.setup("scattered")
        self._open.callback(measured.shutdown)
        verifier = TokenVerifier(StaticJwks(issuer.jwks()), issuer.url, now=clock.seconds)
        settings = edge_settings.Settings(
            targets={"*": self.grpc_target}, public_url=self.rest_url, token_url=f"{issuer.url}/token"
        )
        push = await self._open.enter_async_context(_PushProxy(f"http://127.0.0.1:{push_port}", self.traffic))
        app = edge.app(settings, measured, verifier, {"/push": push, **issuer.mounts()})
        await self._open.enter_async_context(app.router.lifespan_context(app))
        door = HttpServer(app, self.rest_url.removeprefix("http://"), on_stop=app.state.streams.stopping.set)
        await door.start()
        self._open.push_async_callback(door.stop, 1.0)


class _Router(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Passes calls on as bytes, to the service that each is of."""

    def __init__(self, ports: Mapping[str, int], traffic: Traffic) -> None:
        self._traffic = traffic
        self._channels = {
            name: grpc.aio.insecure_channel(f"127.0.0.1:{port}", _OPTIONS) for name, port in ports.items()
        }
        self._server = grpc.aio.server(handlers=[self], options=_OPTIONS)

    async def __aenter__(self) -> "_Router":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop(0)
        for channel in self._channels.values():
            await channel.close()

    async def start(self, port: int) -> None:
        self._server.add_insecure_port(f"127.0.0.1:{port}")
        await self._server.start()

    def service(self, details: Any) -> Any:
        package = details.method.split(".")[1]
        owner = _OWNER.get(package, package)
        channel, traffic, method = self._channels[owner], self._traffic, details.method.rpartition("/")[2]

        async def relay(requests: _Bytes, context: Any) -> _Bytes:
            await traffic.passes(method)
            call = channel.stream_stream(details.method)(
                requests,
                metadata=context.invocation_metadata(),
                timeout=context.time_remaining(),
                wait_for_ready=True,
            )
            try:
                async for answer in call:
                    yield answer
            except grpc.aio.AioRpcError as error:
                traffic.broken[owner] += error.code() == grpc.StatusCode.UNAVAILABLE
                await context.abort(error.code(), error.details() or "", tuple(error.trailing_metadata() or ()))

        return grpc.stream_stream_rpc_method_handler(relay)


class _PushProxy:
    """Passes pushes on to the adapter host, and waits for one that is away."""

    def __init__(self, url: str, traffic: Traffic) -> None:
        self._traffic = traffic
        self._http = httpx.AsyncClient(base_url=url, timeout=60)

    async def __aenter__(self) -> "_PushProxy":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body, path = await request.body(), scope["path"]
        await self._traffic.pushed(body)
        while True:
            try:
                answer = await self._http.request(request.method, path, headers=request.headers.raw, content=body)
                break
            except httpx.ConnectError:
                await asyncio.sleep(AGAIN_S)
            except httpx.TransportError:  # it broke midway: whoever pushed has to push again
                self._traffic.broken["exchange"] += 1
                answer = httpx.Response(502)
                break
        kept = {name: value for name, value in answer.headers.items() if name not in ("content-length", "connection")}
        await Response(answer.content, answer.status_code, kept)(scope, receive, send)


# Whose calls are not answered by a service of the package's own name.
_OWNER = {"clock": "masterdata", "courier": "exchange", "lims": "exchange", "erp": "exchange", "crm": "exchange"}
# Ten processes and this one, each with a pool, and a connection for each topic that a group of it reads.
_CONNECTIONS = {"max_connections": "400"}
_FEEDING = feeding_topics.__name__
# Those that listen and have read how far it is.
_FOLLOWING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'SELECT ahead %'"
_OPTIONS = [
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
]


def _own_settings(target: str, push_port: int, accounts: Mapping[str, Any], brokers: str) -> dict[str, dict[str, str]]:
    """What services are told beside what all are told, by name."""
    topics = {"DOSELANE_STREAMS_FEED_TOPICS": "true", feeding_topics.BROKERS: brokers} if brokers else {}
    return {
        "capacity": {"DOSELANE_CAPACITY_SLOTTING_TARGET": target},
        "masterdata": {"DOSELANE_MASTERDATA_SLOTTING_TARGET": target},
        "planning": {"DOSELANE_PLANNING_CAPACITY_TARGET": target},
        "quality": {
            "DOSELANE_QUALITY_SIGNATURE_KEY": SIGNATURE_KEY,
            "DOSELANE_QUALITY_DOCUMENT_SEAL": sandbox_seal(),
        },
        "distribution": {"DOSELANE_DISTRIBUTION_SIGNATURE_KEY": SIGNATURE_KEY},
        "streams": {"DOSELANE_STREAMS_LOOPBACK": "true", **topics},
        "exchange": {
            "DOSELANE_EXCHANGE_ACCOUNTS": json.dumps(accounts),
            "DOSELANE_EXCHANGE_LOOPBACK": "true",
            "DOSELANE_EXCHANGE_PUSH_LISTEN": f"127.0.0.1:{push_port}",
        },
        "tower": {"DOSELANE_TOWER_SLOTTING_TARGET": target},
    }


def _free_port() -> int:
    for port in PORTS:
        with socket.socket() as holder, suppress(OSError):
            holder.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("This process has used up its ports.")
