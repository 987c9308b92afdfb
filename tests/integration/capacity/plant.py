"""Capacity and the real slotting service in one process, on databases of their own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.capacity import main as capacity_main
from services.capacity.domain import Allotment
from services.capacity.settings import Settings
from services.kernel.bus.memory import MemoryBus
from services.kernel.db import Database
from services.kernel.rpc import Client, Server
from services.kernel.timestamps import stamp
from services.slotting import main as slotting_main
from services.slotting.settings import Settings as SlottingSettings
from tests.support.capacity import (
    HARBOR,
    NORTHLAKE,
    capacity_schema,
    new_id,
    run_message,
)
from tests.support.postgres import Databases
from tests.support.slotting import SITE, slotting_schema, violations
from tests.support.tokens import Issuer

CAPACITY = capacity_pb2.DESCRIPTOR.services_by_name["CapacityService"]
SLOTTING = slotting_pb2.DESCRIPTOR.services_by_name["SlottingService"]


class Plant:
    """Both services and their callers."""

    def __init__(
        self, target: str, bus: MemoryBus, capacity_db: Database, slotting_db: Database, issuer: Issuer
    ) -> None:
        self.bus = bus
        planner = issuer.token(
            "partners/cdmo", ["operator", "capacity.plan", "capacity.read", "slotting.read"], "planner"
        )
        self.target = target
        self.capacity, self.slotting = Client(target, CAPACITY, planner), Client(target, SLOTTING, planner)
        self.sponsors = {p: issuer.token(p, ["slotting.claim", "slotting.read"]) for p in (NORTHLAKE, HARBOR)}
        self.capacity_db, self.slotting_db = capacity_db, slotting_db
        self.now = datetime.now(UTC)

    async def opened(self, *allotments: Allotment, **changes: Any) -> capacity_pb2.Run:
        """An open run that slotting takes claims for."""
        message = run_message(*allotments, now=self.now, **changes)
        run = await self.capacity.call("CreateRun", capacity_pb2.CreateRunRequest(run=message, request_id=new_id()))
        run = await self.capacity.call("OpenRun", capacity_pb2.OpenRunRequest(name=run.name, request_id=new_id()))
        await self.ledger_has(run.name, 2)
        return run

    async def claim(self, run: str, partner: str = NORTHLAKE) -> slotting_pb2.Slot:
        """A slot of about 10 GBq."""
        at = stamp(self.now + timedelta(hours=30))
        demand = slotting_pb2.SlotDemand(
            run=run,
            site=SITE,
            administration=type_pb2.Activity(activity_mbq=9000, time=at),
            order_reference="order-1",
        )
        request = slotting_pb2.ClaimSlotRequest(demand=demand, request_id=new_id())
        return await self.slotting.call("ClaimSlot", request, token=self.sponsors[partner])

    async def slot(self, name: str) -> slotting_pb2.Slot:
        """A slot as it is now."""
        return await self.slotting.call("GetSlot", slotting_pb2.GetSlotRequest(name=name))

    async def change(self, request: Message) -> Any:
        """Cuts or cancels."""
        return await self.capacity.call(type(request).__name__.removesuffix("Request"), request)

    async def pool_free(self, run: str, partner: str = HARBOR) -> type_pb2.Capacity:
        """What is free in the pool, as the ledger says."""
        request = slotting_pb2.GetAvailabilityRequest(name=f"{run}/availability")
        found = await self.slotting.call("GetAvailability", request, token=self.sponsors[partner])
        return found.pool_free

    async def made_by(self, production_order: str) -> str:
        """The run that an order makes, once there is one."""
        async with asyncio.timeout(60):
            while True:
                made = "SELECT name FROM run WHERE production_order = $1"
                if name := await self.capacity_db.pool.fetchval(made, production_order):
                    return str(name)
                await asyncio.sleep(0.01)

    async def ledger_has(self, run: str, version: int) -> None:
        """Waits until the ledger has this version."""
        async with asyncio.timeout(60):
            while await self.slotting_db.pool.fetchval("SELECT version FROM run WHERE name = $1", run) != version:
                await asyncio.sleep(0.01)

    async def settled(self) -> None:
        """Waits until every event of the ledger has reached capacity."""
        cuts = "SELECT event_id FROM outbox WHERE type = 'doselane.slotting.run.cut.v1'"
        seen = "SELECT count(*) FROM inbox WHERE consumer = 'capacity' AND event_id = ANY ($1)"
        async with asyncio.timeout(60):
            while True:
                told = [row["event_id"] for row in await self.slotting_db.pool.fetch(cuts)]
                if await self.capacity_db.pool.fetchval(seen, told) == len(told):
                    return
                await asyncio.sleep(0.01)

    async def versions(self, run: str) -> tuple[int, int]:
        """The run's version on both sides."""
        mine = await self.capacity_db.pool.fetchval("SELECT version FROM run WHERE name = $1", run)
        return mine, await self.slotting_db.pool.fetchval("SELECT version FROM run WHERE name = $1", run)


@asynccontextmanager
async def running_plant(databases: Databases, issuer: Issuer) -> AsyncIterator[Plant]:
    """Both services in one server; when it ends, the ledger must be free of violations."""
    capacity_db = await Database.connect(await databases.prepared("capacity", capacity_schema), "capacity", pool_size=6)
    slotting_db = await Database.connect(await databases.prepared("slotting", slotting_schema), "slotting", pool_size=6)
    bus, server = MemoryBus(), Server("127.0.0.1:0", issuer.verifier())
    slotting = slotting_main.service(SlottingSettings(), slotting_db, bus)
    for descriptor, servicer in slotting.servicers:
        server.add(descriptor, servicer)
    ledger = Server("127.0.0.1:0", issuer.verifier())
    ledger.add(*slotting.servicers[1])
    await ledger.start()
    made = capacity_main.service(Settings(slotting_target=f"127.0.0.1:{ledger.port}"), capacity_db, bus)
    server.add(*made.servicers[0])
    await server.start()
    tasks = [asyncio.ensure_future(each()) for each in (*slotting.background, *made.background)]
    plant = Plant(f"127.0.0.1:{server.port}", bus, capacity_db, slotting_db, issuer)
    yield plant
    assert await violations(slotting_db.pool) == []
    await plant.capacity.close()
    await plant.slotting.close()
    await server.stop(0)
    await ledger.stop(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await capacity_db.close()
    await slotting_db.close()
