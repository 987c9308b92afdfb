"""The PostgreSQL bus: a service's event log is itself the topic, durable and replayable. The embedded default."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import asyncpg

from services.kernel import event_log
from services.kernel.bus import Handle, SetAside
from services.kernel.bus.postgres_members import CursorKey, MemberConnection, MemberConnections
from services.kernel.db import Database, LogListener, passes_by_itself
from services.kernel.event import Event
from services.kernel.log_tail import Logged, LogTailCache
from services.kernel.signals import Signal
from services.kernel.supervise import supervise
from services.kernel.telemetry import meter

BATCH = 100  # what a consumer makes of them is one step of the loop, or a few
LAG_EVERY_S = 5.0
POLL_S = 5.0  # the end of a connection that listens is told: this finds one that is open and dead
PAUSE_TO_S = 1.0  # between tries to get back to PostgreSQL
RETRY_FROM_S, RETRY_TO_S = 0.05, 5.0

log = logging.getLogger(__name__)


class PostgresBus:
    """Reads the event logs of all schemas in one database. `PostgresBus(database)` borrows its pool."""

    wants_events = False

    def __init__(self, database: Database) -> None:
        self._database = database
        self._members = MemberConnections(database)
        self._logs: dict[str, _SharedLog] = {}

    async def publish(self, topic: str, events: Sequence[Event]) -> None:
        """Nothing is left to do: what the relay has moved into the event log is published, and announced by it."""

    async def consume(
        self, topics: Sequence[str], group: str, handle: Handle, set_aside: SetAside | None = None
    ) -> None:
        """Hands on each topic's events until cancelled; here no record is ever unreadable."""
        one_at_a_time = asyncio.Lock()
        async with asyncio.TaskGroup() as tasks:
            for topic in topics:
                member = _Member(self._database, self._members, self._log, topic, group, handle, one_at_a_time)
                tasks.create_task(member.run(), name=f"{group} reads {topic}")

    async def close(self) -> None:
        """Nothing to let go of: the pool is its owner's."""

    @asynccontextmanager
    async def _log(self, schema: str) -> AsyncIterator["_SharedLog"]:
        """The log of a schema, as long as anybody reads it."""
        shared = self._logs.get(schema)
        if shared is None:
            shared = self._logs[schema] = _SharedLog(self._database, schema)
        shared.readers += 1
        try:
            yield shared
        finally:
            shared.readers -= 1
            if not shared.readers:
                del self._logs[schema]
                await shared.close()


class _SharedLog:
    """What all groups of this process share that read a schema: one that listens, and each event read and made once."""

    def __init__(self, database: Database, schema: str) -> None:
        self.grew, self.readers = Signal(), 0
        self._listener = LogListener(database, schema, self.grew)
        self._tail = LogTailCache(partial(event_log.read, database.pool, schema=schema), self.grew)

    async def after(self, position: int) -> tuple[list[Logged], int]:
        """The next events behind a position, and up to which call: what one group read for all may be older."""
        seen = self.grew.calls
        batch = await self._tail.after(position, BATCH)
        return batch, min(seen, self._tail.looked_at)

    async def close(self) -> None:
        """Nobody reads any more."""
        await self._listener.close()


class _Member:
    """One member of a group on one topic: stands by until it holds the lock, then reads on from the group's cursor."""

    def __init__(
        self,
        database: Database,
        members: MemberConnections,
        log_of: Callable[[str], AbstractAsyncContextManager[_SharedLog]],
        topic: str,
        group: str,
        handle: Handle,
        one_at_a_time: asyncio.Lock,
    ) -> None:
        self._database = database
        self._members = members
        self._log_of = log_of
        self._topic = topic
        self._group = group
        self._handle = handle
        self._one_at_a_time = one_at_a_time
        self._lag = meter().create_gauge("doselane.consumer.lag", description="Events published and not yet handled")
        self._lag_reported_at = 0.0

    async def run(self) -> None:
        await supervise(f"group {self._group} on {self._topic}", self._until_lost, _passes, pause_to_s=PAUSE_TO_S)

    async def _until_lost(self) -> None:
        async with self._members.joined() as held, held.locked(f"doselane bus {self._topic} {self._group}"):
            told = await held.schema_told(self._topic)
            key = CursorKey(told or _own_schema(self._topic), self._group, self._topic)
            async with self._log_of(key.schema) as shared, held.telling(shared.grew.call):
                await self._read_on(held, key, shared, only_own=told is not None)

    async def _read_on(self, held: MemberConnection, key: CursorKey, shared: _SharedLog, *, only_own: bool) -> None:
        position = await held.stored(key)
        while True:
            batch, seen = await shared.after(position)
            await self._report_lag(key.schema, position, len(batch))
            events = [logged.event for logged in batch if not only_own or logged.event.topic == self._topic]
            if events:
                await held.make_sure()
                await self._hand_on(events, held)
            if batch:
                position = batch[-1].position
                held.keep(key, position)
            if len(batch) < BATCH:
                await shared.grew.wait(seen, POLL_S)
            held.require()

    async def _hand_on(self, events: list[Event], held: MemberConnection) -> None:
        pause = RETRY_FROM_S
        while True:
            try:
                async with self._one_at_a_time:
                    await self._handle(events)
                return
            except Exception:
                log.exception("group %s could not handle %d events of %s; again", self._group, len(events), self._topic)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_TO_S)
            await held.make_sure(0)  # without its connection it must not go on: another member is active

    async def _report_lag(self, schema: str, position: int, found: int) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._lag_reported_at > LAG_EVERY_S:
            self._lag_reported_at = now
            lag = found
            if found == BATCH:  # there may be more
                pool = self._database.pool
                lag = await pool.fetchval(f'SELECT max(position) - $1 FROM "{schema}".event_log', position)
            self._lag.set(lag, {"consumer": self._group, "topic": self._topic})


def _own_schema(topic: str) -> str:
    return topic.rpartition(".")[2]


def _passes(fault: BaseException) -> bool:
    # Two that start side by side: the reader may come before the service whose schema it reads has made it.
    not_yet = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)
    return passes_by_itself(fault) or isinstance(fault, not_yet)
