"""Ladders and escalations as rows: found, listed, and saved with their events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from services.kernel import outbox
from services.kernel.db import Connection
from services.tower.domain.escalation import Escalation, EscalationChange
from services.tower.domain.incident import Incident
from services.tower.domain.ladder import EscalationLadder, LadderChange
from services.tower.domain.refusals import EscalationUnknown, LadderUnknown
from services.tower.events.escalations import escalation_event, ladder_event
from services.tower.store.rows import Rows
from services.tower.store.unit import INCIDENTS

LADDERS = Rows("escalation_ladder", EscalationLadder, "name partner product withdrawn created_at version")
ESCALATIONS = Rows(
    "escalation",
    Escalation,
    "name incident ladder partner state due_at created_at version",
    attrgetter("name", "incident", "ladder", "partner", "state", "due_at", "began_at", "version"),
)
_TO_PLAY = """
name IN (
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
    return await LADDERS.find(conn, name, lock=lock)


async def list_ladders(
    conn: Connection, viewer: str | None, after: tuple[datetime, str] | None, limit: int
) -> list[EscalationLadder]:
    """The ladders that a viewer may see, newest first."""
    return await LADDERS.page(conn, viewer, [("NOT withdrawn",)], after, limit)


async def save_ladder(conn: Connection, change: LadderChange, traceparent: str) -> None:
    """Stores a ladder with its event; incidents that are not resolved are looked at again, as it may be about them."""
    await LADDERS.put(conn, [change.ladder])
    await conn.execute("UPDATE incident SET played_version = 0 WHERE state <> 3")
    await outbox.append(conn, [ladder_event(change, traceparent)])


async def ladders_of(conn: Connection, products: Collection[str]) -> list[EscalationLadder]:
    """The ladders for these products."""
    return await LADDERS.select(conn, "product = ANY ($1) AND NOT withdrawn ORDER BY name", list(products))


async def anything_to_play(conn: Connection, now: datetime) -> bool:
    """Whether an incident has changed, or the time of a step has come."""
    return bool(await conn.fetchval(_ANYTHING, now))


async def incidents_to_play(conn: Connection, now: datetime, limit: int) -> list[Incident]:
    """The incidents that have changed since their escalations were played, and those of which a step is due."""
    return await INCIDENTS.select(conn, _TO_PLAY, now, limit)


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
    return {found.ladder: found for found in await ESCALATIONS.select(conn, "incident = $1", incident)}


async def find_escalation(conn: Connection, name: str, viewer: str | None) -> Escalation:
    """An escalation; what the viewer may not see does not exist."""
    found = await ESCALATIONS.find(conn, name, viewer)
    if found is None:
        raise EscalationUnknown("There is no such escalation.", name=name)
    return found


async def list_escalations(
    conn: Connection, wanted: EscalationFilter, after: tuple[datetime, str] | None, limit: int
) -> list[Escalation]:
    """The escalations that fit, newest first."""
    clauses = [("state = ANY (${}::smallint[])", wanted.states), ("incident = ${}", wanted.incident)]
    return await ESCALATIONS.page(conn, wanted.viewer, clauses, after, limit)


async def save_escalations(
    conn: Connection, changes: Sequence[EscalationChange], now: datetime, traceparent: str
) -> None:
    """Stores escalations, of each the last change, with the events of all."""
    last = {change.escalation.name: change.escalation for change in changes}
    await ESCALATIONS.put(conn, last.values())
    await outbox.append(conn, [escalation_event(change, now, traceparent) for change in changes])
