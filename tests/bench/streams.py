"""Bench `streams`: feeds read by many subscribers over gRPC, beside raw grpc.aio streams of the same messages.

The service is a process of its own, which serves the raw streams too; the subscribers are this process.
"""

import argparse
import asyncio
import json
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import grpc
import grpc.aio
import psutil
import uvloop
from doselane.streams.v1.feed_pb2 import SubscribeRequest, SubscribeResponse

from services.kernel import outbox
from services.kernel.bus.postgres import PostgresBus
from services.kernel.db import Database, migrate
from services.kernel.identity import TokenVerifier
from services.kernel.ids import uuid7
from services.kernel.jwks import StaticJwks
from services.kernel.rpc import Server
from services.local import postgres
from services.streams import main as streams
from services.streams import store
from services.streams.events import TOPICS, copy_of
from services.streams.settings import Settings
from tests.bench import feed_topics
from tests.bench.result import Line, Measured, line, percentile, show
from tests.support.status import NOON, slot_event
from tests.support.tokens import AUDIENCE, ISSUER, Issuer

CASES = ("grpc", "kafka")
SUBSCRIBERS = 50
EACH_READS = 2000
EVENTS_PER_S, COMMITS_PER_S = 5000, 100
WARM_UP_S = 2.0
SUBSCRIBE, RAW = "/doselane.streams.v1.FeedService/Subscribe", "/raw/Stream"
SHARED = "partners/shared"


def serve(dsn: str, jwks: str, told: Connection) -> None:
    """The process of the service: says its ports, and runs until it is killed."""
    uvloop.run(_serve(dsn, jwks, told))


async def _serve(dsn: str, jwks: str, told: Connection) -> None:
    database = await Database.connect(dsn, streams.NAME)
    service = streams.service(Settings(), database, PostgresBus(database))
    server = Server("127.0.0.1:0", TokenVerifier(StaticJwks.from_text(jwks), ISSUER, AUDIENCE))
    for descriptor, servicer in service.servicers:
        server.add(descriptor, servicer)
    await server.start()
    raw = grpc.aio.server()
    raw.add_generic_rpc_handlers((_RawHandlers(),))
    port = raw.add_insecure_port("127.0.0.1:0")
    await raw.start()
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
    target: str
    raw_target: str
    issuer: Issuer
    process: psutil.Process

    def authorization(self, partner: str) -> str:
        """What a partner's program sends."""
        return f"Bearer {self.issuer.token(partner, ['streams.read'])}"

    @property
    def memory_mb(self) -> float:
        """What the service's process holds."""
        return float(self.process.memory_info().rss) / 1e6


async def read(world: World) -> Line:
    """50 subscribers read the same 2,000 events each."""
    message = await _record(world.dsn)
    best = Measured(0, 0, 0, {})
    raw = replace(best)
    for _ in range(2):  # by turns, as the machine is uneven
        raw = max(raw, await _read_all(world.raw_target, RAW, message, {}), key=lambda each: each.per_s)
        asked = SubscribeRequest(parent="feeds/-", start=SubscribeRequest.EARLIEST).SerializeToString()
        metadata = {"authorization": world.authorization(SHARED)}
        best = max(best, await _read_all(world.target, SUBSCRIBE, asked, metadata), key=lambda each: each.per_s)
    limit_is = f"raw grpc.aio, {SUBSCRIBERS} streams of {len(message)} bytes"
    return line("streams", "grpc", best, raw, limit_is, "messages/s", "0.6")


async def live(world: World, seconds: float) -> Line:
    """50 subscribers follow a feed each, of 5,000 events a second in all."""
    before_mb = world.memory_mb
    lags = await _follow(world, seconds)
    p50, p99 = percentile(lags, 0.5) * 1000, percentile(lags, 0.99) * 1000
    asked = Measured(EVENTS_PER_S, p50, p99, {"live": len(lags)})
    note = f"the service held {before_mb:.0f} MB before and {world.memory_mb:.0f} MB after"
    return line("streams", "grpc live", asked, asked, "what is committed", "events/s", "lag reported", note)


async def _record(dsn: str) -> bytes:
    """Puts what is read into a feed; answers a message of the usual size."""
    database = await Database.connect(dsn, streams.NAME)
    for start in range(0, EACH_READS, 500):
        copies = [copy_of(slot_event(f"s{start + n}", partner=SHARED), SHARED) for n in range(500)]
        async with database.transaction() as conn:
            await store.append(conn, copies, NOON)
    size = 100 + max(len(each.data) for each in copies) + 250
    await database.close()
    return bytes(size)


