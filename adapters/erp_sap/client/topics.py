"""Business events that come over Kafka: each record is kept as it came before our place in its partition moves on.

The cursor is JSON: by topic and partition, the offset that is next.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import httpx
from aiokafka import ConsumerRecord, TopicPartition

from adapters.erp_sap.records import lost_body, record_body
from adapters.host.client.topics import TopicListener
from adapters.outbound import Fetched


async def topic_records(http: httpx.AsyncClient, topics: Sequence[str], cursor: str) -> AsyncIterator[Fetched]:
    """What comes after the cursor. Raises Away or Declined."""
    async with aclosing(TopicListener(http, topics).listen(_offsets(cursor))) as coming:
        async for news in coming:
            lost = [lost_body(each.place.topic, each.place.partition, each.wanted, each.first) for each in news.lost]
            yield Fetched([*lost, *map(_body, news.records)], _cursor(news.offsets))


async def find_partitions(http: httpx.AsyncClient, topic: str) -> int:
    """How many partitions a topic has for us. Raises Away or Declined."""
    return len(await TopicListener(http, [topic]).partitions())


def _body(record: ConsumerRecord[bytes, bytes]) -> bytes:
    place = record.topic, record.partition, record.offset
    return record_body(*place, record.timestamp, record.headers, record.key, record.value)


def _offsets(cursor: str) -> Mapping[TopicPartition, int]:
    topics: dict[str, dict[str, int]] = json.loads(cursor) if cursor else {}
    return {
        TopicPartition(topic, int(partition)): offset
        for topic, partitions in topics.items()
        for partition, offset in partitions.items()
    }


def _cursor(offsets: Mapping[TopicPartition, int]) -> str:
    topics: dict[str, Any] = {}
    for place, offset in sorted(offsets.items()):
        topics.setdefault(place.topic, {})[str(place.partition)] = offset
    return json.dumps(topics)
