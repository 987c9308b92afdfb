"""Milestones and shipments: which belong together, kept so that neither can miss the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.kernel.db import Connection
from services.status.domain import MilestoneFact
from services.status.store.rows import MILESTONE_COLUMNS, milestone_fact_of, milestone_row

_PLACES = ", ".join(f"${place}" for place in range(1, MILESTONE_COLUMNS.count(",") + 2))
_INSERT = (
    f"INSERT INTO milestone ({MILESTONE_COLUMNS}) VALUES ({_PLACES})"
    " ON CONFLICT (courier, courier_event_id, digest) DO NOTHING RETURNING id, event_id"
)

# A retraction goes where the retracted event goes, whichever of the two came first: it takes over its references.
_LINK = """
WITH fresh AS (
    SELECT id, courier, courier_event_id, shipment_references, retracts FROM milestone WHERE id = ANY ($1)
), withdrawn AS (
    INSERT INTO retraction (courier, courier_event_id, milestone_id)
    SELECT DISTINCT courier, unnest(retracts), id FROM fresh
), wanted AS (
    SELECT courier, unnest(shipment_references) AS reference, id AS milestone_id FROM fresh
    UNION
    SELECT f.courier, unnest(m.shipment_references), f.id
    FROM fresh f JOIN milestone m ON m.courier = f.courier AND m.courier_event_id = ANY (f.retracts)
    UNION
    SELECT f.courier, unnest(f.shipment_references), r.milestone_id
    FROM fresh f JOIN retraction r USING (courier, courier_event_id)
), linked AS (
    INSERT INTO milestone_reference (courier, reference, milestone_id)
    SELECT courier, reference, milestone_id FROM wanted
    ON CONFLICT DO NOTHING
), pair AS (
    SELECT DISTINCT w.milestone_id, s.dose_id FROM wanted w JOIN shipment_reference s USING (courier, reference)
), claimed AS (
    UPDATE milestone SET matched = true WHERE NOT matched AND id IN (SELECT milestone_id FROM pair)
)
SELECT milestone_id, dose_id FROM pair p
WHERE NOT EXISTS (SELECT FROM timeline t WHERE t.dose_id = p.dose_id AND t.source = 'milestone:' || p.milestone_id)
ORDER BY milestone_id, dose_id
"""

# Locks of one transaction are taken in one order, so that two of them never wait for each other.
_LOCK = """
SELECT pg_advisory_xact_lock(key)
FROM (SELECT DISTINCT hashtextextended('status courier ' || name, 0) AS key
      FROM unnest($1::text[]) AS name ORDER BY 1) AS wanted
"""

_RELATED = f"""
SELECT DISTINCT ON (s.dose_id, m.id) s.dose_id, m.id,
       {", ".join(f"m.{name}" for name in MILESTONE_COLUMNS.split(", "))},
       EXISTS (SELECT FROM timeline t WHERE t.dose_id = s.dose_id AND t.source = 'milestone:' || m.id) AS told
FROM shipment_reference s
     JOIN milestone_reference r USING (courier, reference)
     JOIN milestone m ON m.id = r.milestone_id
WHERE s.dose_id = ANY ($1) AND (m.matters OR NOT $2)
"""

_REMATCH = """
UPDATE milestone m SET matched = NOT m.matched
FROM (SELECT DISTINCT r.milestone_id
      FROM milestone_reference r
           JOIN unnest($1::text[], $2::text[]) AS n (courier, reference) USING (courier, reference)) AS changed
WHERE m.id = changed.milestone_id
  AND m.matched <> EXISTS (SELECT FROM milestone_reference r JOIN shipment_reference s USING (courier, reference)
                           WHERE r.milestone_id = m.id)
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A milestone that concerns a dose and is not in its timeline yet."""

    milestone_id: int
    dose_id: str
    fact: MilestoneFact


@dataclass(frozen=True, slots=True)
class Related:
    """A milestone of the shipment that carries a dose."""

    milestone_id: int
    dose_id: str
    fact: MilestoneFact
    told: bool  # whether the dose's timeline has it


async def lock_couriers(conn: Connection, couriers: Iterable[str]) -> None:
    """Until the transaction ends, nobody else takes milestones of these couriers or attaches their shipments.

    So a milestone and an attachment of its shipment cannot both look before the other is there.
    """
    await conn.fetch(_LOCK, list(couriers))


async def take_milestones(conn: Connection, facts: Sequence[MilestoneFact]) -> list[Pair]:
    """Stores the milestones that are new, and answers which doses they concern.

    Earlier retractions that waited for one of them come first, then the milestones in the order of `facts`. Call with
    the couriers locked.
    """
    rows = await conn.fetchmany(_INSERT, [milestone_row(fact) for fact in facts])
    fact_of_event: dict[UUID, MilestoneFact] = {fact.event_id: fact for fact in facts}
    fresh = {row["id"]: fact_of_event[row["event_id"]] for row in rows}
    if not fresh:
        return []
    pairs = [(row["milestone_id"], row["dose_id"]) for row in await conn.fetch(_LINK, list(fresh))]
    waiting = [milestone_id for milestone_id, _ in pairs if milestone_id not in fresh]
    known = (await _facts(conn, waiting) if waiting else {}) | fresh
    return [Pair(milestone_id, dose_id, known[milestone_id]) for milestone_id, dose_id in pairs]


async def related(conn: Connection, dose_ids: Iterable[str], *, only_what_matters: bool) -> list[Related]:
    """The milestones of the shipments that carry these doses: all, or only those on which the standing can depend."""
    rows = await conn.fetch(_RELATED, list(dose_ids), only_what_matters)
    return [Related(row["id"], row["dose_id"], milestone_fact_of(row), row["told"]) for row in rows]


async def carry(
    conn: Connection, dose_id: str, courier: str, references: Sequence[str], before: tuple[str, Sequence[str]]
) -> None:
    """From now on this shipment carries the dose, and the one `before` (courier, references) does not."""
    await conn.execute("DELETE FROM shipment_reference WHERE dose_id = $1", dose_id)
    await conn.execute(
        "INSERT INTO shipment_reference (courier, reference, dose_id) SELECT $1, unnest($2::text[]), $3",
        courier,
        references,
        dose_id,
    )
    changed = [(courier, reference) for reference in references] + [(before[0], old) for old in before[1]]
    await conn.execute(_REMATCH, [name for name, _ in changed], [reference for _, reference in changed])


async def _facts(conn: Connection, ids: Sequence[int]) -> dict[int, MilestoneFact]:
    rows = await conn.fetch(f"SELECT id, {MILESTONE_COLUMNS} FROM milestone WHERE id = ANY ($1)", ids)
    return {row["id"]: milestone_fact_of(row) for row in rows}
