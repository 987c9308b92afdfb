"""SearchOffers: what a caller asks, as the rules take it, and their answer as published."""

import asyncio
from datetime import timedelta

from doselane.slotting.v1 import slotting_pb2

from services.kernel.calendar import EARLIEST
from services.kernel.db import Database
from services.kernel.errors import Denied
from services.kernel.paging import BY_NUMBER, page_of
from services.kernel.rpc import Call
from services.kernel.steps import in_steps
from services.kernel.timestamps import instant, stamp
from services.slotting import store
from services.slotting.domain.offers import FoundOffers, Market, Offer, OfferWish, find
from services.slotting.events.offers import Stamps, offer_message
from services.slotting.usecases import OfferSearch, market_of, nothing_of, wish_of

INTERVAL_UNLESS_ASKED = timedelta(days=14)


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
    market = await market_of(database.pool, asked)
    wish = wish_of(asked, market)
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


async def _nothing(
    database: Database, asked: OfferSearch, wish: OfferWish, market: Market, found: FoundOffers
) -> slotting_pb2.NothingFound:
    """Why nothing was found, as published."""
    nothing, wider, there = await nothing_of(database.pool, asked, wish, market, found)
    near = nothing.nearest
    return slotting_pb2.NothingFound(
        reason=int(nothing.why),  # type: ignore[arg-type]
        explanation=nothing.explanation,
        nearest_offer=near and offer_message(near, None, wider, there),
    )


def asked_of(request: slotting_pb2.SearchOffersRequest, call: Call) -> OfferSearch:
    """The search."""
    from_at = until_at = EARLIEST  # replaced by the present, once the ledger has told it
    if request.HasField("administration_interval"):
        interval, field = request.administration_interval, "administration_interval"
        from_at = instant(interval.start_time, f"{field}.start_time")
        until_at = instant(interval.end_time, f"{field}.end_time")
    caller = call.caller
    if request.partner not in ("", caller.partner) and not caller.operator:
        raise Denied("You can search only for the partner that your token speaks for.", field="partner")
    return OfferSearch(
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


async def _messages(
    found: FoundOffers, begin: int, end: int, wish: OfferWish, market: Market
) -> list[slotting_pb2.Offer]:
    latest, second = found.rescues()
    stamps = Stamps()

    def message(offer: Offer) -> slotting_pb2.Offer:
        # The offer with the latest cut-off is replaced by another, so its own does not count.
        return offer_message(offer, second if offer.run.cutoff_at == latest else latest, wish, market, stamps)

    return await in_steps(message, found.offers[begin:end])
