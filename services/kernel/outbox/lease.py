"""The right to relay one schema: held by one connection at a time, and checked again in each write."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import asyncpg

from services.kernel.db import FAULTS, Database, wait_for_lock
from services.kernel.event import Event

GOODBYE_WITHIN_S = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Moved:
    """Events at positions that follow one another; without the events where nobody wants them."""

    first: int
    count: int
    events: list[Event]

    @property
    def last(self) -> int:
        """The position of the last one."""
        return self.first + self.count - 1

    def after(self, position: int) -> list[Event]:
        """Those behind a position."""
        return self.events[max(0, position + 1 - self.first) :]


class Lease:
    """The connection that holds the lock, and the token that fences off whoever held it before."""

    def __init__(self, conn: asyncpg.Connection, token: int, published: int) -> None:
        self.conn = conn
        self.token = token
        self.published = published  # as stored; what follows it may have been published too

    async def step(self, row_limit: int, acknowledged: int | None, *, with_events: bool = True) -> Moved:
        """Moves the next events from outbox to event_log; notes how far the bus has acknowledged, if that is given.

        A relay that was replaced gets an error from PostgreSQL and has changed nothing.
        """
        columns = "*" if with_events else "min(position) AS first, count(*)"
        rows = await self.conn.fetch(
            f"SELECT {columns} FROM relay_step($1, $2, $3)", self.token, row_limit, acknowledged
        )
        if acknowledged is not None:
            self.published = acknowledged
        if not with_events:
            return Moved(rows[0]["first"] or 0, rows[0]["count"], [])
        # The columns behind the position are an Event's fields in their order; by name it would take twice as long.
        return Moved(rows[0]["position"] if rows else 0, len(rows), [Event(*row[1:]) for row in rows])

    async def note(self, acknowledged: int) -> None:
        """Stores how far the bus has acknowledged, before the relay goes."""
        await self.conn.execute(
            "UPDATE relay_cursor SET published = $2 WHERE token = $1 AND published < $2",
            self.token,
            acknowledged,
            timeout=GOODBYE_WITHIN_S,
        )
        self.published = acknowledged


@asynccontextmanager
async def lease(database: Database) -> AsyncIterator[Lease]:
    """Waits until no other relay works on the schema, then takes its place."""
    # The lock lives and dies with this connection, so another relay follows soon when this one hangs up.
    conn = await database.dedicated()
    try:
        await wait_for_lock(conn, f"doselane relay {database.schema}")
        row = await conn.fetchrow("UPDATE relay_cursor SET token = token + 1 RETURNING token, published")
        log.info("relay %d of schema %s begins after position %d", row["token"], database.schema, row["published"])
        yield Lease(conn, row["token"], row["published"])
    finally:
        with suppress(*FAULTS):
            await conn.close(timeout=GOODBYE_WITHIN_S)
