"""Each partner's feed is in a topic of its own: what the feed shows, in its order, once, whatever breaks in between."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from datetime import timedelta

import pytest
from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured
from cloudevents.core.formats.json import JSONFormat

from services.kernel.bus.cloudevents import Record
from services.kernel.db import Database
from services.streams import store
from services.streams.events import cloud_event, copy_of, structured_record
from services.streams.feed_topics import KafkaFeedTopics
from services.streams.usecases import FeedRelay
from tests.integration.streams.conftest import Door, streams_schema
from tests.integration.streams.killed import PushedTopicReader, TopicReader, an_hour, check, whole_feed
from tests.integration.streams.pushed import Pushed
from tests.integration.streams.topics import (
    Found,
    a_consumer,
    a_prefix,
    a_relaying_door,
    all_records,
    as_client,
    read,
    relayed,
    taken,
)
from tests.support.postgres import Copies, Databases
from tests.support.secured_kafka import CALDER, NORTHLAKE, SecuredKafka, know_by_scram
from tests.support.status import NOON, slot_event

pytestmark = [pytest.mark.kafka]
PREFIX = a_prefix()


@pytest.fixture(scope="module")
async def feeds(_copies: Copies, secured: SecuredKafka) -> AsyncIterator[Door]:
    """The whole service, which relays feeds to topics and says who may read them."""
    async with a_relaying_door(_copies, secured, PREFIX) as opened:
        yield opened


async def test_a_partner_reads_its_feed_with_its_own_password_as_cloud_events(
    feeds: Door, secured: SecuredKafka
) -> None:
    await feeds.recorded(f"partners/{NORTHLAKE}", 3)
    await feeds.recorded(f"partners/{CALDER}", 1)
    await relayed(feeds, f"partners/{NORTHLAKE}", 3)
    await relayed(feeds, f"partners/{CALDER}", 1)
    client = as_client(secured.settings(NORTHLAKE))
    records = await read(client, f"{PREFIX}{NORTHLAKE}", 3)
    page = await feeds.listed(feeds.client(f"partners/{NORTHLAKE}"))
    assert [event.position for event in page.events] == [1, 2, 3]
    for record, event in zip(records, page.events, strict=True):
        headers = dict(record.headers)
        assert (record.key, headers["feedposition"], headers["sequence"]) == (
            event.subject.encode(),
            b"%d" % event.position,
            b"%d" % event.sequence,
        )
        parsed = from_structured(KafkaMessage(headers, record.key, record.value), JSONFormat())
        assert (parsed.get_id(), parsed.get_type(), parsed.get_subject()) == (event.id, event.type, event.subject)
        assert parsed.get_extension("feedposition") == str(event.position)
        assert parsed.get_data()["slot"]["partner"] == f"partners/{NORTHLAKE}"
    assert await read(as_client(secured.settings(CALDER)), f"{PREFIX}{CALDER}", 1, f"{CALDER}.x")


async def test_a_topic_has_one_order_and_keeps_it_for_thirty_days(feeds: Door, secured: SecuredKafka) -> None:
    await feeds.recorded(f"partners/{NORTHLAKE}", 1)
    await relayed(feeds, f"partners/{NORTHLAKE}", 1)
    topic = f"{PREFIX}{NORTHLAKE}"
    async with secured.admin() as admin:
        asked = ConfigResource(ConfigResourceType.TOPIC, topic)
        found = (await admin.describe_configs([asked]))[0].to_object()["resources"][0]["config_entries"]
        values = {each["config_names"]: each["config_value"] for each in found}
        assert values["retention.ms"] == str(30 * 24 * 3600 * 1000)
        (described,) = await admin.describe_topics([topic])
    assert len(described["partitions"]) == 1


async def test_a_topic_that_takes_nothing_holds_up_no_other_and_is_whole_when_it_was_mended(
    feeds: Door, secured: SecuredKafka
) -> None:
    partner, topic = "partners/cut-short", f"{PREFIX}cut-short"
    async with secured.admin() as admin:
        await admin.create_topics([_narrow(topic)])
        await feeds.recorded(partner, 3)
        await feeds.recorded(f"partners/{CALDER}", 3)
        await relayed(feeds, f"partners/{CALDER}", 3)
        calder = as_client(secured.settings(CALDER))
        await _whole(calder, f"{PREFIX}{CALDER}", feeds, f"partners/{CALDER}")
        assert positions(await all_records(secured.client, topic)) == []
        wide = ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": "1000000"})
        await admin.alter_configs([wide])
    assert positions(await read(secured.client, topic, 3)) == [1, 2, 3]


async def test_what_is_recorded_while_the_brokers_are_away_comes_when_they_are_back(
    feeds: Door, secured: SecuredKafka
) -> None:
    partner = f"partners/{NORTHLAKE}"
    await asyncio.to_thread(secured.broker.kill)
    latest = (await feeds.feed(feeds.client(partner))).latest_position
    await feeds.publish(*(slot_event(f"s{number}", partner=partner) for number in range(400, 420)))
    await feeds.until(partner, latest + 20)
    await asyncio.to_thread(secured.broker.restart)
    await _whole(as_client(secured.settings(NORTHLAKE)), f"{PREFIX}{NORTHLAKE}", feeds, partner)


async def test_who_reads_a_topic_is_killed_and_comes_back_and_has_every_event_once_and_in_order(
    feeds: Door, secured: SecuredKafka
) -> None:
    """An hour of the clock, from the partner's topic here and from its own Kafka, which its feed is pushed to."""
    partner = Pushed(feeds, secured)
    await know_by_scram(secured, partner.path)
    async with secured.admin() as admin:
        await admin.create_topics([NewTopic(partner.topic, 3, 1)])
    ours, name = as_client(secured.settings(partner.path, "SCRAM-SHA-512")), partner.partner
    readers = [
        TopicReader(feeds, name, 1, ours, f"{PREFIX}{partner.path}"),
        PushedTopicReader(feeds, name, 2, secured.client, partner.topic),
    ]
    endpoint = await partner.to_topic()
    await an_hour(feeds, name, readers)
    feed = await whole_feed(feeds, name)
    for reader in readers:
        check(reader, feed)
    await partner.call("DeleteEndpoint", name=endpoint)


