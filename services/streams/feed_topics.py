"""Feeds on Apache Kafka: a topic a partner, with one partition, made with who may read it before anything is in it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from aiokafka.errors import KafkaError

from services.kernel.bus.cloudevents import Record
from services.kernel.bus.kafka_producer import Producer
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.bus.kafka_topics import make_topics
from services.kernel.errors import Unavailable
from services.streams.domain.feed_topics import FeedTopic, topic_of
from services.streams.topic_acls import TopicAcls

# One order for the whole feed, so that its positions show a gap.
PARTITIONS = 1
# As JSON an event takes a few times the room that it takes in our log, where it is a megabyte at most.
RECORD_BYTES_MAX = 8_388_608
ANSWER_MS_MAX = 10_000
SENT_WITHIN_S = 30.0
STOP_WITHIN_S = 2.0


class KafkaFeedTopics:
    """Connects when first used. `acls`: says who may read; None: somebody else does."""

    def __init__(self, kafka: KafkaSettings, prefix: str, retention: timedelta, acls: TopicAcls | None = None) -> None:
        self._connection = {**kafka.client(), "request_timeout_ms": ANSWER_MS_MAX}
        self._prefix, self._acls = prefix, acls
        self._settings = {
            "retention.ms": str(int(retention.total_seconds() * 1000)),
            "cleanup.policy": "delete",
            "max.message.bytes": str(RECORD_BYTES_MAX),
        }
        self._ready: set[str] = set()
        self._producer: Producer | None = None
        self._connecting = asyncio.Lock()

    async def send(self, partner: str, records: Sequence[Record]) -> None:
        """Returns when all replicas have the records; raises Unavailable, and makes sure of the topic the next time."""
        try:
            topic = topic_of(partner, self._prefix)
        except ValueError as fault:
            raise Unavailable(f"There is no topic for it: {fault}.", partner=partner) from fault
        producer: Producer | None = None
        try:
            async with asyncio.timeout(SENT_WITHIN_S):
                if partner not in self._ready:
                    await self._prepare(topic)
                    self._ready.add(partner)
                producer = await self._connected()
                await producer.publish(topic.name, records, _as_it_is)
        except (KafkaError, OSError, TimeoutError) as fault:
            self._ready.discard(partner)
            if producer is not None:
                await self._drop(producer)
            raise Unavailable(f"Kafka does not take the records: {fault!r}", topic=topic.name) from fault

    async def close(self) -> None:
        """Disconnects."""
        if self._producer is not None:
            await self._drop(self._producer)

    async def _prepare(self, topic: FeedTopic) -> None:
        """Rights first: where nobody has any, some brokers let everybody read."""
        if self._acls is not None:
            await self._acls.allow(topic)
        await make_topics(self._connection, [topic.name], PARTITIONS, self._settings)

    async def _connected(self) -> Producer:
        async with self._connecting:
            if self._producer is None:
                self._producer = await Producer.start(RECORD_BYTES_MAX, **self._connection)
            return self._producer

    async def _drop(self, producer: Producer) -> None:
        """What failed has spoiled a producer's numbering. What others have sent by it ends as it may."""
        if self._producer is producer:
            self._producer = None
        with suppress(KafkaError, OSError):  # it is done with, however it ends
            await producer.stop(STOP_WITHIN_S)


def _as_it_is(record: Record) -> Record:
    return record
