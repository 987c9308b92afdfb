"""The plans of a request, ranked: the best, and the best of those that ask less of people."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from services.tower.domain.rescuing.exact import TooLarge, best_choice
from services.tower.domain.rescuing.moves import RescueMove, Worth, total
from services.tower.domain.rescuing.problem import RescueProblem, needed, parts_of, thinned


class Chosen(NamedTuple):
    """A choice for a part. `saved_max`: more doses than that no choice saves; `proven`: no choice is better."""

    moves: tuple[RescueMove, ...]
    saved_max: int
    proven: bool


# Chooses for a part that is too large to look at every choice.
Solver = Callable[[RescueProblem], Chosen]


@dataclass(frozen=True, slots=True)
class RescuePlan:
    """Moves that can be made together, in the order in which they have to be made; the doses that they do not save."""

    moves: tuple[RescueMove, ...]
    unsaved: tuple[str, ...]
    saved_max: int
    proven: bool

    @property
    def worth(self) -> Worth:
        """What it is ranked by."""
        return total(self.moves)

    @property
    def until_at(self) -> datetime | None:
        """The instant from which on not all of it can be carried out any more; None: it has no move."""
        return min((move.until_at for move in self.moves), default=None)

    @property
    def asks_consent(self) -> bool:
        """Whether a consent has still to be asked for."""
        return any(move.asks_consent for move in self.moves)

    @property
    def saved(self) -> int:
        """How many doses it saves."""
        return sum(not move.helps for move in self.moves)


def plans_of(problem: RescueProblem, solve: Solver) -> list[RescuePlan]:
    """Up to three plans, the best first; those that are alike once."""
    wishes: Sequence[Callable[[RescueMove], bool]] = (
        lambda move: True,
        lambda move: not move.asks_consent,
        lambda move: not move.needs_consent,
    )
    found: list[RescuePlan] = []
    asked: list[RescueProblem] = []
    for allows in wishes:
        narrowed = replace(problem, moves={dose: _kept(moves, allows) for dose, moves in problem.moves.items()})
        if narrowed in asked:
            continue
        asked.append(narrowed)
        plan = _plan(narrowed, solve)
        if plan.moves not in [each.moves for each in found]:
            found.append(plan)
    return sorted((plan for plan in found if plan.moves), key=lambda plan: plan.worth, reverse=True)


def _kept(moves: Iterable[RescueMove], allows: Callable[[RescueMove], bool]) -> tuple[RescueMove, ...]:
    return tuple(move for move in moves if allows(move))


def _plan(problem: RescueProblem, solve: Solver) -> RescuePlan:
    chosen = [_chosen(part, solve) for part in parts_of(problem)]
    moves = with_swaps([move for each in chosen for move in each.moves])
    saved = {move.dose for move in moves} | problem.helping
    return RescuePlan(
        moves=tuple(sorted(moves, key=lambda move: (move.until_at, move.dose))),
        unsaved=tuple(dose for dose in problem.moves if dose not in saved),
        saved_max=sum(each.saved_max for each in chosen),
        proven=all(each.proven for each in chosen),
    )


def _chosen(part: RescueProblem, solve: Solver) -> Chosen:
    part = thinned(part)
    try:
        moves = best_choice(part)
    except TooLarge:
        chosen = solve(part)
        return chosen._replace(moves=needed(part, chosen.moves))
    return Chosen(moves, sum(not move.helps for move in moves), proven=True)


def with_swaps(moves: Sequence[RescueMove]) -> list[RescueMove]:
    """The moves; of those that help each with the dose whose run it takes while that takes its own, and the other way
    round."""
    with_whom: dict[str, str] = {}
    for helper in moves:
        ways = (each for each in moves if not each.helps and each.dose not in with_whom)
        other = next((each for each in ways if helper.helps and _swap(helper, each)), None)
        if other is not None:
            with_whom |= {helper.dose: other.dose, other.dose: helper.dose}
    return [replace(each, swaps_with=with_whom.get(each.dose, "")) for each in moves]


def _swap(one: RescueMove, other: RescueMove) -> bool:
    apart = one.promised.run != other.promised.run and one.promised.partner == other.promised.partner
    return apart and (one.run, other.run) == (other.promised.run, one.promised.run) and not one.gives_up
