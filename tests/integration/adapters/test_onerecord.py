"""Carriers with ONE Record servers: what they tell is heard, what they may hear is told, and nothing goes in circles.

The rules on their side are those of the twin.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from doselane.courier.v1.courier_pb2 import Milestone
from doselane.distribution.v1.events_pb2 import ShipmentFollowed
from doselane.distribution.v1.shipment_pb2 import Shipment
from pydantic import SecretStr
from starlette.responses import Response

from adapters.courier_onerecord.port import FOLLOWED
from adapters.host import deliveries
from adapters.host.deliveries import Delivery, DeliveryState
from adapters.sandbox.one_record import event_of, subscription
from adapters.sandbox.one_record_api import ECHOES_MAX, OneRecordTwin
from services.kernel.clock import VirtualClock
from services.kernel.event import Event
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.postgres import Postgres
from tests.support.couriers import NOW, CourierDesk, a_courier_desk, exchange_schema

SKY, FORWARD = "partners/skyfreight", "partners/forward"
WAYBILL = "020-12345675"
KEYS = {SKY: "s" * 20, FORWARD: "f" * 20}
ACCOUNT = {SKY: "sky", FORWARD: "forward"}
TYPE = {"content-type": "application/ld+json", "accept": "application/ld+json; version=2.3.0"}
SERVER = "https://gate.example/push/one-record"
CARGO, API = "https://onerecord.iata.org/ns/cargo#", "https://onerecord.iata.org/ns/api#"


@dataclass
class Skies:
    """A host that reaches the servers of two carriers."""

    desk: CourierDesk
    twins: dict[str, OneRecordTwin] = field(default_factory=dict)

    @property
    def sky(self) -> OneRecordTwin:
        return self.twins[SKY]

    async def follow(self, courier: str, *references: str) -> None:
        until = stamp(NOW + timedelta(days=3))
        shipment = Shipment(name="shipments/d1")
        said = ShipmentFollowed(shipment=shipment, courier=courier, references=references, administration_time=until)
        event = Event(
            uuid7(), FOLLOWED, "doselane/distribution", shipment.name, 1, self.desk.clock.now(),
            said.SerializeToString(),
        )  # fmt: skip
        await self.desk.bus.publish("doselane.distribution", [event])
        async with asyncio.timeout(60):
            while not await self.desk.database.pool.fetchval(
                "SELECT count(*) FROM inbox WHERE event_id = $1", event.id
            ):
                await asyncio.sleep(0.01)

    async def post(self, courier: str, path: str, body: Any, **headers: str) -> httpx.Response:
        return await self.desk.post(
            f"/one-record/{ACCOUNT[courier]}{path}", body, {"x-api-key": KEYS[courier], **TYPE, **headers}
        )

    async def get(self, courier: str, path: str, **headers: str) -> httpx.Response:
        url = f"/one-record/{ACCOUNT[courier]}{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.desk.http.get(url, headers={"x-api-key": KEYS[courier], "accept": TYPE["accept"], **named})

    async def deliveries(self, reaction: str = "") -> list[Delivery]:
        found = await deliveries.page(self.desk.database.pool, partner=None, states=(), before=None, limit=1000)
        return [each for each in found[::-1] if each.reaction.endswith(reaction)]

    async def until(self, holds: Callable[[list[Delivery]], bool], reaction: str = "") -> list[Delivery]:
        async with asyncio.timeout(60):
            while not holds(found := await self.deliveries(reaction)):
                await asyncio.sleep(0.01)
        return found

    async def quiet(self) -> None:
        """Until everything published has been heard, and all that is to be sent now has been sent."""
        busy = (
            "SELECT (SELECT count(*) FROM outbox o WHERE o.type LIKE '%.milestone.reported.v1'"
            " AND NOT EXISTS (SELECT FROM inbox i WHERE i.event_id = o.event_id))"
            " + (SELECT count(*) FROM delivery WHERE state = 1 AND next_at <= $1)"
        )
        async with asyncio.timeout(60):
            while await self.desk.database.pool.fetchval(busy, self.desk.clock.now()):
                await asyncio.sleep(0.01)

    async def milestones(self, number: int) -> list[Milestone]:
        async with asyncio.timeout(60):
            while len(found := await self.desk.milestones()) < number:
                await asyncio.sleep(0.01)
        return found


@asynccontextmanager
async def skies(dsn: str, *, every_s: float = 3600, **options: Any) -> AsyncIterator[Skies]:
    clock = VirtualClock(NOW + timedelta(hours=1))
    async with AsyncExitStack() as stack:
        twins, accounts = {}, {}
        for partner, account in ACCOUNT.items():
            twin = twins[partner] = OneRecordTwin(clock, "doselane", "s" * 20)
            server = HttpServer(twin.app, "127.0.0.1:0")
            await server.start()
            stack.push_async_callback(server.stop, 0)
            twin.url = f"http://127.0.0.1:{server.port}"
            credentials = {"type": "oauth_client_credentials", "token_url": f"{twin.url}/oauth/token",
                           "client": "doselane", "secret": "s" * 20}  # fmt: skip
            every = {"one-record.notified": every_s, "one-record.followed": every_s}
            accounts[account] = {
                "partner": partner,
                "adapter": "courier_onerecord",
                "auth": {"type": "header_key", "header": "x-api-key", "secrets": [KEYS[partner]]},
                "connection": {"url": twin.url, "credentials": credentials, "every": every},
                "options": {"server": f"{SERVER}/{account}", **options},
            }
        told = SecretStr(json.dumps(accounts))
        desk = await stack.enter_async_context(
            a_courier_desk(dsn, accounts=told, clock=clock, look_every=timedelta(seconds=0.02))
        )
        for partner, account in ACCOUNT.items():
            url = f"http://127.0.0.1:{desk.port}/one-record/{account}"
            client = httpx.AsyncClient(base_url=url, headers={"x-api-key": KEYS[partner]}, timeout=60)
            twins[partner].partner = await stack.enter_async_context(client)
        yield Skies(desk, twins)


@pytest.fixture(scope="session")
async def shared_skies(postgres: Postgres) -> AsyncIterator[Skies]:
    """For tests that look only at what they ask themselves; a database for each would cost time."""
    dsn = postgres.create_database("skies_shared")
    await exchange_schema(dsn)
    async with skies(dsn) as made:
        yield made


@pytest.fixture
async def sky(courier_dsn: str) -> AsyncIterator[Skies]:
    async with skies(courier_dsn) as made:
        yield made


def sent(number: int) -> Callable[[list[Delivery]], bool]:
    return lambda found: [each.state for each in found] == [DeliveryState.SENT] * number


def told(event: dict[str, Any]) -> dict[str, Any]:
    return {"@context": {"cargo": CARGO, "api": API}, **event}


async def test_a_carrier_tells_of_a_shipment_and_its_events_are_fetched_with_the_waybill(courier_dsn: str) -> None:
    async with skies(courier_dsn, every_s=0.05) as made:
        shipment = made.sky.carry(WAYBILL)
        await made.follow(SKY, WAYBILL)
        await made.until(sent(1), "subscribe")
        (asked,) = made.sky.subscriptions
        assert asked["api:hasTopic"]["@value"] == f"{CARGO}Shipment"
        assert asked["api:hasSubscriber"]["@id"] == f"{SERVER}/sky/logistics-objects/organization"
        assert [each.status_code for each in made.sky.answers] == [204]  # that it was accepted
        await made.sky.happened(shipment, "RCS", NOW - timedelta(hours=3))
        assert [each.kind for each in await made.milestones(1)] == [Milestone.COLLECTED]
        await made.sky.happened(shipment, "DEP", NOW - timedelta(hours=2), inside=True)
        await made.sky.happened(shipment, "DLV", NOW)
        found = await made.milestones(3)
        assert [each.kind for each in found] == [Milestone.COLLECTED, Milestone.DEPARTED, Milestone.ARRIVED]
        assert WAYBILL in found[0].shipment_references
        assert WAYBILL in found[2].shipment_references
        await made.quiet()
        assert made.twins[FORWARD].calls == []
        assert not any(call.startswith("POST /notifications") for call in made.sky.calls)


async def test_events_that_nobody_told_of_are_fetched_by_the_address_of_the_waybill(courier_dsn: str) -> None:
    async with skies(courier_dsn, every_s=0.05) as made:
        shipment = made.sky.carry(WAYBILL)
        event_id = await made.sky.happened(shipment, "RCF", NOW)
        made.sky.faults.append(lambda: Response("<html>", 502))
        await made.follow(
            SKY, shipment, "https://169.254.169.254/logistics-objects/1", "http://127.0.0.1:1/logistics-objects/2"
        )
        (found,) = await made.milestones(1)
        assert (found.event_id, found.kind) == (event_id, Milestone.ARRIVED)
        parked = await made.until(lambda each: len(_parked(each)) == 2, "subscribe")
        assert all("is not on the account's server" in each.words for each in _parked(parked))


async def test_an_event_is_posted_on_our_object_and_can_be_read_there(sky: Skies) -> None:
    await sky.follow(SKY, WAYBILL)
    path = f"/logistics-objects/{WAYBILL}/logistics-events"
    event = event_of(
        "DEP", NOW, f"{SERVER}/sky/logistics-objects/{WAYBILL}", f"{sky.sky.url}/logistics-objects/carrier"
    )
    answer = await sky.post(SKY, path, told(event))
    assert (answer.status_code, answer.content, answer.headers["type"]) == (201, b"", f"{CARGO}LogisticsEvent")
    assert answer.headers["content-language"] == "en-US"
    (found,) = await sky.desk.milestones()
    assert (found.kind, found.event_id) == (
        Milestone.DEPARTED,
        f"https://gate.example/push{answer.headers['location']}",
    )
    number = answer.headers["location"].rpartition("/")[2]
    one = await sky.get(SKY, f"{path}/{number}")
    assert (one.status_code, one.json()["@id"]) == (200, found.event_id)
    assert one.json()["cargo:eventCode"] == event["cargo:eventCode"]
    listed = (await sky.get(SKY, f"{path}?event-code=DEP,ARR")).json()
    assert (listed["api:hasTotalItems"], listed["api:hasItem"][0]["@id"]) == (1, found.event_id)
    assert (await sky.get(SKY, f"{path}?event-code=ARR")).json()["api:hasItem"] == []
    again = await sky.post(SKY, path, told(event))
    assert (again.status_code, again.headers["location"]) == (201, answer.headers["location"])
    assert len(await sky.desk.milestones()) == 1
    named = await sky.post(
        SKY, path, told({**event_of("ARR", NOW, "", ""), "@id": "urn:uuid:6b948f9b-b812-46ed-be39-4501453da99b"})
    )
    assert (await sky.get(SKY, f"{path}/{named.headers['location'].rpartition('/')[2]}")).status_code == 200
    assert (await sky.get(FORWARD, f"{path}/{number}")).status_code == 404
    assert (await sky.get(FORWARD, path)).status_code == 404


async def test_our_server_says_what_it_is_and_what_it_has(shared_skies: Skies) -> None:
    sky = shared_skies
    await sky.follow(SKY, "02012345675")
    about = await sky.get(SKY, "")
    assert about.json()["@type"] == "api:ServerInformation"
    assert about.headers["content-type"] == "application/ld+json; version=2.3.0"
    assert about.headers["last-modified"].endswith("GMT")
    older = await sky.get(SKY, "", accept="application/ld+json; version=2.1.0")
    assert older.headers["content-type"].endswith("version=2.1.0")
    shipment = await sky.get(SKY, f"/logistics-objects/{WAYBILL}")
    assert (shipment.headers["type"], shipment.headers["revision"], shipment.headers["latest-revision"]) == (
        f"{CARGO}Shipment", "1", "1",
    )  # fmt: skip
    assert shipment.json()["cargo:waybill"]["cargo:waybillNumber"] == "12345675"
    same = await sky.get(SKY, f"/logistics-objects/{WAYBILL}", if_none_match=shipment.headers["etag"])
    assert (same.status_code, same.content) == (304, b"")
    us = await sky.get(SKY, "/logistics-objects/organization")
    assert us.json()["cargo:name"] == "Doselane"
    for path in (
        "/logistics-objects/176-12345675",
        "/action-requests/1",
        f"/logistics-objects/{WAYBILL}/logistics-events/1",
    ):
        missing = await sky.get(SKY, path)
        assert (missing.status_code, missing.json()["@type"]) == (404, "api:Error")
        assert missing.json()["api:hasErrorDetail"][0]["api:hasCode"] == "404"
    assert (await sky.get(SKY, "", accept="text/turtle")).status_code == 415
    assert (await sky.desk.http.get("/one-record/sky")).json()["api:hasErrorDetail"][0]["api:hasCode"] == "401"


async def test_a_publisher_who_asks_hears_what_we_want(shared_skies: Skies) -> None:
    sky = shared_skies
    of_type = f"/subscriptions?topicType={API[:-1]}%23LOGISTICS_OBJECT_TYPE&topic={CARGO[:-1]}%23"
    wanted = (await sky.get(SKY, f"{of_type}Shipment")).json()
    assert {"@id": "api:LOGISTICS_EVENT_RECEIVED"} in wanted["api:includeSubscriptionEventType"]
    for wrong in (
        f"{of_type}ForkLift",
        f"/subscriptions?topicType={API[:-1]}%23LOGISTICS_OBJECT_TYPE",
        "/subscriptions",
    ):
        assert (await sky.get(SKY, wrong)).status_code == 400


async def test_a_refusal_is_an_error_of_the_standard_with_our_reason(shared_skies: Skies) -> None:
    for body, headers, status, reason in (
        (b'{"@type": "api:Notifi', {}, 400, "BODY_NOT_JSON"),
        (b"[" * 100_000, {}, 400, "NESTED_TOO_DEEP"),
        (b" " * (9 << 20), {}, 413, "BODY_TOO_LARGE"),
        (b"<xml/>", {"content-type": "text/xml"}, 415, "FORMAT_NOT_SUPPORTED"),
        (b"{}", {"x-api-key": "nobody"}, 401, "CREDENTIAL_WRONG"),
    ):
        answer = await shared_skies.post(SKY, "/notifications", body, **headers)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("application/ld+json")
        codes = [each["api:hasCode"] for each in answer.json()["api:hasErrorDetail"]]
        assert (answer.json()["@type"], codes) == ("api:Error", [str(status), reason])


async def test_a_partner_who_subscribed_is_told_of_a_shipment_and_of_what_another_said_until_it_revokes(
    sky: Skies,
) -> None:
    forward = sky.twins[FORWARD]
    ours = f"{SERVER}/forward/logistics-objects/{WAYBILL}"
    asked = subscription("LOGISTICS_OBJECT_TYPE", f"{CARGO}Shipment", f"{forward.url}/logistics-objects/me",
                         "LOGISTICS_OBJECT_CREATED", "LOGISTICS_EVENT_RECEIVED")  # fmt: skip
    answer = await sky.post(FORWARD, "/subscriptions", told(asked))
    assert (answer.status_code, answer.headers["type"]) == (201, f"{API}SubscriptionRequest")
    request = f"/action-requests/{answer.headers['location'].rpartition('/')[2]}"
    assert (await sky.get(FORWARD, request)).json()["api:hasRequestStatus"] == {"@id": "api:REQUEST_ACCEPTED"}
    await sky.follow(FORWARD, WAYBILL)
    await sky.follow(SKY, WAYBILL)
    await sky.until(sent(2), "announce")
    (created,) = forward.notified
    assert created["api:hasEventType"] == {"@id": f"{API}LOGISTICS_OBJECT_CREATED"}
    assert created["api:hasLogisticsObject"] == {"@id": ours}
    path = f"/logistics-objects/{WAYBILL}/logistics-events"
    for code in ("RCS", "MAN"):
        await sky.post(SKY, path, told(event_of(code, NOW, "", f"{sky.sky.url}/carrier")))
    await sky.post(SKY, path, told(event_of("DEP", NOW + timedelta(hours=9), "", f"{sky.sky.url}/carrier", "PLANNED")))
    await sky.quiet()
    news = [each["api:hasLogisticsEvent"][0] for each in forward.notified[1:]]
    assert [each["cargo:eventCode"]["@id"][-3:] for each in news] == ["RCS", "MAN"]
    assert news[0]["@id"].startswith(f"{ours}/logistics-events/")
    assert sky.sky.notified == []  # his own words
    gone = await sky.desk.http.delete(f"/one-record/forward{request}", headers={"x-api-key": KEYS[FORWARD]})
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await sky.get(FORWARD, request)).json()["api:hasRequestStatus"] == {"@id": "api:REQUEST_REVOKED"}
    await sky.post(SKY, path, told(event_of("ARR", NOW, "", f"{sky.sky.url}/carrier")))
    await sky.quiet()
    assert len(forward.notified) == 3


async def test_nobody_is_told_of_a_shipment_that_he_does_not_carry(sky: Skies) -> None:
    forward = sky.twins[FORWARD]
    forward.wishes = [subscription("LOGISTICS_OBJECT_IDENTIFIER", f"{SERVER}/forward/logistics-objects/{WAYBILL}",
                                   f"{forward.url}/logistics-objects/me", "LOGISTICS_EVENT_RECEIVED")]  # fmt: skip
    await sky.follow(SKY, WAYBILL)
    path = f"/logistics-objects/{WAYBILL}/logistics-events"
    await sky.post(SKY, path, told(event_of("RCS", NOW, "", "")))
    await sky.quiet()
    assert forward.notified == []
    await sky.follow(FORWARD, WAYBILL)
    await sky.post(SKY, path, told(event_of("DEP", NOW, "", "")))
    await sky.quiet()
    assert len(forward.notified) == 1  # he was asked, and said that he wants to know


async def test_two_servers_that_send_back_all_they_hear_make_no_loop(sky: Skies) -> None:
    for partner, twin in sky.twins.items():
        twin.echoes = True
        asked = subscription("LOGISTICS_OBJECT_TYPE", f"{CARGO}Shipment", f"{twin.url}/logistics-objects/me",
                             "LOGISTICS_OBJECT_CREATED", "LOGISTICS_EVENT_RECEIVED")  # fmt: skip
        assert (await sky.post(partner, "/subscriptions", told(asked))).status_code == 201
        await sky.follow(partner, WAYBILL)
    await sky.quiet()
    path = f"/logistics-objects/{WAYBILL}/logistics-events"
    for number, code in enumerate(("RCS", "DEP", "ARR")):
        at = NOW - timedelta(minutes=30 - number)
        assert (await sky.post(SKY, path, told(event_of(code, at, "", f"{sky.sky.url}/carrier")))).status_code == 201
    await sky.quiet()
    # Each event once from who said it, and once more from the other one, who says that it is his; then it is known.
    found = await sky.desk.milestones()
    assert len(found) == 6
    # None of them is what we told: that was known by its id, and what was renamed came after it.
    assert not any(each.event_id.startswith(f"{SERVER}/forward/") for each in found)
    assert sum(each.event_id.startswith(sky.twins[FORWARD].url) for each in found) == 3
    heard = {partner: len(twin.notified) for partner, twin in sky.twins.items()}
    assert heard == {SKY: 1 + 3, FORWARD: 1 + 3}  # that the shipment is there, and each event once
    assert all(twin.echoed < ECHOES_MAX for twin in sky.twins.values())
    answers = [answer for twin in sky.twins.values() for answer in twin.answers]
    assert {answer.status_code for answer in answers} == {201, 204}
    assert await sky.desk.refusals() == []


async def test_acknowledgements_set_off_nothing(sky: Skies) -> None:
    await sky.follow(SKY, WAYBILL)
    await sky.until(sent(1), "subscribe")
    before = len(sky.sky.calls)
    for event_type in ("SUBSCRIPTION_REQUEST_ACCEPTED", "SUBSCRIPTION_REQUEST_REJECTED"):
        note = {"@type": "api:Notification", "api:hasEventType": {"@id": f"api:{event_type}"}}
        assert (await sky.post(SKY, "/notifications", told(note))).status_code == 204
    await sky.quiet()
    assert sky.sky.calls[before:] == []
    assert await sky.desk.milestones() == []


async def test_a_lost_answer_and_a_busy_server_are_survived_and_a_no_is_parked(sky: Skies) -> None:
    sky.sky.faults.extend([lambda: Response("", 503, {"retry-after": "0"}), lambda: Response("", 429)])
    await sky.follow(SKY, WAYBILL)
    async with asyncio.timeout(60):
        while not sky.sky.subscriptions:
            sky.desk.clock.advance(timedelta(seconds=5))
            await asyncio.sleep(0.01)
    await sky.quiet()
    sky.sky.faults.append(lambda: Response('{"api:hasTitle": "Not today"}', 403))
    await sky.follow(SKY, sky.sky.carry("176-12345675"))
    parked = await sky.until(lambda each: len(_parked(each)) == 1, "subscribe")
    assert "Not today" in _parked(parked)[0].words


def _parked(found: list[Delivery]) -> list[Delivery]:
    return [each for each in found if each.state == DeliveryState.PARKED]
