"""Distribution on a database of its own: the use cases at a desk, and the whole service behind its door."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from doselane.distribution.v1 import a2_table_pb2, distribution_pb2, events_pb2, lane_pb2, shipment_pb2
from google.protobuf.message import Message
from pydantic import SecretStr

from services.distribution import events
from services.distribution.main import service
from services.distribution.settings import Settings
from services.distribution.store import Store, milestones
from services.distribution.usecases.hearing import apply_all
from services.distribution.usecases.overdue import tell_overdue
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.ids import uuid7
from services.kernel.rpc import Client, Server
from services.kernel.signer import BOTH_COMPONENTS
from tests.support.distribution import NORTHLAKE, SWIFT, TRACKING, at, distribution_schema
from tests.support.postgres import Databases
from tests.support.tokens import Issuer

SHIPMENTS = distribution_pb2.DESCRIPTOR.services_by_name["DistributionService"]
A2_TABLES = a2_table_pb2.DESCRIPTOR.services_by_name["A2TableService"]
LANES = lane_pb2.DESCRIPTOR.services_by_name["LaneService"]
STAFF = ("operator", "distribution.read", "distribution.operate", "distribution.specify", "distribution.sign")


class Desk:
    """Distribution on a database: what others publish is applied at once, calls go through its door."""

    def __init__(self, database: Database, server: Server, issuer: Issuer, clock: VirtualClock) -> None:
        self.database, self.clock, self.store = database, clock, Store(database)
        self._server, self._issuer = server, issuer
        self._clients: list[Client] = []
        self._signed = 0

    async def apply(self, *batch: Event) -> None:
        """Applies events in one transaction, as a consumer does."""
        async with self.database.transaction() as conn:
            await apply_all(conn, batch, self.clock)

    async def apply_each(self, told: Sequence[Event]) -> None:
        """Applies events in a transaction each."""
        for event in told:
            await self.apply(event)

    def caller(self, partner: str = NORTHLAKE, *scopes: str, service: Any = SHIPMENTS, **claims: Any) -> Client:
        """A client of a partner, by default with leave to read."""
        now = self.clock.now().timestamp()
        token = self._issuer.token(partner, scopes or ("distribution.read",), now=now, **claims)
        client = Client(f"127.0.0.1:{self._server.port}", service, token)
        self._clients.append(client)
        return client

    def staff(self, service: Any) -> Client:
        """The manufacturer's staff."""
        return self.caller("partners/cdmo", *STAFF, service=service)

    def signer(self, role: str = "quality.assurance") -> Client:
        """Somebody in a role who has authenticated just now; a moment passes, as each signature wants its own."""
        self.clock.advance(timedelta(seconds=1))
        self._signed += 1
        return self.caller(
            "partners/cdmo",
            *STAFF,
            role,
            service=A2_TABLES,
            actor=f"{role}@cdmo",
            name=role,
            auth_time=self.clock.now().timestamp(),
            acr=BOTH_COMPONENTS,
            jti=f"token-{self._signed}",
        )

    async def call(self, method: str, request: Message) -> Any:
        """What the manufacturer's staff is answered."""
        return await self.caller("partners/cdmo", *STAFF).call(method, request)

    async def ask_lanes(self, method: str, request: Message) -> Any:
        """What LaneService answers the manufacturer's staff."""
        return await self.staff(LANES).call(method, request)

    async def book(self, *doses: str, courier: str = SWIFT, references: Sequence[str] = (), **fields: Any) -> Any:
        """Doses as one shipment."""
        names = [f"doses/{dose}" for dose in doses]
        request = distribution_pb2.BookShipmentRequest(
            doses=names,
            courier=courier,
            references=references,
            request_id=fields.pop("request_id", str(uuid7())),
            **fields,
        )
        return await self.call("BookShipment", request)

    async def attach(self, dose: str, *references: str, courier: str = SWIFT, **fields: Any) -> shipment_pb2.Shipment:
        """The shipment of a dose, booked if it was not, under these references."""
        asked = {"courier": courier, "references": references or (TRACKING,)}
        shipment = await self.shipment(dose)
        if shipment is None:
            return await self.book(dose, **asked, **fields)  # type: ignore[no-any-return]
        fields.setdefault("request_id", str(uuid7()))
        request = distribution_pb2.AttachReferencesRequest(name=shipment.name, **asked, **fields)
        return await self.call("AttachReferences", request)  # type: ignore[no-any-return]

    async def settle(self, dose: str, event_id: str, counts: bool, **fields: Any) -> shipment_pb2.Shipment:
        """The shipment after an operator settled a milestone in doubt."""
        verdict = (
            distribution_pb2.SettleMilestoneRequest.ACCEPTED
            if counts
            else distribution_pb2.SettleMilestoneRequest.DISMISSED
        )
        fields.setdefault("request_id", str(uuid7()))
        request = distribution_pb2.SettleMilestoneRequest(
            name=(await self.of(dose)).name, milestone_event_id=event_id, verdict=verdict, **fields
        )
        return await self.call("SettleMilestone", request)  # type: ignore[no-any-return]

    async def shipment(self, dose: str) -> shipment_pb2.Shipment | None:
        """The newest shipment of a dose, as operators see it."""
        request = distribution_pb2.ListShipmentsRequest(dose=f"doses/{dose}")
        found = await self.call("ListShipments", request)
        return found.shipments[0] if found.shipments else None

    async def of(self, dose: str) -> shipment_pb2.Shipment:
        """The shipment of a dose, which has one."""
        shipment = await self.shipment(dose)
        assert shipment is not None
        return shipment

    async def recorded(self, dose: str) -> list[shipment_pb2.RecordedMilestone]:
        """All milestones of a dose's shipment."""
        request = distribution_pb2.ListMilestonesRequest(parent=(await self.of(dose)).name, page_size=1000)
        return list((await self.call("ListMilestones", request)).milestones)

    async def unmatched(self) -> list[str]:
        """The courier's ids of milestones that no shipment claims."""
        async with self.store.reading() as conn:
            return [fact.milestone.event_id for _, fact in await milestones.unmatched(conn, "", None, 1000)]

    async def published(self, subject: str = "") -> list[Event]:
        """What was published, in order."""
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        return [event for event in map(event_of, rows) if subject in ("", event.subject)]

    async def told(self, dose: str) -> list[str]:
        """What was told of the shipment of a dose, in order."""
        name = (await self.of(dose)).name
        return [event.type.removeprefix(f"{events.TOPIC}.").removesuffix(".v1") for event in await self.published(name)]

    async def overdue_at(self, minutes: float) -> int:
        """Looks for what is overdue at an instant."""
        self.clock.advance_to(at(minutes))
        return await tell_overdue(self.store, self.clock)

    async def close(self) -> None:
        """Closes the clients."""
        for client in self._clients:
            await client.close()


