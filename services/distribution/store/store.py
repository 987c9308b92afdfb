"""The store of shipments: read them as a viewer may, and open transactions that change them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.distribution.domain.refusals import ShipmentUnknown
from services.distribution.domain.shipment import Shipment
from services.distribution.store.unit import SHIPMENT, Unit
from services.kernel import event_log
from services.kernel.db import Connection
from services.kernel.transactions import Transactions

SCHEMA = Path(__file__).parent.with_name("schema")


@dataclass(frozen=True, slots=True)
class ShipmentFilter:
    """Which shipments; `viewer` None: an operator's eyes. What is empty, or None, does not matter."""

    viewer: str | None
    dose: str = ""
    run: str = ""
    site: str = ""
    lane: str = ""
    courier: str = ""
    states: tuple[int, ...] = ()
    in_doubt: bool = False
    overdue: bool = False
    departure_from: datetime | None = None
    departure_until: datetime | None = None
    reference_keys: tuple[str, ...] = ()


class Store(Transactions):
    """Reads shipments, and opens the transactions that change them."""

    @asynccontextmanager
    async def unit(self, traceparent: str) -> AsyncIterator[Unit]:
        """A transaction on shipments."""
        async with self.changing() as conn:
            yield Unit(conn, traceparent)

    async def shipment(self, conn: Connection, name: str, viewer: str | None) -> Shipment:
        """A shipment; what the viewer may not see does not exist."""
        text = await conn.fetchval(
            "SELECT value FROM shipment WHERE name = $1 AND ($2::text IS NULL OR partner = $2)", name, viewer
        )
        if text is None:
            raise ShipmentUnknown("There is no such shipment.", name=name)
        return SHIPMENT.read(text)

    async def shipments(
        self, wanted: ShipmentFilter, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Shipment]:
        """The shipments that fit, newest first."""
        clauses: list[str] = []
        arguments: list[object] = []
        for clause, value in _clauses(wanted):
            if value not in (None, "", (), False):
                arguments.append(value)
                clauses.append(clause.format(len(arguments)))
        if after is not None:
            arguments.extend(after)
            clauses.append(f"(created_at, name) < (${len(arguments) - 1}, ${len(arguments)})")
        where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
        rows = await self.database.pool.fetch(
            f"SELECT value FROM shipment s {where} ORDER BY created_at DESC, name DESC LIMIT ${len(arguments) + 1}",
            *arguments,
            limit,
        )
        return [SHIPMENT.read(row["value"]) for row in rows]

    async def log_end(self) -> int:
        """The position of the newest event in the log."""
        async with self.database.pool.acquire() as conn:
            return await event_log.end(conn)


def _clauses(wanted: ShipmentFilter) -> tuple[tuple[str, object], ...]:
    carried = "EXISTS (SELECT FROM carried c WHERE c.shipment = s.name AND c.{} = ${{}})"
    return (
        ("partner = ${}", wanted.viewer),
        (carried.format("dose"), wanted.dose),
        (carried.format("run"), wanted.run),
        ("site = ${}", wanted.site),
        ("lane = ${}", wanted.lane),
        ("courier = ${}", wanted.courier),
        ("state = ANY (${}::smallint[])", wanted.states),
        ("in_doubt = ${}", wanted.in_doubt),
        ("is_overdue = ${}", wanted.overdue),
        ("departure_at >= ${}", wanted.departure_from),
        ("departure_at < ${}", wanted.departure_until),
        (
            "name IN (SELECT shipment FROM shipment_reference WHERE reference = ANY (${}))",
            wanted.reference_keys,
        ),
    )
