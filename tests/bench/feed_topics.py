"""Bench `streams`, case `kafka`: twenty feeds to twenty topics and a partners' reader, beside raw aiokafka consume.

The reader is a process of its own that takes one record after the other (`async for`, as aiokafka's guide shows). It
reads what the relay puts into the topics meanwhile, and, as the limit, the same records that lie there ready. The note
tells what a reader of whole batches (`getmany`) makes of these, and the relay without a reader beside aiokafka that
only sends whole batches of records that are ready: what the relay does and the bare producer not is finding who has
news, reading feeds, writing CloudEvents and saving places.
"""

import asyncio
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.kernel.bus.cloudevents import Record
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.clock import SystemClock
from services.kernel.db import Database, migrate
from services.kernel.process import keep_for_good
from services.local import kafka, postgres
from services.streams import store
from services.streams.domain import FeedEntry
from services.streams.events import cloud_event, copy_of, structured_record
from services.streams.feed_topics import KafkaFeedTopics
from services.streams.usecases import FeedRelay
from tests.bench.result import Line, Measured, line, percentile
from tests.support.status import slot_event

FEEDS, SUBJECTS = 20, 100
EVENTS_PER_S = 12_000  # about what is relayed; so that a measurement lasts about as long as asked
LIVE_PER_S, COMMITS_PER_S = 1000, 50
PREFIX, BARE_PREFIX = "feeds.", "bare."


def _record(entry: FeedEntry) -> Record:
    return structured_record(entry, cloud_event(entry))


async def measure(seconds: float) -> Sequence[Line]:
    """All that feeds hold, relayed; then what is recorded at a rate, until a reader has it."""
    folder = Path(tempfile.mkdtemp(prefix="doselane-bench-"))
    try:
        with postgres.start(folder / "postgres") as server, kafka.start(folder / "kafka") as broker:
            database = await Database.connect(server.create_database("streams"), "streams")
            await migrate(database, store.SCHEMA)
            topics = KafkaFeedTopics(KafkaSettings(bootstrap=broker.bootstrap), PREFIX, timedelta(days=30))
            await _relay_all(database, topics, [await _append(database, number, 1) for number in range(FEEDS)])
            each = int(seconds * EVENTS_PER_S) // FEEDS // 2
            entries = [await _append(database, number, each) for number in range(FEEDS)]
            keep_for_good()  # as a process does that was started
            alone = await _relay_all(database, topics, entries)
            sent = await _bare(broker.bootstrap, [[_record(entry) for entry in each] for each in entries])
            async with _reader(broker.bootstrap) as reader:
                bare = await reader.reads(BARE_PREFIX, FEEDS * each, ready=True)
                many = await reader.reads(BARE_PREFIX, FEEDS * each, ready=True, batches=True)
                entries = [await _append(database, number, each) for number in range(FEEDS)]
                read = await reader.reads(PREFIX, FEEDS * each, _relay_all(database, topics, entries))
            async with _relaying(database, topics):
                live = await _live(database, broker.bootstrap, seconds)
            await topics.close()
            await database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    note = (
        f"getmany takes {many.per_s:.0f}/s ({read.per_s / many.per_s:.2f}); the relay without a reader"
        f" {alone.per_s:.0f}/s at {_each(alone)} us of processor time, aiokafka that only sends"
        f" {sent.per_s:.0f}/s at {_each(sent)} ({alone.per_s / sent.per_s:.2f})"
    )
    limit_is = "raw aiokafka consume of the same records, which are ready"
    return (
        line("streams", "kafka", read, bare, limit_is, "events/s", "0.6", note),
        line("streams", "kafka live", live, live, "what is recorded", "events/s", "lag reported"),
    )


def _each(measured: Measured) -> str:
    """The processor time that this process took for an event, in microseconds: it depends little on who else runs."""
    return f"{measured.outcomes['processor_us'] / measured.outcomes['events']:.1f}"


async def _append(database: Database, number: int, count: int) -> list[FeedEntry]:
    partner = f"partners/p{number}"
    copies = [copy_of(slot_event(f"{number}-{n % SUBJECTS}", partner=partner), partner) for n in range(count)]
    async with database.transaction() as conn:
        return await store.append(conn, copies, SystemClock().now())


