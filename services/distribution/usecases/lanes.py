"""What is said of lanes: denials and delays, and reports of how they did."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from services.distribution.domain import refusals
from services.distribution.domain.denial import Denial, checked
from services.distribution.domain.lane_report import LaneReport, durations_of
from services.distribution.domain.measurement import acceptance_measured
from services.distribution.events.lanes import denial_event
from services.distribution.store import Store, lane_reports, measurements, others
from services.distribution.store import denials as rows
from services.distribution.store.lane_reports import DENIAL_COUNTS_MAX, ReportFilter
from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.idempotency import RequestKey

Render: TypeAlias = Callable[[Denial], bytes]


async def record_denial(
    store: Store, said: Denial, request_key: RequestKey, reason: str, traceparent: str, render: Render
) -> bytes:
    """Records a denial, once per request, and publishes it."""

    async def once(conn: Connection) -> bytes:
        shipment = await store.shipment(conn, said.shipment, None) if said.shipment else None
        denial = checked(replace(said, shipment=shipment.name if shipment else ""), shipment)
        # Master data may be told of later than the shipment is: a lane that a shipment travels is one.
        if shipment is None and denial.lane not in await others.lanes(conn, [denial.lane]):
            raise refusals.LaneUnknown("There is no such lane, as far as distribution has heard.", lane=denial.lane)
        await rows.put(conn, denial)
        await outbox.append(conn, [denial_event(denial, reason, traceparent)])
        await measurements.tell(conn, [denial.lane], said.recorded_at, traceparent)
        return render(denial)

    return await store.perform(request_key, said.recorded_at, once)


async def reports(
    conn: Connection, wanted: ReportFilter, after: str, limit: int, now: datetime
) -> Sequence[LaneReport]:
    """How the next lanes did, by their names. Call with all reads at one instant."""
    ways = await lane_reports.lanes(conn, wanted, after, limit)
    figures = await lane_reports.figures(conn, wanted, ways)
    denied = await lane_reports.denial_counts(conn, wanted, ways)
    known, grounds = await others.lanes(conn, ways), await measurements.grounds_of(conn, ways, now)
    found = []
    for way in ways:
        base = grounds.get(way)
        own, measured = durations_of(known.get(way), base.transits if base else (), now) or (None, None)
        rates = acceptance_measured(base, now) if base else None
        counts = denied.get(way, [])
        found.append(
            LaneReport(
                lane=way,
                own=own,
                now=measured,
                figures=tuple(figures.get(way, ())),
                denials=sum(each.denials for each in counts),
                delays=sum(each.delays for each in counts),
                denial_counts=tuple(counts[:DENIAL_COUNTS_MAX]),
                acceptance_rate=rates and rates.rate(None, now),
            )
        )
    return found
