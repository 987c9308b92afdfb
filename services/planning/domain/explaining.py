"""What a plan covers of each week's demand, and for what it does not cover, which resource binds."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.network import Line, Product
from services.planning.domain.board import Board, Lack
from services.planning.domain.demand import Bucket
from services.planning.domain.plan import RunPlan
from services.planning.domain.problem import Candidate, lines_planned, shifts_of
from services.planning.domain.routing import DoseRouting
from services.planning.domain.weeks import WEEK, starts_at


class BindingLimit(StrEnum):
    """What keeps demand from being covered."""

    NOTHING = "BINDING_UNSPECIFIED"
    ISOTOPE = "ISOTOPE"
    LINE_TIME = "LINE_TIME"
    QUALITY_CONTROL = "QUALITY_CONTROL"
    RECEIVING = "RECEIVING"
    NO_LINE = "NO_LINE"
    TRADE_OFF = "TRADE_OFF"


@dataclass(frozen=True, slots=True)
class Covered:
    """One bucket of demand, what is covered of it, and why not all."""

    bucket: Bucket
    doses: int
    binding: BindingLimit = BindingLimit.NOTHING
    explanation: str = ""


Why = tuple[BindingLimit, str]


def coverage_of(board: Board, routes: DoseRouting, plan: RunPlan) -> tuple[Covered, ...]:
    """What a plan covers, bucket by bucket. The board must hold the plan."""
    explain = _Explainer(board, routes)
    covered = plan.covered()
    found = []
    for number, demand in enumerate(board.problem.demands):
        why: Why | None = None
        for bucket in demand.buckets:
            doses = covered.get(bucket, 0)
            if doses >= bucket.doses:
                found.append(Covered(bucket, doses))
            else:
                why = why or explain.why(number)
                found.append(Covered(bucket, doses, *why))
    return tuple(sorted(found, key=lambda each: each.bucket))


class _Explainer:
    def __init__(self, board: Board, routes: DoseRouting) -> None:
        self._board, self._routes = board, routes
        self._world = board.problem.world
        self._products = {product.name: product for product in self._world.products}
        self._by_demand: dict[int, list[Candidate]] = defaultdict(list)
        for candidate in board.problem.candidates:
            for number in candidate.opening.doses:
                self._by_demand[number].append(candidate)
        self._reached = {number for opening in board.problem.openings for number in opening.doses}

    def why(self, number: int) -> Why:
        """Why one more dose of a demand is not covered."""
        demand = self._board.problem.demands[number]
        product = self._products.get(demand.product)
        lines = [line for line in lines_planned(self._world) if demand.product in line.products]
        if product is None:
            return BindingLimit.NO_LINE, f"{demand.product} is not in the master data."
        if not lines:
            return BindingLimit.NO_LINE, f"No line is qualified for {demand.product}."
        if not demand.sites:
            return BindingLimit.RECEIVING, f"No centre in {demand.region or 'any region'} takes doses of the sponsor."
        if number not in self._reached:
            return self._out_of_reach(number, product, lines)
        candidates = self._by_demand[number]
        if not candidates:
            text = f"No delivery of {product.nuclide} with enough for a dose can be used when a run would start."
            return BindingLimit.ISOTOPE, text
        return self._lacking(number, product, candidates)

    def _out_of_reach(self, number: int, product: Product, lines: Sequence[Line]) -> Why:
        """No run could serve the demand, whatever the isotope: it is the shifts, quality control, or the way."""
        week_at = starts_at(self._board.problem.demands[number].week)
        starts = [
            (line, span.start_at)
            for line in lines
            for span in shifts_of(self._world, line)
            if week_at - product.shelf_life - line.run <= span.start_at < week_at + WEEK
            and span.end_at - span.start_at >= (line.run if line.shifts else timedelta(0))
            and self._has_room(line, product, span.start_at, span.end_at)
        ]
        if not starts:
            text = f"None of {len(lines)} qualified lines has a free shift of a run's length in time."
            return BindingLimit.LINE_TIME, text
        ends = [(line.facility, at + line.run) for line, at in starts]
        if not any(self._routes.release(facility, product, end_at) for facility, end_at in ends):
            return BindingLimit.QUALITY_CONTROL, "No session of quality control follows a run while its doses last."
        demand = self._board.problem.demands[number]
        hours = product.shelf_life / timedelta(hours=1)
        text = (
            f"From {len(starts)} possible starts no lane arrives in a window of the {len(demand.sites)} centres "
            f"in the week, licensed and within the shelf life of {hours:g} hours."
        )
        return BindingLimit.RECEIVING, text

    def _has_room(self, line: Line, product: Product, from_at: datetime, until_at: datetime) -> bool:
        """Whether the open runs leave a gap of a shift that a run fits into."""
        free_at = max(from_at, self._world.from_at)
        for run in sorted(self._world.open_runs, key=lambda each: each.end_of_synthesis_at):
            start_at = run.end_of_synthesis_at - line.run
            gap = line.gap(run.product, product.name)
            if run.line != line.name or run.end_of_synthesis_at + gap <= free_at:
                continue
            if start_at - gap >= free_at + line.run:
                break
            free_at = run.end_of_synthesis_at + gap
        return free_at + (line.run if line.shifts else timedelta(0)) <= until_at

    def _lacking(self, number: int, product: Product, candidates: Sequence[Candidate]) -> Why:
        lacks = [self._board.lacks(candidate, number) for candidate in candidates]
        always = set.intersection(*lacks)
        tell: Mapping[Lack, Callable[[], str]] = {
            Lack.ISOTOPE: lambda: self._isotope(number, product, candidates),
            Lack.LINE_TIME: lambda: (
                f"All {_starts(candidates)} starts that could serve it are taken by runs, cleaning and changeovers, "
                "or their runs are full."
            ),
            Lack.QUALITY_CONTROL: lambda: self._sessions(candidates),
            Lack.RECEIVING: lambda: self._receiving(number),
        }
        for lack, words in tell.items():
            if lack in always:
                return BindingLimit(lack.value), words()
        parts = [f"{sum(lack in each for each in lacks)} lack {lack.lower().replace('_', ' ')}" for lack in tell]
        text = (
            f"Of {len(candidates)} ways to make one more dose {', '.join(parts)}; the whole plan covers more elsewhere."
        )
        return BindingLimit.TRADE_OFF, text

    def _isotope(self, number: int, product: Product, candidates: Sequence[Candidate]) -> str:
        names = {candidate.delivery for candidate in candidates}
        deliveries = [delivery for delivery in self._world.deliveries if delivery.name in names]
        arriving = sum(delivery.arriving_mbq for delivery in deliveries)
        left = sum(delivery.arriving_mbq * self._board.shares[delivery.name] / 1000 for delivery in deliveries)
        need_mbq = min(candidate.opening.doses[number] for candidate in candidates) / 1000
        return (
            f"{len(deliveries)} deliveries of {product.nuclide} could be used; {left:.4g} of their {arriving:.4g} MBq "
            f"on arrival are left, and a dose needs at least {need_mbq:.4g} MBq at its end of synthesis."
        )

    def _sessions(self, candidates: Sequence[Candidate]) -> str:
        sessions = {candidate.opening.session for candidate in candidates if candidate.opening.session}
        places = sum(session.places for session in sessions)
        return f"The {len(sessions)} sessions of quality control that could take it are full, with {places} doses."

    def _receiving(self, number: int) -> str:
        demand = self._board.problem.demands[number]
        places = self._board.problem.receiving.get((demand.region, demand.week), 0)
        return f"The centres of {demand.region} have {places} places in the week, and all are taken."


def _starts(candidates: Sequence[Candidate]) -> int:
    return len({(candidate.opening.line, candidate.opening.start_at) for candidate in candidates})
