"""The tower on a database of its own: the use cases at a desk, and the whole service behind its door."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from doselane.tower.v1 import board_pb2, incident_pb2, tower_pb2

from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.rpc import Client, Server
from services.tower.events import entry_message, incident_message
from services.tower.main import service
from services.tower.settings import Settings
from services.tower.store import BoardFilter, IncidentFilter, Store
from services.tower.usecases import apply_all, judge_due
from tests.support.postgres import Databases
from tests.support.tokens import Issuer
from tests.support.tower import NORTHLAKE, at
from tests.support.tower_news import network_news, tower_schema

TOWER = tower_pb2.DESCRIPTOR.services_by_name["TowerService"]
DELAY_MAX = timedelta(days=1)


class Desk:
    """The use cases on a database, and what tests want of it."""

    def __init__(self, database: Database) -> None:
        self.database, self.store = database, Store(database)
        self.clock = VirtualClock(at(-20))

    def now(self, hours: float) -> None:
        """Moves the clock on."""
        self.clock.advance_to(at(hours))

    async def apply(self, *batch: Event) -> None:
        """Applies events in one transaction, as a consumer does."""
        async with self.database.transaction() as conn:
            await apply_all(conn, batch, self.clock, DELAY_MAX)

    async def look(self, hours: float) -> int:
        """Lets time go by, and judges what is due."""
        self.now(hours)
        return await judge_due(self.store, self.clock, DELAY_MAX)

    async def entry(self, dose: str = "d1") -> board_pb2.BoardEntry:
        """An entry as published."""
        return entry_message(await self.store.entry(dose, None))

    async def board(self) -> list[board_pb2.BoardEntry]:
        """All that is on the board."""
        return [entry_message(each) for each in await self.store.entries(BoardFilter(None), None, 100)]

    async def incidents(self) -> list[incident_pb2.Incident]:
        """All incidents, the oldest first."""
        found = await self.store.incidents(IncidentFilter(None), None, 100)
        return [incident_message(each) for each in reversed(found)]

    async def published(self, subject: str = "") -> list[Event]:
        """What was published, in order."""
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        return [event for event in map(event_of, rows) if event.subject.startswith(subject)]

    async def told(self, subject: str = "") -> list[str]:
        """The types of what was published, short."""
        events = await self.published(subject)
        return [event.type.removeprefix("doselane.tower.").removesuffix(".v1") for event in events]


class Door:
    """The whole service, with clients of several callers."""

    def __init__(self, database: Database, bus: MemoryBus, clock: VirtualClock, server: Server, issuer: Issuer) -> None:
        self.database, self.bus, self.clock, self._server, self._issuer = database, bus, clock, server, issuer
        self._clients: list[Client] = []

    def client(self, partner: str = NORTHLAKE, *scopes: str) -> Client:
        """A client of a partner, by default with leave to read."""
        made = Client(f"127.0.0.1:{self._server.port}", TOWER, self._issuer.token(partner, scopes or ("tower.read",)))
        self._clients.append(made)
        return made

    def operator(self) -> Client:
        """A client of the manufacturer's own staff."""
        return self.client("partners/cdmo", "operator", "tower.read", "tower.operate")

    async def publish(self, *events: Event) -> None:
        """Lets other services publish."""
        for event in events:
            await self.bus.publish(event.topic, [event])

    async def until(self, statement: str, *arguments: Any) -> Any:
        """Waits until a query has an answer that is true; each look follows a growth of the log, or a poll."""
        call = self.database.listen()
        async with asyncio.timeout(30):
            while True:
                seen = call.calls
                if found := await self.database.pool.fetchval(statement, *arguments):
                    return found
                await call.wait(seen, 0.02)

    async def close(self) -> None:
        """Closes the clients."""
        for client in self._clients:
            await client.close()


@pytest.fixture
async def desk(databases: Databases) -> AsyncIterator[Desk]:
    """The use cases on a database that knows the network."""
    database = await Database.connect(await databases.prepared("tower", tower_schema), "tower", pool_size=4)
    made = Desk(database)
    await made.apply(*network_news())
    yield made
    await database.close()


@pytest.fixture
async def door(databases: Databases) -> AsyncIterator[Door]:
    """The whole service, with signs of life every 50 ms."""
    dsn = await databases.prepared("tower", tower_schema)
    bus, issuer, clock = MemoryBus(), Issuer(), VirtualClock(at(-20))
    async with AsyncExitStack() as cleanup:
        database = await Database.connect(dsn, "tower", pool_size=8)
        cleanup.push_async_callback(database.close)
        quick = Settings(keep_alive=timedelta(seconds=0.05), due_every=timedelta(seconds=0.1))
        parts = service(quick, database, bus, clock)
        server = Server("127.0.0.1:0", issuer.verifier())
        for descriptor, servicer in parts.servicers:
            server.add(descriptor, servicer)
        await server.start()
        running = [asyncio.create_task(each()) for each in parts.background]  # type: ignore[arg-type]
        cleanup.push_async_callback(_ended, running)
        cleanup.push_async_callback(server.stop, 0)
        opened = Door(database, bus, clock, server, issuer)
        cleanup.push_async_callback(opened.close)
        await opened.publish(*network_news())
        yield opened


async def _ended(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
