"""Bench `streams`: feeds read by many subscribers over gRPC, beside raw grpc.aio streams of the same messages.

The service is a process of its own, which serves the raw streams too; the subscribers are this process.
"""

import argparse
import asyncio
import time
from dataclasses import replace

import grpc.aio
import uvloop
from doselane.streams.v1.feed_pb2 import SubscribeRequest

from services.kernel.db import Database
from services.streams import main as streams
from services.streams import store
from services.streams.events import copy_of
from tests.bench import feed_topics, webhooks
from tests.bench.fanout import SUBSCRIBERS, fanout
from tests.bench.feed_world import EACH_READS, RAW, SUBSCRIBE, World, feed_world
from tests.bench.result import Line, Measured, line, show
from tests.support.status import NOON, slot_event

CASES = ("grpc", "webhooks", "kafka", "fanout")
SHARED = "partners/shared"
REPLICAS = 2  # as many as the chart starts


async def read(world: World) -> Line:
    """50 subscribers read the same 2,000 events each."""
    message = await _record(world.dsn)
    best = Measured(0, 0, 0, {})
    raw = replace(best)
    for _ in range(2):  # by turns, as the machine is uneven
        raw = max(raw, await _read_all(world.raw_target, RAW, message, {}), key=lambda each: each.per_s)
        asked = SubscribeRequest(parent="feeds/-", start=SubscribeRequest.EARLIEST).SerializeToString()
        metadata = {"authorization": world.authorization(SHARED)}
        best = max(best, await _read_all(world.targets[0], SUBSCRIBE, asked, metadata), key=lambda each: each.per_s)
    limit_is = f"raw grpc.aio, {SUBSCRIBERS} streams of {len(message)} bytes"
    return line("streams", "grpc", best, raw, limit_is, "messages/s", "0.6")


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


async def _grpc(seconds: float) -> None:
    async with feed_world() as world:
        show(await read(world))
        for each in await fanout(world, seconds, webhooks=False):
            show(each)


async def _fanout(seconds: float) -> None:
    for processes in (1, REPLICAS):
        async with feed_world(processes) as world:
            for each in await fanout(world, seconds):
                show(each)


async def _kafka(seconds: float) -> None:
    for each in await feed_topics.measure(seconds):
        show(each)


async def _webhooks(seconds: float) -> None:
    show(await webhooks.measure(seconds))


_RUN = {"grpc": _grpc, "webhooks": _webhooks, "kafka": _kafka, "fanout": _fanout}


def main(argv: list[str]) -> int:
    """Run the cases."""
    parser = argparse.ArgumentParser("tests.bench streams")
    parser.add_argument("--case", action="append", choices=CASES, default=[])
    parser.add_argument("--seconds", type=float, default=5.0)
    asked = parser.parse_args(argv)
    for case in CASES:
        if not asked.case or case in asked.case:
            uvloop.run(_RUN[case](asked.seconds))
    return 0
