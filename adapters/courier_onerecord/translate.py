"""From a logistics event to a milestone: pure, and the unknown stays unknown."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import quote

from doselane.courier.v1.courier_pb2 import Milestone

from adapters import content, zones
from adapters.courier_onerecord import codes
from adapters.courier_onerecord.event import EventTime, LogisticsEvent
from adapters.courier_onerecord.places import EventPlace, event_place, place_of
from adapters.courier_onerecord.settings import OBJECTS, Settings
from adapters.courier_onerecord.waybill import spellings, waybill_number, waybill_number_in
from adapters.facts import NAME_CHARACTERS_MAX, check_size, check_time, stamp_if_possible, time_warnings
from adapters.manifest import Fact
from adapters.ports import courier
from services.kernel.references import canonical

Kind = Milestone.Kind

PARTIAL = "PARTIAL"
EVENTS = "/logistics-events/"


@dataclass(slots=True)
class _Reading:
    """What is made of one event, with what its sender should know."""

    kind: Kind
    code: str
    at: datetime | None
    expected: datetime | None = None
    warnings: list[str] = field(default_factory=list)


def fact(index: int, event: LogisticsEvent, settings: Settings, received_at: datetime) -> Fact:
    """One event as a fact; Refused, with its place, if its time cannot be."""
    place, end = event_place(event.location), _end(event)
    read = _read(event, place, end, settings, received_at)
    known = references(event, settings)
    key = content_key(event, settings)
    milestone = Milestone(
        event_id=event.id or own_event_id(known[0] if known else "", key.hex(), settings),
        kind=read.kind,
        code=read.code,
        description=_description(event, settings),
        time=stamp_if_possible(read.at),
        local_time=(event.happened if _moves(event, settings) else event.created).text,
        location=place.location,
        shipment_references=known,
        expected_delivery_time=stamp_if_possible(read.expected),
    )
    check_size(milestone, milestone.event_id, event.place)
    made = courier.fact(index, f"one-record:{key.hex()}", content_of(event), milestone, read.warnings)
    over = event.code.is_status and event.code.code in codes.LAST and _moves(event, settings)
    return replace(made, ends=made.ends or over)


def references(event: LogisticsEvent, settings: Settings) -> list[str]:
    """What the shipment is called: our own name of it, the carrier's addresses of it, and its waybill's number."""
    named: dict[str, None] = {}
    for each in event.object_ids:
        name = settings.reference(each) or each
        number = waybill_number(name) or waybill_number_in(name)
        named |= dict.fromkeys((name, *(spellings(number) if number else ())))
    if event.waybill and event.waybill.number:
        named |= dict.fromkeys(spellings(event.waybill.number))
    kept = [name for name in named if len(name) <= NAME_CHARACTERS_MAX]
    return list(dict.fromkeys([*kept, *map(canonical, kept)]))


def content_key(event: LogisticsEvent, settings: Settings) -> bytes:
    """Which event it is: what happened to which shipment at which time, not how it is called.

    Servers give their own ids to events that they pass on, and an event that comes back under another name must not
    count again. Logistics events are never changed, so nothing is lost by it.
    """
    # Not the waybill that may be known beside: an event that is pushed, and fetched with more beside it, is one event.
    first = next(iter(event.object_ids), "")
    name = settings.reference(first) or first
    return content.digest(
        {
            "of": waybill_number(name) or waybill_number_in(name) or canonical(name),
            "code": event.code.code or event.name or event.id,
            "at": _instant(event.happened),
            "type": event.time_type,
            "partial": event.partial,
        }
    )


def content_of(event: LogisticsEvent) -> bytes:
    """What the event says that may not differ if it is told twice."""
    return content.digest({"code": event.code.code, "at": _instant(event.happened), "type": event.time_type})


def own_event_id(reference: str, number: str, settings: Settings) -> str:
    """The address that our server gives to an event that came without one."""
    return f"{settings.server}{OBJECTS}{quote(reference, safe='') or 'unknown'}{EVENTS}{number}"


def _read(
    event: LogisticsEvent, place: EventPlace, end: EventPlace | None, settings: Settings, received_at: datetime
) -> _Reading:
    kind = codes.kind_of(event.code.code, settings.codes) if event.code.is_status else _own_kind(event, settings)
    at, warnings = _happened(event.happened, place)
    if place.not_valid:
        warnings.append("FIELD_NOT_VALID")
    if event.code.code == codes.DELIVERED_AT_LOCATION and event.code.is_status and _is_site(place, end):
        kind = Kind.DELIVERED
    code = "/".join(filter(None, (event.code.code, PARTIAL if event.partial else "")))
    if not _moves(event, settings):
        warnings = [each for each in warnings if each != "TIME_MISSING"]
        return _told_ahead(event, kind, code, at, received_at, warnings)
    if at is not None:
        check_time(at, received_at, f"{event.place}/cargo:eventDate")
        warnings += time_warnings(at, received_at)
    if kind == Kind.KIND_UNSPECIFIED:
        warnings.insert(0, "CODE_UNKNOWN")
    elif event.partial and kind != Kind.EXCEPTION:
        # Some of the pieces, and nobody says whether those with the dose.
        kind = Kind.OBSERVED
    return _Reading(kind, code, at, warnings=warnings)


def _told_ahead(
    event: LogisticsEvent, kind: Kind, code: str, at: datetime | None, received_at: datetime, warnings: list[str]
) -> _Reading:
    """A time that is planned or wished, or of which nobody says what it is, moves nothing.

    What the milestone is dated with is when it was said, if that is known.
    """
    said_at = event.created.at if event.created.at and event.created.at <= received_at else None
    delivers = kind == Kind.DELIVERED and event.time_type in codes.EXPECTED and not event.partial
    if kind == Kind.KIND_UNSPECIFIED:
        warnings.insert(0, "CODE_UNKNOWN")
    if said_at is not None:
        warnings += time_warnings(said_at, received_at)
    return _Reading(
        kind=Kind.OBSERVED if kind else Kind.KIND_UNSPECIFIED,
        code=f"{code}/{event.time_type or 'UNTYPED'}",
        at=said_at,
        expected=at if delivers else None,
        warnings=warnings,
    )


def _own_kind(event: LogisticsEvent, settings: Settings) -> Kind:
    """A code of another list: by its address, or by the word at its end, if the account says what it means."""
    code = event.code.code
    word = code.rpartition("#")[2] if "#" in code else code.rpartition("/")[2]
    return settings.codes.get(code) or settings.codes.get(word, Kind.KIND_UNSPECIFIED)


def _description(event: LogisticsEvent, settings: Settings) -> str:
    """The carrier's words, with the time of what is still to come."""
    ahead = "" if _moves(event, settings) else f"({event.time_type or 'unsaid whether actual'}: {event.happened.text})"
    return " ".join(filter(None, (event.name, ahead)))


def _moves(event: LogisticsEvent, settings: Settings) -> bool:
    return (event.time_type or settings.untyped_events) == codes.ACTUAL


def _happened(written: EventTime, place: EventPlace) -> tuple[datetime | None, list[str]]:
    """The instant, by its own offset or by the zone of the place; otherwise why there is none."""
    if written.is_placeholder:
        return None, ["TIME_MISSING"]
    if written.at is not None or written.local is None:
        return written.at, []
    meant = zones.civil_time(written.local, place.zones)
    return meant.at, [meant.doubt] if meant.doubt else []


def _end(event: LogisticsEvent) -> EventPlace | None:
    return place_of(event.waybill.ends_at) if event.waybill and event.waybill.ends_at else None


def _is_site(place: EventPlace, end: EventPlace | None) -> bool:
    """Whether what was delivered there is where it should be: the waybill ends there, and that is no airport."""
    if end is None or end.location is None or end.is_airport or place.location is None or place.is_airport:
        return False
    same_code = bool(end.codes & place.codes)
    return same_code or (bool(end.location.place) and end.location.place == place.location.place)


def _instant(written: EventTime) -> str:
    if written.at is not None:
        return content.instant_text(written.at.isoformat())
    return written.local.isoformat() if written.local else written.text
