"""Orders that a partner's own system states: which statement counts, and what brings the order's slot in line with it.

The commands are those that a call would give, so an order can do nothing that its partner could not do by call.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum, IntEnum
from hashlib import blake2b
from math import isclose
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from services.slotting.domain import refusals
from services.slotting.domain.commands import Claim, Command, Confirm, Move, Release
from services.slotting.domain.offers import Market, Offer
from services.slotting.domain.slot import Demand, Slot, State

# How many ways are tried. What was offered is seldom gone a moment later, and never many times over.
ROUTES_TRIED_MAX = 5

_ORDERS = UUID("372b4fc2-750f-523b-80f8-16740342f80f")  # of the requests that follow from statements
# Which of the slots under an order's reference is the order's, if it remembers none of them.
_FIRST = {State.CONFIRMED: 0, State.HELD: 1, State.FULFILLED: 2}


class OrderOutcome(IntEnum):
    """What came of a statement; the numbers are those of the published enum."""

    PROMISED = 1
    MOVED = 2
    KEPT = 3
    GIVEN_BACK = 4
    REFUSED = 5


class OrderStatement(NamedTuple):
    """What is said of an order at one instant. Checked for shape before it gets here.

    A withdrawal need say nothing but that. The dose is administered in [from_at, until_at), `activity_mbq` None: with
    the product's own.
    """

    partner: str
    order_reference: str
    wanted: bool
    product: str
    site: str
    from_at: datetime
    until_at: datetime
    activity_mbq: float | None
    patient_reference: str


class KnownOrder(NamedTuple):
    """What is known of an order: which statement counts, as it came, the slot that was last promised for it, and up to
    which of its versions the partner was told. `stated_type` and `stated` empty: nobody kept the statement."""

    id: UUID
    version: int
    stated_at: datetime | None
    digest: bytes
    slot_id: UUID | None
    stated_type: str = ""
    stated: bytes = b""
    slot_version: int = 0


class OrderAuthor(NamedTuple):
    """Whose commands they are, and how a repetition is known: by the order, its version and what was stated."""

    partner: str
    actor: str
    reason: str
    order_reference: str
    version: int
    digest: bytes

    def signature(self, command: type[Command]) -> dict[str, Any]:
        """What each command carries. It asks with the partner's own eyes, as its program would."""
        name = "\n".join((self.partner, self.order_reference, str(self.version), self.digest.hex(), command.__name__))
        return {
            "partner": self.partner,
            "actor": self.actor,
            "reason": self.reason,
            "operator": False,
            "request_id": uuid5(_ORDERS, name),
            "body_hash": blake2b(name.encode(), digest_size=16).digest(),
        }


class OrderStep(Enum):
    """What brings the slot in line with the order."""

    LEAVE = "leave"  # nothing is promised, and nothing is wanted
    RELEASE = "release"
    KEEP = "keep"
    CONFIRM = "confirm"
    CLAIM = "claim"
    MOVE = "move"


class OrderRoute(NamedTuple):
    """A way to meet an order. Without a departure it is the first that has room; lane None: the slot's."""

    run: str
    lane: str | None
    departure_at: datetime | None
    activity_mbq: float
    administration_at: datetime


def counts(known: KnownOrder, stated_at: datetime, digest: bytes) -> bool:
    """Whether a statement is to be decided: an older one is not, nor a repetition of the one that counts.

    Of two with the same instant that say different things the one that comes later counts: a system that changes an
    order twice within its clock's tick tells the two in their order.
    """
    if known.stated_at is None or stated_at > known.stated_at:
        return True
    return stated_at == known.stated_at and digest != known.digest


def is_news(known: KnownOrder, slot_id: UUID, version: int) -> bool:
    """Whether what became of a slot is news to whose order it is: it is the order's, whose statement is known, and
    nobody has told of it in this version. What the order itself brought about was told with its decision."""
    return bool(known.stated) and known.slot_id == slot_id and version > known.slot_version


def slot_of(known: KnownOrder, slots: Iterable[Slot]) -> Slot | None:
    """The order's slot among those under its reference: the one that it remembers, or else one that was claimed by
    call, a promise before a hold and the newest first. What was given back, ran out or was lost is none."""
    standing = [slot for slot in slots if slot.state in _FIRST]
    standing.sort(key=lambda slot: slot.id, reverse=True)
    standing.sort(key=lambda slot: (slot.id != known.slot_id, _FIRST[slot.state]))
    return standing[0] if standing else None


def withdrawn(slot: Slot | None) -> OrderStep:
    """What a withdrawal asks for."""
    return OrderStep.LEAVE if slot is None else OrderStep.RELEASE


