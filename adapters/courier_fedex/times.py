"""Times as FedEx writes them: with an offset, or by the clock of the place, or only a day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from adapters import zones

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(?:([Zz])|([+-]\d\d):?(\d\d))?", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# What programs write where they know no time.
_PLACEHOLDERS = (datetime(1, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC))

MISSING = "TIME_MISSING"


@dataclass(frozen=True, slots=True)
class Told:
    """A time as it was told: the instant, or the warning that says why there is none."""

    at: datetime | None
    doubt: str
    written: str
    is_midnight: bool = False  # where FedEx knows the day alone, it writes 00:00:00 behind it


def told(given: Any, place: Mapping[str, str]) -> Told:
    """The time in a field of FedEx's, at a place. ValueError if it is none."""
    written = given.strip() if isinstance(given, str) else ""
    if given not in (None, "") and not isinstance(given, str):
        raise ValueError("must be a text")
    if not written:
        return Told(None, MISSING, "")
    if _DAY.fullmatch(written):
        datetime.fromisoformat(written)
        return Told(None, MISSING, written)
    found = _TIME.fullmatch(written)
    if found is None:
        raise ValueError("is no time such as 2026-12-01T08:30:00-06:00")
    fraction = f".{found[3][:6]:0<6}" if found[3] else ""
    local = datetime.fromisoformat(f"{found[1]}T{found[2]}{fraction}")
    midnight = local.time() == time()
    offset = "+00:00" if found[4] else f"{found[5]}:{found[6]}" if found[5] else ""
    if not offset:
        civil = zones.civil_time(local, zones_of(place))
        return Told(civil.at, civil.doubt, written, midnight)
    try:
        at = datetime.fromisoformat(local.isoformat() + offset).astimezone(UTC)
    except OverflowError:
        raise ValueError("lies beyond the calendar") from None
    return Told(None, MISSING, written) if at in _PLACEHOLDERS else Told(at, "", written, midnight)


def zones_of(place: Mapping[str, str]) -> zones.Zones:
    """The zones that a place may lie in: of an airport if FedEx says that it is one; else of the state or country."""
    country, code = place.get("countryCode", ""), place.get("locationId", "")
    if not country:
        return ()
    at_airport = "AIRPORT" in place.get("locationType", "") and len(code) == 3
    airport = zones.of_airport(code, country) if at_airport else ()
    return airport or zones.of_region(country, place.get("stateOrProvinceCode", "")) or zones.of_country(country)
