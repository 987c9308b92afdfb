"""Capacity over either ledger: the twin of the tests, and slotting itself."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.capacity import main as capacity_main
from services.capacity.settings import Settings
from services.kernel.bus import Bus
from services.kernel.bus.memory import MemoryBus
from services.kernel.db import Database
from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.rpc import Client, Server
from services.kernel.timestamps import stamp
from services.slotting import main as slotting_main
from services.slotting.settings import Settings as SlottingSettings
from tests.support.capacity import NORTHLAKE, capacity, capacity_schema, new_id, run_message
from tests.support.ledger_twin import LedgerTwin
from tests.support.postgres import Databases
from tests.support.slotting import SITE, slotting_schema
from tests.support.tokens import Issuer

CAPACITY = capacity_pb2.DESCRIPTOR.services_by_name["CapacityService"]
SLOTTING = slotting_pb2.DESCRIPTOR.services_by_name["SlottingService"]
LEDGER = slotting_pb2.DESCRIPTOR.services_by_name["LedgerService"]
KBQ = 10_000_000  # about what the claim of one slot takes


@dataclass
class Side:
    """One ledger under test, and how a slot comes to stand in it."""

    target: str
    claim: Callable[[str], Any]


class Plan:
    """What a test does: a run is opened in capacity, and the ledger is asked about it."""

    def __init__(self, side: Side, capacity_target: str, planner: str) -> None:
        self.side = side
        self.capacity, self.ledger = Client(capacity_target, CAPACITY, planner), Client(side.target, LEDGER, planner)
        self.now = datetime.now(UTC)

    async def opened(self) -> str:
        """The name of an open run of ten vials that the ledger knows, in version 2."""
        message = run_message(now=self.now)
        made = await self.capacity.call("CreateRun", capacity_pb2.CreateRunRequest(run=message, request_id=new_id()))
        await self.capacity.call("OpenRun", capacity_pb2.OpenRunRequest(name=made.name, request_id=new_id()))
        async with asyncio.timeout(60):
            while await self.refusal(asked(made.name, validate_only=True)):
                await asyncio.sleep(0.01)
        return made.name

    async def cut(self, request: slotting_pb2.CutRunCapacityRequest) -> slotting_pb2.CutRunCapacityResponse:
        """The ledger's answer."""
        answer: slotting_pb2.CutRunCapacityResponse = await self.ledger.call("CutRunCapacity", request)
        return answer

    async def refusal(self, request: slotting_pb2.CutRunCapacityRequest) -> tuple[type[GatewayError], str] | None:
        """What the ledger refuses it with: what a caller can do about it, and the reason. None if it does not."""
        try:
            await self.cut(request)
        except GatewayError as error:
            return type(error), error.reason
        return None


def asked(run: str, vials: int = 10, **facts: Any) -> slotting_pb2.CutRunCapacityRequest:
    """A request to cut a run in version 2 to so many vials, with activity enough for all of them."""
    return slotting_pb2.CutRunCapacityRequest(
        **{"run": run, "pledged": capacity(100, vials), "base_version": 2, "request_id": new_id(), **facts}
    )


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Signs the tokens of all tests."""
    return Issuer()


@pytest.fixture(params=["twin", "slotting"])
async def plan(request: pytest.FixtureRequest, databases: Databases, issuer: Issuer) -> AsyncIterator[Plan]:
    """Capacity with one of the two ledgers beside it."""
    planner = issuer.token("partners/cdmo", ["operator", "capacity.plan", "capacity.read"], "planner")
    async with AsyncExitStack() as cleanup:
        database = await Database.connect(
            await databases.prepared("capacity", capacity_schema), "capacity", pool_size=6
        )
        cleanup.push_async_callback(database.close)
        bus = MemoryBus()
        side = await cleanup.enter_async_context(
            a_twin(database, bus, issuer) if request.param == "twin" else slotting_itself(databases, bus, issuer)
        )
        service = capacity_main.service(Settings(slotting_target=side.target), database, bus)
        server = await cleanup.enter_async_context(serving(service, issuer))
        made = Plan(side, f"127.0.0.1:{server.port}", planner)
        cleanup.push_async_callback(made.capacity.close)
        cleanup.push_async_callback(made.ledger.close)
        yield made


@asynccontextmanager
async def a_twin(database: Database, bus: Bus, issuer: Issuer) -> AsyncIterator[Side]:
    """The twin, which hears of runs from capacity's log."""
    twin = LedgerTwin(database, bus, issuer)

    async def claim(run: str) -> str:
        name = f"slots/{uuid7()}"
        twin.claim(run, name, KBQ)
        return name

    target = await twin.start()
    try:
        yield Side(target, claim)
    finally:
        await twin.stop()


@asynccontextmanager
async def slotting_itself(databases: Databases, bus: Bus, issuer: Issuer) -> AsyncIterator[Side]:
    """The service, which hears of runs from the bus."""
    database = await Database.connect(await databases.prepared("slotting", slotting_schema), "slotting", pool_size=6)
    sponsor = issuer.token(NORTHLAKE, ["slotting.claim", "slotting.read"])
    async with serving(slotting_main.service(SlottingSettings(), database, bus), issuer) as server:
        target = f"127.0.0.1:{server.port}"
        async with Client(target, SLOTTING, sponsor) as client:
            yield Side(target, lambda run: a_claim(client, run))
    await database.close()


async def a_claim(client: Client, run: str) -> str:
    """The name of a slot of about 10 GBq."""
    at = stamp(datetime.now(UTC) + timedelta(hours=30))
    administration = type_pb2.Activity(activity_mbq=9000, time=at)
    demand = slotting_pb2.SlotDemand(run=run, site=SITE, administration=administration, order_reference="order-1")
    slot = await client.call("ClaimSlot", slotting_pb2.ClaimSlotRequest(demand=demand, request_id=new_id()))
    return str(slot.name)


@asynccontextmanager
async def serving(service: Any, issuer: Issuer) -> AsyncIterator[Server]:
    """A service with its calls on a port and its work in the background."""
    server = Server("127.0.0.1:0", issuer.verifier())
    for descriptor, servicer in service.servicers:
        server.add(descriptor, servicer)
    await server.start()
    tasks = [asyncio.ensure_future(background()) for background in service.background]
    try:
        yield server
    finally:
        await server.stop(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
