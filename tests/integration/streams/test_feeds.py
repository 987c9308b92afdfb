"""A partner's feed: what is in it, in which order, without what, and who reads it."""

from datetime import timedelta
from typing import Any

import pytest
from doselane.slotting.v1.events_pb2 import SlotConfirmed
from doselane.streams.v1.feed_pb2 import FeedEvent

from services.kernel.errors import Invalid, NotFound, RuleViolation
from services.kernel.timestamps import stamp
from services.streams import store
from tests.integration.streams.conftest import RETENTION, Door, Subscriber
from tests.support.status import TRACE, at, shipment_event, slot_event


async def test_a_feed_is_there_before_anything_happened(door: Door) -> None:
    partner = door.partner()
    feed = await door.feed(door.client(partner))
    assert (feed.name, feed.partner) == (partner.replace("partners", "feeds"), partner)
    assert (feed.latest_position, feed.HasField("earliest_position")) == (0, False)
    assert feed.retention.seconds == RETENTION.total_seconds()


async def test_positions_have_no_gaps_and_neither_have_the_numbers_of_a_subject(door: Door) -> None:
    partner, stranger = door.partner(), door.partner()
    await door.publish(
        slot_event("a", "held", 1, partner=partner),
        slot_event("b", "held", 1, partner=stranger),
        slot_event("a", "confirmed", 2, partner=partner),
        slot_event("c", "confirmed", 7, partner=partner),  # what came before was not this partner's
        slot_event("a", "released", 3, partner=partner),
    )
    await door.until(partner, 4)
    events = (await door.listed(door.client(partner))).events
    assert [(each.position, each.subject, each.sequence) for each in events] == [
        (1, "slots/a", 1),
        (2, "slots/a", 2),
        (3, "slots/c", 1),
        (4, "slots/a", 3),
    ]
    [other] = (await door.listed(door.client(stranger))).events
    assert (other.position, other.subject) == (1, "slots/b")


async def test_an_event_has_the_attributes_of_a_cloud_event_and_its_data_without_the_patient(door: Door) -> None:
    partner = door.partner()
    published = slot_event("a", partner=partner)
    await door.publish(published)
    await door.until(partner, 1)
    [event] = (await door.listed(door.client(partner))).events
    assert (event.id, event.type, event.source) == (str(published.id), published.type, published.source)
    assert (event.time, event.traceparent) == (stamp(published.time), TRACE)
    said = SlotConfirmed()
    assert event.data.Unpack(said)
    whole = SlotConfirmed.FromString(published.data)
    assert whole.slot.patient_reference
    whole.slot.ClearField("patient_reference")
    assert said == whole


async def test_an_event_that_comes_twice_is_told_once(door: Door) -> None:
    partner = door.partner()
    event = slot_event("a", partner=partner)
    await door.publish(event, event, slot_event("b", partner=partner), event)
    await door.until(partner, 2)
    await door.recorded(partner, 1, first=3)
    assert [each.subject for each in (await door.listed(door.client(partner))).events] == [
        "slots/a",
        "slots/b",
        "slots/s3",
    ]


async def test_what_belongs_to_no_partner_or_is_not_for_partners_is_told_to_nobody(door: Door) -> None:
    partner = door.partner()
    own = slot_event("x", partner="")
    await door.publish(own)
    await door.recorded(partner, 1)
    rows = await door.database.pool.fetch("SELECT event_id FROM feed_entry WHERE event_id = $1", own.id)
    assert rows == []


@pytest.mark.parametrize(
    ("asked", "positions"),
    [
        ({}, [1, 2, 3, 4]),
        ({"types": ["doselane.slotting.*"]}, [1, 2, 4]),
        ({"types": ["doselane.slotting.slot.held.v1"]}, [1]),
        ({"types": ["doselane.slotting.slot.held.v1", "doselane.distribution.*"]}, [1, 3]),
        ({"types": ["doselane.slot.*"]}, []),
        ({"subjects": ["slots/a"]}, [1, 4]),
        ({"subjects": ["slots/a", "slots/b"], "types": ["doselane.slotting.slot.confirmed.v1"]}, [2, 4]),
        ({"first_position": 2, "last_position": 3}, [2, 3]),
        ({"last_position": 2}, [1, 2]),
        ({"first_position": 5}, []),
    ],
)
async def test_a_filter_lets_through_what_it_names_in_a_list_and_in_a_subscription(
    door: Door, asked: dict[str, list[str]], positions: list[int]
) -> None:
    partner = door.partner()
    await door.publish(slot_event("a", "held", partner=partner))
    await door.until(partner, 1)
    await door.publish(slot_event("b", partner=partner))
    await door.until(partner, 2)
    await door.publish(shipment_event("a", partner=partner))
    await door.until(partner, 3)
    await door.publish(slot_event("a", "confirmed", 2, partner=partner))
    await door.until(partner, 4)
    events = (await door.listed(door.client(partner), **asked)).events
    assert [each.position for each in events] == positions
    if "first_position" not in asked and "last_position" not in asked:
        subscriber = Subscriber(door.client(partner), start="EARLIEST", **asked)
        assert await subscriber.positions(len(positions)) == positions
        await subscriber.aclose()