class _Reader:
    """A partners' program, in a process of its own: reads so many records of twenty topics."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    async def reads(
        self,
        prefix: str,
        count: int,
        written: Awaitable[object] | None = None,
        *,
        ready: bool = False,
        batches: bool = False,
    ) -> Measured:
        """From when all is there (`ready`), or its writing begins, until the last is read."""
        self._pipe.send((prefix, count, ready, batches))
        await asyncio.to_thread(self._pipe.recv)  # it stands where it is to begin
        began = time.perf_counter()
        self._pipe.send(None)
        if written is not None:
            await written
        ended = await asyncio.to_thread(self._pipe.recv)
        return Measured(count / (ended - began), 0, 0, {"events": count})


def read(bootstrap: str, pipe: Connection) -> None:
    """The process of the reader, until it is killed."""
    uvloop.run(_read(bootstrap, pipe))


async def _read(bootstrap: str, pipe: Connection) -> None:
    while True:
        prefix, count, ready, batches = await asyncio.to_thread(pipe.recv)
        consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
        await consumer.start()
        consumer.assign([TopicPartition(_topic(prefix, number), 0) for number in range(FEEDS)])
        await consumer.seek_to_end()
        for each in consumer.assignment():
            await consumer.position(each)
        pipe.send(None)
        await asyncio.to_thread(pipe.recv)
        if ready:
            await consumer.seek_to_beginning()
        await (_take_batches if batches else _take_each)(consumer, count)
        pipe.send(time.perf_counter())  # the machine's clock, the same in all processes
        await consumer.stop()


async def _take_each(consumer: AIOKafkaConsumer, count: int) -> None:
    async for _ in consumer:
        count -= 1
        if not count:
            break


async def _take_batches(consumer: AIOKafkaConsumer, count: int) -> None:
    while count > 0:
        count -= sum(map(len, (await consumer.getmany(timeout_ms=1000)).values()))


def _topic(prefix: str, number: int) -> str:
    return f"{prefix}p{number}" if prefix == PREFIX else f"{prefix}{number}"


@asynccontextmanager
async def _reader(bootstrap: str) -> AsyncIterator[_Reader]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=read, args=(bootstrap, theirs), daemon=True)
    process.start()
    try:
        yield _Reader(ours)
    finally:
        process.kill()
        process.join()


@asynccontextmanager
async def _relaying(database: Database, topics: KafkaFeedTopics) -> AsyncIterator[None]:
    relay = asyncio.ensure_future(FeedRelay(database, topics, _record).run())
    yield
    relay.cancel()
    with suppress(asyncio.CancelledError):
        await relay


async def _relay_all(database: Database, topics: KafkaFeedTopics, entries: Sequence[Sequence[FeedEntry]]) -> Measured:
    """How fast all of it goes that feeds have and topics have not, until the last place is saved."""
    wanted = {each[-1].copy.partner: each[-1].position for each in entries}
    began, used_s = time.perf_counter(), time.process_time()
    async with _relaying(database, topics):
        while await store.topic_places(database.pool) != wanted:
            await asyncio.sleep(0.02)
        took_s, used_s = time.perf_counter() - began, time.process_time() - used_s
    count = sum(map(len, entries))
    return Measured(count / took_s, 0, 0, {"events": count, "processor_us": int(used_s * 1e6)})


async def _bare(bootstrap: str, feeds: Sequence[Sequence[Record]]) -> Measured:
    """Whole batches of records that are ready, to all topics beside each other."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, max_batch_size=900_000
    )
    await producer.start()
    for number in range(len(feeds)):
        await producer.send_and_wait(f"{BARE_PREFIX}{number}", b"makes the topic")

    async def send(number: int, records: Sequence[Record]) -> None:
        for start in range(0, len(records), 100):
            batch = producer.create_batch()
            for key, value, headers in records[start : start + 100]:
                batch.append(key=key, value=value, timestamp=None, headers=headers)
            await (await producer.send_batch(batch, f"{BARE_PREFIX}{number}", partition=0))

    began, used_s = time.perf_counter(), time.process_time()
    await asyncio.gather(*(send(number, records) for number, records in enumerate(feeds)))
    count, took_s, used_s = sum(map(len, feeds)), time.perf_counter() - began, time.process_time() - used_s
    await producer.stop()
    return Measured(count / took_s, 0, 0, {"events": count, "processor_us": int(used_s * 1e6)})


async def _live(database: Database, bootstrap: str, seconds: float) -> Measured:
    """How long after its commit an event is with a reader of its topic."""
    names = [f"{PREFIX}p{number}" for number in range(FEEDS)]
    consumer = AIOKafkaConsumer(*names, bootstrap_servers=bootstrap, auto_offset_reset="latest")
    await consumer.start()
    await consumer.seek_to_end()
    recorded_at: dict[tuple[str, bytes], float] = {}
    count = int(seconds * LIVE_PER_S)
    reading = asyncio.ensure_future(_lags(consumer, recorded_at, count))
    began = time.perf_counter()
    for step in range(count * COMMITS_PER_S // LIVE_PER_S):
        await asyncio.sleep(max(0.0, began + step / COMMITS_PER_S - time.perf_counter()))
        copies = []
        for number in range(FEEDS):
            partner = f"partners/p{number}"
            copies.append(copy_of(slot_event(f"live-{step}", partner=partner), partner))
        async with database.transaction() as conn:
            entries = await store.append(conn, copies, SystemClock().now())
        now = time.perf_counter()
        for entry in entries:
            recorded_at[entry.copy.partner, b"%d" % entry.position] = now
        database.log_grew.call()
    async with asyncio.timeout(60):
        lags = sorted(await reading)
    await consumer.stop()
    p50, p99 = percentile(lags, 0.5) * 1000, percentile(lags, 0.99) * 1000
    return Measured(LIVE_PER_S, p50, p99, {"live": len(lags)})


async def _lags(consumer: AIOKafkaConsumer, recorded_at: Mapping[tuple[str, bytes], float], count: int) -> list[float]:
    came: list[tuple[str, bytes, float]] = []
    while len(came) < count:
        record = await consumer.getone()
        partner = record.topic.replace(PREFIX, "partners/", 1)
        came.append((partner, dict(record.headers)["feedposition"], time.perf_counter()))
    # One that came before its writer looked at the clock took no time.
    return [max(0.0, at - recorded_at.get((partner, position), at)) for partner, position, at in came]
