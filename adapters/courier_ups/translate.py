"""From a Track Alert message to a milestone: pure, and the unknown stays unknown."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from doselane.courier.v1.courier_pb2 import Location, Milestone

from adapters import content
from adapters.courier_ups import codes, intercepts, track
from adapters.courier_ups.model import TIMES, ActivityStatus, TrackingEvent, tracking_event
from adapters.facts import check_size, check_time, stamp_if_possible, time_warnings
from adapters.json_body import read_json
from adapters.manifest import Fact, Incoming, Refused, Translation
from adapters.ports.courier import fact

Kind = Milestone.Kind

ALERT = "ups.track-alert"
REMARK_CHARACTERS_MAX = 500
# A photo and a signature are personal, and may come later with the same event: they do not make another fact.
_NOT_CONTENT = frozenset({"deliveryPhoto", "receivedBy"})
# A code that comes as a number and not as a text has lost its zeros, and `021` written without quotes may have been
# read as octal on its way here: then "out for delivery" arrives as 17, "held for pick-up". Octal readings of two digits
# end at 63; up to there the words beside it must say the same.
_OCTAL_MAX = 63
_TEXT_OF_CODE = {11: "delivered", 21: "out for delivery", 26: "delivered by local post office"}
# A sentence that begins by saying that it was delivered: words on the way there may say anything.
_DELIVERED = re.compile(
    r"(?:(?:your|the) )?(?:(?:package|parcel|shipment) )?(?:(?:has been|was|is) )?delivered\b[^?]*", re.IGNORECASE
)
# Words beside "delivered" that say that it was not, or not yet, not all of it, or not to the receiver.
_NOT_DELIVERED = re.compile(
    r"\b(?:no|not|never|cannot|unable|be|being|if|when|until|unless|soon|tomorrow|later|expected|estimated|pending|partial\w*"
    r"|attempt\w*|agent|access point|locker|for pick-?up|return\w*|back|sender|shipper|to (?:an? |the )?ups"
    r"|wrong|incorrect|error|mis\w+)\b|n['\u2019]t\b",
    re.IGNORECASE,
)


class UpsReader:
    """Reads Track Alert messages, and the answers of Track. There is nothing to set."""

    def translate(self, incoming: Incoming) -> Translation:
        """Reads the one event of a message, the activities of an answer, or the yes to an intercept."""
        if intercepts.is_answer(incoming.webhook):
            return Translation((intercepts.agreed(incoming),))
        value = read_json(incoming.body)
        if incoming.webhook == track.NAME:
            return _activities(value, incoming)
        event = tracking_event(value)
        return Translation((_fact(0, event, incoming),), remark=_remark(event))


def _activities(value: Any, incoming: Incoming) -> Translation:
    """Of many activities one that cannot be read keeps back none of the others."""
    facts: list[Fact] = []
    refused: dict[int, Refused] = {}
    for index, alert in enumerate(track.alerts(value)):
        try:
            facts.append(_fact(index, tracking_event(alert), incoming))
        except Refused as refusal:
            refused[index] = refusal
    if refused and not facts:
        raise next(iter(refused.values()))
    return Translation(tuple(facts), refused, proceeds=True)


def _fact(index: int, event: TrackingEvent, incoming: Incoming) -> Fact:
    if event.happened:
        check_time(event.happened, incoming.received_at, "/gmtActivityDate" if event.gmt else "/localActivityDate")
    key = _key(event)
    milestone, warnings = _milestone(event, key)
    if event.happened:
        warnings += time_warnings(event.happened, incoming.received_at)
    else:
        warnings.append(event.doubt)
    warnings += ["FIELD_UNKNOWN"] if event.unknown else []
    warnings += ["FIELD_NOT_VALID"] if event.not_valid else []
    check_size(milestone, milestone.event_id, "")
    return fact(index, milestone.event_id, key, milestone, warnings)


def _milestone(event: TrackingEvent, key: bytes) -> tuple[Milestone, list[str]]:
    kind, code = _kind(event.status)
    warnings = [] if kind else ["CODE_UNKNOWN"]
    if not kind and _is_delivery_by_words(event):
        kind = Kind.DELIVERED
        warnings.append("KIND_FROM_WORDS")
    milestone = Milestone(
        event_id=f"urn:doselane:ups:sha-256:{key.hex()}",
        kind=kind,
        code=code,
        description=_description(event),
        time=stamp_if_possible(event.happened),
        local_time=_as_written(event),
        location=_location(event),
        shipment_references=filter(None, (event.tracking_number, event.alternate_tracking_number)),
        expected_delivery_time=stamp_if_possible(_expected(event, kind)),
    )
    return milestone, warnings


def _kind(status: ActivityStatus) -> tuple[Kind, str]:
    """What happened, and the code that says so.

    Only a description code, or a code of exactly three digits, is one of the status codes; two digits are an activity.
    """
    if code := _description_code(status):
        return codes.KIND_OF_DESCRIPTION_CODE.get(int(code), Kind.KIND_UNSPECIFIED), code
    code = status.code
    if _is_digits(code) and len(code) == 3:
        return codes.KIND_OF_DESCRIPTION_CODE.get(int(code), Kind.KIND_UNSPECIFIED), code
    if _is_digits(code):
        number = codes.STATUS_OF_ACTIVITY.get(code, -1)
        return codes.KIND_OF_DESCRIPTION_CODE.get(number, Kind.KIND_UNSPECIFIED), code
    if code:
        return codes.KIND_OF_STATUS_CODE.get((status.type, code), Kind.KIND_UNSPECIFIED), code
    return codes.KIND_OF_TYPE.get(status.type, Kind.KIND_UNSPECIFIED), status.type


def _description_code(status: ActivityStatus) -> str:
    """The code as three digits; nothing if there is none, or none that can be believed."""
    given = status.description_code
    if isinstance(given, str):
        return given.zfill(3) if _is_digits(given) and len(given) <= 3 else ""
    believed = given > _OCTAL_MAX or _TEXT_OF_CODE.get(given) == status.description.lower()
    return f"{given:03d}" if believed and 0 <= given < 1000 else ""


def _is_delivery_by_words(event: TrackingEvent) -> bool:
    """Whether UPS says in three other ways that it delivered, under a code that no list at hand has."""
    words, status = event.status.description, event.status
    says_nothing = any(_is_digits(code) and int(code) in codes.SAYS_NOTHING for code in _codes(status))
    delivered = bool(_DELIVERED.fullmatch(words)) and not _NOT_DELIVERED.search(words)
    return status.type == "D" and event.actual_delivery is not None and delivered and not says_nothing


def _codes(status: ActivityStatus) -> Iterator[str]:
    yield _description_code(status)
    if len(status.code) == 3:
        yield status.code


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _description(event: TrackingEvent) -> str:
    """UPS's words, unless they name the person who took the package: no name goes into an event."""
    words, person = event.status.description, event.received_by
    return "" if person and person.lower() in words.lower() else words


