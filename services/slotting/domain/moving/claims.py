"""Moves that are claims: to a run that takes any, found by the rules of a search."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from services.kernel.errors import GatewayError
from services.network import is_licensed
from services.slotting.domain import refusals
from services.slotting.domain.book import Book
from services.slotting.domain.moving.own_run import stands_on
from services.slotting.domain.moving.values import (
    MoveSurvey,
    MoveWish,
    PossibleDose,
    PossibleMove,
    anew,
    beyond,
    copied,
)
from services.slotting.domain.offers import Market, Offer, OfferWish, find
from services.slotting.domain.ordering import without
from services.slotting.domain.places import check_product
from services.slotting.domain.slot import Slot, reference_amount

_NEXT = timedelta(microseconds=1)  # makes the end of an interval inclusive
# What speaks against a dose may not speak against one with less activity.
_LESS_MAY_DO = frozenset(
    each.reason
    for each in (
        refusals.RunFull,
        refusals.DecayedBelowMinimum,
        refusals.SiteLicence,
        refusals.FillVolumeOutOfRange,
    )
)


def claimed(survey: MoveSurvey, slot: Slot, wish: MoveWish, leaving: Sequence[Slot] = ()) -> list[PossibleMove]:
    """The moves of a slot to what could be claimed for it, at its centre and at the others that may do, once the slots
    that are `leaving` have left their places."""
    found: list[PossibleMove] = []
    for site in (slot.demand.site, *survey.elsewhere.get(slot.name, ())):
        market = survey.market(slot, site)
        if market is not None:
            found += _at_centre(survey, slot, site, market, wish, leaving)
    return found


def _at_centre(
    survey: MoveSurvey, slot: Slot, site: str, market: Market, wish: MoveWish, leaving: Sequence[Slot]
) -> Iterator[PossibleMove]:
    until_at = slot.demand.administration_at + wish.delay_max + _NEXT
    from_at = max(slot.demand.administration_at, survey.now)
    own = stands_on(survey, slot)
    shut = own.run.name if own is not None and own.claims_nothing(survey.now) else ""
    in_time = [
        copied(book)
        for book in market.books
        if book.run.end_of_synthesis_at < until_at and book.run.use_by_at >= from_at and book.run.name != shut
    ]
    if until_at <= from_at or not in_time:
        return
    there, market = market, without(market._replace(books=in_time), slot)
    for other in leaving:
        market = without(market, other)
    possible = _Doses(market, slot, wish)
    seen: set[tuple[str, str, datetime]] = set()
    for offer in _offers(market, slot, possible.tried, from_at, until_at):
        key = (offer.run.name, offer.lane.name, offer.route.departure_at)
        doses = () if key in seen else possible.of(offer)
        seen.add(key)
        if doses and not _is_its_own(slot, site, offer):
            yield _as_move(survey, slot, site, there, offer, doses)


def _is_its_own(slot: Slot, site: str, offer: Offer) -> bool:
    """Whether a slot that has lost nothing travels so already."""
    demand, route = slot.demand, offer.route
    way = (offer.run.name, offer.lane.name, site, route.departure_at)
    return slot.stands and way == (demand.run, demand.lane, demand.site, slot.reservations.departure_at)


def _offers(
    market: Market, slot: Slot, tried: Sequence[float], from_at: datetime, until_at: datetime
) -> Iterator[Offer]:
    """What could be claimed with the most that may be tried, and where less might do, with the least."""
    if not tried:
        return
    asked = OfferWish(slot.demand.partner, False, tried[0], from_at, until_at)
    found = find(asked, market)
    yield from found.offers
    if tried[-1] != tried[0] and not _LESS_MAY_DO.isdisjoint(found.rejections):
        yield from find(asked._replace(activity_mbq=tried[-1]), market).offers


class _Doses:
    """The activities that a slot could have on some runs. Most ways of a run share the instant of administration."""

    def __init__(self, market: Market, slot: Slot, wish: MoveWish) -> None:
        self._market, self._slot = market, slot
        shares = sorted({1.0, *wish.fractions}, reverse=True)
        whole = slot.demand.activity_mbq
        self.tried = [share * whole for share in shares if market.product.allows(share * whole)]
        self._books = {book.run.name: book for book in market.books}
        self._known: dict[tuple[str, datetime], tuple[PossibleDose, ...]] = {}

    def of(self, offer: Offer) -> tuple[PossibleDose, ...]:
        """Those that are possible this way, the greatest first."""
        run, at = offer.run, offer.administration_at
        key = (run.name, at)
        if key not in self._known:
            self._known[key] = tuple(self._fitting(self._books[run.name], at))
        delivery_at, site = offer.route.delivery_at, self._market.site
        return tuple(
            dose for dose in self._known[key] if is_licensed(site, run.nuclide, dose.activity_mbq, at, delivery_at)
        )

    def _fitting(self, book: Book, at: datetime) -> Iterator[PossibleDose]:
        demand, run = self._slot.demand, book.run
        for activity_mbq in self.tried:
            wanted = demand._replace(run=run.name, activity_mbq=activity_mbq, administration_at=at)
            try:
                check_product(self._market.product, demand.partner, activity_mbq, run, at)
                amount = reference_amount(run, wanted)
                book.share(demand.partner, amount)
            except GatewayError:
                continue
            yield PossibleDose(activity_mbq, amount.kbq, beyond(self._slot, run.name, amount))


def _as_move(
    survey: MoveSurvey, slot: Slot, site: str, market: Market, offer: Offer, doses: tuple[PossibleDose, ...]
) -> PossibleMove:
    source = survey.runs.get(slot.demand.run)
    leaves_by = [source.cutoff_at] if source is not None and slot.stands else []
    return PossibleMove(
        run=offer.run.name,
        lane=offer.lane.name,
        site=site,
        departure_at=offer.route.departure_at,
        delivery_at=offer.route.delivery_at,
        administration_at=offer.administration_at,
        doses=doses,
        slack_minutes=offer.slack_minutes,
        decayed_fraction=offer.decayed_fraction,
        acceptance_rate=offer.acceptance_rate,
        until_at=min([offer.run.cutoff_at, *leaves_by]),
        places=anew(slot, market, offer.route.places),
        holds=tuple(place.name for place in offer.route.places),
    )