def wanted(order: OrderStatement, slot: Slot | None, activity_mbq: float, now: datetime) -> OrderStep:
    """What an order for a dose of this activity asks for. Refuses what no move can do."""
    if slot is None:
        return OrderStep.CLAIM
    if slot.product != order.product:
        raise refusals.ProductDiffers(
            "The order's slot was promised of another product; withdraw the order first.",
            slot=slot.name,
            product=slot.product,
        )
    if order.patient_reference and slot.demand.patient_reference != order.patient_reference:
        raise refusals.PatientDiffers(
            "The order's slot was promised for another patient reference; withdraw the order first.", slot=slot.name
        )
    if _fits(order, slot, activity_mbq):
        return OrderStep.CONFIRM if slot.state is State.HELD else OrderStep.KEEP
    slot.require_open(now)
    return OrderStep.MOVE


def _fits(order: OrderStatement, slot: Slot, activity_mbq: float) -> bool:
    stands = slot.state is State.FULFILLED or not slot.at_risk
    has = slot.demand
    return (
        stands
        and has.site == order.site
        and isclose(has.activity_mbq, activity_mbq, rel_tol=1e-9)
        and order.from_at <= has.administration_at < order.until_at
    )


def without(market: Market, slot: Slot) -> Market:
    """The market as it is for the slot itself: a move frees what the slot has before it takes anything."""
    if not slot.in_book:
        return market
    for book in market.books:
        if book.run.name == slot.demand.run:
            book.give_back(slot.demand.partner, slot.allocation, market.now)
    freed = {place: market.taken[place] - 1 for place in slot.reservations.places if place in market.taken}
    return market._replace(taken={**market.taken, **freed})


def routes(
    order: OrderStatement, slot: Slot | None, activity_mbq: float, offers: Sequence[Offer], now: datetime
) -> list[OrderRoute]:
    """The ways to meet an order, best first: a slot stays on its run if it can; then the administration that is nearest
    to the wish, and of those the order of a search (robust, then thrifty)."""
    best = sorted(offers, key=lambda offer: offer.administration_at)
    found = [
        OrderRoute(each.run.name, each.lane.name, each.route.departure_at, activity_mbq, each.administration_at)
        for each in best
    ]
    stay = _stay(order, slot, activity_mbq, now) if slot is not None else None
    return [stay, *found] if stay is not None else found


def _stay(order: OrderStatement, slot: Slot, activity_mbq: float, now: datetime) -> OrderRoute | None:
    """On the slot's own run and lane: at its own time if that is in the interval, else as soon as it may be."""
    if slot.demand.site != order.site:
        return None
    at = slot.demand.administration_at
    if not order.from_at <= at < order.until_at:
        at = max(order.from_at, now, slot.reservations.delivery_at or order.from_at)
    return OrderRoute(slot.demand.run, None, None, activity_mbq, at) if at < order.until_at else None


def claim(order: OrderStatement, route: OrderRoute, by: OrderAuthor, slot_id: UUID) -> list[Command]:
    """The commands that promise the order a dose this way."""
    demand = Demand(
        partner=order.partner,
        run=route.run,
        site=order.site,
        lane=route.lane or "",
        activity_mbq=route.activity_mbq,
        administration_at=route.administration_at,
        order_reference=order.order_reference,
        patient_reference=order.patient_reference,
        departure_at=route.departure_at,
    )
    return [Claim(**by.signature(Claim), slot_id=slot_id, demand=demand)]


def move(order: OrderStatement, route: OrderRoute, by: OrderAuthor, slot: Slot, replacement_id: UUID) -> list[Command]:
    """The commands that move the order's slot this way; what was held only is promised by it. `replacement_id`: of the
    slot that takes its place, if its dose is gone."""
    moved = Move(
        **by.signature(Move),
        slot_id=slot.id,
        etag=slot.etag,
        run=route.run,
        lane=route.lane,
        administration=(route.activity_mbq, route.administration_at),
        site=order.site,
        departure_at=route.departure_at,
        replacement_id=replacement_id,
    )
    return [moved, replace(confirm(by, slot), etag="")] if slot.state is State.HELD else [moved]


def confirm(by: OrderAuthor, slot: Slot) -> Confirm:
    """The command that promises what is held."""
    return Confirm(**by.signature(Confirm), slot_id=slot.id, etag=slot.etag)


def release(by: OrderAuthor, slot: Slot) -> Release:
    """The command that gives the slot back."""
    return Release(**by.signature(Release), slot_id=slot.id, etag=slot.etag)
