"""What tests of topics of feeds share: rights for the service, and partners' programs that read, write and ask."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.abc import AbstractTokenProvider
from aiokafka.admin import AIOKafkaAdminClient
from confluent_kafka import admin as rights

from services.kernel.bus.kafka_settings import KafkaSettings
from services.streams import store
from services.streams.settings import Settings
from services.streams.topic_acls import librdkafka_options
from tests.integration.streams.conftest import RETENTION, Door, a_door
from tests.support.postgres import Copies, Databases
from tests.support.secured_kafka import NORTHLAKE, STREAMS, SecuredKafka

PRINCIPAL = "User:{partner}"
Found = ConsumerRecord[bytes, bytes]


class Tokens(AbstractTokenProvider):
    """One token, as a partner's program brings it."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token


async def let_streams_work(secured: SecuredKafka, prefix: str, user: str = STREAMS) -> None:
    """Gives the service the rights that its README names, and no others: it is no superuser here."""
    topic, cluster = rights.ResourceType.TOPIC, rights.ResourceType.BROKER
    prefixed, literal = rights.ResourcePatternType.PREFIXED, rights.ResourcePatternType.LITERAL
    wanted = [
        (topic, prefix, prefixed, rights.AclOperation.CREATE),
        (topic, prefix, prefixed, rights.AclOperation.WRITE),
        (cluster, "kafka-cluster", literal, rights.AclOperation.ALTER),
    ]
    asked = [
        rights.AclBinding(kind, name, pattern, f"User:{user}", "*", operation, rights.AclPermissionType.ALLOW)
        for kind, name, pattern, operation in wanted
    ]
    client = rights.AdminClient(librdkafka_options(secured.settings()))
    for answer in client.create_acls(asked).values():
        await asyncio.wrap_future(answer)


@asynccontextmanager
async def a_relaying_door(copies: Copies, secured: SecuredKafka, prefix: str) -> AsyncIterator[Door]:
    """The whole service, which relays feeds to topics and says who may read them."""
    await let_streams_work(secured, prefix)
    databases = Databases(copies)
    topics = {"feed_topics": True, "feed_topic_prefix": prefix, "feed_topic_principal": PRINCIPAL}
    settings = Settings(retention=RETENTION, loopback=True, endpoint_lease=timedelta(minutes=5), **topics)
    try:
        async with a_door(databases, settings, secured.settings(STREAMS)) as opened:
            yield opened
    finally:
        databases.give_back()


async def relayed(feeds: Door, partner: str, position: int) -> None:
    """Waits until a partner's topic has its feed up to a position, and so exists."""
    async with asyncio.timeout(60):
        while (await store.topic_places(feeds.database.pool)).get(partner, 0) < position:
            await asyncio.sleep(0.02)


def a_prefix() -> str:
    """Where a test's topics are, beside those of others."""
    return f"feeds.{uuid4().hex[:8]}."


def as_client(settings: KafkaSettings) -> dict[str, Any]:
    """What a partner's program connects with."""
    return {**settings.client(), "client_id": "a-partners-program"}


def by_token(secured: SecuredKafka, token: str) -> dict[str, Any]:
    """What a partner's program connects with that has a token."""
    made = as_client(secured.settings())
    made = {name: value for name, value in made.items() if not name.startswith("sasl_plain")}
    return {**made, "sasl_mechanism": "OAUTHBEARER", "sasl_oauth_token_provider": Tokens(token)}


@asynccontextmanager
async def a_consumer(client: dict[str, Any], topic: str, group: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A partner's program that reads from the beginning, and leaves its place with the broker."""
    found = AIOKafkaConsumer(topic, **client, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False)
    try:
        await found.start()
        yield found
    finally:
        await found.stop()


async def read(client: dict[str, Any], topic: str, count: int, group: str = f"{NORTHLAKE}.orchestrator") -> list[Found]:
    """So many records of a topic from its beginning, by a group of that name."""
    async with a_consumer(client, topic, f"{group}-{uuid4().hex[:8]}") as consumer:
        return await taken(consumer, count)


async def taken(consumer: AIOKafkaConsumer, count: int) -> list[Found]:
    """The next records."""
    async with asyncio.timeout(60):
        return [await consumer.getone() for _ in range(count)]


async def all_records(client: dict[str, Any], topic: str) -> list[Found]:
    """All that a topic of one partition has now."""
    async with a_consumer(client, topic, f"{NORTHLAKE}.all-{uuid4().hex[:8]}") as consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        return await taken(consumer, sum(ends.values()))


@asynccontextmanager
async def an_admin(client: dict[str, Any]) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for requests about topics and groups."""
    found = AIOKafkaAdminClient(**client)
    try:
        await found.start()
        yield found
    finally:
        await found.close()


@asynccontextmanager
async def a_producer(client: dict[str, Any]) -> AsyncIterator[AIOKafkaProducer]:
    """A client that writes."""
    found = AIOKafkaProducer(**client, request_timeout_ms=5000)
    try:
        await found.start()
        yield found
    finally:
        await found.stop()
