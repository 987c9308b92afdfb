"""The transits of delivered shipments, as lanes are measured of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.distribution.domain.milestone import MilestoneKind
from services.distribution.domain.shipment import Shipment
from services.distribution.domain.transit import AGE_MAX, SHIPMENTS_MAX, Transit
from services.kernel.db import Connection

_COLUMNS = "shipment, lane, courier, site, left_at, took_off_at, landed_at, delivered_at, promised_at, foretold_p90_at"
_PUT = f"""
INSERT INTO transit_sample ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (shipment) DO UPDATE SET
    ({_COLUMNS.removeprefix("shipment, ")})
    = ROW ({", ".join(f"excluded.{name}" for name in _COLUMNS.split(", ")[1:])})"""
# By lane the newest; ties in one order, so that the same rows answer always.
_OF_LANES = """
SELECT t.lane, t.left_at, t.took_off_at, t.landed_at, t.delivered_at
FROM unnest($1::text[]) AS wanted (lane) CROSS JOIN LATERAL (
    SELECT * FROM transit_sample s WHERE s.lane = wanted.lane AND s.delivered_at >= $2
    ORDER BY s.delivered_at DESC, s.shipment LIMIT $3) AS t"""


async def note(conn: Connection, told: Sequence[tuple[Shipment, Transit | None]]) -> None:
    """Keeps what shipments tell of their lanes now; None: nothing, or nothing any more."""
    silent = [shipment.name for shipment, transit in told if transit is None]
    if silent:
        await conn.execute("DELETE FROM transit_sample WHERE shipment = ANY ($1)", silent)
    await conn.executemany(_PUT, [_row(shipment, transit) for shipment, transit in told if transit is not None])


async def of_lanes(conn: Connection, lanes: Iterable[str], now: datetime) -> Mapping[str, Sequence[Transit]]:
    """The newest transits of these lanes, by lane."""
    found: defaultdict[str, list[Transit]] = defaultdict(list)
    if names := sorted({lane for lane in lanes if lane}):
        for row in await conn.fetch(_OF_LANES, names, now - AGE_MAX, SHIPMENTS_MAX):
            times = (row["left_at"], row["delivered_at"], row["took_off_at"], row["landed_at"])
            found[row["lane"]].append(Transit(*times))
    return found


def _row(shipment: Shipment, transit: Transit) -> tuple[object, ...]:
    foretold = (each.p90_at for each in shipment.expected if each.kind is MilestoneKind.DELIVERED)
    return (
        shipment.name,
        shipment.lane,
        shipment.courier,
        shipment.site,
        transit.left_at,
        transit.took_off_at,
        transit.landed_at,
        transit.delivered_at,
        shipment.promised_delivery_at,
        next(foretold, None),
    )
