"""What is counted of lanes for their reports."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.distribution.domain.lane_report import DenialCount, TransitFigures
from services.distribution.domain.milestone import ShipmentState
from services.kernel.db import Connection

DENIAL_COUNTS_MAX = 200
# A denial belongs to the departure that it was about, or else to the day on which it was said.
_LANES = """
SELECT lane FROM shipment
WHERE lane > $6 AND ($1 = '' OR lane = $1) AND ($2 = '' OR courier = $2) AND ($3 = '' OR site = $3)
    AND departure_at >= $4 AND departure_at < $5
UNION
SELECT lane FROM denial
WHERE lane > $6 AND ($1 = '' OR lane = $1) AND $2 = '' AND $3 = ''
    AND coalesce(departure_at, denied_at) >= $4 AND coalesce(departure_at, denied_at) < $5
ORDER BY lane LIMIT $7"""
# A percentile here is what it is to the rules: the least value within which the share is.
_FIGURES = f"""
SELECT s.lane, s.courier, s.site,
    count(*) FILTER (WHERE s.state <> {ShipmentState.CANCELLED:d})::int AS shipments,
    count(*) FILTER (WHERE s.state = {ShipmentState.DELIVERED:d})::int AS delivered,
    count(t.shipment)::int AS measured,
    count(t.promised_at)::int AS promised,
    count(*) FILTER (WHERE t.delivered_at <= t.promised_at)::int AS on_time,
    count(t.foretold_p90_at)::int AS foretold,
    count(*) FILTER (WHERE t.delivered_at <= t.foretold_p90_at)::int AS p90_held,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM t.delivered_at - t.left_at)::float8 / 60)
        AS p50_minutes,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM t.delivered_at - t.left_at)::float8 / 60)
        AS p90_minutes
FROM shipment s LEFT JOIN transit_sample t ON t.shipment = s.name
WHERE s.lane = ANY ($1) AND ($2 = '' OR s.courier = $2) AND ($3 = '' OR s.site = $3)
    AND s.departure_at >= $4 AND s.departure_at < $5
GROUP BY s.lane, s.courier, s.site ORDER BY s.lane, s.courier, s.site"""
_DENIALS = """
SELECT lane, carrier, departure_at,
    count(*) FILTER (WHERE kind = 1)::int AS denials, count(*) FILTER (WHERE kind = 2)::int AS delays
FROM denial
WHERE lane = ANY ($1)
    AND coalesce(departure_at, denied_at) >= $2 AND coalesce(departure_at, denied_at) < $3
GROUP BY lane, carrier, departure_at ORDER BY lane, departure_at DESC NULLS LAST, carrier"""


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which lanes and shipments, by when they left or were to leave; what is empty does not matter."""

    departure_from: datetime
    departure_until: datetime
    lane: str = ""
    courier: str = ""
    site: str = ""


async def lanes(conn: Connection, wanted: ReportFilter, after: str, limit: int) -> list[str]:
    """The next lanes that have something to report."""
    interval = (wanted.departure_from, wanted.departure_until)
    rows = await conn.fetch(_LANES, wanted.lane, wanted.courier, wanted.site, *interval, after, limit)
    return [row["lane"] for row in rows]


async def figures(conn: Connection, wanted: ReportFilter, ways: Sequence[str]) -> Mapping[str, list[TransitFigures]]:
    """How the shipments of these lanes did, by courier and centre."""
    interval = (wanted.departure_from, wanted.departure_until)
    counted: defaultdict[str, list[TransitFigures]] = defaultdict(list)
    for row in await conn.fetch(_FIGURES, list(ways), wanted.courier, wanted.site, *interval):
        lane, *values = row.values()
        counted[lane].append(TransitFigures(*values))
    return counted


async def denial_counts(conn: Connection, wanted: ReportFilter, ways: Sequence[str]) -> Mapping[str, list[DenialCount]]:
    """What was denied and delayed on these lanes, by carrier and departure, the latest departure first."""
    counted: defaultdict[str, list[DenialCount]] = defaultdict(list)
    for row in await conn.fetch(_DENIALS, list(ways), wanted.departure_from, wanted.departure_until):
        lane, *values = row.values()
        counted[lane].append(DenialCount(*values))
    return counted
