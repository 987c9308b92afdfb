"""Rescue plans: what a move is worth, what is best by an oracle that looks at every choice, how plans are ranked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from services.network import Capacity
from services.tower.domain.rescuing import (
    Chosen,
    Freed,
    MoveKind,
    RescueMove,
    RescueProblem,
    RunRoomLeft,
    Worth,
    parts_of,
    plans_of,
    total,
)
from services.tower.domain.rescuing.exact import DOSES_MAX, STEPS_MAX, TooLarge, best_choice
from services.tower.domain.rescuing.explaining import told
from services.tower.domain.rescuing.problem import saved_at_most, thinned
from services.tower.solving import Solving
from tests.support.rescues import GBQ, OTHER_RUN, a_promise, a_rescue_move, best_value, some_problem, value_of
from tests.support.tower import HARBOR, NORTHLAKE, RUN, SITE, at

HOUR = timedelta(hours=1)
ONE = RunRoomLeft({}, Capacity(8 * GBQ, 1))


def no_solver(part: RescueProblem) -> Chosen:
    raise AssertionError("the part is small")


def of(*moves: RescueMove, runs: dict[str, RunRoomLeft] | None = None, **places: int) -> RescueProblem:
    """These moves, of their doses in order."""
    by_dose: dict[str, list[RescueMove]] = {}
    for move in moves:
        by_dose.setdefault(move.dose, []).append(move)
    return RescueProblem(by_dose, runs or {}, places)


def kinds(**changes: Any) -> set[MoveKind]:
    return set(a_rescue_move(**changes).kinds)


def test_a_move_says_what_it_changes():
    later = at(24) + timedelta(microseconds=1)
    assert kinds() == {MoveKind.ANOTHER_RUN}
    assert kinds(run=RUN) == {MoveKind.ANOTHER_DEPARTURE}
    assert kinds(site="sites/b") == {MoveKind.ANOTHER_RUN, MoveKind.ANOTHER_SITE}
    assert kinds(activity_mbq=7399.9) == {MoveKind.ANOTHER_RUN, MoveKind.LESS_ACTIVITY}
    assert kinds(activity_mbq=7400.1, administration_at=later) == {
        MoveKind.ANOTHER_RUN,
        MoveKind.LATER_ADMINISTRATION,
    }
    assert kinds(administration_at=at(23)) == {MoveKind.ANOTHER_RUN}


@pytest.mark.parametrize(
    ("changes", "cost", "noticed"),
    [
        ({}, 0, False),
        ({"run": RUN}, 0, False),
        ({"activity_mbq": 7400 * 0.95}, 100 + 50, True),
        ({"activity_mbq": 7400 * 0.95 - 1}, 100 + 60, True),
        ({"activity_mbq": 7400 * 0.95, "consent": "consents/1"}, 50, True),
        ({"administration_at": at(25)}, 100 + 5, True),
        ({"administration_at": at(25) + timedelta(seconds=1)}, 100 + 10, True),
        ({"site": "sites/b"}, 100 + 200, True),
        ({"site": "sites/b", "consent": "consents/1", "administration_at": at(26)}, 200 + 10, True),
        ({"administration_at": at(20)}, 0, False),
    ],
)
def test_cost_counts_what_a_move_asks_of_people(changes: dict[str, Any], cost: int, noticed: bool):
    move = a_rescue_move(**changes)
    assert (move.cost, move.noticed) == (cost, noticed)
    assert move.asks_consent == (noticed and not move.consent)
    assert move.worth.cost == -cost


@pytest.mark.parametrize(
    ("slack", "rate", "counted"),
    [(720, None, 720), (1440, None, 1440), (1441, None, 1440), (-1, None, 0), (720, 0.5, 360), (2000, 0.93, 1339)],
)
def test_slack_counts_for_a_day_at_most_and_as_far_as_carriers_accept(slack: int, rate: float | None, counted: int):
    assert a_rescue_move(slack_minutes=slack, acceptance_rate=rate).worth.slack_minutes == counted


def test_what_decays_counts_in_thousandths():
    assert a_rescue_move(decayed_fraction=0.1234).worth == Worth(1, 0, 0, 720, -123, 0)
    assert total([a_rescue_move(), a_rescue_move("d2")]) == Worth(2, 0, 0, 1440, -200, 0)
    assert total([]) == Worth(0, 0, 0, 0, 0, 0)


def test_of_plans_that_save_as_many_the_one_with_more_doses_that_are_made_already_is_the_best():
    sooner = a_rescue_move(slack_minutes=1440)
    is_made = a_rescue_move(run="runs/made", slack_minutes=60, made=True)
    best, *_ = plans_of(of(sooner, is_made), no_solver)
    assert best.moves == (is_made,)
    assert "1 of them is made already" in told(best) and "made already" not in told(replace(best, moves=(sooner,)))
    # A patient more counts for more than a dose that is made.
    crowded = of(is_made, sooner, replace(is_made, promised=a_promise("d2")), runs={"runs/made": ONE})
    best, *_ = plans_of(crowded, no_solver)
    assert (best.saved, best.worth.made) == (2, 1)


def test_where_not_all_can_be_saved_it_is_those_that_can_wait_least():
    patient, urgent = (a_rescue_move(dose, places=("p",), waits_hours=hours) for dose, hours in (("a", 44), ("b", 20)))
    better = replace(patient, made=True, slack_minutes=1440)
    best, *_ = plans_of(of(better, urgent, p=1), no_solver)
    assert (best.moves, best.unsaved, best.worth.waits_hours) == ((urgent,), ("a",), -20)
    # A patient more counts for more; and where all are saved it does not matter who can wait.
    best, *_ = plans_of(of(better, urgent, p=2), no_solver)
    assert {move.dose for move in best.moves} == {"a", "b"}


@pytest.mark.parametrize(("partner", "saved"), [(NORTHLAKE, 1), (HARBOR, 0)])
def test_what_a_dose_leaves_is_for_others_of_its_own_sponsor_also_of_the_pool_and_of_places(partner: str, saved: int):
    """Slotting lets slots of one sponsor exchange places, so a plan that counted on another's would be refused."""
    dose = a_rescue_move("d1", run="runs/b", places=("p",))
    leaves = Freed(pool=Capacity(8 * GBQ, 1), places=("p",))
    safe = a_promise("d2", partner=partner, run="runs/b")
    helper = a_rescue_move(promised=safe, run="runs/c", frees=leaves, helps=True)
    full = RunRoomLeft({}, Capacity(0, 0))
    problem = RescueProblem({"d1": [dose], "d2": [helper]}, {"runs/b": full}, {"p": 0}, frozenset({"d2"}))
    plans = plans_of(problem, no_solver)
    assert [plan.saved for plan in plans] == [1] * saved
    assert sum(not move.helps for move in Solving(5)(problem).moves) == saved


