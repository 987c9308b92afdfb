"""Where an event was, and in which civil zones that place may lie. Pure."""

import math
import re
from dataclasses import dataclass

from doselane.courier.v1.courier_pb2 import Location

from adapters import zones
from adapters.courier_onerecord.graph import LinkedNode, Said
from adapters.courier_onerecord.words import cargo
from adapters.facts import NAME_CHARACTERS_MAX
from adapters.zones import Zones

_AIRPORT = re.compile(r"[A-Z]{3}")
_LOCODE = re.compile(r"[A-Z]{2} ?[A-Z2-9]{3}")
# The end of an address such as https://vocabulary.uncefact.org/CountryId#DE
_LAST_WORD = re.compile(r"(?:.*[#/:_])?([^#/:_]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class EventPlace:
    """A place in our words."""

    location: Location | None = None
    codes: frozenset[str] = frozenset()  # IATA or UN/LOCODE, in capitals
    zones: Zones = ()
    not_valid: bool = False  # something of it cannot be, such as a latitude of 95

    @property
    def is_airport(self) -> bool:
        """Whether its codes say that it is an airport, or a city that has one."""
        return any(_AIRPORT.fullmatch(code) for code in self.codes)


def event_place(said: Said | None) -> EventPlace:
    """The place that a location is, as far as the body says. A mere link stays a link: names are not read as codes."""
    if said is None:
        return EventPlace()
    node = said.node
    if node is None:
        return EventPlace(Location(place=_name(said.link or said.text)))
    return place_of(node)


def place_of(node: LinkedNode) -> EventPlace:
    """The place that a cargo:Location is."""
    codes = _codes(node)
    address = _inner(node, "address")
    country = _country(address)
    latitude, longitude, not_valid = _position(_inner(node, "geolocation"))
    location = Location(
        place=_name(next(iter(sorted(codes, key=len)), "") or node.id),
        city=node.text(cargo("locationName")) or (address.text(cargo("cityName")) if address else ""),
        region=_last_word(address, "regionCode", "regionName"),
        postal_code=address.text(cargo("textualPostCode"), cargo("postalCode")) if address else "",
        country=country,
    )
    if latitude is not None and longitude is not None:
        location.latitude_degrees, location.longitude_degrees = latitude, longitude
    return EventPlace(location, codes, _zones(codes, country, latitude, longitude), not_valid)


def _codes(node: LinkedNode) -> frozenset[str]:
    found = set()
    for said in node.all(cargo("locationCodes"), cargo("locationCode"), cargo("code")):
        inside = said.node
        text = (inside.text(cargo("code")) if inside else "") or said.text or _word(said.link)
        plain = text.strip().upper()
        if _AIRPORT.fullmatch(plain) or _LOCODE.fullmatch(plain):
            found.add(plain.replace(" ", ""))
    return frozenset(found)


def _position(node: LinkedNode | None) -> tuple[float | None, float | None, bool]:
    """Latitude and longitude in degrees, if there are both and they can be; and whether they were there and cannot."""
    if node is None:
        return None, None, False
    texts = node.text(cargo("latitude")), node.text(cargo("longitude"))
    try:
        latitude, longitude = (float(text) for text in texts)
    except ValueError:
        return None, None, any(texts)
    possible = math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    if not possible or latitude == longitude == 0:  # 0, 0 is what a field holds that was never filled
        return None, None, True
    return latitude, longitude, False


def _zones(codes: frozenset[str], country: str, latitude: float | None, longitude: float | None) -> Zones:
    """By the codes, else by the point, else by the country, where any of them knows."""
    for code in sorted(codes, key=len):
        if found := zones.of_airport(code, country) if len(code) == 3 else zones.of_locode(code):
            return found
    if latitude is not None and longitude is not None and (found := zones.of_coordinates(latitude, longitude)):
        return found
    return zones.of_country(country) if country else ()


def _country(address: LinkedNode | None) -> str:
    word = _last_word(address, "country", "countryCode").upper()
    return word if re.fullmatch("[A-Z]{2}", word) else ""


def _last_word(node: LinkedNode | None, *names: str) -> str:
    """The code that a link ends with, or the text."""
    said = node.first(*map(cargo, names)) if node else None
    if said is None:
        return ""
    inside = said.node
    return (inside.text(cargo("code")) if inside else "") or _word(said.link or said.text)


def _word(text: str) -> str:
    found = _LAST_WORD.fullmatch(text)
    return found[1] if found else ""


def _inner(node: LinkedNode, name: str) -> LinkedNode | None:
    said = node.first(cargo(name))
    return said.node if said else None


def _name(text: str) -> str:
    return text[:NAME_CHARACTERS_MAX]
