"""One service's schema in PostgreSQL: connections, transactions, migrations."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.kernel.connection import ServiceConnection, give_back
from services.kernel.log_tail import Logged, LogTailCache
from services.kernel.sealing import Cipher
from services.kernel.signals import Signal
from services.kernel.supervise import supervise

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy

_TOPICS = """
INSERT INTO gateway.topic (topic, schema) SELECT topic, $2 FROM unnest($1::text[]) AS topic
ON CONFLICT (topic) DO UPDATE SET schema = excluded.schema WHERE gateway.topic.schema <> excluded.schema"""
KERNEL_SCHEMA = Path(__file__).with_name("schema")
LOOK_FOR_LOCK_EVERY_S = 0.25
COMMAND_TIMEOUT_S = 60.0
READY_WITHIN_S = 2.0

# What one session may hold up before PostgreSQL ends it: an idle transaction keeps row locks and keeps dead rows alive.
SESSION_LIMITS = {"idle_in_transaction_session_timeout": "60s"}

# All that PostgreSQL and the way to it can answer with. InternalClientError: an idle connection of the pool was cut.
FAULTS = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# What goes away by itself: PostgreSQL is gone for now, is short of something, or asks for the transaction again.
_PASSING = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)

log = logging.getLogger(__name__)


def passes_by_itself(fault: BaseException) -> bool:
    """Whether the same work can succeed later without anybody mending anything."""
    # asyncpg reports arguments of a wrong type as an InterfaceError that is a ValueError too.
    return isinstance(fault, _PASSING) and not isinstance(fault, ValueError)


class Database:
    """A pool of connections that see one service's schema, and the wake-up call for news in its event log."""

    def __init__(self, dsn: str, schema: str, pool: asyncpg.Pool) -> None:
        self.dsn = dsn
        self.schema = schema
        self.pool = pool
        self.log_grew = Signal()  # called by the relay of this process, and by NOTIFY from any other
        self.log_tail: LogTailCache[Logged] | None = None  # what all who follow the log share; made by the first
        self._listener: LogListener | None = None
        self._cipher: Cipher | None = None

    @classmethod
    async def connect(cls, dsn: str, schema: str, *, pool_size: int = 10) -> "Database":
        """Opens the pool. The schema need not exist yet: `migrate` makes it."""
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=pool_size,
            command_timeout=COMMAND_TIMEOUT_S,
            server_settings=_session(schema),
            connection_class=ServiceConnection,
            reset=give_back,
        )
        return cls(dsn, schema, pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction that commits when the block ends well."""
        async with self.pool.acquire() as conn, conn.transaction():
            yield conn

    async def dedicated(self, **settings: str) -> asyncpg.Connection:
        """A connection of its own, outside the pool; who asks for it closes it."""
        return await asyncpg.connect(
            self.dsn,
            connection_class=ServiceConnection,
            command_timeout=COMMAND_TIMEOUT_S,
            server_settings={**_session(self.schema), **settings},
        )

    def listen(self) -> Signal:
        """The call that follows each growth of the event log, whichever process made it grow."""
        if self._listener is None:
            self._listener = LogListener(self, self.schema, self.log_grew)
        return self.log_grew

    @property
    def listening(self) -> bool:
        """Whether each growth of the event log calls; else somebody has to look."""
        return self._listener is not None and self._listener.hears

    async def cipher(self) -> Cipher:
        """What seals page tokens and cursors, with the key that all copies of the service share."""
        if self._cipher is None:
            self._cipher = Cipher(await self.pool.fetchval("SELECT key FROM seal_key"))
        return self._cipher

    async def ready(self) -> None:
        """Returns if PostgreSQL answers, and raises what is wrong if it does not."""
        await self.pool.execute("SELECT 1", timeout=READY_WITHIN_S)

    async def close(self) -> None:
        """Ends the listener and closes every connection of the pool."""
        if self._listener is not None:
            await self._listener.close()
        await self.pool.close()


class LogListener:
    """From its making until it is closed, calls a signal each time a schema's event log is said to have grown."""

    def __init__(self, database: Database, schema: str, grew: Signal) -> None:
        self._database, self._schema, self._grew = database, schema, grew
        self.hears = False
        self._task = asyncio.create_task(supervise(f"listening to schema {schema}", self._until_lost, passes_by_itself))

    async def close(self) -> None:
        """Calls no more."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _until_lost(self) -> None:
        conn = await self._database.dedicated()
        lost = asyncio.Event()
        conn.add_termination_listener(lambda _: lost.set())
        try:
            await conn.add_listener(channel(self._schema), lambda *_: self._grew.call())
            self.hears = True
            self._grew.call()  # whatever was announced while nobody listened
            await lost.wait()
        finally:
            self.hears = False
            conn.terminate()


async def wait_for_lock(conn: asyncpg.Connection, name: str) -> None:
    """Waits until no other connection holds the lock of this name; this one holds it until it closes."""
    # Waiting inside one statement would keep a snapshot open all the time, and so dead rows alive.
    while True:
        if await conn.fetchval("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", name):
            return
        await asyncio.sleep(LOOK_FOR_LOCK_EVERY_S)


def channel(schema: str) -> str:
    """The NOTIFY channel on which a schema's event log announces its growth."""
    return f"doselane_log_{schema}"


@dataclass(frozen=True, slots=True)
class _Migration:
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


class MigrationChanged(RuntimeError):
    """A migration file that ran before no longer reads as it did then."""


async def migrate(database: Database, *folders: Path, topics: Sequence[str] = ()) -> None:
    """Runs each NNNN_name.sql that has not run yet, the kernel's own first; safe beside others doing the same.

    Each file runs in a transaction of its own, so that a failing one leaves the earlier ones done. `topics`: those that
    lie in this schema beside the one of its name; they can be heard as soon as this has returned.
    """
    conn = await database.dedicated()
    try:
        await wait_for_lock(conn, f"doselane migrate {database.schema}")
        await conn.execute(f'CREATE SCHEMA IF NOT EXISTS "{database.schema}"')
        await conn.execute(
            "CREATE TABLE IF NOT EXISTS migration ("
            " name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        done = dict(await conn.fetch("SELECT name, checksum FROM migration"))
        for migration in _migrations(KERNEL_SCHEMA, *folders):
            await _apply(conn, migration, done.get(migration.name))
        if topics:
            await conn.execute(_TOPICS, list(topics), database.schema)
    finally:
        await conn.close()


def _migrations(*folders: Path) -> list[_Migration]:
    # The name begins with the folder's owner, because each owner numbers his files from 0001.
    return [
        _Migration(f"{folder.resolve().parent.name}/{file.name}", file.read_text("utf-8"))
        for folder in folders
        for file in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    ]


async def _apply(conn: asyncpg.Connection, migration: _Migration, checksum_then: str | None) -> None:
    if checksum_then == migration.checksum:
        return
    if checksum_then is not None:
        raise MigrationChanged(f"{migration.name} was changed after it ran; add a new file instead.")
    async with conn.transaction():
        await conn.execute(migration.sql)
        await conn.execute("INSERT INTO migration (name, checksum) VALUES ($1, $2)", migration.name, migration.checksum)
    log.info("migrated %s", migration.name)


def _session(schema: str) -> dict[str, str]:
    # In any zone but UTC some days have 23 or 25 hours, also those that are added to an instant.
    return {
        "search_path": f'"{schema}",public',
        "application_name": f"doselane {schema}",
        "timezone": "UTC",
        **SESSION_LIMITS,
    }