async def _read_all(target: str, method: str, request: bytes, metadata: dict[str, str]) -> Measured:
    """So many subscribers, each on a connection of its own as partners have, until each has read all."""

    async def one() -> None:
        options = (("grpc.use_local_subchannel_pool", 1),)
        async with grpc.aio.insecure_channel(target, options=options) as channel:
            call = channel.unary_stream(method)(request, metadata=tuple(metadata.items()))
            left = EACH_READS + (1 if metadata else 0)  # the first answer of a subscription is a sign of life
            async for _ in call:
                left -= 1
                if not left:
                    break
            call.cancel()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(SUBSCRIBERS)))
    return Measured(SUBSCRIBERS * EACH_READS / (time.perf_counter() - began), 0, 0, {})


async def _follow(world: World, seconds: float) -> list[float]:
    """How long after its commit each event is with its subscriber, in seconds, in order of length."""
    partners = [f"partners/sponsor-{number}" for number in range(SUBSCRIBERS)]
    committed_at: dict[str, float] = {}
    lags: list[float] = []
    expected = int((seconds + WARM_UP_S) * COMMITS_PER_S) * (EVENTS_PER_S // COMMITS_PER_S)
    seen = 0
    ready, done = asyncio.Barrier(SUBSCRIBERS + 1), asyncio.Event()

    async def follow(partner: str) -> None:
        nonlocal seen
        async with grpc.aio.insecure_channel(world.target, options=(("grpc.use_local_subchannel_pool", 1),)) as channel:
            request = SubscribeRequest(parent="feeds/-").SerializeToString()
            metadata = (("authorization", world.authorization(partner)),)
            call = channel.unary_stream(SUBSCRIBE)(request, metadata=metadata)
            waits = True
            async for answer in call:
                if waits:  # the first answer says that the subscription stands
                    waits = False
                    await ready.wait()
                event = SubscribeResponse.FromString(answer).event
                if event.id:
                    seen += 1
                    if (at := committed_at.pop(event.id, None)) is not None:
                        lags.append(time.perf_counter() - at)
                    if seen == expected:
                        done.set()

    database = await Database.connect(world.dsn, "slotting")
    relay = outbox.Relay(database, PostgresBus(database))
    tasks = [asyncio.create_task(each) for each in (*map(follow, partners), relay.run())]  # type: ignore[arg-type]
    await ready.wait()
    began, number = time.perf_counter(), 0
    for step in range(int((seconds + WARM_UP_S) * COMMITS_PER_S)):
        await asyncio.sleep(max(0.0, began + step / COMMITS_PER_S - time.perf_counter()))
        events = []
        for _ in range(EVENTS_PER_S // COMMITS_PER_S):
            number += 1
            events.append(slot_event(f"n{uuid7()}", partner=partners[number % SUBSCRIBERS]))
        await outbox.append(database.pool, events)
        now = time.perf_counter()
        if step >= WARM_UP_S * COMMITS_PER_S:
            committed_at.update((str(event.id), now) for event in events)
        relay.wake()
    async with asyncio.timeout(120):
        await done.wait()  # fast is nothing if something is missing
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()
    return sorted(lags)


@asynccontextmanager
async def _world() -> AsyncIterator[World]:
    folder, issuer = Path(tempfile.mkdtemp(prefix="doselane-bench-")), Issuer()
    try:
        with postgres.start(folder / "postgres") as server:
            dsn = server.create_database("streams")
            for schema in (streams.NAME, *(topic.removeprefix("doselane.") for topic in TOPICS)):
                database = await Database.connect(dsn, schema)
                await migrate(database, *([streams.SCHEMA] if schema == streams.NAME else []))
                await database.close()
            ours, theirs = multiprocessing.Pipe()
            process = multiprocessing.get_context("spawn").Process(
                target=serve, args=(dsn, json.dumps(issuer.jwks), theirs), daemon=True
            )
            process.start()
            port, raw = await asyncio.to_thread(ours.recv)
            try:
                yield World(dsn, f"127.0.0.1:{port}", f"127.0.0.1:{raw}", issuer, psutil.Process(process.pid))
            finally:
                process.kill()
                process.join()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(seconds: float) -> None:
    async with _world() as world:
        show(await read(world))
        show(await live(world, seconds))


def main(argv: list[str]) -> int:
    """Run the cases."""
    parser = argparse.ArgumentParser("tests.bench streams")
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=5.0)
    asked = parser.parse_args(argv)
    if not asked.case or "grpc" in asked.case:
        uvloop.run(_run(asked.seconds))
    if not asked.case or "kafka" in asked.case:
        for each in uvloop.run(feed_topics.measure(asked.seconds)):
            show(each)
    return 0
