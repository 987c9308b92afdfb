"""What the Kafka bus does that the others cannot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from services.kernel import parked
from services.kernel.bus import Unreadable, cloudevents
from services.kernel.bus.kafka import KafkaBus
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.db import Connection, Database
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.inbox import Consumer
from services.local.kafka import Kafka
from tests.support.line import Seen, a_history, an_event, running

pytestmark = pytest.mark.kafka


@asynccontextmanager
async def a_bus(kafka: Kafka) -> AsyncIterator[tuple[KafkaBus, str]]:
    """A bus, and a topic that no other test uses."""
    bus = KafkaBus(KafkaSettings(bootstrap=kafka.bootstrap), partitions=3)
    yield bus, f"doselane.test_{uuid7().hex}"
    await bus.close()


@asynccontextmanager
async def foreign_producer(kafka: Kafka) -> AsyncIterator[AIOKafkaProducer]:
    """Somebody else's producer."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    yield producer
    await producer.stop()


async def test_a_record_carries_the_event_as_a_binary_cloudevent_keyed_by_its_subject(kafka: Kafka) -> None:
    event = an_event()
    async with a_bus(kafka) as (bus, topic):
        await bus.publish(topic, [event])
        reader = AIOKafkaConsumer(topic, bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
        await reader.start()
        record = await reader.getone()
        await reader.stop()
    assert (record.key, record.value) == (b"slots/1", event.data)
    assert list(record.headers) == cloudevents.headers(event)


async def test_a_topic_is_made_with_the_partitions_that_were_asked_for(kafka: Kafka) -> None:
    async with a_bus(kafka) as (bus, topic):
        await bus.publish(topic, [an_event()])
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
        await admin.start()
        (described,) = await admin.describe_topics([topic])
        await admin.close()
    assert len(described["partitions"]) == 3


async def test_a_foreign_record_is_set_aside_and_the_events_around_it_arrive(kafka: Kafka) -> None:
    seen, aside = Seen(), []
    before, after = an_event("slots/1", 1), an_event("slots/1", 2)

    async def set_aside(record: Unreadable) -> None:
        aside.append(record)

    async with a_bus(kafka) as (bus, topic), foreign_producer(kafka) as producer:
        await bus.publish(topic, [before])
        await producer.send_and_wait(topic, b"not ours", key=b"slots/1", headers=[("ce_id", b"\xff")], partition=0)
        await producer.send_and_wait(topic, None, key=b"slots/1")
        await bus.publish(topic, [after])
        async with running(bus.consume([topic], "status", seen.handle, set_aside)):
            await seen.all_of([before, after])
            await seen.until(lambda: len(aside) == 2)
    assert sorted(record.data for record in aside) == [b"", b"not ours"]
    assert {record.fault for record in aside} == {"ce_specversion is not 1.0"}


async def test_a_foreign_record_is_parked_by_a_consumer(kafka: Kafka, database: Database) -> None:
    seen, event = Seen(), an_event()

    async def apply(conn: Connection, event: Event) -> None:
        await seen.handle([event])

    async with a_bus(kafka) as (bus, topic), foreign_producer(kafka) as producer:
        await bus.publish(topic, [an_event("slots/0")])
        await producer.send_and_wait(topic, b"not ours", partition=1)
        async with running(Consumer(bus, database, "status", [topic], apply).run()):
            await bus.publish(topic, [event])
            await seen.all_of([event])
            while not (held := await parked.waiting(database.pool, "status")):
                await database.ready()
    assert [(each.place, each.data) for each in held] == [(f"{topic} partition 1 offset 0", b"not ours")]


async def test_one_that_publishes_and_one_that_reads_may_start_in_either_order(kafka: Kafka) -> None:
    seen, history = Seen(), a_history(subjects=4, each=3)
    async with a_bus(kafka) as (bus, topic), running(bus.consume([topic], "status", seen.handle)):
        await bus.publish(topic, history)
        await seen.all_of(history)
