"""Where slots could move: in random worlds it is what the ledger's own decision says of each way that there may be."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import pytest

from services.kernel.errors import GatewayError
from services.network import NOTHING, Capacity, departures_between, releases, sessions_between
from services.slotting.domain import (
    Allocation,
    FilledVial,
    Move,
    Network,
    ResourceCounter,
    ResourceCounters,
    Risk,
    RunState,
    Slot,
    State,
    UnitOfWork,
    decide,
)
from services.slotting.domain.moving import MOVES_MAX, MoveSurvey, MoveWish, PossibleMove, moves_of
from services.slotting.domain.offers import Market, find
from services.slotting.domain.routing import MadeDose, options
from tests.support.offers_world import (
    GBQ,
    NOON,
    NORTHLAKE,
    PRODUCT,
    SITE,
    Chance,
    a_book,
    a_departure,
    a_lane,
    a_market,
    a_product,
    a_run,
    a_site,
    hours,
)
from tests.support.slotting import a_demand, a_move
from tests.support.slotting import a_slot as a_slot_in

DAY = timedelta(days=1)
WISH = MoveWish(DAY, (0.9,))
Way = tuple[str, str, datetime, datetime]


class Scene(NamedTuple):
    """A slot in a market, and what was filled for it."""

    market: Market
    slot: Slot
    vials: tuple[FilledVial, ...] = ()

    @property
    def survey(self) -> MoveSurvey:
        key = (self.slot.demand.partner, PRODUCT, SITE)
        runs = {book.run.name: book.run for book in self.market.books}
        return MoveSurvey(self.market.now, [self.slot], runs, self.vials, {key: self.market})

    @property
    def network(self) -> Network:
        market = self.market
        lanes = {lane.name: lane for lane in market.lanes}
        return Network({PRODUCT: market.product}, market.facilities, {SITE: market.site}, lanes)

    def moves(self, wish: MoveWish = WISH) -> tuple[PossibleMove, ...]:
        return moves_of(self.survey, self.slot, wish).moves

    def reason(self) -> str:
        return moves_of(self.survey, self.slot, WISH).reason

    def decided(self, way: Way, activity_mbq: float) -> Slot | str:
        """What the ledger makes of the move, on a page of its own; or why not."""
        run, lane, departure_at, at = way
        move = a_move(
            self.slot.id,
            run,
            lane=lane,
            administration=(activity_mbq, at),
            departure_at=departure_at,
            partner=self.slot.demand.partner,
        )
        books = {book.run.name: replace(book) for book in self.market.books}
        for book in self.market.books:
            books[book.run.name].restore(book.memo())
        page = UnitOfWork(
            self.market.now,
            books,
            {self.slot.id: self.slot},
            self.network,
            self._rooms(move),
            vials={vial.name: vial for vial in self.vials},
        )
        try:
            slot = decide(page, move)
        except GatewayError as refusal:
            return refusal.reason
        assert isinstance(slot, Slot)
        return slot

    def _rooms(self, move: Move) -> ResourceCounters:
        demand = move.demand_of(self.slot.demand)
        run = next(book.run for book in self.market.books if book.run.name == move.run)
        rooms = ResourceCounters()
        for made in (None, MadeDose(self.market.now, self.slot.reservations.qc)):
            for place in options(demand, run, self.network, made).places():
                taken = self.market.taken.get(place.name, 0)
                rooms[place.name] = ResourceCounter(place.name, max(place.size, taken), taken, place.at)
        for name in self.slot.reservations.places:
            taken = self.market.taken[name]
            rooms.setdefault(name, ResourceCounter(name, taken, taken, NOON))
        return rooms

    def ways(self) -> Iterator[Way]:
        """Everything that somebody could think of."""
        latest_at = self.slot.demand.administration_at + DAY
        for run in (book.run for book in self.market.books):
            facility = self.market.facilities.get(run.facility)
            since_at = run.end_of_synthesis_at
            sessions = sessions_between(facility, since_at, latest_at)
            for lane in self.market.lanes:
                for released_at, _ in releases(sessions, self.market.product, since_at, latest_at):
                    ready_at = released_at + lane.dispatch
                    for ready in {ready_at, max(ready_at, self.market.now)}:
                        for departure_at, _, _ in departures_between(lane, facility, ready, latest_at):
                            arrives_at = departure_at + lane.transit
                            if arrives_at <= latest_at:
                                at = max(self.slot.demand.administration_at, arrives_at)
                                yield run.name, lane.name, departure_at, at


def a_scene(chance: Chance) -> Scene | None:
    """A random world with a slot in it: whole, at risk, filled, on a run that was made or is gone."""
    pick, world = chance.random, chance.world()
    market, wish = world.market(), chance.wish(world)
    offers = find(wish._replace(operator=False), market).offers
    if not offers:
        return None
    offer = pick.choice(offers)
    book = next(each for each in market.books if each.run.name == offer.run.name)
    demand = a_demand(
        offer.run.name,
        partner=wish.partner,
        site=SITE,
        lane=offer.lane.name,
        activity_mbq=wish.activity_mbq,
        administration_at=offer.administration_at,
    )
    reservations = next(
        each.reservations
        for each in options(demand._replace(departure_at=offer.route.departure_at), offer.run, _network(market))
        if each.reservations.qc == (offer.route.qc.name if offer.route.qc else "")
    )
    slot = a_slot_in(book, demand, reservations=reservations, product=PRODUCT)
    market = market._replace(taken={name: pick.choice((1, 1, 2)) for name in reservations.places})
    risk = pick.choice((Risk.NONE, Risk.RUN, Risk.DEPARTURE, Risk.LICENCE))
    if risk is Risk.RUN:
        book.give_back(demand.partner, slot.allocation, NOON)
        slot = replace(
            slot, risk=risk, allocation=Allocation(NOTHING, NOTHING), reservations=reservations.without_places()
        )
        if pick.random() < 0.5:
            book.run = book.run._replace(state=pick.choice((RunState.CANCELLED, RunState.FAILED)))
    elif risk is Risk.DEPARTURE:
        slot = replace(slot, risk=risk, reservations=reservations._replace(departure=""))
    else:
        slot = replace(slot, risk=risk)
    vials: tuple[FilledVial, ...] = ()
    if pick.random() < 0.4:
        market = market._replace(now=book.run.end_of_synthesis_at + hours(pick.choice((0, 3))))
        book.run = book.run._replace(state=book.run.state if book.run.state.withdrawn else RunState.PRODUCED)
        if pick.random() < 0.7:
            left, when = pick.random() < 0.2, demand.administration_at
            vials = (FilledVial("v", 1, slot.name, book.run.name, demand.activity_mbq, when, left=left),)
    return Scene(market, slot, vials)


def _network(market: Market) -> Network:
    lanes = {lane.name: lane for lane in market.lanes}
    return Network({PRODUCT: market.product}, market.facilities, {SITE: market.site}, lanes)


def test_the_moves_that_are_told_are_those_that_the_ledger_takes():
    chance, seen = Chance(Random(5)), Counter[str]()
    for _ in range(400):
        scene = a_scene(chance)
        if scene is None:
            continue
        found = {(each.run, each.lane, each.departure_at, each.administration_at): each for each in scene.moves()}
        assert len(found) < MOVES_MAX
        whole, demand = scene.slot.demand.activity_mbq, scene.slot.demand
        own = (demand.run, demand.lane, scene.slot.reservations.departure_at)
        for way in {*scene.ways(), *found}:
            if way[:3] == own and not scene.slot.at_risk:
                assert way not in found
                continue
            said = [scene.decided(way, whole)]
            if way not in found or len(found[way].doses) > 1 or found[way].doses[0].activity_mbq != whole:
                said.append(scene.decided(way, 0.9 * whole))
            taken = [each for each in said if isinstance(each, Slot)]
            if way in found and found[way].keeps_vial:
                taken = taken[:1]
            told = found[way].doses if way in found else ()
            assert [(each.reference_kbq, each.demand.activity_mbq) for each in taken] == [
                (each.reference_kbq, each.activity_mbq) for each in told
            ], (way, scene.slot, said)
            for each in taken:
                assert each.reservations.delivery_at == found[way].delivery_at
                assert {place.name for place in found[way].places} == {*each.reservations.places} - {
                    *(scene.slot.reservations.places if scene.slot.in_book else ())
                }
                seen[f"{scene.slot.risk.name} {'filled' if scene.vials else 'not filled'}"] += 1
            seen.update(each for each in said if isinstance(each, str))
    assert {"NONE not filled", "RUN not filled", "DEPARTURE not filled", "NONE filled", "LICENCE filled"} <= set(
        seen
    ), seen
    assert {"RUN_FULL", "CUTOFF_PASSED", "SITE_WINDOW", "VIAL_DISPATCHED"} <= set(seen), seen


# A slot of the first of two runs, to be given two days after its end of synthesis at noon; it leaves at 15:00 on the
# day after that and arrives at 21:00. The second run is made six hours later.
ADMINISTRATION = NOON + hours(72)
FIRST = NOON + hours(51)
SECOND = FIRST + DAY


def two_runs(risk: Risk = Risk.NONE, filled: bool = False, **changes: Any) -> Scene:
    first = a_book()
    second = a_book(a_run("runs/lu-2", end_of_synthesis_at=NOON + hours(30), cutoff_at=NOON + hours(26)))
    market = a_market(first, second, lanes=(a_lane(departures=(a_departure(15),)),), **changes)
    demand = a_demand(partner=NORTHLAKE, site=SITE, lane="lanes/road", administration_at=ADMINISTRATION)
    network = _network(market)
    reservations = next(iter(options(demand._replace(departure_at=FIRST), first.run, network))).reservations
    slot = a_slot_in(first, demand, reservations=reservations, product=PRODUCT, risk=risk)
    market = market._replace(taken={**dict.fromkeys(reservations.places, 1), **market.taken})
    if risk is Risk.RUN:
        first.give_back(NORTHLAKE, slot.allocation, NOON)
        slot = replace(slot, allocation=Allocation(NOTHING, NOTHING), reservations=reservations.without_places())
    vials = (FilledVial("v", 1, slot.name, "runs/lu-1", 7400.0, ADMINISTRATION),) if filled else ()
    return Scene(market, slot, vials)


def seen(moves: tuple[PossibleMove, ...]) -> list[tuple[str, datetime, datetime]]:
    return [(each.run, each.departure_at, each.until_at) for each in moves]


def test_a_slot_leaves_its_run_before_the_cut_off_of_both():
    assert seen(two_runs().moves()) == [
        ("runs/lu-2", FIRST, NOON + hours(20)),
        ("runs/lu-1", SECOND, NOON + hours(20)),
        ("runs/lu-2", SECOND, NOON + hours(20)),
    ]


def test_one_that_lost_its_run_leaves_it_until_the_other_closes_and_may_come_back():
    assert seen(two_runs(Risk.RUN).moves()) == [
        ("runs/lu-1", FIRST, NOON + hours(20)),
        ("runs/lu-2", FIRST, NOON + hours(26)),
        ("runs/lu-1", SECOND, NOON + hours(20)),
        ("runs/lu-2", SECOND, NOON + hours(26)),
    ]


def test_a_filled_vial_takes_what_its_run_has_until_the_hand_over_and_decays():
    scene = two_runs(filled=True, now=NOON + hours(27))
    (move,) = scene.moves()
    assert seen((move,)) == [("runs/lu-1", SECOND, SECOND - timedelta(minutes=30))]
    (dose,) = move.doses
    assert (move.keeps_vial, dose.added, dose.reference_kbq) == (True, NOTHING, scene.slot.reference_kbq)
    assert move.administration_at == SECOND + hours(6)
    assert dose.activity_mbq == pytest.approx(7400 * 2 ** (-(9 / 24) / 6.647), rel=1e-3)
    assert move.decayed_fraction == pytest.approx(1 - dose.activity_mbq * 1000 / dose.reference_kbq)
    assert scene.moves(MoveWish(hours(8))) == ()


@pytest.mark.parametrize("market", [{}, {"site": a_site(licences=[])}])
def test_a_slot_that_has_not_lost_anything_and_is_not_filled_stays_after_the_cut_off(market: dict[str, Any]):
    scene = two_runs(now=NOON + hours(20), **market)
    assert (scene.moves(), scene.reason()) == ((), "CUTOFF_PASSED")
    assert two_runs(now=NOON + hours(20) - timedelta(microseconds=1)).reason() == ""


def test_a_closed_slot_says_so():
    scene = two_runs()
    closed = scene._replace(slot=replace(scene.slot, state=State.FULFILLED))
    assert (closed.moves(), closed.reason()) == ((), "SLOT_CLOSED")


def test_slack_counts_to_the_last_instant_asked_for_in_whole_minutes():
    first, *_, last = two_runs(Risk.RUN).moves()
    assert (first.slack_minutes, last.slack_minutes) == (39 * 60, 15 * 60)  # delivered at 21:00, and a day later
    assert first.decayed_fraction == pytest.approx(1 - 2 ** (-2 / 6.647), rel=1e-3)


def test_the_last_delivery_is_at_the_last_instant_asked_for():
    until = SECOND + hours(6) - ADMINISTRATION
    assert len(two_runs(Risk.RUN).moves(MoveWish(until))) == 4
    assert len(two_runs(Risk.RUN).moves(MoveWish(until - timedelta(microseconds=1)))) == 2


def test_what_a_move_takes_anew_is_told_with_what_is_left():
    moves = two_runs().moves()
    names = {each.departure_at: each.places for each in moves if each.run == "runs/lu-2"}
    assert names[FIRST] == ()  # its own
    ((name, left),) = names[SECOND]
    assert (name, left) == (f"lanes/road/departures/{SECOND:%Y%m%dT%H%M%SZ}", 4)
    full = two_runs(taken={name: 4})
    assert [each.departure_at for each in full.moves()] == [FIRST]
    assert {place.left for each in two_runs(taken={name: 3}).moves() for place in each.places} == {1}


def test_of_its_own_run_a_slot_takes_what_it_has_not_yet():
    own = next(each for each in two_runs().moves(MoveWish(DAY, (0.9, 0.5))) if each.run == "runs/lu-1")
    other = next(each for each in two_runs().moves() if each.run == "runs/lu-2")
    slot = two_runs().slot
    later = own.doses[0].reference_kbq - slot.reference_kbq
    assert own.doses[0].added == Capacity(later, 0)
    assert [each.added for each in own.doses[1:]] == [NOTHING] * 2
    assert [each.activity_mbq for each in own.doses] == [7400, 6660, 3700]
    assert other.doses[0].added == Capacity(other.doses[0].reference_kbq, 1)


def test_less_activity_is_tried_where_the_product_allows_it_and_the_whole_does_not_fit():
    scene = two_runs(Risk.RUN, product=a_product(activity_mbq_min=7000.0))
    for book in scene.market.books:
        book.pool.size = Capacity(9 * GBQ, 1)
    moves = scene.moves(MoveWish(DAY, (0.95, 0.9)))
    assert {tuple(dose.activity_mbq for dose in each.doses) for each in moves} == {(7030.0,), (7400.0, 7030.0)}
    assert scene.moves(MoveWish(hours(0), (0.9,))) == (scene.moves(MoveWish(hours(0))))


def test_other_centres_are_those_that_are_named_for_the_slot():
    scene = two_runs(Risk.RUN)
    there = scene.market._replace(site=a_site(name="sites/b"), lanes=(a_lane("lanes/b", site="sites/b"),))
    key = (NORTHLAKE, PRODUCT, "sites/b")
    survey = replace(
        scene.survey, markets={**scene.survey.markets, key: there}, elsewhere={scene.slot.name: ["sites/b", "sites/c"]}
    )
    found = moves_of(survey, scene.slot, WISH).moves
    assert {(each.site, each.lane) for each in found} == {(SITE, "lanes/road"), ("sites/b", "lanes/b")}


def test_one_that_lost_its_departure_takes_another_until_the_hand_over_and_a_later_one_as_a_claim():
    moves = [each for each in two_runs(Risk.DEPARTURE).moves() if each.run == "runs/lu-1"]
    assert seen(tuple(moves)) == [
        ("runs/lu-1", FIRST, FIRST - timedelta(minutes=30)),
        ("runs/lu-1", SECOND, NOON + hours(20)),
    ]
    assert [len(each.doses) for each in moves] == [1, 2]  # less is tried where it is a claim
    after = two_runs(Risk.DEPARTURE, now=NOON + hours(21)).moves()
    assert seen(tuple(each for each in after if each.run == "runs/lu-1")) == [
        ("runs/lu-1", FIRST, FIRST - timedelta(minutes=30))
    ]


def test_nothing_is_administered_in_the_past():
    scene = two_runs(Risk.RUN, now=NOON + hours(19))
    assert scene.moves()
    early = scene._replace(slot=replace(scene.slot, demand=scene.slot.demand._replace(administration_at=NOON)))
    assert early.moves(MoveWish(hours(19))) == ()
