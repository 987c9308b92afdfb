"""Offers: every way in which a claim would be taken at this instant, and why the other ways would not.

A candidate is a run, a lane and a departure. It is judged by the same functions as a claim, so that the two agree.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import nlargest
from itertools import groupby
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import NamedTuple

from services.kernel.activity import Nuclide, activity_at
from services.kernel.calendar import Span
from services.kernel.errors import GatewayError
from services.kernel.visibility import visible
from services.network import (
    Capacity,
    Facility,
    Lane,
    Passage,
    Product,
    Receiving,
    Site,
    filling_of,
    leads,
    releases,
    sessions_between,
)
from services.network.lane_figures import AcceptanceRates, departure_time, in_hundredths
from services.slotting.domain import refusals
from services.slotting.domain.book import Book, Run
from services.slotting.domain.places import (
    CountedPlace,
    check_licence,
    check_product,
    last_use_at,
)
from services.slotting.domain.routing import CountedPassage, Ready, journeys, ready_of
from services.slotting.domain.slot import Demand, reference_amount, require_claimable

# Reasons that no claim has: the way is open, but not as good as was asked for.
SLACK_TOO_SHORT = "SLACK_TOO_SHORT"
DECAYED_TOO_MUCH = "DECAYED_TOO_MUCH"

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_departure_at = attrgetter("passage.departure_at")


class OfferWish(NamedTuple):
    """What is asked for. The dose is administered in [from_at, until_at)."""

    partner: str
    operator: bool
    activity_mbq: float
    from_at: datetime
    until_at: datetime
    slack_minutes_min: int = 0
    decayed_fraction_max: float = 1.0


class Market(NamedTuple):
    """All that could meet a wish, as it was at one instant, with what the clock has decided done in it.

    `taken` counts the doses in each place that has any.
    """

    now: datetime
    product: Product
    site: Site
    lanes: Sequence[Lane]
    facilities: Mapping[str, Facility]
    books: Sequence[Book]
    taken: Mapping[str, int]
    acceptances: Mapping[str, AcceptanceRates] = MappingProxyType({})  # by lane

    def left(self, place: CountedPlace) -> int:
        """How many doses the place can still take."""
        return place.size - self.taken.get(place.name, 0)


class DoseRoute(NamedTuple):
    """The way of a dose: when it is ready, leaves and is delivered (at the promised percentile), and its places."""

    ready_at: datetime  # released by quality control and packed
    departure_at: datetime
    delivery_at: datetime
    window: Span | None
    qc: CountedPlace | None
    departure: CountedPlace | None
    receiving: CountedPlace | None

    @property
    def places(self) -> tuple[CountedPlace, ...]:
        """The places that must be free."""
        return tuple(place for place in (self.qc, self.departure, self.receiving) if place is not None)


class Offer(NamedTuple):
    """A way that a claim would take, and how good it is."""

    run: Run
    lane: Lane
    route: DoseRoute
    administration_at: datetime
    amount: Capacity
    slack_minutes: int
    decayed_fraction: float
    acceptance_rate: float | None  # of its departure, in hundredths; None: nothing is measured

    @property
    def robustness_minutes(self) -> int:
        """The slack that can be counted on: a dose that is not carried has none."""
        return self.slack_minutes if self.acceptance_rate is None else int(self.slack_minutes * self.acceptance_rate)


class Figures(NamedTuple):
    """Activities of an offered dose in MBq: at end of synthesis, at promised delivery, and lost in an hour's delay."""

    calibration_mbq: float
    delivery_mbq: float
    lost_per_hour_mbq: float


class FoundOffers(NamedTuple):
    """The offers, best first, and how many candidates made none, by reason."""

    offers: list[Offer]
    rejections: Counter[str]

    def rescues(self) -> tuple[datetime | None, datetime | None]:
        """The latest and the second latest instant at which any of the offers can still be claimed."""
        latest = nlargest(2, (offer.run.cutoff_at for offer in self.offers))
        return (*latest, None, None)[:2]  # type: ignore[return-value]


def find(wish: OfferWish, market: Market) -> FoundOffers:
    """Judge each candidate as a claim of it would be judged. Changes nothing."""
    finder = _Finder(wish, market)
    for book in market.books:
        if visible(None if wish.operator else wish.partner, book.audience, market.product.partners):
            finder.judge(book)
    finder.offers.sort(key=_robust_then_thrifty)
    return FoundOffers(finder.offers, finder.rejections)


def figures(offer: Offer, activity_mbq: float) -> Figures:
    """What a dose with this activity at administration has before, and loses after."""
    at, nuclide = offer.administration_at, offer.run.nuclide
    return Figures(
        activity_at(activity_mbq, at, offer.run.end_of_synthesis_at, nuclide),
        activity_at(activity_mbq, at, offer.route.delivery_at, nuclide),
        activity_mbq - activity_at(activity_mbq, at, at + _HOUR, nuclide),
    )


