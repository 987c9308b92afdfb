"""A ledger on a database of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from doselane.slotting.v1 import slotting_pb2

from services.kernel.db import Database
from services.kernel.errors import GatewayError
from services.slotting.domain import Amount, Book, Command
from services.slotting.usecases import Ledger
from tests.support.postgres import Databases
from tests.support.slotting import a_book, a_run, projected, slotting_schema, violations


class LedgerDesk:
    """A running ledger and what tests want of it."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self.database = database
        self.ledger = ledger
        self.now = datetime.now(UTC)

    async def run(self, name: str = "runs/lu-1", pool: Amount = Amount(10**9, 100), **facts: Any) -> Book:
        """An open run that the ledger knows."""
        allotments = facts.pop("allotments", {})
        book = a_book(a_run(name, now=self.now, **facts), pool=pool, allotments=allotments)
        await self.ledger.execute([projected(book)])
        return book

    async def ask(self, command: Command) -> slotting_pb2.Slot:
        """The slot after the command; raises its refusal."""
        return slotting_pb2.Slot.FromString(await self.ledger.execute_one(command))

    async def ahead(self, by: timedelta) -> None:
        """Let the database's clock run ahead by so much more."""
        await self.database.pool.execute("UPDATE clock SET ahead = ahead + $1", by)

    async def events(self) -> list[tuple[str, int]]:
        """Type and sequence of all events, in the order in which they were stored."""
        rows = await self.database.pool.fetch("SELECT type, sequence FROM outbox ORDER BY seq")
        return [(row["type"].removeprefix("doselane.slotting.").removesuffix(".v1"), row["sequence"]) for row in rows]


def slot_id(slot: slotting_pb2.Slot) -> UUID:
    """The id in a slot's name."""
    return UUID(slot.name.removeprefix("slots/"))


@pytest.fixture
async def desk(databases: Databases) -> AsyncIterator[LedgerDesk]:
    """A running ledger; when the test ends, the ledger must be free of violations."""
    dsn = await databases.prepared("slotting", slotting_schema)
    database = await Database.connect(dsn, "slotting", pool_size=4)
    ledger = Ledger(database)
    flusher = asyncio.create_task(ledger.run())
    yield LedgerDesk(database, ledger)
    assert await violations(database.pool) == []
    flusher.cancel()
    with suppress(asyncio.CancelledError):
        await flusher
    await database.close()


async def refused(command: Callable[[], Awaitable[object]]) -> str:
    """The reason of the refusal that must come."""
    with pytest.raises(GatewayError) as refusal:
        await command()
    return refusal.value.reason
