"""Status on a database of its own: the use cases at a desk, and the whole service behind its door."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any

import pytest
from doselane.status.v1 import events_pb2, status_pb2

from services.kernel.bus.memory import MemoryBus
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.event import Event
from services.kernel.event_log import event_of
from services.kernel.rpc import Client, Server
from services.status import store
from services.status.domain import Entry
from services.status.events import dose_message
from services.status.main import service
from services.status.settings import Settings
from services.status.usecases import apply_all
from tests.support.postgres import Databases
from tests.support.status import NORTHLAKE, at, slot_event, status_schema
from tests.support.tokens import Issuer

STATUS = status_pb2.DESCRIPTOR.services_by_name["StatusService"]


class Desk:
    """The use cases on a database, and what tests want of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = VirtualClock(at(1000))

    async def apply(self, *batch: Event) -> None:
        """Applies events in one transaction, as a consumer does."""
        async with self.database.transaction() as conn:
            await apply_all(conn, batch, self.clock)

    async def apply_each(self, events: Sequence[Event]) -> None:
        """Applies events in a transaction each."""
        for event in events:
            await self.apply(event)

    async def dose(self, dose_id: str) -> status_pb2.Dose:
        """A dose as published."""
        found = await store.find_dose(self.database.pool, dose_id, None)
        assert found is not None
        return dose_message(found)

    async def entries(self, dose_id: str) -> list[Entry]:
        """A dose's whole timeline."""
        return await store.list_entries(self.database.pool, dose_id, 0, 1000)

    async def told(self, dose_id: str) -> list[str]:
        """The kinds of events in a dose's timeline."""
        return [entry.event_type.removesuffix(".v1").rpartition(".")[2] for entry in await self.entries(dose_id)]

    async def published(self, subject: str = "") -> list[Event]:
        """What was published, in order."""
        rows = await self.database.pool.fetch("SELECT * FROM outbox ORDER BY seq")
        return [event for event in map(event_of, rows) if subject in ("", event.subject)]

    async def updates(self, dose_id: str) -> list[events_pb2.DoseUpdated]:
        """What was published of a dose."""
        return [events_pb2.DoseUpdated.FromString(event.data) for event in await self.published(f"doses/{dose_id}")]


class Door:
    """The whole service, with clients of several callers."""

    def __init__(self, database: Database, bus: MemoryBus, server: Server, issuer: Issuer) -> None:
        self.database, self.bus, self._server, self._issuer = database, bus, server, issuer
        self._clients: list[Client] = []

    def client(self, partner: str = NORTHLAKE, *scopes: str) -> Client:
        """A client of a partner, by default with leave to read."""
        token = self._issuer.token(partner, scopes or ("status.read",))
        made = Client(f"127.0.0.1:{self._server.port}", STATUS, token)
        self._clients.append(made)
        return made

    def operator(self) -> Client:
        """A client of the manufacturer's own staff."""
        return self.client("partners/cdmo", "operator", "status.read")

    async def publish(self, *events: Event) -> None:
        """Lets other services publish."""
        for event in events:
            await self.bus.publish(event.topic, [event])

    async def a_dose(self, dose_id: str, **changes: Any) -> None:
        """Publishes a confirmed slot and waits until status knows the dose."""
        await self.publish(slot_event(dose_id, **changes))
        await self.until(lambda: self.numbers(dose_id), 1)

    async def numbers(self, dose_id: str) -> int:
        """How many entries of a dose's timeline stand in the log, where watchers see them."""
        subject = f"doses/{dose_id}"
        return await self.database.pool.fetchval("SELECT count(*) FROM event_log WHERE subject = $1", subject)

    async def until(self, measure: Callable[[], Any], least: int) -> None:
        """Waits until a figure is reached; each look follows a growth of the log, or a poll."""
        call = self.database.listen()
        async with asyncio.timeout(20):
            while True:
                seen = call.calls
                if await measure() >= least:
                    return
                await call.wait(seen, 0.02)

    async def close(self) -> None:
        """Closes the clients."""
        for client in self._clients:
            await client.close()


@pytest.fixture
async def desk(databases: Databases) -> AsyncIterator[Desk]:
    """The use cases on an empty database."""
    dsn = await databases.prepared("status", status_schema)
    database = await Database.connect(dsn, "status", pool_size=8)
    yield Desk(database)
    await database.close()


@pytest.fixture
async def door(databases: Databases) -> AsyncIterator[Door]:
    """The whole service, with signs of life every 50 ms."""
    dsn = await databases.prepared("status", status_schema)
    bus, issuer = MemoryBus(), Issuer()
    async with AsyncExitStack() as cleanup:
        database = await Database.connect(dsn, "status", pool_size=8)
        cleanup.push_async_callback(database.close)
        parts = service(Settings(keep_alive=timedelta(seconds=0.05)), database, bus)
        server = Server("127.0.0.1:0", issuer.verifier())
        for descriptor, servicer in parts.servicers:
            server.add(descriptor, servicer)
        await server.start()
        running = [asyncio.create_task(each()) for each in parts.background]  # type: ignore[arg-type]
        cleanup.push_async_callback(_ended, running)
        cleanup.push_async_callback(server.stop, 0)
        opened = Door(database, bus, server, issuer)
        cleanup.push_async_callback(opened.close)
        yield opened


async def _ended(tasks: Sequence["asyncio.Task[None]"]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
