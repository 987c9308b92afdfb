"""A part of a plan as a CP-SAT model: some runs are free to choose, all others stand on the board."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from ortools.sat.python import cp_model

from services.network import Line
from services.planning.domain.board import Board, Making, firm_left
from services.planning.domain.problem import Candidate
from services.planning.domain.routing import Session

# The activity of a run is counted in a unit of its own, of which a share of its delivery is so many: fine enough to
# lose no more than a ten-thousandth, and so coarse that no sum comes near the solver's integers.
UNITS_PER_SHARE = 10_000
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Tiers:
    """What a model's objective is made of; a bound on it is a bound on each tier."""

    firm: int
    forecast: int
    per_kbq: int  # what a kilobecquerel wasted costs

    def split(self, bound: float) -> tuple[int, int, float]:
        """The most firm doses, then the most doses, then the least waste in kBq that a bound on the sum allows."""
        whole = ceil(bound)
        # Waste may take away less than one dose counts, so a little below a multiple is as good as the multiple.
        firm = (whole + self.forecast - 1) // self.firm
        rest = max(0, whole - firm * self.firm)
        doses = -(-rest // self.forecast)
        return firm, doses, (doses * self.forecast - rest) / self.per_kbq


# What the solver has found: its objective, what it cannot exceed, and what both are made of.
OnProgress = Callable[[float, float, Tiers], None]


@dataclass(frozen=True, slots=True)
class SolvedPart:
    """What the solver made of a part: doses by candidate and demand, and those of open runs by their place."""

    chosen: Mapping[int, Mapping[int, int]]
    opened: Mapping[int, Mapping[int, int]]
    objective: float
    bound: float
    tiers: Tiers
    optimal: bool


@dataclass(slots=True)
class _Model:
    board: Board
    model: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    made: dict[int, cp_model.IntVar] = field(default_factory=dict)
    shares: dict[int, cp_model.IntVar] = field(default_factory=dict)
    doses: dict[tuple[int, int], cp_model.IntVar] = field(default_factory=dict)
    opened: dict[tuple[int, int], cp_model.IntVar] = field(default_factory=dict)
    by_demand: dict[int, list[cp_model.IntVar]] = field(default_factory=lambda: defaultdict(list))
    firm: dict[int, tuple[cp_model.IntVar, int]] = field(default_factory=dict)


def solve(
    board: Board,
    free: Sequence[Candidate],
    limit_s: float,
    *,
    work_max: float | None = None,
    open_too: bool = False,
    waste: bool = True,
    hint: Mapping[int, Mapping[int, int]] | None = None,
    open_hint: Mapping[int, Mapping[int, int]] | None = None,
    on_progress: OnProgress | None = None,
) -> SolvedPart | None:
    """The best choice among the free candidates beside what is on the board; None if there was too little time.

    `work_max` bounds what the solver does, in its own measure, which is the same on every machine; one worker does it
    then, so that its answer is the same too.
    """
    free = [candidate for candidate in free if board.line_free(candidate.opening)]
    made = _Model(board)
    for candidate in free:
        _run(made, candidate)
    if open_too:
        for place, making in enumerate(board.open):
            _open(made, place, making)
    _lines(made, free)
    _shared(made, free)
    tiers = _objective(made, free, waste=waste)
    if hint is not None:
        _hint(made, free, hint, open_hint or {})
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = WORKERS if work_max is None else 1
    solver.parameters.max_time_in_seconds = limit_s
    if work_max is not None:
        solver.parameters.max_deterministic_time = work_max
    solver.parameters.random_seed = 1
    status = solver.solve(made.model, _Telling(on_progress, tiers) if on_progress else None)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    chosen: dict[int, dict[int, int]] = defaultdict(dict)
    opened: dict[int, dict[int, int]] = defaultdict(dict)
    for found, variables in ((chosen, made.doses), (opened, made.opened)):
        for (key, number), variable in variables.items():
            if value := solver.value(variable):
                found[key][number] = value
    optimal = status == cp_model.OPTIMAL
    return SolvedPart(chosen, opened, solver.objective_value, solver.best_objective_bound, tiers, optimal)


def put(board: Board, part: SolvedPart) -> None:
    """Puts what the solver chose on the board."""
    for number, doses in part.chosen.items():
        for demand, count in doses.items():
            board.serve(board.problem.candidates[number], demand, count)
    for place, doses in part.opened.items():
        for demand, count in doses.items():
            board.serve_open(board.open[place], demand, count)


class _Telling(cp_model.CpSolverSolutionCallback):
    def __init__(self, on_progress: OnProgress, tiers: Tiers) -> None:
        super().__init__()
        self._on_progress, self._tiers = on_progress, tiers

    def on_solution_callback(self) -> None:
        """Called by the solver for each better solution."""
        self._on_progress(self.objective_value, self.best_objective_bound, self._tiers)


def _run(made: _Model, candidate: Candidate) -> None:
    model, board, number = made.model, made.board, candidate.number
    shares_max = min(candidate.shares_max, board.shares[candidate.delivery])
    kbq_max = candidate.kbq(shares_max)
    terms = []
    for demand, each in candidate.opening.doses.items():
        most = min(board.wanted[demand], candidate.vials_max, kbq_max // each)
        if most > 0:
            variable = model.new_int_var(0, most, "")
            made.doses[number, demand] = variable
            made.by_demand[demand].append(variable)
            terms.append((variable, each))
    if not terms:
        return
    run, shares = model.new_bool_var(""), model.new_int_var(0, shares_max, "")
    made.made[number], made.shares[number] = run, shares
    unit_kbq = candidate.kbq_per_share / UNITS_PER_SHARE
    used = sum(ceil(each / unit_kbq) * variable for variable, each in terms)
    model.add(used <= UNITS_PER_SHARE * shares)
    model.add(shares <= shares_max * run)
    total = sum(variable for variable, _ in terms)
    model.add(total <= candidate.vials_max * run)
    model.add(total >= run)


def _open(made: _Model, place: int, making: Making) -> None:
    terms = []
    for demand, each in making.opening.doses.items():
        variable = made.model.new_int_var(0, max(0, min(made.board.wanted[demand], making.vials_max)), "")
        made.opened[place, demand] = variable
        made.by_demand[demand].append(variable)
        terms.append((variable, each))
    made.model.add(sum(each * variable for variable, each in terms) <= making.kbq_max - making.kbq)
    made.model.add(sum(variable for variable, _ in terms) <= making.vials_max - making.vials)


def _lines(made: _Model, free: Iterable[Candidate]) -> None:
    """One run at a time on a line, with cleaning between runs and more between different products."""
    lines: dict[str, Line] = {line.name: line for line in made.board.problem.world.lines}
    starts: dict[str, dict[datetime, list[Candidate]]] = defaultdict(lambda: defaultdict(list))
    for candidate in free:
        if candidate.number in made.made:
            starts[candidate.opening.line][candidate.opening.start_at].append(candidate)
    for name, at in starts.items():
        line, order = lines[name], sorted(at)
        same, different = line.run + line.cleaning, line.run + max(line.cleaning, line.changeover)
        for start_at in order:
            close = [each for other in order if start_at - same < other <= start_at for each in at[other]]
            made.model.add_at_most_one(made.made[each.number] for each in close)
            near = [other for other in order if start_at - different < other <= start_at - same]
            # Starts that exclude each other share one constraint, which bounds better than one for each pair.
            together = [near] if near and near[-1] - near[0] < same else [[other] for other in near]
            for product in sorted({each.opening.product for each in at[start_at]}):
                here = [each for each in at[start_at] if each.opening.product == product]
                for group in together:
                    before = [each for other in group for each in at[other] if each.opening.product != product]
                    if before:
                        made.model.add_at_most_one(made.made[each.number] for each in (*here, *before))


def _shared(made: _Model, free: Iterable[Candidate]) -> None:
    """What runs share: deliveries, sessions of quality control, places in a region, and demand."""
    board, model = made.board, made.model
    by_delivery: dict[str, list[cp_model.IntVar]] = defaultdict(list)
    by_session: dict[Session, list[cp_model.IntVar]] = defaultdict(list)
    for candidate in free:
        if candidate.number in made.made:
            by_delivery[candidate.delivery].append(made.shares[candidate.number])
            if candidate.opening.session is not None:
                by_session[candidate.opening.session] += [
                    made.doses[candidate.number, demand]
                    for demand in candidate.opening.doses
                    if (candidate.number, demand) in made.doses
                ]
    for delivery, shares in by_delivery.items():
        model.add(sum(shares) <= board.shares[delivery])
    for session, doses in by_session.items():
        model.add(sum(doses) <= max(0, board.places(session)))
    received = defaultdict(list)
    for number, doses in made.by_demand.items():
        demand = board.problem.demands[number]
        model.add(sum(doses) <= board.wanted[number])
        if (demand.region, demand.week) in board.problem.receiving:
            received[demand.region, demand.week].append(number)
    for numbers in received.values():
        model.add(sum(sum(made.by_demand[number]) for number in numbers) <= max(0, board.receivable(numbers[0])))


def _objective(made: _Model, free: Iterable[Candidate], *, waste: bool) -> Tiers:
    """Firm doses before all doses before the least waste, as one sum.

    A run of a best plan wastes less than one share, or it would take one less. So a dose has to count only as much as
    all runs that could be made at once can waste so.
    """
    board, model = made.board, made.model
    used = [candidate for candidate in free if candidate.number in made.made]
    greatest = max((candidate.kbq_per_share for candidate in used), default=1.0)
    per_kbq = 100 if greatest < 10_000 else 1
    slots: dict[tuple[str, object], float] = defaultdict(float)
    for candidate in used:
        key = (candidate.opening.line, candidate.opening.start_at)
        slots[key] = max(slots[key], candidate.kbq_per_share)
    wanted = sum(board.wanted[number] for number in made.by_demand)
    # What open runs pledged and nobody needs is wasted too, so that it is used before more is made.
    places = {place for place, _ in made.opened}
    left_kbq = sum(board.open[place].kbq_max - board.open[place].kbq for place in places)
    forecast = ceil((sum(slots.values()) + left_kbq) * per_kbq) + 1 if waste else 1
    firm = forecast * (wanted + 1)
    sums = []
    for number, doses in made.by_demand.items():
        sums.append(forecast * sum(doses))
        if (left := firm_left(board, number)) > 0:
            covered = model.new_int_var(0, left, "")
            model.add(covered <= sum(doses))
            sums.append(firm * covered)
            made.firm[number] = (covered, left)
    for candidate in used if waste else ():
        sums.append(-round(candidate.kbq_per_share * per_kbq) * made.shares[candidate.number])
        sums += [
            per_kbq * each * made.doses[candidate.number, demand]
            for demand, each in candidate.opening.doses.items()
            if (candidate.number, demand) in made.doses
        ]
    if waste:
        sums.append(-per_kbq * left_kbq)
        for (place, number), variable in made.opened.items():
            sums.append(per_kbq * board.open[place].opening.doses[number] * variable)
    model.maximize(sum(sums))
    return Tiers(firm, forecast, per_kbq)


def _hint(
    made: _Model,
    free: Iterable[Candidate],
    hint: Mapping[int, Mapping[int, int]],
    open_hint: Mapping[int, Mapping[int, int]],
) -> None:
    """A whole solution to begin from: the solver takes it at once only if no variable is left out."""
    model, covered = made.model, defaultdict[int, int](int)
    for candidate in free:
        number, wanted = candidate.number, hint.get(candidate.number, {})
        if number not in made.made:
            continue
        unit_kbq = candidate.kbq_per_share / UNITS_PER_SHARE
        units = sum(ceil(candidate.opening.doses[demand] / unit_kbq) * count for demand, count in wanted.items())
        model.add_hint(made.made[number], bool(wanted))
        model.add_hint(made.shares[number], -(-units // UNITS_PER_SHARE))
        for demand in candidate.opening.doses:
            if (number, demand) in made.doses:
                model.add_hint(made.doses[number, demand], wanted.get(demand, 0))
                covered[demand] += wanted.get(demand, 0)
    for (place, demand), variable in made.opened.items():
        doses = open_hint.get(place, {}).get(demand, 0)
        model.add_hint(variable, doses)
        covered[demand] += doses
    for demand, (variable, left) in made.firm.items():
        model.add_hint(variable, min(left, covered[demand]))