def _robust_then_thrifty(offer: Offer) -> tuple[int, float, str, str, datetime]:
    robust, thrifty = -offer.robustness_minutes, offer.decayed_fraction
    return robust, thrifty, offer.run.name, offer.lane.name, offer.route.departure_at


class _Finder:
    """One search: what was found so far, and what its candidates have in common, worked out once."""

    def __init__(self, wish: OfferWish, market: Market) -> None:
        self.wish, self.market = wish, market
        self.offers: list[Offer] = []
        self.rejections: Counter[str] = Counter()
        self._begin_at = min((book.run.end_of_synthesis_at for book in market.books), default=wish.from_at)
        self._receiving = Receiving(market.site, self._begin_at, wish.until_at)
        self._sessions: dict[str, Sequence[Span] | None] = {}
        self._timetables: dict[tuple[str, str], list[CountedPassage]] = {}
        self._unlicensed: dict[Nuclide, dict[tuple[datetime, datetime], str]] = defaultdict(dict)

    def judge(self, book: Book) -> None:
        """Judge the candidates of a run. One that fails as a whole counts once: for itself, or for each lane."""
        run = book.run
        try:
            require_claimable(run, self.market.now)
        except GatewayError as refusal:
            self.rejections[refusal.reason] += 1
            return
        lanes = [lane for lane in self.market.lanes if leads(lane, run.facility, self.market.site.name)]
        if not lanes:
            self.rejections[refusals.LaneNotValid.reason] += 1
        # A dose delivered later than this can not be administered.
        last_at = min(self.wish.until_at, last_use_at(run, self.market.product))
        released = self._released(run, last_at)
        judged = _Administrations(self.wish, self.market.product, book)
        for lane in lanes:
            ready = [Ready(at + lane.dispatch, qc) for at, qc in released]
            found, offered_at = False, None
            for journey, free in self._candidates(run, lane, ready, last_at):
                found = True
                # Of two departures at the same instant a claim takes the first that has room.
                departure_at = journey.passage.departure_at
                if departure_at != offered_at and self._consider(judged, lane, journey, free):
                    offered_at = departure_at
            if not found:
                nothing = refusals.LaneNotValid if released else refusals.QualityControlFull
                self.rejections[nothing.reason] += 1

    def _released(self, run: Run, last_at: datetime) -> list[Ready]:
        """When quality control can let a dose of the run go, and the places that it takes for that."""
        facility = self.market.facilities.get(run.facility)
        if run.facility not in self._sessions:
            self._sessions[run.facility] = sessions_between(facility, self._begin_at, self.wish.until_at)
        found = releases(self._sessions[run.facility], self.market.product, run.end_of_synthesis_at, last_at)
        return [ready_of(facility, each) for each in found]

    def _candidates(
        self, run: Run, lane: Lane, ready: Sequence[Ready], last_at: datetime
    ) -> Iterator[tuple[CountedPassage, Ready | None]]:
        """The journeys that a dose of the run could make, each with the first way to be ready for it that is free."""
        until_at = self.wish.until_at
        if not lane.departures:
            for ready_at, alike in groupby(ready, itemgetter(0)):
                free = self._first_free(alike)
                for journey in journeys(lane, None, self.market.site, self._receiving, ready_at, last_at):
                    if journey.passage.delivery_at < until_at:
                        yield journey, free
            return
        if not ready:
            return
        first_at, free = ready[0].at, self._first_free(ready)
        timetable = self._timetable(lane, run.facility)
        for journey in timetable[bisect_left(timetable, first_at, key=_departure_at) :]:
            closes_at, _, delivery_at = journey.passage[:3]
            if delivery_at > last_at or delivery_at >= until_at:
                return
            if first_at <= closes_at:
                yield journey, free if free and free.at <= closes_at else None

    def _first_free(self, ready: Iterable[Ready]) -> Ready | None:
        return next((each for each in ready if self._has_room(each.place)), None)

    def _timetable(self, lane: Lane, facility: str) -> list[CountedPassage]:
        """The lane's departures from the first run's end of synthesis on."""
        key = (lane.name, facility)
        if key not in self._timetables:
            known, interval = self.market.facilities.get(facility), (self._begin_at, self.wish.until_at)
            self._timetables[key] = list(journeys(lane, known, self.market.site, self._receiving, *interval))
        return self._timetables[key]

    def _consider(self, judged: "_Administrations", lane: Lane, journey: CountedPassage, free: Ready | None) -> bool:
        """Make the candidate an offer, or count why it is none. Reasons come in the order in which a claim has them."""
        at = judged.first_at(max(self.wish.from_at, journey.passage.delivery_at))
        amount, reason = judged.amount(at)
        if amount is not None:
            reason = self._no_way(judged, journey.passage, at) or self._no_room(journey, free)
            if not reason and free:
                offer = self._offer(judged.run, lane, _route(free, journey), at, amount)
                reason = self._unwanted(offer)
                if not reason:
                    self.offers.append(offer)
                    return True
        self.rejections[reason] += 1
        return False

    def _no_way(self, judged: "_Administrations", passage: Passage, at: datetime) -> str:
        """Why the centre, its licence or the run does not allow it; empty if all do."""
        if not passage.received:
            return refusals.SiteWindow.reason
        unlicensed, key = self._unlicensed[judged.run.nuclide], (passage.delivery_at, at)
        if key not in unlicensed:
            try:
                check_licence(self.market.site, judged.run, self.wish.activity_mbq, at, passage.delivery_at)
                unlicensed[key] = ""
            except GatewayError as refusal:
                unlicensed[key] = refusal.reason
        return unlicensed[key] or judged.full(at)

    def _no_room(self, journey: CountedPassage, free: Ready | None) -> str:
        """Which of the counted places is full, in the order of the journey; empty if none is."""
        if free is None:
            return refusals.QualityControlFull.reason
        if not self._has_room(journey.departure):
            return refusals.DepartureFull.reason
        return "" if self._has_room(journey.window) else refusals.WindowFull.reason

    def _has_room(self, place: CountedPlace | None) -> bool:
        return place is None or self.market.left(place) > 0

    def _offer(self, run: Run, lane: Lane, route: DoseRoute, at: datetime, amount: Capacity) -> Offer:
        until_at = min(route.window.end_at, self.wish.until_at) if route.window else self.wish.until_at
        decayed = 1.0 - self.wish.activity_mbq * 1000.0 / amount.kbq
        slack_minutes = (until_at - route.delivery_at) // _MINUTE
        return Offer(run, lane, route, at, amount, slack_minutes, decayed, self._acceptance_rate(run, lane, route))

    def _acceptance_rate(self, run: Run, lane: Lane, route: DoseRoute) -> float | None:
        rates = self.market.acceptances.get(lane.name)
        if rates is None:
            return None
        facility = self.market.facilities.get(run.facility)
        departure = departure_time(lane, route.departure_at, facility.zone if facility else None)
        return in_hundredths(rates.rate(departure, self.market.now))

    def _unwanted(self, offer: Offer) -> str:
        """Why an offer is not as good as was asked for; empty if it is."""
        if offer.slack_minutes < self.wish.slack_minutes_min:
            return SLACK_TOO_SHORT
        if offer.decayed_fraction > self.wish.decayed_fraction_max:
            return DECAYED_TOO_MUCH
        return ""