async def test_a_list_comes_in_pages_that_go_on_after_what_was_shown(door: Door) -> None:
    partner, seen, token = door.partner(), list[FeedEvent](), ""
    await door.recorded(partner, 5)
    while True:
        page = await door.listed(door.client(partner), page_size=2, page_token=token)
        seen += page.events
        token = page.next_page_token
        if not token:
            break
    assert [each.position for each in seen] == [1, 2, 3, 4, 5]


async def test_instants_bound_a_list_and_begin_a_subscription(door: Door) -> None:
    partner = door.partner()
    client, moments = door.client(partner), []
    for place in range(1, 4):
        door.clock.advance(timedelta(minutes=1))
        moments.append(stamp(door.clock.now()))
        await door.recorded(partner, 1, first=place)
    listed = await door.listed(client, start_time=moments[1], end_time=moments[2])
    assert [each.position for each in listed.events] == [2]
    assert listed.events[0].record_time == moments[1]
    subscriber = Subscriber(client, start_time=moments[1])
    assert await subscriber.positions(2) == [2, 3]
    await subscriber.aclose()
    late = Subscriber(client, start_time=stamp(door.clock.now() + timedelta(minutes=1)))
    assert (await late.next()).HasField("keep_alive")
    await door.recorded(partner, 1, first=4)
    assert await late.positions(1) == [4]
    await late.aclose()


@pytest.mark.parametrize("call", ["GetFeed", "ListFeedEvents", "Subscribe"])
async def test_a_feed_of_another_partner_answers_as_one_that_is_not_there(door: Door, call: str) -> None:
    partner, stranger = door.partner(), door.partner()
    await door.recorded(partner, 1)
    for name in (partner.replace("partners", "feeds"), "feeds/nobody-ever"):
        with pytest.raises(NotFound) as refused:
            await _ask(door, call, stranger, name)
        assert refused.value.facts == {"name": name}
    assert await _ask(door, call, partner, partner.replace("partners", "feeds"))


async def _ask(door: Door, call: str, partner: str, name: str) -> object:
    client = door.client(partner)
    if call == "GetFeed":
        return await door.feed(client, name)
    if call == "ListFeedEvents":
        return await door.listed(client, parent=name)
    subscriber = Subscriber(client, parent=name)
    try:
        return await subscriber.next()
    finally:
        await subscriber.aclose()


async def test_operators_read_any_feed_that_there_is(door: Door) -> None:
    partner = door.partner()
    await door.recorded(partner, 2)
    name, operator = partner.replace("partners", "feeds"), door.operator()
    assert (await door.feed(operator, name)).latest_position == 2
    assert len((await door.listed(operator, parent=name)).events) == 2
    with pytest.raises(NotFound):
        await door.feed(operator, "feeds/nobody-ever")


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"first_position": 3, "last_position": 2}, "last_position"),
        ({"start_time": stamp(at(1)), "end_time": stamp(at(1))}, "end_time"),
        ({"types": ["doselane.*.x"]}, "types[0]"),
        ({"page_token": "x"}, "page_token"),
    ],
)
async def test_what_cannot_be_asked_of_a_list_is_named(door: Door, asked: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await door.listed(door.client(door.partner()), **asked)
    assert refused.value.facts["field"] == field


async def test_what_is_kept_no_more_is_said_to_be_gone_wherever_it_is_asked_for(door: Door) -> None:
    partner = door.partner()
    client, began_at = door.client(partner), door.clock.now()
    await door.recorded(partner, 3)
    old_cursor, old = (await door.feed(client)).earliest_cursor, await door.listed(client, page_size=1)
    reading = Subscriber(client, start="EARLIEST")
    assert await reading.positions(1) == [1]
    await reading.aclose()
    door.clock.advance(RETENTION + timedelta(days=1))
    await door.recorded(partner, 2, first=4)
    assert await store.keep_days(door.database, door.clock.now(), RETENTION) >= 1
    feed = await door.feed(client)
    assert (feed.earliest_position, feed.latest_position) == (4, 5)
    gone: dict[str, Any]
    for gone, field in (
        ({"cursor": reading.cursor}, "cursor"),
        ({"cursor": old_cursor}, "cursor"),
        ({"start_time": stamp(began_at)}, "start_time"),
    ):
        with pytest.raises(RuleViolation) as refused:
            await Subscriber(client, **gone).next()
        assert (refused.value.reason, refused.value.facts["field"]) == ("CURSOR_EXPIRED", field)
        again = Subscriber(client, cursor=refused.value.facts["earliest_cursor"])
        assert await again.positions(2) == [4, 5]
        await again.aclose()
    for gone, field in (
        ({"page_token": old.next_page_token, "page_size": 1}, "page_token"),
        ({"first_position": 2}, "first_position"),
        ({"start_time": stamp(began_at)}, "start_time"),
    ):
        with pytest.raises(RuleViolation) as refused:
            await door.listed(client, **gone)
        assert (refused.value.reason, refused.value.facts["field"]) == ("CURSOR_EXPIRED", field)
    assert [each.position for each in (await door.listed(client)).events] == [4, 5]
    earliest = Subscriber(client, start="EARLIEST")
    assert await earliest.positions(2) == [4, 5]
    await earliest.aclose()
