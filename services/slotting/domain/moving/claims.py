"""Moves that are claims: to a run that takes any, found by the rules of a search."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.kernel.errors import GatewayError
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
from services.slotting.domain.places import check_licence, check_product
from services.slotting.domain.slot import Slot, reference_amount

_NEXT = timedelta(microseconds=1)  # makes the end of an interval inclusive


def claimed(survey: MoveSurvey, slot: Slot, wish: MoveWish) -> list[PossibleMove]:
    """The moves of a slot to what could be claimed for it, at its centre and at the others that may do."""
    found: list[PossibleMove] = []
    for site in (slot.demand.site, *survey.elsewhere.get(slot.name, ())):
        market = survey.market(slot, site)
        if market is not None:
            found += _at_centre(survey, slot, site, market, wish)
    return found


def _at_centre(survey: MoveSurvey, slot: Slot, site: str, market: Market, wish: MoveWish) -> Iterator[PossibleMove]:
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
    market = without(market._replace(books=in_time), slot)
    books = {book.run.name: book for book in in_time}
    seen: set[tuple[str, str, datetime]] = set()
    for offer in _offers(market, slot, wish, from_at, until_at):
        key = (offer.run.name, offer.lane.name, offer.route.departure_at)
        doses = () if key in seen else tuple(_doses(market, books[offer.run.name], slot, offer, wish))
        seen.add(key)
        if doses and not _is_its_own(slot, site, offer):
            yield _as_move(survey, slot, site, market, offer, doses)


def _is_its_own(slot: Slot, site: str, offer: Offer) -> bool:
    """Whether a slot that has lost nothing travels so already."""
    demand, route = slot.demand, offer.route
    way = (offer.run.name, offer.lane.name, site, route.departure_at)
    return not slot.at_risk and way == (demand.run, demand.lane, demand.site, slot.legs.departure_at)


def _offers(market: Market, slot: Slot, wish: MoveWish, from_at: datetime, until_at: datetime) -> Iterator[Offer]:
    """What could be claimed with the most that may be tried, and then with the least: a dose too large for the vials of
    a run, or for what is left of it, may be made by it with less."""
    whole = slot.demand.activity_mbq
    tried = [share * whole for share in (1.0, *wish.fractions) if market.product.allows(share * whole)]
    for activity_mbq in {max(tried), min(tried)} if tried else ():
        asked = OfferWish(slot.demand.partner, False, activity_mbq, from_at, until_at)
        yield from find(asked, market).offers


def _doses(market: Market, book: Book, slot: Slot, offer: Offer, wish: MoveWish) -> Iterator[PossibleDose]:
    """The activities that the slot could have this way, the greatest first."""
    demand, run, at = slot.demand, offer.run, offer.administration_at
    for share in sorted({1.0, *wish.fractions}, reverse=True):
        activity_mbq = share * demand.activity_mbq
        wanted = demand._replace(run=run.name, activity_mbq=activity_mbq, administration_at=at)
        try:
            check_product(market.product, demand.partner, activity_mbq, run, at)
            amount = reference_amount(run, wanted)
            check_licence(market.site, run, activity_mbq, at, offer.route.delivery_at)
            book.share(demand.partner, amount)
        except GatewayError:
            continue
        yield PossibleDose(activity_mbq, amount.kbq, beyond(slot, run.name, amount))


def _as_move(
    survey: MoveSurvey, slot: Slot, site: str, market: Market, offer: Offer, doses: tuple[PossibleDose, ...]
) -> PossibleMove:
    source = survey.runs.get(slot.demand.run)
    leaves_by = [source.cutoff_at] if source is not None and not slot.at_risk else []
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
    )
