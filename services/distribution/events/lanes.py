"""Denials and reports of lanes as protobuf, and what is published of them."""

from dataclasses import asdict

from doselane.distribution.v1 import events_pb2, lane_pb2

from services.distribution.domain.course import Duration
from services.distribution.domain.denial import Denial
from services.distribution.domain.lane_report import DenialCount, LaneReport, TransitFigures
from services.distribution.events.published import SOURCE, TOPIC
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp


def denial_event(denial: Denial, reason: str, traceparent: str) -> Event:
    """The news of a denial. It belongs to no partner: who was refused is nobody else's affair."""
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.denial.recorded.v1",
        source=SOURCE,
        subject=denial.name,
        sequence=1,
        time=denial.recorded_at,
        data=events_pb2.DenialRecorded(denial=denial_message(denial)).SerializeToString(),
        actor=denial.actor,
        reason=reason,
        traceparent=traceparent,
    )


def denial_message(denial: Denial) -> lane_pb2.Denial:
    """A denial as published."""
    return lane_pb2.Denial(
        name=denial.name,
        kind=int(denial.kind),  # type: ignore[arg-type]
        refuser=int(denial.refuser),  # type: ignore[arg-type]
        carrier=denial.carrier,
        lane=denial.lane,
        departure_time=stamp(denial.departure_at),
        shipment=denial.shipment,
        cause=denial.cause,
        delay_minutes=denial.delay_minutes,
        denial_time=stamp(denial.denied_at),
        record_time=stamp(denial.recorded_at),
        actor=denial.actor,
    )


def report_message(report: LaneReport) -> lane_pb2.LaneReport:
    """How a lane did."""
    message = lane_pb2.LaneReport(
        lane=report.lane,
        figures=map(_figures, report.figures),
        denials=report.denials,
        delays=report.delays,
        denial_counts=map(_count, report.denial_counts),
    )
    if report.own is not None and report.now is not None:
        message.own_p50_minutes, message.own_p90_minutes = _minutes(report.own)
        message.p50_minutes, message.p90_minutes = _minutes(report.now)
        message.measured_shipments = report.now.measured
    return message


def _minutes(duration: Duration) -> tuple[float, float]:
    return duration.p50_minutes, duration.p90_minutes


def _figures(figures: TransitFigures) -> lane_pb2.TransitFigures:
    return lane_pb2.TransitFigures(**asdict(figures))


def _count(count: DenialCount) -> lane_pb2.DenialCount:
    return lane_pb2.DenialCount(
        carrier=count.carrier, departure_time=stamp(count.departure_at), denials=count.denials, delays=count.delays
    )
