"""What is told of lanes as they were measured, from the transaction that changed what they are measured of."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from services.distribution.domain.denial import DenialKind
from services.distribution.domain.measurement import LaneGrounds, LaneMeasurement, Trial, next_told
from services.distribution.domain.milestone import ShipmentState
from services.distribution.domain.transit import AGE_MAX
from services.distribution.events.lanes import measured_event, measured_message, measurement_of
from services.distribution.store import others, transits
from services.kernel import outbox
from services.kernel.db import Connection

# Of each lane the newest that are looked at, whether accepted or denied, so that neither counts for more.
TRIALS_MAX = 500
# In one order, against deadlocks; nothing is locked after these.
_LOCK = """
SELECT pg_advisory_xact_lock(key)
FROM (SELECT DISTINCT hashtextextended('distribution measured ' || name, 0) AS key
      FROM unnest($1::text[]) AS name ORDER BY 1) AS wanted"""
_TRIALS = f"""
SELECT wanted.lane, t.at, t.departure_at, t.denied_by
FROM unnest($1::text[]) AS wanted (lane) CROSS JOIN LATERAL (
    (SELECT s.departure_at AS at, s.departure_at, NULL AS denied_by FROM shipment s
     WHERE s.lane = wanted.lane AND s.departure_at >= $2 AND s.state = {ShipmentState.DELIVERED:d}
     ORDER BY s.departure_at DESC LIMIT $3)
    UNION ALL
    (SELECT coalesce(d.departure_at, d.denied_at), d.departure_at, d.carrier FROM denial d
     WHERE d.lane = wanted.lane AND d.denied_at >= $2 AND d.kind = {DenialKind.DENIED:d}
     ORDER BY d.denied_at DESC LIMIT $3)
    ORDER BY at DESC LIMIT $3) AS t"""
_TOLD = "SELECT lane, number, measured_at, document FROM lane_measurement WHERE lane = ANY ($1)"
_PUT = """
INSERT INTO lane_measurement (lane, number, measured_at, document) VALUES ($1, $2, $3, $4)
ON CONFLICT (lane) DO UPDATE
SET number = excluded.number, measured_at = excluded.measured_at, document = excluded.document"""


async def tell(conn: Connection, lanes: Collection[str], now: datetime, traceparent: str = "") -> None:
    """Measures these lanes anew, and publishes what is worth telling. The last thing that a transaction does."""
    wanted = await others.RESOURCES.of(conn, {lane for lane in lanes if lane}) if lanes else {}
    names = sorted(name for name, each in wanted.items() if not each.deleted)
    if not names:
        return
    await conn.fetch(_LOCK, names)
    told = {row["lane"]: measurement_of(*row) for row in await conn.fetch(_TOLD, names)}
    news = [
        next_measurement
        for name, grounds in (await grounds_of(conn, names, now)).items()
        if (next_measurement := next_told(grounds, told.get(name), now)) is not None
    ]
    await conn.executemany(_PUT, [_row(each) for each in news])
    await outbox.append(conn, [measured_event(each, traceparent) for each in news])


async def told_of(conn: Connection, names: Collection[str]) -> list[str]:
    """Those of the names that are lanes of which something was told."""
    return [row["lane"] for row in await conn.fetch(_TOLD, list(names))]


async def grounds_of(conn: Connection, names: Sequence[str], now: datetime) -> Mapping[str, LaneGrounds]:
    """What these lanes are measured of; what was never heard of is not measured."""
    known = await others.RESOURCES.of(conn, names)
    lanes = await others.lanes(conn, names)
    zones = {
        facility: (await others.place(conn, facility)).time_zone
        for facility in sorted({lane.facility for lane in lanes.values() if lane.facility})
    }
    took = await transits.of_lanes(conn, lanes, now)
    trials: defaultdict[str, list[Trial]] = defaultdict(list)
    for lane, *facts in await conn.fetch(_TRIALS, list(lanes), now - AGE_MAX, TRIALS_MAX):
        trials[lane].append(Trial(*facts))
    return {
        name: LaneGrounds(lane, known[name].version, _zone(zones.get(lane.facility)), took.get(name, ()), trials[name])
        for name, lane in lanes.items()
    }


def _zone(name: str | None) -> ZoneInfo | None:
    return ZoneInfo(name) if name else None


def _row(measurement: LaneMeasurement) -> tuple[object, ...]:
    message = measured_message(measurement)
    return measurement.lane, measurement.number, measurement.measured_at, message.SerializeToString()
