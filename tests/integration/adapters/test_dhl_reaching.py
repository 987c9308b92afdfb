"""DHL and MyDHL API are asked for the shipments that doses travel with, by a real host; the rules are their twins'."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from doselane.courier.v1 import courier_pb2
from pydantic import SecretStr
from starlette.applications import Starlette

from adapters.sandbox.dhl_api import DhlTwin, html_page, problem
from adapters.sandbox.mydhl_api import MyDhlTwin
from services.kernel.clock import VirtualClock
from services.kernel.http import HttpServer
from tests.support.couriers import KEY, NOW, SWIFT, CourierDesk, a_courier_desk
from tests.support.dhl import NUMBER, scan, shipments

Kind = courier_pb2.Milestone.Kind
SECURE = {"example-secure-header": KEY}
API_KEY, PASSWORD = "dhl-key-0000000001", "mydhl-password-0001"
WAYBILL, OTHER, UNHEARD = "1234567890", "1234567891", "9999999999"


@dataclass
class Reach:
    """A host that reaches both twins."""

    desk: CourierDesk
    dhl: DhlTwin
    mydhl: MyDhlTwin

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(60):
            while not await holds():
                await asyncio.sleep(0.02)

    async def asked(self, calls: list[str], what: str, times: int) -> None:
        """Waits until it was asked for so many times more."""
        before = calls.count(what)

        async def holds() -> bool:
            return calls.count(what) >= before + times

        await self.until(holds)

    async def milestone(self, reference: str, kind: int) -> courier_pb2.Milestone:
        """The milestone of a shipment, once it is published."""

        async def found() -> list[courier_pb2.Milestone]:
            told = await self.desk.milestones()
            return [each for each in told if reference in each.shipment_references and each.kind == kind]

        async def holds() -> bool:
            return bool(await found())

        await self.until(holds)
        (only,) = await found()
        return only


@asynccontextmanager
async def reaching(dsn: str) -> AsyncIterator[Reach]:
    clock = VirtualClock(NOW + timedelta(hours=1))
    dhl, mydhl = DhlTwin(clock, API_KEY, calls_a_day=100_000), MyDhlTwin("northlake", PASSWORD)
    server = HttpServer(Starlette(routes=[*dhl.app.routes, *mydhl.app.routes]), "127.0.0.1:0")
    await server.start()
    url, auth = f"http://127.0.0.1:{server.port}", {"type": "header_key", "header": "example-secure-header"}
    accounts = {
        "swift-dhl": {
            "partner": SWIFT,
            "adapter": "courier_dhl",
            "auth": {**auth, "secrets": [KEY]},
            "options": {"service": "express", "pause_s": 0},
            "connection": {
                "url": url,
                "credentials": {"type": "header_key", "header": "DHL-API-Key", "key": API_KEY},
                "every": {"dhl.track": 0.05},
            },
        },
        "swift-mydhl": {
            "partner": SWIFT,
            "adapter": "courier_mydhl",
            "auth": {**auth, "secrets": ["mydhl-pushes-nothing"]},
            "connection": {
                "url": f"{url}/mydhlapi",
                "credentials": {"type": "basic", "user": "northlake", "password": PASSWORD},
                "every": {"mydhl.track": 0.05},
            },
        },
    }
    try:
        async with a_courier_desk(dsn, accounts=SecretStr(json.dumps(accounts)), clock=clock) as desk:
            yield Reach(desk, dhl, mydhl)
    finally:
        await server.stop(0)


@pytest.fixture
async def reach(courier_dsn: str) -> AsyncIterator[Reach]:
    async with reaching(courier_dsn) as made:
        yield made


async def test_what_is_fetched_and_pushed_counts_once_until_it_is_delivered(reach: Reach) -> None:
    reach.dhl.scanned("express", NUMBER, scan(status="WC"))
    reach.mydhl.scanned(WAYBILL, NOW, "WC", "SYD SYDNEY-AU", "Australia/Sydney")
    reach.dhl.faults.extend([html_page(), problem(429, "Too Many Requests", retry_after="1"), html_page(502)])
    await reach.desk.attach(SWIFT, NUMBER, WAYBILL, OTHER, UNHEARD)
    fetched = await reach.milestone(NUMBER, Kind.OUT_FOR_DELIVERY)
    local = await reach.milestone(WAYBILL, Kind.OUT_FOR_DELIVERY)
    assert local.time.ToJsonString() == "2026-11-22T09:00:00Z"
    assert local.local_time == "2026-11-22T20:00:00"

    # The page of HTML was kept and told of, and held up nothing.
    (refusal,) = {each.reason for each in await reach.desk.refusals()}
    assert refusal == "BODY_NOT_JSON"

    pushed = await reach.desk.post("/dhl/swift-dhl", shipments(scan(status="WC", word="Transit")), SECURE)
    assert pushed.json()["notes"][0] == {
        "eventId": fetched.event_id, "kind": "OUT_FOR_DELIVERY", "warnings": ["EVENT_REPEATED"],
    }  # fmt: skip

    reach.dhl.scanned("express", NUMBER, scan(at="2026-11-22T09:30:00.123456789+01:00", word="delivered"))
    reach.mydhl.scanned(WAYBILL, NOW, "OK", "SYD SYDNEY-AU", "Australia/Sydney")
    delivered = await reach.milestone(NUMBER, Kind.DELIVERED)
    assert delivered.time.ToJsonString() == "2026-11-22T08:30:00.123456Z"
    await reach.milestone(WAYBILL, Kind.DELIVERED)
    # What was delivered is not asked for any more; what DHL does not know yet is.
    await reach.asked(reach.dhl.calls, UNHEARD, 2)
    asked = reach.dhl.calls.count(NUMBER)
    await reach.asked(reach.dhl.calls, UNHEARD, 2)
    assert reach.dhl.calls.count(NUMBER) == asked
