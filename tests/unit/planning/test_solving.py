"""The solver finds what exhaustive search finds, never breaks a limit, and is never worse than the greedy planner."""

import ast
import random
import sys
from dataclasses import replace
from datetime import time, timedelta
from math import inf
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.kernel.activity import Nuclide
from services.kernel.calendar import Weekly
from services.network import Capacity, Facility
from services.planning.domain.limits import broken_limits
from services.planning.domain.plan import PlannedRun
from services.planning.domain.problem import problem_of
from services.planning.domain.resources import OpenRun, World
from services.planning.domain.routing import DoseRouting
from services.planning.domain.scoring import weights_of
from services.planning.solving.bound import bound_of
from services.planning.solving.search import FoundPlan, propose
from tests.support import planning_oracle as oracle
from tests.support.planning_worlds import (
    ACTINIUM,
    HARBOR,
    LINE,
    LUTETIUM,
    NORTHLAKE,
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


def worked_out(world: World, limit_s: float = 20.0, windows_max: int | None = None) -> FoundPlan:
    found = propose(world, limit_s, lambda *_: None, windows_max=windows_max)
    plan = found.judged.plan
    assert broken_limits(world, DoseRouting(world), plan) == []
    score = found.judged.score
    assert score.bound is not None and score.bound >= score.objective >= found.greedy_score.objective
    return found


PRODUCTS = {oracle.FIRST: ACTINIUM, oracle.SECOND: DOTA}
LINES = {oracle.BOTH_MADE_HERE: LINE, oracle.SECOND_ONLY: f"{TIDEWATER}/lines/2"}


def a_plant(seed: int) -> oracle.Plant:
    """Too little of everything."""
    chance = random.Random(seed)
    return oracle.Plant(
        wanted={name: (chance.randint(1, 3), chance.random() < 0.5) for name in PRODUCTS},
        dose_mbq={oracle.FIRST: 8.0, oracle.SECOND: chance.choice((4.0, 11.0))},
        changeover_h=chance.choice((1, 2, 3)),
        sessions=((8, 13, chance.choice((2, 3, 9))), (13, 20, chance.choice((1, 2)))),
        isotope_mbq=chance.uniform(15, 90),
        arrival_h=chance.choice((0, 0, 7, 9)),
        shelf_life_h=chance.choice((96, 12)),
    )


def world_of(plant: oracle.Plant) -> World:
    """The same plant, as planning takes it."""
    shelf_life, arrival_at = timedelta(hours=plant.shelf_life_h), at(0, plant.arrival_h)
    sessions = (Weekly(frozenset({1}), time(begin), time(end), places) for begin, end, places in plant.sessions)
    return a_world(
        *(
            a_week(doses, product=PRODUCTS[name], firm=firm, partner=partner)
            for (name, (doses, firm)), partner in zip(plant.wanted.items(), (NORTHLAKE, HARBOR), strict=True)
        ),
        products=tuple(
            a_product(PRODUCTS[name], activity_mbq_nominal=mbq)._replace(shelf_life=shelf_life)
            for name, mbq in plant.dose_mbq.items()
        ),
        lines=tuple(
            a_line(
                LINES[line],
                *(PRODUCTS[name] for name in products),
                run=timedelta(hours=oracle.RUN_H[line]),
                changeover=timedelta(hours=plant.changeover_h),
            )
            for line, products in oracle.MADE_ON.items()
        ),
        facilities=(Facility(TIDEWATER, UTC_ZONE, qc_sessions=tuple(sessions)),),
        deliveries=(a_delivery(mbq=plant.isotope_mbq, calibrated_at=arrival_at, arrival_at=arrival_at),),
    )


@pytest.mark.parametrize("seed", range(24))
def test_the_solver_finds_the_best_plan_there_is(seed: int) -> None:
    plant = a_plant(seed)
    world, best = world_of(plant), oracle.best(plant)
    judged = worked_out(world).judged
    score = judged.score
    assert oracle.faults(plant, [made_in(run) for run in judged.plan.runs]) == []
    assert (score.firm_covered, score.covered) == (best.firm, best.doses)
    assert score.wasted_mbq == pytest.approx(-best.spared_mbq, abs=0.002)
    problem = problem_of(world, DoseRouting(world))
    weights = weights_of(world, sum(each.doses for each in problem.demands))
    worth = weights.firm * best.firm + weights.forecast * best.doses + best.spared_mbq
    assert score.bound == pytest.approx(worth, abs=0.2)  # a bound knows waste only as well as shares are counted
    assert bound_of(problem, weights) >= worth - 0.002


def made_in(run: PlannedRun) -> tuple[oracle.Run, int, int]:
    """A run of a plan, as the oracle takes it."""
    line = next(name for name, known in LINES.items() if known == run.line)
    name = next(name for name, known in PRODUCTS.items() if known == run.product)
    start_h, beyond = divmod(run.start_at - at(0, 0), timedelta(hours=1))
    assert not beyond and run.pledged.vials == sum(doses for _, doses in run.serves)
    return oracle.Run(line, name, start_h), run.pledged.kbq, run.pledged.vials


def test_the_oracle_shares_nothing_with_what_it_judges() -> None:
    tree = ast.parse(Path(oracle.__file__).read_text("utf-8"))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name for node in imported]
    assert names and {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_the_oracle_finds_faults() -> None:
    plant = replace(a_plant(0), sessions=((8, 13, 1), (13, 20, 1)), arrival_h=0, shelf_life_h=96, isotope_mbq=20.0)
    run, need = oracle.Run(oracle.BOTH_MADE_HERE, oracle.FIRST, 6), 9_000
    assert oracle.faults(plant, [(run, need, 1)]) == []
    for wrong in (
        [(replace(run, start_h=5), need, 1)],
        [(run, need, 1), (replace(run, start_h=10), need, 0)],
        [(run, 8_000, 1)],
        [(run, 2 * need, 1)],
        [(run, 2 * need, 2)],
    ):
        assert oracle.faults(plant, wrong), wrong


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
    found = worked_out(large_world(seed=3, weeks=5), limit_s=600, windows_max=2)
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
