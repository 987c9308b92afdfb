"""The capacity service as it runs, on a database of its own, with a twin of slotting's ledger beside it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from doselane.capacity.v1 import capacity_pb2, events_pb2
from google.protobuf.message import Message

from services.capacity import main
from services.capacity.domain import Allotment
from services.capacity.settings import Settings
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.rpc import Client, Server
from tests.integration.capacity.plant import Plant, running_plant
from tests.support.capacity import HARBOR, MERIDIAN, NOON, NORTHLAKE, capacity_schema, new_id, run_message
from tests.support.ledger_twin import LedgerTwin
from tests.support.postgres import Databases
from tests.support.published import published
from tests.support.tokens import Issuer

SERVICE = capacity_pb2.DESCRIPTOR.services_by_name["CapacityService"]
PLANNER = "partners/cdmo"
KEEP_ALIVE = timedelta(milliseconds=50)


class House:
    """The running service and what tests want of it."""

    def __init__(
        self, database: Database, bus: MemoryBus, twin: LedgerTwin, clock: VirtualClock, issuer: Issuer, target: str
    ) -> None:
        self.database, self.bus, self.twin, self.clock = database, bus, twin, clock
        reading = ["capacity.read"]
        self.tokens = {
            PLANNER: issuer.token(PLANNER, [*reading, "capacity.plan", "operator"], actor="planner"),
            **{partner: issuer.token(partner, reading) for partner in (NORTHLAKE, HARBOR, MERIDIAN)},
        }
        self.target, self.client = target, Client(target, SERVICE)

    async def call(self, method: str, request: Message, who: str = PLANNER, timeout_s: float = 10.0) -> Any:
        """Makes a call as somebody."""
        return await self.client.call(method, request, token=self.tokens[who], timeout_s=timeout_s)

    async def refusal(self, method: str, request: Message, who: str = PLANNER, timeout_s: float = 10.0) -> GatewayError:
        """The error that the call must end with."""
        with pytest.raises(GatewayError) as refusal:
            await self.call(method, request, who, timeout_s)
        return refusal.value

    def planning(self, *allotments: Allotment, run_id: str = "", **changes: Any) -> capacity_pb2.CreateRunRequest:
        """A request for a good run."""
        run = run_message(*allotments, now=self.clock.now(), **changes)
        return capacity_pb2.CreateRunRequest(run=run, run_id=run_id, request_id=new_id(), reason="forecast")

    async def planned(self, *allotments: Allotment, **changes: Any) -> capacity_pb2.Run:
        """A planned run."""
        return await self.call("CreateRun", self.planning(*allotments, **changes))

    async def opened(self, *allotments: Allotment, **changes: Any) -> capacity_pb2.Run:
        """An open run that the ledger knows."""
        run = await self.planned(*allotments, **changes)
        run = await self.call("OpenRun", capacity_pb2.OpenRunRequest(name=run.name, request_id=new_id()))
        await self.twin.knows(run.name, 2)
        return run

    async def get(self, name: str, who: str = PLANNER) -> capacity_pb2.Run:
        """A run as somebody sees it."""
        return await self.call("GetRun", capacity_pb2.GetRunRequest(name=name), who)

    async def published(self, run: str) -> list[Event]:
        """The run's events, in order, once all that was committed is in the log."""
        return await published(self.database, run)

    async def history(self, run: str) -> list[tuple[str, int]]:
        """What happened to a run, with its versions."""
        return [(event.type.split(".")[3], event.sequence) for event in await self.published(run)]

    async def reaches(self, run: str, version: int) -> capacity_pb2.Run:
        """The run, once it has this version."""
        async with asyncio.timeout(60):
            while (found := await self.get(run)).etag != f"v{version}":
                await asyncio.sleep(0.01)
        return found


def cut_in(event: Event) -> events_pb2.RunCut:
    """The message in an event of a cut."""
    return events_pb2.RunCut.FromString(event.data)


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Signs the tokens of all tests."""
    return Issuer()


@pytest.fixture
async def house(databases: Databases, issuer: Issuer) -> AsyncIterator[House]:
    """A running service; its ledger twin hears, answers and speaks."""
    database = await Database.connect(await databases.prepared("capacity", capacity_schema), "capacity", pool_size=8)
    bus, clock = MemoryBus(), VirtualClock(NOON)
    twin = LedgerTwin(database, bus, issuer)
    settings = Settings(
        slotting_target=await twin.start(),
        ledger_timeout=timedelta(seconds=8),
        keep_alive=KEEP_ALIVE,
    )
    service = main.service(settings, database, bus, clock)
    server = Server("127.0.0.1:0", issuer.verifier())
    for descriptor, servicer in service.servicers:
        server.add(descriptor, servicer)
    await server.start()
    tasks = [asyncio.ensure_future(background()) for background in service.background]
    made = House(database, bus, twin, clock, issuer, f"127.0.0.1:{server.port}")
    yield made
    await made.client.close()
    await server.stop(0)
    await twin.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()


@pytest.fixture
async def plant(databases: Databases, issuer: Issuer) -> AsyncIterator[Plant]:
    """Capacity and the real slotting service."""
    async with running_plant(databases, issuer) as running:
        yield running
