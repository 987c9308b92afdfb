"""Bench `planning`: a plan of 26 weeks, 4 lines, 12 products and 10 sponsors, against what no plan can exceed."""

import argparse
import time

from services.planning.domain.scoring import weights_of
from services.planning.solving.search import FoundPlan, propose
from tests.bench.result import Line, show
from tests.support.planning_worlds import large_world

SOLVE_S = 50.0  # what ProposePlan takes when nothing else is asked
GOAL = "under 60 s; gap and greedy planner shown"
WEEKS, LINES, SPONSORS, SEED = 26, 4, 10, 7


def main(argv: list[str]) -> int:
    """Run the case; `--seconds` below 5 only checks that the bench works."""
    parser = argparse.ArgumentParser("tests.bench.planning", description=__doc__)
    parser.add_argument("--case", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=SOLVE_S)
    asked = parser.parse_args(argv)
    if not asked.case or "propose" in asked.case:
        world = large_world(SEED, WEEKS, LINES, SPONSORS)
        began_s = time.perf_counter()
        # The other benches' `--seconds` is how long they measure; a plan takes the time that it takes.
        found = propose(world, SOLVE_S if asked.seconds >= 5 else 10.0, lambda *_: None)
        show(_line(found, time.perf_counter() - began_s))
    return 0


def _line(found: FoundPlan, seconds: float) -> Line:
    score, greedy = found.judged.score, found.greedy_score
    assert score.bound is not None and score.gap is not None
    weights = weights_of(large_world(SEED, WEEKS, LINES, SPONSORS), score.doses)
    firm, rest = divmod(score.bound, weights.firm)
    firm_only = (
        f"no plan covers more than {firm:.0f} firm ones, nor with so many more than {rest // weights.forecast:.0f}"
    )
    note = (
        f"gap {score.gap:.4f}; {score.firm_covered} of {score.firm} firm, {score.covered} of {score.doses} in all "
        f"({firm_only}); {score.wasted_mbq:.0f} MBq wasted; greedy planner "
        f"{greedy.objective:.6g}: firm {greedy.firm_covered}, all {greedy.covered}; {len(found.judged.plan.runs)} runs"
    )
    return Line(
        bench="planning",
        case="propose",
        doselane=score.objective,
        limit=score.bound,
        limit_is="bound of the same model (linear relaxation over all weeks)",
        unit="objective",
        ratio=round(score.objective / score.bound, 4),
        goal=GOAL,
        p50_ms=round(seconds * 1000),
        p99_ms=round(seconds * 1000),
        outcomes={"covered": score.covered, "uncovered": score.doses - score.covered},
        note=f"{seconds:.1f} s; {note}",
    )
