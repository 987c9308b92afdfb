"""The best choice of moves of a small part: every choice is looked at, or known to be no better."""

from collections.abc import Sequence

from services.tower.domain.rescuing.moves import NOTHING_SAVED, RescueMove, Worth
from services.tower.domain.rescuing.problem import RescueProblem, RoomTaken

STEPS_MAX = 2_000  # some tenths of a second
DOSES_MAX = 20  # of more not even a good choice is found in so many steps


class TooLarge(Exception):
    """The part has too many choices to look at."""


def best_choice(part: RescueProblem, steps_max: int = STEPS_MAX) -> tuple[RescueMove, ...]:
    """The moves of the best choice; raises TooLarge after so many steps."""
    if len(part.moves) > DOSES_MAX:
        raise TooLarge
    search = _Search(part, steps_max)
    search.go(0, NOTHING_SAVED)
    return search.best


class _Search:
    """Depth first, the best move of each dose first; what cannot become better than the best so far is left."""

    def __init__(self, part: RescueProblem, steps_max: int) -> None:
        self._part, self._room, self._left = part, RoomTaken(part), steps_max
        self._exchanges = part.exchanges  # then only a whole choice says whether there is room for it
        moves = (sorted(each, key=lambda move: move.worth, reverse=True) for each in part.moves.values())
        # The dose with the fewest moves is the first to find a place taken; of several the one that can wait least.
        self._doses: list[list[tuple[RescueMove, Worth]]] = sorted(
            ([(move, move.worth) for move in each] for each in moves), key=_fewest
        )
        self._most = _most_from(self._doses)
        self._taken: list[RescueMove] = []
        self.best: tuple[RescueMove, ...] = ()
        self._best_worth = NOTHING_SAVED

    def go(self, place: int, worth: Worth) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooLarge
        if worth > self._best_worth and (not self._exchanges or self._part.fits(self._taken)):
            self._best_worth, self.best = worth, tuple(self._taken)
        if place == len(self._doses) or worth.plus(self._most[place]) <= self._best_worth:
            return
        for move, its_worth in self._doses[place]:
            if self._exchanges or self._room.take(move):
                self._taken.append(move)
                self.go(place + 1, worth.plus(its_worth))
                self._taken.pop()
                if not self._exchanges:
                    self._room.give_back(move)
        self.go(place + 1, worth)


def _fewest(moves: Sequence[tuple[RescueMove, Worth]]) -> tuple[int, int]:
    return len(moves), moves[0][0].waits_hours if moves else 0


def _most_from(doses: Sequence[Sequence[tuple[RescueMove, Worth]]]) -> list[Worth]:
    """From each place on, the most that all doses after it can be worth: the best move of each. The order of worths
    holds for their sums."""
    most = [NOTHING_SAVED]
    for moves in reversed(doses):
        most.append(most[-1].plus(max((worth for _, worth in moves), default=NOTHING_SAVED, key=tuple)))
        if most[-1] < most[-2]:
            most[-1] = most[-2]
    return most[::-1]
