"""A part of a rescue as a CP-SAT model: one yes or no a move, and the figures of the ranking one after the other."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from time import monotonic
from typing import Any

from services.network import NOTHING
from services.tower.domain.rescuing import Chosen, RescueMove, RescueProblem, RunRoomLeft
from services.tower.domain.rescuing.problem import RoomTaken, saved_at_most, thinned

WORKERS = 2
ALONE_MAX = 60  # doses of a part that one worker chooses for: the same answer whenever it is asked
HELP_TRIED_MAX = 5_000  # pairs of a dose and one that makes room for it: some tenths of a second
# The share of the time that is left which a part may take, and which of that each of the figures may take.
_SHARE_OF_PART = 0.6
_SHARES = (0.5, 0.4, 0.5, 0.7, 1.0)


@dataclass(slots=True)
class Solving:
    """Chooses for parts, all of them within a time: each takes most of what is left."""

    limit_s: float
    _until_s: float = 0.0

    def __post_init__(self) -> None:
        self._until_s = monotonic() + self.limit_s

    def __call__(self, part: RescueProblem) -> Chosen:
        """The best choice that is found in its share of the time."""
        from ortools.sat.python import cp_model  # a second to import, and few rescues need it

        left_s = max(0.0, self._until_s - monotonic())
        return _Model(cp_model, thinned(part)).solved(monotonic() + left_s * _SHARE_OF_PART)


class _Model:
    def __init__(self, cp_model: Any, part: RescueProblem) -> None:
        self._cp, self._model = cp_model, cp_model.CpModel()
        self._part = part
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
        saved = [worth.saved for worth in self._worths]
        waits = [worth.waits_hours for worth in self._worths]
        made = [worth.made for worth in self._worths]
        slack = [worth.slack_minutes for worth in self._worths]
        per_waste = 1 - sum(worth.cost for worth in self._worths)  # more than all cost there can be
        rest = [worth.wasted_permille * per_waste + worth.cost for worth in self._worths]
        best = [id(move) in self._begin for move in self._moves]
        saved_max, proven = saved_at_most(self._part), True
        for share, figures in zip(_SHARES, (saved, waits, made, slack, rest), strict=True):
            aim = sum(figure * var for figure, var in zip(figures, self._chosen, strict=True))
            reached = sum(figure for figure, yes in zip(figures, best, strict=True) if yes)
            settled = self._waits_alike(best) if figures is waits else figures is saved and reached >= saved_max
            if not settled:
                solver = self._cp.CpSolver()
                solver.parameters.num_workers = 1 if len(self._part.moves) <= ALONE_MAX else WORKERS
                solver.parameters.max_time_in_seconds = max(0.01, (until_s - monotonic()) * share)
                self._model.maximize(aim)
                status = solver.solve(self._model)
                proven = proven and status == self._cp.OPTIMAL
                if status not in (self._cp.OPTIMAL, self._cp.FEASIBLE):
                    break
                best = [solver.boolean_value(var) for var in self._chosen]
                reached = sum(figure for figure, yes in zip(figures, best, strict=True) if yes)
                if figures is saved:
                    saved_max = min(saved_max, int(solver.best_objective_bound + 1e-6))
            self._model.add(aim >= reached)
            self._hint({id(move) for move, yes in zip(self._moves, best, strict=True) if yes})
        moves = tuple(move for move, yes in zip(self._moves, best, strict=True) if yes)
        return Chosen(moves, saved_max, proven)

    def _waits_alike(self, chosen: Sequence[bool]) -> bool:
        """Whether it does not matter whose doses are saved: they all are, or all patients can wait as long."""
        saved = {move.dose for move, yes in zip(self._moves, chosen, strict=True) if yes}
        waits = {worth.waits_hours for worth in self._worths if worth.saved}
        return len(waits) <= 1 or saved >= {move.dose for move in self._moves} - self._part.helping

    def _one_of_each_dose(self) -> None:
        of_dose: defaultdict[str, list[Any]] = defaultdict(list)
        for move, var in zip(self._moves, self._chosen, strict=True):
            of_dose[move.dose].append(var)
        for several in of_dose.values():
            self._model.add_at_most_one(several)

    def _rooms_of_runs(self, part: RescueProblem) -> None:
        of_run: defaultdict[str, list[tuple[RescueMove, Any]]] = defaultdict(list)
        for move, var in zip(self._moves, self._chosen, strict=True):
            of_run[move.run].append((move, var))
        leaving: defaultdict[str, list[tuple[RescueMove, Any]]] = defaultdict(list)
        for move, var in zip(self._moves, self._chosen, strict=True):
            leaving[move.promised.run].append((move, var))
        for run, room in part.runs.items():
            self._room(of_run[run], leaving[run], room, "kbq")
            self._room(of_run[run], leaving[run], room, "vials")

    def _room(
        self,
        takers: Sequence[tuple[RescueMove, Any]],
        leavers: Sequence[tuple[RescueMove, Any]],
        room: RunRoomLeft,
        figure: str,
    ) -> None:
        """What the sponsors take beyond their own, and beyond what their own leave, fits into the pool."""
        taken: defaultdict[str, list[Any]] = defaultdict(list)
        for move, var in takers:
            if amount := getattr(move.added, figure):
                taken[move.promised.partner].append(amount * var)
        for move, var in leavers:
            if amount := getattr(move.frees.allotment.plus(move.frees.pool), figure):
                taken[move.promised.partner].append(-amount * var)
        own = {partner: getattr(room.own.get(partner, NOTHING), figure) for partner in taken}
        self._fits(taken, own, getattr(room.pool, figure))

    def _fits(self, taken: Mapping[str, Sequence[Any]], own: Mapping[str, int], shared: int) -> None:
        beyond = []
        for partner, terms in taken.items():
            over = self._model.new_int_var(0, max(0, shared), "")
            self._model.add(over >= sum(terms) - own[partner])
            beyond.append(over)
        if beyond:
            self._model.add(sum(beyond) <= shared)

    def _rooms_of_places(self, part: RescueProblem) -> None:
        of_place: defaultdict[str, defaultdict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for move, var in zip(self._moves, self._chosen, strict=True):
            for name in move.places:
                of_place[name][move.promised.partner].append(var)
            for name in move.frees.places:
                of_place[name][move.promised.partner].append(-var)
        for name, free in part.places.items():
            self._fits(of_place[name], dict.fromkeys(of_place[name], 0), free)

    def _hint(self, chosen: Collection[int]) -> None:
        self._model.clear_hints()
        for move, var in zip(self._moves, self._chosen, strict=True):
            self._model.add_hint(var, id(move) in chosen)


def _greedy(part: RescueProblem) -> list[RescueMove]:
    """A choice to begin with: the doses with the fewest moves first, each with the best that has room, or for which
    another dose makes room."""
    room, taken = RoomTaken(part), []
    saving = [moves for dose, moves in sorted(part.moves.items(), key=_fewest) if dose not in part.helping]
    for moves in saving:
        for move in sorted(moves, key=lambda each: each.worth, reverse=True):
            if room.take(move):
                taken.append(move)
                break
    return _with_help(part, taken, saving) if part.exchanges else taken


def _fewest(dose: tuple[str, Sequence[RescueMove]]) -> tuple[int, int]:
    """Of those with as many moves the one whose patient can wait least."""
    _, moves = dose
    return len(moves), moves[0].waits_hours if moves else 0


def _with_help(
    part: RescueProblem, taken: list[RescueMove], saving: Sequence[Sequence[RescueMove]]
) -> list[RescueMove]:
    """The same, and for each dose that found no room one other that makes it, as far as is looked."""
    helpers = [move for dose in sorted(part.helping) for move in part.moves.get(dose, ())]
    helpers.sort(key=lambda each: each.worth, reverse=True)
    left = HELP_TRIED_MAX
    for moves in saving:
        moved = {move.dose for move in taken}
        if not moves or moves[0].dose in moved:
            continue
        for move, helper in product(moves, (each for each in helpers if each.dose not in moved)):
            left -= 1
            if left < 0:
                return taken
            if helper.promised.partner == move.promised.partner and part.fits([*taken, move, helper]):
                taken = [*taken, move, helper]
                break
    return taken
