"""The search for a plan: greedy first, then CP-SAT, all at once or week by week, and a bound beside it."""

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from math import inf

from services.planning.domain.assembling import plan_of
from services.planning.domain.board import Board, firm_left
from services.planning.domain.editing import Judged
from services.planning.domain.explaining import coverage_of
from services.planning.domain.greedy import fill, greedy
from services.planning.domain.problem import PlanningProblem, problem_of
from services.planning.domain.resources import World
from services.planning.domain.routing import DoseRouting
from services.planning.domain.scoring import Score, Weights, score_of, weights_of
from services.planning.solving import model
from services.planning.solving.bound import bound_of

# As many candidates as CP-SAT mostly proves optimal, waste and all.
SMALL_CANDIDATES_MAX = 250
# What is worked on such a model for each second of its time, in the solver's own measure: a machine of today needs a
# fifth of the time, so that one that is four times as slow comes to the same plan.
SMALL_WORK_PER_S = 0.1
# As many as CP-SAT bounds better than the linear program; for that it gets a share of the time.
WHOLE_CANDIDATES_MAX = 1500
WHOLE_SHARE = 0.3
# What is left for the judgement and the explanations at the end.
TO_END_S = 4.0
# How much is solved anew at once: in the end more, to see further, and with more time for each.
WIDTHS = (timedelta(weeks=1), timedelta(weeks=2), timedelta(weeks=3))
WINDOW_S_MAX = 4.0
# The same as work in the solver's own measure, for a search that is bounded by steps and not by time.
WINDOW_WORK_MAX = 0.25

# What is being done, the objective so far, the bound if there is one.
OnPhase = Callable[[str, float | None, float | None], None]


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """A plan, its judgement, and that of the greedy planner's."""

    judged: Judged
    greedy_score: Score


def propose(world: World, limit_s: float, on_phase: OnPhase, *, windows_max: int | None = None) -> FoundPlan:
    """Works out a plan within a time; with `windows_max`, in so many windows of equal work however fast the machine."""
    began_s = time.monotonic()
    routes = DoseRouting(world)
    on_phase("listing the runs that could be made", None, None)
    problem = problem_of(world, routes)
    weights = weights_of(world, sum(demand.doses for demand in problem.demands))
    board = greedy(problem)
    # A plan pledges more than the board alone, for agreements, and the search goes on from the board alone.
    greedy_plan = plan_of(deepcopy(board, {id(problem): problem}))
    greedy_score = score_of(world, routes, problem.buckets, greedy_plan, time.monotonic() - began_s)
    on_phase("greedy plan", greedy_score.objective, None)
    search = _Search(problem, weights, began_s, max(1.0, limit_s - TO_END_S), on_phase, windows_max)
    board, bound = search.run(board)
    fill(board)
    plan = plan_of(board)
    score = score_of(world, routes, problem.buckets, plan)
    if score.objective < greedy_score.objective:  # too little time for the solver
        board = greedy(problem)
        plan = plan_of(board)
        score = score_of(world, routes, problem.buckets, plan)
    on_phase("explaining what is not covered", score.objective, bound)
    coverage = coverage_of(board, routes, plan)
    score = replace(score, bound=max(bound, score.objective), seconds=time.monotonic() - began_s)
    return FoundPlan(Judged(plan, score, coverage), greedy_score)


def standing(board: Board, weights: Weights) -> float:
    """The objective of what is on a board, pre-booked capacity apart."""
    demands = board.problem.demands
    firm = sum(demand.firm - firm_left(board, number) for number, demand in enumerate(demands))
    doses = sum(demand.doses - board.wanted[number] for number, demand in enumerate(demands))
    wasted = sum(each.candidate.kbq(each.shares) - each.kbq for each in board.made.values() if each.candidate)
    wasted += sum(each.kbq_max - each.kbq for each in board.open)
    return weights.firm * firm + weights.forecast * doses - wasted / 1000.0


