"""The PostgreSQL bus: a service's event log is itself the topic, durable and replayable. The embedded default."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial

import asyncpg

from services.kernel import event_log
from services.kernel.bus import Handle, SetAside
from services.kernel.db import Database, LogListener, passes_by_itself, wait_for_lock
from services.kernel.event import Event
from services.kernel.log_tail import Logged, LogTailCache
from services.kernel.signals import Signal
from services.kernel.supervise import supervise
from services.kernel.telemetry import meter

BATCH = 100  # what a consumer makes of them is one step of the loop, or a few
LAG_EVERY_S = 5.0
POLL_S = 5.0  # the end of a connection that listens is told: this finds one that is open and dead
KEEP_EVERY_S = 0.25  # how stale the stored cursor may be: so much is handed on again after a crash
# How long a member goes on without having heard from PostgreSQL over the connection that holds its lock. The end of one
# is told; of one that is open and dead PostgreSQL hears later than that, and nobody else has the lock until then.
SURE_FOR_S = 5.0
PAUSE_TO_S = 1.0  # between tries to get back to PostgreSQL
RETRY_FROM_S, RETRY_TO_S = 0.05, 5.0

log = logging.getLogger(__name__)


class PostgresBus:
    """Reads the event logs of all schemas in one database. `PostgresBus(database)` borrows its pool."""

    wants_events = False

    def __init__(self, database: Database) -> None:
        self._database = database
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
                member = _Member(self._database, self._log, topic, group, handle, one_at_a_time)
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

    async def after(self, position: int) -> list[Logged]:
        """The next events behind a position."""
        return await self._tail.after(position, BATCH)

    async def close(self) -> None:
        """Nobody reads any more."""
        await self._listener.close()


class _Member:
    """One member of a group on one topic: stands by until it holds the lock, then reads on from the group's cursor."""

    def __init__(
        self,
        database: Database,
        log_of: Callable[[str], AbstractAsyncContextManager[_SharedLog]],
        topic: str,
        group: str,
        handle: Handle,
        one_at_a_time: asyncio.Lock,
    ) -> None:
        self._database = database
        self._log_of = log_of
        self._topic = topic
        self._group = group
        self._handle = handle
        self._one_at_a_time = one_at_a_time
        self._schema = _own_schema(topic)
        self._shared = False  # the schema has the events of other topics too
        self._lag = meter().create_gauge("doselane.consumer.lag", description="Events published and not yet handled")
        self._lag_reported_at = 0.0

    async def run(self) -> None:
        await supervise(
            f"group {self._group} on {self._topic}", self._run_on_one_connection, _passes, pause_to_s=PAUSE_TO_S
        )

    async def _run_on_one_connection(self) -> None:
        # Lock and cursor share one connection: who loses it is no longer the active member. Nothing but the cursor is
        # written on it, which may be stale after a crash: so its commits do not wait for the disk.
        conn = await self._database.dedicated(synchronous_commit="off")
        try:
            await self._find_schema(conn)
            await wait_for_lock(conn, f"doselane bus {self._topic} {self._group}")
            async with self._log_of(self._schema) as shared:
                conn.add_termination_listener(lambda _: shared.grew.call())
                await self._read_on(conn, shared)
        finally:
            conn.terminate()

    async def _find_schema(self, conn: asyncpg.Connection) -> None:
        told = await conn.fetchval("SELECT schema FROM gateway.topic WHERE topic = $1", self._topic)
        self._shared, self._schema = told is not None, told or _own_schema(self._topic)

    async def _read_on(self, conn: asyncpg.Connection, shared: _SharedLog) -> None:
        cursor = _Cursor(conn, self._schema, self._group, self._topic)
        position = await cursor.stored()
        try:
            while True:
                seen = shared.grew.calls
                batch = await shared.after(position)
                await self._report_lag(conn, position, len(batch))
                events = [logged.event for logged in batch if not self._shared or logged.event.topic == self._topic]
                if events:
                    await cursor.make_sure()
                    await self._hand_on(events, conn)
                position = batch[-1].position if batch else position
                await cursor.keep_now_and_then(position)
                if len(batch) < BATCH:
                    await shared.grew.wait(seen, POLL_S if cursor.kept == position else KEEP_EVERY_S)
                if conn.is_closed():
                    raise asyncpg.InterfaceError("The connection that holds the lock is gone.")
        except asyncio.CancelledError:
            # Whatever hinders this must not stand in place of the end: what is not kept is handed on again.
            with suppress(Exception):
                await cursor.keep(position)
            raise

    async def _hand_on(self, events: list[Event], conn: asyncpg.Connection) -> None:
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
            await conn.execute("SELECT 1")  # without its connection it must not go on: another member is active

    async def _report_lag(self, conn: asyncpg.Connection, position: int, found: int) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._lag_reported_at > LAG_EVERY_S:
            self._lag_reported_at = now
            lag = found
            if found == BATCH:  # there may be more
                lag = await conn.fetchval(f'SELECT max(position) - $1 FROM "{self._schema}".event_log', position)
            self._lag.set(lag, {"consumer": self._group, "topic": self._topic})


class _Cursor:
    """How far a group has handled a topic. To store it costs a commit, as much as handling an event, so that it is
    stored now and then: a crash is followed by some events that the group has handled already, as after any crash."""

    def __init__(self, conn: asyncpg.Connection, schema: str, group: str, topic: str) -> None:
        self._conn, self._schema, self._group, self._topic = conn, schema, group, topic
        self._kept_at = self._sure_at = 0.0
        self.kept = 0

    async def stored(self) -> int:
        """The position that was kept last; 0 for a group that is new."""
        position = await self._conn.fetchval(
            f'SELECT position FROM "{self._schema}".bus_cursor WHERE consumer_group = $1 AND topic = $2',
            self._group,
            self._topic,
        )
        self.kept, self._sure_at = position or 0, asyncio.get_running_loop().time()
        return self.kept

    async def make_sure(self) -> None:
        """Asks PostgreSQL whether the connection stands, unless it was heard over it a moment ago; raises if not."""
        if asyncio.get_running_loop().time() - self._sure_at >= SURE_FOR_S:
            await self._conn.execute("SELECT")
            self._sure_at = asyncio.get_running_loop().time()

    async def keep_now_and_then(self, position: int) -> None:
        """Keeps the position unless one was kept a moment ago."""
        if asyncio.get_running_loop().time() - self._kept_at >= KEEP_EVERY_S:
            await self.keep(position)

    async def keep(self, position: int) -> None:
        """Keeps the position, if it is another one."""
        if position == self.kept:
            return
        await self._conn.execute(
            f'INSERT INTO "{self._schema}".bus_cursor AS c VALUES ($1, $2, $3)'
            " ON CONFLICT (consumer_group, topic) DO UPDATE SET position = excluded.position"
            " WHERE c.position < excluded.position",
            self._group,
            self._topic,
            position,
        )
        self.kept, self._kept_at = position, asyncio.get_running_loop().time()
        self._sure_at = self._kept_at


def _own_schema(topic: str) -> str:
    return topic.rpartition(".")[2]


def _passes(fault: BaseException) -> bool:
    # Two that start side by side: the reader may come before the service whose schema it reads has made it.
    not_yet = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)
    return passes_by_itself(fault) or isinstance(fault, not_yet)
