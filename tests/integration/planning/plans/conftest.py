"""Planning and capacity as they run, on one bus, each on a database of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.planning.v1 import forecast_pb2, planning_pb2
from google.protobuf.message import Message
from google.type.date_pb2 import Date

from services.capacity import main as capacity_main
from services.capacity.settings import Settings as CapacitySettings
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.process import Service
from services.kernel.rpc import Client, Server
from services.planning import main as planning_main
from services.planning.settings import Settings
from tests.support.capacity import capacity_schema
from tests.support.forecasts import planning_schema, resource_event
from tests.support.planning_plant import ACTINIUM, CDMO, NORTHLAKE, NOW, REGION, delivery, new_id, plant
from tests.support.planning_worlds import MONDAY
from tests.support.postgres import Databases
from tests.support.published import published
from tests.support.tokens import Issuer

PLANNING = planning_pb2.DESCRIPTOR.services_by_name["PlanningService"]
FORECASTS = forecast_pb2.DESCRIPTOR.services_by_name["ForecastService"]
CAPACITY = capacity_pb2.DESCRIPTOR.services_by_name["CapacityService"]
SCOPES = ["planning.read", "planning.plan", "forecast.write", "capacity.plan", "capacity.read", "operator"]
KEEP_ALIVE = timedelta(milliseconds=50)


class Plant:
    """Both services and their callers."""

    def __init__(self, database: Database, bus: MemoryBus, clock: VirtualClock, issuer: Issuer, target: str) -> None:
        self.database, self.bus, self.clock, self.target, self.issuer = database, bus, clock, target, issuer
        self.planner = issuer.token(CDMO, SCOPES, actor="planner")
        self.client, self.capacity = Client(target, PLANNING, self.planner), Client(target, CAPACITY, self.planner)
        self.forecasts = Client(target, FORECASTS, self.planner)

    async def call(self, method: str, request: Message, token: str = "", timeout_s: float = 20.0) -> Any:
        return await self.client.call(method, request, token=token or None, timeout_s=timeout_s)

    async def refusal(self, method: str, request: Message, token: str = "") -> GatewayError:
        with pytest.raises(GatewayError) as refusal:
            await self.call(method, request, token)
        return refusal.value

    async def announced(self, **changes: Any) -> planning_pb2.IsotopeDelivery:
        request = planning_pb2.CreateIsotopeDeliveryRequest(isotope_delivery=delivery(**changes), request_id=new_id())
        return await self.call("CreateIsotopeDelivery", request)

    async def forecast(self, doses: int = 5, partner: str = NORTHLAKE) -> None:
        weeks = [forecast_pb2.ForecastWeek(week_start_date=_day(), doses=doses)]
        forecast = forecast_pb2.Forecast(partner=partner, product=ACTINIUM, region=REGION, weeks=weeks)
        request = forecast_pb2.SubmitForecastRequest(forecast=forecast, request_id=new_id())
        await self.forecasts.call("SubmitForecast", request)

    async def asked(self, **changes: Any) -> planning_pb2.Proposal:
        facts: dict[str, Any] = {"weeks": 1, "solve_seconds_max": 10, "request_id": new_id(), **changes}
        return await self.call("ProposePlan", planning_pb2.ProposePlanRequest(**facts))

    async def watched(self, name: str, target: str = "") -> list[planning_pb2.WatchProposalResponse]:
        """All that a watch says, to its end."""
        client = Client(target or self.target, PLANNING, self.planner)
        async with client, asyncio.timeout(60):
            request = planning_pb2.WatchProposalRequest(name=name)
            return [step async for step in client.stream("WatchProposal", request)]

    async def proposed(self, doses: int = 5) -> planning_pb2.Proposal:
        """A proposal that is READY, for one delivery and one forecast."""
        await self.announced()
        await self.forecast(doses)
        proposal = (await self.watched((await self.asked()).name))[-1].proposal
        assert proposal.state == planning_pb2.Proposal.READY, proposal.failure
        return proposal

    async def get(self, name: str) -> planning_pb2.Proposal:
        return await self.call("GetProposal", planning_pb2.GetProposalRequest(name=name))

    async def hears(self, *events: Event) -> None:
        for event in events:
            await self.bus.publish(event.topic, [event])
        taken = "SELECT count(*) FROM inbox WHERE event_id = ANY ($1)"
        async with asyncio.timeout(60):
            while await self.database.pool.fetchval(taken, [event.id for event in events]) < len(events):
                await asyncio.sleep(0.01)

    async def published(self, subject: str) -> list[Event]:
        return await published(self.database, subject)

    async def history(self, subject: str) -> list[tuple[str, int]]:
        return [(each.type.split(".", 2)[2], each.sequence) for each in await self.published(subject)]

    async def runs(self) -> list[capacity_pb2.Run]:
        return list((await self.capacity.call("ListRuns", capacity_pb2.ListRunsRequest())).runs)

    async def runs_heard(self, count: int) -> None:
        """Waits until planning knows so many runs of capacity's."""
        async with asyncio.timeout(60):
            while await self.database.pool.fetchval("SELECT count(*) FROM capacity_run") < count:
                await asyncio.sleep(0.01)


def _day() -> Date:
    return Date(year=MONDAY.year, month=MONDAY.month, day=MONDAY.day)


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Signs the tokens of all tests."""
    return Issuer()


@pytest.fixture
async def house(databases: Databases, issuer: Issuer) -> AsyncIterator[Plant]:
    """A running plant, whose master data planning has heard."""
    bus, clock = MemoryBus(), VirtualClock(NOW)
    async with AsyncExitStack() as stack:
        capacity_db = await _database(stack, await databases.prepared("capacity", capacity_schema), "capacity")
        planning_db = await _database(stack, await databases.prepared("planning", planning_schema), "planning")
        capacity = capacity_main.service(CapacitySettings(slotting_target="127.0.0.1:1"), capacity_db, bus, clock)
        target = await _served(stack, capacity, issuer)
        settings = Settings(
            capacity_target=target, keep_alive=KEEP_ALIVE, proposal_lead=timedelta(0), solver_lease=timedelta(seconds=1)
        )
        planning = planning_main.service(settings, planning_db, bus, clock)
        made = Plant(planning_db, bus, clock, issuer, await _served(stack, planning, issuer))
        made.capacity = Client(target, CAPACITY, made.planner)
        made.settings = settings  # type: ignore[attr-defined]
        await made.hears(*(resource_event(resource) for resource in plant()))
        yield made
        for client in (made.client, made.capacity, made.forecasts):
            await client.close()


async def _database(stack: AsyncExitStack, dsn: str, schema: str) -> Database:
    database = await Database.connect(dsn, schema, pool_size=8)
    stack.push_async_callback(database.close)
    return database


async def _served(stack: AsyncExitStack, service: Service, issuer: Issuer) -> str:
    server = Server("127.0.0.1:0", issuer.verifier())
    for descriptor, servicer in service.servicers:
        server.add(descriptor, servicer)
    tasks = [asyncio.ensure_future(background()) for background in service.background]

    async def stop() -> None:
        await server.stop(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    await server.start()
    stack.push_async_callback(stop)
    return f"127.0.0.1:{server.port}"
