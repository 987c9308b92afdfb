"""A part of a rescue as a CP-SAT model: one yes or no a move, and the figures of the ranking one after the other."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from time import monotonic
from typing import Any

from services.network import NOTHING
from services.tower.domain.rescuing import Chosen, RescueMove, RescueProblem, RunRoomLeft
from services.tower.domain.rescuing.problem import RoomTaken

WORKERS = 2
# The share of the time that is left which each of the figures may take.
_SHARES = (0.6, 0.6, 1.0)


@dataclass(slots=True)
class Solving:
    """Chooses for parts, all of them within a time."""

    limit_s: float
    _until_s: float = 0.0

    def __post_init__(self) -> None:
        self._until_s = monotonic() + self.limit_s

    def __call__(self, part: RescueProblem) -> Chosen:
        """The best choice that is found in what is left of the time."""
        from ortools.sat.python import cp_model  # a second to import, and few rescues need it

        return _Model(cp_model, part).solved(self._until_s)


class _Model:
    def __init__(self, cp_model: Any, part: RescueProblem) -> None:
        self._cp, self._model = cp_model, cp_model.CpModel()
        self._moves = [move for moves in part.moves.values() for move in moves]
        self._worths = [move.worth for move in self._moves]
        self._chosen = [self._model.new_bool_var("") for _ in self._moves]
        self._one_of_each_dose()
        self._rooms_of_runs(part)
        self._rooms_of_places(part)
        self._begin = {id(move) for move in _greedy(part)}
        self._hint(self._begin)

    def solved(self, until_s: float) -> Chosen:
        """Seeks one figure after the other, each without giving up those before."""
        saved = [1] * len(self._moves)
        slack = [worth.slack_minutes for worth in self._worths]
        per_waste = 1 - sum(worth.cost for worth in self._worths)  # more than all cost there can be
        rest = [worth.wasted_permille * per_waste + worth.cost for worth in self._worths]
        best = [id(move) in self._begin for move in self._moves]
        saved_max, proven = len({move.dose for move in self._moves}), True
        for share, figures in zip(_SHARES, (saved, slack, rest), strict=True):
            solver = self._cp.CpSolver()
            solver.parameters.num_workers = WORKERS
            solver.parameters.max_time_in_seconds = max(0.01, (until_s - monotonic()) * share)
            aim = sum(figure * var for figure, var in zip(figures, self._chosen, strict=True))
            self._model.maximize(aim)
            status = solver.solve(self._model)
            if status not in (self._cp.OPTIMAL, self._cp.FEASIBLE):
                proven = False
                break
            best = [solver.boolean_value(var) for var in self._chosen]
            if figures is saved:
                saved_max = min(saved_max, int(solver.best_objective_bound + 1e-6))
            proven = proven and status == self._cp.OPTIMAL
            reached = sum(figure for figure, yes in zip(figures, best, strict=True) if yes)
            self._model.add(aim >= reached)
            self._hint({id(move) for move, yes in zip(self._moves, best, strict=True) if yes})
        moves = tuple(move for move, yes in zip(self._moves, best, strict=True) if yes)
        return Chosen(moves, saved_max, proven)

    def _one_of_each_dose(self) -> None:
        of_dose: defaultdict[str, list[Any]] = defaultdict(list)
        for move, var in zip(self._moves, self._chosen, strict=True):
            of_dose[move.dose].append(var)
        for several in of_dose.values():
            self._model.add_at_most_one(several)

    def _rooms_of_runs(self, part: RescueProblem) -> None:
        for run, room in part.runs.items():
            self._room(run, room, "kbq")
            self._room(run, room, "vials")

    def _room(self, run: str, room: RunRoomLeft, figure: str) -> None:
        """What the sponsors take beyond their own fits into the pool."""
        taken: defaultdict[str, list[Any]] = defaultdict(list)
        for move, var in zip(self._moves, self._chosen, strict=True):
            amount = getattr(move.added, figure)
            if move.run == run and amount:
                taken[move.promised.partner].append(amount * var)
        pool, beyond = getattr(room.pool, figure), []
        for partner, terms in taken.items():
            own = getattr(room.own.get(partner, NOTHING), figure)
            over = self._model.new_int_var(0, max(0, pool), "")
            self._model.add(over >= sum(terms) - own)
            beyond.append(over)
        if beyond:
            self._model.add(sum(beyond) <= pool)

    def _rooms_of_places(self, part: RescueProblem) -> None:
        for name, free in part.places.items():
            takers = [var for move, var in zip(self._moves, self._chosen, strict=True) if name in move.places]
            if takers:
                self._model.add(sum(takers) <= free)

    def _hint(self, chosen: Collection[int]) -> None:
        self._model.clear_hints()
        for move, var in zip(self._moves, self._chosen, strict=True):
            self._model.add_hint(var, id(move) in chosen)


def _greedy(part: RescueProblem) -> list[RescueMove]:
    """A choice to begin with: the doses with the fewest moves first, each with the best that has room."""
    room, taken = RoomTaken(part), []
    for moves in sorted(part.moves.values(), key=len):
        for move in sorted(moves, key=lambda each: each.worth, reverse=True):
            if room.take(move):
                taken.append(move)
                break
    return taken
