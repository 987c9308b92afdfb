"""`packages[]`, the shape of DHL eCommerce Americas: one package with its whole history, and codes of its own.

The vendor's page says only that what it pushes equals the answer of its tracking interface, v4; the names of the fields
are those that its users read there. Times are local, with a label such as ET beside them.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from adapters.courier_dhl.checkpoint import REASON, Checkpoint, DeliveryForecast, JsonFields, Said, persons
from adapters.courier_dhl.places import Place, place_of
from adapters.courier_dhl.times import WrittenTime, read
from adapters.manifest import Refused
from adapters.zones import Zones, offsets

SERVICE = "ecommerce"

_NUMBERS = ("trackingId", "dhlPackageId", "packageId", "deliveryConfirmationNumber")
# "Town, CC"; in the United States it is "Town, ST, US".
_IN_COUNTRY = re.compile(r"(?:([^,]+), *)?([A-Z]{2})", re.IGNORECASE)
# Labels of a zone, with its offset in winter.
_ZONE_OF_LABEL: Mapping[str, tuple[str, int]] = {
    "ET": ("America/New_York", -5),
    "CT": ("America/Chicago", -6),
    "MT": ("America/Denver", -7),
    "PT": ("America/Los_Angeles", -8),
}
# Abbreviations that say winter or summer time. People write EST in summer too, so they hold only if clocks agree.
_HOURS_OF_LABEL: Mapping[str, int] = {
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
_WINTER = datetime(2026, 1, 15)  # noqa: DTZ001 - a day of winter on any clock
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-5][0-9]))?")


def said(body: JsonFields) -> Iterator[Said]:
    """All that a body says."""
    for element in body.objects("packages"):
        try:
            yield from _package(element)
        except Refused as refusal:
            yield refusal


def _package(element: JsonFields) -> Iterator[Said]:
    if not element.is_object:
        raise Refused(REASON, "A package must be an object.", element.at)
    package = element.below("package") if "package" in element.said else element
    numbers = tuple(dict.fromkeys(filter(None, (package.text(name) for name in _NUMBERS))))
    if not numbers:
        raise Refused(REASON, f"one of {', '.join(_NUMBERS)} is required.", package.at)
    people = persons(element.below("recipient"))
    for event in element.objects("events"):
        try:
            yield _checkpoint(event, numbers, people)
        except Refused as refusal:
            yield refusal
    yield from _forecast(package, numbers)


def _checkpoint(event: JsonFields, numbers: tuple[str, ...], people: frozenset[str]) -> Checkpoint:
    if not event.is_object:
        raise Refused(REASON, "An event must be an object.", event.at)
    day, hour, label = event.text("date"), event.text("time"), event.text("timeZone")
    written = f"{day}T{hour}" if day and hour else day or hour
    place = _place(event)
    time = event.time(written, "date")
    if time is not None and time.offset is None:
        time = WrittenTime(time.local, _offset(label, time, place))
    return Checkpoint(
        number=numbers[0],
        references=numbers,
        pieces=(),
        service=SERVICE,
        word="",
        own_word="",
        details=(event.text("primaryEventId"),),
        description=event.text("primaryEventDescription"),
        fixed_words=True,
        time=time,
        written=f"{written} {label}".strip(),
        place=place,
        zones=_zones(label, place),
        persons=people,
        returning=False,
        at=event.at,
        not_valid=event.not_valid,
    )


def _place(event: JsonFields) -> Place:
    text, postal_code, country = event.text("location"), event.text("postalCode"), event.text("country").upper()
    if not country and (found := _IN_COUNTRY.fullmatch(text)):
        return Place(found[1] or "", "", postal_code, found[2].upper())
    return place_of(text, country if len(country) == 2 else "", postal_code)


def _zones(label: str, place: Place) -> Zones:
    """The zone that a label names, if the place can have it; LT and what is no label leave it to the place."""
    label = label.upper()
    if label in ("", "LT"):
        return place.zones
    named, hours = _ZONE_OF_LABEL.get(label, ("", 0))
    if not named or place.country not in ("", "US"):
        return ()
    # Detroit keeps Eastern time under a name of its own, and Phoenix Mountain time without summer.
    own = tuple(zone for zone in place.zones if timedelta(hours=hours) in offsets(_WINTER, (zone,)))
    return own if place.region else (named,)


def _offset(label: str, time: WrittenTime, place: Place) -> timedelta | None:
    """The offset that a label says, if it can be believed."""
    label = label.upper()
    if found := _OFFSET.fullmatch(label):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return None if ahead > timedelta(hours=14) else -ahead if found[1] == "-" else ahead
    if label in ("UTC", "GMT", "Z"):
        return timedelta()
    if label not in _HOURS_OF_LABEL:
        return None
    offset = timedelta(hours=_HOURS_OF_LABEL[label])
    possible = place.zones or tuple(zone for zone, _ in _ZONE_OF_LABEL.values())
    return offset if offset in offsets(time.local, possible) else None


def _forecast(package: JsonFields, numbers: tuple[str, ...]) -> Iterator[DeliveryForecast]:
    """The time of an expected delivery, where it has one with its offset: the zone of the receiver is not told."""
    written = package.text("expectedDelivery")
    time = read(written)
    if time is not None and time.offset is not None and not time.is_midnight:
        yield DeliveryForecast(numbers[0], numbers, time, written, (), f"{package.at}/expectedDelivery")
