"""One transaction on the board: what is known of doses, their entries, incidents, and saving them with their events."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.tower.domain.board import BoardChange, BoardEntry
from services.tower.domain.incident import Incident, IncidentChange
from services.tower.domain.refusals import IncidentUnknown
from services.tower.events import entry_events, incident_event

ENTRY, INCIDENT = Stored(BoardEntry), Stored(Incident)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('tower board', 0))"
_ENTRY_COLUMNS = (
    "dose, partner, site, product, run, lane, shipment, order_reference, verdict, live, due_at, created_at, version, "
    "value"
)
_INCIDENT_COLUMNS = "name, key, kind, state, settled, partners, doses, opened_at, version, value"


def _put(table: str, columns: str) -> str:
    key, *others = columns.split(", ")
    places = ", ".join(f"${place}" for place in range(1, len(others) + 2))
    changed = ", ".join(f"{name} = excluded.{name}" for name in others)
    return f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET {changed}"


_PUT_ENTRY, _PUT_INCIDENT = _put("board_entry", _ENTRY_COLUMNS), _put("incident", _INCIDENT_COLUMNS)
_SETTLED = """
SELECT DISTINCT ON (key) value FROM incident WHERE key = ANY ($1) AND settled ORDER BY key, opened_at DESC"""


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
        rows = await self.conn.fetch("SELECT dose, value FROM board_entry WHERE dose = ANY ($1)", list(doses))
        return {row["dose"]: ENTRY.read(row["value"]) for row in rows}

    async def due(self, now: datetime, limit: int) -> list[str]:
        """The doses whose verdict time alone may have changed, the longest overdue first."""
        rows = await self.conn.fetch(
            "SELECT dose FROM board_entry WHERE live AND due_at <= $1 ORDER BY due_at LIMIT $2", now, limit
        )
        return [row["dose"] for row in rows]

    async def open_incidents(self, keys: Iterable[str]) -> dict[str, Incident]:
        """The incidents of these causes that are not resolved, by key."""
        rows = await self.conn.fetch("SELECT value FROM incident WHERE key = ANY ($1) AND state <> 3", list(keys))
        return {found.key: found for found in (INCIDENT.read(row["value"]) for row in rows)}

    async def settled_incidents(self, keys: Iterable[str]) -> dict[str, Incident]:
        """Of each cause the incident that a person closed last, by key."""
        rows = await self.conn.fetch(_SETTLED, list(keys))
        return {found.key: found for found in (INCIDENT.read(row["value"]) for row in rows)}

    async def incident(self, name: str) -> Incident:
        """One incident."""
        text = await self.conn.fetchval("SELECT value FROM incident WHERE name = $1", name)
        if text is None:
            raise IncidentUnknown("There is no such incident.", name=name)
        return INCIDENT.read(text)

    async def save(
        self, entries: Sequence[BoardChange], due: Mapping[str, datetime | None], incidents: Sequence[IncidentChange],
        now: datetime,
    ) -> None:  # fmt: skip
        """Stores what changed with the events that publish it; `due`: of entries of which nothing else is new."""
        await self.conn.executemany(_PUT_INCIDENT, [_incident_row(each.incident) for each in incidents])
        await self.conn.executemany(_PUT_ENTRY, [_entry_row(each.entry) for each in entries])
        waiting = [(dose, at) for dose, at in due.items()]
        await self.conn.executemany("UPDATE board_entry SET due_at = $2 WHERE dose = $1", waiting)
        published = [incident_event(each, now, self.traceparent) for each in incidents]
        for change in entries:
            published += entry_events(change, self.traceparent)
        await outbox.append(self.conn, published)


def _entry_row(entry: BoardEntry) -> tuple[object, ...]:
    return (
        entry.dose,
        entry.partner,
        entry.site,
        entry.product,
        entry.run,
        entry.lane,
        entry.shipment,
        entry.order_reference,
        int(entry.verdict),
        entry.live,
        entry.due_at,
        entry.created_at,
        entry.version,
        ENTRY.text(entry),
    )


def _incident_row(incident: Incident) -> tuple[object, ...]:
    return (
        incident.name,
        incident.key,
        int(incident.kind),
        int(incident.state),
        incident.settled,
        sorted({each.partner for each in incident.doses}),
        sorted({each.dose for each in incident.doses}),
        incident.opened_at,
        incident.version,
        INCIDENT.text(incident),
    )
