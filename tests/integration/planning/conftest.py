"""The planning service as it runs, on a database of its own, with what master data and slotting published."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from doselane.planning.v1 import forecast_pb2
from google.protobuf.message import Message

from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.rpc import Client, Server
from services.planning import main
from services.planning.settings import Settings
from tests.support.forecasts import (
    CDMO,
    DOTA,
    HARBOR,
    HILLTOP,
    LAKESIDE,
    MIDWEST,
    NORTHEAST,
    NORTHLAKE,
    NOW,
    PSMA,
    a_product,
    a_site,
    an_agreement,
    planning_schema,
    resource_event,
    submission,
)
from tests.support.postgres import Databases
from tests.support.published import published
from tests.support.tokens import Issuer

FORECASTS = forecast_pb2.DESCRIPTOR.services_by_name["ForecastService"]
FORECAST_SCOPES = ["forecast.read", "forecast.write"]


class Desk:
    """The running service and what tests want of it."""

    def __init__(self, database: Database, bus: MemoryBus, clock: VirtualClock, issuer: Issuer, target: str) -> None:
        self.database, self.bus, self.clock, self.target = database, bus, clock, target
        self.tokens = {
            CDMO: issuer.token(CDMO, [*FORECAST_SCOPES, "operator"], actor="planner"),
            **{partner: issuer.token(partner, FORECAST_SCOPES) for partner in (NORTHLAKE, HARBOR)},
            "reader": issuer.token(NORTHLAKE, ["forecast.read"]),
        }
        self.client = Client(target, FORECASTS)

    async def call(self, method: str, request: Message, who: str = NORTHLAKE) -> Any:
        """Makes a call as somebody."""
        return await self.client.call(method, request, token=self.tokens[who], timeout_s=10)

    async def refusal(self, method: str, request: Message, who: str = NORTHLAKE) -> GatewayError:
        """The error that the call must end with."""
        with pytest.raises(GatewayError) as refusal:
            await self.call(method, request, who)
        return refusal.value

    async def submit(self, doses: Mapping[int, int], who: str = NORTHLAKE, **changes: Any) -> forecast_pb2.Forecast:
        """Submits a version that must be taken."""
        return await self.call("SubmitForecast", submission(doses, **changes), who)

    async def refused(self, doses: Mapping[int, int], who: str = NORTHLAKE, **changes: Any) -> GatewayError:
        """Submits a version that must be refused."""
        return await self.refusal("SubmitForecast", submission(doses, **changes), who)

    async def hears(self, *events: Event) -> None:
        """Publishes what others say, and waits until the service has taken it in."""
        for event in events:
            await self.bus.publish(event.topic, [event])
        ids = [event.id for event in events]
        taken = "SELECT count(*) FROM inbox WHERE event_id = ANY ($1)"
        async with asyncio.timeout(60):
            while await self.database.pool.fetchval(taken, ids) < len(set(ids)):
                await asyncio.sleep(0.01)

    async def published(self) -> list[Event]:
        """All events of the service, in order, once all that was committed is in the log."""
        return await published(self.database)


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Signs the tokens of all tests."""
    return Issuer()


@pytest.fixture
async def desk(databases: Databases, issuer: Issuer) -> AsyncIterator[Desk]:
    """A running service that knows two sponsors: Northlake with an agreement, Harbor without."""
    dsn = await databases.prepared("planning", planning_schema)
    database = await Database.connect(dsn, "planning", pool_size=8)
    bus, clock = MemoryBus(), VirtualClock(NOW)
    service = main.service(Settings(), database, bus, clock)
    server = Server("127.0.0.1:0", issuer.verifier())
    for descriptor, servicer in service.servicers:
        server.add(descriptor, servicer)
    await server.start()
    tasks = [asyncio.ensure_future(background()) for background in service.background]
    made = Desk(database, bus, clock, issuer, f"127.0.0.1:{server.port}")
    await made.hears(
        resource_event(a_product(PSMA, NORTHLAKE, HARBOR)),
        resource_event(a_product(DOTA, HARBOR)),
        resource_event(a_site(LAKESIDE, MIDWEST, NORTHLAKE, HARBOR)),
        resource_event(a_site(HILLTOP, NORTHEAST, HARBOR)),
        resource_event(an_agreement()),
    )
    yield made
    await made.client.close()
    await server.stop(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await database.close()
