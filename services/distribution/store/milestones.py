"""Milestones and shipments: which belong together, kept so that neither can miss the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from doselane.courier.v1 import courier_pb2

from services.distribution.domain.milestone import MilestoneFact, ShipmentState
from services.distribution.domain.plausibility import Doubt, Implausible
from services.distribution.events import milestone_of
from services.kernel.db import Connection

_COLUMNS = (
    "courier, courier_event_id, message, retracts, matters, shipment_references, push, event_id, recorded_at, actor, "
    "traceparent"
)
_PLACES = ", ".join(f"${place}" for place in range(1, _COLUMNS.count(",") + 2))
_INSERT = (
    f"INSERT INTO milestone ({_COLUMNS}) VALUES ({_PLACES})"
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
    SELECT DISTINCT w.milestone_id, s.shipment FROM wanted w JOIN shipment_reference s USING (courier, reference)
), claimed AS (
    UPDATE milestone SET matched = true WHERE NOT matched AND id IN (SELECT milestone_id FROM pair)
)
SELECT milestone_id, shipment FROM pair p
WHERE NOT EXISTS (
    SELECT FROM recorded_milestone t WHERE t.shipment = p.shipment AND t.milestone_id = p.milestone_id)
ORDER BY milestone_id, shipment
"""

# Locks of one transaction are taken in one order, so that two of them never wait for each other.
_LOCK = """
SELECT pg_advisory_xact_lock(key)
FROM (SELECT DISTINCT hashtextextended('distribution courier ' || name, 0) AS key
      FROM unnest($1::text[]) AS name ORDER BY 1) AS wanted
"""

_RELATED = f"""
SELECT DISTINCT ON (s.shipment, m.id) s.shipment, m.id,
       {", ".join(f"m.{name}" for name in _COLUMNS.split(", "))},
       EXISTS (SELECT FROM recorded_milestone t WHERE t.shipment = s.shipment AND t.milestone_id = m.id) AS told
FROM shipment_reference s
     JOIN milestone_reference r USING (courier, reference)
     JOIN milestone m ON m.id = r.milestone_id
WHERE s.shipment = ANY ($1) AND (m.matters OR NOT $2 OR EXISTS (
    SELECT FROM recorded_milestone d WHERE d.shipment = s.shipment AND d.milestone_id = m.id AND d.doubt IS NOT NULL))
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
_RECORD = """
INSERT INTO recorded_milestone (shipment, number, milestone_id, doubt, doubt_limit_at) VALUES ($1, $2, $3, $4, $5)"""
_RECORDED = f"""
SELECT t.number, t.doubt, t.doubt_limit_at, {", ".join(f"m.{name}" for name in _COLUMNS.split(", "))}
FROM recorded_milestone t JOIN milestone m ON m.id = t.milestone_id
WHERE t.shipment = $1 AND t.number > $2 ORDER BY t.number LIMIT $3"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A milestone that concerns a shipment and was not recorded with it yet."""

    milestone_id: int
    shipment: str
    fact: MilestoneFact


@dataclass(frozen=True, slots=True)
class Related:
    """A milestone under one of a shipment's references."""

    milestone_id: int
    shipment: str
    fact: MilestoneFact
    told: bool  # whether it was recorded with the shipment


class ReferenceHolder(NamedTuple):
    """The shipment that a reference names."""

    shipment: str
    state: ShipmentState


class RecordedRow(NamedTuple):
    """A milestone of a shipment, with its number and what spoke against it."""

    number: int
    fact: MilestoneFact
    doubt: Doubt | None


async def lock_couriers(conn: Connection, couriers: Iterable[str]) -> None:
    """Until the transaction ends, nobody else takes milestones of these couriers or attaches their references.

    So a milestone and an attachment of its shipment cannot both look before the other is there.
    """
    await conn.fetch(_LOCK, [courier for courier in couriers if courier])


async def take_milestones(conn: Connection, facts: Sequence[MilestoneFact]) -> list[Pair]:
    """Stores the milestones that are new, and answers which shipments they concern.

    Earlier retractions that waited for one of them come first, then the milestones in the order of `facts`. Call with
    the couriers locked.
    """
    rows = await conn.fetchmany(_INSERT, map(_row, facts))
    fact_of_event = {fact.event_id: fact for fact in facts}
    fresh = {row["id"]: fact_of_event[row["event_id"]] for row in rows}
    if not fresh:
        return []
    pairs = [(row["milestone_id"], row["shipment"]) for row in await conn.fetch(_LINK, list(fresh))]
    waiting = [milestone_id for milestone_id, _ in pairs if milestone_id not in fresh]
    known = (await _facts(conn, waiting) if waiting else {}) | fresh
    return [Pair(milestone_id, shipment, known[milestone_id]) for milestone_id, shipment in pairs]


