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
from services.tower.store.unit import ENTRIES, INCIDENTS, Unit

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
        found = await ENTRIES.find(self.database.pool, dose, viewer)
        if found is None:
            raise BoardEntryUnknown("There is no such entry.", name=f"boardEntries/{dose}")
        return found

    async def entries(
        self, wanted: BoardFilter, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[BoardEntry]:
        """The entries that fit, oldest first."""
        clauses = (
            ("verdict = ANY (${}::smallint[])", wanted.verdicts),
            ("site = ${}", wanted.site),
            ("run = ${}", wanted.run),
            ("product = ${}", wanted.product),
            ("order_reference = ${}", wanted.order_reference),
            ("live = ${}", wanted.live_only),
        )
        return await ENTRIES.page(self.database.pool, wanted.viewer, clauses, after, limit)

    async def incident(self, name: str, viewer: str | None) -> Incident:
        """An incident, whole; one that touches none of the viewer's doses does not exist."""
        found = await INCIDENTS.find(self.database.pool, name, viewer)
        if found is None:
            raise IncidentUnknown("There is no such incident.", name=name)
        return found

    async def incidents(
        self, wanted: IncidentFilter, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Incident]:
        """The incidents that fit and touch, or touched, doses of the viewer; whole, newest first."""
        clauses = (
            ("state = ANY (${}::smallint[])", wanted.states),
            ("kind = ANY (${}::smallint[])", wanted.kinds),
            (_TOUCHES if wanted.viewer is None else _TOUCHES_OWN, wanted.dose),
        )
        return await INCIDENTS.page(self.database.pool, wanted.viewer, clauses, after, limit)

    async def anything_due(self, now: datetime) -> bool:
        """Whether time alone may have changed a verdict by now; asks without a lock."""
        due = "SELECT EXISTS (SELECT FROM board_entry WHERE live AND due_at <= $1)"
        return bool(await self.database.pool.fetchval(due, now))

    async def log_end(self) -> int:
        """The position of the newest event in the log."""
        async with self.database.pool.acquire() as conn:
            return await event_log.end(conn)
