"""Offers: each figure, each boundary, and that a search and a claim judge alike."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from math import log2
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.kernel.activity import HALF_LIVES, Nuclide
from services.kernel.calendar import Span, Weekly
from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.network import Capacity, Facility, Lane, Licence, departures_between, releases, sessions_between
from services.network.lane_figures import AcceptanceCount, AcceptanceRates
from services.slotting.domain import Allotment, Book, Claim, CountedPlace, Demand, Run, RunState, UnitOfWork, decide
from services.slotting.domain.network import Network
from services.slotting.domain.offers import FoundOffers, Market, Offer, OfferWish, figures, find
from services.slotting.domain.rooms import ResourceCounter, ResourceCounters
from services.slotting.domain.routing import options
from tests.support.offers_world import (
    DALLAS,
    EVERY_DAY,
    GBQ,
    HARBOR,
    MILAN,
    NOON,
    SITE,
    Chance,
    a_book,
    a_departure,
    a_lane,
    a_market,
    a_product,
    a_run,
    a_site,
    a_wish,
    hours,
)

MICROSECOND = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
SYNTHESIS = NOON + hours(24)  # noon; ready at 15:00 after two hours of quality control and one of packing
FOR_THE_WHOLE = ("CUTOFF_PASSED", "RUN_NOT_OPEN", "RUN_UNKNOWN", "LANE_NOT_VALID", "QC_FULL")
FIRST, SECOND = NOON + hours(24 + 27), NOON + hours(24 + 51)  # departures of the lane's 15:00; the day's own is closed


def only(found: FoundOffers) -> Offer:
    (offer,) = found.offers
    return offer


def departures(found: FoundOffers) -> list[datetime]:
    return [offer.route.departure_at for offer in found.offers]


def refused(market: Market, **wish: Any) -> dict[str, int]:
    found = find(a_wish(**wish), market)
    assert not found.offers
    return dict(found.rejections)


def test_an_offer_for_each_departure_that_can_be_made_the_one_with_most_slack_first():
    found = find(a_wish(), a_market())
    assert departures(found) == [FIRST, SECOND]
    assert [offer.slack_minutes for offer in found.offers] == [(120 - 57) * 60, (120 - 81) * 60]
    assert not found.rejections


def test_hand_over_closes_with_the_last_instant_before_its_cut_off():
    ready_at = SYNTHESIS + hours(3)
    for cutoff_minutes, first in ((0, ready_at), (1, FIRST)):
        lane = a_lane(departures=(a_departure(15, cutoff_minutes=cutoff_minutes),))
        assert departures(find(a_wish(), a_market(lanes=(lane,))))[0] == first


def test_a_dose_is_administered_at_the_first_instant_wanted_at_or_after_its_delivery():
    delivered_at = FIRST + hours(6)
    for from_at, expected in (
        (delivered_at - hours(1), delivered_at),
        (delivered_at, delivered_at),
        (delivered_at + MICROSECOND, delivered_at + MICROSECOND),
    ):
        found = find(a_wish(from_at=from_at, until_at=from_at + hours(4)), a_market())
        assert only(found).administration_at == expected


@pytest.mark.parametrize(("after", "offers"), [(timedelta(0), 0), (MICROSECOND, 1)])
def test_the_interval_excludes_its_end(after: timedelta, offers: int):
    found = find(a_wish(until_at=FIRST + hours(6) + after), a_market())
    assert len(found.offers) == offers
    assert found.rejections == (Counter() if offers else Counter(LANE_NOT_VALID=1))


@pytest.mark.parametrize(("after", "offers"), [(timedelta(0), 0), (MICROSECOND, 1)])
def test_the_interval_excludes_its_end_where_a_courier_comes_at_any_time_too(after: timedelta, offers: int):
    market = a_market(lanes=(a_lane(departures=(), transit_minutes=77),))
    assert len(find(a_wish(until_at=SYNTHESIS + hours(3) + 77 * MINUTE + after), market).offers) == offers


@pytest.mark.parametrize("nuclide", list(Nuclide))
@pytest.mark.parametrize("loss_fraction", [0.0, 0.35])
def test_every_figure_is_that_of_the_formula(nuclide: Nuclide, loss_fraction: float):
    run = a_run(nuclide=nuclide, loss_fraction=loss_fraction, vial_kbq_max=10**15)
    lane = a_lane(departures=(), transit_minutes=77)
    site = a_site(licences=[Licence(nuclide, 1e12, NOON + hours(9000))])
    pool = Capacity(10**15, 9)
    market = a_market(a_book(run, pool), lanes=(lane,), site=site)
    offer = only(find(a_wish(from_at=SYNTHESIS + hours(9), activity_mbq=7412.3), market))
    # Bateman's equation for one nuclide, in 28 digits and from the half-life alone.
    half_life_s, wanted = HALF_LIVES[nuclide].seconds, Decimal("7412.3")
    at_synthesis = wanted * 2 ** (Decimal(9 * 3600) / half_life_s)
    at_delivery = at_synthesis * 2 ** (-Decimal((180 + 77) * 60) / half_life_s)
    lost = wanted - wanted * 2 ** (-Decimal(3600) / half_life_s)
    reference_kbq = at_synthesis * 1000 / (1 - Decimal(str(loss_fraction)))
    shown = figures(offer, 7412.3)
    assert shown.calibration_mbq == pytest.approx(float(at_synthesis), rel=1e-9)
    assert shown.delivery_mbq == pytest.approx(float(at_delivery), rel=1e-9)
    assert shown.lost_per_hour_mbq == pytest.approx(float(lost), rel=1e-9)
    assert 0 <= offer.amount.kbq - reference_kbq < 1
    assert offer.decayed_fraction == pytest.approx(float(1 - wanted * 1000 / reference_kbq), rel=1e-4)
    assert offer.amount.vials == 1


def test_slack_ends_with_the_window_or_with_the_interval_whichever_is_first():
    delivered_at = FIRST + hours(6)
    window = Span(delivered_at - hours(1), delivered_at + timedelta(minutes=90, seconds=59), 0)
    market = a_market(site=a_site(windows=[window]))
    assert only(find(a_wish(), market)).slack_minutes == 90
    assert only(find(a_wish(until_at=delivered_at + hours(1)), market)).slack_minutes == 60


def test_a_dose_may_wait_at_the_centre_from_its_window_until_its_administration():
    window = Span(FIRST + hours(6), FIRST + hours(7), 0)
    wish = a_wish(from_at=FIRST + hours(20), until_at=FIRST + hours(21))
    offer = only(find(wish, a_market(site=a_site(windows=[window]))))
    assert (offer.administration_at, offer.slack_minutes) == (FIRST + hours(20), 60)


def test_equal_slack_is_ordered_by_what_decays_and_then_by_name():
    early = a_run("runs/a-early", end_of_synthesis_at=SYNTHESIS - hours(3))
    books = [a_book(run) for run in (early, a_run("runs/c"), a_run("runs/b"))]
    wish = a_wish(until_at=FIRST + hours(8))
    lane = a_lane(departures=(a_departure(15, cutoff_minutes=0, places=0),), valid_until=FIRST)
    found = find(wish, a_market(*books, lanes=(lane,)))
    assert [offer.run.name for offer in found.offers] == ["runs/b", "runs/c", "runs/a-early"]


def test_another_offer_can_replace_one_until_the_latest_cut_off_of_the_others():
    first, last = a_run("runs/1", cutoff_at=NOON + hours(1)), a_run("runs/2", cutoff_at=NOON + hours(2))
    wish = a_wish(until_at=FIRST + hours(7))
    assert find(wish, a_market(a_book(first), a_book(last))).rescues() == (last.cutoff_at, first.cutoff_at)
    assert find(wish, a_market(a_book(first))).rescues() == (first.cutoff_at, None)
    assert find(wish, a_market(a_book(first)))._replace(offers=[]).rescues() == (None, None)


@pytest.mark.parametrize(
    ("book", "reason"),
    [
        (a_book(a_run(cutoff_at=NOON)), "CUTOFF_PASSED"),
        (a_book(a_run(state=RunState.CANCELLED)), "RUN_NOT_OPEN"),
        (a_book(a_run(facility=DALLAS)), "LANE_NOT_VALID"),
    ],
)
def test_a_run_that_takes_no_claims_or_has_no_lane_counts_once(book: Book, reason: str):
    assert refused(a_market(book), operator=True) == {reason: 1}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"books": (a_book(pool=Capacity(8 * GBQ, 1)),)}, "RUN_FULL"),
        ({"books": (a_book(a_run(vial_kbq_max=8 * GBQ)),)}, "DECAYED_BELOW_MINIMUM"),
        ({"site": a_site(licences=[])}, "SITE_LICENCE"),
        ({"site": a_site(windows=[Span(NOON, NOON + hours(1), 0)])}, "SITE_WINDOW"),
        ({"lanes": (a_lane(valid_until=FIRST),)}, "LANE_NOT_VALID"),
        ({"product": a_product(shelf_life=hours(30))}, "LANE_NOT_VALID"),
    ],
)
def test_a_candidate_that_makes_no_offer_says_why(changes: dict[str, Any], reason: str):
    assert refused(a_market(**changes), from_at=FIRST, until_at=FIRST + hours(7)) == {reason: 1}


def counted_world() -> tuple[Market, CountedPlace, CountedPlace, CountedPlace]:
    """One place in each session, on each departure, in each window."""
    facility = Facility(
        MILAN, ZoneInfo("UTC"), (Weekly(EVERY_DAY, a_departure(9).weekly.start, a_departure(18).weekly.start, 1),)
    )
    lane = a_lane(departures=(a_departure(20, places=1),))
    site = a_site(weekly=(Weekly(EVERY_DAY, a_departure(1).weekly.start, a_departure(6).weekly.start, 1),))
    market = a_market(facilities={MILAN: facility}, lanes=(lane,), site=site)
    route = find(a_wish(), market).offers[0].route
    assert route.qc and route.departure and route.receiving
    return market, route.qc, route.departure, route.receiving


def test_a_full_place_makes_no_offer_and_says_which_it_is():
    market, qc, departure, window = counted_world()
    assert len(find(a_wish(), market).offers) == 3
    for place, reason, left in ((qc, "QC_FULL", 2), (departure, "DEPARTURE_FULL", 2), (window, "WINDOW_FULL", 2)):
        found = find(a_wish(), market._replace(taken={place.name: 1}))
        assert (len(found.offers), found.rejections) == (left, {reason: 1}), reason


def test_a_full_session_is_made_good_by_a_later_one_if_the_departure_still_can_be_made():
    market, qc, *_ = counted_world()
    offers = find(a_wish(), market).offers
    after = find(a_wish(), market._replace(taken={qc.name: 1})).offers
    assert [offer.route.departure_at for offer in after] == [offer.route.departure_at for offer in offers[1:]]
    assert after[0].route.qc != qc
    assert offers[1].route.qc == qc


def test_own_allotment_and_pool_add_up_and_another_sponsors_does_not():
    own = Allotment(Capacity(5 * GBQ, 1), release_back_at=NOON + hours(10))
    book = a_book(pool=Capacity(4 * GBQ, 1), harbor=own)
    assert refused(a_market(book)) == {"RUN_FULL": 2}
    assert len(find(a_wish(partner=HARBOR), a_market(book)).offers) == 1  # a day later it takes more than there is


def test_a_run_that_the_sponsor_may_not_see_is_neither_offered_nor_counted():
    hidden = a_book(pool=Capacity(0, 0), harbor=Allotment(Capacity(90 * GBQ, 9), release_back_at=NOON + hours(10)))
    assert refused(a_market(hidden)) == {}
    assert refused(a_market(hidden), operator=True) == {"RUN_FULL": 2}


def test_what_is_less_robust_or_more_decayed_than_asked_is_counted():
    assert refused(a_market(), slack_minutes_min=(120 - 57) * 60 + 1) == {"SLACK_TOO_SHORT": 2}
    assert departures(find(a_wish(slack_minutes_min=(120 - 57) * 60), a_market())) == [FIRST]
    decayed = find(a_wish(), a_market()).offers[0].decayed_fraction
    assert departures(find(a_wish(decayed_fraction_max=decayed), a_market())) == [FIRST]
    assert refused(a_market(), decayed_fraction_max=decayed - 1e-9) == {"DECAYED_TOO_MUCH": 2}


def test_departures_keep_their_local_time_over_the_night_of_the_clock_change():
    chicago = Facility(MILAN, ZoneInfo("America/Chicago"))
    saturday = datetime(2027, 3, 13, 12, tzinfo=UTC)
    run = a_run(end_of_synthesis_at=saturday, cutoff_at=saturday, use_by_at=saturday + hours(96))
    wish = a_wish(from_at=saturday, until_at=saturday + hours(60))
    found = find(wish, a_market(a_book(run), facilities={MILAN: chicago}))
    # 15:00 is 21:00 UTC on Saturday and, clocks having gone forward in the night, 20:00 UTC on Sunday.
    assert [f"{at:%d %H:%M}" for at in departures(found)] == ["13 21:00", "14 20:00"]


def test_the_same_local_window_on_both_sides_of_the_date_line_is_met_by_departures_a_day_apart():
    at_nine = Weekly(frozenset({3}), a_departure(9).weekly.start, a_departure(10).weekly.start, 1)
    met = {}
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        site = a_site(weekly=(at_nine,), zone=ZoneInfo(zone))
        lane = a_lane(departures=tuple(a_departure(hour, 30) for hour in range(24)))
        run = a_run(end_of_synthesis_at=NOON + hours(120), use_by_at=NOON + hours(240))
        wish = a_wish(from_at=NOON + hours(120), until_at=NOON + hours(190))
        found = find(wish, a_market(a_book(run), lanes=(lane,), site=site))
        met[zone] = only(found).route.delivery_at
    assert met == {
        "Pacific/Kiritimati": datetime(2027, 3, 16, 19, 30, tzinfo=UTC),  # Wednesday 17 March there, Tuesday in UTC
        "Pacific/Pago_Pago": datetime(2027, 3, 17, 20, 30, tzinfo=UTC),
    }


class Desk:
    """Claims in a market, one way after the other; none is kept."""

    def __init__(self, wish: OfferWish, market: Market) -> None:
        self.wish, self.market = wish, market
        product, site = market.product, market.site
        lanes = {lane.name: lane for lane in market.lanes}
        self.network = Network({product.name: product}, market.facilities, {site.name: site}, lanes)

    def candidates(self) -> Iterator[tuple[Book, Lane, datetime, datetime]]:
        """Each departure that the dose of a run can make while it is of use, with its delivery."""
        for book in self.market.books:
            run, facility = book.run, self.market.facilities.get(book.run.facility)
            last_at = min(run.use_by_at, run.end_of_synthesis_at + self.market.product.shelf_life)
            for lane in self.market.lanes:
                if lane.facility not in ("", run.facility):
                    continue
                done_at, until_at = run.end_of_synthesis_at, min(last_at, self.wish.until_at)
                found = releases(sessions_between(facility, done_at, until_at), self.market.product, done_at, until_at)
                ready = [released_at + lane.dispatch for released_at, _ in found]
                instants = set()
                for ready_at in ready:
                    for departure_at, closes_at, _ in departures_between(lane, facility, ready_at, self.wish.until_at):
                        if ready_at <= closes_at and departure_at < lane.valid_until:
                            instants.add(departure_at)
                for departure_at in instants:
                    delivery_at = departure_at + lane.transit
                    if delivery_at <= last_at and delivery_at < self.wish.until_at:
                        yield book, lane, departure_at, self._given_at(run, max(self.wish.from_at, delivery_at))

    def _given_at(self, run: Run, at: datetime) -> datetime:
        """At once, or as soon as the dose has the least volume that is allowed, if that is in what is asked for."""
        product = self.market.product
        if not product.concentration_mbq_per_ml or not product.fill_volume_ul_min:
            return at
        most_mbq = product.concentration_mbq_per_ml * product.fill_volume_ul_min / 1000
        half_lives = log2(most_mbq / self.wish.activity_mbq)
        wait = timedelta(seconds=half_lives * float(HALF_LIVES[run.nuclide].seconds))
        enough_at = run.end_of_synthesis_at + product.reference_after + wait
        return enough_at if at < enough_at < self.wish.until_at else at

    def claim(self, book: Book, lane: Lane, departure_at: datetime, at: datetime) -> str:
        """The reason of the refusal; empty if the claim would be taken."""
        wish, run = self.wish, book.run
        demand = Demand(wish.partner, run.name, SITE, lane.name, wish.activity_mbq, at, "NL-1", "", departure_at)
        rooms = ResourceCounters()
        for place in options(demand, run, self.network).places():
            rooms[place.name] = ResourceCounter(place.name, place.size, self.market.taken.get(place.name, 0), place.at)
        page = UnitOfWork(self.market.now, {run.name: book}, {}, self.network, rooms)
        claim = Claim(wish.partner, "tests", "", wish.operator, uuid7(), b"", uuid7(), demand)
        memo = book.memo()
        try:
            decide(page, claim)
        except GatewayError as refusal:
            # Without departures a refused claim hears of the first instant only, and not why the others do not do.
            other_instant = not lane.departures and refusal.reason == "LANE_NOT_VALID"
            return "SITE_WINDOW" if other_instant else refusal.reason
        finally:
            book.restore(memo)
        return ""


def test_a_search_finds_all_that_a_claim_would_take_and_says_of_the_rest_what_the_claim_would_hear():
    chance = Chance(Random(20261122))
    seen: Counter[str] = Counter()
    for _ in range(300):
        world = chance.world()
        market, wish = world.market(), chance.wish(world)
        for _ in range(3):  # places fill up with what is found
            found, desk = find(wish, market), Desk(wish, market)
            answers = {
                (book.run.name, lane.name, departure_at): desk.claim(book, lane, departure_at, at)
                for book, lane, departure_at, at in desk.candidates()
            }
            ways_found = [(each.run.name, each.lane.name, each.route.departure_at) for each in found.offers]
            assert sorted(ways_found) == sorted(way for way, reason in answers.items() if not reason)
            # These are judged for the run or the lane as a whole, and counted once.
            heard = Counter(reason for reason in answers.values() if reason and reason not in FOR_THE_WHOLE)
            assert heard == {why: n for why, n in found.rejections.items() if why not in FOR_THE_WHOLE}
            seen.update(found.rejections)
            seen["offers"] += len(ways_found)
            if found.offers:
                places = chance.random.choice(found.offers).route.places
                market = market._replace(taken={**market.taken, **{place.name: place.size for place in places}})
    reasons = (
        "CUTOFF_PASSED RUN_NOT_OPEN LANE_NOT_VALID SITE_WINDOW DECAYED_BELOW_MINIMUM RUN_FULL SITE_LICENCE "
        "QC_FULL DEPARTURE_FULL WINDOW_FULL offers"
    )
    assert all(seen[each] > 5 for each in reasons.split()), seen


def rates(accepted: float, denied: float, **departures: tuple[float, float]) -> AcceptanceRates:
    """What was counted at noon; `departures` of every day by their hour, such as `at15=(accepted, denied)`."""
    own = {(day, time(int(at[2:]))): AcceptanceCount(*departures[at]) for at in departures for day in EVERY_DAY}
    return AcceptanceRates(NOON, AcceptanceCount(accepted, denied), own)


def test_of_two_lanes_that_bring_a_dose_at_the_same_instant_the_one_that_is_denied_less_comes_first():
    lanes = (a_lane("lanes/air"), a_lane("lanes/road"))
    found = find(a_wish(), a_market(lanes=lanes, acceptances={"lanes/air": rates(0, 10)}))
    told = [(offer.lane.name, offer.slack_minutes, offer.robustness_minutes) for offer in found.offers]
    first, second = (120 - 57) * 60, (120 - 81) * 60  # by air half of all are carried; nobody has measured the road
    assert told == [
        ("lanes/road", first, first),
        ("lanes/road", second, second),
        ("lanes/air", first, first // 2),
        ("lanes/air", second, second // 2),
    ]
    assert [offer.acceptance_rate for offer in found.offers] == [None, None, 0.5, 0.5]


def test_a_departure_that_is_denied_counts_less_than_the_others_of_its_lane():
    lane = a_lane(departures=(a_departure(15), a_departure(18)))
    market = a_market(lanes=(lane,), acceptances={lane.name: rates(20, 10, at18=(0, 10))})
    by_hour = {offer.route.departure_at.hour: offer.acceptance_rate for offer in find(a_wish(), market).offers}
    assert by_hour == {15: 0.75, 18: 0.37}  # 30 of 40; 10 * 0.75 of 20
    later = market._replace(acceptances={lane.name: rates(20, 10)._replace(counted_at=NOON - timedelta(days=180))})
    assert {offer.acceptance_rate for offer in find(a_wish(), later).offers} == {0.85}  # 15 of 17.5: a quarter of each


def test_a_denial_changes_no_offer_but_its_place():
    market = a_market(lanes=(a_lane("lanes/air"), a_lane("lanes/road")))
    measured = market._replace(acceptances={"lanes/air": rates(0, 500)})
    before, after = find(a_wish(), market), find(a_wish(), measured)
    assert {each._replace(acceptance_rate=None) for each in after.offers} == set(before.offers)
    assert after.rejections == before.rejections


def test_a_dose_that_would_be_too_small_on_arrival_is_offered_for_when_it_has_its_least_volume():
    # Ten millilitres at the end of synthesis, and a fifth more after 42 hours.
    large = a_product(concentration_mbq_per_ml=740.0, fill_volume_ul_min=12_000)
    at_once, later = (find(a_wish(), a_market(product=each)).offers[0] for each in (a_product(), large))
    assert at_once.administration_at == at_once.route.delivery_at == later.route.delivery_at
    assert later.administration_at - (NOON + hours(24)) == pytest.approx(hours(41.95), abs=timedelta(minutes=5))
    too_soon = find(a_wish(until_at=NOON + hours(64)), a_market(product=large))
    assert not too_soon.offers and set(too_soon.rejections) == {"FILL_VOLUME_OUT_OF_RANGE"}
