"""The bus on Apache Kafka: one topic a service, keyed by subject, acknowledged by all replicas."""

import asyncio
import logging
from collections.abc import Iterable, Sequence

from aiokafka.errors import KafkaError

from services.kernel.bus import Handle, SetAside, cloudevents, kafka_consumer
from services.kernel.bus.kafka_producer import Producer
from services.kernel.bus.kafka_settings import KafkaSettings
from services.kernel.bus.kafka_topics import REPLICAS_WANTED, make_topics
from services.kernel.errors import Unavailable
from services.kernel.event import Event

PARTITIONS = 6
RECORD_BYTES_MAX = 2_097_152  # room for the largest event that outbox takes, and its headers
TOPIC_SETTINGS = {
    "max.message.bytes": str(RECORD_BYTES_MAX),
    # A new group reads from the start. An operator who wants to keep less sets it on the topic.
    "retention.ms": "-1",
}
STOP_WITHIN_S = 5.0
RETRY_FROM_S, RETRY_TO_S = 0.1, 5.0

log = logging.getLogger(__name__)


class KafkaBus:
    """Connects when first used, and makes the topics that are missing, with fewer replicas where brokers are few."""

    wants_events = True

    def __init__(
        self,
        kafka: KafkaSettings,
        *,
        partitions: int = PARTITIONS,
        replicas: int = REPLICAS_WANTED,
    ) -> None:
        self._connection = kafka.client()
        self._partitions = partitions
        self._replicas = replicas
        self._made: set[str] = set()
        self._connecting = asyncio.Lock()
        self._producer: Producer | None = None

    async def publish(self, topic: str, events: Sequence[Event]) -> None:
        """Returns when every replica has the events. While the brokers are away it waits, or raises Unavailable."""
        try:
            producer = await self._ready(topic)
            await producer.publish(topic, events, cloudevents.record)
        except (KafkaError, OSError) as fault:
            # What failed has spoiled the producer's numbering; a new one begins afresh with the same events.
            await self._drop_producer()
            raise Unavailable(f"Kafka does not take the events: {fault!r}", topic=topic) from fault

    async def consume(
        self, topics: Sequence[str], group: str, handle: Handle, set_aside: SetAside | None = None
    ) -> None:
        """Hands on batches until cancelled."""
        await self._until_topics_exist(topics)
        await kafka_consumer.consume(topics, group, handle, set_aside, **self._connection)

    async def close(self) -> None:
        """Disconnects."""
        await self._drop_producer()

    async def _ready(self, topic: str) -> Producer:
        async with self._connecting:
            await self._make_topics([topic])
            if self._producer is None:
                self._producer = await Producer.start(RECORD_BYTES_MAX, **self._connection)
            return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop(STOP_WITHIN_S)

    async def _until_topics_exist(self, topics: Sequence[str]) -> None:
        pause_s = RETRY_FROM_S
        while True:
            try:
                return await self._make_topics(topics)
            except (KafkaError, OSError) as fault:
                log.warning("cannot look after the topics %s yet: %r", ", ".join(topics), fault)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, RETRY_TO_S)

    async def _make_topics(self, topics: Iterable[str]) -> None:
        missing = [topic for topic in topics if topic not in self._made]
        if not missing:
            return
        await make_topics(self._connection, missing, self._partitions, TOPIC_SETTINGS, self._replicas)
        self._made.update(missing)
