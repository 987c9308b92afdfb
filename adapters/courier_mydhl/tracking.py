"""The tracking answer of MyDHL API (`supermodelIoLogisticsExpressTrackingResponse` of its OpenAPI, 3.1.1), read. Pure.

The interface requires nothing but the list of events; so only what decides can refuse: the number of a shipment, and a
date or time that is there and cannot be used.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from adapters.json_body import pointer
from adapters.manifest import Refused
from adapters.zones import CivilTime, Zones, civil_time, of_airport, of_country

REASON = "BODY_NOT_MYDHL"

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?")
_OFFSET = re.compile(r"([+-])([01][0-9]):?([0-5][0-9])")
_MOMENT = re.compile(r"([0-9-]{10})T([0-9:.]{5,15})(Z|[+-][0-9:]{5,6})?")
_AREA_COUNTRY = re.compile(r"(.*?)\s*-\s*([A-Z]{2})")
_OFFSET_MAX = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class ServiceArea:
    """An area of DHL Express: a code of three letters, mostly the IATA code of its airport."""

    code: str = ""
    city: str = ""
    country: str = ""  # ISO 3166-1 alpha-2, if it is told

    @property
    def zones(self) -> Zones:
        """Its zones. Without a country the code may be DHL's own, and an airport elsewhere in the world."""
        if not self.country:
            return ()
        return of_airport(self.code, self.country) or of_country(self.country)


@dataclass(frozen=True, slots=True)
class ExpressEvent:
    """A checkpoint of a shipment, or of one of its pieces."""

    references: tuple[str, ...]
    number: str  # of the piece, if it is about one, else of the shipment
    code: str
    description: str
    remarks: tuple[str, ...]
    signed_by: str
    local: datetime | None  # naive: what the clocks of the area showed
    offset: timedelta | None
    written: str
    area: ServiceArea
    at: str  # where in the body
    not_valid: bool

    @property
    def time(self) -> CivilTime:
        """When it happened: by DHL's own offset, else by the clocks of the area."""
        return _civil(self.local, self.offset, self.area.zones)

    @property
    def identity(self) -> tuple[str, str, str]:
        """Which event it is of its shipment; it may come again with another remark."""
        return self.written_local, self.code, self.area.code

    @property
    def written_local(self) -> str:
        """Date and time in one spelling."""
        return self.local.isoformat() if self.local else self.written


@dataclass(frozen=True, slots=True)
class ExpressShipment:
    """What an answer says of one shipment."""

    number: str
    references: tuple[str, ...]
    query_status: str  # of the query, not of the shipment: "Success", or why there is nothing
    events: tuple[ExpressEvent | Refused, ...]
    expected: CivilTime
    at: str

    @property
    def lacks_an_instant(self) -> bool:
        """Whether an event has a time of which only DHL knows what it means."""
        return any(isinstance(each, ExpressEvent) and bool(each.local) and not each.time.at for each in self.events)


def shipments(value: Any) -> Iterator[ExpressShipment | Refused]:
    """The shipments of an answer, each read for itself."""
    listed = value.get("shipments") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise Refused(REASON, "shipments is required, as a list.", "/shipments")
    for index, each in enumerate(listed):
        try:
            yield _shipment(each, ("shipments", index))
        except Refused as refusal:
            yield refusal


def _shipment(said: Any, steps: tuple[object, ...]) -> ExpressShipment:
    if not isinstance(said, dict):
        raise Refused(REASON, "A shipment must be an object.", pointer(*steps))
    number = _text(said, "shipmentTrackingNumber")
    if not number:
        raise Refused(REASON, "shipmentTrackingNumber is required.", pointer(*steps, "shipmentTrackingNumber"))
    pieces = [each for each in _list(said, "pieces", steps) if isinstance(each, dict)]
    # Of one piece the shipment is the piece: both names are good for all that happens to it.
    only_piece = _text(pieces[0], "trackingNumber") if len(pieces) == 1 else ""
    references = tuple(dict.fromkeys(filter(None, (number, only_piece))))
    events = list(_events(said, references, number, steps))
    for index, piece in enumerate(pieces):
        piece_number = _text(piece, "trackingNumber")
        names = references if only_piece else (piece_number,)
        if piece_number:
            of_piece = _events(piece, names, number if only_piece else piece_number, (*steps, "pieces", index))
            events += _new(of_piece, events) if only_piece else of_piece
    return ExpressShipment(number, references, _text(said, "status"), tuple(events), _expected(said), pointer(*steps))


