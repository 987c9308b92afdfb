"""Bench `streams`, case `fanout`: 5,000 events a second to 50 gRPC subscribers and 20 webhooks, in one run.

Events are committed to an outbox, relayed, recorded in 50 feeds, and sent to a subscriber of each feed over a
connection of its own, and, of 20 of the feeds, to an endpoint each. The service is one process, or two, as the chart
starts them, half of the subscribers at each; what commits, relays and subscribes is this one; the receiver of webhooks
is another. Lag is from the commit to the subscriber, or to the
receiver's handler.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import grpc.aio
from doselane.streams.v1.feed_pb2 import SubscribeRequest, SubscribeResponse

from services.kernel import outbox
from services.kernel.bus.postgres import PostgresBus
from services.kernel.clock import SystemClock
from services.kernel.db import Database
from services.kernel.ids import uuid7
from services.kernel.process import keep_for_good
from services.kernel.webhook_signing import SignatureKind, SigningKey
from services.streams import main as streams
from services.streams import store
from services.streams.domain.endpoint import Endpoint
from tests.bench.feed_world import SUBSCRIBE, World
from tests.bench.result import Line, Measured, line, percentile
from tests.bench.webhook_receiver import webhook_receiver
from tests.support.status import slot_event

SUBSCRIBERS, ENDPOINTS = 50, 20
EVENTS_PER_S, COMMITS_PER_S = 5000, 100
EACH = EVENTS_PER_S // COMMITS_PER_S  # events of a commit
WARM_UP_S = 2.0
ALL_WITHIN_S = 300
PARTNERS = [f"partners/sponsor-{number}" for number in range(SUBSCRIBERS)]


@dataclass
class Seen:
    """What was committed, and what came of it. Instants are of the machine's clock, the same in all processes."""

    expected: int
    committed_at: dict[str, float] = field(default_factory=dict)  # after the warm-up
    lags_s: list[float] = field(default_factory=list)
    count: int = 0
    began: float = 0.0
    done: asyncio.Event = field(default_factory=asyncio.Event)
    memory_mb: list[float] = field(default_factory=list)  # of a process of the service, each second
    used_s: list[float] = field(default_factory=list)  # processor time of the service, each second

    def came(self, event_id: str) -> None:
        """A subscriber has an event."""
        self.count += 1
        if (at := self.committed_at.get(event_id)) is not None:
            self.lags_s.append(max(0.0, time.perf_counter() - at))
        if self.count == self.expected:
            self.done.set()


async def fanout(world: World, seconds: float, *, webhooks: bool = True) -> Sequence[Line]:
    """The case; without `webhooks` the subscribers alone."""
    steps = int((seconds + WARM_UP_S) * COMMITS_PER_S)
    seen = Seen(steps * EACH)
    if not webhooks:
        took_s = await _follow(world, seen, steps)
        return [_line("grpc live", seen.lags_s, seen.expected / took_s, EVENTS_PER_S, _note(world, seen))]
    async with webhook_receiver() as receiver:
        await _make_endpoints(world, receiver.url)
        took_s = await _follow(world, seen, steps)
        sent = seen.expected * ENDPOINTS // SUBSCRIBERS
        arrived = await receiver.all_of(sent)
    lags = [max(0.0, at - seen.committed_at[each]) for each, at in arrived.items() if each in seen.committed_at]
    webhooks_took_s = max(arrived.values()) - seen.began
    reached, asked = seen.expected / took_s, EVENTS_PER_S
    return [
        _line("fanout", seen.lags_s, reached, asked, f"to {SUBSCRIBERS} subscribers; {_note(world, seen)}"),
        _line("fanout webhooks", lags, sent / webhooks_took_s, asked * ENDPOINTS // SUBSCRIBERS, f"to {ENDPOINTS}"),
    ]


def _line(case: str, lags_s: Sequence[float], reached: float, asked: int, note: str) -> Line:
    lags = sorted(lags_s)
    p50, p99 = percentile(lags, 0.5) * 1000, percentile(lags, 0.99) * 1000
    measured, limit = Measured(reached, p50, p99, {"lags": len(lags)}), Measured(asked, 0, 0, {})
    return line("streams", case, measured, limit, "what is committed", "events/s", "lag reported", note)


def _note(world: World, seen: Seen) -> str:
    held, used_us = seen.memory_mb, (seen.used_s[-1] - seen.used_s[0]) / seen.expected * 1e6
    return (
        f"{len(world.processes)} process(es) of the service, {used_us:.0f} us of processor time an event;"
        f" one held {held[len(held) // 3]:.0f} MB after a third of the run and {held[-1]:.0f} MB at its end"
    )


async def _make_endpoints(world: World, url: str) -> None:
    database, now = await Database.connect(world.dsn, streams.NAME), SystemClock().now()
    cipher, key = await database.cipher(), SigningKey(SignatureKind.HMAC_SHA256, b"k" * 32)
    for partner in PARTNERS[:ENDPOINTS]:
        at = f"{url}/{partner.rpartition('/')[2]}"
        await store.insert_endpoint(database.pool, Endpoint(uuid7(), partner, at, now, now, now, keys=(key,)), cipher)
    await database.close()


async def _follow(world: World, seen: Seen, steps: int) -> float:
    """Commits and follows; how many seconds until the last event is with its subscriber."""
    ready = asyncio.Barrier(SUBSCRIBERS + 1)
    database = await Database.connect(world.dsn, "slotting")
    relay = outbox.Relay(database, PostgresBus(database))
    at = [(world.targets[number % len(world.targets)], partner) for number, partner in enumerate(PARTNERS)]
    follows = [_subscribe(world, target, partner, ready, seen) for target, partner in at]
    tasks = [asyncio.create_task(each) for each in (*follows, relay.run(), _watch_memory(world, seen))]
    await ready.wait()
    keep_for_good()
    seen.began = time.perf_counter()
    for step in range(steps):
        await asyncio.sleep(max(0.0, seen.began + step / COMMITS_PER_S - time.perf_counter()))
        events = [slot_event(f"n{uuid7()}", partner=PARTNERS[(step * EACH + n) % SUBSCRIBERS]) for n in range(EACH)]
        await outbox.append(database.pool, events)
        if step >= WARM_UP_S * COMMITS_PER_S:
            now = time.perf_counter()
            seen.committed_at.update((str(event.id), now) for event in events)
        relay.wake()
    async with asyncio.timeout(ALL_WITHIN_S):
        await seen.done.wait()  # fast is nothing if something is missing
    took_s = time.perf_counter() - seen.began
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()
    return took_s


async def _subscribe(world: World, target: str, partner: str, ready: asyncio.Barrier, seen: Seen) -> None:
    async with grpc.aio.insecure_channel(target, options=(("grpc.use_local_subchannel_pool", 1),)) as channel:
        request = SubscribeRequest(parent="feeds/-").SerializeToString()
        call = channel.unary_stream(SUBSCRIBE)(request, metadata=(("authorization", world.authorization(partner)),))
        waits = True
        async for answer in call:
            if waits:  # the first answer says that the subscription stands
                waits = False
                await ready.wait()
            event = SubscribeResponse.FromString(answer).event
            if event.id:
                seen.came(event.id)


async def _watch_memory(world: World, seen: Seen) -> None:
    while True:
        seen.memory_mb.append(world.memory_mb)
        seen.used_s.append(world.used_s)
        await asyncio.sleep(1)
