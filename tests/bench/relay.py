"""The relay: from a commit in outbox to Kafka's acknowledgement, beside raw aiokafka on the same broker."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zlib import crc32

import uvloop
from aiokafka import AIOKafkaProducer

from services.kernel import event_log, outbox
from services.kernel.bus import Bus, Handle, SetAside, cloudevents
from services.kernel.bus.kafka import KafkaBus
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.local import kafka
from services.local.kafka import Kafka, KafkaUnavailable
from services.local.postgres import Postgres
from tests.bench.frame import asked_of, database_server, folder
from tests.bench.result import Line, Measured, line, percentile, show

DATA_BYTES = 300
PARTITIONS = 6
DRAIN_EVENTS = 200_000
EVENTS_PER_S = 2000
COMMITS_PER_S = 500
WARM_UP_S = 1.0
RAW_IN_FLIGHT = 20_000
CASES = ("drain", "age")
RAW = "raw aiokafka"


def an_event() -> Event:
    """An event of the usual size, with every attribute."""
    return Event(
        id=uuid7(),
        type="doselane.slotting.slot.confirmed.v1",
        source="doselane/slotting",
        subject=f"slots/{uuid7()}",
        sequence=1,
        time=datetime.now(UTC),
        data=bytes(DATA_BYTES),
        partner="partners/northlake",
        actor="northlake-planner",
        reason="patient is ready",
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )


class Watched:
    """The Kafka bus, with the instant at which each event was acknowledged."""

    wants_events = True

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.acknowledged_at: dict[UUID, float] = {}
        self.published = 0
        self._enough: tuple[int, asyncio.Event] = (0, asyncio.Event())

    async def publish(self, topic: str, events: Sequence[Event]) -> None:
        """Publishes and notes when that was done."""
        await self._bus.publish(topic, events)
        now = time.perf_counter()
        self.published += len(events)
        self.acknowledged_at.update((event.id, now) for event in events)
        if self.published >= self._enough[0]:
            self._enough[1].set()

    async def until(self, published: int) -> None:
        """Waits for so many acknowledgements."""
        self._enough = (published, asyncio.Event())
        if self.published < published:
            await self._enough[1].wait()

    async def consume(
        self, topics: Sequence[str], group: str, handle: Handle, set_aside: SetAside | None = None
    ) -> None:
        """Passes on."""
        await self._bus.consume(topics, group, handle, set_aside)

    async def close(self) -> None:
        """Passes on."""
        await self._bus.close()


@dataclass(frozen=True)
class Place:
    """Where one measurement runs: a schema, a bus and the relay between them."""

    database: Database
    bus: Watched
    topic: str
    relay: outbox.Relay


class Bench:
    """The two cases."""

    def __init__(self, seconds: float, server: Postgres, broker: Kafka) -> None:
        self._seconds = seconds
        self._server = server
        self._broker = broker
        self._number = 0

    async def drain(self) -> Line:
        """An outbox full of events, and how fast they reach Kafka."""
        events = [an_event() for _ in range(DRAIN_EVENTS)]
        raw = await self._raw_drain(events)
        async with self._place() as place:
            for start in range(0, DRAIN_EVENTS, 5000):
                async with place.database.transaction() as conn:
                    await outbox.append(conn, events[start : start + 5000])
            await place.database.pool.execute("CHECKPOINT")
            began = time.perf_counter()
            async with _running(place.relay.run):
                await place.bus.until(DRAIN_EVENTS)
                took = time.perf_counter() - began
            await _require_all(place, DRAIN_EVENTS)
        measured = Measured(DRAIN_EVENTS / took, 0, 0, {"published": DRAIN_EVENTS})
        limit_is = f"{RAW} send(), {len(cloudevents.headers(events[0]))} headers, acks=all, idempotent"
        return line("relay", "drain", measured, raw, limit_is, "events/s", "0.6")

    async def age(self) -> Line:
        """2,000 events a second, and how long after its commit each is acknowledged."""
        raw = await self._raw_ages()
        async with self._place() as place:
            committed_at: dict[UUID, float] = {}

            async def commit(events: list[Event]) -> None:
                await outbox.append(place.database.pool, events)  # one statement, so a transaction of its own
                now = time.perf_counter()
                committed_at.update((event.id, now) for event in events)
                place.relay.wake()

            async with _running(place.relay.run):
                await _at_a_rate(WARM_UP_S, commit)  # connections, plans, the relay's own start
                warm = len(committed_at)
                await place.bus.until(warm)
                committed_at.clear()
                await _at_a_rate(self._seconds, commit)
                await place.bus.until(warm + len(committed_at))
            ages = sorted(place.bus.acknowledged_at[each] - at for each, at in committed_at.items())
        p50, p99 = percentile(ages, 0.5) * 1000, percentile(ages, 0.99) * 1000
        note = f"p50 {p50:.2f} ms against {percentile(raw, 0.5) * 1000:.2f} ms"
        raw_p99 = percentile(raw, 0.99) * 1000
        return Line(
            bench="relay",
            case="age",
            doselane=round(p99, 3),
            limit=round(raw_p99, 3),
            limit_is=f"{RAW} send_and_wait() at the same rate",
            unit="ms p99, commit to acknowledgement",
            ratio=round(p99 / raw_p99, 3),
            goal="at most 3",
            p50_ms=round(p50, 3),
            p99_ms=round(p99, 3),
            outcomes={"published": len(ages)},
            note=note,
        )

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[Place]:
        self._number += 1
        dsn = self._server.create_database(f"relay_{self._number}")
        database = await Database.connect(dsn, "slotting")
        await migrate(database)
        topic = f"doselane.relay_{self._number}_{uuid7().hex}"
        bus = Watched(KafkaBus(KafkaSettings(bootstrap=self._broker.bootstrap), partitions=PARTITIONS))
        await bus.publish(topic, [an_event() for _ in range(200)])  # makes the topic; each partition gets a leader
        bus.published = 0
        yield Place(database, bus, topic, outbox.Relay(database, bus, topic))
        await bus.close()
        await database.close()

    @asynccontextmanager
    async def _raw(self) -> AsyncIterator[tuple[AIOKafkaProducer, str]]:
        async with self._place() as place:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._broker.bootstrap,
                acks="all",
                enable_idempotence=True,
                max_batch_size=900_000,
                partitioner=_crc32,
            )
            await producer.start()
            await producer.send_and_wait(place.topic, **_record(an_event()))
            yield producer, place.topic
            await producer.stop()

    async def _raw_drain(self, events: Sequence[Event]) -> Measured:
        """Nothing but aiokafka: records that are ready to send, as fast as it takes them."""
        records = [_record(event) for event in events]
        async with self._raw() as (producer, topic):
            began = time.perf_counter()
            for start in range(0, len(records), RAW_IN_FLIGHT):
                sent = [await producer.send(topic, **each) for each in records[start : start + RAW_IN_FLIGHT]]
            await asyncio.gather(*sent)
            await producer.flush()
            took = time.perf_counter() - began
        return Measured(len(records) / took, 0, 0, {})

    async def _raw_ages(self) -> list[float]:
        ages: list[float] = []
        async with self._raw() as (producer, topic):

            async def send(event: Event) -> None:
                began = time.perf_counter()
                await producer.send_and_wait(topic, **_record(event))
                ages.append(time.perf_counter() - began)

            async def commit(events: list[Event]) -> None:
                await asyncio.gather(*map(send, events))

            await _at_a_rate(WARM_UP_S, commit)
            ages.clear()
            await _at_a_rate(self._seconds, commit)
        return sorted(ages)


def _record(event: Event) -> dict[str, Any]:
    return {"key": event.subject.encode(), "value": event.data, "headers": cloudevents.headers(event)}


def _crc32(key: bytes, partitions: list[int], available: list[int]) -> int:
    """The bus's own choice of a partition; aiokafka's default, in Python, would slow the limit down."""
    return partitions[crc32(key) % len(partitions)]


async def _at_a_rate(seconds: float, commit: Callable[[list[Event]], Coroutine[Any, Any, None]]) -> None:
    """Commits that begin at fixed instants, whether or not the ones before are done."""
    began, running = time.perf_counter(), set[asyncio.Task[None]]()
    for number in range(int(seconds * COMMITS_PER_S)):
        wait_s = began + number / COMMITS_PER_S - time.perf_counter()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        running.add(asyncio.create_task(commit([an_event() for _ in range(EVENTS_PER_S // COMMITS_PER_S)])))
    await asyncio.gather(*running)


@asynccontextmanager
async def _running(work: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    task = asyncio.create_task(work())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _require_all(place: Place, count: int) -> None:
    """Fast is nothing if something is missing."""
    proved = await event_log.verify(place.database.pool)
    if not proved.intact or proved.count != count or place.bus.published != count:
        raise RuntimeError(f"{count} events were saved: {proved}, {place.bus.published} published")


async def _run(cases: Sequence[str], seconds: float) -> None:
    with database_server() as server, folder() as made, kafka.start(made / "kafka") as broker:
        bench = Bench(seconds, server, broker)
        for case in cases:
            show(await getattr(bench, case)())


def main(argv: list[str]) -> int:
    """Run the cases asked for."""
    try:
        uvloop.run(_run(*asked_of("relay", CASES, argv)))
    except KafkaUnavailable as reason:
        print(json.dumps({"bench": "relay", "skipped": str(reason)}))
    return 0
