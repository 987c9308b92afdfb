"""The host's tables. Each function is one statement, for a whole batch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from doselane.courier.v1.courier_pb2 import Push

from adapters.host.values import Arrival, Claim, Place, Verdict
from services.kernel.db import Connection
from services.kernel.event import Event

SOURCE = "doselane/courier"
SCHEMA = Path(__file__).with_name("schema")

_KEEP = """
INSERT INTO push (push_id, account, courier, adapter, webhook, received_at, headers, body, body_bytes, body_sha256,
                  traceparent, actor)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::jsonb[],
                     $8::bytea[], $9::bigint[], $10::bytea[], $11::text[], $12::text[])
"""
# Every part looks each row up by itself (LATERAL … LIMIT 1): a plan made while the tables are small would otherwise
# read them whole, and stay in use when they have grown.
_LOAD = """
SELECT 'fact' AS what, a.n, c.push_id, c.position, c.content, c.milestone
FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS a(courier, fact, n), LATERAL (
    SELECT * FROM counted c WHERE c.courier = a.courier AND c.fact = a.fact LIMIT 1) c
UNION ALL
SELECT 'body', a.n, t.push_id, NULL, NULL, NULL
FROM unnest($3::text[], $4::bytea[]) WITH ORDINALITY AS a(courier, body_sha256, n), LATERAL (
    SELECT * FROM taken_body t WHERE t.courier = a.courier AND t.body_sha256 = a.body_sha256 LIMIT 1) t
UNION ALL
SELECT 'shipment', a.n, NULL, NULL, NULL, NULL
FROM unnest($5::int[], $6::text[], $7::text[]) AS a(n, courier, reference), LATERAL (
    SELECT FROM reference r WHERE r.account = a.courier AND r.theirs = a.reference LIMIT 1) s
UNION ALL
SELECT 'verdict', 0, push_id, NULL, NULL, NULL FROM verdict WHERE push_id = ANY ($8::uuid[])
"""
# Facts and bodies go in in one order, so that two processes with the same ones wait for each other and do not deadlock.
_SAVE = """
WITH facts AS (
    INSERT INTO counted (courier, fact, event, push_id, position, content, milestone)
    SELECT * FROM unnest($2::text[], $3::bytea[], $4::bytea[], $5::uuid[], $6::int[], $7::bytea[], $8::bytea[])
        AS f(courier, fact, event, push_id, position, content, milestone) ORDER BY courier, fact
), bodies AS (
    INSERT INTO taken_body (courier, body_sha256, push_id)
    SELECT * FROM unnest($9::text[], $10::bytea[], $11::uuid[]) AS b(courier, body_sha256, push_id)
    ORDER BY courier, body_sha256
), verdicts AS (
    INSERT INTO verdict (push_id, state, reason, detail, notes, published, judged_at)
    SELECT v.*, $1 FROM unnest($12::uuid[], $13::int[], $14::text[], $15::text[], $16::bytea[], $17::bigint[]) AS v
)
INSERT INTO outbox (event_id, type, source, subject, sequence, time, data, partner, actor, traceparent)
SELECT event_id, type, $18, subject, sequence, $1, data, partner, actor, traceparent
FROM unnest($19::uuid[], $20::text[], $21::text[], $22::bigint[], $23::bytea[], $24::text[], $25::text[], $26::text[])
     WITH ORDINALITY AS e(event_id, type, subject, sequence, data, partner, actor, traceparent, n)
