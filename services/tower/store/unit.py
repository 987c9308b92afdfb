"""One transaction on the board: what is known of doses, their entries, incidents, and saving them with their events."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.tower.domain.board import BoardChange, BoardEntry
from services.tower.domain.incident import Incident, IncidentChange
from services.tower.domain.refusals import IncidentUnknown
from services.tower.events import entry_events, incident_event
from services.tower.store.rows import Rows

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('tower board', 0))"
_SETTLED = """
name IN (SELECT DISTINCT ON (key) name FROM incident WHERE key = ANY ($1) AND settled ORDER BY key, opened_at DESC)"""


def _of_incident(each: Incident) -> tuple[object, ...]:
    partners, doses = ({getattr(dose, of) for dose in each.doses} for of in ("partner", "dose"))
    told = (each.name, each.key, each.kind, each.state, each.settled)
    return (*told, sorted(partners), sorted(doses), each.opened_at, each.version)


ENTRIES = Rows(
    "board_entry",
    BoardEntry,
    "dose partner site product run lane shipment order_reference verdict live due_at created_at version",
    oldest_first=True,
)
INCIDENTS = Rows(
    "incident",
    Incident,
    "name key kind state settled partners doses opened_at version",
    _of_incident,
    seen="partners @> ARRAY[${}]",
    age="opened_at",
)


class Unit:
    """Reads and writes inside one transaction."""

    def __init__(self, conn: Connection, traceparent: str = "") -> None:
        self.conn = conn
        self.traceparent = traceparent

    async def lock(self) -> None:
        """Until the transaction ends nobody else judges. Verdicts and incidents of one board are made one at a time."""
        await self.conn.execute(_LOCK)

    async def entries(self, doses: Collection[str]) -> dict[str, BoardEntry]:
        """The entries of these doses that there are."""
        return {each.dose: each for each in await ENTRIES.select(self.conn, "dose = ANY ($1)", list(doses))}

    async def due(self, now: datetime, limit: int) -> list[str]:
        """The doses whose verdict time alone may have changed, the longest overdue first."""
        rows = await self.conn.fetch(
            "SELECT dose FROM board_entry WHERE live AND due_at <= $1 ORDER BY due_at LIMIT $2", now, limit
        )
        return [row["dose"] for row in rows]

    async def open_incidents(self, keys: Iterable[str]) -> dict[str, Incident]:
        """The incidents of these causes that are not resolved, by key."""
        found = await INCIDENTS.select(self.conn, "key = ANY ($1) AND state <> 3", list(keys))
        return {each.key: each for each in found}

    async def settled_incidents(self, keys: Iterable[str]) -> dict[str, Incident]:
        """Of each cause the incident that a person closed last, by key."""
        return {each.key: each for each in await INCIDENTS.select(self.conn, _SETTLED, list(keys))}

    async def incident(self, name: str) -> Incident:
        """One incident."""
        found = await INCIDENTS.find(self.conn, name)
        if found is None:
            raise IncidentUnknown("There is no such incident.", name=name)
        return found

    async def save(
        self, entries: Sequence[BoardChange], due: Mapping[str, datetime | None], incidents: Sequence[IncidentChange],
        now: datetime,
    ) -> None:  # fmt: skip
        """Stores what changed with the events that publish it; `due`: of entries of which nothing else is new."""
        await INCIDENTS.put(self.conn, [each.incident for each in incidents])
        await ENTRIES.put(self.conn, [each.entry for each in entries])
        waiting = [(dose, at) for dose, at in due.items()]
        await self.conn.executemany("UPDATE board_entry SET due_at = $2 WHERE dose = $1", waiting)
        published = [incident_event(each, now, self.traceparent) for each in incidents]
        for change in entries:
            published += entry_events(change, self.traceparent)
        await outbox.append(self.conn, published)
