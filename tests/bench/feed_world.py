"""What benches of feeds run on: the service in a process of its own, which serves raw grpc.aio streams too."""

import asyncio
import json
import multiprocessing
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import grpc
import grpc.aio
import psutil
import uvloop

from services.kernel.bus.postgres import PostgresBus
from services.kernel.db import Database, migrate
from services.kernel.identity import TokenVerifier
from services.kernel.jwks import StaticJwks
from services.kernel.process import keep_for_good
from services.kernel.rpc import Server
from services.local import postgres
from services.streams import main as streams
from services.streams.events import TOPICS
from services.streams.settings import Settings
from tests.support.tokens import AUDIENCE, ISSUER, Issuer

EACH_READS = 2000
SUBSCRIBE, RAW = "/doselane.streams.v1.FeedService/Subscribe", "/raw/Stream"


def serve(dsn: str, jwks: str, told: Connection) -> None:
    """The process of the service: says its ports, and runs until it is killed."""
    uvloop.run(_serve(dsn, jwks, told))


async def _serve(dsn: str, jwks: str, told: Connection) -> None:
    database = await Database.connect(dsn, streams.NAME)
    service = streams.service(Settings(loopback=True), database, PostgresBus(database))
    server = Server("127.0.0.1:0", TokenVerifier(StaticJwks.from_text(jwks), ISSUER, AUDIENCE))
    for descriptor, servicer in service.servicers:
        server.add(descriptor, servicer)
    await server.start()
    raw = grpc.aio.server()
    raw.add_generic_rpc_handlers((_RawHandlers(),))
    port = raw.add_insecure_port("127.0.0.1:0")
    await raw.start()
    keep_for_good()
    told.send((server.port, port))
    await asyncio.gather(*(each() for each in service.background))


class _RawHandlers(grpc.GenericRpcHandler):
    """The limit: sends back what it was given, so many times, and does nothing else."""

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """The handler of the only call."""

        async def stream(request: bytes, context: grpc.aio.ServicerContext) -> None:
            for _ in range(EACH_READS):
                await context.write(request)

        return grpc.unary_stream_rpc_method_handler(stream) if details.method == RAW else None


@dataclass(frozen=True)
class World:
    """What a measurement runs on."""

    dsn: str
    targets: Sequence[str]  # of each process of the service
    raw_target: str
    issuer: Issuer
    processes: Sequence[psutil.Process]

    def authorization(self, partner: str) -> str:
        """What a partner's program sends."""
        return f"Bearer {self.issuer.token(partner, ['streams.read'])}"

    @property
    def memory_mb(self) -> float:
        """What the service's processes hold, the mean of them."""
        return sum(float(each.memory_info().rss) for each in self.processes) / len(self.processes) / 1e6

    @property
    def used_s(self) -> float:
        """The processor time that the service has used."""
        return sum(sum(each.cpu_times()[:2]) for each in self.processes)


@asynccontextmanager
async def feed_world(processes: int = 1) -> AsyncIterator[World]:
    """The service, as so many processes on a database of its own, until the block ends."""
    folder, issuer = Path(tempfile.mkdtemp(prefix="doselane-bench-")), Issuer()
    try:
        with postgres.start(folder / "postgres") as server, ExitStack() as started:
            dsn = server.create_database("streams")
            for schema in (streams.NAME, *(topic.removeprefix("doselane.") for topic in TOPICS)):
                database = await Database.connect(dsn, schema)
                await migrate(database, *([streams.SCHEMA] if schema == streams.NAME else []))
                await database.close()
            serving = [await _started(dsn, issuer, started) for _ in range(processes)]
            targets = [f"127.0.0.1:{port}" for port, _, _ in serving]
            yield World(dsn, targets, f"127.0.0.1:{serving[0][1]}", issuer, [process for _, _, process in serving])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _started(dsn: str, issuer: Issuer, until: ExitStack) -> tuple[int, int, psutil.Process]:
    """A process of the service: its port, that of the raw streams, and itself."""
    ours, theirs = multiprocessing.Pipe()
    told = dsn, json.dumps(issuer.jwks), theirs
    process = multiprocessing.get_context("spawn").Process(target=serve, args=told, daemon=True)
    process.start()
    until.callback(process.join)
    until.callback(process.kill)
    port, raw = await asyncio.to_thread(ours.recv)
    return port, raw, psutil.Process(process.pid)
