"""The store of the board and of incidents: read them as a viewer may, and open transactions that change them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.kernel import event_log
from services.kernel.transactions import Transactions
from services.tower.domain.board import BoardEntry
from services.tower.domain.incident import Incident
from services.tower.domain.refusals import BoardEntryUnknown, IncidentUnknown
from services.tower.store.unit import ENTRY, INCIDENT, Unit

SCHEMA = Path(__file__).parent.with_name("schema")
_TOUCHES = "doses @> ARRAY[${}]"
# A sponsor, the first argument, asks by its own doses: whether another's is touched is not told by what is found.
_TOUCHES_OWN = "doses @> (SELECT array_agg(b.dose) FROM board_entry b WHERE b.dose = ${} AND b.partner = $1)"


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """Which entries; `viewer` None: an operator's eyes. What is empty does not matter."""

    viewer: str | None
    verdicts: tuple[int, ...] = ()
    site: str = ""
    run: str = ""
    product: str = ""
    order_reference: str = ""
    live_only: bool = True


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents; `viewer` None: an operator's eyes. What is empty does not matter."""

    viewer: str | None
    states: tuple[int, ...] = ()
    kinds: tuple[int, ...] = ()
    dose: str = ""


class Store(Transactions):
    """Reads the board and incidents, and opens the transactions that change them."""

    @asynccontextmanager
    async def unit(self, traceparent: str) -> AsyncIterator[Unit]:
        """A transaction on the board, alone."""
        async with self.changing() as conn:
            unit = Unit(conn, traceparent)
            await unit.lock()
            yield unit

    async def entry(self, dose: str, viewer: str | None) -> BoardEntry:
        """An entry; what the viewer may not see does not exist."""
        text = await self.database.pool.fetchval(
            "SELECT value FROM board_entry WHERE dose = $1 AND ($2::text IS NULL OR partner = $2)", dose, viewer
        )
        if text is None:
            raise BoardEntryUnknown("There is no such entry.", name=f"boardEntries/{dose}")
        return ENTRY.read(text)

    async def entries(
        self, wanted: BoardFilter, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[BoardEntry]:
        """The entries that fit, oldest first."""
        clauses: tuple[tuple[str, object], ...] = (
            ("partner = ${}", wanted.viewer),
            ("verdict = ANY (${}::smallint[])", wanted.verdicts),
            ("site = ${}", wanted.site),
            ("run = ${}", wanted.run),
            ("product = ${}", wanted.product),
            ("order_reference = ${}", wanted.order_reference),
            ("live = ${}", wanted.live_only),
        )
        where, arguments = _where(clauses, after, "(created_at, dose) > (${}, ${})")
        rows = await self.database.pool.fetch(
            f"SELECT value FROM board_entry {where} ORDER BY created_at, dose LIMIT ${len(arguments) + 1}",
            *arguments,
            limit,
        )
        return [ENTRY.read(row["value"]) for row in rows]

    async def incident(self, name: str, viewer: str | None) -> Incident:
        """An incident, whole; one that touches none of the viewer's doses does not exist."""
        text = await self.database.pool.fetchval(
            "SELECT value FROM incident WHERE name = $1 AND ($2::text IS NULL OR partners @> ARRAY[$2])", name, viewer
        )
        if text is None:
            raise IncidentUnknown("There is no such incident.", name=name)
        return INCIDENT.read(text)

    async def incidents(
        self, wanted: IncidentFilter, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Incident]:
        """The incidents that fit and touch, or touched, doses of the viewer; whole, newest first."""
        clauses: tuple[tuple[str, object], ...] = (
            ("partners @> ARRAY[${}]", wanted.viewer),
            ("state = ANY (${}::smallint[])", wanted.states),
            ("kind = ANY (${}::smallint[])", wanted.kinds),
            (_TOUCHES if wanted.viewer is None else _TOUCHES_OWN, wanted.dose),
        )
        where, arguments = _where(clauses, after, "(opened_at, name) < (${}, ${})")
        rows = await self.database.pool.fetch(
            f"SELECT value FROM incident i {where} ORDER BY opened_at DESC, name DESC LIMIT ${len(arguments) + 1}",
            *arguments,
            limit,
        )
        return [INCIDENT.read(row["value"]) for row in rows]

    async def anything_due(self, now: datetime) -> bool:
        """Whether time alone may have changed a verdict by now; asks without a lock."""
        due = "SELECT EXISTS (SELECT FROM board_entry WHERE live AND due_at <= $1)"
        return bool(await self.database.pool.fetchval(due, now))

    async def log_end(self) -> int:
        """The position of the newest event in the log."""
        async with self.database.pool.acquire() as conn:
            return await event_log.end(conn)


def _where(
    clauses: tuple[tuple[str, object], ...], after: tuple[datetime, str] | None, beyond: str
) -> tuple[str, list[object]]:
    """The WHERE of a list with its arguments; what is empty does not matter."""
    said, arguments = [], list[object]()
    for clause, value in clauses:
        if value not in (None, "", (), False):
            arguments.append(value)
            said.append(clause.format(len(arguments)))
    if after is not None:
        arguments.extend(after)
        said.append(beyond.format(len(arguments) - 1, len(arguments)))
    return f"WHERE {' AND '.join(said)}" if said else "", arguments
