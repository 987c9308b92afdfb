"""The host's tables. Each function is one statement, for a whole batch."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from doselane.exchange.v1.exchange_pb2 import Message

from adapters.host import record
from adapters.host.record import RecordRow
from adapters.host.values import Deduplication, FactPosition, ReceivedMessage, Verdict
from adapters.ports import Objection
from services.kernel.db import Connection
from services.kernel.event import Event

SCHEMA = Path(__file__).with_name("schema")
# Writing so many rows for PostgreSQL takes a few milliseconds of the loop; a large document brings thousands.
ROWS_AT_ONCE = 500

_KEEP = """
INSERT INTO message (message_id, account, partner, port, adapter, source, received_at, headers, body, body_bytes,
                  body_sha256, traceparent, actor)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                     $8::jsonb[], $9::bytea[], $10::bigint[], $11::bytea[], $12::text[], $13::text[])
"""
# Every part looks each row up by itself (LATERAL … LIMIT 1): a plan made while the tables are small would otherwise
# read them whole, and stay in use when they have grown.
_LOAD = """
SELECT 'fact' AS what, a.n, c.message_id, c.position, c.content, c.said
FROM unnest($1::text[], $2::text[], $3::bytea[]) WITH ORDINALITY AS a(port, partner, fact, n), LATERAL (
    SELECT * FROM accepted_event c WHERE c.port = a.port AND c.partner = a.partner AND c.fact = a.fact LIMIT 1) c
UNION ALL
SELECT 'body', a.n, t.message_id, NULL, NULL, NULL
FROM unnest($4::text[], $5::text[], $6::bytea[]) WITH ORDINALITY AS a(port, partner, body_sha256, n), LATERAL (
    SELECT * FROM accepted_body t
    WHERE t.port = a.port AND t.partner = a.partner AND t.body_sha256 = a.body_sha256 LIMIT 1) t
UNION ALL
SELECT 'reference', a.n, NULL, NULL, NULL, NULL
FROM unnest($7::int[], $8::text[], $9::text[], $10::text[]) AS a(n, port, partner, reference), LATERAL (
    SELECT FROM reference r WHERE r.port = a.port AND r.partner = a.partner AND r.theirs = a.reference LIMIT 1) s
UNION ALL
SELECT 'verdict', 0, message_id, NULL, NULL, NULL FROM verdict WHERE message_id = ANY ($11::uuid[])
"""
# Facts and bodies go in in one order, so that two processes with the same ones wait for each other and do not deadlock.
_SAVE = """
WITH facts AS (
    INSERT INTO accepted_event (port, partner, fact, event, message_id, position, content, said)
    SELECT * FROM unnest($2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::uuid[], $7::int[], $8::bytea[],
                         $9::bytea[])
        AS f(port, partner, fact, event, message_id, position, content, said) ORDER BY port, partner, fact
), bodies AS (
    INSERT INTO accepted_body (port, partner, body_sha256, message_id)
    SELECT * FROM unnest($10::text[], $11::text[], $12::bytea[], $13::uuid[])
        AS b(port, partner, body_sha256, message_id) ORDER BY port, partner, body_sha256
), verdicts AS (
    INSERT INTO verdict (message_id, state, reason, detail, notes, published, mapping_version, judged_at)
    SELECT v.*, $1
    FROM unnest($14::uuid[], $15::int[], $16::text[], $17::text[], $18::bytea[], $19::bigint[], $20::text[]) AS v
)
INSERT INTO outbox (event_id, type, source, subject, sequence, time, data, partner, actor, traceparent)
SELECT event_id, type, source, subject, sequence, $1, data, partner, actor, traceparent
FROM unnest($21::uuid[], $22::text[], $23::text[], $24::text[], $25::bigint[], $26::bytea[], $27::text[], $28::text[],
            $29::text[])
     WITH ORDINALITY AS e(event_id, type, source, subject, sequence, data, partner, actor, traceparent, n)
