"""A courier with our own JSON at the real door of a host, and its platform, which takes what distribution asks for."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from doselane.courier.v1 import courier_pb2
from doselane.courier.v1.orders_pb2 import Consignment, Stop
from doselane.distribution.v1.events_pb2 import BookingRequested
from pydantic import SecretStr

from adapters.courier_generic.orders import EVENT_TYPES
from adapters.host import deliveries
from adapters.host.deliveries import DeliveryState
from adapters.sandbox.courier_platform import KEY_HEADER, PATHS, CourierPlatform
from services.kernel.clock import VirtualClock
from services.kernel.event import Event
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.support.couriers import NOW, CourierDesk, a_courier_desk
from tests.support.generic_courier import a_milestone, milestones

Kind = courier_pb2.Milestone.Kind
VEGA, SECRET, OLD_SECRET, PLATFORM_KEY = "partners/vega", "s" * 20, "o" * 20, "k" * 20
SHIPMENT = "shipments/261122-0001"
AT = "2026-11-22T08:30:00Z"


@dataclass
class VegaDesk:
    """A host with one courier of our own kind, and the courier's platform."""

    desk: CourierDesk
    twin: CourierPlatform

    async def push(
        self, body: Any, path: str = "", kind: str = "application/json", key: str = SECRET
    ) -> httpx.Response:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        code = base64.b64encode(hmac.new(key.encode(), content, hashlib.sha256).digest()).decode()
        headers = {"x-vega-signature": code, "content-type": kind}
        return await self.desk.http.post(f"/courier/vega{path}", content=content, headers=headers)

    async def asked_to_book(self, shipment: str = SHIPMENT) -> None:
        consignment = Consignment(
            shipment=shipment, courier=VEGA, delivery=Stop(place="sites/lakeside"),
            administration_time=stamp(NOW + timedelta(days=1)),
        )  # fmt: skip
        data = BookingRequested(consignment=consignment).SerializeToString()
        event = Event(uuid7(), EVENT_TYPES["book"], "doselane/distribution", shipment, 1, NOW, data)
        await self.desk.bus.publish("doselane.distribution", [event])

    async def until_kinds(self, *kinds: int) -> list[courier_pb2.Milestone]:
        """The milestones once there are as many; when nothing is being sent, the clock goes on to what is due next."""
        async with asyncio.timeout(60):
            while len(found := await self.desk.milestones()) < len(kinds):
                due = await self.desk.database.pool.fetchval(
                    "SELECT min(next_at) FROM delivery WHERE state = 1 HAVING bool_and(lease_until IS NULL)"
                )
                if due is not None and due > self.desk.clock.now():
                    self.desk.clock.advance_to(due)
                await asyncio.sleep(0.01)
        assert [each.kind for each in found] == list(kinds)
        return found


@pytest.fixture
async def vega(courier_dsn: str) -> AsyncIterator[VegaDesk]:
    twin = CourierPlatform(PLATFORM_KEY)
    server = HttpServer(twin.app, "127.0.0.1:0")
    await server.start()
    account = {
        "partner": VEGA,
        "adapter": "courier_generic",
        "auth": {
            "type": "hmac_sha256", "header": "X-Vega-Signature", "encoding": "base64", "secrets": [SECRET, OLD_SECRET],
        },
        "options": {"orders": PATHS},
        "connection": {
            "url": f"http://127.0.0.1:{server.port}",
            "credentials": {"type": "header_key", "header": KEY_HEADER, "key": PLATFORM_KEY},
            "every": {"courier.track": 0.05},
        },
    }  # fmt: skip
    accounts, clock = SecretStr(json.dumps({"vega": account})), VirtualClock(NOW + timedelta(hours=1))
    try:
        async with a_courier_desk(
            courier_dsn, accounts=accounts, clock=clock, look_every=timedelta(seconds=0.02)
        ) as desk:
            yield VegaDesk(desk, twin)
    finally:
        await server.stop(0)


def warnings(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return [note.get("warnings", []) for note in answer.json()["notes"]]


async def test_what_a_courier_pushes_is_taken_milestone_by_milestone(vega: VegaDesk) -> None:
    await vega.desk.attach(VEGA, "V-1")
    good = a_milestone(shipments=["V-1"], occurred_at=AT)
    answer = await vega.push(milestones(good, {**good, "event_id": "E-2", "kind": "LOST"}))
    assert warnings(answer) == [[], ["EVENT_REFUSED", "MILESTONE_NOT_VALID"]]
    assert answer.json()["reason"] == "PARTLY_REFUSED"
    assert "(/milestones/1/kind)" in answer.json()["detail"]
    # The same by CSV is the same fact; another story under its id is an error, and what nobody knows is pointed out.
    header = "event_id,shipment,kind,occurred_at\n"
    table = f"{header}E-1,V-1,DELIVERED,{AT}\nE-3,V-404,ARRIVED,{AT}\n"
    answer = await vega.push(table, "/csv", "text/csv; charset=utf-8", OLD_SECRET)
    assert warnings(answer) == [["EVENT_REPEATED"], ["SHIPMENT_UNKNOWN"]]
    answer = await vega.push(milestones({**good, "kind": "DELAYED"}))
    assert (answer.status_code, answer.json()["reason"]) == (409, "EVENT_CHANGED")
    assert (await vega.push("shipment,kind,occurred_at\n", "/csv")).status_code == 415
    stored = await vega.desk.stored()
    assert (await vega.push(milestones(good), key="another-secret-00000")).status_code == 401
    assert await vega.desk.stored() == stored
    assert [each.kind for each in await vega.desk.milestones()] == [Kind.DELIVERED, Kind.ARRIVED]
    assert [each.reason for each in await vega.desk.refusals()] == ["EVENT_CHANGED", "FORMAT_NOT_SUPPORTED"]
    schema = await vega.desk.http.get("/courier/vega/schema")
    assert (schema.status_code, schema.headers["content-type"]) == (200, "application/schema+json")
    assert schema.json()["$id"].endswith("/courier/milestones/1")


async def test_a_booking_is_made_once_and_brings_the_couriers_name_and_then_its_milestones(vega: VegaDesk) -> None:
    vega.twin.lose_answers = 1
    await vega.asked_to_book()
    (booked,) = await vega.until_kinds(Kind.BOOKED)
    assert list(booked.shipment_references) == [SHIPMENT, "VEGA-0001"]
    assert list(vega.twin.bookings) == ["VEGA-0001"]
    (delivery,) = await deliveries.page(vega.desk.database.pool, partner=VEGA, states=(), before=None, limit=10)
    assert (delivery.state, delivery.words) == (DeliveryState.SENT, f"book {SHIPMENT}: 201")
    row = await vega.desk.database.pool.fetchrow("SELECT source, headers FROM message")
    assert row["source"] == "courier.book"
    assert json.loads(row["headers"]) == {
        "doselane-delivery": delivery.name, "doselane-subject": SHIPMENT, "doselane-event": delivery.set_off_by,
    }  # fmt: skip
    assert booked.answers_event_id == delivery.set_off_by
    # From then on it is followed by the courier's name, until it is delivered.
    vega.twin.bookings["VEGA-0001"].milestones.append(a_milestone(shipments=["VEGA-0001"], occurred_at=AT))
    await vega.desk.attach(VEGA, "VEGA-0001")
    await vega.until_kinds(Kind.BOOKED, Kind.DELIVERED)
