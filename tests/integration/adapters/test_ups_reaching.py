"""UPS is asked to tell of a package that a dose travels with, and what it knows of it; the rules are its twin's."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1.events_pb2 import CancellationRequested, RedirectionRequested, ShipmentFollowed
from doselane.distribution.v1.shipment_pb2 import Shipment
from pydantic import SecretStr
from starlette.responses import JSONResponse, Response

from adapters.host import deliveries
from adapters.host.deliveries import Delivery, DeliveryState
from adapters.host.overview import overview
from adapters.sandbox.ups_api import UpsTwin
from services.kernel.clock import VirtualClock
from services.kernel.event import Event
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.couriers import ACCOUNTS, KEY, NOW, SWIFT, CourierDesk, a_courier_desk, ups

Kind = courier_pb2.Milestone.Kind
NUMBER, OTHER = "1Z999AA10123456784", "1Z999AA10123456785"

OPTIONS: dict[str, Any] = {
    "requester": {"name": "Night desk", "telephone": "+15550100"},
    "addresses": {
        "sites/lakeside": {
            "nameOrCompanyName": "Lakeside Hospital", "phoneNumber": "+15550101", "addressLine1": "1 Shore Road",
            "city": "Chicago", "state": "IL", "postalCode": "60601", "countryCode": "US",
        }
    },
}  # fmt: skip


@dataclass
class Reach:
    """A host that reaches a twin of UPS."""

    desk: CourierDesk
    twin: UpsTwin

    async def attached(self, *references: str, lives: timedelta = timedelta(days=5), courier: str = SWIFT) -> None:
        said = ShipmentFollowed(
            shipment=Shipment(name="shipments/d"),
            courier=courier,
            references=references,
            administration_time=stamp(self.desk.clock.now() + lives),
        )
        event = Event(
            uuid7(), "doselane.distribution.shipment.followed.v1", "doselane/distribution", "shipments/d", 1,
            self.desk.clock.now(), said.SerializeToString(),
        )  # fmt: skip
        await self.desk.bus.publish("doselane.distribution", [event])

    async def called(self, what: str, said: Any) -> None:
        """Distribution asks something of the courier for the shipment of `NUMBER`."""
        asked = said.consignment
        asked.shipment, asked.courier = "shipments/d", SWIFT
        asked.references.append(NUMBER)
        asked.delivery.place = "sites/lakeside"
        asked.administration_time.CopyFrom(stamp(self.desk.clock.now() + timedelta(days=2)))
        kind, at = f"doselane.distribution.shipment.{what}_requested.v1", self.desk.clock.now()
        event = Event(uuid7(), kind, "doselane/distribution", "shipments/d", 2, at, said.SerializeToString())
        await self.desk.bus.publish("doselane.distribution", [event])

    async def looked(self) -> None:
        """Waits until the poll has looked once."""
        looked = "SELECT count(*) > 0 FROM cursor WHERE name = 'ups.track' AND fetched_at IS NOT NULL"
        async with asyncio.timeout(60):
            while not await self.desk.database.pool.fetchval(looked):
                await asyncio.sleep(0.01)

    async def deliveries(self) -> list[Delivery]:
        found = await deliveries.page(self.desk.database.pool, partner=None, states=(), before=None, limit=100)
        return found[::-1]

    async def until(self, holds: Callable[[list[Delivery]], bool]) -> list[Delivery]:
        """The deliveries once they are so; when nothing is being sent, the clock goes on to what is due next."""
        async with asyncio.timeout(60):
            while not holds(found := await self.deliveries()):
                due = await self.desk.database.pool.fetchval(
                    "SELECT min(next_at) FROM delivery WHERE state = 1 HAVING bool_and(lease_until IS NULL)"
                )
                if due is not None and due > self.desk.clock.now():
                    self.desk.clock.advance_to(due)
                await asyncio.sleep(0.01)
        return found


def ended(*states: DeliveryState) -> Callable[[list[Delivery]], bool]:
    return lambda found: [each.state for each in found] == list(states)


@asynccontextmanager
async def reaching(dsn: str, *, every_s: float = 3600, secret: str = "s" * 20, **more: int) -> AsyncIterator[Reach]:
    clock = VirtualClock(NOW + timedelta(hours=1))
    twin = UpsTwin(clock, "doselane-app", "s" * 20)
    server = HttpServer(twin.app, "127.0.0.1:0")
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    credentials = {"type": "oauth_client_credentials", "token_url": f"{url}/security/v1/oauth/token",
                   "client": "doselane-app", "secret": secret}  # fmt: skip
    connection = {"url": url, "credentials": credentials, "every": {"ups.track": every_s}, **more}
    accounts = {"swift-ups": {**ACCOUNTS["swift-ups"], "connection": connection, "options": OPTIONS}}
    try:
        async with a_courier_desk(
            dsn, accounts=SecretStr(json.dumps(accounts)), clock=clock, look_every=timedelta(seconds=0.02)
        ) as desk:
            reach = Reach(desk, twin)
            # The first look for what is to be asked for finds nothing, and takes no answer that a test lays out.
            await reach.looked()
            yield reach
    finally:
        await server.stop(0)


@pytest.fixture
async def reach(courier_dsn: str) -> AsyncIterator[Reach]:
    async with reaching(courier_dsn) as made:
        yield made


def refusing(status: int, code: str = "X", **headers: str) -> Callable[[], Response]:
    errors = {"response": {"errors": [{"code": code, "message": "as UPS words it"}]}}
    return lambda: JSONResponse(errors, status, {name.replace("_", "-"): value for name, value in headers.items()})


async def test_a_package_of_a_dose_is_subscribed_to_and_again_before_the_subscription_ends(reach: Reach) -> None:
    await reach.attached("urn:epc:id:sscc:0614141.1234567890", "1Z 999 AA1 01 2345 6784", lives=timedelta(days=20))
    first, renewal = await reach.until(ended(DeliveryState.SENT, DeliveryState.SENT))
    assert (first.outgoing.subject, first.words) == (NUMBER, f"subscribed to {NUMBER}")
    assert renewal.finished_at is not None
    assert first.finished_at is not None
    assert timedelta(days=12) < renewal.finished_at - first.finished_at < timedelta(days=14)
    assert timedelta(days=13) < reach.twin.subscriptions[NUMBER] - first.finished_at


async def test_nothing_is_asked_of_ups_for_the_shipments_of_others(reach: Reach) -> None:
    await reach.attached(NUMBER, courier="partners/rival")
    await reach.attached("urn:epc:id:sscc:0614141.1234567890")
    await reach.attached(OTHER)
    (only,) = await reach.until(ended(DeliveryState.SENT))
    assert only.outgoing.subject == OTHER


@pytest.mark.parametrize("fault", [
    refusing(503), refusing(500, "VSS100"), refusing(429, "10429", retry_after="7"), refusing(401, "251004"),
    lambda: Response("<html>gateway</html>", 502), lambda: Response("no JSON", 200),
])  # fmt: skip
async def test_a_fault_that_passes_is_survived(reach: Reach, fault: Callable[[], Response]) -> None:
    reach.twin.faults.append(fault)
    await reach.attached(NUMBER)
    await reach.until(ended(DeliveryState.SENT))
    assert NUMBER in reach.twin.subscriptions


async def test_an_answer_that_is_lost_makes_no_second_subscription_of_it(reach: Reach) -> None:
    reach.twin.lose_answers = 2
    await reach.attached(NUMBER)
    (sent,) = await reach.until(ended(DeliveryState.SENT))
    assert sent.attempts == 3
    assert list(reach.twin.subscriptions) == [NUMBER]


async def test_what_ups_declines_is_parked_with_its_words_and_can_be_replayed(reach: Reach) -> None:
    reach.twin.faults.append(refusing(400, "VSS310"))
    await reach.attached(NUMBER)
    (parked,) = await reach.until(ended(DeliveryState.PARKED))
    assert "VSS310 as UPS words it" in parked.words
    await reach.attached(OTHER)
    await reach.until(ended(DeliveryState.PARKED, DeliveryState.SENT))
    now = reach.desk.clock.now()
    await deliveries.replay(reach.desk.database.pool, parked.id, now, now + timedelta(hours=1))
    await reach.until(ended(DeliveryState.SENT, DeliveryState.SENT))


async def test_a_wrong_secret_is_declined_and_never_shown(courier_dsn: str) -> None:
    async with reaching(courier_dsn, secret="not-the-secret-at-all") as reach:
        await reach.attached(NUMBER)
        (parked,) = await reach.until(ended(DeliveryState.PARKED))
        assert "no token: 401" in parked.words
        assert "not-the-secret" not in parked.words


async def test_it_is_given_up_when_the_dose_is_over_and_not_before(reach: Reach) -> None:
    reach.twin.faults.extend([refusing(503, retry_after="7200")] * 100_000)
    began = reach.desk.clock.now()
    await reach.attached(NUMBER, lives=timedelta(days=1, hours=1))
    found = await reach.until(ended(DeliveryState.GIVEN_UP))
    assert found[0].finished_at is not None
    assert found[0].finished_at - began >= timedelta(days=1, hours=1)
    assert found[0].attempts > 3


async def test_a_token_that_is_over_is_renewed_once(reach: Reach) -> None:
    await reach.attached(NUMBER)
    await reach.until(ended(DeliveryState.SENT))
    reach.twin.expire_tokens()
    await reach.attached(OTHER)
    await reach.until(ended(DeliveryState.SENT, DeliveryState.SENT))
    assert reach.twin.calls.count("token") == 2


def activity(at: Any, code: str = "021", **changes: Any) -> dict[str, Any]:
    """An activity as Track tells it."""
    return {
        "date": f"{at:%Y%m%d}", "time": f"{at:%H%M%S}", "gmtDate": f"{at:%Y%m%d}", "gmtTime": f"{at:%H:%M:%S}",
        "gmtOffset": "+00:00",
        "location": {"address": {"city": "LOUISVILLE", "stateProvince": "KY", "countryCode": "US", "country": "US"}},
        "status": {"type": "I", "code": "XX", "description": "In other words", "statusCode": code},
        **changes,
    }  # fmt: skip


async def test_what_happened_before_the_subscription_is_fetched_and_counts_once_with_what_is_pushed(
    courier_dsn: str,
) -> None:
    async with reaching(courier_dsn, every_s=0.05) as reach:
        early, late = NOW - timedelta(hours=5), NOW
        for at, code in ((early, "038"), (late, "021")):
            reach.twin.scanned(NUMBER, activity(at, code))
        await reach.attached(NUMBER, OTHER)  # the other one UPS does not know yet
        async with asyncio.timeout(60):
            while len(await reach.desk.milestones()) < 2:
                await asyncio.sleep(0.02)
        pushed = await reach.desk.post("/ups/swift-ups", ups(late), {"credential": KEY})
        assert "EVENT_REPEATED" in pushed.json()["notes"][0]["warnings"]
        assert {each.kind for each in await reach.desk.milestones()} == {Kind.COLLECTED, Kind.OUT_FOR_DELIVERY}
        looks = reach.twin.calls.count(f"GET /api/track/v1/details/{NUMBER}")
        async with asyncio.timeout(60):
            while reach.twin.calls.count(f"GET /api/track/v1/details/{NUMBER}") < looks + 2:
                await asyncio.sleep(0.02)
        assert len(await reach.desk.milestones()) == 2


async def asked_for(reach: Reach, rounds: int) -> set[str]:
    """The numbers that are asked for in some rounds from now on."""
    before, fetched = (
        len(reach.twin.calls),
        "SELECT fetched_at FROM cursor WHERE name = 'ups.track' AND fetched_at >= $1",
    )
    async with asyncio.timeout(60):
        for _ in range(rounds):
            reach.desk.clock.advance(timedelta(milliseconds=1))
            while not await reach.desk.database.pool.fetchval(fetched, reach.desk.clock.now()):
                await asyncio.sleep(0.02)
    return {call.rpartition("/")[2] for call in reach.twin.calls[before:] if "details" in call}


async def test_what_is_over_is_asked_for_no_more(courier_dsn: str) -> None:
    async with reaching(courier_dsn, every_s=0.05) as reach:
        await reach.attached(NUMBER, lives=timedelta(hours=2))
        await reach.attached(OTHER, lives=timedelta(hours=4))
        async with asyncio.timeout(60):
            while await asked_for(reach, 4) != {NUMBER, OTHER}:
                continue
        reach.desk.clock.advance(timedelta(hours=3))
        await asked_for(reach, 4)  # a round that had begun before
        assert await asked_for(reach, 8) == {OTHER}


async def test_no_more_is_asked_for_in_a_day_than_the_account_may(
    courier_dsn: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with reaching(courier_dsn, every_s=0.05, calls_per_day=3) as reach:
        await reach.attached(NUMBER, OTHER, lives=timedelta(hours=2))

        async def until_asked(times: int) -> None:
            async with asyncio.timeout(60):
                while len([call for call in reach.twin.calls if "details" in call]) < times:
                    await asyncio.sleep(0.02)
            await asked_for(reach, 8)
            assert len([call for call in reach.twin.calls if "details" in call]) == times

        await until_asked(3)
        assert "waits for tomorrow: 3 calls a day" in caplog.text
        await reach.desk.database.pool.execute("UPDATE called SET day = day - 1")  # it is tomorrow
        await until_asked(6)


async def test_an_account_tells_how_it_fares(courier_dsn: str) -> None:
    async with reaching(courier_dsn, every_s=0.05) as reach:
        account = reach.desk.host.door._accounts["swift-ups"]

        async def until(state: str) -> str:
            async with asyncio.timeout(60):
                while (told := (await overview(reach.desk.database.pool, [account]))[0]).state != state:
                    await asyncio.sleep(0.01)
            assert told.fetched_at == reach.desk.clock.now()
            return told.words

        await reach.attached(NUMBER)
        assert await until("WORKING") == ""
        reach.twin.faults.extend([refusing(503)] * 1000)
        assert await until("FAILING") == "ups.track: 503: X as UPS words it"
        reach.twin.faults.clear()
        assert await until("WORKING") == ""


async def test_a_package_is_asked_for_until_an_answer_brings_its_delivery(courier_dsn: str) -> None:
    async with reaching(courier_dsn, every_s=0.05) as reach:
        reach.twin.scanned(NUMBER, activity(NOW - timedelta(hours=5), "038"))
        reach.twin.scanned(OTHER, activity(NOW - timedelta(hours=5), "038"))
        await reach.attached(NUMBER, OTHER)
        asked, other = (f"GET /api/track/v1/details/{number}" for number in (NUMBER, OTHER))

        async def until_asked(what: str, more: int) -> None:
            before = reach.twin.calls.count(what)
            async with asyncio.timeout(60):
                while reach.twin.calls.count(what) < before + more:
                    await asyncio.sleep(0.02)

        await until_asked(asked, 1)
        # The push of a delivery may have overtaken what only Track tells, so it is asked for all the same.
        await reach.desk.post("/ups/swift-ups", ups(NOW, NUMBER, "011"), {"credential": KEY})
        await until_asked(asked, 2)
        reach.twin.scanned(NUMBER, activity(NOW, "011"))
        await until_asked(asked, 1)
        await until_asked(other, 2)  # that answer has been taken by now
        before = reach.twin.calls.count(asked)
        await until_asked(other, 3)
        assert reach.twin.calls.count(asked) == before


async def test_a_package_is_redirected_at_once_though_its_subscription_is_to_be_renewed(reach: Reach) -> None:
    async def until(*states: DeliveryState) -> list[Delivery]:
        async with asyncio.timeout(60):
            while not ended(*states)(found := await reach.deliveries()):
                await asyncio.sleep(0.01)
        return found

    reach.twin.scanned(NUMBER, activity(NOW, "038"))
    await reach.attached(NUMBER, lives=timedelta(days=20))
    await until(DeliveryState.SENT, DeliveryState.WAITING)  # a renewal, in thirteen days
    await reach.called("redirection", RedirectionRequested(cause="the clinic moved"))
    *_, sent = await until(DeliveryState.SENT, DeliveryState.WAITING, DeliveryState.SENT)
    assert sent.words == f"UPS intercepts {NUMBER}"
    feature, asked = reach.twin.intercepts.standing[NUMBER]
    assert (feature, asked["newDeliveryAddress"]["addressInfo"]["city"]) == ("RD", "Chicago")
    async with asyncio.timeout(60):
        while not (answers := [each for each in await reach.desk.milestones() if each.answers_event_id]):
            await asyncio.sleep(0.01)
    (answer,) = answers
    assert (answer.kind, answer.code, list(answer.shipment_references)) == (Kind.OBSERVED, "RD", [NUMBER])
    assert answer.answers_event_id == sent.set_off_by


async def test_what_ups_does_not_intercept_is_parked_with_its_words(reach: Reach) -> None:
    await reach.called("redirection", RedirectionRequested())
    (unknown,) = await reach.until(ended(DeliveryState.PARKED))
    assert "605 Package is not eligible" in unknown.words
    reach.twin.scanned(NUMBER, activity(NOW, "011"))
    await reach.called("cancellation", CancellationRequested())
    _, delivered = await reach.until(ended(DeliveryState.PARKED, DeliveryState.PARKED))
    assert "705" in delivered.words
    assert not reach.twin.intercepts.standing


async def test_what_is_called_off_comes_back(reach: Reach) -> None:
    reach.twin.scanned(NUMBER, activity(NOW, "038"))
    await reach.called("cancellation", CancellationRequested(cause="no patient"))
    await reach.until(ended(DeliveryState.SENT))
    assert reach.twin.intercepts.standing[NUMBER][0] == "RTS"


async def test_a_redirection_whose_answer_was_lost_is_not_made_twice_and_somebody_is_told(reach: Reach) -> None:
    reach.twin.scanned(NUMBER, activity(NOW, "038"))
    reach.twin.intercepts.lose_answers = 1
    await reach.called("redirection", RedirectionRequested())
    (parked,) = await reach.until(ended(DeliveryState.PARKED))
    assert "the answer to ours was lost" in parked.words
    assert len([call for call in reach.twin.calls if "redirect" in call]) == 1


async def test_a_redirection_that_ups_could_not_answer_is_made_once_it_can(reach: Reach) -> None:
    reach.twin.scanned(NUMBER, activity(NOW, "038"))
    reach.twin.faults.append(refusing(503))
    await reach.called("redirection", RedirectionRequested())
    (sent,) = await reach.until(ended(DeliveryState.SENT))
    assert sent.attempts == 2
    assert reach.twin.intercepts.standing[NUMBER][0] == "RD"
