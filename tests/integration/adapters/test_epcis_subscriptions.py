"""Subscriptions to EPCIS queries over real sockets: what is sent, when, how often, signed, and to whom not."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from jsonschema import Draft7Validator

from services.kernel.ids import uuid7
from services.local.postgres import Postgres
from tests.support.couriers import (
    COLD_KEY,
    NOW,
    CourierDesk,
    a_courier_desk,
    epcis_document,
    epcis_event,
    exchange_schema,
    signature,
)
from tests.support.interfaces import json_interface
from tests.support.subscribers import Subscriber, a_subscriber

KEY = {"x-api-key": COLD_KEY}
TOKEN = "13df38d8275b13f05704629e5f1cf3d45d6132d5"


@pytest.fixture(scope="module")
async def told_desk(postgres: Postgres) -> AsyncIterator[CourierDesk]:
    """A running host whose clock the tests move on; each test has a query and an address of its own."""
    dsn = postgres.create_database("couriers_told")
    await exchange_schema(dsn)
    async with a_courier_desk(dsn, look_every=timedelta(seconds=0.05)) as running:
        yield running


@pytest.fixture(scope="module")
async def subscriber() -> AsyncIterator[Subscriber]:
    async with a_subscriber() as running:
        yield running


class Subscription:
    """A subscription to a query about one object, at an address of its own."""

    def __init__(self, desk: CourierDesk, subscriber: Subscriber) -> None:
        self.desk, self.subscriber = desk, subscriber
        self.key = str(uuid7())
        self.about, self.dest = f"urn:x:object:{self.key}", subscriber.dest(self.key)
        self.queries, self.at = "/epcis/cold/queries", ""

    async def begins(self, **terms: Any) -> httpx.Response:
        """Names the query, and subscribes to it."""
        query = {"name": self.key, "query": {"MATCH_anyEPC": [self.about]}}
        assert (await self.desk.post(self.queries, query, KEY)).status_code in (201, 409)
        path = f"{self.queries}/{self.key}/subscriptions"
        answer = await self.desk.post(path, {"dest": self.dest, **terms}, KEY)
        self.at = answer.headers.get("location", "")
        return answer

    async def captured(self, number: int = 1, **changes: Any) -> list[str]:
        """Captures events about the object in one document; answers their ids."""
        events = [epcis_event(epcList=[self.about], **changes) for _ in range(number)]
        assert (await self.desk.capture(epcis_document(*events))).status_code == 202
        return [event["eventID"] for event in events]

    async def heard(self, number: int) -> list[list[str]]:
        """The ids of the events in each request, once there are so many."""
        return [each.event_ids for each in await self.subscriber.heard(self.key, number)]

    async def ends(self) -> httpx.Response:
        """Unsubscribes."""
        return await self.desk.http.delete(self.at, headers=KEY)


@pytest.fixture
def one(told_desk: CourierDesk, subscriber: Subscriber) -> Subscription:
    return Subscription(told_desk, subscriber)


@pytest.fixture
def other(told_desk: CourierDesk, subscriber: Subscriber) -> Subscription:
    return Subscription(told_desk, subscriber)


async def test_a_captured_event_that_meets_the_query_is_sent_at_once(one: Subscription) -> None:
    begun = await one.begins(stream=True, signatureToken=TOKEN)
    assert begun.status_code == 201
    assert begun.json()["subscriptionID"] == one.at.rpartition("/")[2]
    assert TOKEN not in begun.text
    (event_id,) = await one.captured()
    (told,) = await one.subscriber.heard(one.key, 1)
    results = told.document["epcisBody"]["queryResults"]
    assert (results["queryName"], results["subscriptionID"]) == (one.key, begun.json()["subscriptionID"])
    assert told.event_ids == [event_id]
    Draft7Validator(json_interface("standards/epcis/EPCIS-JSON-Schema.json")).validate(told.document)


async def test_what_is_sent_is_signed_and_says_its_versions(one: Subscription) -> None:
    await one.begins(stream=True, signatureToken=TOKEN)
    await one.captured()
    (told,) = await one.subscriber.heard(one.key, 1)
    assert told.headers["gs1-signature"] == "sha256=" + hmac.new(TOKEN.encode(), told.body, hashlib.sha256).hexdigest()
    assert told.headers["gs1-epcis-version"] == "2.0.0"
    assert told.headers["content-type"] == "application/json"
    assert "authorization" not in told.headers


async def test_without_a_token_nothing_is_signed(one: Subscription) -> None:
    await one.begins(stream=True)
    await one.captured()
    (told,) = await one.subscriber.heard(one.key, 1)
    assert "gs1-signature" not in told.headers


async def test_each_event_is_sent_once_in_the_order_of_the_record_and_what_does_not_meet_the_query_never(
    one: Subscription, other: Subscription
) -> None:
    await one.begins(stream=True)
    captured: list[str] = []
    for _ in range(3):
        captured += await one.captured(2)
        await other.captured()
    found = await one.heard(1)
    while sum(map(len, found)) < len(captured):
        found = await one.heard(len(found) + 1)
    assert [each for ids in found for each in ids] == captured


async def test_a_late_event_is_sent_too_because_its_record_time_counts(one: Subscription) -> None:
    await one.begins(stream=True)
    long_ago = (NOW - timedelta(days=20)).isoformat()
    assert await one.captured(eventTime=long_ago) == (await one.heard(1))[0]


async def test_what_was_recorded_before_is_sent_to_who_asks_for_it_and_to_nobody_else(
    one: Subscription, told_desk: CourierDesk
) -> None:
    earlier = await one.captured(2)
    told_desk.clock.advance(timedelta(minutes=1))
    since = told_desk.clock.now().isoformat()
    later = await one.captured(2)
    told_desk.clock.advance(timedelta(minutes=1))
    await one.begins(stream=True, initialRecordTime=since)
    assert await one.heard(1) == [later]
    assert not set(earlier) & {each for ids in await one.heard(1) for each in ids}
    last = Subscription(told_desk, one.subscriber)
    last.about = one.about
    await last.begins(stream=True)
    assert await last.captured() == (await last.heard(1))[0]


async def test_nothing_is_sent_that_was_recorded_before_a_time_to_come(
    one: Subscription, told_desk: CourierDesk
) -> None:
    begins_at = (told_desk.clock.now() + timedelta(hours=1)).isoformat()
    await one.begins(stream=True, initialRecordTime=begins_at)
    await one.captured()
    told_desk.clock.advance(timedelta(hours=2))
    assert await one.captured() == (await one.heard(1))[0]


async def test_many_events_come_in_batches(one: Subscription) -> None:
    await one.begins(stream=True)
    captured = await one.captured(250)
    found = await one.heard(3)
    assert [len(ids) for ids in found] == [100, 100, 50]
    assert [each for ids in found for each in ids] == captured


async def test_a_scheduled_query_runs_when_it_is_due(one: Subscription, told_desk: CourierDesk) -> None:
    told_desk.clock.advance_to(told_desk.clock.now().replace(hour=2, minute=0) + timedelta(days=1))
    await one.begins(schedule={"hour": "3", "minute": "5"})
    captured = await one.captured() + await one.captured()
    told_desk.clock.advance(timedelta(hours=1, minutes=4))
    captured += await one.captured()
    assert one.subscriber.at(one.key) == []
    told_desk.clock.advance(timedelta(minutes=2))
    assert await one.heard(1) == [captured]
    more = await one.captured()
    told_desk.clock.advance(timedelta(days=1))
    assert await one.heard(2) == [captured, more]


async def test_an_empty_report_comes_only_to_who_asks_for_it(
    one: Subscription, other: Subscription, told_desk: CourierDesk
) -> None:
    await one.begins(schedule={"second": "0/30"}, reportIfEmpty=True)
    await other.begins(schedule={"second": "0/30"})
    told_desk.clock.advance(timedelta(seconds=30))
    assert await one.heard(1) == [[]]
    captured = await other.captured()
    told_desk.clock.advance(timedelta(seconds=30))
    assert await other.heard(1) == [captured]
    assert (await one.heard(2))[1] == []


@pytest.mark.parametrize("answer", [(500, {}), (404, {}), (401, {}), (302, {"location": "/elsewhere"}), (429, {})])
async def test_what_was_not_taken_comes_again_unchanged_and_before_what_follows(
    one: Subscription, told_desk: CourierDesk, answer: tuple[int, dict[str, str]]
) -> None:
    one.subscriber.answers[one.key] = [answer, (503, {"retry-after": "7"})]
    await one.begins(stream=True, signatureToken=TOKEN)
    first = await one.captured()
    await one.heard(1)
    second = await one.captured()
    for number in (2, 3):
        await told_in_the_end(told_desk, one, number)
    first_told, again, and_again, *_ = one.subscriber.at(one.key)
    assert (again.body, again.headers["gs1-signature"]) == (first_told.body, first_told.headers["gs1-signature"])
    assert and_again.body == first_told.body
    assert (await one.heard(4))[2:] == [first, second]
    assert one.subscriber.at("elsewhere") == []


async def told_in_the_end(desk: CourierDesk, one: Subscription, number: int) -> None:
    """Moves the clock on until one more request comes: when it is tried again is up to the host."""
    async with asyncio.timeout(60):
        while len(one.subscriber.at(one.key)) < number:
            desk.clock.advance(timedelta(seconds=10))
            await asyncio.sleep(0.02)


async def test_a_subscriber_that_is_gone_is_not_asked_again(one: Subscription, told_desk: CourierDesk) -> None:
    one.subscriber.answers[one.key] = [(410, {})]
    await one.begins(stream=True)
    await one.captured()
    await one.heard(1)
    states = "SELECT state FROM delivery WHERE subject LIKE $1 || '/%' ORDER BY delivery_id"
    async with asyncio.timeout(60):
        while [row["state"] for row in await told_desk.database.pool.fetch(states, one.key)] != [3]:
            await asyncio.sleep(0.02)


async def test_a_subscription_says_when_it_was_last_told(one: Subscription, told_desk: CourierDesk) -> None:
    begun = (await one.begins(stream=True)).json()
    assert "lastNotifiedAt" not in begun
    await one.captured()
    await one.heard(1)
    shown: dict[str, Any] = {}
    async with asyncio.timeout(60):
        while "lastNotifiedAt" not in shown:
            shown = (await told_desk.http.get(one.at, headers=KEY)).json()
    expected = {"dest": one.dest, "stream": True, "queryName": one.key, "createdAt": begun["createdAt"]}
    assert expected.items() <= shown.items()
    listed = await told_desk.http.get(f"{one.queries}/{one.key}/subscriptions", headers=KEY)
    assert listed.json() == [shown]


async def test_who_unsubscribes_hears_no_more_of_what_waits(one: Subscription, other: Subscription) -> None:
    one.subscriber.answers[one.key] = [(503, {})] * 1000
    await one.begins(stream=True)
    await one.captured()
    await one.heard(1)
    assert (await one.ends()).status_code == 204
    waiting = "SELECT count(*) FROM delivery WHERE subject LIKE $1 || '/%' AND state = 1"
    assert await one.desk.database.pool.fetchval(waiting, one.key) == 0
    assert (await one.ends()).status_code == 404
    assert (await one.desk.http.get(one.at, headers=KEY)).status_code == 404
    await one.captured()
    # Whatever was recorded before the other hears is past, and nothing was made of it for the first.
    await other.begins(stream=True)
    await other.captured()
    await other.heard(1)
    assert await one.desk.database.pool.fetchval(waiting, one.key) == 0


async def test_with_its_query_a_subscription_ends(one: Subscription) -> None:
    await one.begins(stream=True)
    assert (await one.desk.http.delete(f"{one.queries}/{one.key}", headers=KEY)).status_code == 204
    assert (await one.desk.http.get(one.at, headers=KEY)).status_code == 404


async def test_the_subscriptions_of_a_query_are_listed_in_pages(one: Subscription) -> None:
    made = sorted([(await one.begins(stream=True)).json()["subscriptionID"] for _ in range(6)])
    found: list[list[str]] = []
    path = f"{one.queries}/{one.key}/subscriptions?perPage=2"
    while path:
        page = await one.desk.http.get(path, headers=KEY)
        found.append([each["subscriptionID"] for each in page.json()])
        path = page.links.get("next", {}).get("url", "")
    assert found == [made[:2], made[2:4], made[4:]]


async def test_another_account_neither_sees_nor_ends_nor_hears(one: Subscription, told_desk: CourierDesk) -> None:
    await one.begins(stream=True)
    theirs, signed = one.at.replace("/cold/", "/cold-signed/"), {"x-signature": signature(b"")}
    assert (await told_desk.http.get(theirs, headers=signed)).status_code == 404
    assert (await told_desk.http.delete(theirs, headers=signed)).status_code == 404
    body = b'{"name": "all", "query": {}}'
    answer = await told_desk.post("/epcis/cold-signed/queries", body, {"x-signature": signature(body)})
    assert answer.status_code in (201, 409)
    heard_at = f"other-{one.key}"
    body = b'{"dest": "%s", "stream": true}' % one.subscriber.dest(heard_at).encode()
    path = "/epcis/cold-signed/queries/all/subscriptions"
    assert (await told_desk.post(path, body, {"x-signature": signature(body)})).status_code == 201
    await one.captured()
    await one.heard(1)
    document = epcis_document(epcis_event())
    raw = httpx.Request("POST", "http://x", json=document).content
    await told_desk.post("/epcis/cold-signed/capture", raw, {"x-signature": signature(raw)})
    (told,) = await one.subscriber.heard(heard_at, 1)
    assert told.event_ids == [document["epcisBody"]["eventList"][0]["eventID"]]


@pytest.mark.parametrize(("terms", "kind"), [
    ({}, "SubscriptionControlsException"),
    ({"stream": False}, "SubscriptionControlsException"),
    ({"stream": True, "schedule": {"hour": "1"}}, "SubscriptionControlsException"),
    ({"schedule": {}}, "SubscriptionControlsException"),
    ({"schedule": {"hour": "24"}}, "SubscriptionControlsException"),
    ({"schedule": {"fortnight": "1"}}, "SubscriptionControlsException"),
    ({"stream": True, "reportIfEmpty": "yes"}, "SubscriptionControlsException"),
    ({"stream": True, "initialRecordTime": "yesterday"}, "QueryParameterException"),
    ({"stream": True, "dest": None}, "ValidationException"),
    ({"stream": True, "dest": "ftp://127.0.0.1/x"}, "ValidationException"),
    ({"stream": True, "dest": "https://10.0.0.1/x"}, "ValidationException"),
    ({"stream": True, "dest": "http://192.0.2.1/x"}, "ValidationException"),
    ({"stream": True, "dest": "https://user:word@127.0.0.1/x"}, "ValidationException"),
    ({"stream": True, "signatureToken": ""}, "ValidationException"),
    ({"stream": True, "colour": "red"}, "ValidationException"),
])  # fmt: skip
async def test_what_is_no_subscription_is_refused(one: Subscription, terms: dict[str, Any], kind: str) -> None:
    answer = await one.begins(**terms)
    assert (answer.status_code, answer.json()["type"]) == (400, f"epcisException:{kind}")


async def test_nobody_subscribes_to_a_query_that_counts(one: Subscription) -> None:
    query = {"name": one.key, "query": {"maxEventCount": 5}}
    await one.desk.post(one.queries, query, KEY)
    answer = await one.begins(stream=True)
    assert (answer.status_code, answer.json()["type"]) == (400, "epcisException:SubscriptionControlsException")


async def test_two_processes_make_one_record_and_tell_of_each_event_once(
    courier_dsn: str, subscriber: Subscriber
) -> None:
    often = timedelta(seconds=0.05)
    async with (
        a_courier_desk(courier_dsn, look_every=often) as first,
        a_courier_desk(courier_dsn, look_every=often) as second,
    ):
        one, other = Subscription(first, subscriber), Subscription(second, subscriber)
        other.about = one.about
        await one.begins(stream=True)
        made = await asyncio.gather(*(each.captured() for _ in range(15) for each in (one, other)))
        captured, found = [each for ids in made for each in ids], await one.heard(1)
        while sum(map(len, found)) < len(captured):
            found = await one.heard(len(found) + 1)
        assert sorted(each for ids in found for each in ids) == sorted(captured)
        rows = await first.database.pool.fetch("SELECT position, at FROM record ORDER BY position")
        assert [row["position"] for row in rows] == list(range(1, 31))
        assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