def test_of_two_places_the_sooner_goes_to_the_patient_who_could_not_be_moved_again():
    def moves(dose: str, hours: int) -> list[RescueMove]:
        """To the place after 9 hours, or to that after 33; what is left of the wait is slack, a day at most."""
        ways = ((9, "near"), (33, "far"))
        return [a_rescue_move(dose, places=(p,), slack_minutes=(hours - h) * 60, waits_hours=hours) for h, p in ways]

    best, *_ = plans_of(of(*moves("a", 68), *moves("b", 44), near=1, far=1), no_solver)
    assert {move.dose: move.places for move in best.moves} == {"a": ("far",), "b": ("near",)}


def test_the_best_plan_is_that_of_an_oracle_that_looks_at_every_choice():
    pick, seen = Random(7), Counter[str]()
    for _ in range(150):
        problem = some_problem(pick)
        plans = plans_of(problem, no_solver)
        wanted = best_value(problem)
        best = plans[0] if plans else None
        assert (value_of(best.moves) if best else (0,) * 6) == wanted == (best.worth if best else (0,) * 6)
        assert best is None or (best.proven and best.saved_max == wanted[0])
        for plan in plans:
            assert problem.fits(plan.moves) and problem.fits(reversed(plan.moves))
            assert {move.dose for move in plan.moves}.isdisjoint(plan.unsaved)
            assert plan.saved + len(plan.unsaved) == len(problem.moves) - len(problem.helping)
            seen["helped" if plan.saved < len(plan.moves) else "alone"] += 1
        for allows in (lambda each: not each.asks_consent, lambda each: not each.needs_consent):
            narrowed = replace(
                problem, moves={dose: [each for each in moves if allows(each)] for dose, moves in problem.moves.items()}
            )
            value = best_value(narrowed)
            assert value[0] == 0 or value in [value_of(plan.moves) for plan in plans if all(map(allows, plan.moves))]
        assert sorted((plan.worth for plan in plans), reverse=True) == [plan.worth for plan in plans]
        seen.update(["saved all" if best and not best.unsaved else "not all", f"{len(plans)} plans"])
        seen[f"{len(parts_of(problem))} parts"] += 1
    cases = ("saved all", "not all", "0 plans", "1 plans", "2 plans", "3 plans", "helped")
    assert min(seen[each] for each in cases) > 3, seen
    assert seen["1 parts"] > 5 and seen["3 parts"] > 5, seen


