"""A cargo:LogisticsEvent of a body as plain values: which object it is of, what happened, when, and where. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from adapters.courier_onerecord import codes
from adapters.courier_onerecord.graph import REASON, LinkedNode, Said
from adapters.courier_onerecord.waybill import Waybill, waybill_of
from adapters.courier_onerecord.words import API, CARGO, cargo
from adapters.manifest import Refused

_EVENTS = "/logistics-events"
# Who says so, as the ontology calls it, and as it did before 3.1.
_RECORDERS = ("recordingOrganization", "recordingActor", "recordedBy", "recordedByActor")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.([0-9]{1,12}))?"
    r"(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2}))?"
)
# What a field holds that was never filled.
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - compared with the time as it is written


@dataclass(frozen=True, slots=True)
class EventTime:
    """A date and time as it is written, with its offset if it has one."""

    text: str
    local: datetime | None = None
    offset: timedelta | None = None

    @property
    def at(self) -> datetime | None:
        """The instant, if the offset is written."""
        if self.local is None or self.offset is None:
            return None
        return self.local.replace(tzinfo=timezone(self.offset) if self.offset else UTC)

    @property
    def is_placeholder(self) -> bool:
        """Whether it is the first instant of 1970, which only a field that was never filled holds."""
        return self.local == _EPOCH and not self.offset


@dataclass(frozen=True, slots=True)
class EventCode:
    """What the sender's code is: one of the status codes, or one of another list by its address."""

    code: str = ""
    is_status: bool = True


@dataclass(frozen=True, slots=True)
class LogisticsEvent:
    """One event of one shipment."""

    id: str  # as the sender calls it; empty if it does not, or not in a way that others could use
    object_ids: tuple[str, ...]  # of the logistics objects that it is of
    waybill: Waybill | None
    code: EventCode
    name: str
    time_type: str  # a word of EventTimeType; empty if the sender does not say
    happened: EventTime
    created: EventTime
    partial: bool
    location: Said | None
    recorded_by: str
    place: str  # where it stands in the body


def logistics_event(node: LinkedNode, of_object: str = "", beside: LinkedNode | None = None) -> LogisticsEvent:
    """The event that a node is; Refused, naming the place, if it cannot be one.

    The object that it is of may be known from elsewhere: by name, or as it came beside.
    """
    happened = _required_time(node)
    objects = tuple(dict.fromkeys(filter(None, [of_object, *_objects_of(node)])))
    about = [said.node for said in node.all(cargo("eventFor"), cargo("linkedObject"))]
    about += [*(node.document.node(name) for name in objects), beside]
    waybills = (waybill_of(each) for each in about if each)
    return LogisticsEvent(
        id="" if node.id.startswith(("_:", "internal:")) else node.id,
        object_ids=objects,
        waybill=next((each for each in waybills if each), None),
        code=_code(node),
        name=node.text(cargo("eventName")),
        time_type=_time_type(node),
        happened=happened,
        created=_written(node.text(cargo("creationDate"))),
        partial=node.text(cargo("partialEventIndicator")).lower() in ("true", "1"),
        location=node.first(cargo("eventLocation"), cargo("recordedAtLocation")),
        recorded_by=next(filter(None, (_link(node, name) for name in _RECORDERS)), ""),
        place=node.place,
    )


def _objects_of(node: LinkedNode) -> Iterator[str]:
    """The objects by name: the event's own address begins with that of its object, and it may name it."""
    object_id, events, _ = node.id.rpartition(f"{_EVENTS}/")
    if events:
        yield object_id
    for said in node.all(cargo("eventFor"), cargo("linkedObject")):
        yield said.link


def _link(node: LinkedNode, name: str) -> str:
    said = node.first(cargo(name))
    return said.link if said else ""


def _code(node: LinkedNode) -> EventCode:
    """Of several codes the one of the list that all of air cargo has."""
    found = [code for said in node.all(cargo("eventCode")) for code in _codes_in(said)]
    return next((code for code in found if code.is_status), found[0] if found else EventCode())


def _codes_in(said: Said) -> Iterator[EventCode]:
    """A code by its address, or an element of a list that says its code, or its address, and perhaps its list."""
    inside = said.node
    if inside and (code := inside.text(cargo("code"))):
        named = inside.text(cargo("codeListReference")) or inside.text(cargo("codeListName"))
        yield EventCode(codes.of_list(code) or code, codes.names_list(named))
    elif link := (_link(inside, "code") if inside else "") or said.link:
        status = codes.of_list(link)
        yield EventCode(status or link, bool(status) or ":" not in link)


def _time_type(node: LinkedNode) -> str:
    said = node.first(cargo("eventTimeType"))
    if said is None:
        return ""
    word = said.word(CARGO, API)
    inside = said.node
    # A word of a list since ontology 3.1; before it was a text, such as "Actual".
    word = ((inside.text(cargo("code")) if inside and not word else "") or word).upper()
    if word not in codes.TIME_TYPES:
        allowed = ", ".join(sorted(codes.TIME_TYPES))
        raise Refused(REASON, f"cargo:eventTimeType must be one of {allowed}.", said.place)
    return word


def _required_time(node: LinkedNode) -> EventTime:
    """The standard wants a date of every event, and only one."""
    given = node.all(cargo("eventDate"))
    texts = {said.text for said in given} - {""}
    if not texts:
        raise Refused(REASON, "cargo:eventDate is required: an xsd:dateTime.", f"{node.place}/cargo:eventDate")
    if len(texts) > 1:
        raise Refused(REASON, "cargo:eventDate is there more than once.", given[1].place)
    found = _written(texts.pop())
    if found.local is None:
        raise Refused(REASON, "cargo:eventDate must be an xsd:dateTime such as 2026-11-22T09:00:00Z.", given[0].place)
    return found


def _written(text: str) -> EventTime:
    found = _DATE_TIME.fullmatch(text)
    if not found:
        return EventTime(text)
    day, minute, second, fraction, utc, sign, hours, minutes = found.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}.{(fraction or '0')[:6].ljust(6, '0')}")
        offset = None if not (utc or sign) else timedelta()
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
            timezone(offset)  # refuses what no zone is ahead or behind
    except ValueError:
        return EventTime(text)
    return EventTime(text, local, offset)
