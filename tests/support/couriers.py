"""The courier host on a database of its own, behind a real HTTP door, and bodies that couriers push."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from doselane.courier.v1 import courier_pb2, events_pb2
from doselane.distribution.v1.events_pb2 import ShipmentFollowed
from doselane.distribution.v1.shipment_pb2 import Shipment
from pydantic import SecretStr

from adapters.host.main import SCHEMA, Host, service
from adapters.host.settings import Settings
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from tests.support.tokens import Issuer

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
SWIFT, COLD, RIVAL = "partners/swift", "partners/cold-chain", "partners/rival"
KEY, OLD_KEY, COLD_KEY, RIVAL_KEY = "swift-key-0000000001", "swift-key-0000000000", "cold-key-00000000001", "r" * 20
TRACKING = "1Z999AA10123456784"
SSCC = "urn:epc:id:sscc:0614141.1234567890"
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
FEDEX_TOKEN = "fedex-security-token-1"
COURIER = courier_pb2.DESCRIPTOR.services_by_name["CourierService"]

ACCOUNTS: Mapping[str, Any] = {
    "swift-ups": {
        "partner": SWIFT,
        "adapter": "courier_ups",
        "auth": {"type": "header_key", "header": "Credential", "secrets": [KEY, OLD_KEY]},
    },
    "swift-basic": {
        "partner": SWIFT,
        "adapter": "courier_ups",
        "auth": {"type": "basic", "user": "ups", "secrets": [KEY]},
    },
    "swift-token": {"partner": SWIFT, "adapter": "courier_ups", "auth": {"type": "bearer_jwt"}},
    "swift-fedex": {
        "partner": SWIFT,
        "adapter": "courier_fedex",
        "auth": {"type": "hmac_sha256", "header": "fdx-signature", "encoding": "base64", "secrets": [FEDEX_TOKEN]},
    },
    "rival-ups": {
        "partner": RIVAL,
        "adapter": "courier_ups",
        "auth": {"type": "header_key", "header": "credential", "secrets": [RIVAL_KEY]},
    },
    "swift-dhl": {
        "partner": SWIFT,
        "adapter": "courier_dhl",
        "auth": {"type": "header_key", "header": "example-secure-header", "secrets": [KEY]},
        "options": {"service": "express"},
    },
    "cold": {
        "partner": COLD,
        "adapter": "courier_epcis",
        "auth": {"type": "header_key", "header": "x-api-key", "secrets": [COLD_KEY]},
        "options": {"steps": {"https://cold.example/steps/last-mile": "OUT_FOR_DELIVERY"}},
    },
    "cold-signed": {
        "partner": COLD,
        "adapter": "courier_epcis",
        "auth": {"type": "hmac_sha256", "header": "x-signature", "prefix": "sha256=", "secrets": [COLD_KEY]},
    },
}


def ups(at: datetime = NOW, tracking: str = TRACKING, code: str = "021", **changes: Any) -> dict[str, Any]:
    """A Track Alert message."""
    return {
        "trackingNumber": tracking,
        "localActivityDate": f"{at:%Y%m%d}",
        "localActivityTime": f"{at:%H%M%S}",
        "gmtActivityDate": f"{at:%Y%m%d}",
        "gmtActivityTime": f"{at:%H%M%S}",
        "gmtOffset": "+00.00",
        "activityLocation": {"city": "Louisville", "stateProvince": "KY", "country": "US"},
        "activityStatus": {"type": "I", "code": "XX", "description": "As UPS says", "descriptionCode": code},
        **changes,
    }


def epcis_event(at: datetime = NOW, step: str = "departing", **changes: Any) -> dict[str, Any]:
    """An EPCIS event about a shipment."""
    return {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{uuid7()}",
        "eventTime": at.isoformat().replace("+00:00", "Z"),
        "eventTimeZoneOffset": "+00:00",
        "epcList": [SSCC],
        "action": "OBSERVE",
        "bizStep": step,
        **changes,
    }


def epcis_document(*events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An EPCIS document with these events."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-22T09:00:00Z",
        "epcisBody": {"eventList": list(events)},
        **changes,
    }


class CourierDesk:
    """A running host, and what tests want of it."""

    def __init__(self, host: Host, database: Database, bus: MemoryBus, issuer: Issuer, clock: VirtualClock) -> None:
        self.host, self.database, self.bus, self.issuer, self.clock = host, database, bus, issuer, clock
        self.http: httpx.AsyncClient
        self.port = 0

    async def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Posts a body as JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post(
            path, content=content, headers={"content-type": "application/json", **(headers or {})}
        )

    async def push_ups(self, body: Any, **headers: str) -> httpx.Response:
        """Pushes as Swift through UPS."""
        return await self.post("/ups/swift-ups", body, {"credential": KEY, **headers})

    async def push_fedex(self, body: Any, token: str = FEDEX_TOKEN) -> httpx.Response:
        """Pushes as Swift through FedEx, signed."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        code = base64.b64encode(hmac.new(token.encode(), content, hashlib.sha256).digest()).decode()
        return await self.post("/fedex/swift-fedex", content, {"fdx-signature": code})

    async def capture(self, body: Any, **headers: str) -> httpx.Response:
        """Pushes a document as the cold chain."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.post("/epcis/cold/capture", body, {"x-api-key": COLD_KEY, **named})

    async def capture_event(self, body: Any, **headers: str) -> httpx.Response:
        """Pushes a single event as the cold chain."""
        return await self.post("/epcis/cold/events", body, {"x-api-key": COLD_KEY, **headers})

    async def attach(self, courier: str, *references: str) -> None:
        """A shipment is followed, as distribution would say."""
        said = ShipmentFollowed(shipment=Shipment(name="shipments/s1"), courier=courier, references=references)
        event = Event(
            uuid7(),
            "doselane.distribution.shipment.followed.v1",
            "doselane/distribution",
            "shipments/s1",
            1,
            NOW,
            said.SerializeToString(),
        )
        await self.bus.publish("doselane.distribution", [event])
        async with asyncio.timeout(60):
            while not await self.database.pool.fetchval("SELECT count(*) FROM inbox WHERE event_id = $1", event.id):
                await asyncio.sleep(0.01)

    async def published(self) -> list[Event]:
        """What was published, in order, whether it has been relayed or not."""
        rows = await self.database.pool.fetch("SELECT o.* FROM outbox o ORDER BY seq")
        return [event_of(row) for row in rows]

    async def milestones(self) -> list[courier_pb2.Milestone]:
        """The milestones that were published."""
        return [
            events_pb2.MilestoneReported.FromString(event.data).milestone
            for event in await self.published()
            if event.type == "doselane.courier.milestone.reported.v1"
        ]

    async def refusals(self) -> list[events_pb2.PushRefused]:
        """The refusals that were published."""
        return [
            events_pb2.PushRefused.FromString(event.data)
            for event in await self.published()
            if event.type == "doselane.courier.push.refused.v1"
        ]

    async def stored(self) -> int:
        """How many pushes are kept."""
        return await self.database.pool.fetchval("SELECT count(*) FROM message")

    async def body_of(self, push: str) -> bytes | None:
        """The body that is kept under a push's name."""
        return await self.database.pool.fetchval(
            "SELECT body FROM message WHERE message_id = $1", push.partition("/")[2]
        )


