"""Writing to Kafka: whole batches per partition, encoded while the ones before them are on their way."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from zlib import crc32

from aiokafka import AIOKafkaProducer

from services.kernel.bus.cloudevents import Record

# A batch that holds less than the largest record still takes one record of any size.
BATCH_BYTES_MAX = 900_000
EVENTS_ENCODED_AT_ONCE = 2000

Each = TypeVar("Each")


class Producer:
    """An idempotent producer. Its batches to a partition arrive in order or not at all.

    Kafka numbers an idempotent producer's batches and takes none whose predecessor it lacks, so a batch that fails
    takes those behind it along, and nothing overtakes.
    """

    def __init__(self, kafka: AIOKafkaProducer) -> None:
        self._kafka = kafka

    @classmethod
    async def start(cls, request_bytes_max: int, **connection: Any) -> "Producer":
        """Connects."""
        kafka = AIOKafkaProducer(
            **connection,
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES_MAX,
            max_request_size=request_bytes_max,
        )
        try:
            await kafka.start()
        except BaseException:
            await kafka.stop()
            raise
        return cls(kafka)

    async def publish(self, topic: str, events: Sequence[Each], record_of: Callable[[Each], Record]) -> None:
        """Returns when every replica has the events, each as the record that is made of it."""
        partitions = len(await self._kafka.partitions_for(topic))
        acknowledgements: list[asyncio.Future[Any]] = []
        for first in range(0, len(events), EVENTS_ENCODED_AT_ONCE):
            part = events[first : first + EVENTS_ENCODED_AT_ONCE]
            for partition, batch in self._encoded(part, partitions, record_of):
                acknowledgements.append(await self._kafka.send_batch(batch, topic, partition=partition))
        for acknowledged in acknowledgements:
            await acknowledged

    async def stop(self, within_s: float) -> None:
        """Disconnects; what Kafka has not taken by then stays unpublished."""
        try:
            await asyncio.wait_for(self._kafka.stop(), within_s)
        except TimeoutError:
            await self._kafka.client.close()

    def _encoded(
        self, events: Sequence[Each], partitions: int, record_of: Callable[[Each], Record]
    ) -> Iterator[tuple[int, Any]]:
        now_ms = int(time.time() * 1000)
        open_batches: dict[int, Any] = {}
        for event in events:
            key, value, headers = record_of(event)
            # CRC-32, as librdkafka's `consistent` does: the same subject goes to the same partition, at C's speed.
            partition = crc32(key) % partitions
            batch = open_batches.get(partition)
            if batch is None:
                batch = open_batches[partition] = self._kafka.create_batch()
            if batch.append(timestamp=now_ms, key=key, value=value, headers=headers) is None:
                yield partition, batch
                batch = open_batches[partition] = self._kafka.create_batch()
                batch.append(timestamp=now_ms, key=key, value=value, headers=headers)
        yield from open_batches.items()
