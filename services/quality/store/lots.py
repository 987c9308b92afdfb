"""Inspection lots as ERP systems last stated them, also those of batches that are not made yet."""

from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.quality.domain.lots import KnownLot

_LOT = Stored(KnownLot)
# A lot and the batch that it is of may become known at once, and in either order.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('quality production order ' || $1, 0))"
_PUT = """
INSERT INTO inspection_lot (production_order, lot, value) VALUES ($1, $2, $3)
ON CONFLICT (production_order, lot) DO UPDATE SET value = excluded.value"""


async def lock(conn: Connection, production_order: str) -> None:
    """Until the transaction ends, nobody else hears of lots of the order, or makes the batch that is of it."""
    await conn.execute(_LOCK, production_order)


async def lots(conn: Connection, production_order: str) -> tuple[KnownLot, ...]:
    """All that is known of an order's lots, by their names."""
    of_order = "SELECT value FROM inspection_lot WHERE production_order = $1 ORDER BY lot"
    rows = await conn.fetch(of_order, production_order)
    return tuple(_LOT.read(row["value"]) for row in rows)


async def put(conn: Connection, known: KnownLot) -> None:
    """Keeps what counts of a lot now."""
    await conn.execute(_PUT, known.stated.production_order, known.stated.lot, _LOT.text(known))