ORDER BY n
"""
_SAVE_AGAIN = """
INSERT INTO verdict (message_id, state, reason, detail, notes, published, mapping_version, judged_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (message_id) DO UPDATE SET state = excluded.state, reason = excluded.reason, detail = excluded.detail,
    notes = excluded.notes, published = excluded.published, mapping_version = excluded.mapping_version,
    judged_at = excluded.judged_at
"""
_EVENT = attrgetter("id", "type", "source", "subject", "sequence", "data", "partner", "actor", "traceparent")
_MESSAGE = """
SELECT p.message_id, p.account, p.partner, p.port, p.adapter, p.source, p.received_at, p.headers, p.body_bytes,
       p.body_sha256, p.traceparent, p.actor, v.state, v.reason, v.detail, v.notes, v.published,
       v.mapping_version, v.judged_at, {body} AS body
FROM message p LEFT JOIN verdict v USING (message_id)
"""
_WITH_BODY, WITHOUT_BODY = _MESSAGE.format(body="p.body"), _MESSAGE.format(body="NULL::bytea")


@dataclass(frozen=True, slots=True)
class Known:
    """What stands in the tables already. Facts and references go by the numbers under which they were asked for."""

    facts: Mapping[int, Deduplication]
    bodies: Mapping[int, UUID]  # the message that the body came with first
    references: frozenset[int]
    verdicts: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact that counts from now on."""

    port: str
    partner: str
    key: bytes  # digest of the fact's key
    event: bytes  # digest of its event's id
    place: FactPosition
    content: bytes
    said: bytes  # digest of what is published of it


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message and, once there is one, its verdict."""

    received: ReceivedMessage
    verdict: Verdict | None


async def keep(conn: Connection, received: Sequence[ReceivedMessage]) -> None:
    """Stores messages as they came."""
    await conn.execute(
        _KEEP,
        [a.message_id for a in received],
        [a.account for a in received],
        [a.partner for a in received],
        [a.port for a in received],
        [a.adapter for a in received],
        [a.source for a in received],
        [a.received_at for a in received],
        [json.dumps(dict(a.headers)) for a in received],
        [a.body for a in received],
        [a.body_bytes for a in received],
        [a.body_sha256 for a in received],
        [a.traceparent for a in received],
        [a.actor for a in received],
    )


async def load(
    conn: Connection,
    facts: Sequence[tuple[str, str, bytes]],
    bodies: Sequence[tuple[str, str, bytes]],
    references: Sequence[tuple[int, str, str, str]],
    messages: Sequence[UUID] = (),
) -> Known:
    """What is known of facts (port, partner, key) and bodies (port, partner, hash), which are numbered from 0, of the

    references of facts (number, port, partner, reference), and, where asked, of verdicts.
    """
    rows = await conn.fetch(_LOAD, *_columns(facts, 3), *_columns(bodies, 3), *_columns(references, 4), list(messages))
    return Known(
        facts={
            row["n"] - 1: Deduplication(False, (row["message_id"], row["position"]), row["content"], row["said"])
            for row in rows
            if row["what"] == "fact"
        },
        bodies={row["n"] - 1: row["message_id"] for row in rows if row["what"] == "body"},
        references=frozenset(row["n"] for row in rows if row["what"] == "reference"),
        verdicts=frozenset(row["message_id"] for row in rows if row["what"] == "verdict"),
    )


async def save(
    conn: Connection,
    at: datetime,
    facts: Sequence[FactRow],
    bodies: Sequence[ReceivedMessage],
    verdicts: Mapping[UUID, Verdict],
    events: Sequence[Event],
    recorded: Sequence[RecordRow] = (),
) -> None:
    """Stores verdicts with all that follows from them, in one transaction; what is few in one statement.

    Raises asyncpg.UniqueViolationError, with nothing stored, if another process was quicker with any of it.
    """
    if len(facts) <= ROWS_AT_ONCE and len(events) <= ROWS_AT_ONCE and not recorded:
        await _save(conn, at, facts, bodies, verdicts, events)
        return
    # In the order in which one statement would have stored them all.
    ordered = sorted(facts, key=attrgetter("port", "partner", "key"))
    async with conn.transaction():
        first = slice(0, ROWS_AT_ONCE)
        await _save(conn, at, ordered[first], bodies, verdicts, events[first])
        for begin in range(ROWS_AT_ONCE, max(len(facts), len(events)), ROWS_AT_ONCE):
            rows = slice(begin, begin + ROWS_AT_ONCE)
            await _save(conn, at, ordered[rows], (), {}, events[rows])
        if recorded:
            await record.append(conn, recorded, at)


async def _save(
    conn: Connection,
    at: datetime,
    facts: Sequence[FactRow],
    bodies: Sequence[ReceivedMessage],
    verdicts: Mapping[UUID, Verdict],
    events: Sequence[Event],
) -> None:
    await conn.execute(
        _SAVE,
        at,
        *_columns([(row.port, row.partner, row.key, row.event, *row.place, row.content, row.said) for row in facts], 8),
        *_columns([(each.port, each.partner, each.body_sha256, each.message_id) for each in bodies], 4),
        *_columns([_verdict_row(message_id, verdict)[:7] for message_id, verdict in verdicts.items()], 7),
        *_columns([_EVENT(event) for event in events], 9),
    )


async def save_again(conn: Connection, message_id: UUID, verdict: Verdict) -> None:
    """Stores a verdict in the place of the one before, if there was one."""
    await conn.execute(_SAVE_AGAIN, *_verdict_row(message_id, verdict))


async def note_published(conn: Connection, port: str, partner: str, key: bytes, said: bytes) -> None:
    """Remembers what was last published of a fact."""
    await conn.execute(
        "UPDATE accepted_event SET said = $4 WHERE port = $1 AND partner = $2 AND fact = $3", port, partner, key, said
    )


async def refer(
    conn: Connection,
    port: str,
    partner: str,
    theirs: Sequence[str],
    ours: str,
    at: datetime,
    ends_at: datetime | None = None,
) -> None:
    """Remembers by which names the other side knows something of ours, and until when news of it helps anybody."""
    await conn.execute(
        "INSERT INTO reference (port, partner, theirs, ours, since, ends_at)"
        " SELECT $1, $2, t, $4, $5, $6 FROM unnest($3::text[]) AS t"
        " ON CONFLICT (port, partner, theirs, ours)"
        " DO UPDATE SET since = greatest(reference.since, excluded.since), ends_at = excluded.ends_at",
        port,
        partner,
        theirs,
        ours,
        at,
        ends_at,
    )


async def end_following(conn: Connection, port: str, partner: str, theirs: Sequence[str]) -> None:
    """Nothing more will come of what the other side knows by these names."""
    await conn.execute(
        "UPDATE reference SET ended = true"
        " WHERE port = $1 AND partner = $2 AND theirs = ANY ($3::text[]) AND NOT ended",
        port,
        partner,
        list(theirs),
    )


async def followed_since(conn: Connection, port: str, partner: str, theirs: str) -> datetime | None:
    """Since when the other side has known something of ours by this name."""
    return await conn.fetchval(
        "SELECT min(since) FROM reference WHERE port = $1 AND partner = $2 AND theirs = $3", port, partner, theirs
    )


async def one(conn: Connection, message_id: UUID, *, lock: bool = False) -> StoredMessage | None:
    """One message with its body. With `lock`, nobody else judges it until the transaction ends."""
    row = await conn.fetchrow(f"{_WITH_BODY} WHERE p.message_id = $1{' FOR UPDATE OF p' if lock else ''}", message_id)
    return stored(row) if row else None


async def object_to(conn: Connection, objection: Objection) -> None:
    """Adds what a service of ours objected to the note on the event of a message; once, however often it is told."""
    message_id = UUID(objection.message.rpartition("/")[2])
    row = await conn.fetchrow(
        "SELECT v.notes FROM verdict v JOIN message m USING (message_id)"
        " WHERE v.message_id = $1 AND m.partner = $2 FOR UPDATE OF v",
        message_id,
        objection.partner,
    )
    told = Message.FromString(row["notes"]) if row else Message()
    objected = [note for note in told.notes if note.event_id == objection.event_id]
    for note in objected:
        if objection.reason not in note.warnings:
            note.warnings.append(objection.reason)
    if objected:
        notes = told.SerializeToString()
        await conn.execute("UPDATE verdict SET notes = $2 WHERE message_id = $1", message_id, notes)


async def places_of_event(conn: Connection, port: str, partner: str, event: bytes, limit: int) -> list[FactPosition]:
    """The messages that the accepted facts of an event came with first, and their positions in them, oldest first."""
    rows = await conn.fetch(
        "SELECT message_id, position FROM accepted_event WHERE port = $1 AND partner = $2 AND event = $3"
        " ORDER BY message_id, position LIMIT $4",
        port,
        partner,
        event,
        limit,
    )
    return [(row["message_id"], row["position"]) for row in rows]


async def unjudged(
    conn: Connection, ports: Collection[str], after: UUID, before: UUID, limit: int
) -> list[StoredMessage]:
    """Messages at these ports and of a span of time that have no verdict, oldest first, with their bodies."""
    rows = await conn.fetch(
        f"{_WITH_BODY} WHERE p.message_id > $1 AND p.message_id < $2 AND v.message_id IS NULL"
        " AND p.port = ANY ($4) ORDER BY p.message_id LIMIT $3",
        after,
        before,
        limit,
        list(ports),
    )
    return [stored(row) for row in rows]


async def attempts(conn: Connection, message_id: UUID) -> int:
    """How many readings of a message ended the process that read it."""
    return await conn.fetchval("SELECT attempts FROM ended_reading WHERE message_id = $1", message_id) or 0


async def note_attempt(conn: Connection, message_id: UUID) -> None:
    """Counts a reading of a message that ended its process."""
    await conn.execute(
        "INSERT INTO ended_reading VALUES ($1, 1)"
        " ON CONFLICT (message_id) DO UPDATE SET attempts = ended_reading.attempts + 1",
        message_id,
    )


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [[row[at] for row in rows] for at in range(count)]


def _verdict_row(message_id: UUID, verdict: Verdict) -> tuple[Any, ...]:
    notes = Message(notes=verdict.notes).SerializeToString()
    at: datetime | None = verdict.judged_at
    told = (verdict.state, verdict.reason, verdict.detail, notes, verdict.published, verdict.mapping_version)
    return message_id, *told, at


def stored(row: asyncpg.Record) -> StoredMessage:
    """A row of the messages as what it is."""
    received = ReceivedMessage(
        message_id=row["message_id"],
        account=row["account"],
        partner=row["partner"],
        port=row["port"],
        adapter=row["adapter"],
        source=row["source"],
        received_at=row["received_at"],
        headers=json.loads(row["headers"]),
        body=row["body"],
        body_bytes=row["body_bytes"],
        body_sha256=row["body_sha256"],
        traceparent=row["traceparent"],
        actor=row["actor"],
    )
    if row["state"] is None:
        return StoredMessage(received, None)
    notes = tuple(Message.FromString(row["notes"]).notes)
    named = ("state", "reason", "detail", "published", "mapping_version", "judged_at")
    judged = {name: row[name] for name in named}
    return StoredMessage(received, Verdict(notes=notes, **judged))
