"""Many small writes as few large ones: what waits while one batch is written becomes the next batch."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import asyncpg
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from services.kernel.db import Connection, Database, passes_by_itself
from services.kernel.errors import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")
Write = Callable[[Connection, Sequence[Item]], Awaitable[Sequence[Result]]]

TRIES = 4
LINGER_UNTIL = 64

log = logging.getLogger(__name__)


class Batches(Generic[Item, Result]):
    """Writes items together. A lone item never waits; nobody sets a timer.

    What the database refuses in a batch is tried one by one, so that one item spoils nothing for the others.
    """

    def __init__(
        self,
        database: Database,
        write: Write[Item, Result],
        *,
        items_max: int = 256,
        linger_s: float = 0.0,
        weight_of: Callable[[Item], int] = lambda _: 0,
        weight_max: int = 16 << 20,
    ) -> None:
        self._database, self._write = database, write
        self._items_max, self._weight_of, self._weight_max = items_max, weight_of, weight_max
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._linger_s, self._last = linger_s, 0
        self._writer: asyncio.Task[None] | None = None
        self._conn: asyncpg.Connection | None = None

    def put(self, item: Item) -> "asyncio.Future[Result]":
        """The result of writing the item, durable once it is there. Raises Unavailable if the database is away."""
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())
        return done

    async def close(self) -> None:
        """Lets go of the connection."""
        if self._conn is not None:
            await self._conn.close()

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                try:
                    # A connection of its own, kept: one from the pool costs a round trip each time it is given back.
                    if self._conn is None or self._conn.is_closed():
                        self._conn = await self._database.dedicated()
                    if self._last > 1 and len(self._waiting) < LINGER_UNTIL:
                        await asyncio.sleep(self._linger_s)
                    batch = self._take()
                    self._last = len(batch)
                    await self._one_by_one_if_needed(self._conn, batch)
                except Exception as fault:  # noqa: BLE001
                    # The database is gone; what waits must hear of it and not hang.
                    log.warning("writing in batches pauses: %s", fault)
                    self._fail_waiting(fault)
        finally:
            self._writer = None

    def _take(self) -> list[tuple[Item, "asyncio.Future[Result]"]]:
        batch: list[tuple[Item, asyncio.Future[Result]]] = []
        weight = 0
        while self._waiting and len(batch) < self._items_max:
            weight += self._weight_of(self._waiting[0][0])
            if batch and weight > self._weight_max:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _one_by_one_if_needed(self, conn: Connection, batch: list[tuple[Item, "asyncio.Future[Result]"]]) -> None:
        try:
            results = await self._tried(conn, [item for item, _ in batch])
        except Exception as fault:  # noqa: BLE001 - whatever it is, those who wait get it
            if passes_by_itself(fault) or len(batch) == 1:
                for _, done in batch:
                    _fail(done, fault)
                return
            log.warning("a batch of %d is written one by one: %s", len(batch), fault)
            for each in batch:
                await self._one_by_one_if_needed(conn, [each])
            return
        for (_, done), result in zip(batch, results, strict=True):
            if not done.done():
                done.set_result(result)

    async def _tried(self, conn: Connection, items: list[Item]) -> Sequence[Result]:
        try:
            return await self._write(conn, items)
        except Exception as fault:
            if not passes_by_itself(fault) or conn.is_closed():
                raise
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(lambda fault: passes_by_itself(fault) and not conn.is_closed()),
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential_jitter(multiplier=0.01, max=0.5, jitter=0.01),
            reraise=True,
        ):
            with attempt:
                return await self._write(conn, items)
        raise AssertionError("unreachable: the last attempt raises")

    def _fail_waiting(self, fault: Exception) -> None:
        while self._waiting:
            _fail(self._waiting.popleft()[1], fault)


def _fail(done: "asyncio.Future[Result]", fault: Exception) -> None:
    if done.done():
        return
    if passes_by_itself(fault):
        away = Unavailable("The database is away for now.", retry_after_ms=1000)
        away.__cause__ = fault
        done.set_exception(away)
    else:
        done.set_exception(fault)
