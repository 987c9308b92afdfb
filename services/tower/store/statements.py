"""Statements for centres as rows: found, listed, and saved with their events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.tower.domain.refusals import StatementUnknown
from services.tower.domain.statement import GoNoGo
from services.tower.events.statements import statement_event
from services.tower.store.rows import Rows

STATEMENTS = Rows("go_no_go", GoNoGo, "dose partner site decision live next_at created_at version", oldest_first=True)


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Which statements; `viewer` None: an operator's eyes. What is empty does not matter."""

    viewer: str | None
    site: str = ""
    decisions: tuple[int, ...] = ()
    dose: str = ""


async def find_statement(conn: Connection, dose: str, viewer: str | None) -> GoNoGo:
    """A statement; what the viewer may not see does not exist."""
    found = await STATEMENTS.find(conn, dose, viewer)
    if found is None:
        raise StatementUnknown("There is no such statement.", name=f"goNoGoStatements/{dose}")
    return found


async def list_statements(
    conn: Connection, wanted: StatementFilter, after: tuple[datetime, str] | None, limit: int
) -> list[GoNoGo]:
    """The statements on doses that are on the board, by when these came to it."""
    clauses = [
        ("live",),
        ("site = ${}", wanted.site),
        ("decision = ANY (${}::smallint[])", wanted.decisions),
        ("dose = ${}", wanted.dose),
    ]
    return await STATEMENTS.page(conn, wanted.viewer, clauses, after, limit)


async def statements_of(conn: Connection, doses: Collection[str]) -> dict[str, GoNoGo]:
    """The statements on these doses that there are."""
    return {found.dose: found for found in await STATEMENTS.select(conn, "dose = ANY ($1)", list(doses))}


async def statements_due(conn: Connection, now: datetime, limit: int) -> list[str]:
    """The doses of which more was to be said by now, the longest overdue first."""
    rows = await conn.fetch("SELECT dose FROM go_no_go WHERE next_at <= $1 ORDER BY next_at LIMIT $2", now, limit)
    return [row["dose"] for row in rows]


async def save_statements(conn: Connection, stated: Sequence[GoNoGo], new: Sequence[GoNoGo], traceparent: str) -> None:
    """Stores statements; of those that say something new, with an event."""
    await STATEMENTS.put(conn, stated)
    await outbox.append(conn, [statement_event(each, traceparent) for each in new])
