"""From a Track Alert message to a milestone: pure, and the unknown stays unknown."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from doselane.courier.v1.courier_pb2 import Location, Milestone

from adapters.courier_ups import codes
from adapters.courier_ups.model import ActivityStatus, TrackingEvent, tracking_event
from adapters.facts import check_size, check_time, stamp_if_possible, time_warnings
from adapters.json_body import read_json
from adapters.manifest import Fact, Incoming, Translation

Kind = Milestone.Kind

REMARK_CHARACTERS_MAX = 500
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False).encode
# A photo and a signature are personal, and may come later with the same event: they do not make another fact.
_NOT_CONTENT = frozenset({"deliveryPhoto", "receivedBy"})
# A code that comes as a number and not as a text needs its words beside it: `021` written without quotes may have been
# read as octal on its way here, and then "out for delivery" arrives as 17, "held for pick-up".
_TEXT_OF_CODE = {11: "delivered", 21: "out for delivery", 26: "delivered by local post office"}


class UpsPort:
    """Reads UPS Track Alert messages. There is nothing to set."""

    def translate(self, incoming: Incoming) -> Translation:
        """Reads the one event of a message."""
        value = read_json(incoming.body)
        event = tracking_event(value)
        said = _content(value)
        happened = _happened(event)
        milestone = _milestone(event, said, happened)
        warnings = [] if milestone.kind else ["CODE_UNKNOWN"]
        if happened:
            check_time(happened, incoming.received_at, "/gmtActivityDate" if _has_gmt(event) else "/localActivityDate")
            warnings += time_warnings(happened, incoming.received_at)
        else:
            warnings.append("TIME_ZONE_UNKNOWN" if event.localActivityTime else "TIME_MISSING")
        if unknown := event.unknown_fields():
            warnings.append("FIELD_UNKNOWN")
        check_size(milestone, "")
        remark = f"fields that UPS does not document: {', '.join(unknown)[:REMARK_CHARACTERS_MAX]}" if unknown else ""
        fact = Fact(0, milestone.event_id, said, milestone, tuple(warnings))
        return Translation((fact,), remark=remark)


def _milestone(event: TrackingEvent, said: bytes, happened: datetime | None) -> Milestone:
    kind, code = _kind(event.activityStatus)
    return Milestone(
        event_id=f"urn:doselane:ups:sha-256:{said.hex()}",
        kind=kind,
        code=code,
        description=_description(event),
        time=stamp_if_possible(happened),
        local_time=_as_written(event),
        location=_location(event),
        shipment_references=[number for number in (event.trackingNumber, event.alternateTrackingNumber) if number],
        expected_delivery_time=stamp_if_possible(_expected(event, kind)),
    )


def _kind(status: ActivityStatus) -> tuple[Kind, str]:
    """What happened, and the code that says so."""
    for code in (_description_code(status), status.code):
        if code and code.isascii() and code.isdigit():
            return codes.KIND_OF_DESCRIPTION_CODE.get(int(code[:6]), Kind.KIND_UNSPECIFIED), code
    if status.code:
        return codes.KIND_OF_STATUS_CODE.get((status.type or "", status.code), Kind.KIND_UNSPECIFIED), status.code
    return codes.KIND_OF_TYPE.get(status.type, Kind.KIND_UNSPECIFIED), status.type or ""


def _description_code(status: ActivityStatus) -> str:
    given = status.descriptionCode
    if isinstance(given, str):
        return given
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < 1000:
        said = (status.description or "").strip().lower()
        return f"{given:03d}" if _TEXT_OF_CODE.get(given) == said else ""
    return ""


def _description(event: TrackingEvent) -> str:
    """UPS's words, unless they name the person who took the package: no name goes into an event."""
    words, person = event.activityStatus.description or "", (event.receivedBy or "").strip()
    return "" if person and person.lower() in words.lower() else words


def _happened(event: TrackingEvent) -> datetime | None:
    if _has_gmt(event):
        return _at(event.gmtActivityDate, event.gmtActivityTime).replace(tzinfo=UTC)
    if event.localActivityDate and event.localActivityTime and event.gmtOffset:
        return _at(event.localActivityDate, event.localActivityTime).replace(tzinfo=_zone(event.gmtOffset))
    return None


def _as_written(event: TrackingEvent) -> str:
    local = (event.localActivityDate, event.localActivityTime, event.gmtOffset)
    gmt = (event.gmtActivityDate, event.gmtActivityTime, "GMT")
    written = local if any(local[:2]) else gmt if any(gmt[:2]) else ()
    return " ".join(part for part in written if part)


def _expected(event: TrackingEvent, kind: Kind) -> datetime | None:
    """When UPS expects to deliver, if its zone is known.

    The scheduled time is the receiver's local time. The only zone in the message is that of the place of the activity,
    and only a vehicle that is out for delivery is surely in the receiver's zone.
    """
    offset = _offset(event)
    if kind != Kind.OUT_FOR_DELIVERY or offset is None or not (event.scheduledDeliveryDate and event.deliveryEndTime):
        return None
    return _at(event.scheduledDeliveryDate, event.deliveryEndTime).replace(tzinfo=timezone(offset))


def _offset(event: TrackingEvent) -> timedelta | None:
    if event.gmtOffset:
        return _zone(event.gmtOffset).utcoffset(None)
    if not (_has_gmt(event) and event.localActivityDate and event.localActivityTime):
        return None
    gmt = _at(event.gmtActivityDate, event.gmtActivityTime)
    ahead = _at(event.localActivityDate, event.localActivityTime) - gmt
    return ahead if abs(ahead) <= timedelta(hours=14) else None


def _has_gmt(event: TrackingEvent) -> bool:
    return bool(event.gmtActivityDate and event.gmtActivityTime)


def _zone(offset: str) -> timezone:
    """The zone of an offset as UPS writes it, such as -04.00: hours and minutes."""
    size = timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    return timezone(-size if offset[0] == "-" else size)


def _at(day: str, time: str) -> datetime:
    return datetime(  # noqa: DTZ001 - the caller knows the zone, or that there is none
        int(day[:4]), int(day[4:6]), int(day[6:]), int(time[:2]), int(time[2:4]), int(time[4:])
    )


def _location(event: TrackingEvent) -> Location | None:
    place = event.activityLocation
    if place is None:
        return None
    return Location(
        city=place.city or "",
        region=place.stateProvince or "",
        postal_code=place.postalCode or "",
        country=place.country or "",
    )


def _content(value: dict[str, Any]) -> bytes:
    """A digest of what the message says, blank fields left out: UPS gives its events no id."""
    said = {name: given for name, given in value.items() if name not in _NOT_CONTENT and given != ""}
    return hashlib.sha256(_canonical(said).encode()).digest()
