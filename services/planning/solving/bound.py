"""What no plan can exceed: the same problem with its hard parts left away, as a linear program over all weeks."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from math import floor
from typing import Any

from ortools.linear_solver.python import model_builder

from services.network import Line
from services.planning.domain.board import Board
from services.planning.domain.problem import SHARES, Candidate, PlanningProblem
from services.planning.domain.routing import Session
from services.planning.domain.scoring import Weights

_TOLERANCE = 1e-5


def bound_of(problem: PlanningProblem, weights: Weights) -> float:
    """A bound on the objective of every plan. Falls back to all demand where the solver finds no optimum.

    Left away are: that runs are whole, when in a shift they start, changeovers, and which session of a day takes a
    dose. Each run of a shift yields as much, and each dose needs as little, as any start of the shift could make it.
    """
    doses = sum(demand.doses for demand in problem.demands)
    firm = sum(demand.firm for demand in problem.demands)
    found = _solved(problem, doses + 1)
    if found is not None:
        # Whoever covers a firm dose covers a dose.
        best = floor(found * (1 + 1e-9) + _TOLERANCE)
        firm = min(firm, best // (doses + 2))
        doses = min(doses, best - firm * (doses + 1))
    return float(weights.firm * firm + weights.forecast * doses)


def _solved(problem: PlanningProblem, firm_weight: int) -> float | None:
    model = model_builder.Model()
    by_demand = _supplies(problem, model)
    shifts: dict[tuple[str, datetime], list[Any]] = defaultdict(list)
    by_delivery: dict[str, list[Any]] = defaultdict(list)
    by_day: dict[tuple[str, datetime], list[Any]] = defaultdict(list)
    sessions: dict[tuple[str, datetime], set[Session | None]] = defaultdict(set)
    for (line_name, day, delivery), candidates, most in _groups(problem):
        runs, share, doses = _group(problem, model, candidates, most)
        shifts[line_name, day].append((runs, candidates))
        by_delivery[delivery].append(share)
        facility_day = (line_name.partition("/lines/")[0], day)
        by_day[facility_day] += [variable for _, variable in doses]
        sessions[facility_day] |= {candidate.opening.session for candidate in candidates}
        for number, variable in doses:
            by_demand[number].append(variable)
    lines = {line.name: line for line in problem.world.lines}
    for (line_name, _), groups in shifts.items():
        most = _most(lines[line_name], [each for _, candidates in groups for each in candidates])
        model.add(model_builder.LinearExpr.sum([runs for runs, _ in groups]) <= most)
    for delivery, shares in by_delivery.items():
        model.add(model_builder.LinearExpr.sum(shares) <= problem.shares_left[delivery] / SHARES)
    # Only sessions that count bound a day; one start without a session leaves the day open.
    board = Board(problem)
    for facility_day, variables in by_day.items():
        if None not in sessions[facility_day]:
            places = sum(max(0, board.places(session)) for session in sessions[facility_day])
            model.add(model_builder.LinearExpr.sum(variables) <= places)
    model.maximize(_objective(problem, model, by_demand, firm_weight))
    solver = model_builder.Solver("glop")
    return solver.objective_value if solver.solve(model) == model_builder.SolveStatus.OPTIMAL else None


def _groups(problem: PlanningProblem) -> list[tuple[tuple[str, datetime, str], Sequence[Candidate], int]]:
    """Candidates of one line, day, product and delivery, and how many of them could be made."""
    found: dict[tuple[str, datetime, str, str], list[Candidate]] = defaultdict(list)
    for candidate in problem.candidates:
        opening = candidate.opening
        day = opening.start_at.replace(hour=0, minute=0, second=0, microsecond=0)
        found[opening.line, day, opening.product, candidate.delivery].append(candidate)
    lines = {line.name: line for line in problem.world.lines}
    return [
        ((line, day, delivery), candidates, _most(lines[line], candidates))
        for (line, day, _, delivery), candidates in found.items()
    ]


def _most(line: Line, candidates: Sequence[Candidate]) -> int:
    """How many runs a line could start between the first and the last of some starts."""
    starts = [candidate.opening.start_at for candidate in candidates]
    return int((max(starts) - min(starts)) // (line.run + line.cleaning)) + 1


def _group(
    problem: PlanningProblem, model: Any, candidates: Sequence[Candidate], most: int
) -> tuple[Any, Any, list[tuple[int, Any]]]:
    per_share = max(candidate.kbq_per_share for candidate in candidates)
    vials = max(candidate.vials_max for candidate in candidates)
    share_max = max(candidate.shares_max for candidate in candidates) / SHARES
    needs: dict[int, int] = {}
    for candidate in candidates:
        for number, kbq in candidate.opening.doses.items():
            needs[number] = min(needs.get(number, kbq), kbq)
    # Fractions are allowed here, and the best figures of all starts combined: more than any plan can do, never less.
    runs = model.new_num_var(0, most, None)
    share = model.new_num_var(0, most * share_max, None)
    doses = [(number, model.new_num_var(0, min(problem.demands[number].doses, vials * most), None)) for number in needs]
    model.add(share <= share_max * runs)
    # In doses rather than kilobecquerel, so that all figures of the program are of one size.
    dose_kbq = max(needs.values())
    needed = model_builder.LinearExpr.weighted_sum(
        [variable for _, variable in doses], [needs[number] / dose_kbq for number, _ in doses]
    )
    model.add(needed <= per_share * SHARES / dose_kbq * share)
    model.add(model_builder.LinearExpr.sum([variable for _, variable in doses]) <= vials * runs)
    return runs, share, doses


def _supplies(problem: PlanningProblem, model: Any) -> dict[int, list[Any]]:
    by_demand: dict[int, list[Any]] = defaultdict(list)
    for supply in problem.supplies:
        needs = supply.opening.doses
        doses = [(number, model.new_num_var(0, supply.run.pledged.vials, None)) for number in needs]
        variables = [variable for _, variable in doses]
        shares = [kbq / max(1, supply.run.pledged.kbq) for kbq in needs.values()]
        model.add(model_builder.LinearExpr.weighted_sum(variables, shares) <= 1)
        model.add(model_builder.LinearExpr.sum(variables) <= supply.run.pledged.vials)
        for number, variable in doses:
            by_demand[number].append(variable)
    return by_demand


def _objective(problem: PlanningProblem, model: Any, by_demand: dict[int, list[Any]], firm_weight: int) -> Any:
    received: dict[tuple[str, object], list[Any]] = defaultdict(list)
    terms: list[Any] = []
    counts: list[float] = []
    for number, doses in by_demand.items():
        demand = problem.demands[number]
        covered = model.new_num_var(0, demand.doses, None)
        model.add(covered <= model_builder.LinearExpr.sum(doses))
        received[demand.region, demand.week].append(covered)
        terms.append(covered)
        counts.append(1.0)
        if demand.firm:
            firm = model.new_num_var(0, demand.firm, None)
            model.add(firm <= covered)
            terms.append(firm)
            counts.append(float(firm_weight))
    for key, variables in received.items():
        if key in problem.receiving:  # type: ignore[comparison-overlap]
            model.add(model_builder.LinearExpr.sum(variables) <= problem.receiving[key])  # type: ignore[index]
    return model_builder.LinearExpr.weighted_sum(terms, counts)
