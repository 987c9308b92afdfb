"""Decisions of the rules with their inputs, specifications in their versions, and readings of earlier batches."""

from collections.abc import Mapping

from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.quality.domain.batch import Batch
from services.quality.domain.decision import StoredDecision
from services.quality.domain.specified import SpecificationVersion

DECISION, SPECIFICATION = Stored(StoredDecision), Stored(SpecificationVersion)
_LOCK_SPECIFICATION = "SELECT pg_advisory_xact_lock(hashtextextended('quality specification ' || $1, 0))"
_PUT_SPECIFICATION = """
INSERT INTO specification (name, version, signed, value) VALUES ($1, $2, $3, $4)
ON CONFLICT (name, version) DO UPDATE SET signed = excluded.signed, value = excluded.value
WHERE NOT specification.signed"""


async def next_decision(conn: Connection, batch: str) -> int:
    """The number of a batch's next decision; the batch is locked."""
    return int(await conn.fetchval("SELECT coalesce(max(number), 0) + 1 FROM decision WHERE batch = $1", batch))


async def put_decision(conn: Connection, decision: StoredDecision) -> None:
    """Stores a decision; none is ever changed."""
    await conn.execute(
        "INSERT INTO decision (batch, number, value) VALUES ($1, $2, $3)",
        decision.batch,
        decision.number,
        DECISION.text(decision),
    )


async def lock_specification(conn: Connection, name: str) -> None:
    """Until the transaction ends, nobody else proposes or signs a version of it; comes before every batch."""
    await conn.execute(_LOCK_SPECIFICATION, name)


async def specification(conn: Connection, name: str, version: int) -> SpecificationVersion | None:
    """One version of a specification."""
    text = await conn.fetchval("SELECT value FROM specification WHERE name = $1 AND version = $2", name, version)
    return SPECIFICATION.read(text) if text else None


async def newest(conn: Connection, name: str, *, signed: bool) -> SpecificationVersion | None:
    """The newest signed version, or the proposed one."""
    text = await conn.fetchval(
        "SELECT value FROM specification WHERE name = $1 AND signed = $2 ORDER BY version DESC LIMIT 1", name, signed
    )
    return SPECIFICATION.read(text) if text else None


async def specified_tests(conn: Connection) -> frozenset[str]:
    """The tests that the specifications name which were signed so far."""
    texts = await conn.fetch("SELECT value FROM specification WHERE signed")
    return frozenset(rule.test for row in texts for rule in SPECIFICATION.read(row["value"]).specification.rules)


async def put_specification(conn: Connection, version: SpecificationVersion) -> None:
    """Stores a version that is proposed, or signed just now."""
    row = (version.name, version.version, version.signature is not None, SPECIFICATION.text(version))
    await conn.execute(_PUT_SPECIFICATION, *row)


async def earlier_records(conn: Connection, batch: Batch, limit: int) -> Mapping[str, str]:
    """The record of the newest decision on each of the batches of the product before this one, oldest first."""
    rows = await conn.fetch(
        f"{_NEWEST_RECORDS} WHERE b.product = $1 AND (b.end_of_synthesis_at, b.name) < ($2, $3)"
        f" {_NEWEST_FIRST} LIMIT $4",
        batch.made.product,
        batch.made.end_of_synthesis_at,
        batch.name,
        limit,
    )
    return {row["name"]: row["record"] for row in reversed(rows)}


async def newest_records(conn: Connection, specification: str, limit: int) -> Mapping[str, str]:
    """The record of the newest decision on each of the newest batches that a specification judged, newest first."""
    rows = await conn.fetch(
        f"{_NEWEST_RECORDS} WHERE b.value->'specified'->>'name' = $1 {_NEWEST_FIRST} LIMIT $2", specification, limit
    )
    return {row["name"]: row["record"] for row in rows}


_NEWEST_RECORDS = """
SELECT b.name, d.record FROM batch b CROSS JOIN LATERAL (
    SELECT value->>'record_json' AS record FROM decision WHERE batch = b.name ORDER BY number DESC LIMIT 1) d"""
_NEWEST_FIRST = "ORDER BY b.end_of_synthesis_at DESC, b.name DESC"
