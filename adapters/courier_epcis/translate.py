"""From an EPCIS event to a milestone: pure, and the unknown stays unknown."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from doselane.courier.v1.courier_pb2 import Location, Milestone

from adapters.courier_epcis import codes, identity
from adapters.courier_epcis.model.document import RawEvent, checked_event
from adapters.courier_epcis.model.event import EpcisEvent, StandardEvent
from adapters.courier_epcis.model.values import instant
from adapters.courier_epcis.references import references
from adapters.courier_epcis.sensors import location_at, position, readings
from adapters.facts import check_size, check_time, time_warnings
from adapters.manifest import Fact
from adapters.ports import courier
from services.kernel.references import canonical
from services.kernel.timestamps import stamp

Kind = Milestone.Kind

_GEO = re.compile(r"geo:(-?[0-9]+(?:\.[0-9]+)?),(-?[0-9]+(?:\.[0-9]+)?)(?:[,;?].*)?")


def fact(index: int, raw: RawEvent, steps: Mapping[str, Kind], received_at: datetime) -> Fact:
    """One event of a body as a fact; Refused, with its place, if it is not as the standard has it."""
    event = checked_event(raw)
    happened = instant(event.eventTime)
    check_time(happened, received_at, f"{raw.place}/eventTime")
    milestone = _milestone(event, raw.value, happened, steps)
    check_size(milestone, milestone.event_id, raw.place)
    unknown = () if milestone.kind else ("CODE_UNKNOWN",)
    return courier.fact(
        index,
        identity.key(raw.value),
        identity.content(raw.value),
        milestone,
        (*unknown, *time_warnings(happened, received_at)),
    )


def _milestone(event: EpcisEvent, value: dict[str, Any], happened: datetime, steps: Mapping[str, Kind]) -> Milestone:
    event_id = canonical(identity.event_id(value))
    wrong = event.errorDeclaration is not None
    kind, code = _kind(event, steps)
    standard = event if isinstance(event, StandardEvent) else None
    sensors = (standard and standard.sensorElementList) or []
    return Milestone(
        event_id=event_id,
        kind=kind,
        code=code,
        description=(standard and standard.disposition) or "",
        time=stamp(happened),
        local_time=event.eventTime,
        location=_location(standard) if standard else None,
        sensor_readings=readings(sensors),
        shipment_references=references(event),
        # The declaration carries the id of the event it takes back.
        retracts_event_ids=[event_id] if wrong else [],
        retracted=wrong,
    )


def _kind(event: EpcisEvent, steps: Mapping[str, Kind]) -> tuple[Kind, str]:
    """What happened, and the code that says so."""
    if not isinstance(event, StandardEvent):
        return steps.get(event.type, Kind.KIND_UNSPECIFIED), event.type
    step = event.bizStep
    for disposition in _dispositions(event):
        if kind := codes.KIND_OF_DISPOSITION.get(codes.bare(disposition)):
            return kind, f"{step}/{disposition}" if step else disposition
    if step is None:
        return Kind.OBSERVED, event.disposition or ""
    kind = steps.get(step) or codes.KIND_OF_STEP.get(codes.bare(step), Kind.KIND_UNSPECIFIED)
    if codes.bare(step) in codes.CHANGES_OF_HANDS and step not in steps:
        kind = _whose_hands(event, codes.bare(step), kind)
    return kind, step


def _dispositions(event: StandardEvent) -> list[str]:
    lasting = getattr(event, "persistentDisposition", None)
    return [*([event.disposition] if event.disposition else []), *((lasting and lasting.set) or [])]


def _whose_hands(event: StandardEvent, step: str, kind: Kind) -> Kind:
    """Tells the receiver from a hub, where the event says both where it is and where it should end."""
    ends = {_place(each.destination) for each in event.destinationList or [] if codes.bare(each.type) == "location"}
    here = {_place(place.id) for place in (event.readPoint, event.bizLocation) if place is not None}
    if not ends or not here:
        return kind
    if ends & here:
        return Kind.DELIVERED
    return Kind.ARRIVED if step == "receiving" else Kind.COLLECTED


def _place(name: str) -> str:
    """The place without its extension, which names a door or a shelf of it."""
    return canonical(name).partition("/254/")[0]


def _location(event: StandardEvent) -> Location | None:
    place = event.readPoint or event.bizLocation
    sensed = position(event.sensorElementList or [])
    location = Location()
    if place and (geo := _GEO.fullmatch(place.id)):
        location = location_at(float(geo[1]), float(geo[2]))
    elif sensed:
        location = location_at(*sensed)
    if place:
        location.place = place.id
    return location if place or sensed else None