ORDER BY n
"""
_SAVE_AGAIN = """
INSERT INTO verdict (push_id, state, reason, detail, notes, published, judged_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (push_id) DO UPDATE SET state = excluded.state, reason = excluded.reason, detail = excluded.detail,
    notes = excluded.notes, published = excluded.published, judged_at = excluded.judged_at
"""
_EVENT = attrgetter("id", "type", "subject", "sequence", "data", "partner", "actor", "traceparent")
_PUSH = """
SELECT p.push_id, p.account, p.courier, p.adapter, p.webhook, p.received_at, p.headers, p.body_bytes, p.body_sha256,
       p.traceparent, p.actor, v.state, v.reason, v.detail, v.notes, v.published, v.judged_at, {body} AS body
FROM push p LEFT JOIN verdict v USING (push_id)
"""
_WITH_BODY, _WITHOUT_BODY = _PUSH.format(body="p.body"), _PUSH.format(body="NULL::bytea")


@dataclass(frozen=True, slots=True)
class Known:
    """What stands in the tables already. Facts and references go by the numbers under which they were asked for."""

    facts: Mapping[int, Claim]
    bodies: Mapping[int, UUID]  # the push that the body came with first
    shipments: frozenset[int]
    verdicts: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact that is counted from now on."""

    courier: str
    key: bytes  # digest of the fact's key
    event: bytes  # digest of its event's id
    place: Place
    content: bytes
    milestone: bytes  # digest of the milestone


@dataclass(frozen=True, slots=True)
class StoredPush:
    """A push and, once there is one, its verdict."""

    arrival: Arrival
    verdict: Verdict | None


async def keep(conn: Connection, arrivals: Sequence[Arrival]) -> None:
    """Stores pushes as they came."""
    await conn.execute(
        _KEEP,
        [a.push_id for a in arrivals],
        [a.account for a in arrivals],
        [a.courier for a in arrivals],
        [a.adapter for a in arrivals],
        [a.webhook for a in arrivals],
        [a.received_at for a in arrivals],
        [json.dumps(dict(a.headers)) for a in arrivals],
        [a.body for a in arrivals],
        [a.body_bytes for a in arrivals],
        [a.body_sha256 for a in arrivals],
        [a.traceparent for a in arrivals],
        [a.actor for a in arrivals],
    )


async def load(
    conn: Connection,
    facts: Sequence[tuple[str, bytes]],
    bodies: Sequence[tuple[str, bytes]],
    references: Sequence[tuple[int, str, str]],
    pushes: Sequence[UUID] = (),
) -> Known:
    """What is known of facts (courier, key) and bodies (courier, hash), which are numbered from 0, of the references

    of facts (number, courier, reference), and, where asked, of verdicts.
    """
    rows = await conn.fetch(_LOAD, *_columns(facts, 2), *_columns(bodies, 2), *_columns(references, 3), list(pushes))
    return Known(
        facts={
            row["n"] - 1: Claim(False, (row["push_id"], row["position"]), row["content"], row["milestone"])
            for row in rows
            if row["what"] == "fact"
        },
        bodies={row["n"] - 1: row["push_id"] for row in rows if row["what"] == "body"},
        shipments=frozenset(row["n"] for row in rows if row["what"] == "shipment"),
        verdicts=frozenset(row["push_id"] for row in rows if row["what"] == "verdict"),
    )


async def save(
    conn: Connection,
    at: datetime,
    facts: Sequence[FactRow],
    bodies: Sequence[Arrival],
    verdicts: Mapping[UUID, Verdict],
    events: Sequence[Event],
) -> None:
    """Stores verdicts with all that follows from them, in one statement and so in one transaction.

    Raises asyncpg.UniqueViolationError, with nothing stored, if another process was quicker with any of it.
    """
    await conn.execute(
        _SAVE,
        at,
        *_columns([(row.courier, row.key, row.event, *row.place, row.content, row.milestone) for row in facts], 7),
        *_columns([(arrival.courier, arrival.body_sha256, arrival.push_id) for arrival in bodies], 3),
        *_columns([_verdict_row(push_id, verdict)[:6] for push_id, verdict in verdicts.items()], 6),
        SOURCE,
        *_columns([_EVENT(event) for event in events], 8),
    )


async def save_again(conn: Connection, push_id: UUID, verdict: Verdict) -> None:
    """Stores a verdict in the place of the one before, if there was one."""
    await conn.execute(_SAVE_AGAIN, *_verdict_row(push_id, verdict))


async def note_published(conn: Connection, courier: str, key: bytes, milestone: bytes) -> None:
    """Remembers what was last published of a fact."""
    await conn.execute("UPDATE counted SET milestone = $3 WHERE courier = $1 AND fact = $2", courier, key, milestone)


async def refer(conn: Connection, account: str, theirs: Sequence[str], ours: str, at: datetime) -> None:
    """Remembers by which names the other side knows something of ours."""
    await conn.execute(
        "INSERT INTO reference (account, theirs, ours, since) SELECT $1, t, $3, $4 FROM unnest($2::text[]) AS t"
        " ON CONFLICT (account, theirs, ours) DO UPDATE SET since = greatest(reference.since, excluded.since)",
        account,
        theirs,
        ours,
        at,
    )


async def followed(conn: Connection, account: str, after: str, since: datetime, limit: int) -> list[str]:
    """The other side's names of what was referred to since an instant, in order: those after a name."""
    rows = await conn.fetch(
        "SELECT DISTINCT theirs FROM reference WHERE account = $1 AND theirs > $2 AND since >= $3 ORDER BY 1 LIMIT $4",
        account,
        after,
        since,
        limit,
    )
    return [row["theirs"] for row in rows]


async def push(conn: Connection, push_id: UUID, *, lock: bool = False) -> StoredPush | None:
    """One push with its body. With `lock`, nobody else judges it until the transaction ends."""
    row = await conn.fetchrow(f"{_WITH_BODY} WHERE p.push_id = $1{' FOR UPDATE OF p' if lock else ''}", push_id)
    return _stored(row) if row else None


async def places_of_event(conn: Connection, courier: str, event: bytes, limit: int) -> list[Place]:
    """The pushes that the counted facts of an event came with first, and their positions in them, oldest first."""
    rows = await conn.fetch(
        "SELECT push_id, position FROM counted WHERE courier = $1 AND event = $2 ORDER BY push_id, position LIMIT $3",
        courier,
        event,
        limit,
    )
    return [(row["push_id"], row["position"]) for row in rows]


async def pushes(
    conn: Connection,
    *,
    courier: str | None = None,
    account: str | None = None,
    webhook: str | None = None,
    states: Sequence[int] = (),
    before: UUID | None = None,
    limit: int,
) -> list[StoredPush]:
    """Pushes that fit every condition given, newest first, without their bodies."""
    rows = await conn.fetch(
        f"""{_WITHOUT_BODY}
        WHERE ($1::text IS NULL OR p.courier = $1) AND ($2::text IS NULL OR p.account = $2)
          AND ($3::text IS NULL OR p.webhook = $3) AND ($4::uuid IS NULL OR p.push_id < $4)
          AND (cardinality($5::int[]) = 0 OR coalesce(v.state, {int(Push.RECEIVED)}) = ANY ($5))
        ORDER BY p.push_id DESC LIMIT $6""",
        courier,
        account,
        webhook,
        before,
        list(states),
        limit,
    )
    return [_stored(row) for row in rows]


async def unjudged(conn: Connection, after: UUID, before: UUID, limit: int) -> list[StoredPush]:
    """Pushes of a span of time that have no verdict, oldest first, with their bodies."""
    rows = await conn.fetch(
        f"{_WITH_BODY} WHERE p.push_id > $1 AND p.push_id < $2 AND v.push_id IS NULL ORDER BY p.push_id LIMIT $3",
        after,
        before,
        limit,
    )
    return [_stored(row) for row in rows]


async def attempts(conn: Connection, push_id: UUID) -> int:
    """How many readings of a push ended the process that read it."""
    return await conn.fetchval("SELECT attempts FROM left_push WHERE push_id = $1", push_id) or 0


async def note_attempt(conn: Connection, push_id: UUID) -> None:
    """Counts a reading of a push that ended its process."""
    await conn.execute(
        "INSERT INTO left_push VALUES ($1, 1) ON CONFLICT (push_id) DO UPDATE SET attempts = left_push.attempts + 1",
        push_id,
    )


def _columns(rows: Sequence[tuple[Any, ...]], count: int) -> list[list[Any]]:
    return [[row[at] for row in rows] for at in range(count)]


def _verdict_row(push_id: UUID, verdict: Verdict) -> tuple[Any, ...]:
    notes = Push(notes=verdict.notes).SerializeToString()
    at: datetime | None = verdict.judged_at
    return push_id, verdict.state, verdict.reason, verdict.detail, notes, verdict.published, at


def _stored(row: asyncpg.Record) -> StoredPush:
    arrival = Arrival(
        push_id=row["push_id"],
        account=row["account"],
        courier=row["courier"],
        adapter=row["adapter"],
        webhook=row["webhook"],
        received_at=row["received_at"],
        headers=json.loads(row["headers"]),
        body=row["body"],
        body_bytes=row["body_bytes"],
        body_sha256=row["body_sha256"],
        traceparent=row["traceparent"],
        actor=row["actor"],
    )
    if row["state"] is None:
        return StoredPush(arrival, None)
    notes = tuple(Push.FromString(row["notes"]).notes)
    judged = {name: row[name] for name in ("state", "reason", "detail", "published", "judged_at")}
    return StoredPush(arrival, Verdict(notes=notes, **judged))
