"""SearchOffers: what a caller asks, as the rules take it, and their answer as published."""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple

from doselane.slotting.v1 import slotting_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.interval_pb2 import Interval

from services.kernel.calendar import EARLIEST, LATEST
from services.kernel.db import Database
from services.kernel.errors import Denied, Invalid
from services.kernel.paging import BY_NUMBER, page_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.kernel.timestamps import instant, stamp
from services.slotting import store
from services.slotting.domain.nothing import Nothing, explained, nearest_to
from services.slotting.domain.offers import FoundOffers, Market, Offer, OfferWish, figures, find
from services.slotting.domain.places import UNLIMITED, CountedPlace, check_activity

INTERVAL_UNLESS_ASKED = timedelta(days=14)
NEAR = timedelta(days=14)  # how far from the interval the nearest offer is looked for


class Asked(NamedTuple):
    """A search as it was asked for: without an activity it is the product's own, and the interval may have begun."""

    partner: str
    operator: bool
    product: str
    site: str
    from_at: datetime
    until_at: datetime
    activity_mbq: float | None
    runs: tuple[str, ...]
    lanes: tuple[str, ...]
    slack_minutes_min: int
    decayed_fraction_max: float


async def search(
    database: Database, request: slotting_pb2.SearchOffersRequest, call: Call
) -> slotting_pb2.SearchOffersResponse:
    """The page of offers that was asked for, worked out anew."""
    asked = asked_of(request, call)
    if not request.HasField("administration_interval"):
        now = await store.present(database.pool)
        asked = asked._replace(from_at=now, until_at=now + INTERVAL_UNLESS_ASKED)
    page = await page_of(database, request, call.caller, BY_NUMBER)
    offset = page.after or 0
    market = await _market(database, asked)
    wish = _wish(asked, market)
    found = await asyncio.to_thread(find, wish, market)  # many runs and lanes are much to judge beside other calls
    end = offset + page.size
    return slotting_pb2.SearchOffersResponse(
        offers=await _messages(found, offset, end, wish, market),
        next_page_token=page.token_after(end) if end < len(found.offers) else "",
        read_time=stamp(market.now),
        rejections=[
            slotting_pb2.Rejection(reason=reason, count=count) for reason, count in sorted(found.rejections.items())
        ],
        nothing_found=None if found.offers else await _nothing(database, asked, wish, market, found),
    )


async def _market(database: Database, asked: Asked) -> Market:
    interval = (asked.from_at, asked.until_at)
    return await store.find_market(
        database.pool, asked.partner, asked.product, asked.site, interval, asked.runs, asked.lanes
    )


async def _nothing(
    database: Database, asked: Asked, wish: OfferWish, market: Market, found: FoundOffers
) -> slotting_pb2.NothingFound:
    """Why nothing was found, with the nearest offer that a search around the interval finds."""
    around = asked._replace(from_at=max(market.now, asked.from_at - NEAR), until_at=min(LATEST, asked.until_at + NEAR))
    there = await _market(database, around)
    wider = _wish(around, there)
    nothing = await asyncio.to_thread(_explained, wish, market, found, wider, there)
    near = nothing.nearest
    return slotting_pb2.NothingFound(
        reason=int(nothing.why),  # type: ignore[arg-type]
        explanation=nothing.explanation,
        nearest_offer=near and _message(near, None, wider, there, _Stamps()),
    )


def _explained(wish: OfferWish, market: Market, found: FoundOffers, wider: OfferWish, there: Market) -> Nothing:
    return explained(wish, market, found.rejections, nearest_to(wish, find(wider, there).offers))


