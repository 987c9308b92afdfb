"""Events that a consumer could not apply: kept with the fault, listed, and applied again when somebody asks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.kernel.bus import Unreadable
from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.event_log import event_of

FAULT_CHARACTERS_MAX = 2000


@dataclass(frozen=True, slots=True)
class Parked:
    """One parked event. Without `event` the record could not be read, and `headers` and `data` are all there is."""

    id: int
    consumer: str
    place: str
    parked_at: datetime
    fault: str
    event: Event | None
    headers: dict[str, str]
    data: bytes


async def waiting(
    conn: Connection, consumer: str | None = None, *, kind: str | None = None, limit: int = 100
) -> list[Parked]:
    """What is parked and not replayed, oldest first; of one consumer, or of all; of one type of events, or of all."""
    rows = await conn.fetch(
        "SELECT * FROM parked WHERE replayed_at IS NULL AND ($1::text IS NULL OR consumer = $1)"
        " AND ($2::text IS NULL OR type = $2) ORDER BY id LIMIT $3",
        consumer,
        kind,
        limit,
    )
    return [_parked(row) for row in rows]


async def ask_replay(conn: Connection, ids: Sequence[int] | None = None) -> int:
    """Asks the consumers, wherever they run, to apply these again (all that wait, when no ids are given).

    Answers how many that will be. Unreadable records are not among them: there is nothing to apply.
    """
    done = await conn.execute(
        "UPDATE parked SET replay_asked_at = now()"
        " WHERE replayed_at IS NULL AND event_id IS NOT NULL AND ($1::bigint[] IS NULL OR id = ANY ($1))",
        ids,
    )
    return int(done.rpartition(" ")[2])


async def park(conn: Connection, consumer: str, event: Event, fault: str) -> None:
    """Parks an event, in the transaction that marks it as seen."""
    await conn.execute(
        "INSERT INTO parked (consumer, place, fault, event_id, type, source, subject, sequence, time, data, partner,"
        " actor, reason, traceparent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        consumer,
        event.topic,
        fault[:FAULT_CHARACTERS_MAX],
        event.id,
        event.type,
        event.source,
        event.subject,
        event.sequence,
        event.time,
        event.data,
        event.partner,
        event.actor,
        event.reason,
        event.traceparent,
    )


async def park_unreadable(conn: Connection, consumer: str, record: Unreadable) -> None:
    """Parks a record that is no event of ours; the same one, delivered again, is not parked twice."""
    await conn.execute(
        "INSERT INTO parked (consumer, place, fault, data, headers) SELECT $1, $2, $3, $4, $5"
        " WHERE NOT EXISTS (SELECT FROM parked WHERE consumer = $1 AND place = $2)",
        consumer,
        f"{record.topic} {record.place}",
        record.fault[:FAULT_CHARACTERS_MAX],
        record.data,
        json.dumps(record.headers).replace("\\u0000", "\\ufffd"),  # jsonb holds no zero character
    )


async def any_asked(conn: Connection, consumer: str) -> bool:
    """Whether there may be one whose replay is asked for: what a consumer looks for, every second, without a lock."""
    asked_of = "SELECT FROM parked WHERE consumer = $1 AND replayed_at IS NULL AND replay_asked_at IS NOT NULL"
    return await conn.fetchval(f"SELECT EXISTS ({asked_of})", consumer)


async def asked(conn: Connection, consumer: str) -> Parked | None:
    """The oldest one whose replay is asked for and that nobody else is replaying now; locked for this transaction."""
    row = await conn.fetchrow(
        "SELECT * FROM parked WHERE consumer = $1 AND replayed_at IS NULL AND replay_asked_at IS NOT NULL"
        " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
        consumer,
    )
    return _parked(row) if row else None


async def mark_replayed(conn: Connection, parked_id: int) -> None:
    """It has been applied now."""
    await conn.execute("UPDATE parked SET replayed_at = now() WHERE id = $1", parked_id)


async def mark_failed(conn: Connection, parked_id: int, fault: str) -> None:
    """It could not be applied this time either, and waits to be asked for again."""
    await conn.execute(
        "UPDATE parked SET replay_asked_at = NULL, fault = $2 WHERE id = $1", parked_id, fault[:FAULT_CHARACTERS_MAX]
    )


def _parked(row: asyncpg.Record) -> Parked:
    return Parked(
        row["id"],
        row["consumer"],
        row["place"],
        row["parked_at"],
        row["fault"],
        event_of(row) if row["event_id"] else None,
        json.loads(row["headers"] or "{}"),
        row["data"],
    )
