"""`shipments[]`, the shape of the unified interface: in answers, and in what most divisions push."""

import re
from collections.abc import Iterator

from adapters.courier_dhl.checkpoint import REASON, Checkpoint, DeliveryForecast, JsonFields, Place, Said, persons
from adapters.courier_dhl.times import read
from adapters.manifest import Refused

OTHER_DIVISION = "SHIPMENT_OF_OTHER_DIVISION"
_IN_STATE = re.compile(r"(.+), ([A-Z]{2}), (?:US|USA)")  # as eCommerce writes places in the United States


def said(body: JsonFields, service: str, asked: str = "") -> Iterator[Said]:
    """All that a body says. `asked` is the number that it answers: then another division's shipment is not ours.

    Numbers are unique within a division only, so what another one calls by this number is something else.
    """
    shipments = list(body.objects("shipments"))
    for shipment in shipments:
        theirs = shipment.text("service").casefold()
        if asked and theirs and theirs != service:
            yield Refused(OTHER_DIVISION, f"It is a shipment of {theirs}, and {service} was asked for.", shipment.at)
            continue
        try:
            yield from _shipment(shipment, theirs or service, asked if len(shipments) == 1 else "")
        except Refused as refusal:
            yield refusal


def _shipment(shipment: JsonFields, service: str, asked: str) -> Iterator[Said]:
    if not shipment.is_object:
        raise Refused(REASON, "A shipment must be an object.", shipment.at)
    number = shipment.text("id")
    if not number:
        raise Refused(REASON, "id is required.", f"{shipment.at}/id")
    details = shipment.below("details")
    pieces = details.texts("pieceIds")
    whole = tuple(dict.fromkeys(filter(None, (number, asked, *pieces))))
    people = persons(
        details.below("receiver"), details.below("sender"), details.below("proofOfDelivery").below("signed")
    )
    returning = shipment.said.get("returnFlag") is True
    events = list(shipment.objects("events"))
    if not events and shipment.said.get("status") is not None:
        events = [shipment.below("status")]
    for event in events:
        try:
            yield _checkpoint(event, number, whole, pieces, service, people, returning)
        except Refused as refusal:
            yield refusal
    yield from _forecast(shipment, number, whole)


def _checkpoint(
    event: JsonFields,
    number: str,
    whole: tuple[str, ...],
    pieces: tuple[str, ...],
    service: str,
    people: frozenset[str],
    returning: bool,
) -> Checkpoint:
    if not event.is_object:
        raise Refused(REASON, "An event must be an object.", event.at)
    written = event.text("timestamp")
    time = event.time(written, "timestamp")
    place = _place(event.below("location"))
    of_pieces = event.texts("pieceIds")
    # Of some pieces only, it says nothing of the shipment; of all of them, it does.
    some = tuple(sorted(of_pieces)) if set(of_pieces) < set(pieces) else ()
    return Checkpoint(
        number=number,
        references=some or tuple(dict.fromkeys((*whole, *of_pieces))),
        pieces=some,
        service=service,
        word=event.text("statusCode"),
        details=tuple(filter(None, (event.text("statusDetailed"), event.text("status")))),
        description=event.text("description", "status", "remark"),
        fixed_words=False,
        time=time,
        written=written,
        place=place,
        zones=place.zones,
        persons=people,
        returning=returning,
        at=event.at,
        not_valid=event.not_valid,
    )


def _place(location: JsonFields) -> Place:
    address = location.below("address")
    country = address.text("countryCode").upper()
    city = address.text("addressLocality")
    in_state = _IN_STATE.fullmatch(city) if country in ("", "US") else None
    return Place(
        city=in_state[1] if in_state else city,
        region=in_state[2] if in_state else "",
        postal_code=address.text("postalCode"),
        country="US" if in_state else country,
    )


def _forecast(shipment: JsonFields, number: str, references: tuple[str, ...]) -> Iterator[DeliveryForecast]:
    """The end of the window, else the time. Midnight stands for a day of which no time is known: then nothing."""
    zones = _place(shipment.below("destination")).zones
    window = shipment.below("estimatedDeliveryTimeFrame")
    for holder, name in ((window, "estimatedThrough"), (shipment, "estimatedTimeOfDelivery")):
        written = holder.text(name)
        time = read(written)
        if time is not None and not time.is_midnight:
            yield DeliveryForecast(number, references, time, written, zones, f"{holder.at}/{name}")
            return