class Dying:
    """Topics beside which the relay dies now and then: before the records are kept, or after."""

    def __init__(self, topics: KafkaFeedTopics, last: int, chance: random.Random) -> None:
        self._topics, self._last, self._chance = topics, last, chance
        self.deaths = {"before": 0, "after": 0}
        self.finished = asyncio.Event()

    async def send(self, partner: str, records: Sequence[Record]) -> None:
        """Sends, and may never return."""
        if self._chance.random() < 0.3:
            self._die("before")
        await self._topics.send(partner, records)
        if self._chance.random() < 0.3:
            self._die("after")
        if dict(records[-1][2])["feedposition"] == b"%d" % self._last:
            self.finished.set()

    def _die(self, when: str) -> None:
        self.deaths[when] += 1
        raise Killed


class Killed(Exception):
    """As a process that is killed: what it did last is known to nobody."""


async def test_a_relay_that_is_killed_again_and_again_leaves_nothing_out_and_no_order_wrong(
    databases: Databases, secured: SecuredKafka
) -> None:
    dsn, partner, prefix, last = (
        await databases.prepared("streams", streams_schema),
        "partners/killed",
        a_prefix(),
        2000,
    )
    database = await Database.connect(dsn, "streams")
    copies = [copy_of(slot_event(f"s{number % 300}", partner=partner), partner) for number in range(last)]
    async with database.transaction() as conn:
        await store.append(conn, copies, NOON)
    topics = KafkaFeedTopics(secured.settings(), prefix, timedelta(days=30))
    dying = Dying(topics, last, random.Random(7))
    try:
        while not dying.finished.is_set():
            relay = FeedRelay(database, dying, lambda entry: structured_record(entry, cloud_event(entry)))
            running, over = asyncio.ensure_future(relay.run()), asyncio.ensure_future(dying.finished.wait())
            await asyncio.wait((running, over), return_when=asyncio.FIRST_COMPLETED)
            for task in (running, over):
                task.cancel()
            with suppress(ExceptionGroup, asyncio.CancelledError):
                await running
        found = positions(await all_records(secured.client, f"{prefix}killed"))
    finally:
        await topics.close()
        await database.close()
    assert min(dying.deaths.values()) >= 3
    assert len(found) > last  # something came twice, or this tells nothing
    assert once(found) == list(range(1, last + 1))


def positions(records: Sequence[Found]) -> list[int]:
    """The places in the feed of records, as their headers say."""
    return [int(dict(record.headers)["feedposition"]) for record in records]


def once(found: Sequence[int]) -> list[int]:
    """What a reader keeps that passes over what is not higher than the highest so far."""
    kept: list[int] = []
    for position in found:
        if not kept or position > kept[-1]:
            kept.append(position)
    return kept


async def _whole(client: dict[str, object], topic: str, feeds: Door, partner: str) -> None:
    """Waits until a topic has all of a feed, and looks that it is in order."""
    latest = (await feeds.feed(feeds.client(partner))).latest_position
    async with a_consumer(client, topic, f"{partner.removeprefix('partners/')}.whole") as consumer:
        found: list[Found] = []
        while not found or positions(found)[-1] < latest:
            found += await taken(consumer, 1)
    assert once(positions(found)) == list(range(1, latest + 1))
    assert json.loads(found[-1].value or b"")["feedposition"] == str(latest)


def _narrow(topic: str) -> NewTopic:
    return NewTopic(topic, 1, 1, topic_configs={"max.message.bytes": "300"})
