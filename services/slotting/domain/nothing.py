"""Why a search finds nothing: what stood in the way of the candidates that came furthest, and what is near."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from services.kernel.visibility import visible
from services.network.refusals import CutoffPassed
from services.slotting.domain import refusals
from services.slotting.domain.offers import DECAYED_TOO_MUCH, SLACK_TOO_SHORT, Market, Offer, OfferWish


class Why(IntEnum):
    """What stood in the way; the numbers are those of doselane.slotting.v1.NothingFound.Reason, and rise with the way
    that a candidate has come."""

    NO_RUN = 1
    CUTOFFS_PASSED = 2
    NO_LANE = 3
    NO_DEPARTURE = 4
    DECAYED = 5
    FILL_VOLUME = 6
    NO_WINDOW = 7
    NO_LICENCE = 8
    FULL = 9
    NOT_AS_WISHED = 10


# How far a candidate has come that was rejected for this reason.
_WHY: Mapping[str, Why] = {
    refusals.RunNotOpen.reason: Why.CUTOFFS_PASSED,
    refusals.RunInProduction.reason: Why.CUTOFFS_PASSED,
    refusals.RunFailed.reason: Why.CUTOFFS_PASSED,
    CutoffPassed.reason: Why.CUTOFFS_PASSED,
    refusals.LaneNotValid.reason: Why.NO_DEPARTURE,
    refusals.DecayedBelowMinimum.reason: Why.DECAYED,
    refusals.FillVolumeOutOfRange.reason: Why.FILL_VOLUME,
    refusals.SiteWindow.reason: Why.NO_WINDOW,
    refusals.SiteLicence.reason: Why.NO_LICENCE,
    refusals.RunFull.reason: Why.FULL,
    refusals.QualityControlFull.reason: Why.FULL,
    refusals.DepartureFull.reason: Why.FULL,
    refusals.WindowFull.reason: Why.FULL,
    SLACK_TOO_SHORT: Why.NOT_AS_WISHED,
    DECAYED_TOO_MUCH: Why.NOT_AS_WISHED,
}

_EXPLANATIONS: Mapping[Why, str] = {
    Why.NO_RUN: "No run of {product} makes doses that could be administered then.",
    Why.CUTOFFS_PASSED: "The runs that make doses for then take no claims any more, or not yet.",
    Why.NO_LANE: "No lane that is in force leads to {site} from where the runs are made.",
    Why.NO_DEPARTURE: "Lanes lead to {site}, but no departure brings a dose of these runs there in time.",
    Why.DECAYED: "No dose of these runs would have the wanted activity then, or be within its shelf life.",
    Why.FILL_VOLUME: "No dose of these runs with the wanted activity would have a volume that {product} allows.",
    Why.NO_WINDOW: "{site} does not receive when doses of these runs would arrive.",
    Why.NO_LICENCE: "No licence of {site} covers such a dose then.",
    Why.FULL: "All that could be in time is full: the runs, quality control, departures or receiving windows.",
    Why.NOT_AS_WISHED: "What could be claimed has less slack, or decays more, than was asked for.",
}


class Nothing(NamedTuple):
    """Why there is no offer, in a word and a sentence, and the nearest offer outside the interval, if one is near."""

    why: Why
    explanation: str
    nearest: Offer | None


def explained(wish: OfferWish, market: Market, rejections: Mapping[str, int], nearest: Offer | None) -> Nothing:
    """What to tell of a search that found nothing. It speaks of runs that the sponsor may know of, and of no other."""
    why = _why(wish, market, rejections)
    return Nothing(why, _EXPLANATIONS[why].format(product=market.product.name, site=market.site.name), nearest)


def nearest_to(wish: OfferWish, offers: list[Offer]) -> Offer | None:
    """Of offers around the interval of a wish the one whose administration is nearest to it; None if there is none."""
    outside = [offer for offer in offers if not wish.from_at <= offer.administration_at < wish.until_at]
    return min(outside, key=lambda offer: _distance(wish, offer.administration_at), default=None)


def _distance(wish: OfferWish, at: datetime) -> timedelta:
    return wish.from_at - at if at < wish.from_at else max(timedelta(0), at - wish.until_at)


def _why(wish: OfferWish, market: Market, rejections: Mapping[str, int]) -> Why:
    viewer, sponsors = None if wish.operator else wish.partner, market.product.partners
    runs = [book.run for book in market.books if visible(viewer, book.audience, sponsors)]
    if not runs:
        return Why.NO_RUN
    furthest = max((_WHY.get(reason, Why.NO_RUN) for reason in rejections), default=Why.NO_RUN)
    reachable = any(lane.class_7 and lane.facility in ("", run.facility) for lane in market.lanes for run in runs)
    return Why.NO_LANE if furthest is Why.NO_DEPARTURE and not reachable else furthest
