"""Bench `webhooks`: signed webhooks from twenty feeds to twenty endpoints, beside a sender written by hand.

The receiver is a process of its own, and answers 204 to whatever comes. The sender by hand has our promise and none of
our code: bodies that are ready, signed by the library `standardwebhooks`, in order for each subject, with every attempt
and the place kept ten times a second. What the deliverer does beside that: reading feeds and writing CloudEvents. The
clocks start when the events are in their feeds. The note tells the processor time of this process, and what bare posts
make, without and with an insert of each outcome.
"""

import argparse
import asyncio
import base64
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import aiohttp
import uvloop
from standardwebhooks import Webhook

from services.kernel.clock import SystemClock
from services.kernel.db import Database, migrate
from services.kernel.ids import uuid7
from services.kernel.process import keep_for_good
from services.kernel.transactions import Transactions
from services.kernel.webhook_signing import SignatureKind, SigningKey
from services.streams import store
from services.streams.domain.endpoint import Endpoint
from services.streams.domain.endpoint_retries import WebhookAnswer
from services.streams.events import cloud_event, copy_of
from services.streams.posting import WebhookClient
from services.streams.pushing import KafkaPusher
from services.streams.usecases import DeliveryParts, EncodedBodies, EndpointDeliverer
from tests.bench.frame import database_server
from tests.bench.result import Line, Measured, line, percentile, show
from tests.bench.webhook_receiver import webhook_receiver
from tests.support.status import slot_event

CASES = ("delivered",)
ENDPOINTS = 20
SUBJECTS = 100  # of each
AT_ONCE = 64  # bare posts
BY_HAND_AT_ONCE = 8  # to each endpoint
EVENTS_PER_S = 6000  # about what is delivered; so that a measurement lasts about as long as asked


class TimedPoster:
    """Posts, and keeps how long each took."""

    def __init__(self, client: WebhookClient) -> None:
        self._client = client
        self.took_ms: list[float] = []
        self.statuses: dict[str, int] = {}

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """What came back."""
        answer = await self._client.post(url, headers, body)
        self.took_ms.append(answer.latency_ms)
        outcome = str(answer.status or answer.fault)
        self.statuses[outcome] = self.statuses.get(outcome, 0) + 1
        return answer


async def _delivered(database: Database, url: str, count: int) -> tuple[Measured, float, Sequence[bytes]]:
    each = count // ENDPOINTS
    now, key = SystemClock().now(), SigningKey(SignatureKind.HMAC_SHA256, b"k" * 32)
    cipher = await database.cipher()
    for number in range(ENDPOINTS):
        partner = f"partners/p{number}"
        await store.insert_endpoint(
            database.pool, Endpoint(uuid7(), partner, f"{url}/p{number}", now, now, now, keys=(key,)), cipher
        )
        copies = []
        for place in range(each):
            event = slot_event(f"{number}-{place % SUBJECTS}", sequence=place // SUBJECTS + 1, partner=partner)
            copies.append(copy_of(event, partner))
        async with database.transaction() as conn:
            entries = await store.append(conn, copies, now)
    client = WebhookClient(loopback=True)
    poster = TimedPoster(client)
    pusher = KafkaPusher(loopback=True, answer_s_max=10)
    lease, body_of = timedelta(minutes=5), EncodedBodies().of
    parts = DeliveryParts(Transactions(database), SystemClock(), poster, pusher, lease, body_of)
    keep_for_good()  # as a process does that was started; the bare posts have it from here on, too
    began, used_s = time.perf_counter(), time.process_time()
    work = asyncio.ensure_future(EndpointDeliverer(parts).run())
    while await database.pool.fetchval("SELECT count(*) FROM endpoint WHERE place < $1", each):
        await asyncio.sleep(0.05)
    took_s, used_s = time.perf_counter() - began, time.process_time() - used_s
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work
    await client.close()
    took = sorted(poster.took_ms)
    measured = Measured(len(took) / took_s, percentile(took, 0.5), percentile(took, 0.99), poster.statuses)
    return measured, used_s / len(took) * 1e6, [cloud_event(entry) for entry in entries[:SUBJECTS]]


async def _kept_by_nobody(status: int) -> None:
    """What a bare loop does with an outcome."""


async def _bare(
    url: str, bodies: Sequence[bytes], seconds: float, keep: Callable[[int], Awaitable[None]] = _kept_by_nobody
) -> tuple[Measured, float]:
    """Posts at once and again, and hands over each outcome; with the microseconds of processor time that one took."""
    took: list[float] = []
    turn = deque(bodies)
    headers = {"content-type": "application/cloudevents+json"}
    ends = time.perf_counter() + seconds
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def go_on() -> None:
            while (began := time.perf_counter()) < ends:
                turn.rotate()
                async with session.post(f"{url}/bare", data=turn[0], headers=headers) as answer:
                    await answer.read()
                await keep(answer.status)
                took.append((time.perf_counter() - began) * 1000)

        began, used_s = time.perf_counter(), time.process_time()
        await asyncio.gather(*(go_on() for _ in range(AT_ONCE)))
        took_s, used_s = time.perf_counter() - began, time.process_time() - used_s
    took.sort()
    measured = Measured(len(took) / took_s, percentile(took, 0.5), percentile(took, 0.99), {"204": len(took)})
    return measured, used_s / len(took) * 1e6


async def _with_inserts(
    database: Database, url: str, bodies: Sequence[bytes], seconds: float
) -> tuple[Measured, float]:
    await database.pool.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, at timestamptz, status integer)")

    async def keep(status: int) -> None:
        await database.pool.execute("INSERT INTO bare (at, status) VALUES (now(), $1)", status)

    return await _bare(url, bodies, seconds, keep)