def _route(ready: Ready, journey: CountedPassage) -> DoseRoute:
    _, departure_at, delivery_at, _, window, _ = journey.passage
    return DoseRoute(ready.at, departure_at, delivery_at, window, ready.place, journey.departure, journey.window)


class _Administrations:
    """What a run says of doses administered at one instant or another. Most candidates of a run share the instant."""

    def __init__(self, wish: OfferWish, product: Product, book: Book) -> None:
        self.wish, self.product, self.run = wish, product, book.run
        self._amounts: dict[datetime, tuple[Capacity | None, str]] = {}
        self._most = book.most_for(wish.partner)
        filling = filling_of(product, book.run.end_of_synthesis_at)
        self._enough_at = filling.interval_for(wish.activity_mbq)[0] if filling else None

    def first_at(self, at: datetime) -> datetime:
        """The first instant from this one on at which a dose has the least volume that is allowed; the same instant if
        that is later than what is asked for."""
        if self._enough_at is None or not at < self._enough_at < self.wish.until_at:
            return at
        return self._enough_at

    def amount(self, at: datetime) -> tuple[Capacity | None, str]:
        """What a dose for this instant takes of the run, or why there can be none."""
        if at not in self._amounts:
            wish, run = self.wish, self.run
            demand = Demand(wish.partner, run.name, "", "", wish.activity_mbq, at, "", "")
            try:
                check_product(self.product, wish.partner, wish.activity_mbq, run, at)
                self._amounts[at] = reference_amount(run, demand), ""
            except GatewayError as refusal:
                self._amounts[at] = None, refusal.reason
        return self._amounts[at]

    def full(self, at: datetime) -> str:
        """Why the run's book has no room for that amount; empty if it has."""
        amount, _ = self.amount(at)
        return "" if amount and self._most.covers(amount) else refusals.RunFull.reason
