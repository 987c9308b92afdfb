"""Transactions of a service: to read at one instant, to change and publish in one, and to do so once per request."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from services.kernel import idempotency
from services.kernel.db import Connection, Database
from services.kernel.errors import GatewayError
from services.kernel.idempotency import RequestKey


class Transactions:
    """Opens connections to read and transactions to change; `committed` is called after each commit."""

    def __init__(self, database: Database, committed: Callable[[], None] = lambda: None) -> None:
        self.database = database
        self._committed = committed

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
        self._committed()

    async def perform(
        self, request_key: RequestKey, asked_at: datetime, work: Callable[[Connection], Awaitable[bytes]]
    ) -> bytes:
        """What the request was answered, or else what `work` answers now: it acts once, however often it is asked."""
        async with self.changing() as conn:
            return await idempotency.perform(conn, request_key, asked_at, lambda: work(conn))

    async def unless_answered(self, request_key: RequestKey, work: Callable[[], Awaitable[bytes]]) -> bytes:
        """What the request was answered, or else what `work` answers: for calls that decide before they `perform`.

        A refusal that a twin has earned by doing meanwhile what was asked is none: its answer is told instead.
        """
        answered = await idempotency.answered(self.database.pool, request_key)
        if answered is not None:
            return answered
        try:
            return await work()
        except GatewayError:
            answered = await idempotency.answered(self.database.pool, request_key)
            if answered is None:
                raise
            return answered