@pytest.mark.long
def test_the_best_plan_is_that_of_the_oracle_a_thousand_times():
    pick = Random(11)
    for _ in range(1000):
        problem = some_problem(pick, doses=6)
        plans = plans_of(problem, Solving(10))  # a few have more choices than are looked at one by one
        assert (tuple(plans[0].worth) if plans else (0,) * 6) == best_value(problem)


def test_the_solver_finds_what_the_oracle_finds():
    pick, saved = Random(3), Counter[int]()
    for _ in range(25):
        problem = some_problem(pick)
        said = Solving(20.0)(problem)
        wanted = best_value(problem)
        assert (value_of(said.moves), said.saved_max, said.proven) == (wanted, wanted[0], True)
        assert problem.fits(said.moves)
        saved[wanted[0]] += 1
    assert len(saved) > 2, saved


def test_a_solver_without_time_gives_a_choice_for_which_there_is_room():
    moves = [a_rescue_move(f"d{number}", slack_minutes=number, places=("p",)) for number in range(4)]
    problem = of(*moves, p=2)
    said = Solving(-1.0)(problem)
    assert len(said.moves) == 2 and problem.fits(said.moves) and 2 <= said.saved_max <= 4


def test_a_part_with_too_many_choices_goes_to_the_solver_and_its_gap_is_told():
    moves = [a_rescue_move(f"d{number}", slack_minutes=each, places=("p",)) for number in range(9) for each in (1, 2)]
    problem = of(*moves, p=4)
    with pytest.raises(TooLarge):
        best_choice(problem, 10)
    assert STEPS_MAX == 2_000
    asked: list[Sequence[str]] = []

    def solve(part: RescueProblem) -> Chosen:
        asked.append(list(part.moves))
        return Chosen((moves[0],), 4, proven=False)

    many = {
        f"d{number}": [replace(each, promised=a_promise(f"d{number}")) for each in moves]
        for number in range(DOSES_MAX + 1)
    }
    plan, *_ = plans_of(replace(problem, moves=many), solve)
    assert (plan.saved_max, plan.proven, len(plan.unsaved)) == (4, False, DOSES_MAX)
    assert asked == [list(many)]


def test_parts_share_nothing_scarce():
    a, b, c = (a_rescue_move(dose, run=f"runs/{dose}") for dose in "abc")
    assert len(parts_of(of(a, b, c))) == 3
    shared = [replace(each, places=("p",)) for each in (a, b)]
    assert [list(part.moves) for part in parts_of(of(*shared, c, p=1))] == [["a", "b"], ["c"]]
    assert len(parts_of(of(*shared, c, p=2))) == 3
    same = [replace(each, run=OTHER_RUN) for each in (a, b)]
    assert len(parts_of(of(*same, c, runs={OTHER_RUN: ONE}))) == 2
    two = RunRoomLeft({NORTHLAKE: Capacity(8 * GBQ, 0)}, Capacity(8 * GBQ, 2))
    assert len(parts_of(of(*same, c, runs={OTHER_RUN: two}))) == 3
    assert len(parts_of(of(*same, c, runs={OTHER_RUN: two._replace(pool=Capacity(8 * GBQ - 1, 2))}))) == 2
    assert len(parts_of(of(*same, c, runs={OTHER_RUN: two._replace(pool=Capacity(8 * GBQ, 1))}))) == 2


def test_a_run_holds_what_fits_into_own_allotments_and_the_rest_into_the_pool():
    room = RunRoomLeft({NORTHLAKE: Capacity(10, 1)}, Capacity(5, 2))
    for northlake, harbor, holds in (
        (Capacity(10, 1), Capacity(5, 2), True),
        (Capacity(11, 1), Capacity(5, 2), False),
        (Capacity(10, 2), Capacity(5, 2), False),
        (Capacity(15, 3), Capacity(0, 0), True),
        (Capacity(0, 0), Capacity(6, 1), False),
        (Capacity(0, 0), Capacity(5, 3), False),
    ):
        assert room.holds({NORTHLAKE: northlake, HARBOR: harbor}) == holds, (northlake, harbor)