async def related(conn: Connection, shipments: Iterable[str], *, only_what_matters: bool) -> list[Related]:
    """The milestones under the references of these shipments: all, or only those on which a standing can depend, and
    those that were in doubt, which may be settled."""
    rows = await conn.fetch(_RELATED, list(shipments), only_what_matters)
    return [Related(row["id"], row["shipment"], _fact(row), row["told"]) for row in rows]


async def record(conn: Connection, recorded: Mapping[tuple[str, int], tuple[int, Doubt | None]]) -> None:
    """Notes of shipments and milestones as which number one was recorded with the other, and what speaks against it."""
    await conn.executemany(
        _RECORD,
        [
            (shipment, number, milestone_id, doubt and int(doubt.reason), doubt and doubt.limit_at)
            for (shipment, milestone_id), (number, doubt) in recorded.items()
        ],
    )


async def recorded_of(conn: Connection, shipment: str, after: int, limit: int) -> list[RecordedRow]:
    """The next milestones of a shipment, in the order in which they became known."""
    rows = await conn.fetch(_RECORDED, shipment, after, limit)
    return [RecordedRow(row["number"], fact := _fact(row), _doubt(row, fact)) for row in rows]


async def unmatched(
    conn: Connection, courier: str, after: tuple[datetime, int] | None, limit: int
) -> list[tuple[int, MilestoneFact]]:
    """The next milestones that no shipment claims, oldest first; of one courier unless it is empty."""
    at, milestone_id = after or (None, 0)
    rows = await conn.fetch(
        f"SELECT id, {_COLUMNS} FROM milestone WHERE NOT matched AND ($1 = '' OR courier = $1)"
        " AND ($2::timestamptz IS NULL OR (recorded_at, id) > ($2, $3)) ORDER BY recorded_at, id LIMIT $4",
        courier,
        at,
        milestone_id,
        limit,
    )
    return [(row["id"], _fact(row)) for row in rows]


async def takers(conn: Connection, courier: str, keys: Sequence[str], but: str) -> dict[str, ReferenceHolder]:
    """Those of a courier's references that name another shipment, with that one."""
    rows = await conn.fetch(
        "SELECT r.reference, r.shipment, s.state FROM shipment_reference r JOIN shipment s ON s.name = r.shipment"
        " WHERE r.courier = $1 AND r.reference = ANY ($2) AND r.shipment <> $3",
        courier,
        keys,
        but,
    )
    return {row["reference"]: ReferenceHolder(row["shipment"], ShipmentState(row["state"])) for row in rows}


async def give_up(conn: Connection, courier: str, keys: Sequence[str]) -> None:
    """From now on these references name nothing."""
    await conn.execute(
        "DELETE FROM shipment_reference WHERE courier = $1 AND reference = ANY ($2)", courier, list(keys)
    )


async def refer(
    conn: Connection, shipment: str, courier: str, keys: Sequence[str], before: tuple[str, Sequence[str]]
) -> None:
    """From now on these references name the shipment, and those `before` (courier, references) do not."""
    await conn.execute("DELETE FROM shipment_reference WHERE shipment = $1", shipment)
    await conn.execute(
        "INSERT INTO shipment_reference (courier, reference, shipment) SELECT $1, unnest($2::text[]), $3",
        courier,
        keys,
        shipment,
    )
    changed = [(courier, reference) for reference in keys] + [(before[0], old) for old in before[1]]
    await conn.execute(_REMATCH, [name for name, _ in changed], [reference for _, reference in changed])


async def _facts(conn: Connection, ids: Sequence[int]) -> dict[int, MilestoneFact]:
    rows = await conn.fetch(f"SELECT id, {_COLUMNS} FROM milestone WHERE id = ANY ($1)", ids)
    return {row["id"]: _fact(row) for row in rows}


def _row(fact: MilestoneFact) -> tuple[Any, ...]:
    milestone = fact.milestone
    return (
        fact.courier,
        milestone.event_id,
        milestone.message,
        milestone.retracts,
        milestone.matters,
        fact.references,
        fact.push,
        fact.event_id,
        fact.recorded_at,
        fact.actor,
        fact.traceparent,
    )


def _fact(row: Mapping[str, Any]) -> MilestoneFact:
    told = courier_pb2.Milestone.FromString(row["message"])
    return MilestoneFact(
        courier=row["courier"],
        references=tuple(row["shipment_references"]),
        milestone=milestone_of(told, row["recorded_at"]),
        push=row["push"],
        event_id=row["event_id"],
        recorded_at=row["recorded_at"],
        actor=row["actor"],
        traceparent=row["traceparent"],
    )


def _doubt(row: Mapping[str, Any], fact: MilestoneFact) -> Doubt | None:
    if row["doubt"] is None:
        return None
    milestone = fact.milestone
    return Doubt(milestone.event_id, milestone.message, Implausible(row["doubt"]), row["doubt_limit_at"])
