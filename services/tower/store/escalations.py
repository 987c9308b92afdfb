"""Ladders and escalations as rows: found, listed, and saved with their events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.tower.domain.escalation import Escalation, EscalationChange
from services.tower.domain.incident import Incident
from services.tower.domain.ladder import EscalationLadder, LadderChange
from services.tower.domain.refusals import EscalationUnknown, LadderUnknown
from services.tower.events.escalations import escalation_event, ladder_event
from services.tower.store.unit import INCIDENT

LADDER, ESCALATION = Stored(EscalationLadder), Stored(Escalation)
_PUT_LADDER = """
INSERT INTO escalation_ladder (name, partner, product, withdrawn, created_at, version, value)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (name) DO UPDATE
SET withdrawn = excluded.withdrawn, created_at = excluded.created_at, version = excluded.version, value = excluded.value
"""
_PUT = """
INSERT INTO escalation (name, incident, ladder, partner, state, due_at, created_at, version, value)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO UPDATE
SET state = excluded.state, due_at = excluded.due_at, version = excluded.version, value = excluded.value"""
_TO_PLAY = """
SELECT name, value FROM incident WHERE name IN (
    (SELECT name FROM incident WHERE played_version <> version LIMIT $2)
    UNION (SELECT incident FROM escalation WHERE due_at <= $1 ORDER BY due_at LIMIT $2)
) ORDER BY name"""
_ANYTHING = """
SELECT EXISTS (SELECT FROM incident WHERE played_version <> version)
    OR EXISTS (SELECT FROM escalation WHERE due_at <= $1)"""


@dataclass(frozen=True, slots=True)
class EscalationFilter:
    """Which escalations; `viewer` None: an operator's eyes. What is empty does not matter."""

    viewer: str | None
    states: tuple[int, ...] = ()
    incident: str = ""


async def find_ladder(conn: Connection, name: str, viewer: str | None, *, lock: bool = False) -> EscalationLadder:
    """A ladder; what was withdrawn, or the viewer may not see, does not exist."""
    found = await any_ladder(conn, name, lock=lock)
    if found is None or found.withdrawn or viewer not in (None, found.partner):
        raise LadderUnknown("There is no such ladder.", name=name)
    return found


async def any_ladder(conn: Connection, name: str, *, lock: bool) -> EscalationLadder | None:
    """A ladder, withdrawn or not; None if it was never written. With `lock` nobody else changes it meanwhile."""
    query = "SELECT value FROM escalation_ladder WHERE name = $1" + (" FOR UPDATE" if lock else "")
    text = await conn.fetchval(query, name)
    return LADDER.read(text) if text is not None else None


async def list_ladders(
    conn: Connection, viewer: str | None, after: tuple[datetime, str] | None, limit: int
) -> list[EscalationLadder]:
    """The ladders that a viewer may see, newest first."""
    rows = await conn.fetch(
        "SELECT value FROM escalation_ladder WHERE NOT withdrawn AND ($1::text IS NULL OR partner = $1)"
        " AND ($2::timestamptz IS NULL OR (created_at, name) < ($2, $3))"
        " ORDER BY created_at DESC, name DESC LIMIT $4",
        viewer,
        *(after or (None, None)),
        limit,
    )
    return [LADDER.read(row["value"]) for row in rows]


async def save_ladder(conn: Connection, change: LadderChange, traceparent: str) -> None:
    """Stores a ladder with its event; incidents that are not resolved are looked at again, as it may be about them."""
    ladder = change.ladder
    row = (ladder.name, ladder.partner, ladder.product, ladder.withdrawn, ladder.created_at, ladder.version)
    await conn.execute(_PUT_LADDER, *row, LADDER.text(ladder))
    await conn.execute("UPDATE incident SET played_version = 0 WHERE state <> 3")
    await outbox.append(conn, [ladder_event(change, traceparent)])


async def ladders_of(conn: Connection, products: Collection[str]) -> list[EscalationLadder]:
    """The ladders for these products."""
    rows = await conn.fetch(
        "SELECT value FROM escalation_ladder WHERE product = ANY ($1) AND NOT withdrawn ORDER BY name", list(products)
    )
    return [LADDER.read(row["value"]) for row in rows]


async def anything_to_play(conn: Connection, now: datetime) -> bool:
    """Whether an incident has changed, or the time of a step has come."""
    return bool(await conn.fetchval(_ANYTHING, now))


async def incidents_to_play(conn: Connection, now: datetime, limit: int) -> list[Incident]:
    """The incidents that have changed since their escalations were played, and those of which a step is due."""
    return [INCIDENT.read(row["value"]) for row in await conn.fetch(_TO_PLAY, now, limit)]


async def note_played(conn: Connection, incidents: Sequence[Incident]) -> None:
    """The escalations of these versions of incidents were played."""
    await conn.executemany(
        "UPDATE incident SET played_version = $2 WHERE name = $1", [(each.name, each.version) for each in incidents]
    )


async def products_of(conn: Connection, doses: Collection[str]) -> dict[str, str]:
    """The products of doses."""
    rows = await conn.fetch("SELECT dose, product FROM board_entry WHERE dose = ANY ($1)", list(doses))
    return {row["dose"]: row["product"] for row in rows}


async def escalations_of(conn: Connection, incident: str) -> dict[str, Escalation]:
    """The escalations of an incident, by ladder."""
    rows = await conn.fetch("SELECT value FROM escalation WHERE incident = $1", incident)
    return {found.ladder: found for found in (ESCALATION.read(row["value"]) for row in rows)}


async def find_escalation(conn: Connection, name: str, viewer: str | None) -> Escalation:
    """An escalation; what the viewer may not see does not exist."""
    found = await any_escalation(conn, name)
    if found is None or viewer not in (None, found.partner):
        raise EscalationUnknown("There is no such escalation.", name=name)
    return found


async def any_escalation(conn: Connection, name: str) -> Escalation | None:
    """An escalation; None if there is none."""
    text = await conn.fetchval("SELECT value FROM escalation WHERE name = $1", name)
    return ESCALATION.read(text) if text is not None else None


async def list_escalations(
    conn: Connection, wanted: EscalationFilter, after: tuple[datetime, str] | None, limit: int
) -> list[Escalation]:
    """The escalations that fit, newest first."""
    rows = await conn.fetch(
        "SELECT value FROM escalation WHERE ($1::text IS NULL OR partner = $1)"
        " AND (cardinality($2::smallint[]) = 0 OR state = ANY ($2)) AND ($3 = '' OR incident = $3)"
        " AND ($4::timestamptz IS NULL OR (created_at, name) < ($4, $5))"
        " ORDER BY created_at DESC, name DESC LIMIT $6",
        wanted.viewer,
        list(wanted.states),
        wanted.incident,
        *(after or (None, None)),
        limit,
    )
    return [ESCALATION.read(row["value"]) for row in rows]


async def save_escalations(
    conn: Connection, changes: Sequence[EscalationChange], now: datetime, traceparent: str
) -> None:
    """Stores escalations, of each the last change, with the events of all."""
    last = {change.escalation.name: change.escalation for change in changes}
    await conn.executemany(_PUT, [_row(each) for each in last.values()])
    await outbox.append(conn, [escalation_event(change, now, traceparent) for change in changes])


def _row(each: Escalation) -> tuple[object, ...]:
    return (
        each.name,
        each.incident,
        each.ladder,
        each.partner,
        int(each.state),
        each.due_at,
        each.began_at,
        each.version,
        ESCALATION.text(each),
    )