class _Search:
    def __init__(
        self,
        problem: PlanningProblem,
        weights: Weights,
        began_s: float,
        limit_s: float,
        on_phase: OnPhase,
        windows_left: int | None,
    ) -> None:
        self._problem, self._weights, self._windows_left = problem, weights, windows_left
        self._until_s, self._on_phase = began_s + limit_s, on_phase
        self._small_work_max = SMALL_WORK_PER_S * limit_s

    def run(self, board: Board) -> tuple[Board, float]:
        """The best plan of the time, and a bound. A small problem is solved as one model, and only so."""
        candidates = len(self._problem.candidates)
        if candidates <= SMALL_CANDIDATES_MAX:
            return self._whole(board, inf, waste=True)
        self._on_phase("working out the bound", standing(board, self._weights), None)
        bound = bound_of(self._problem, self._weights)
        whole_too = candidates <= WHOLE_CANDIDATES_MAX
        self._by_weeks(board, bound, self._left_s() * (1 - WHOLE_SHARE if whole_too else 1))
        return self._whole(board, bound, waste=False) if whole_too and self._left_s() > 1 else (board, bound)

    def _whole(self, board: Board, bound: float, *, waste: bool) -> tuple[Board, float]:
        """All weeks in one model, whose bound is CP-SAT's own."""

        def tell(objective: float, its_bound: float, tiers: model.Tiers) -> None:
            least = min(bound, self._in_weights(tiers, its_bound))
            self._on_phase("solving all weeks at once", max(before, self._in_weights(tiers, objective)), least)

        before, fresh = standing(board, self._weights), Board(self._problem)
        limit_s = max(0.5, self._left_s())
        part = model.solve(
            fresh,
            self._problem.candidates,
            limit_s,
            work_max=self._small_work_max if waste else None,
            open_too=True,
            waste=waste,
            hint={number: making.doses for number, making in board.made.items()},
            open_hint={place: making.doses for place, making in enumerate(board.open)},
            on_progress=tell,
        )
        if part is None:
            return board, min(bound, bound_of(self._problem, self._weights))
        model.put(fresh, part)
        better = fresh if standing(fresh, self._weights) > before else board
        return better, min(bound, self._in_weights(part.tiers, part.bound))

    def _by_weeks(self, board: Board, bound: float, time_s: float) -> None:
        """Some weeks are taken off the board and solved anew, first where firm demand is missing; then wider ones."""
        until_s = time.monotonic() + time_s
        first = min(candidate.opening.start_at for candidate in self._problem.candidates)
        last = max(candidate.opening.start_at for candidate in self._problem.candidates)
        for turn in count():
            width = WIDTHS[min(turn // 2, len(WIDTHS) - 1)]
            # Every second look begins in the middle of a window, to see across their borders.
            begin = first - width / 2 * (turn % 2)
            windows = [begin + width * number for number in range((last - begin) // width + 1)]
            windows.sort(key=lambda at: -self._missing(board, at, width))
            gained = False
            for place, from_at in enumerate(windows):
                left_s = until_s - time.monotonic()
                if left_s <= 0 or self._windows_left == 0:
                    return
                fair_s = max(0.5, left_s / (len(windows) - place))
                if self._improve(board, from_at, width, min(fair_s, left_s)):
                    gained = True
                    self._on_phase("improving week by week", standing(board, self._weights), bound)
            if not gained and turn >= 2 * len(WIDTHS) - 1:
                return

    def _improve(self, board: Board, from_at: datetime, width: timedelta, limit_s: float) -> bool:
        """Solves one window anew beside all others, and keeps the better of old and new."""
        until_at, weeks, work_max = from_at + width, width / WIDTHS[0], None
        if self._windows_left is None:
            limit_s = min(limit_s, WINDOW_S_MAX * weeks)
        else:
            self._windows_left, work_max = self._windows_left - 1, WINDOW_WORK_MAX * weeks
        before = standing(board, self._weights)
        hint = {
            number: dict(making.doses)
            for number, making in board.made.items()
            if from_at <= making.opening.start_at < until_at
        }
        board.remove(hint)
        free = [each for each in self._problem.candidates if from_at <= each.opening.start_at < until_at]
        part = model.solve(board, free, limit_s, work_max=work_max, waste=False, hint=hint)
        if part is not None:
            model.put(board, part)
            if standing(board, self._weights) > before:
                return True
            board.remove(part.chosen)
        for number, doses in hint.items():
            for demand, many in doses.items():
                board.serve(self._problem.candidates[number], demand, many)
        return False

    def _missing(self, board: Board, from_at: datetime, width: timedelta) -> int:
        """How much a window's runs could still cover: firm doses count most."""
        numbers = {
            number
            for candidate in self._problem.candidates
            if from_at <= candidate.opening.start_at < from_at + width
            for number in candidate.opening.doses
        }
        return sum(1000 * firm_left(board, number) + board.wanted[number] for number in numbers)

    def _left_s(self) -> float:
        return self._until_s - time.monotonic()

    def _in_weights(self, tiers: model.Tiers, value: float) -> float:
        """A model's objective or bound in the published weights."""
        firm, doses, wasted_kbq = tiers.split(value)
        world = self._problem.world
        # What the model counts as wasted, agreements may have booked; and of a run that ended before the horizon the
        # score counts none. Waste left away keeps a bound a bound.
        if world.agreements or any(
            run.allotments or run.end_of_synthesis_at < world.from_at for run in world.open_runs
        ):
            wasted_kbq = 0.0
        return self._weights.firm * firm + self._weights.forecast * doses - wasted_kbq / 1000.0
