"""Statements for centres as rows: found, listed, and saved with their events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.tower.domain.refusals import StatementUnknown
from services.tower.domain.statement import GoNoGo
from services.tower.events.statements import statement_event

_STATEMENT = Stored(GoNoGo)
_PUT = """
INSERT INTO go_no_go (dose, partner, site, decision, live, next_at, created_at, version, value)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (dose) DO UPDATE
SET partner = excluded.partner, site = excluded.site, decision = excluded.decision, live = excluded.live,
    next_at = excluded.next_at, version = excluded.version, value = excluded.value"""


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Which statements; `viewer` None: an operator's eyes. What is empty does not matter."""

    viewer: str | None
    site: str = ""
    decisions: tuple[int, ...] = ()
    dose: str = ""


async def find_statement(conn: Connection, dose: str, viewer: str | None) -> GoNoGo:
    """A statement; what the viewer may not see does not exist."""
    text = await conn.fetchval(
        "SELECT value FROM go_no_go WHERE dose = $1 AND ($2::text IS NULL OR partner = $2)", dose, viewer
    )
    if text is None:
        raise StatementUnknown("There is no such statement.", name=f"goNoGoStatements/{dose}")
    return _STATEMENT.read(text)


async def list_statements(
    conn: Connection, wanted: StatementFilter, after: tuple[datetime, str] | None, limit: int
) -> list[GoNoGo]:
    """The statements on doses that are on the board, by when these came to it."""
    rows = await conn.fetch(
        "SELECT value FROM go_no_go WHERE live AND ($1::text IS NULL OR partner = $1) AND ($2 = '' OR site = $2)"
        " AND (cardinality($3::smallint[]) = 0 OR decision = ANY ($3))"
        " AND ($7 = '' OR dose = $7)"
        " AND ($4::timestamptz IS NULL OR (created_at, dose) > ($4, $5)) ORDER BY created_at, dose LIMIT $6",
        wanted.viewer,
        wanted.site,
        list(wanted.decisions),
        *(after or (None, None)),
        limit,
        wanted.dose,
    )
    return [_STATEMENT.read(row["value"]) for row in rows]


async def statements_of(conn: Connection, doses: Collection[str]) -> dict[str, GoNoGo]:
    """The statements on these doses that there are."""
    rows = await conn.fetch("SELECT value FROM go_no_go WHERE dose = ANY ($1)", list(doses))
    return {found.dose: found for found in (_STATEMENT.read(row["value"]) for row in rows)}


async def statements_due(conn: Connection, now: datetime, limit: int) -> list[str]:
    """The doses of which more was to be said by now, the longest overdue first."""
    rows = await conn.fetch("SELECT dose FROM go_no_go WHERE next_at <= $1 ORDER BY next_at LIMIT $2", now, limit)
    return [row["dose"] for row in rows]


async def save_statements(conn: Connection, stated: Sequence[GoNoGo], new: Sequence[GoNoGo], traceparent: str) -> None:
    """Stores statements; of those that say something new, with an event."""
    await conn.executemany(_PUT, [_row(each) for each in stated])
    await outbox.append(conn, [statement_event(each, traceparent) for each in new])


def _row(each: GoNoGo) -> tuple[object, ...]:
    return (
        each.dose,
        each.partner,
        each.site,
        int(each.decision),
        each.live,
        each.next_at,
        each.created_at,
        each.version,
        _STATEMENT.text(each),
    )
