"""Isotope deliveries: read, and saved together with the event that publishes the change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from services.kernel import outbox
from services.kernel.activity import Nuclide
from services.kernel.db import Connection
from services.kernel.event import Event
from services.planning.domain.deliveries import Announced, DeliveryUnknown
from services.planning.domain.forecast import Provenance
from services.planning.domain.resources import IsotopeSupply

_COLUMNS = (
    "name, facility, nuclide, activity_mbq, calibrated_at, arrival_at, use_by_at, yield_fraction, cancelled, version, "
    "created_at, changed_at, changed_by, change_reason"
)
_PUT = f"""
INSERT INTO delivery ({_COLUMNS}) VALUES ({", ".join(f"${n}" for n in range(1, 15))})
ON CONFLICT (name) DO UPDATE SET activity_mbq = excluded.activity_mbq, calibrated_at = excluded.calibrated_at,
    arrival_at = excluded.arrival_at, use_by_at = excluded.use_by_at, yield_fraction = excluded.yield_fraction,
    cancelled = excluded.cancelled, version = excluded.version, changed_at = excluded.changed_at,
    changed_by = excluded.changed_by, change_reason = excluded.change_reason
WHERE delivery.version = excluded.version - 1"""
_SELECT_PAGE = f"""
SELECT {_COLUMNS} FROM delivery
WHERE ($1::text = '' OR facility = $1) AND ($2::text = '' OR nuclide = $2)
    AND ($3::timestamptz IS NULL OR use_by_at > $3)
    AND ($4::timestamptz IS NULL OR (arrival_at, name) > ($4, $5::text))
ORDER BY arrival_at, name LIMIT $6"""


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries a list is about."""

    facility: str = ""
    nuclide: str = ""
    from_at: datetime | None = None


async def load(conn: Connection, name: str, *, lock: bool = False) -> Announced:
    """A delivery; with `lock`, nobody else changes it until this transaction ends."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM delivery WHERE name = $1{' FOR UPDATE' if lock else ''}", name)
    if row is None:
        raise DeliveryUnknown("There is no such delivery.", isotope_delivery=name)
    return _announced(row)


async def page(
    conn: Connection, wanted: DeliveryFilter, after: tuple[datetime, str] | None, size: int
) -> Sequence[Announced]:
    """The deliveries that fit, by arrival, then name."""
    last = after or (None, "")
    rows = await conn.fetch(_SELECT_PAGE, wanted.facility, wanted.nuclide, wanted.from_at, *last, size)
    return [_announced(row) for row in rows]


async def usable(conn: Connection, from_at: datetime, until_at: datetime) -> tuple[IsotopeSupply, ...]:
    """What can be used at some instant of a time, by arrival."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM delivery WHERE NOT cancelled AND use_by_at > $1 AND arrival_at < $2"
        " ORDER BY arrival_at, name",
        from_at,
        until_at,
    )
    return tuple(_announced(row).delivery for row in rows)


async def save(conn: Connection, announced: Announced, event: Event) -> None:
    """Stores a delivery after a change, together with its event."""
    delivery, changed = announced.delivery, announced.changed
    done = await conn.execute(
        _PUT,
        delivery.name,
        delivery.facility,
        delivery.nuclide.value,
        delivery.activity_mbq,
        delivery.calibrated_at,
        delivery.arrival_at,
        delivery.use_by_at,
        delivery.yield_fraction,
        announced.cancelled,
        announced.version,
        announced.created_at,
        changed.at,
        changed.actor,
        changed.reason,
    )
    if done != "INSERT 0 1":
        raise AssertionError(f"{delivery.name} was changed without its lock")
    await outbox.append(conn, [event])


def _announced(row: Record) -> Announced:
    return Announced(
        IsotopeSupply(
            row["name"],
            row["facility"],
            Nuclide(row["nuclide"]),
            row["activity_mbq"],
            row["calibrated_at"],
            row["arrival_at"],
            row["use_by_at"],
            row["yield_fraction"],
        ),
        row["cancelled"],
        row["version"],
        row["created_at"],
        Provenance(row["changed_by"], row["changed_at"], row["change_reason"]),
    )
