"""Running ledgers on one database, as copies of the service are, and what tests want of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from doselane.slotting.v1 import slotting_pb2

from services.kernel.db import Connection, Database
from services.network import Capacity
from services.slotting.domain import Book, Command, Demand, Project
from services.slotting.usecases import Ledger, Ticket, decide_batch
from tests.support.slotting import a_book, a_demand, a_run, product_resource, projected, put_resources, violations

PATIENCE_S = 60.0


@dataclass
class Copy:
    """One copy of the service: connections, a ledger, and its flusher."""

    database: Database
    ledger: Ledger
    flusher: "asyncio.Task[None]"

    async def stop(self) -> None:
        """End the flusher, and wait until it has."""
        self.flusher.cancel()
        await asyncio.gather(self.flusher, return_exceptions=True)


class LedgerDesk:
    """Running ledgers; tests that need no second one use the first."""

    def __init__(self, copies: list[Copy]) -> None:
        self.copies = copies
        self.database, self.ledger = copies[0].database, copies[0].ledger
        self.now = datetime.now(UTC)

    async def run(self, name: str = "runs/lu-1", pool: Capacity = Capacity(10**9, 100), **facts: Any) -> Book:
        """An open run that the ledger knows."""
        allotments = facts.pop("allotments", {})
        book = a_book(a_run(name, now=self.now, **facts), pool=pool, allotments=allotments)
        product = book.run.product
        if not await self.database.pool.fetchval("SELECT count(*) FROM network WHERE name = $1", product):
            await put_resources(self.database.pool, product_resource(product))
        await self.ledger.execute([projected(book)])
        return book

    def demand(self, run: str = "runs/lu-1", **changes: Any) -> Demand:
        """7.4 GBq, the day after tomorrow."""
        return a_demand(run, now=self.now, **changes)

    async def ask(self, command: Command, copy: int = 0) -> slotting_pb2.Slot:
        """The slot after the command; raises its refusal."""
        return slotting_pb2.Slot.FromString(await self.copies[copy].ledger.execute_one(command))

    async def ahead(self, by: timedelta) -> None:
        """Let the database's clock run ahead by so much more."""
        await self.database.pool.execute("UPDATE gateway.clock SET ahead = ahead + $1", by)

    async def events(self) -> list[tuple[str, int]]:
        """Type and sequence of all events, in the order in which they were stored."""
        rows = await self.database.pool.fetch("SELECT type, sequence FROM outbox ORDER BY seq")
        return [(row["type"].removeprefix("doselane.slotting.").removesuffix(".v1"), row["sequence"]) for row in rows]

    async def slots(self) -> int:
        """How many slots there are."""
        count: int = await self.database.pool.fetchval("SELECT count(*) FROM slot")
        return count

    async def committed(self, run: str = "runs/lu-1") -> int:
        """Vials taken from the run's pool."""
        vials: int = await self.database.pool.fetchval("SELECT pool_committed_vials FROM run WHERE name = $1", run)
        return vials

    async def until_waiting_for_locks(self, connections: int = 1) -> None:
        """Return once so many connections of this database wait for a lock."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(PATIENCE_S):
            while await self.database.pool.fetchval(waiting) < connections:
                await asyncio.sleep(0.01)


def slot_id(slot: slotting_pb2.Slot) -> UUID:
    """The id in a slot's name."""
    return UUID(slot.name.removeprefix("slots/"))


async def decided(connection: Connection, *commands: Command | Project) -> list[Any]:
    """The answers to commands that are decided and saved in a transaction that the caller keeps open."""
    waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    answers, _ = await decide_batch(connection, [Ticket(commands, "", None, waiting)])
    return answers[0]


@asynccontextmanager
async def a_desk(dsn: str, copies: int = 1, **options: Any) -> AsyncIterator[LedgerDesk]:
    """Running ledgers; when a test ends well, nothing may be wrong with the books."""
    async with AsyncExitStack() as cleanup:
        running = []
        for _ in range(copies):
            database = await Database.connect(dsn, "slotting", pool_size=6)
            cleanup.push_async_callback(database.close)
            ledger = Ledger(database, **options)
            copy = Copy(database, ledger, asyncio.create_task(ledger.run()))
            cleanup.push_async_callback(copy.stop)
            running.append(copy)
        desk = LedgerDesk(running)
        yield desk
        assert await violations(desk.database.pool) == []