def test_what_is_given_back_is_free_again():
    a, b = (a_rescue_move(dose, places=("p",)) for dose in "ab")
    problem = of(a, b, runs={OTHER_RUN: ONE}, p=1)
    assert problem.fits([a]) and problem.fits([b]) and not problem.fits([a, b])
    assert best_choice(problem) in ((a,), (b,))


def test_plans_are_ranked_and_what_is_alike_is_told_once():
    whole, less = a_rescue_move(slack_minutes=100), a_rescue_move(activity_mbq=7000.0, slack_minutes=200)
    best, quiet = plans_of(of(whole, less), no_solver)
    assert (best.moves, quiet.moves) == ((less,), (whole,))
    assert (best.asks_consent, quiet.asks_consent) == (True, False)
    (allowed, unnoticed) = plans_of(of(whole, replace(less, consent="consents/1")), no_solver)
    assert (allowed.moves[0].consent, unnoticed.moves) == ("consents/1", (whole,))
    (only,) = plans_of(of(whole), no_solver)
    assert only.until_at == at(-4) and only.unsaved == ()
    assert plans_of(RescueProblem({"d1": ()}), no_solver) == []


def test_a_plan_lasts_as_long_as_its_first_move_which_comes_first():
    moves = [a_rescue_move(dose, until_at=at(hours)) for dose, hours in (("a", -4), ("b", -6), ("c", -5))]
    (plan,) = plans_of(of(*moves), no_solver)
    assert [each.dose for each in plan.moves] == ["b", "c", "a"]
    assert plan.until_at == at(-6)
    assert {each.site for each in plan.moves} == {SITE}


def test_of_moves_that_take_as_much_of_what_is_scarce_the_best_is_kept():
    pick = Random(5)
    for _ in range(60):
        problem = some_problem(pick)
        thin = thinned(problem)
        assert best_value(thin) == best_value(problem)
        assert all(set(thin.moves[dose]) <= set(moves) for dose, moves in problem.moves.items())
    worse, better = a_rescue_move(slack_minutes=1, places=("q",)), a_rescue_move(slack_minutes=2, places=("r",))
    assert thinned(of(worse, better)).moves["d1"] == [better]
    assert thinned(of(worse, better, q=1)).moves["d1"] == [worse, better]
    assert thinned(of(worse, better, q=1, r=1)).moves["d1"] == [worse, better]
    elsewhere = replace(better, run="runs/c")
    assert thinned(of(worse, elsewhere)).moves["d1"] == [elsewhere]
    assert thinned(of(worse, elsewhere, runs={OTHER_RUN: ONE})).moves["d1"] == [worse, elsewhere]
    less = replace(better, added=Capacity(7 * GBQ, 1))
    assert thinned(of(a_rescue_move(), less, runs={OTHER_RUN: ONE})).moves["d1"] == [a_rescue_move(), less]


def test_no_more_are_saved_than_there_are_vials_for():
    pick = Random(6)
    for _ in range(60):
        problem = some_problem(pick)
        assert saved_at_most(problem) >= best_value(problem)[0]
    a, b, c = (a_rescue_move(dose) for dose in "abc")
    two = RunRoomLeft({NORTHLAKE: Capacity(0, 1)}, Capacity(0, 1))
    assert saved_at_most(of(a, b, c)) == 3
    assert saved_at_most(of(a, b, c, runs={OTHER_RUN: two})) == 2
    assert saved_at_most(of(a, b, replace(c, run="runs/c"), runs={OTHER_RUN: ONE})) == 2
    assert saved_at_most(of(a, b, replace(c, added=Capacity(1, 0)), runs={OTHER_RUN: ONE})) == 2
    assert saved_at_most(RescueProblem({"a": [a], "b": []}, {OTHER_RUN: two}, {})) == 1


def test_many_doses_are_not_tried_one_by_one():
    moves = [a_rescue_move(f"d{number}") for number in range(DOSES_MAX + 1)]
    assert len(best_choice(of(*moves[1:]))) == DOSES_MAX == 20
    with pytest.raises(TooLarge):
        best_choice(of(*moves))
