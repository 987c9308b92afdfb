"""A host of the smallest laboratory, on a database of its own, and what tests want of both."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
from google.protobuf.struct_pb2 import Struct
from pydantic import SecretStr

from adapters.host import deliveries
from adapters.host.deliveries import Delivery, DeliveryState
from adapters.host.main import service
from adapters.host.settings import Settings
from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.http import HttpServer
from services.kernel.ids import uuid7
from tests.support import lims
from tests.support.couriers import NOW
from tests.support.tokens import Issuer

KEY = "laboratory-key-000001"
ACCOUNTS = {
    "lab": {
        "partner": "partners/lab",
        "adapter": "lims_tiny",
        "auth": {"type": "header_key", "header": "x-api-key", "secrets": [KEY]},
        "connection": {"url": "http://127.0.0.1:9", "every": {"lims.results": 0.05, "lims.quick": 0.05}},
    }
}


@dataclass
class Bench:
    """A host of laboratories, and the one laboratory."""

    laboratory: lims.Laboratory
    database: Database
    bus: MemoryBus
    clock: VirtualClock
    http: httpx.AsyncClient

    async def events(self) -> list[Event]:
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        return [event_of(row) for row in rows]

    async def reported(self) -> list[str]:
        return sorted(
            Struct.FromString(event.data)["id"]
            for event in await self.events()
            if event.type == "doselane.lims.result.reported.v1"
        )

    async def registered(self, sample: str, number: int = 1, days: float = 5) -> None:
        said = Struct()
        said.update({"sample": sample, "number": number, "days": days})
        at, data = self.clock.now(), said.SerializeToString()
        event = Event(uuid7(), lims.REGISTERED, "doselane/quality", "batches/b", number, at, data)
        await self.bus.publish("doselane.quality", [event])

    async def deliveries(self) -> list[Delivery]:
        found = await deliveries.page(self.database.pool, partner=None, states=(), before=None, limit=100)
        return found[::-1]

    async def until(self, holds: Callable[[], Awaitable[Any]]) -> None:
        async with asyncio.timeout(60):
            while not await holds():
                due = await self.database.pool.fetchval(
                    "SELECT min(next_at) FROM delivery WHERE state = 1 AND next_at > $1", self.clock.now()
                )
                if due is not None:
                    self.clock.advance_to(due)
                await asyncio.sleep(0.01)

    async def has(self, *expected: str) -> None:
        """Waits until these results were reported, and no others."""

        async def holds() -> bool:
            return await self.reported() == list(expected)

        await self.until(holds)

    async def ended(self, *states: DeliveryState) -> list[Delivery]:
        async def holds() -> bool:
            return [each.state for each in await self.deliveries()] == list(states)

        await self.until(holds)
        return await self.deliveries()


def result(number: int, state: str = "verified", **more: Any) -> dict[str, Any]:
    """A result as the laboratory tells it."""
    return {"id": f"r{number}", "sample": f"s{number}", "state": state, **more}


@asynccontextmanager
async def a_bench(dsn: str, *, look_every: timedelta = timedelta(seconds=0.02), **changes: Any) -> AsyncIterator[Bench]:
    """A running host, and the laboratory that it serves; `changes` are of its adapter."""
    laboratory, clock = lims.Laboratory(), VirtualClock(NOW + timedelta(hours=1))
    adapter = replace(lims.ADAPTER, connect=lambda settings, http: laboratory, **changes)
    database, bus = await Database.connect(dsn, "exchange", pool_size=6), MemoryBus()
    settings = Settings(accounts=SecretStr(json.dumps(ACCOUNTS)), look_every=look_every)
    host = service(settings, database, bus, Issuer().verifier(), clock=clock, adapters={"lims_tiny": adapter})
    tasks = [asyncio.create_task(each()) for each in host.background]
    server = HttpServer(host.door, "127.0.0.1:0")
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers={"x-api-key": KEY}) as http:
            yield Bench(laboratory, database, bus, clock, http)
    finally:
        await server.stop(1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await database.close()
