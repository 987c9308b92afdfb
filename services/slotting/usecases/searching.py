"""A search of offers: what it is judged on, as a wish that the rules take, and why nothing is found."""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple

from services.kernel.calendar import LATEST
from services.kernel.errors import Invalid
from services.slotting import store
from services.slotting.domain.nothing import Nothing, explained, nearest_to
from services.slotting.domain.offers import FoundOffers, Market, OfferWish, find
from services.slotting.domain.places import check_activity

NEAR = timedelta(days=14)  # how far from the interval the nearest offer is looked for


class OfferSearch(NamedTuple):
    """A search as it was asked for: without an activity it is the product's own, and the interval may have begun."""

    partner: str
    operator: bool
    product: str
    site: str
    from_at: datetime
    until_at: datetime
    activity_mbq: float | None
    runs: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ()
    slack_minutes_min: int = 0
    decayed_fraction_max: float = 1.0


class SearchedWidely(NamedTuple):
    """Why there is nothing, and the search around the interval that says what is near: its wish and market."""

    nothing: Nothing
    wish: OfferWish
    market: Market


async def market_of(reader: store.Reader, search: OfferSearch) -> Market:
    """All that the search is judged on."""
    interval = (search.from_at, search.until_at)
    return await store.find_market(
        reader, search.partner, search.product, search.site, interval, search.runs, search.lanes
    )


def wish_of(search: OfferSearch, market: Market) -> OfferWish:
    """The search as the rules take it, once it is known what the product is and which instant it is."""
    if search.until_at <= market.now:
        field = "administration_interval.end_time"
        raise Invalid(f"{field} has passed.", field=field, end_time=search.until_at, now=market.now)
    activity_mbq = search.activity_mbq or market.product.activity_mbq_nominal
    check_activity(market.product, activity_mbq)
    return OfferWish(
        partner=search.partner,
        operator=search.operator,
        activity_mbq=activity_mbq,
        from_at=max(search.from_at, market.now),
        until_at=search.until_at,
        slack_minutes_min=search.slack_minutes_min,
        decayed_fraction_max=search.decayed_fraction_max,
    )


async def nothing_of(
    reader: store.Reader, search: OfferSearch, wish: OfferWish, market: Market, found: FoundOffers
) -> SearchedWidely:
    """Why nothing was found, with the nearest offer that a search around the interval finds."""
    from_at, until_at = max(market.now, search.from_at - NEAR), min(LATEST, search.until_at + NEAR)
    around = search._replace(from_at=from_at, until_at=until_at)
    there = await market_of(reader, around)
    wider = wish_of(around, there)
    nothing = await asyncio.to_thread(_explained, wish, market, found, wider, there)
    return SearchedWidely(nothing, wider, there)


def _explained(wish: OfferWish, market: Market, found: FoundOffers, wider: OfferWish, there: Market) -> Nothing:
    return explained(wish, market, found.rejections, nearest_to(wish, find(wider, there).offers))
