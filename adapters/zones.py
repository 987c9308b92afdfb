"""The civil time zones of a place that an outside system names, and what a local time there means as an instant.

Unknown stays unknown: no UTC, no "usually this one". A place may lie in one of several zones, by a border or in a large
country; its local time is an instant only where all of them agree. Sources: IATA codes of airports and of cities with
several, and the airfields of a state (`airportsdata`); polygons of the zones (`tzfpy`); and the zones and
names of countries (IANA's zone.tab and iso3166.tab).
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import airportsdata
import tzfpy

# In degrees, at most 2.3 km: the polygons are simplified, so this close to a border both sides may be right.
BORDER_DEGREES = 0.02

# Couriers write the states and provinces of these countries by their postal abbreviations.
_REGIONS: Mapping[str, str] = {
    "US": """AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|DE Delaware
        |DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas
        |KY Kentucky|LA Louisiana|ME Maine|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi
        |MO Missouri|MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York
        |NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|PA Pennsylvania|PR Puerto Rico|RI Rhode Island
        |SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington
        |WV West Virginia|WI Wisconsin|WY Wyoming""",
    "CA": """AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland and Labrador
        |NT Northwest Territories|NS Nova Scotia|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan
        |YT Yukon""",
}

# Names of countries that the table of IANA writes otherwise.
_OTHER_NAMES: Mapping[str, str] = {
    "USA": "US",
    "UNITED STATES OF AMERICA": "US",
    "UK": "GB",
    "UNITED KINGDOM": "GB",
    "GREAT BRITAIN": "GB",
    "SOUTH KOREA": "KR",
    "REPUBLIC OF KOREA": "KR",
    "CZECHIA": "CZ",
    "TURKIYE": "TR",
    "TÜRKIYE": "TR",
    "RUSSIAN FEDERATION": "RU",
    "VIET NAM": "VN",
    "MACAU": "MO",
    "IVORY COAST": "CI",
    "BOSNIA AND HERZEGOVINA": "BA",
    "TRINIDAD AND TOBAGO": "TT",
}

# Warnings of a milestone whose local time is no instant.
ZONE_UNKNOWN = "TIME_ZONE_UNKNOWN"
AMBIGUOUS = "TIME_AMBIGUOUS"  # when clocks go back an hour comes twice
SKIPPED = "TIME_SKIPPED"  # when clocks go forward an hour is left out, so no clock there showed this time

# Names of the zones that a place may lie in; empty if nobody knows.
Zones = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CivilTime:
    """A local time as an instant, or the warning that says why it is none."""

    at: datetime | None
    doubt: str = ""


def civil_time(local: datetime, zones: Zones) -> CivilTime:
    """What a local time without an offset means in a place whose zone is one of these."""
    try:
        meanings = [_instants(local, ZoneInfo(zone)) for zone in zones]
    except (ZoneInfoNotFoundError, OverflowError):
        return CivilTime(None, ZONE_UNKNOWN)
    if not meanings or any(each != meanings[0] for each in meanings):
        return CivilTime(None, ZONE_UNKNOWN)
    if len(meanings[0]) != 1:
        return CivilTime(None, AMBIGUOUS if meanings[0] else SKIPPED)
    (at,) = meanings[0]
    return CivilTime(at)


def offsets(local: datetime, zones: Zones) -> frozenset[timedelta]:
    """How far clocks that show this time may be ahead of UTC in these zones; an offset that is not here is wrong."""
    known = (at for zone in zones for at in _instants(local, ZoneInfo(zone)))
    return frozenset(local - at.replace(tzinfo=None) for at in known)


def of_airport(code: str, country: str = "") -> Zones:
    """By the IATA code of an airport or a city. Couriers' codes of service areas mostly are such codes.

    Not all are: with the country (ISO 3166-1 alpha-2) a courier's own code is not taken for an airport elsewhere.
    """
    lands, zones = _airports().get(code.strip().upper(), ("", ()))
    return zones if not country or country.strip().upper() == lands else ()


def of_locode(code: str) -> Zones:
    """By a UN/LOCODE such as DELEJ: its last letters are the IATA code of a place in that country that has one."""
    plain = "".join(code.split()).upper()
    if len(plain) != 5:
        return ()
    return of_airport(plain[2:], plain[:2]) or of_country(plain[:2])


def of_coordinates(latitude_degrees: float, longitude_degrees: float) -> Zones:
    """By a point on the earth (WGS 84). The ocean has no civil zone; near a border there are several."""
    if not (math.isfinite(latitude_degrees) and math.isfinite(longitude_degrees)):
        return ()
    if abs(latitude_degrees) > 90 or abs(longitude_degrees) > 180:
        return ()
    here = _civil(tzfpy.get_tzs(longitude_degrees, latitude_degrees))
    if not here:
        return ()
    steps = ((0, BORDER_DEGREES), (0, -BORDER_DEGREES), (BORDER_DEGREES, 0), (-BORDER_DEGREES, 0))
    around = {name for east, north in steps for name in _at(longitude_degrees + east, latitude_degrees + north)}
    return tuple(sorted(around.union(here)))


def of_region(country: str, region: str) -> Zones:
    """By a state or province of the United States or Canada, its name or abbreviation: all zones of airfields there.

    Small ones count too, thousands of them, so that a corner of a state with another time is not missed.
    """
    return _regions().get((country.strip().upper(), region.strip().upper()), ())


def of_country(code: str) -> Zones:
    """By a country, ISO 3166-1 alpha-2: all zones that it has. Most have one; of several, all must agree."""
    return _countries().get(code.strip().upper(), ())


def country_code(name: str) -> str:
    """The ISO 3166-1 alpha-2 code of a country by its usual English name, or by that code; empty if it is neither."""
    plain = " ".join(name.split()).upper()
    return _names().get(plain, plain if plain in _countries() else "")


def _instants(local: datetime, zone: ZoneInfo) -> frozenset[datetime]:
    """The instants at which clocks in a zone show this time: one, two, or none."""
    readings = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return frozenset(at for at in readings if at.astimezone(zone).replace(tzinfo=None) == local)


def _at(longitude: float, latitude: float) -> Zones:
    return _civil(tzfpy.get_tzs((longitude + 180) % 360 - 180, max(-90.0, min(90.0, latitude))))


def _civil(names: Iterable[str]) -> Zones:
    """Ships keep the nautical zones, Etc/GMT+2 and the like; no clock on land is set by them."""
    return tuple(name for name in names if not name.startswith("Etc/"))


@cache
def _airports() -> Mapping[str, tuple[str, Zones]]:
    """Country and zones of each IATA code. A code of a city with several airports has the zones of all."""
    found: dict[str, tuple[str, Zones]] = {}
    for code, city in airportsdata.load_iata_macs().items():
        found[code] = (city["country"], tuple(sorted({each["tz"] for each in city["airports"].values()})))
    for code, airport in airportsdata.load("IATA").items():
        found[code] = (airport["country"], (airport["tz"],))
    return found


@cache
def _regions() -> Mapping[tuple[str, str], Zones]:
    by_name: dict[tuple[str, str], set[str]] = {}
    for field in airportsdata.load("ICAO").values():
        by_name.setdefault((field["country"], field["subd"].upper()), set()).add(field["tz"])
    found: dict[tuple[str, str], Zones] = {}
    for country, regions in _REGIONS.items():
        for region in regions.split("|"):
            abbreviation, name = region.split(maxsplit=1)
            zones = tuple(sorted(by_name[country, name.strip().upper()]))
            found[country, abbreviation] = found[country, name.strip().upper()] = zones
    return found


@cache
def _countries() -> Mapping[str, Zones]:
    found: dict[str, Zones] = {}
    for code, _, zone in _table("zone.tab"):
        found[code] = (*found.get(code, ()), zone)
    return found


@cache
def _names() -> Mapping[str, str]:
    return {**{name.upper(): code for code, name in _table("iso3166.tab")}, **_OTHER_NAMES}


def _table(name: str) -> Iterator[list[str]]:
    """The columns of a table of IANA's, without what only some lines have."""
    text = resources.files("tzdata.zoneinfo").joinpath(name).read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")[:3]
