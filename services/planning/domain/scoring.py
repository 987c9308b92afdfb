"""The one judgement of a plan: firm doses covered, then all doses covered, then the least activity wasted."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from services.planning.domain.demand import Bucket, totals
from services.planning.domain.limits import Broken, broken_limits, bucket_kbq
from services.planning.domain.plan import PlannedRun, RunPlan, Serves
from services.planning.domain.resources import OpenRun, World
from services.planning.domain.routing import DoseRouting


@dataclass(frozen=True, slots=True)
class Weights:
    """What a dose counts, against one megabecquerel wasted.

    A forecast dose outweighs all activity that deliveries and open runs could ever waste, a firm dose all forecast
    doses and that. So the order of the three holds for any two plans.
    """

    firm: int
    forecast: int


@dataclass(frozen=True, slots=True)
class Score:
    """How good a plan is. `objective` = firm · firm weight + covered · forecast weight - wasted megabecquerel."""

    objective: float
    firm_covered: int
    firm: int
    covered: int
    doses: int
    wasted_mbq: float
    seconds: float = 0.0
    bound: float | None = None

    @property
    def gap(self) -> float | None:
        """(bound - objective) / |bound|; 0 where both are 0."""
        if self.bound is None:
            return None
        return (self.bound - self.objective) / abs(self.bound) if self.bound else 0.0


class LimitsBroken(Exception):
    """A plan breaks limits; it must never be proposed."""

    def __init__(self, broken: list[Broken]) -> None:
        super().__init__("; ".join(f"{each.run} {each.reason}: {each.sentence}" for each in broken[:10]))
        self.broken = broken


def weights_of(world: World, doses: int) -> Weights:
    """The weights for a world in which so many doses are forecast."""
    most_wasted = sum(delivery.arriving_mbq * delivery.yield_fraction for delivery in world.deliveries)
    most_wasted += sum(run.pledged.kbq for run in world.open_runs) / 1000.0
    forecast = ceil(most_wasted) + 1
    return Weights(firm=forecast * (doses + 1), forecast=forecast)


def score_of(
    world: World, routes: DoseRouting, buckets: tuple[Bucket, ...], plan: RunPlan, seconds: float = 0.0
) -> Score:
    """Judges a plan, after checking every limit from the world itself; raises LimitsBroken."""
    if broken := broken_limits(world, routes, plan):
        raise LimitsBroken(broken)
    firm_covered, firm, covered, doses = totals(buckets, plan.covered())
    wasted_mbq = (sum(_wasted_kbq(world, routes, run) for run in plan.runs) + _open_kbq(world, routes, plan)) / 1000.0
    weights = weights_of(world, doses)
    objective = weights.firm * firm_covered + weights.forecast * covered - wasted_mbq
    return Score(objective, firm_covered, firm, covered, doses, wasted_mbq, seconds)


def _wasted_kbq(world: World, routes: DoseRouting, run: PlannedRun) -> int:
    """What a run pledges and nobody needs: neither a dose that it covers nor a sponsor that pre-booked it."""
    allotments = [(each.partner, each.capacity.kbq) for each in run.allotments]
    return _unneeded(world, routes, run, run.serves, allotments)


def _open_kbq(world: World, routes: DoseRouting, plan: RunPlan) -> int:
    """The same of the open runs of the horizon: what they pledged already is used before more is made."""
    wanted = {forecast.product for forecast in world.forecasts} & {product.name for product in world.products}
    serves = dict(plan.open_serve)
    lines = {line.name for line in world.lines}
    return sum(
        _unneeded(world, routes, run, serves.get(run.name, ()), [(who, each.kbq) for who, each in run.allotments])
        for run in world.open_runs
        if run.product in wanted and run.line in lines and world.from_at <= run.end_of_synthesis_at < world.until_at
    )


def _unneeded(
    world: World,
    routes: DoseRouting,
    run: PlannedRun | OpenRun,
    serves: Serves,
    allotments: Sequence[tuple[str, int]],
) -> int:
    product = next(each for each in world.products if each.name == run.product)
    line = next(each for each in world.lines if each.name == run.line)
    needs: dict[str, int] = defaultdict(int)
    for bucket, doses in serves:
        kbq = bucket_kbq(world, routes, line, product, run.end_of_synthesis_at, bucket)
        needs[bucket.partner] += doses * (kbq or 0)
    for partner, allotted in allotments:
        needs[partner] = max(needs[partner], allotted)
    return max(0, run.pledged.kbq - sum(needs.values()))
