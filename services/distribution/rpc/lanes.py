"""The calls of LaneService."""

from dataclasses import dataclass
from datetime import timedelta

from doselane.distribution.v1 import lane_pb2

from services.distribution.domain.denial import Denial, DenialKind, Refuser
from services.distribution.events.lanes import denial_message, report_message
from services.distribution.store import Store, denials
from services.distribution.store.denials import DenialFilter
from services.distribution.store.lane_reports import ReportFilter
from services.distribution.usecases import lanes
from services.kernel.clock import Clock
from services.kernel.errors import Invalid
from services.kernel.idempotency import request_key_of
from services.kernel.ids import uuid7
from services.kernel.paging import BY_NAME, BY_TIME, page_of
from services.kernel.rpc import Call
from services.kernel.timestamps import instant, optional_instant

# A report counts in the database; a year is what an agreement is judged by.
INTERVAL_MAX = timedelta(days=366)
REPORTS_MAX = 200


@dataclass(frozen=True, slots=True)
class LaneRpc:
    """Serves doselane.distribution.v1.LaneService."""

    store: Store
    clock: Clock

    async def RecordDenial(self, request: lane_pb2.RecordDenialRequest, call: Call) -> bytes:
        """Somebody refused, or let wait."""
        now = self.clock.now()
        said = Denial(
            name=f"denials/{uuid7()}",
            kind=DenialKind(request.kind),
            refuser=Refuser(request.refuser),
            carrier=request.carrier,
            cause=request.cause,
            denied_at=optional_instant(request, "denial_time") or now,
            recorded_at=now,
            actor=call.caller.actor,
            lane=request.lane,
            departure_at=optional_instant(request, "departure_time"),
            shipment=request.shipment,
            delay_minutes=request.delay_minutes if request.HasField("delay_minutes") else None,
        )
        key = request_key_of(request, call.caller)
        return await lanes.record_denial(self.store, said, key, request.reason, call.traceparent, _rendered)

    async def ListDenials(self, request: lane_pb2.ListDenialsRequest, call: Call) -> lane_pb2.ListDenialsResponse:
        """Denials and delays, newest first."""
        page = await page_of(self.store.database, request, call.caller, BY_TIME)
        start, end = optional_instant(request, "denial_from_time"), optional_instant(request, "denial_until_time")
        wanted = DenialFilter(request.lane, request.carrier, start, end)
        async with self.store.reading() as conn:
            found = await denials.found(conn, wanted, page.after, page.limit)
        shown, token = page.cut(found, lambda denial: (denial.denied_at, denial.name))
        return lane_pb2.ListDenialsResponse(denials=map(denial_message, shown), next_page_token=token)

    async def ListLaneReports(
        self, request: lane_pb2.ListLaneReportsRequest, call: Call
    ) -> lane_pb2.ListLaneReportsResponse:
        """How lanes did."""
        page = await page_of(self.store.database, request, call.caller, BY_NAME, size_max=REPORTS_MAX)
        wanted = _wanted(request)
        async with self.store.reading() as conn:
            found = await lanes.reports(conn, wanted, page.after or "", page.limit, self.clock.now())
        shown, token = page.cut(found, lambda report: report.lane)
        return lane_pb2.ListLaneReportsResponse(lane_reports=map(report_message, shown), next_page_token=token)


def _wanted(request: lane_pb2.ListLaneReportsRequest) -> ReportFilter:
    fields = ("departure_from_time", "departure_until_time")
    start, end = (instant(getattr(request, field), field) for field in fields)
    if not timedelta(0) < end - start <= INTERVAL_MAX:
        raise Invalid(
            f"departure_until_time must be after departure_from_time, at most {INTERVAL_MAX.days} days.",
            field="departure_until_time",
        )
    return ReportFilter(start, end, request.lane, request.courier, request.site)


def _rendered(denial: Denial) -> bytes:
    return denial_message(denial).SerializeToString()