class _ByHand:
    """A sender to one endpoint as one would write it: eight at once, each with subjects of its own."""

    def __init__(self, session: aiohttp.ClientSession, url: str, bodies: Sequence[bytes], count: int) -> None:
        self._session, self._url, self._bodies, self._count = session, url, bodies, count
        self._webhook = Webhook("whsec_" + base64.b64encode(b"k" * 32).decode())
        self._tried: list[tuple[str, datetime, int, int]] = []
        self._done = 0

    async def run(self, database: Database) -> None:
        """Sends all, and keeps what came of it."""
        saving = asyncio.ensure_future(self._save_now_and_then(database))
        await asyncio.gather(*(self._send(turn) for turn in range(BY_HAND_AT_ONCE)))
        saving.cancel()
        with suppress(asyncio.CancelledError):
            await saving
        await self._save(database)

    async def _send(self, turn: int) -> None:
        for number in range(self._count):
            subject = number % len(self._bodies)
            if subject % BY_HAND_AT_ONCE != turn:
                continue
            body, event_id, at = self._bodies[subject], str(uuid7()), datetime.now(UTC)
            headers = {
                "content-type": "application/cloudevents+json",
                "webhook-id": event_id,
                "webhook-timestamp": str(int(at.timestamp())),
                "webhook-signature": self._webhook.sign(event_id, at, body.decode()),
            }
            async with self._session.post(self._url, data=body, headers=headers) as answer:
                await answer.read()
            self._tried.append((event_id, at, answer.status, number))
            self._done += 1

    async def _save_now_and_then(self, database: Database) -> None:
        while True:
            await asyncio.sleep(0.1)
            await asyncio.shield(self._save(database))

    async def _save(self, database: Database) -> None:
        tried, self._tried = self._tried, []
        async with database.transaction() as conn:
            await conn.execute(
                "INSERT INTO by_hand SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::integer[], $4::integer[])",
                *(list(each) for each in (zip(*tried, strict=True) if tried else [()] * 4)),
            )
            await conn.execute("UPDATE by_hand_place SET place = $2 WHERE url = $1", self._url, self._done)


async def _by_hand(database: Database, url: str, bodies: Sequence[bytes], count: int) -> tuple[Measured, float]:
    """What senders by hand make of as many webhooks, with the microseconds of processor time of one."""
    await database.pool.execute("CREATE TABLE by_hand (event_id uuid, at timestamptz, status integer, place integer)")
    await database.pool.execute("CREATE TABLE by_hand_place (url text PRIMARY KEY, place integer)")
    urls = [f"{url}/h{number}" for number in range(ENDPOINTS)]
    await database.pool.execute("INSERT INTO by_hand_place SELECT unnest($1::text[]), 0", urls)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        senders = [_ByHand(session, each, bodies, count // ENDPOINTS) for each in urls]
        began, used_s = time.perf_counter(), time.process_time()
        await asyncio.gather(*(each.run(database) for each in senders))
        took_s, used_s = time.perf_counter() - began, time.process_time() - used_s
    return Measured(count / took_s, 0, 0, {}), used_s / count * 1e6


async def measure(seconds: float) -> Line:
    """The case, on a database of its own."""
    with database_server() as server:
        database = await Database.connect(server.create_database("streams"), "streams")
        await migrate(database, store.SCHEMA)
        async with webhook_receiver() as receiver:
            measured, used_us, bodies = await _delivered(database, receiver.url, int(seconds * EVENTS_PER_S))
            bare, bare_us = await _bare(receiver.url, bodies, seconds)
            kept, kept_us = await _with_inserts(database, receiver.url, bodies, seconds)
            hand, hand_us = await _by_hand(database, receiver.url, bodies, int(seconds * EVENTS_PER_S))
        await database.close()
    note = (
        f"{used_us:.0f} us of processor time a webhook, {hand_us:.0f} by hand; bare posts of the same bodies make"
        f" {bare.per_s:.0f}/s at {bare_us:.0f} us ({measured.per_s / bare.per_s:.2f}), and with an insert of each"
        f" {kept.per_s:.0f}/s at {kept_us:.0f} us ({measured.per_s / kept.per_s:.2f})"
    )
    limit_is = "a sender by hand with the same promise: aiohttp, standardwebhooks, asyncpg"
    return line("webhooks", "delivered", measured, hand, limit_is, "webhooks/s", "0.6", note)


def main(argv: list[str]) -> int:
    """Runs the bench; 0 if it ran."""
    parser = argparse.ArgumentParser("webhooks", description=__doc__)
    parser.add_argument("--case", action="append", choices=CASES, default=[])
    parser.add_argument("--seconds", type=float, default=5.0)
    show(uvloop.run(measure(parser.parse_args(argv).seconds)))
    return 0
