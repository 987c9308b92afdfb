"""Builders for events and for the whole line that one travels: saved, relayed, on the bus, handed to a consumer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from services.kernel import outbox
from services.kernel.bus import Bus, Handle, SetAside
from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.ids import uuid7

PATIENCE_S = 40.0
SCHEMAS = ("slotting", "slotting_too", "first", "second", "public")
NOON = datetime(2027, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def an_event(subject: str = "slots/1", sequence: int = 1, **changes: Any) -> Event:
    """An event with every attribute filled in."""
    facts: dict[str, Any] = {
        "id": uuid7(),
        "type": "doselane.slotting.slot.confirmed.v1",
        "source": "doselane/slotting",
        "subject": subject,
        "sequence": sequence,
        "time": NOON,
        "data": f"{subject} {sequence}".encode(),
        "partner": "partners/northlake",
        "actor": "northlake-planner",
        "reason": "patient is ready",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }
    return Event(**{**facts, **changes})


def a_history(subjects: int, each: int) -> list[Event]:
    """Events of several subjects, one of each in turn."""
    return [an_event(f"slots/{number}", step) for step in range(1, each + 1) for number in range(subjects)]


def of_subject(events: Sequence[Event], subject: str) -> list[int]:
    """The sequence numbers of one subject, in the order of arrival."""
    return [event.sequence for event in events if event.subject == subject]


def without_repeats(events: Sequence[Event]) -> list[Event]:
    """Each event where it came first."""
    return list({event.id: event for event in events}.values())


class Seen:
    """What a consumer was handed, and a way to wait for it without sleeping."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self.events: list[Event] = []
        self._patience_s = patience_s
        self._news = asyncio.Condition()

    async def handle(self, events: Sequence[Event]) -> None:
        """A handler that keeps everything."""
        self.events.extend(events)
        await self.tell()

    async def tell(self) -> None:
        """Wakes who waits in `until`."""
        async with self._news:
            self._news.notify_all()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns when it holds; fails when it does not come to that."""
        async with asyncio.timeout(self._patience_s), self._news:
            await self._news.wait_for(holds)

    async def all_of(self, events: Sequence[Event]) -> list[Event]:
        """Waits until each of the events has come; returns what came, repeats left out."""
        wanted = {event.id for event in events}
        await self.until(lambda: wanted <= {event.id for event in self.events})
        return without_repeats(self.events)


@asynccontextmanager
async def running(*work: Awaitable[None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Runs these beside the block and cancels them at its end; a fault in one of them fails the test."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


class Line:
    """A service's schema, its relay and the bus."""

    def __init__(self, database: Database, bus: Bus, topic: str) -> None:
        self.database = database
        self.bus = bus
        self.topic = topic
        self.relay = outbox.Relay(database, bus, topic)

    async def save(self, events: Sequence[Event]) -> None:
        """Commits the events and wakes the relay, as a service does."""
        async with self.database.transaction() as conn:
            await outbox.append(conn, events)
        self.relay.wake()

    def consume(self, group: str, handle: Handle, set_aside: SetAside | None = None) -> Awaitable[None]:
        """One member of a group."""
        return self.bus.consume([self.topic], group, handle, set_aside)

    async def cut_connections(self) -> None:
        """Ends every connection that anybody has to this database, the asking one aside."""
        conn = await self.database.dedicated()
        await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        await conn.close()
        await self.database.pool.expire_connections()


async def line_schemas(dsn: str) -> None:
    """Make the kernel's tables in each schema that tests of the line name."""
    for schema in SCHEMAS:
        async with a_database(dsn, schema):
            pass


@asynccontextmanager
async def a_database(dsn: str, schema: str = "slotting") -> AsyncIterator[Database]:
    """A migrated schema, and its connections."""
    database = await Database.connect(dsn, schema, pool_size=5)
    try:
        await migrate(database)
        yield database
    finally:
        await database.close()