def _as_written(event: TrackingEvent) -> str:
    names: Sequence[str] = ("localActivityDate", "localActivityTime", "gmtOffset")
    end = ""
    if not any(name in event.written for name in names[:2]):
        names, end = ("gmtActivityDate", "gmtActivityTime"), "GMT"
    written = [event.written[name] for name in names if name in event.written]
    return " ".join([*written, end] if end and written else written)


def _expected(event: TrackingEvent, kind: Kind) -> datetime | None:
    """When UPS expects to deliver, if its zone is known.

    The scheduled time is the receiver's local time. The only zone in the message is that of the place of the activity,
    and only a vehicle that is out for delivery is surely in the receiver's zone.
    """
    offset = _offset(event)
    if kind != Kind.OUT_FOR_DELIVERY or offset is None or event.scheduled_end is None:
        return None
    return event.scheduled_end.replace(tzinfo=timezone(offset))


def _offset(event: TrackingEvent) -> timedelta | None:
    if event.offset is not None or event.gmt is None or event.local is None:
        return event.offset
    ahead = event.local - event.gmt
    return ahead if abs(ahead) <= timedelta(hours=14) else None


def _location(event: TrackingEvent) -> Location | None:
    place = event.place
    if not any(place.values()):
        return None
    return Location(
        city=place["city"], region=place["stateProvince"], postal_code=place["postalCode"], country=place["country"]
    )


def _key(event: TrackingEvent) -> bytes:
    """Which event it is: UPS gives its events no id.

    The same event comes by Track Alert and by Track, with more or less beside it, so package, time and codes say which
    it is. An update is nothing but what stands beside them, and without a time there is nothing better.
    """
    if (event.local is None and event.gmt is None) or event.status.type == "U":
        return content.digest(_said(event))
    at = event.happened.astimezone(UTC) if event.happened else event.local
    code = _description_code(event.status) or event.status.code
    return content.digest({"number": event.tracking_number, "at": str(at), "type": event.status.type, "code": code})


def _said(event: TrackingEvent) -> dict[str, Any]:
    """What the message says, each value in one spelling."""
    said = {name: given for name, given in event.said.items() if name not in _NOT_CONTENT}
    if event.happened:
        said = {name: given for name, given in said.items() if name not in TIMES}
        said["happened"] = event.happened.isoformat()
    elif event.local:
        said |= {"localActivityDate": f"{event.local:%Y%m%d}", "localActivityTime": f"{event.local:%H%M%S}"}
    if code := _description_code(event.status):
        said["activityStatus"] = {**said["activityStatus"], "descriptionCode": code}
    return said


def _remark(event: TrackingEvent) -> str:
    remarks = (
        ("fields that UPS does not document", event.unknown),
        ("fields that are not as UPS documents them", event.not_valid),
    )
    return "; ".join(f"{words}: {', '.join(places)[:REMARK_CHARACTERS_MAX]}" for words, places in remarks if places)
