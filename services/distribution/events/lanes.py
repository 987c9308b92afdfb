"""Denials and reports of lanes as protobuf, and what is published of them."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from doselane.distribution.v1 import events_pb2, lane_pb2

from services.distribution.domain.course import Duration
from services.distribution.domain.denial import Denial
from services.distribution.domain.lane_report import DenialCount, LaneReport, TransitFigures
from services.distribution.domain.measurement import LaneMeasurement, TransitMeasurement
from services.distribution.domain.milestone import MilestoneKind
from services.distribution.events.published import SOURCE, TOPIC
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import instant, stamp
from services.network.lane_figures import AcceptanceRates
from services.network.reading import acceptance_message, acceptance_of


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


def measured_event(measurement: LaneMeasurement, traceparent: str) -> Event:
    """The news of a lane as it was measured. It belongs to no partner, as the shipments of all count together."""
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.lane.measured.v1",
        source=SOURCE,
        subject=measurement.lane,
        sequence=measurement.number,
        time=measurement.measured_at,
        data=measured_message(measurement).SerializeToString(),
        actor=SOURCE,
        traceparent=traceparent,
    )


def measured_message(measurement: LaneMeasurement) -> events_pb2.LaneMeasured:
    """A lane as it was measured."""
    rates, transit = measurement.acceptance, measurement.transit
    return events_pb2.LaneMeasured(
        lane=measurement.lane,
        lane_version=measurement.lane_version,
        transit=_transit_message(transit) if transit else None,
        acceptance=acceptance_message(rates) if rates else None,
    )


def measurement_of(lane: str, number: int, measured_at: datetime, document: bytes) -> LaneMeasurement:
    """What was told of a lane, from the message that `measured_message` made."""
    told = events_pb2.LaneMeasured.FromString(document)
    transit = _transit_of(told.transit) if told.HasField("transit") else None
    rates: AcceptanceRates | None = acceptance_of(told.acceptance) if told.HasField("acceptance") else None
    return LaneMeasurement(lane, number, told.lane_version, transit, rates, measured_at)


def _transit_message(transit: TransitMeasurement) -> lane_pb2.TransitMeasurement:
    return lane_pb2.TransitMeasurement(
        quantiles=[
            lane_pb2.MeasuredQuantile(percentile=percentile, minutes=minutes)
            for percentile, minutes in transit.quantiles
        ],
        promised_percentile=transit.promised_percentile,
        shipments=transit.shipments,
        since_time=stamp(transit.since),
        until_time=stamp(transit.until),
        steps=[
            lane_pb2.MeasuredStep(
                kind=int(kind),  # type: ignore[arg-type]
                p50_minutes=took.p50_minutes,
                p90_minutes=took.p90_minutes,
                shipments=took.measured,
            )
            for kind, took in transit.steps
        ],
    )


def _transit_of(told: lane_pb2.TransitMeasurement) -> TransitMeasurement:
    return TransitMeasurement(
        quantiles=tuple((each.percentile, each.minutes) for each in told.quantiles),
        promised_percentile=told.promised_percentile,
        shipments=told.shipments,
        since=instant(told.since_time, "since_time"),
        until=instant(told.until_time, "until_time"),
        steps=tuple(_steps_of(told)),
    )


def _steps_of(told: lane_pb2.TransitMeasurement) -> Iterator[tuple[MilestoneKind, Duration]]:
    for each in told.steps:
        yield MilestoneKind(each.kind), Duration(each.p50_minutes, each.p90_minutes, each.shipments)


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
    if report.acceptance_rate is not None:
        message.acceptance_rate = report.acceptance_rate
    return message


def _minutes(duration: Duration) -> tuple[float, float]:
    return duration.p50_minutes, duration.p90_minutes


def _figures(figures: TransitFigures) -> lane_pb2.TransitFigures:
    return lane_pb2.TransitFigures(**asdict(figures))


def _count(count: DenialCount) -> lane_pb2.DenialCount:
    return lane_pb2.DenialCount(
        carrier=count.carrier, departure_time=stamp(count.departure_at), denials=count.denials, delays=count.delays
    )
