"""Places as DHL's divisions write them: with a code of the country, or all in one text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.zones import Zones, country_code, of_country, of_region

# Express writes "LOS ANGELES, CA - USA", "EXAMPLE HUB - Ohio - USA", "DUBLIN - IRELAND, REPUBLIC OF"; what follows the
# last dash between blanks is a country, by a name of DHL's own where the standard has another.
_PARTS = re.compile(r"\s+-\s+")
# "Newark, NJ, US", as eCommerce writes it.
_IN_STATE = re.compile(r"(.+?), *([A-Z]{2}),? *(?:US|USA)", re.IGNORECASE)
_CITY_IN_REGION = re.compile(r"(.+), *([A-Z]{2})")
_COUNTRIES: Mapping[str, str] = {
    "NETHERLANDS, THE": "NL",
    "IRELAND, REPUBLIC OF": "IE",
    "CZECH REPUBLIC, THE": "CZ",
    "KOREA, REPUBLIC OF (SOUTH K.)": "KR",
    "HONG KONG SAR, CHINA": "HK",
    "CHINA, PEOPLES REPUBLIC": "CN",
    "CHINA, PEOPLE'S REPUBLIC": "CN",
    "RUSSIAN FEDERATION, THE": "RU",
}
_WITH_REGIONS = frozenset({"US", "CA"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where, as far as DHL says."""

    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""  # ISO 3166-1 alpha-2, if it is known

    @property
    def zones(self) -> Zones:
        """The zones that it may lie in."""
        return of_region(self.country, self.region) or of_country(self.country)


def place_of(text: str, country: str = "", postal_code: str = "") -> Place:
    """What a text says of a place, beside what else is told of it."""
    if country in ("", "US") and (found := _IN_STATE.fullmatch(text)):
        return Place(found[1], found[2].upper(), postal_code, "US")
    city, *rest = _PARTS.split(text)
    named = _country(rest[-1]) if rest else ""
    if not named or (country and named != country):
        return Place(text, "", postal_code, country)
    return _in_country(city, rest[:-1], named, postal_code)


def _in_country(city: str, between: list[str], country: str, postal_code: str) -> Place:
    if country not in _WITH_REGIONS:
        return Place(" - ".join([city, *between]), "", postal_code, country)
    if between:
        # "VIRGINIA,VA" names the state twice.
        return Place(" - ".join([city, *between[:-1]]), between[-1].rpartition(",")[2].strip(), postal_code, country)
    if found := _CITY_IN_REGION.fullmatch(city):
        return Place(found[1], found[2], postal_code, country)
    return Place(city, "", postal_code, country)


def _country(name: str) -> str:
    plain = " ".join(name.split()).upper()
    return _COUNTRIES.get(plain) or country_code(plain)
