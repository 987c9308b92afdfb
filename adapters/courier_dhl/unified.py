"""`shipments[]`, the shape of the unified interface: in answers, and in what most divisions push."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from adapters.courier_dhl.checkpoint import REASON, Checkpoint, DeliveryForecast, JsonFields, Said, persons
from adapters.courier_dhl.places import Place, place_of
from adapters.courier_dhl.times import read
from adapters.manifest import Refused

OTHER_DIVISION = "SHIPMENT_OF_OTHER_DIVISION"
_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class _Head:
    """What holds for all events of a shipment."""

    number: str
    references: tuple[str, ...]
    pieces: frozenset[str]
    service: str
    persons: frozenset[str]
    returning: bool


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
    head = _Head(
        number=number,
        references=tuple(dict.fromkeys(filter(None, (number, asked, *pieces)))),
        pieces=frozenset(pieces),
        service=service,
        persons=persons(
            details.below("receiver"), details.below("sender"), details.below("proofOfDelivery").below("signed")
        ),
        returning=shipment.said.get("returnFlag") is True,
    )
    for event, word in _events(shipment):
        try:
            yield _checkpoint(event, word, head)
        except Refused as refusal:
            yield refusal
    yield from _forecast(shipment, head)


def _events(shipment: JsonFields) -> Iterator[tuple[JsonFields, JsonFields]]:
    """Each event, and where its unified word stands.

    `status` is what the shipment came to. Mostly it is one of the events once more, and on those of Express it may be
    the only one that has a word; where it is none of them, it is an event of its own.
    """
    events, status = list(shipment.objects("events")), shipment.below("status")
    same = next((each for each in events if each.is_object and _is_same(each, status)), _newest_alike(events, status))
    for event in events:
        yield event, status if event is same and not event.text("statusCode") else event
    if same is None and (status.text("statusCode") or (shipment.said.get("status") is not None and not events)):
        yield status, status


def _newest_alike(events: list[JsonFields], status: JsonFields) -> JsonFields | None:
    """The newest event, if `status` says the same and not when: the same word, or the same words where it has none."""
    dated = [(found, each) for each in events if each.is_object and (found := read(each.text("timestamp")))]
    # By instants, if all are known: on a way to the west an earlier event may have the later hour.
    known = all(found.offset is not None for found, _ in dated)
    ahead = [(found.offset or _NONE) if known else _NONE for found, _ in dated]
    since = [found.local - dated[0][0].local - each for (found, _), each in zip(dated, ahead, strict=True)]
    newest = dated[since.index(max(since))][1] if dated else None
    if newest is None or status.text("timestamp"):
        return None
    word, words = newest.text("statusCode"), newest.text("description")
    alike = word == status.text("statusCode") if word else words and words == status.text("description")
    return newest if alike else None


def _is_same(event: JsonFields, status: JsonFields) -> bool:
    """Whether they tell of one moment, in one word or in the same words."""
    word, words = event.text("statusCode"), event.text("description")
    alike = (word and word == status.text("statusCode")) or words == status.text("description")
    return bool(alike) and _is_same_moment(event.text("timestamp"), status.text("timestamp"))


def _is_same_moment(one: str, other: str) -> bool:
    """By the clock, since `status` may have a Z on what the event gives as local time; else by the instant."""
    first, second = read(one), read(other)
    if first is None or second is None:
        return one == other
    if first.local == second.local or first.offset is None or second.offset is None:
        return first.local == second.local
    return first.local - second.local == first.offset - second.offset


def _checkpoint(event: JsonFields, word: JsonFields, head: _Head) -> Checkpoint:
    if not event.is_object:
        raise Refused(REASON, "An event must be an object.", event.at)
    written = event.text("timestamp")
    time = event.time(written, "timestamp")
    place = _place(event.below("location"))
    of_pieces = event.texts("pieceIds")
    # Of some pieces only, it says nothing of the shipment; of all of them, it does.
    some = tuple(sorted(of_pieces)) if set(of_pieces) < head.pieces else ()
    return Checkpoint(
        number=head.number,
        references=some or tuple(dict.fromkeys((*head.references, *of_pieces))),
        pieces=some,
        service=head.service,
        word=word.text("statusCode"),
        own_word=event.text("statusCode"),
        details=tuple(filter(None, (event.text("statusDetailed"), event.text("status")))),
        description=event.text("description", "status", "remark"),
        fixed_words=False,
        time=time,
        written=written,
        place=place,
        zones=place.zones,
        persons=head.persons,
        returning=head.returning,
        at=event.at,
        not_valid=event.not_valid,
    )


def _place(location: JsonFields) -> Place:
    address = location.below("address")
    country = address.text("countryCode").upper()
    return place_of(address.text("addressLocality"), country, address.text("postalCode"))


def _forecast(shipment: JsonFields, head: _Head) -> Iterator[DeliveryForecast]:
    """The end of the window, else the time. Midnight stands for a day of which no time is known: then nothing."""
    zones = _place(shipment.below("destination")).zones
    window = shipment.below("estimatedDeliveryTimeFrame")
    for holder, name in ((window, "estimatedThrough"), (shipment, "estimatedTimeOfDelivery")):
        written = holder.text(name)
        time = read(written)
        if time is not None and not time.is_midnight:
            yield DeliveryForecast(head.number, head.references, time, written, zones, f"{holder.at}/{name}")
            return
