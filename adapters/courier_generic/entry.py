"""Milestones that somebody entered by hand: a ReportMilestonesRequest, kept as the REST door takes it."""

from datetime import UTC, datetime

from doselane.courier.v1.courier_pb2 import (
    Location,
    Milestone,
    MilestoneEntry,
    ReportMilestonesRequest,
    SensorReading,
)
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp

from adapters.content import digest
from adapters.courier_generic.codes import CELSIUS, TEMPERATURE
from adapters.facts import check_size, check_time, time_warnings
from adapters.json_body import pointer, read_json
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.ports import courier

ENTRY = "courier.entry"
REASON = "BODY_NOT_ENTRY"
_NAMED_BY_CONTENT = "urn:doselane:courier:sha-256:"


def entered(incoming: Incoming) -> Translation:
    """All milestones of a request, or none: who enters them by hand sees at once what is wrong, and enters it again."""
    request = ReportMilestonesRequest()
    try:
        json_format.ParseDict(read_json(incoming.body), request)
    except json_format.ParseError as wrong:
        raise Refused(REASON, f"The body is no ReportMilestonesRequest: {wrong}") from None
    return Translation(tuple(_fact(index, each, incoming.received_at) for index, each in enumerate(request.milestones)))


def _fact(index: int, entry: MilestoneEntry, received_at: datetime) -> Fact:
    at = _instant(entry.time, received_at, index, "time")
    for number, reading in enumerate(entry.temperatures):
        if reading.HasField("time"):
            _instant(reading.time, received_at, index, "temperatures", number, "time")
    content = digest(json_format.MessageToDict(entry))
    milestone = _milestone(entry, entry.event_id or f"{_NAMED_BY_CONTENT}{content.hex()}")
    check_size(milestone, milestone.event_id, pointer("milestones", index))
    return courier.fact(index, milestone.event_id, content, milestone, time_warnings(at, received_at))


def _milestone(entry: MilestoneEntry, event_id: str) -> Milestone:
    place = entry.location
    return Milestone(
        event_id=event_id,
        kind=entry.kind,
        description=entry.description,
        time=entry.time,
        local_time=entry.time.ToJsonString(),
        location=Location(
            place=place.place,
            city=place.city,
            region=place.region,
            postal_code=place.postal_code,
            country=place.country,
        )
        if entry.HasField("location")
        else None,
        sensor_readings=[_reading(each, entry.time) for each in entry.temperatures],
        shipment_references=entry.shipment_references,
        retracts_event_ids=entry.retracts_event_ids,
        expected_delivery_time=entry.expected_delivery_time if entry.HasField("expected_delivery_time") else None,
    )


def _reading(said: MilestoneEntry.Temperature, at: Timestamp) -> SensorReading:
    time = said.time if said.HasField("time") else at
    return SensorReading(type=TEMPERATURE, unit=CELSIUS, value=said.celsius, time=time, device=said.device)


def _instant(time: Timestamp, received_at: datetime, index: int, *steps: str | int) -> datetime:
    """The instant of a time that is not in the future. The call has judged its shape."""
    at = time.ToDatetime(UTC)
    check_time(at, received_at, pointer("milestones", index, *steps))
    return at
