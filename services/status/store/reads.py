"""Reads for callers. Each is bound to the partner: what belongs to another is as if it did not exist."""

from dataclasses import dataclass
from datetime import datetime

from services.kernel.db import Connection
from services.status.domain import Dose, Entry
from services.status.store.rows import DOSE_COLUMNS, ENTRY_COLUMNS, dose_of, entry_of


@dataclass(frozen=True, slots=True)
class DoseFilter:
    """Which doses to list; `partner` None is for operators, empty fields do not filter."""

    partner: str | None
    run: str = ""
    order_reference: str = ""
    shipment_states: tuple[int, ...] = ()
    in_doubt: bool = False


async def find_dose(conn: Connection, dose_id: str, partner: str | None) -> Dose | None:
    """One dose, if it is the partner's; `partner` None is for operators."""
    row = await conn.fetchrow(
        f"SELECT {DOSE_COLUMNS} FROM dose WHERE id = $1 AND ($2::text IS NULL OR partner = $2)", dose_id, partner
    )
    return dose_of(row) if row else None


async def list_doses(
    conn: Connection, wanted: DoseFilter, after: tuple[datetime, str] | None, limit: int
) -> list[Dose]:
    """The next doses of a list, oldest first."""
    clauses: list[str] = []
    arguments: list[object] = []
    for clause, value in (
        ("partner = ${}", wanted.partner),
        ("run = ${}", wanted.run or None),
        ("order_reference = ${}", wanted.order_reference or None),
        ("shipment_state = ANY (${}::smallint[])", wanted.shipment_states or None),
    ):
        if value is not None:
            arguments.append(value)
            clauses.append(clause.format(len(arguments)))
    if after is not None:
        arguments.extend(after)
        clauses.append(f"(created_at, id) > (${len(arguments) - 1}, ${len(arguments)})")
    if wanted.in_doubt:
        clauses.append("in_doubt")
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    rows = await conn.fetch(
        f"SELECT {DOSE_COLUMNS} FROM dose {where} ORDER BY created_at, id LIMIT ${len(arguments) + 1}",
        *arguments,
        limit,
    )
    return [dose_of(row) for row in rows]


async def list_entries(conn: Connection, dose_id: str, after: int, limit: int) -> list[Entry]:
    """The next entries of a dose's timeline. The caller has made sure that the dose is the partner's."""
    rows = await conn.fetch(
        f"SELECT {ENTRY_COLUMNS} FROM timeline WHERE dose_id = $1 AND number > $2 ORDER BY number LIMIT $3",
        dose_id,
        after,
        limit,
    )
    return [entry_of(row) for row in rows]
