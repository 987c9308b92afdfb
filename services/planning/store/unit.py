"""Transactions that also publish: what they save and its events are durable together."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from services.kernel.db import Connection, Database

SCHEMA = Path(__file__).parent.with_name("schema")


class Store:
    """Opens connections to read and transactions to change; `wake` is called after each commit."""

    def __init__(self, database: Database, wake: Callable[[], None] = lambda: None) -> None:
        self.database = database
        self._wake = wake

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection on which all reads see one instant."""
        async with self.database.pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            yield conn

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Connection]:
        """A transaction; what it saved is durable, and on its way to be published, when the block has ended well."""
        async with self.database.transaction() as conn:
            yield conn
        self._wake()
