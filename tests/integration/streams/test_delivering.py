"""Webhooks: signed, in order, again for as long as the dose has time, and never silent about what was not delivered."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.formats.json import JSONFormat
from doselane.streams.v1.endpoint_pb2 import DeliveryAttempt, Endpoint, ParkedEvent
from doselane.type.v1.type_pb2 import Activity

from services.kernel.timestamps import stamp
from tests.integration.streams.conftest import Door
from tests.integration.streams.webhooks import Subscribed, ids
from tests.support.receiver import ReceivedHook, Receiver, receiving

S = timedelta(seconds=1)


@pytest.fixture(scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    """One receiver for all: each test has paths of its own."""
    async with receiving() as opened:
        yield opened


@pytest.fixture
async def partner(door: Door, receiver: Receiver) -> Subscribed:
    """A partner of the test's own."""
    return Subscribed(door, receiver)


async def test_an_event_arrives_signed_and_two_foreign_libraries_read_it(partner: Subscribed) -> None:
    created = await partner.create()
    published = partner.confirmed("a")
    await partner.publish(published)
    [hook] = await partner.receiver.got(partner.path, 1)
    assert hook.verified(created.secret)["id"] == str(published.id) == hook.id
    assert abs(int(hook.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60  # not the sandbox's clock
    event = from_http_event(HTTPMessage(hook.headers, hook.body), JSONFormat())
    assert (event.get_type(), event.get_subject()) == (published.type, published.subject)
    said: Any = event.get_data()
    assert said["slot"]["name"] == published.subject
    assert "patientReference" not in said["slot"]
    assert hook.headers["content-type"].startswith("application/cloudevents+json")


async def test_events_of_a_subject_keep_their_order_and_a_slow_one_holds_up_no_other(partner: Subscribed) -> None:
    release = asyncio.Event()

    async def answer(hook: ReceivedHook) -> web.Response:
        if hook.event["subject"].endswith("-slow"):
            await release.wait()
        return web.Response()

    partner.receiver.answers[partner.path] = answer
    await partner.create()
    events = [partner.confirmed("slow"), partner.confirmed("slow", 2)]
    events += [partner.confirmed(f"d{number % 5}", number // 5 + 1) for number in range(40)]
    await partner.publish(*events)
    hooks = await partner.receiver.got(partner.path, 41)  # all but the second of the slow one
    release.set()
    hooks = await partner.receiver.got(partner.path, 42)
    for subject in {event.subject for event in events}:
        sent = [hook.id for hook in hooks if hook.event["subject"] == subject]
        assert sent == [str(event.id) for event in events if event.subject == subject]


async def test_an_endpoint_gets_what_its_filters_let_through(partner: Subscribed) -> None:
    await partner.create("exact", types=["doselane.slotting.slot.confirmed.v1"])
    beginning = f"{partner.path}/beginning"
    await partner.create(beginning, types=["doselane.slotting.*"], subjects=[f"slots/{partner.path}-b"])
    mine = partner.confirmed("b")
    await partner.publish(partner.confirmed("a"), mine)
    assert ids(await partner.receiver.got(beginning, 1)) == [str(mine.id)]


async def test_what_fails_is_sent_again_and_what_is_behind_it_waits(partner: Subscribed) -> None:
    statuses = iter([500, 302, 404])
    partner.receiver.answers[partner.path] = lambda hook: (
        next(statuses, 200) if hook.event["subject"].endswith("-a") else 200
    )
    created = await partner.create()
    first, behind, other = partner.confirmed("a"), partner.confirmed("a", 2), partner.confirmed("b")
    await partner.publish(first, behind, other)
    await partner.receiver.got(partner.path, 2)
    for expected in (3, 4, 6):
        while (await partner.get(created.endpoint.name)).waiting_subjects == 0:
            await partner.saved()
        partner.later(5 * S)
        hooks = await partner.receiver.got(partner.path, expected)
    assert sorted(ids(hooks)[:2]) == sorted([str(first.id), str(other.id)])
    assert ids(hooks)[2:] == [str(first.id)] * 3 + [str(behind.id)]
    while (await partner.get(created.endpoint.name)).waiting_subjects:
        await partner.saved()
    tried = await partner.attempts(created.endpoint.name, event_id=str(first.id))
    assert [(each.number, each.status, each.delivered) for each in tried] == [
        (4, 200, True),
        (3, 404, False),
        (2, 302, False),
        (1, 500, False),
    ]
    assert tried[1].HasField("next_try_time") and not tried[0].HasField("next_try_time")
    failed = await partner.attempts(created.endpoint.name, failed_only=True)
    assert [each.status for each in failed] == [404, 302, 500]


async def test_an_endpoint_that_fails_is_told_of_and_so_is_that_it_is_back(partner: Subscribed) -> None:
    broken = True
    partner.receiver.answers[partner.path] = lambda _: 503 if broken else 200
    second, watching = f"{partner.path}/second", f"{partner.path}/watching"
    await partner.create(watching, types=["doselane.streams.*"])
    created = await partner.create(second_channel_url=partner.receiver.url(second))
    published = partner.confirmed("a")
    await partner.publish(published)
    for count in range(1, 6):
        if count > 1:
            partner.later(20 * S)
        await partner.receiver.got(partner.path, count)
        await partner.tried(created.endpoint.name, count)
    failing = await partner.until(created.endpoint.name, Endpoint.FAILING)
    assert failing.state_detail == "it answered 503"
    [told] = await partner.receiver.got(second, 1)
    said = told.verified(created.secret)
    assert (said["type"], said["subject"]) == ("doselane.streams.endpoint.failing.v1", created.endpoint.name)
    assert said["data"]["attempt"]["eventId"] == str(published.id)
    assert "secret" not in told.body.decode().lower()
    broken = False
    partner.later(120 * S)
    await partner.until(created.endpoint.name, Endpoint.ENABLED)
    told = (await partner.receiver.got(second, 2))[1]
    assert told.event["type"] == "doselane.streams.endpoint.recovered.v1"
    rows = await partner.door.database.pool.fetch(
        "SELECT type, sequence, partner FROM outbox WHERE subject = $1 ORDER BY sequence", created.endpoint.name
    )
    assert [tuple(row) for row in rows] == [
        ("doselane.streams.endpoint.failing.v1", 1, partner.partner),
        ("doselane.streams.endpoint.recovered.v1", 2, partner.partner),
    ]
    others = await partner.receiver.got(watching, 2)
    assert [(hook.id, hook.event["type"]) for hook in others] == [
        (said["id"], "doselane.streams.endpoint.failing.v1"),
        (told.event["id"], "doselane.streams.endpoint.recovered.v1"),
    ]
    read = (await partner.door.listed(partner.door.client(partner.partner))).events
    assert [each.type.split(".")[3] for each in read] == ["confirmed", "failing", "recovered"]
    assert set(ids(await partner.receiver.got(partner.path, 6))) == {str(published.id)}  # nothing of itself


async def test_news_of_endpoints_that_are_not_taken_make_no_endpoint_fail(partner: Subscribed) -> None:
    """Two endpoints that take no news of endpoints would otherwise have news of each other without end."""
    partner.receiver.answers[partner.path] = lambda hook: (
        400 if hook.event["subject"].startswith("endpoints/") or hook.event["subject"].endswith("-bad") else 200
    )
    both = [(await partner.create()).endpoint.name for _ in range(2)]

    async def later_until(done: Callable[[], Awaitable[bool]]) -> None:
        while not await done():
            partner.later(60 * S)
            await partner.saved()

    async def in_state(state: int) -> bool:
        return all([(await partner.get(name)).state == state for name in both])

    async def tried() -> bool:
        """Whether the news of the other was tried far more often than makes an endpoint fail."""
        return all([max(each.number for each in await partner.attempts(name)) > 9 for name in both])

    await partner.publish(partner.confirmed("bad"))
    await later_until(lambda: in_state(Endpoint.FAILING))
    partner.receiver.answers[partner.path] = lambda hook: 400 if hook.event["subject"].startswith("endpoints/") else 200
    await later_until(lambda: in_state(Endpoint.ENABLED))
    await later_until(tried)
    assert await in_state(Endpoint.ENABLED)
    feed = await partner.door.feed(partner.door.client(partner.partner))
    assert feed.latest_position == 1 + 2 * 2  # each has failed and recovered once


async def test_a_dose_is_tried_until_its_time_is_over_and_then_parked_where_it_can_be_sent_from(
    partner: Subscribed,
) -> None:
    broken = True
    partner.receiver.answers[partner.path] = lambda _: web.Response(status=500 if broken else 200, text="no \x00 luck")
    created = await partner.create()
    name, ends_at = created.endpoint.name, partner.door.clock.now() + timedelta(minutes=2)
    published = partner.confirmed("a", administration=Activity(activity_mbq=7400, time=stamp(ends_at)))
    behind = partner.confirmed("a", 2)
    await partner.publish(published, behind)
    await partner.receiver.got(partner.path, 1)
    tried = await partner.tried(name, 1)
    assert tried[0].response_start == b"no \x00 luck"
    partner.later(timedelta(minutes=1))
    await partner.receiver.got(partner.path, 2)
    tried = await partner.tried(name, 2)
    assert tried[0].next_try_time.ToDatetime(UTC) <= ends_at
    partner.later(timedelta(minutes=1))
    hooks = await partner.receiver.until(partner.path, lambda hooks: str(behind.id) in ids(hooks))
    while not (parked := await partner.parked(name)):
        await partner.saved()
    [given_up] = parked
    assert (given_up.event_id, given_up.reason) == (str(published.id), ParkedEvent.OUT_OF_TIME)
    assert (given_up.attempts, given_up.detail) == (3, "it answered 500: no   luck")
    assert ids(hooks)[:3] == [str(published.id)] * 3
    broken = False
    attempt = await partner.call("ResendEvent", name=name, event_id=given_up.event_id)
    assert (attempt.delivered, attempt.cause) == (True, DeliveryAttempt.RESEND)
    assert not await partner.parked(name)


async def test_an_endpoint_that_is_gone_is_disabled_and_goes_on_when_it_is_enabled(partner: Subscribed) -> None:
    gone = True
    partner.receiver.answers[partner.path] = lambda _: 410 if gone else 200
    second = f"{partner.path}/second"
    created = await partner.create(second_channel_url=partner.receiver.url(second))
    first, later = partner.confirmed("a"), partner.confirmed("b")
    await partner.publish(first)
    disabled = await partner.until(created.endpoint.name, Endpoint.DISABLED)
    assert disabled.state_detail == "GONE: it answered 410"
    [told] = await partner.receiver.got(second, 1)
    assert told.event["type"] == "doselane.streams.endpoint.disabled.v1"
    await partner.publish(later)
    await partner.door.until(partner.partner, 2)
    partner.later(timedelta(hours=1))
    assert len(partner.receiver.hooks[partner.path]) == 1
    gone = False
    await partner.call("EnableEndpoint", name=created.endpoint.name)
    hooks = await partner.receiver.got(partner.path, 3)
    assert sorted(ids(hooks)[1:]) == sorted([str(first.id), str(later.id)])


@pytest.mark.parametrize("status", [429, 503])
async def test_who_asks_to_be_left_alone_is(partner: Subscribed, status: int) -> None:
    asked = True
    partner.receiver.answers[partner.path] = lambda _: web.Response(
        status=status if asked else 200, headers={"retry-after": "120"}
    )
    created = await partner.create()
    await partner.publish(partner.confirmed("a"))
    await partner.receiver.got(partner.path, 1)
    tried = await partner.tried(created.endpoint.name, 1)
    assert tried[0].next_try_time.ToDatetime(UTC) - tried[0].send_time.ToDatetime(UTC) == 120 * S
    await partner.publish(partner.confirmed("b"))
    await partner.door.until(partner.partner, 2)
    asked = False
    partner.later(119 * S)
    await asyncio.wait_for(looked(partner), 20)
    assert len(partner.receiver.hooks[partner.path]) == 1
    partner.later(S)
    assert len(await partner.receiver.got(partner.path, 3)) == 3


async def looked(partner: Subscribed) -> None:
    """Waits until another endpoint, with news that are younger, was served: whoever delivers has looked meanwhile."""
    other = Subscribed(partner.door, partner.receiver)
    await other.create()
    await other.publish(other.confirmed("a"))
    await other.receiver.got(other.path, 1)


async def test_a_span_of_time_is_sent_again(partner: Subscribed) -> None:
    created = await partner.create()
    events = [partner.confirmed(f"d{number}") for number in range(3)]
    times = []
    for number, event in enumerate(events, 1):
        partner.later(S)
        times.append(partner.door.clock.now())
        await partner.publish(event)
        await partner.receiver.got(partner.path, number)
    while (await partner.get(created.endpoint.name)).position < 3:
        await partner.saved()
    await partner.call(
        "RecoverEndpoint", name=created.endpoint.name, start_time=stamp(times[1]), end_time=stamp(times[2])
    )
    hooks = await partner.receiver.got(partner.path, 4)
    assert ids(hooks)[3:] == [str(events[1].id)]
    while (await partner.get(created.endpoint.name)).HasField("recovery"):
        await partner.saved()
    tried = await partner.attempts(created.endpoint.name, event_id=str(events[1].id))
    assert [each.cause for each in tried] == [DeliveryAttempt.RECOVERY, DeliveryAttempt.FEED]


async def test_a_recovery_that_is_asked_for_while_something_is_sent_is_not_forgotten(partner: Subscribed) -> None:
    release = asyncio.Event()

    async def answer(hook: ReceivedHook) -> web.Response:
        if hook.event["subject"].endswith("-slow"):
            await release.wait()
        return web.Response()

    partner.receiver.answers[partner.path] = answer
    created = await partner.create()
    since, first = partner.door.clock.now(), partner.confirmed("a")
    await partner.publish(first)
    await partner.receiver.got(partner.path, 1)
    while (await partner.get(created.endpoint.name)).position < 1:
        await partner.saved()
    await partner.publish(partner.confirmed("slow"))
    await partner.receiver.got(partner.path, 2)
    await partner.call("RecoverEndpoint", name=created.endpoint.name, start_time=stamp(since))
    release.set()
    await partner.receiver.until(partner.path, lambda hooks: ids(hooks).count(str(first.id)) == 2)


async def test_what_comes_after_a_change_is_sent_as_the_endpoint_is_by_then(partner: Subscribed) -> None:
    created = await partner.create()
    for number in range(3):  # whoever sends stays with the feed for a moment, and must hear of the change
        await partner.publish(partner.confirmed(f"a{number}"))
        await partner.receiver.got(partner.path, number + 1)
    elsewhere = f"{partner.path}-moved"
    await partner.call(
        "UpdateEndpoint",
        endpoint={"name": created.endpoint.name, "url": partner.receiver.url(elsewhere)},
        update_mask={"paths": ["url"]},
    )
    await partner.publish(partner.confirmed("b"))
    await partner.receiver.got(elsewhere, 1)
    assert len(await partner.receiver.got(partner.path, 3)) == 3


async def test_a_recovery_goes_on_where_it_was_not_taken(partner: Subscribed) -> None:
    created = await partner.create()
    since = partner.door.clock.now()
    events = [partner.confirmed(f"d{number}") for number in range(3)]
    await partner.publish(*events)
    await partner.receiver.got(partner.path, 3)
    while (await partner.get(created.endpoint.name)).position < 3:
        await partner.saved()
    broken = True
    partner.receiver.answers[partner.path] = lambda hook: 500 if broken and hook.id == str(events[1].id) else 200
    await partner.call("RecoverEndpoint", name=created.endpoint.name, start_time=stamp(since))
    await partner.receiver.got(partner.path, 6)
    while (await partner.get(created.endpoint.name)).recovery.position != 1:
        await partner.saved()
    broken = False
    partner.later(2 * S)
    await partner.receiver.until(partner.path, lambda hooks: ids(hooks).count(str(events[2].id)) == 3)
    while (await partner.get(created.endpoint.name)).HasField("recovery"):
        await partner.saved()


async def test_both_keys_sign_while_one_replaces_the_other(partner: Subscribed) -> None:
    created = await partner.create()
    name = created.endpoint.name
    rotated = await partner.call("RotateSecret", name=name, overlap=timedelta(hours=1))
    await partner.publish(partner.confirmed("a"))
    [hook] = await partner.receiver.got(partner.path, 1)
    assert hook.verified(created.secret) == hook.verified(rotated.secret)
    partner.later(timedelta(hours=1))
    await partner.publish(partner.confirmed("b"))
    hook = (await partner.receiver.got(partner.path, 2))[1]
    assert hook.headers["webhook-signature"].count("v1,") == 1
    assert hook.verified(rotated.secret)


async def test_an_endpoint_that_nobody_answers_at_says_so(partner: Subscribed) -> None:
    created = await partner.create()
    await partner.call(
        "UpdateEndpoint",
        endpoint={"name": created.endpoint.name, "url": "http://127.0.0.1:1/nobody"},
        update_mask={"paths": ["url"]},
    )
    attempt = await partner.call("TestEndpoint", name=created.endpoint.name)
    assert (attempt.delivered, attempt.HasField("status")) == (False, False)
    assert attempt.fault.startswith("no connection: ")
