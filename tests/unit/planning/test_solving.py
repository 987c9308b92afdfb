"""The solver finds what exhaustive search finds, never breaks a limit, and is never worse than the greedy planner."""

import random
from collections.abc import Iterator
from datetime import time, timedelta
from itertools import combinations, product
from math import inf
from zoneinfo import ZoneInfo

import pytest

from services.kernel.activity import Nuclide
from services.kernel.calendar import Weekly
from services.network import Capacity, Facility
from services.planning.domain.limits import broken_limits
from services.planning.domain.problem import Candidate, Problem, problem_of
from services.planning.domain.resources import OpenRun, World
from services.planning.domain.routing import Routes
from services.planning.domain.scoring import weights_of
from services.planning.solving.bound import bound_of
from services.planning.solving.search import Found, propose
from tests.support.planning_worlds import (
    ACTINIUM,
    HARBOR,
    LINE,
    LUTETIUM,
    TIDEWATER,
    UTC_ZONE,
    a_delivery,
    a_lane,
    a_line,
    a_product,
    a_site,
    a_week,
    a_world,
    at,
    large_world,
)

DOTA = "products/dota-ac225"


def worked_out(world: World, limit_s: float = 20.0) -> Found:
    found = propose(world, limit_s, lambda *_: None)
    plan = found.judged.plan
    assert broken_limits(world, Routes(world), plan) == []
    score = found.judged.score
    assert score.bound is not None and score.bound >= score.objective >= found.greedy_score.objective
    return found


def tiny_world(seed: int) -> World:
    """Two products of one nuclide on one line with one shift, and too little of everything."""
    chance = random.Random(seed)
    return a_world(
        a_week(chance.randint(1, 3), firm=chance.random() < 0.5),
        a_week(chance.randint(1, 3), product=DOTA, firm=chance.random() < 0.5, partner=HARBOR),
        products=(a_product(), a_product(DOTA, activity_mbq_nominal=chance.choice((4.0, 11.0)))),
        lines=(
            a_line(LINE, ACTINIUM, DOTA, changeover=timedelta(hours=chance.choice((1, 2, 3)))),
            a_line(f"{TIDEWATER}/lines/2", DOTA, run=timedelta(hours=6)),
        ),
        facilities=(
            Facility(
                TIDEWATER,
                UTC_ZONE,
                qc_sessions=(Weekly(frozenset({1}), time(8), time(13), chance.choice((2, 3, 9))),) * 1
                + (Weekly(frozenset({1}), time(13), time(20), chance.choice((1, 2))),),
            ),
        ),
        deliveries=(a_delivery(mbq=chance.uniform(15, 90)),),
    )


@pytest.mark.parametrize("seed", range(12))
def test_the_solver_finds_the_best_plan_there_is(seed: int) -> None:
    world = tiny_world(seed)
    problem = problem_of(world, Routes(world))
    best = max(objectives(problem), default=0.0)
    score = worked_out(world).judged.score
    assert score.objective == pytest.approx(best, abs=0.002)
    assert score.bound == pytest.approx(best, abs=0.2)  # a bound knows waste only as well as shares are counted
    assert bound_of(problem, weights_of(world, sum(each.doses for each in problem.demands))) >= best


def objectives(problem: Problem) -> Iterator[float]:
    """The objective of every plan that breaks no limit."""
    weights = weights_of(problem.world, sum(each.doses for each in problem.demands))
    for count in range(len(problem.candidates) + 1):
        for chosen in combinations(problem.candidates, count):
            if _fit_on_lines(problem, chosen):
                yield from _filled(problem, chosen, weights.firm, weights.forecast)


def _fit_on_lines(problem: Problem, chosen: tuple[Candidate, ...]) -> bool:
    lines = {line.name: line for line in problem.world.lines}
    for one, other in combinations(chosen, 2):
        if one.opening.line == other.opening.line:
            first, second = sorted((one.opening, other.opening), key=lambda each: each.start_at)
            gap = lines[first.line].gap(first.product, second.product)
            if second.start_at < first.end_of_synthesis_at + gap:
                return False
    return True


def _filled(problem: Problem, chosen: tuple[Candidate, ...], firm: int, forecast: int) -> Iterator[float]:
    serves = [(each, number) for each in chosen for number in each.opening.doses]
    for doses in product(*(range(problem.demands[number].doses + 1) for _, number in serves)):
        given = list(zip(serves, doses, strict=True))
        kbq = [sum(n * c.opening.doses[k] for (c, k), n in given if c is each) for each in chosen]
        vials = [sum(n for (c, _), n in given if c is each) for each in chosen]
        if not all(kbq) or any(n > each.vials_max for n, each in zip(vials, chosen, strict=True)):
            continue
        shares = [each.shares_for(need) for each, need in zip(chosen, kbq, strict=True)]
        if any(s > each.shares_max for s, each in zip(shares, chosen, strict=True)) or sum(shares) > 1000:
            continue
        sessions = {each.opening.session for each in chosen}
        used = {s: sum(n for n, each in zip(vials, chosen, strict=True) if each.opening.session == s) for s in sessions}
        if any(s and n > s.places for s, n in used.items()):
            continue
        covered = [sum(n for (_, k), n in given if k == number) for number in range(len(problem.demands))]
        if any(n > demand.doses for n, demand in zip(covered, problem.demands, strict=True)):
            continue
        firm_covered = sum(min(n, demand.firm) for n, demand in zip(covered, problem.demands, strict=True))
        wasted = sum(each.kbq(s) - need for each, s, need in zip(chosen, shares, kbq, strict=True))
        yield firm * firm_covered + forecast * sum(covered) - wasted / 1000


