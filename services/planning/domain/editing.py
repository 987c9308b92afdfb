"""A planner's own runs, judged like any plan: every limit they break is named, and what they cover is worked out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.network import Capacity
from services.planning.domain.assembling import given_plan
from services.planning.domain.board import Board
from services.planning.domain.explaining import Covered, coverage_of
from services.planning.domain.greedy import serve_from_open
from services.planning.domain.limits import broken_limits
from services.planning.domain.plan import PlannedRun, RunPlan, Serves
from services.planning.domain.problem import problem_of
from services.planning.domain.resources import OpenRun, World
from services.planning.domain.routing import DoseRouting
from services.planning.domain.scoring import LimitsBroken, Score, score_of


@dataclass(frozen=True, slots=True)
class RunDraft:
    """A run as a planner wants it."""

    id: str
    product: str
    line: str
    start_at: datetime
    delivery: str
    pledged: Capacity


@dataclass(frozen=True, slots=True)
class Judged:
    """A plan with its score and what it covers."""

    plan: RunPlan
    score: Score
    coverage: tuple[Covered, ...]


def judge(world: World, drafts: Sequence[RunDraft], before: Mapping[str, Serves]) -> Judged:
    """Judges a planner's runs; raises LimitsBroken with everything that is wrong.

    `before`: whom runs served, by id, before the edit. They go on doing so as far as they still can, so that an edit
    that changes nothing is judged as what it was.
    """
    routes = DoseRouting(world)
    runs = sorted((_run(world, draft) for draft in drafts), key=lambda run: (run.start_at, run.line))
    if broken := broken_limits(world, routes, RunPlan(tuple(runs))):
        raise LimitsBroken(broken)
    # As open runs they take what they take, and no more is decided than whom they serve.
    opened = tuple(
        OpenRun(run.id, run.product, run.line, run.end_of_synthesis_at, run.pledged, (), run.delivery) for run in runs
    )
    problem = problem_of(replace(world, open_runs=world.open_runs + opened), routes)
    board = Board(problem)
    for making, supply in zip(board.open, problem.supplies, strict=True):
        for bucket, doses in before.get(supply.run.name, ()):
            number = board.number_of.get(bucket)
            if number is not None and number in making.opening.doses:
                board.serve_open(making, number, doses)
    serve_from_open(board)
    plan = given_plan(board, runs)
    return Judged(plan, score_of(world, routes, problem.buckets, plan), coverage_of(board, routes, plan))


def _run(world: World, draft: RunDraft) -> PlannedRun:
    line = next((each for each in world.lines if each.name == draft.line), None)
    return PlannedRun(
        id=draft.id,
        product=draft.product,
        line=draft.line,
        start_at=draft.start_at,
        end_of_synthesis_at=draft.start_at + line.run if line else draft.start_at,
        delivery=draft.delivery,
        pledged=draft.pledged,
        claim_cutoff_at=draft.start_at - world.claim_cutoff,
    )