def _new(
    found: Iterator[ExpressEvent | Refused], known: list[ExpressEvent | Refused]
) -> Iterator[ExpressEvent | Refused]:
    """The events that the shipment does not tell itself."""
    told = {each.identity for each in known if isinstance(each, ExpressEvent)}
    return (each for each in list(found) if isinstance(each, Refused) or each.identity not in told)


def _events(
    holder: Mapping[str, Any], references: tuple[str, ...], number: str, steps: tuple[object, ...]
) -> Iterator[ExpressEvent | Refused]:
    for index, each in enumerate(_list(holder, "events", steps)):
        try:
            yield _event(each, references, number, (*steps, "events", index))
        except Refused as refusal:
            yield refusal


def _event(said: Any, references: tuple[str, ...], number: str, steps: tuple[object, ...]) -> ExpressEvent:
    if not isinstance(said, dict):
        raise Refused(REASON, "An event must be an object.", pointer(*steps))
    day, hour, ahead = _text(said, "date"), _text(said, "time"), _text(said, "GMTOffset")
    offset = _offset(ahead)
    written = f"{day}T{hour}" if day and hour else day or hour
    area = _area(said)
    remarks = tuple(_text(each, "value") for each in _list(said, "remarks", steps) if isinstance(each, dict))
    return ExpressEvent(
        references=references,
        number=number,
        code=_text(said, "typeCode"),
        description=_text(said, "description"),
        remarks=tuple(filter(None, remarks)),
        signed_by=_text(said, "signedBy"),
        local=_moment(day, hour, steps),
        offset=offset,
        written=f"{written}{ahead}",
        area=area,
        at=pointer(*steps),
        not_valid=bool(ahead and offset is None) or bool(said.get("serviceArea") and not area.code),
    )


def _moment(day: str, hour: str, steps: tuple[object, ...]) -> datetime | None:
    """Date and time; None if one of them is not told. What is there and cannot be read is refused."""
    for name, text, form in (("date", day, _DATE), ("time", hour, _TIME)):
        if text and not form.fullmatch(text):
            raise Refused(REASON, f"{name} cannot be read: {text!r}.", pointer(*steps, name))
    if not (day and hour):
        return None
    try:
        return datetime.fromisoformat(f"{day}T{hour}")
    except ValueError:
        raise Refused(REASON, f"There is no such time: {day}T{hour}.", pointer(*steps, "date")) from None


def _offset(text: str) -> timedelta | None:
    if text.upper() == "Z":
        return timedelta()
    if not (found := _OFFSET.fullmatch(text)):
        return None
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return None if ahead > _OFFSET_MAX else -ahead if found[1] == "-" else ahead


def _civil(local: datetime | None, offset: timedelta | None, zones: Zones) -> CivilTime:
    if local is None:
        return CivilTime(None, "TIME_MISSING")
    if offset is not None:
        return CivilTime(local.replace(tzinfo=timezone(offset)))
    return civil_time(local, zones)


def _area(holder: Mapping[str, Any], country: str = "") -> ServiceArea:
    """The first service area, whose description is "SYDNEY-AU"."""
    listed = holder.get("serviceArea")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    description = _text(first, "description")
    found = _AREA_COUNTRY.fullmatch(description)
    city = found[1] if found else description
    return ServiceArea(_text(first, "code"), city, found[2] if found else country.upper())


def _expected(shipment: Mapping[str, Any]) -> CivilTime:
    """When DHL expects to deliver: the local time of the receiver's area. A date alone, or its midnight, is no time."""
    receiver = shipment.get("receiverDetails")
    found = _MOMENT.fullmatch(_text(shipment, "estimatedDeliveryDate"))
    if found is None or not isinstance(receiver, dict):
        return CivilTime(None)
    address = receiver.get("postalAddress")
    area = _area(receiver, _text(address, "countryCode") if isinstance(address, dict) else "")
    try:
        local = datetime.fromisoformat(f"{found[1]}T{found[2]}")
    except ValueError:
        return CivilTime(None)
    if local.time() == datetime.min.time():
        return CivilTime(None)
    return _civil(local, _offset(found[3] or ""), area.zones)


def _list(holder: Mapping[str, Any], name: str, steps: tuple[object, ...]) -> list[Any]:
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refused(REASON, f"{name} must be a list.", pointer(*steps, name))
    return value


def _text(holder: Mapping[str, Any], name: str) -> str:
    """A text. A whole number is taken for one: waybills are written either way."""
    value = holder.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
        return str(value)
    return value.strip() if isinstance(value, str) else ""
