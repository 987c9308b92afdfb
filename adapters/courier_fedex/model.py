"""The answer of Track (track.openapi.json), which is also what Advanced Integrated Visibility pushes.

Blank means absent, as everywhere at FedEx. Only what says whose scan it is can refuse a body: whatever else is missing
or of another type is taken for absent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.json_body import pointer
from adapters.manifest import Refused

REASON = "BODY_NOT_TRACK"
_ADDRESS = ("city", "stateOrProvinceCode", "postalCode", "countryCode")


@dataclass(frozen=True, slots=True)
class ScanEvent:
    """One scan of a package, or its latest status, with what FedEx says beside it."""

    code: str
    derived: str
    words: str
    date: Any  # as it came; `times.told` reads it
    exception_code: str = ""
    location: Mapping[str, str] = field(default_factory=dict)
    place: str = ""  # JSON pointer of the date


@dataclass(frozen=True, slots=True)
class TrackResult:
    """What FedEx tells of one shipment that has, or had, a number."""

    number: str
    place: str  # JSON pointer
    error: tuple[str, str]  # code and message; blank if there is none
    scans: tuple[ScanEvent | Refused, ...]
    status: ScanEvent | None
    estimates: tuple[Any, ...]  # when FedEx expects to deliver, as it came; the one that says most in front
    destination: Mapping[str, str]
    person: str  # who took it; for no eyes but those of the raw body


@dataclass(frozen=True, slots=True)
class Tracked:
    """All that FedEx tells of one number."""

    number: str
    place: str  # JSON pointer
    results: tuple[TrackResult, ...]


def tracked(value: Any) -> Iterator[Tracked | Refused]:
    """The numbers in a body; one that cannot be read keeps back none of the others. Raises Refused if none can be."""
    output = value.get("output") if isinstance(value, dict) else None
    if not isinstance(output, dict):
        raise Refused(REASON, "output is required.", "/output")
    complete = output.get("completeTrackResults")
    if not isinstance(complete, list):
        raise Refused(REASON, "completeTrackResults must be a list.", "/output/completeTrackResults")
    for index, each in enumerate(complete):
        try:
            yield _tracked(each, "output", "completeTrackResults", index)
        except Refused as refused:
            yield refused


def alerts(value: Any) -> Iterator[str]:
    """What FedEx warns of beside all numbers; its schema says a list of objects, and its example there is a text."""
    given = _object(_object(value).get("output")).get("alerts")
    if isinstance(given, str) and given.strip():
        yield given.strip()
    for each in _objects(given):
        if words := " ".join(filter(None, (_text(each, "code"), _text(each, "message")))):
            yield words


def _tracked(each: Any, *steps: str | int) -> Tracked:
    if not isinstance(each, dict):
        raise Refused(REASON, "must be an object.", pointer(*steps))
    given = each.get("trackResults")
    if not isinstance(given, list | None):
        raise Refused(REASON, "trackResults must be a list.", pointer(*steps, "trackResults"))
    number = _number(each, given or [], steps)
    results = [_result(number, result, (*steps, "trackResults", index)) for index, result in enumerate(given or [])]
    return Tracked(number, pointer(*steps), tuple(results))


def _number(each: Mapping[str, Any], results: list[Any], steps: tuple[str | int, ...]) -> str:
    """The tracking number, which stands above the results and again in each."""
    found = _plain(each.get("trackingNumber"))
    for result in results if not found else ():
        found = found or _plain(_object(_object(result).get("trackingNumberInfo")).get("trackingNumber"))
    if not found:
        raise Refused(REASON, "trackingNumber is required.", pointer(*steps, "trackingNumber"))
    return found


def _result(number: str, given: Any, steps: tuple[str | int, ...]) -> TrackResult:
    if not isinstance(given, dict):
        raise Refused(REASON, "must be an object.", pointer(*steps))
    events = given.get("scanEvents")
    if not isinstance(events, list | None):
        raise Refused(REASON, "scanEvents must be a list.", pointer(*steps, "scanEvents"))
    error, details = _object(given.get("error")), _object(given.get("deliveryDetails"))
    return TrackResult(
        number=number,
        place=pointer(*steps),
        error=(_text(error, "code"), _text(error, "message")),
        scans=tuple(_scan(each, (*steps, "scanEvents", index)) for index, each in enumerate(events or [])),
        status=_status(given, steps),
        estimates=_estimates(given),
        destination=_destination(given),
        person=_text(details, "receivedByName") or _text(details, "signedByName"),
    )


def _scan(given: Any, steps: tuple[str | int, ...]) -> ScanEvent | Refused:
    if not isinstance(given, dict):
        return Refused(REASON, "must be an object.", pointer(*steps))
    words = filter(None, (_text(given, "eventDescription"), _text(given, "exceptionDescription")))
    return ScanEvent(
        code=_text(given, "eventType") or _text(given, "derivedStatusCode"),
        derived=_text(given, "derivedStatusCode"),
        words=": ".join(words) or _text(given, "derivedStatus"),
        date=given.get("date"),
        exception_code=_text(given, "exceptionCode"),
        location=_location(given),
        place=pointer(*steps, "date"),
    )


def _status(given: Mapping[str, Any], steps: tuple[str | int, ...]) -> ScanEvent | None:
    """The latest status, whose time stands elsewhere and only for what was delivered or picked up."""
    said = _object(given.get("latestStatusDetail"))
    code = _text(said, "code") or _text(said, "derivedCode")
    if not code:
        return None
    dates = {"DL": "ACTUAL_DELIVERY", "PU": "ACTUAL_PICKUP"}
    return ScanEvent(
        code=code,
        derived=_text(said, "derivedCode"),
        words=_text(said, "description") or _text(said, "statusByLocale"),
        date=_date_of(given, dates.get(code.upper(), "")),
        location=_location(said),
        place=pointer(*steps, "dateAndTimes"),
    )


def _date_of(given: Mapping[str, Any], kind: str) -> Any:
    found = (each.get("dateTime") for each in _objects(given.get("dateAndTimes")) if each.get("type") == kind)
    return next(found, None)


def _estimates(given: Mapping[str, Any]) -> tuple[Any, ...]:
    window = _object(_object(given.get("estimatedDeliveryTimeWindow")).get("window"))
    return _text(window, "ends"), _date_of(given, "ESTIMATED_DELIVERY")


def _destination(given: Mapping[str, Any]) -> dict[str, str]:
    below = _object(_object(given.get("destinationLocation")).get("locationContactAndAddress")).get("address")
    for address in (given.get("lastUpdatedDestinationAddress"), below):
        if found := _address(_object(address)):
            return found
    return {}


def _location(given: Mapping[str, Any]) -> dict[str, str]:
    found = _address(_object(given.get("scanLocation")))
    return found | {name: _text(given, name) for name in ("locationId", "locationType") if _text(given, name)}


def _address(given: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(given, name) for name in _ADDRESS if _text(given, name)}


def _plain(number: Any) -> str:
    """A tracking number without the groups in which it is printed."""
    return "".join(number.split()) if isinstance(number, str) else ""


def _text(given: Mapping[str, Any], name: str) -> str:
    found = given.get(name)
    return found.strip() if isinstance(found, str) else ""


def _object(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else {}


def _objects(given: Any) -> list[Mapping[str, Any]]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
