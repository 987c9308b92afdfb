"""The host's tables. Each function is one statement, for a whole batch."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from doselane.courier.v1.courier_pb2 import Push

from adapters.host.values import Arrival, Claim, Verdict
from services.kernel.db import Connection

SCHEMA = Path(__file__).with_name("schema")

_KEEP = """
INSERT INTO push (push_id, account, courier, adapter, webhook, received_at, headers, body, body_bytes, body_sha256,
                  traceparent, actor)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::jsonb[],
                     $8::bytea[], $9::bigint[], $10::bytea[], $11::text[], $12::text[])
"""
# In one order, so that two processes that count the same facts wait for each other instead of deadlocking. Of equal
# facts in one batch the first push has it.
_CLAIM_FACTS = """
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::bytea[], $3::uuid[], $4::int[], $5::bytea[], $6::bytea[])
        AS a(courier, fact, push_id, position, content, milestone)
), fresh AS (
    INSERT INTO counted SELECT * FROM asked ORDER BY courier, fact, push_id, position
    ON CONFLICT DO NOTHING RETURNING courier, fact, push_id, position
)
SELECT push_id, position, true AS fresh, push_id AS owner, position AS place, NULL AS content, NULL AS milestone
FROM fresh
UNION ALL
SELECT a.push_id, a.position, false, c.push_id, c.position, c.content, c.milestone
FROM asked a JOIN counted c USING (courier, fact)
"""
_CLAIM_BODIES = """
WITH asked AS (
    SELECT * FROM unnest($1::text[], $2::bytea[], $3::uuid[]) AS a(courier, body_sha256, push_id)
), fresh AS (
    INSERT INTO taken_body SELECT * FROM asked ORDER BY courier, body_sha256, push_id
    ON CONFLICT DO NOTHING RETURNING push_id
)
SELECT push_id FROM fresh
UNION ALL
SELECT push_id FROM asked JOIN taken_body t USING (courier, body_sha256, push_id)
"""
_KNOWN = """
SELECT DISTINCT a.n FROM unnest($1::int[], $2::text[], $3::text[]) AS a(n, courier, reference)
JOIN shipment USING (courier, reference)
"""
_SAVE = """
INSERT INTO verdict (push_id, state, reason, detail, notes, published, judged_at)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bytea[], $6::bigint[], $7::timestamptz[])
ON CONFLICT (push_id) DO NOTHING RETURNING push_id
"""
_SAVE_AGAIN = """
INSERT INTO verdict (push_id, state, reason, detail, notes, published, judged_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (push_id) DO UPDATE SET state = excluded.state, reason = excluded.reason, detail = excluded.detail,
    notes = excluded.notes, published = excluded.published, judged_at = excluded.judged_at
"""
_PUSH = """
SELECT p.push_id, p.account, p.courier, p.adapter, p.webhook, p.received_at, p.headers, p.body_bytes, p.body_sha256,
       p.traceparent, p.actor, v.state, v.reason, v.detail, v.notes, v.published, v.judged_at, {body} AS body
FROM push p LEFT JOIN verdict v USING (push_id)
"""
_WITH_BODY, _WITHOUT_BODY = _PUSH.format(body="p.body"), _PUSH.format(body="NULL::bytea")


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact that asks to be counted."""

    courier: str
    key: bytes  # digest of the fact's key
    push_id: UUID
    position: int
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


async def claim_facts(conn: Connection, rows: Sequence[FactRow]) -> dict[tuple[UUID, int], Claim]:
    """Counts the facts that are new and tells what stands in the place of the others.

    A fact that another process counted at this very moment is in neither answer; it is not new.
    """
    if not rows:
        return {}
    found = await conn.fetch(
        _CLAIM_FACTS,
        [row.courier for row in rows],
        [row.key for row in rows],
        [row.push_id for row in rows],
        [row.position for row in rows],
        [row.content for row in rows],
        [row.milestone for row in rows],
    )
    return {
        (row["push_id"], row["position"]): Claim(
            row["fresh"], (row["owner"], row["place"]), row["content"], row["milestone"]
        )
        for row in found
    }


async def note_published(conn: Connection, courier: str, key: bytes, milestone: bytes) -> None:
    """Remembers what was last published of a fact."""
    await conn.execute("UPDATE counted SET milestone = $3 WHERE courier = $1 AND fact = $2", courier, key, milestone)


async def claim_bodies(conn: Connection, taken: Sequence[Arrival]) -> set[UUID]:
    """Of these pushes the ones whose body nobody had pushed before them."""
    if not taken:
        return set()
    rows = await conn.fetch(
        _CLAIM_BODIES, [a.courier for a in taken], [a.body_sha256 for a in taken], [a.push_id for a in taken]
    )
    return {row["push_id"] for row in rows}


async def known_shipments(conn: Connection, asked: Iterable[tuple[int, str, str]]) -> set[int]:
    """The numbers of those (number, courier, reference) that some dose travels with."""
    rows = list(asked)
    if not rows:
        return set()
    found = await conn.fetch(_KNOWN, [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])
    return {row["n"] for row in found}


async def save(conn: Connection, verdicts: Mapping[UUID, Verdict]) -> set[UUID]:
    """Stores first verdicts; answers for which pushes there was none yet."""
    rows = [_verdict_row(push_id, verdict) for push_id, verdict in verdicts.items()]
    found = await conn.fetch(_SAVE, *map(list, zip(*rows, strict=True)))
    return {row["push_id"] for row in found}


async def save_again(conn: Connection, push_id: UUID, verdict: Verdict) -> None:
    """Stores a new verdict in the place of the one before."""
    await conn.execute(_SAVE_AGAIN, *_verdict_row(push_id, verdict))


async def attach(conn: Connection, courier: str, references: Sequence[str], dose: str) -> None:
    """Remembers that a dose travels with a shipment."""
    await conn.execute(
        "INSERT INTO shipment SELECT $1, r, $3 FROM unnest($2::text[]) AS r ON CONFLICT DO NOTHING",
        courier,
        references,
        dose,
    )


async def push(conn: Connection, push_id: UUID, *, lock: bool = False) -> StoredPush | None:
    """One push with its body. With `lock`, nobody else judges it until the transaction ends."""
    row = await conn.fetchrow(f"{_WITH_BODY} WHERE p.push_id = $1{' FOR UPDATE OF p' if lock else ''}", push_id)
    return _stored(row) if row else None


async def push_of_fact(conn: Connection, courier: str, key: bytes) -> tuple[StoredPush, int] | None:
    """The push that a counted fact came with first, and the fact's position in it."""
    row = await conn.fetchrow("SELECT push_id, position FROM counted WHERE courier = $1 AND fact = $2", courier, key)
    found = await push(conn, row["push_id"]) if row else None
    return (found, row["position"]) if found else None


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