@pytest.fixture
async def desk(databases: Databases) -> AsyncIterator[Desk]:
    """Distribution on an empty database, signs of life every 50 ms."""
    dsn = await databases.prepared("distribution", distribution_schema)
    issuer, clock = Issuer(), VirtualClock(at(0))
    settings = Settings(signature_key=SecretStr("11" * 32), keep_alive=timedelta(seconds=0.05))
    async with AsyncExitStack() as cleanup:
        database = await Database.connect(dsn, "distribution", pool_size=8)
        cleanup.push_async_callback(database.close)
        parts = service(settings, database, MemoryBus(), clock)
        server = Server("127.0.0.1:0", issuer.verifier(lambda: clock.now().timestamp()))
        for descriptor, servicer in parts.servicers:
            server.add(descriptor, servicer)
        await server.start()
        cleanup.push_async_callback(server.stop, 0)
        opened = Desk(database, server, issuer, clock)
        cleanup.push_async_callback(opened.close)
        yield opened


async def ended(tasks: Sequence["asyncio.Task[None]"]) -> None:
    """Cancels tasks and waits until they have ended."""
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def said_in(event: Event) -> Any:
    """An event of a shipment, read."""
    name = {
        "denial.recorded": events_pb2.DenialRecorded,
        "lane.measured": events_pb2.LaneMeasured,
        "milestone.recorded": events_pb2.MilestoneRecorded,
        "milestone.overdue": events_pb2.MilestoneOverdue,
        "shipment.followed": events_pb2.ShipmentFollowed,
        "shipment.booking_requested": events_pb2.BookingRequested,
        "shipment.cancellation_requested": events_pb2.CancellationRequested,
        "shipment.redirection_requested": events_pb2.RedirectionRequested,
        "shipment.order_confirmed": events_pb2.CourierOrderConfirmed,
        "shipment.order_failed": events_pb2.CourierOrderFailed,
        "shipment.excursion_detected": events_pb2.ExcursionDetected,
    }[event.type.removeprefix(f"{events.TOPIC}.").removesuffix(".v1")]
    return name.FromString(event.data)
