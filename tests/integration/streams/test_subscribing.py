"""Subscriptions: all that is there, then what comes, without a gap or a repeat, for fast and slow and broken ones."""

import asyncio
from datetime import timedelta

import pytest
from doselane.streams.v1.feed_pb2 import FeedEvent

from services.kernel.errors import Invalid, RuleViolation
from services.streams import store
from tests.integration.streams.conftest import RETENTION, Door, Subscriber
from tests.integration.streams.killed import (
    GrpcReader,
    PushedTopicReader,
    Read,
    SseReader,
    WebhookReader,
    an_edge,
    an_hour,
    check,
    whole_feed,
)
from tests.integration.streams.webhooks import Subscribed
from tests.support.receiver import Receiver
from tests.support.status import slot_event


async def test_a_subscription_begins_now_unless_it_says_otherwise(door: Door) -> None:
    partner = door.partner()
    await door.recorded(partner, 1)
    for asked in ({}, {"start": "LATEST"}):
        subscriber = Subscriber(door.client(partner), **asked)
        assert (await subscriber.next()).HasField("keep_alive")
        latest = (await door.feed(door.client(partner))).latest_position
        await door.recorded(partner, 1, first=latest + 1)
        assert await subscriber.positions(1) == [latest + 1]
        await subscriber.aclose()


async def test_its_first_answer_has_a_cursor_from_which_nothing_is_missed(door: Door) -> None:
    partner = door.partner()
    subscriber = Subscriber(door.client(partner))
    await subscriber.next()
    await subscriber.aclose()
    await door.recorded(partner, 2)
    again = Subscriber(door.client(partner), cursor=subscriber.cursor)
    assert await again.positions(2) == [1, 2]
    await again.aclose()


async def test_the_cursor_goes_before_where_the_subscription_began(door: Door) -> None:
    partner = door.partner()
    await door.recorded(partner, 3)
    first = Subscriber(door.client(partner), start="EARLIEST")
    await first.positions(2)
    await first.aclose()
    again = Subscriber(door.client(partner), start="EARLIEST", cursor=first.cursor)
    assert await again.positions(1) == [3]
    await again.aclose()


async def test_a_sign_of_life_comes_also_while_all_that_happens_is_filtered_and_brings_the_reader_on(
    door: Door,
) -> None:
    partner = door.partner()
    subscriber = Subscriber(door.client(partner), subjects=["slots/rare"])
    await subscriber.next()
    await door.recorded(partner, 20)
    while True:
        assert (await subscriber.next()).HasField("keep_alive")
        again = Subscriber(door.client(partner), cursor=subscriber.cursor)
        assert (await again.next()).HasField("keep_alive")
        following = await again.next()
        await again.aclose()
        if following.HasField("keep_alive"):
            break  # the cursor stands behind all twenty
    await door.publish(slot_event("rare", partner=partner))
    assert await subscriber.positions(1) == [21]
    await subscriber.aclose()


async def test_all_who_follow_a_feed_see_the_same_while_it_grows(door: Door) -> None:
    partner = door.partner()
    publishing = asyncio.create_task(door.recorded(partner, 600))
    subscribers = [Subscriber(door.client(partner), start="EARLIEST") for _ in range(4)]
    found = await asyncio.gather(*(each.positions(600) for each in subscribers))
    await publishing
    assert all(each == list(range(1, 601)) for each in found)
    for each in subscribers:
        await each.aclose()


async def test_one_that_does_not_read_holds_up_nobody(door: Door) -> None:
    partner = door.partner()
    slow, fast = (Subscriber(door.client(partner), start="EARLIEST") for _ in range(2))
    await slow.next()
    await door.recorded(partner, 500)
    assert await fast.positions(500) == list(range(1, 501))
    assert await slow.positions(500) == list(range(1, 501))
    for each in (slow, fast):
        await each.aclose()


async def test_who_is_killed_and_comes_back_at_random_has_every_event_once_and_in_order(door: Door) -> None:
    """An hour of the clock, by gRPC, server-sent events and webhooks; by Kafka it is in `test_feed_topics`."""
    partner = Subscribed(door, Receiver())
    called = WebhookReader(door, partner.partner, 3)
    async with an_edge(door) as edge_url, called.serving() as url:
        created = await partner.create(url=url)
        called.secret = created.secret
        readers = [GrpcReader(door, partner.partner, 1), SseReader(door, partner.partner, 2, edge_url), called]
        await an_hour(door, partner.partner, readers)
        await partner.call("DeleteEndpoint", name=created.endpoint.name)
    feed = await whole_feed(door, partner.partner)
    for reader in readers:
        check(reader, feed)


async def test_one_who_reads_so_slowly_that_its_place_is_gone_is_told_so(door: Door) -> None:
    partner = door.partner()
    await door.recorded(partner, 1)
    followed = Subscriber(door.client(partner))
    await followed.next()
    cursor = followed.cursor
    await followed.aclose()
    await door.recorded(partner, 1, first=2)
    door.clock.advance(RETENTION + timedelta(days=2))
    await store.keep_days(door.database, door.clock.now(), RETENTION)
    with pytest.raises(RuleViolation) as refused:
        await Subscriber(door.client(partner), cursor=cursor).next()
    assert (refused.value.reason, refused.value.facts["earliest_position"]) == ("CURSOR_EXPIRED", "3")
    again = Subscriber(door.client(partner), cursor=refused.value.facts["earliest_cursor"])
    await again.next()
    await door.recorded(partner, 1, first=3)
    assert await again.positions(1) == [3]
    await again.aclose()


async def test_a_cursor_is_good_for_its_own_feed_only(door: Door) -> None:
    partner, stranger = door.partner(), door.partner()
    cursor = (await door.feed(door.client(partner))).latest_cursor
    with pytest.raises(Invalid) as refused:
        await Subscriber(door.client(stranger), cursor=cursor).next()
    assert refused.value.facts["field"] == "cursor"


@pytest.mark.parametrize("fault", ["none", "one is missing", "one is out of order", "nothing came twice"])
def test_the_check_of_a_killed_reader_notices_what_is_wrong(fault: str) -> None:
    feed = [FeedEvent(id=str(n), subject=f"slots/{n % 2}", sequence=n // 2 + 1, position=n + 1) for n in range(6)]
    reader = PushedTopicReader(Door.__new__(Door), "partners/p", 1, {}, "t")
    told = [5, 0, 2] if fault == "one is out of order" else [0, 2]
    told += [1, 3, 4] if fault == "one is missing" else [1, 3, 4, 5]
    reader.deaths = 5
    for number in told if fault == "nothing came twice" else [*told, told[-1]]:
        event = feed[number]
        reader.keep(Read(event.id, event.subject, event.sequence))
    if fault == "none":
        check(reader, feed)
    else:
        with pytest.raises(AssertionError):
            check(reader, feed)
