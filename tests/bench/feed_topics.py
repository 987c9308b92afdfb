"""Bench `streams`, case `kafka`: twenty feeds to twenty topics, beside aiokafka that only sends the same records.

What the relay does and the bare producer not: finding who has news, reading feeds, writing CloudEvents, saving places.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.kernel.bus.cloudevents import Record
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.clock import SystemClock
from services.kernel.db import Database, migrate
from services.local import kafka, postgres
from services.streams import store
from services.streams.domain import FeedEntry
from services.streams.events import cloud_event, copy_of, structured_record
from services.streams.feed_topics import KafkaFeedTopics
from services.streams.usecases import FeedRelay
from tests.bench.result import Line, Measured, line, percentile
from tests.support.status import slot_event

FEEDS, SUBJECTS = 20, 100
EVENTS_PER_S = 6000  # about what is relayed; so that a measurement lasts about as long as asked
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
            each = int(seconds * EVENTS_PER_S) // FEEDS
            entries = [await _append(database, number, each) for number in range(FEEDS)]
            relayed = await _relay_all(database, topics, entries)
            limit = await _bare(broker.bootstrap, [[_record(entry) for entry in each] for each in entries])
            async with _relaying(database, topics):
                live = await _live(database, broker.bootstrap, seconds)
            await topics.close()
            await database.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    bare = "aiokafka alone, the same records to as many topics"
    return (
        line("streams", "kafka", relayed, limit, bare, "events/s", "0.6", f"{_each(relayed)} µs, alone {_each(limit)}"),
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
