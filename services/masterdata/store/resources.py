"""The store of resources: read them, and change them in transactions that also publish the change."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.transactions import Transactions
from services.masterdata import events
from services.masterdata.domain import Change, Version
from services.masterdata.store import rows

SCHEMA = Path(__file__).parent.with_name("schema")


@dataclass(frozen=True, slots=True)
class ResourceFilter:
    """Which resources a list is about; `partner` None: as operators see them."""

    kind: str
    partner: str | None
    mentions: tuple[str, ...] = ()


class Reader:
    """Reads resources on one connection; `conn` is also for the functions of kernel.request_key."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    async def load(self, names: Collection[str]) -> dict[str, Version]:
        """The last version of each of these names that there is or ever was."""
        found = await self.conn.fetch(rows.SELECT_NAMED, list(names))
        return {row["name"]: rows.version_of(row) for row in found}

    async def mentioning(self, names: Collection[str]) -> list[Version]:
        """The resources that refer to any of these."""
        return [rows.version_of(row) for row in await self.conn.fetch(rows.SELECT_MENTIONING, list(names))]


class Unit(Reader):
    """One transaction, the only one that changes anything until it ends."""

    async def become_only_writer(self) -> None:
        """Waits until no other transaction changes anything, and keeps it so until this one ends."""
        # What a resource refers to, and who refers to it, then stands still while the rules look at it. Master data
        # changes a few times a day, and no call of another service is made in here.
        await self.conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' writer', 0))")

    async def revision(self, name: str, number: int) -> Version | None:
        """A version of a resource as it was; None if there never was one."""
        row = await self.conn.fetchrow(rows.SELECT_REVISION, name, number)
        return rows.version_of(row) if row else None

    async def save(self, changes: Sequence[Change], accepted: Sequence[str], traceparent: str) -> None:
        """Stores what happened, each as a new version, together with the events that publish it."""
        happened = [change for change in changes if change.happens]
        names = [change.after.name for change in happened]
        before = await self._audiences(names)
        await self.conn.executemany(rows.PUT, [rows.resource(change.after) for change in happened])
        await self.conn.executemany(rows.INSERT_REVISION, [rows.revision(change.after) for change in happened])
        seen = before | await self._audiences(names)  # of what is deleted: by whom it was seen before
        await outbox.append(
            self.conn,
            [events.event_of(each, seen.get(each.after.name, ()), accepted, traceparent) for each in happened],
        )

    async def _audiences(self, names: Collection[str]) -> dict[str, Sequence[str]]:
        """The partners that may know of each of these resources now."""
        return {row["name"]: row["partners"] for row in await self.conn.fetch(rows.SELECT_AUDIENCES, list(names))}


class Store(Transactions):
    """Reads resources, and opens the transactions that change them."""

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        """A connection to read with."""
        # No transaction: whatever is decided on this is decided anew by the one writer before it is stored.
        async with self.database.pool.acquire() as conn:
            yield Reader(conn)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """A transaction on resources and requests, of which there is one at a time."""
        async with self.changing() as conn:
            unit = Unit(conn)
            await unit.become_only_writer()
            yield unit

    async def one(self, name: str, partner: str | None) -> Version | None:
        """A resource as it is now, if the partner (None: an operator) may see it."""
        row = await self.database.pool.fetchrow(rows.SELECT_ONE, name, partner)
        return rows.version_of(row) if row else None

    async def page(self, wanted: ResourceFilter, after: str, size: int) -> list[Version]:
        """The resources that fit and come after a name, by name."""
        found = await self.database.pool.fetch(
            rows.SELECT_PAGE, wanted.kind, wanted.partner, list(wanted.mentions), after, size
        )
        return [rows.version_of(row) for row in found]

    async def everything(self, kinds: Collection[str], partner: str | None) -> list[Version]:
        """All resources of these kinds that the partner (None: an operator) may see, of one instant, by name."""
        return [rows.version_of(row) for row in await self.database.pool.fetch(rows.SELECT_ALL, list(kinds), partner)]

    async def revisions(self, name: str, before: int | None, size: int) -> list[Version]:
        """The versions of a name, newest first: all, or those before a version."""
        found = await self.database.pool.fetch(rows.SELECT_REVISIONS, name, before, size)
        return [rows.version_of(row) for row in found]
