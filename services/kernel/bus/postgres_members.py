"""What the members of one process share on the PostgreSQL bus: the connection with all their locks and cursors.

Lock and cursor share one connection: who loses it is no longer an active member. Nothing but cursors is written on it,
which may be stale after a crash: so its commits do not wait for the disk.
"""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import asyncpg

from services.kernel.db import LOOK_FOR_LOCK_EVERY_S, Database
from services.kernel.signals import Signal

KEEP_EVERY_S = 0.25  # how stale the stored cursors may be: so much is handed on again after a crash
LEAVE_TOGETHER_WITHIN_S = 0.01  # members that are stopped together leave with one statement
# How long members go on without having heard from PostgreSQL over the connection that holds their locks. The end of one
# is told; of one that is open and dead PostgreSQL hears later than that, and nobody else has the locks until then.
SURE_FOR_S = 5.0

_TRY = "SELECT name FROM unnest($1::text[]) AS name WHERE pg_try_advisory_lock(hashtextextended(name, 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(name, 0)) FROM unnest($1::text[]) AS name"
_TOLD = "SELECT schema FROM gateway.topic WHERE topic = $1"
_STORED = 'SELECT position FROM "{}".bus_cursor WHERE consumer_group = $1 AND topic = $2'
_KEEP = (
    'INSERT INTO "{}".bus_cursor AS c SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])'
    " ON CONFLICT (consumer_group, topic) DO UPDATE SET position = excluded.position"
    " WHERE c.position < excluded.position"
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CursorKey:
    """Which group has handled which topic, and the schema that holds the topic's events."""

    schema: str
    group: str
    topic: str


class MemberConnections:
    """Gives all members of a process the same connection; the first opens it, the last closes it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._opening = asyncio.Lock()
        self._shared: MemberConnection | None = None

    @asynccontextmanager
    async def joined(self) -> AsyncIterator["MemberConnection"]:
        """The connection, until the member leaves; a new one if the last one was lost."""
        async with self._opening:
            if self._shared is None or self._shared.lost:
                self._shared = MemberConnection(await self._database.dedicated(synchronous_commit="off"))
            shared = self._shared
            shared.members += 1
        try:
            yield shared
        finally:
            shared.members -= 1
            if not shared.members:
                if self._shared is shared:
                    self._shared = None
                await shared.close()


class MemberConnection:
    """Holds locks and keeps cursors, one statement at a time. Whatever goes wrong with it, all lose their locks."""

    def __init__(self, conn: asyncpg.Connection) -> None:
        self.members = 0
        self.lost = False
        self._conn = conn
        self._asking, self._keeping = asyncio.Lock(), asyncio.Lock()
        self._heard_at = _now()
        self._waiting: defaultdict[str, deque[asyncio.Future[None]]] = defaultdict(deque)
        self._held: set[str] = set()
        self._leaving: list[str] = []
        self._locks_change = Signal()
        self._cursors: dict[CursorKey, int] = {}  # not stored yet
        self._on_loss: set[Callable[[], None]] = set()
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        conn.add_termination_listener(lambda _: self._lose())

    @asynccontextmanager
    async def locked(self, name: str) -> AsyncIterator[None]:
        """Waits until nobody else holds the lock of this name, in this process or another; gives it back at the end."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[name].append(waiter)
        self._locks_change.call()
        self._begin("finding locks", self._find_locks)
        try:
            self.require()
            await waiter
            yield
        finally:
            self._give_up(name, waiter)

    @asynccontextmanager
    async def telling(self, call: Callable[[], None]) -> AsyncIterator[None]:
        """Makes this call when the connection is lost."""
        self._on_loss.add(call)
        try:
            yield
        finally:
            self._on_loss.discard(call)

    async def schema_told(self, topic: str) -> str | None:
        """Where the topic's events lie, if that is not the schema of its name."""
        rows = await self._ask(_TOLD, topic)
        return rows[0]["schema"] if rows else None

    async def stored(self, key: CursorKey) -> int:
        """The position that was kept last; 0 for a group that is new."""
        rows = await self._ask(_STORED.format(key.schema), key.group, key.topic)
        return rows[0]["position"] if rows else 0

    def keep(self, key: CursorKey, position: int) -> None:
        """Has a position stored soon, with those of others: each commit costs as much as handling an event."""
        self._cursors[key] = position
        self._begin("keeping cursors", self._keep_soon)

    def require(self) -> None:
        """Raises if the connection is lost, and the locks with it."""
        if self.lost:
            raise asyncpg.InterfaceError("The connection that holds the lock is gone.")

    async def make_sure(self, within_s: float = SURE_FOR_S) -> None:
        """Asks PostgreSQL whether the connection stands, unless it was heard over it a moment ago; raises if not."""
        self.require()
        if _now() - self._heard_at >= within_s:
            await self._ask("SELECT")

    async def close(self) -> None:
        """Stores what is not stored yet, and lets go of all locks."""
        # Whatever hinders this must not stand in place of the end: what is not kept is handed on again.
        with suppress(Exception):
            await self._keep_all()
        self._lose()

    async def _find_locks(self) -> None:
        while self._waiting:
            seen = self._locks_change.calls
            if free := [name for name in self._waiting if name not in self._held]:
                for row in await self._ask(_TRY, free):
                    self._held.add(row["name"])
                    self._give(row["name"])
            if self._waiting:
                # Waiting inside a statement would keep a snapshot open all the time, and so dead rows alive.
                await self._locks_change.wait(seen, LOOK_FOR_LOCK_EVERY_S)

    def _give(self, name: str) -> None:
        waiters = self._waiting.pop(name, deque())
        while waiters and waiters[0].done():
            waiters.popleft()  # who was cancelled
        if waiters:
            waiters.popleft().set_result(None)
        else:
            self._leave(name)
        if waiters:
            self._waiting[name] = waiters

    def _give_up(self, name: str, waiter: asyncio.Future[None]) -> None:
        if waiter.done() and not waiter.cancelled() and not waiter.exception():
            self._leave(name)
        elif waiter in self._waiting.get(name, ()):
            self._waiting[name].remove(waiter)
            if not self._waiting[name]:
                del self._waiting[name]

    def _leave(self, name: str) -> None:
        self._leaving.append(name)
        self._begin("leaving", self._let_go)

    async def _let_go(self) -> None:
        while self._leaving:
            await asyncio.sleep(LEAVE_TOGETHER_WITHIN_S)
            names, self._leaving = self._leaving, []
            await self._keep_all()
            await self._ask(_UNLOCK, names)
            self._held.difference_update(names)
            self._locks_change.call()

    async def _keep_soon(self) -> None:
        while self._cursors:
            await asyncio.sleep(KEEP_EVERY_S)
            await self._keep_all()

    async def _keep_all(self) -> None:
        async with self._keeping:
            cursors, self._cursors = self._cursors, {}
            for schema in sorted({key.schema for key in cursors}):
                rows = [(key.group, key.topic, position) for key, position in cursors.items() if key.schema == schema]
                await self._ask(_KEEP.format(schema), *map(list, zip(*rows, strict=True)))

    def _begin(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if not self.lost and (name not in self._tasks or self._tasks[name].done()):
            task = self._tasks[name] = asyncio.create_task(work(), name=f"members of the bus: {name}")
            task.add_done_callback(self._lost_with)

    def _lost_with(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (fault := task.exception()):
            log.warning("%s failed, and all members begin anew: %r", task.get_name(), fault)
            self._lose()

    async def _ask(self, statement: str, *values: object) -> list[asyncpg.Record]:
        # In a task of its own: a statement of which half is sent when its member is cancelled would hold up all others.
        asked = asyncio.ensure_future(self._asked(statement, values))
        asked.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(asked)

    async def _asked(self, statement: str, values: tuple[object, ...]) -> list[asyncpg.Record]:
        async with self._asking:
            self.require()
            try:
                rows: list[asyncpg.Record] = await self._conn.fetch(statement, *values)
            except asyncpg.PostgresError:
                raise  # it has answered
            except BaseException:
                self._lose()
                raise
            self._heard_at = _now()
            return rows

    def _lose(self) -> None:
        if self.lost:
            return
        self.lost = True
        self._conn.terminate()
        for task in self._tasks.values():
            task.cancel()
        for waiters in self._waiting.values():
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_exception(asyncpg.InterfaceError("The connection was lost while waiting for a lock."))
        for call in list(self._on_loss):
            call()


def _now() -> float:
    return asyncio.get_running_loop().time()
