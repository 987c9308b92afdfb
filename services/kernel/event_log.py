"""The event log of a service's schema: each event at its gapless position, in a hash chain."""

import hashlib
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg

from services.kernel.db import Connection, Database
from services.kernel.event import Event
from services.kernel.log_tail import Logged, LogTailCache

__all__ = ["Logged", "Verified", "canonical", "end", "event_of", "follow", "logged", "read", "verify"]

READ_ROWS = 1000
POLL_WHILE_LISTENING_S = 0.25
POLL_BUSY_S = 0.005

GENESIS = bytes(32)  # stands where the first event's predecessor would

_COLUMNS = (
    "event_id, type, source, subject, sequence, time, data, partner, actor, reason, traceparent, position, hash, "
    "logged_at, seq"
)


def logged(row: asyncpg.Record) -> Logged:
    """A row of event_log as a value."""
    return Logged(row["position"], event_of(row), row["hash"])


def event_of(row: asyncpg.Record) -> Event:
    """The event in a row of event_log, outbox or parked."""
    return Event(
        row["event_id"],
        row["type"],
        row["source"],
        row["subject"],
        row["sequence"],
        row["time"],
        row["data"],
        row["partner"],
        row["actor"],
        row["reason"],
        row["traceparent"],
    )


async def read(conn: Connection, after: int, limit: int = READ_ROWS, *, schema: str | None = None) -> list[Logged]:
    """The events after a position, in order; of the connection's own schema unless another is named."""
    rows = await conn.fetch(_select(schema), after, limit)
    return [logged(row) for row in rows]


async def end(conn: Connection) -> int:
    """The position of the newest event; 0 while there is none."""
    return await conn.fetchval("SELECT position FROM event_log_tail()")


async def follow(database: Database, after: int, *, limit: int = READ_ROWS) -> AsyncIterator[list[Logged]]:
    """The events after a position, and then each new batch as it comes, without end.

    It wakes by NOTIFY and by the relay of this process; a poll stands behind both. All who follow share their reads.
    """
    call = database.listen()
    tail = database.log_tail = database.log_tail or LogTailCache(partial(read, database.pool), call)
    pause = POLL_BUSY_S
    while True:
        seen = call.calls
        batch = await tail.after(after, limit)
        if batch:
            after, pause = batch[-1].position, POLL_BUSY_S
            yield batch
        else:
            await call.wait(seen, POLL_WHILE_LISTENING_S if database.listening else pause)
            pause = min(pause * 2, POLL_WHILE_LISTENING_S)


@dataclass(frozen=True, slots=True)
class Verified:
    """What walking the chain found: how many events hold, and where the first one is that does not."""

    count: int
    broken_at: int | None = None
    problem: str = ""

    @property
    def intact(self) -> bool:
        """Whether every event stands as it was written."""
        return self.broken_at is None


async def verify(conn: Connection, after: int = 0) -> Verified:
    """Recomputes the chain from the rows themselves, independent of the SQL that wrote it.

    With `after`, the hash of the event at that position is taken on trust and the walk begins behind it.
    """
    before = GENESIS
    if after:
        before = await conn.fetchval("SELECT hash FROM event_log WHERE position = $1", after)
    count = 0
    while rows := await conn.fetch(_select(None), after, READ_ROWS):
        for row in rows:
            problem = _problem(row, after + 1, before)
            if problem:
                return Verified(count, after + 1, problem)
            after, before, count = row["position"], row["hash"], count + 1
    return Verified(count)


def _problem(row: asyncpg.Record, position: int, before: bytes) -> str:
    if row["position"] != position:
        return f"the event is missing; the next one stands at {row['position']}"
    if hashlib.sha256(before + canonical(row)).digest() != row["hash"]:
        return "the event does not give the hash that stands beside it"
    return ""


# PostgreSQL counts microseconds from here.
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def canonical(row: asyncpg.Record) -> bytes:
    """The bytes that the hash covers: every column but the hash.

    Position, seq and logged_at (int8, big-endian; instants as microseconds since 2000-01-01 UTC), the event's id (16
    bytes), sequence and time (int8), then each text as UTF-8, and last the data, all preceded by their length (int4).
    """
    head = struct.pack(
        ">qqq16sqq",
        row["position"],
        row["seq"],
        (row["logged_at"] - _EPOCH) // _MICROSECOND,
        row["event_id"].bytes,
        row["sequence"],
        (row["time"] - _EPOCH) // _MICROSECOND,
    )
    texts = ("type", "source", "subject", "partner", "actor", "reason", "traceparent")
    return head + b"".join(_with_length(row[name].encode()) for name in texts) + _with_length(row["data"])


def _with_length(field: bytes) -> bytes:
    return struct.pack(">i", len(field)) + field


def _select(schema: str | None) -> str:
    table = f'"{schema}".event_log' if schema else "event_log"
    return f"SELECT {_COLUMNS} FROM {table} WHERE position > $1 ORDER BY position LIMIT $2"
