"""What is asked of moves, what they are judged on, and what is found."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from services.network import NOTHING, Capacity
from services.slotting.domain.book import Book, Run
from services.slotting.domain.offers import Market
from services.slotting.domain.places import CountedPlace
from services.slotting.domain.slot import Slot
from services.slotting.domain.vial import FilledVial


class MoveWish(NamedTuple):
    """What is asked for: how much later an administration may be, which shares of the activity are tried too, and
    whether slots of one sponsor may exchange places."""

    delay_max: timedelta
    fractions: tuple[float, ...] = ()
    exchange: bool = False


class PossibleDose(NamedTuple):
    """An activity that a moved slot could have, what it would stand for in its run, and what of that it takes anew."""

    activity_mbq: float
    reference_kbq: int
    added: Capacity


class PlaceLeft(NamedTuple):
    """A counted place that a slot would take anew, and how many more doses that takes."""

    name: str
    left: int


class LeftToOthers(NamedTuple):
    """What a slot that moves leaves to others: of its run's allotment and pool, and of counted places."""

    allotment: Capacity = NOTHING
    pool: Capacity = NOTHING
    places: tuple[str, ...] = ()


class PossibleMove(NamedTuple):
    """A move that the ledger would take until before `until_at`; where slots may exchange places, once others have left
    theirs. `frees` is what it leaves to them; `gives_up`: no move, a hold is released."""

    run: str
    lane: str
    site: str
    departure_at: datetime
    delivery_at: datetime
    administration_at: datetime
    doses: tuple[PossibleDose, ...]  # the greatest first
    slack_minutes: int
    decayed_fraction: float
    acceptance_rate: float | None
    until_at: datetime
    places: tuple[PlaceLeft, ...]
    keeps_vial: bool = False
    holds: tuple[str, ...] = ()  # of a claim: all counted places that it has after it
    frees: LeftToOthers = LeftToOthers()
    gives_up: bool = False


class SlotMoves(NamedTuple):
    """Where a slot could move, or why it cannot at all. `replaces`: its dose is gone, so another slot would take its
    place."""

    slot: Slot
    moves: tuple[PossibleMove, ...]
    reason: str = ""
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class MoveSurvey:
    """What some slots are judged on, true of one instant: the runs that they stand on, what was filled for them, and
    what there is of their product for each centre, by sponsor, product and centre. `elsewhere`: by slot the other
    centres that may do."""

    now: datetime
    slots: Sequence[Slot]
    runs: Mapping[str, Run]
    vials: Collection[FilledVial]
    markets: Mapping[tuple[str, str, str], Market]
    elsewhere: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def market(self, slot: Slot, site: str = "") -> Market | None:
        """What there is for a slot at its centre, or at another one."""
        return self.markets.get((slot.demand.partner, slot.product, site or slot.demand.site))


def copied(book: Book) -> Book:
    """A book of its own, in which something can be tried."""
    copy = replace(book)
    copy.restore(book.memo())
    return copy


def beyond(slot: Slot, run: str, amount: Capacity) -> Capacity:
    """What of an amount the slot has not yet of that run."""
    if not slot.in_book or slot.demand.run != run:
        return amount
    return amount.minus(slot.allocation.allotment.plus(slot.allocation.pool)).most(NOTHING)


def anew(slot: Slot, market: Market, places: Iterable[CountedPlace]) -> tuple[PlaceLeft, ...]:
    """The places that the slot would take and has not yet."""
    held = slot.reservations.places if slot.in_book else ()
    return tuple(PlaceLeft(each.name, market.left(each)) for each in places if each.name not in held)