def test_firm_demand_comes_before_any_amount_of_forecast() -> None:
    # Isotope for one big firm dose, or for many small ones that are only forecast.
    world = a_world(
        a_week(1, firm=True),
        a_week(40, product=DOTA),
        products=(a_product(), a_product(DOTA, activity_mbq_nominal=0.2)),
        lines=(a_line(LINE, ACTINIUM, DOTA),),
        deliveries=(a_delivery(mbq=12),),
    )
    score = worked_out(world).judged.score
    assert (score.firm_covered, score.covered) == (1, 1)


def test_without_demand_nothing_is_made() -> None:
    found = worked_out(a_world(a_week(0)))
    assert found.judged.plan.runs == () and found.judged.coverage == ()
    assert (found.judged.score.objective, found.judged.score.gap) == (0, 0)


def test_without_lines_the_plan_is_empty_and_says_so() -> None:
    found = worked_out(a_world(lines=()))
    assert found.judged.plan.runs == ()
    assert [each.binding for each in found.judged.coverage] == ["NO_LINE"]


def test_a_shift_keeps_its_local_time_where_clocks_change() -> None:
    # Clocks in Chicago go on one hour on 14 March 2027, a Sunday: 06:00 there is 12:00 UTC before, and 11:00 after.
    chicago = a_world().facilities[0]._replace(zone=ZoneInfo("America/Chicago"))
    arrivals = {
        n: {"arrival_at": at(7 * n, 0), "calibrated_at": at(7 * n, 0), "use_by_at": at(7 * n + 6, 0)} for n in (1, 2)
    }
    world = a_world(
        a_week(3, week=1),
        a_week(3, week=2),
        weeks=3,
        facilities=(chicago,),
        lines=(a_line(shifts=(Weekly(frozenset({1}), time(6), time(10)),)),),
        deliveries=tuple(a_delivery(f"isotopeDeliveries/{n}", 60, **instants) for n, instants in arrivals.items()),
    )
    assert [run.start_at for run in worked_out(world).judged.plan.runs] == [at(7, 12), at(14, 11)]


def test_runs_that_are_open_are_counted_before_new_ones_are_made() -> None:
    opened = OpenRun("runs/1", ACTINIUM, LINE, at(0, 10), Capacity(30_000, 3), (), "isotopeDeliveries/ac-1")
    found = worked_out(a_world(a_week(5), open_runs=(opened,)))
    assert [run.pledged.vials for run in found.judged.plan.runs] == [2]
    assert found.judged.plan.runs[0].start_at >= at(0, 11)
    assert [name for name, _ in found.judged.plan.open_serve] == ["runs/1"]


def test_several_weeks_solved_one_by_one_keep_every_limit_and_beat_the_greedy_planner() -> None:
    found = worked_out(large_world(seed=3, weeks=5), limit_s=14)
    assert found.judged.score.objective > found.greedy_score.objective
    assert 0 <= (found.judged.score.gap or 0) < 0.2


def test_a_dose_that_no_vial_may_hold_is_not_planned() -> None:
    world = a_world(products=(a_product()._replace(vial_kbq_max=8_000),))
    assert worked_out(world).judged.plan.runs == ()


def test_contradictory_master_data_makes_no_plan_and_no_fault() -> None:
    # A shift shorter than a run, a closed facility, a lane whose validation is over, a centre without a licence.
    worlds = (
        a_world(lines=(a_line(shifts=(Weekly(frozenset({1}), time(6), time(7)),)),)),
        a_world(facilities=(a_world().facilities[0]._replace(closed=frozenset({at(0, 0).date()})),)),
        a_world(lanes=(a_lane(valid_until=at(0, 0)),)),
        a_world(sites=(a_site(licences=()),)),
        a_world(products=(a_product(nuclide=Nuclide.LU_177),)),
        a_world(products=()),
        a_world(lines=(a_line(LINE, LUTETIUM),)),
    )
    for world in worlds:
        found = worked_out(world)
        assert found.judged.plan.runs == ()
        assert all(each.explanation for each in found.judged.coverage)


def test_no_bound_is_told_that_a_plan_exceeds_where_a_run_ended_before_the_horizon() -> None:
    """What such a run wastes is no part of the score, so that it must be no part of the bound."""
    yesterday = OpenRun("runs/1", ACTINIUM, LINE, at(-1, 20), Capacity(900_000, 2))
    told: list[tuple[float, float]] = []
    propose(
        a_world(a_week(5), now=at(0, 5), open_runs=(yesterday,)),
        10.0,
        lambda _, objective, bound: told.append((objective or 0.0, inf if bound is None else bound)),
    )
    assert all(bound > objective - 0.01 for objective, bound in told)
