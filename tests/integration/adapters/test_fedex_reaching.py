"""FedEx is asked what it knows of the packages that doses travel with; the rules are its twin's."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from doselane.courier.v1 import courier_pb2
from pydantic import SecretStr
from starlette.responses import HTMLResponse, JSONResponse, Response

from adapters.sandbox.fedex import push, scan_event
from adapters.sandbox.fedex_api import FedexTwin, errors
from adapters.sandbox.journey import Scan, Stage
from services.kernel.clock import VirtualClock
from services.kernel.http import HttpServer
from tests.support.couriers import ACCOUNTS, NOW, SWIFT, CourierDesk, a_courier_desk

Kind = courier_pb2.Milestone.Kind
NUMBER, OTHER = "794887075005", "794887075006"


@dataclass
class Reach:
    """A host that reaches a twin of FedEx."""

    desk: CourierDesk
    twin: FedexTwin

    async def until(self, holds: Callable[[], Any]) -> None:
        async with asyncio.timeout(60):
            while not holds():
                await asyncio.sleep(0.01)

    async def until_kinds(self, *kinds: int) -> list[courier_pb2.Milestone]:
        """The milestones once there are as many; in the order of their time."""
        async with asyncio.timeout(60):
            while len(found := await self.desk.milestones()) < len(kinds):
                await asyncio.sleep(0.01)
        found.sort(key=lambda each: each.time.seconds)
        assert [each.kind for each in found] == list(kinds)
        return found

    async def until_asked_again(self, number: str) -> None:
        before = self.looks(number)
        await self.until(lambda: self.looks(number) > before)

    def looks(self, number: str) -> int:
        return sum(number in asked for asked in self.twin.asked)


@asynccontextmanager
async def reaching(dsn: str, *, secret: str = "s" * 20) -> AsyncIterator[Reach]:
    clock = VirtualClock(NOW + timedelta(hours=1))
    twin = FedexTwin(clock, "doselane-app", "s" * 20)
    server = HttpServer(twin.app, "127.0.0.1:0")
    await server.start()
    url = f"http://127.0.0.1:{server.port}"
    credentials = {
        "type": "oauth_client_post", "token_url": f"{url}/oauth/token", "client": "doselane-app", "secret": secret,
    }  # fmt: skip
    connection = {"url": url, "credentials": credentials, "every": {"fedex.track": 0.05}}
    accounts = {"swift-fedex": {**ACCOUNTS["swift-fedex"], "connection": connection}}
    try:
        async with a_courier_desk(dsn, accounts=SecretStr(json.dumps(accounts)), clock=clock) as desk:
            yield Reach(desk, twin)
    finally:
        await server.stop(0)


def scan(stage: Stage, hours_ago: float, number: str = NUMBER) -> Scan:
    return Scan(number, list(Stage).index(stage), stage, NOW - timedelta(hours=hours_ago), 21.0)


async def test_what_a_lost_push_left_out_is_fetched_and_counts_once_until_the_delivery(courier_dsn: str) -> None:
    async with reaching(courier_dsn) as reach:
        picked_up, on_vehicle = scan(Stage.COLLECTED, 5), scan(Stage.OUT_FOR_DELIVERY, 1)
        reach.twin.scanned(NUMBER, scan_event(on_vehicle), scan_event(picked_up))
        reach.twin.invalid.add("1" * 12)
        # One that FedEx declines, one that it does not know yet, and a name that is none of its business.
        await reach.desk.attach(SWIFT, NUMBER, OTHER, "1" * 12, "urn:epc:id:sscc:0614141.1234567890")
        await reach.until_kinds(Kind.COLLECTED, Kind.OUT_FOR_DELIVERY)
        pushed = await reach.desk.push_fedex(push(on_vehicle))
        assert pushed.json()["notes"][0]["warnings"] == ["EVENT_REPEATED"]
        # A push of the delivery may have overtaken what only Track tells, so it is asked for all the same.
        delivered = scan(Stage.DELIVERED, 0)
        assert (await reach.desk.push_fedex(push(delivered))).status_code == 200
        await reach.until_asked_again(NUMBER)
        reach.twin.expire_tokens()
        reach.twin.scanned(NUMBER, scan_event(delivered))
        await reach.until_asked_again(OTHER)
        await reach.until_asked_again(OTHER)  # the answer with the delivery has been taken by now
        looks = reach.looks(NUMBER)
        await reach.until_asked_again(OTHER)
        await reach.until_asked_again(OTHER)
        assert reach.looks(NUMBER) == looks
        assert reach.twin.calls.count("token") == 2
        await reach.until_kinds(Kind.COLLECTED, Kind.OUT_FOR_DELIVERY, Kind.DELIVERED)
        assert await reach.desk.refusals() == []


def cut() -> Response:
    return Response('{"output": {"completeTrackResults": [{"tracking', media_type="application/json")


async def test_answers_that_are_none_are_asked_for_again_and_nothing_of_them_counts(courier_dsn: str) -> None:
    async with reaching(courier_dsn) as reach:
        reach.twin.faults.extend([
            cut,
            lambda: HTMLResponse("<html><body>We are down for maintenance</body></html>"),
            lambda: errors(503, "SERVICE.UNAVAILABLE.ERROR", "The service is currently unavailable."),
            lambda: JSONResponse({"errors": [{"code": "INTERNAL.SERVER.ERROR", "message": "under a 200"}]}),
        ])  # fmt: skip
        reach.twin.scanned(NUMBER, scan_event(scan(Stage.COLLECTED, 2)))
        await reach.desk.attach(SWIFT, NUMBER)
        (found,) = await reach.until_kinds(Kind.COLLECTED)
        assert found.location.city == "DULUTH"
        assert not reach.twin.faults
        assert await reach.desk.refusals() == []