def signature(body: bytes, secret: str = COLD_KEY) -> str:
    """What the signed account sends beside a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def exchange_schema(dsn: str) -> None:
    """Makes the host's schema."""
    database = await Database.connect(dsn, "exchange", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()


@asynccontextmanager
async def a_courier_desk(dsn: str, *, clock: VirtualClock | None = None, **settings: Any) -> AsyncIterator[CourierDesk]:
    """A host on a database whose schema is made, behind a door on a port of its own."""
    issuer, clock = Issuer(), clock or VirtualClock(NOW + timedelta(hours=1))
    async with AsyncExitStack() as stack:
        database = await Database.connect(dsn, "exchange", pool_size=6)
        stack.push_async_callback(database.close)
        bus = MemoryBus()
        told = {"accounts": SecretStr(json.dumps(ACCOUNTS)), "loopback": True, **settings}
        host = service(Settings(**told), database, bus, issuer.verifier(), clock=clock)
        desk = CourierDesk(host, database, bus, issuer, clock)
        tasks = [asyncio.create_task(each()) for each in host.background]
        stack.push_async_callback(_cancelled, tasks)
        server = HttpServer(host.door, "127.0.0.1:0")
        await server.start()
        stack.push_async_callback(server.stop, 1)
        desk.port = server.port
        desk.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", timeout=60)
        stack.push_async_callback(desk.http.aclose)
        yield desk


async def _cancelled(tasks: list["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*tasks, return_exceptions=True)
