"""Times as couriers write them: with an offset, or by a clock on the wall in a zone that is named, or in a place."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

from adapters import zones

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def civil_of(text: str, where: zones.Zones) -> zones.CivilTime:
    """The instant of a text, or the warning that says why there is none. ValueError if the text is no time.

    What lies below the microsecond is cut.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("is no time such as 2026-12-01T08:30:00+01:00")
    written = f"{found[1]}T{found[2]}{f'.{found[3][:6]:0<6}' if found[3] else ''}"
    if not found[4]:
        return zones.civil_time(datetime.fromisoformat(written), where)
    try:
        return zones.CivilTime(datetime.fromisoformat(written + found[4].upper()).astimezone(UTC))
    except OverflowError:
        raise ValueError("lies beyond the calendar") from None


def zones_of(said: Mapping[str, Any], usual: str) -> zones.Zones:
    """The zones in which the clocks of a milestone may go: as it says, else by its place, else as the account says.

    ValueError if it names a zone that nobody knows.
    """
    if named := said.get("zone"):
        if named not in available_timezones():
            raise ValueError("is no time zone such as Europe/Zurich")
        return (named,)
    found = next(filter(None, _of_place(said.get("location", {}))), ())
    return found or ((usual,) if usual else ())


def _of_place(place: Mapping[str, Any]) -> Iterable[zones.Zones]:
    country = place.get("country", "")
    if "airport" in place:
        yield zones.of_airport(place["airport"], country)
    if "locode" in place:
        yield zones.of_locode(place["locode"])
    if "latitude" in place:
        yield zones.of_coordinates(place["latitude"], place["longitude"])
    if country:
        yield zones.of_region(country, place.get("region", ""))
        yield zones.of_country(country)