def asked_of(request: slotting_pb2.SearchOffersRequest, call: Call) -> Asked:
    """The search."""
    from_at = until_at = EARLIEST  # replaced by the present, once the ledger has told it
    if request.HasField("administration_interval"):
        interval, field = request.administration_interval, "administration_interval"
        from_at = instant(interval.start_time, f"{field}.start_time")
        until_at = instant(interval.end_time, f"{field}.end_time")
    caller = call.caller
    if request.partner not in ("", caller.partner) and not caller.operator:
        raise Denied("You can search only for the partner that your token speaks for.", field="partner")
    return Asked(
        partner=request.partner or caller.partner,
        operator=caller.operator,
        product=request.product,
        site=request.site,
        from_at=from_at,
        until_at=until_at,
        activity_mbq=request.activity_mbq if request.HasField("activity_mbq") else None,
        runs=tuple(request.runs),
        lanes=tuple(request.lanes),
        slack_minutes_min=request.slack_minutes_min,
        decayed_fraction_max=request.decayed_fraction_max if request.HasField("decayed_fraction_max") else 1.0,
    )


def _wish(asked: Asked, market: Market) -> OfferWish:
    """The search as the rules take it, once it is known what the product is and which instant it is."""
    if asked.until_at <= market.now:
        field = "administration_interval.end_time"
        raise Invalid(f"{field} has passed.", field=field, end_time=asked.until_at, now=market.now)
    activity_mbq = asked.activity_mbq or market.product.activity_mbq_nominal
    check_activity(market.product, activity_mbq)
    return OfferWish(
        partner=asked.partner,
        operator=asked.operator,
        activity_mbq=activity_mbq,
        from_at=max(asked.from_at, market.now),
        until_at=asked.until_at,
        slack_minutes_min=asked.slack_minutes_min,
        decayed_fraction_max=asked.decayed_fraction_max,
    )


async def _messages(
    found: FoundOffers, begin: int, end: int, wish: OfferWish, market: Market
) -> list[slotting_pb2.Offer]:
    latest, second = found.rescues()
    stamps = _Stamps()

    def message(offer: Offer) -> slotting_pb2.Offer:
        # The offer with the latest cut-off is replaced by another, so its own does not count.
        return _message(offer, second if offer.run.cutoff_at == latest else latest, wish, market, stamps)

    return await in_steps(message, found.offers[begin:end])


def _message(
    offer: Offer, rescue_at: datetime | None, wish: OfferWish, market: Market, stamps: "_Stamps"
) -> slotting_pb2.Offer:
    """An offer as published."""
    run, lane, route = offer.run, offer.lane, offer.route
    shown = figures(offer, wish.activity_mbq)
    earliest_at = route.departure_at + timedelta(minutes=lane.transit_minutes_min)
    return slotting_pb2.Offer(
        run=run.name,
        lane=lane.name,
        site=market.site.name,
        end_of_synthesis_time=stamps[run.end_of_synthesis_at],
        ready_time=stamps[route.ready_at],
        departure_time=stamps[route.departure_at],
        delivery_interval=Interval(start_time=stamps[earliest_at], end_time=stamps[route.delivery_at]),
        receiving_window=route.window
        and Interval(start_time=stamps[route.window.start_at], end_time=stamps[route.window.end_at]),
        administration_time=stamps[offer.administration_at],
        calibration_activity_mbq=shown.calibration_mbq,
        delivery_activity_mbq=shown.delivery_mbq,
        administration_activity_mbq=wish.activity_mbq,
        reference_activity_kbq=offer.amount.kbq,
        last_claim_time=stamps[run.cutoff_at],
        activity_lost_per_hour_mbq=shown.lost_per_hour_mbq,
        latest_rescue_time=rescue_at and stamps[rescue_at],
        slack_minutes=offer.slack_minutes,
        decayed_fraction=offer.decayed_fraction,
        departure_places_left=_places_left(route.departure, market),
    )


class _Stamps(dict[datetime, Timestamp]):
    """Instants as published, made once: the offers of an answer share most of theirs."""

    def __missing__(self, at: datetime) -> Timestamp:
        made = self[at] = stamp(at)
        return made


def _places_left(place: CountedPlace | None, market: Market) -> int | None:
    return None if place is None or place.size >= UNLIMITED else market.left(place)
