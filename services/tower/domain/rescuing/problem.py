"""Doses with their moves and what they share, and the parts of it that have nothing to do with each other."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from services.network import NOTHING, Capacity
from services.tower.domain.rescuing.moves import FREES_NOTHING, Freed, RescueMove


class RunRoomLeft(NamedTuple):
    """What is free of a run: of each sponsor's own allotment, which it uses first, and of the pool, which all share."""

    own: Mapping[str, Capacity]
    pool: Capacity

    def holds(self, taken: Mapping[str, Capacity]) -> bool:
        """Whether the sponsors may take so much together: what does not fit into their own comes from the pool."""
        kbq = sum(max(0, each.kbq - self.own.get(partner, NOTHING).kbq) for partner, each in taken.items())
        vials = sum(max(0, each.vials - self.own.get(partner, NOTHING).vials) for partner, each in taken.items())
        return kbq <= self.pool.kbq and vials <= self.pool.vials

    def with_freed(self, partner: str, freed: Freed) -> "RunRoomLeft":
        """What there is once a slot of a sponsor has left: what it leaves, also of the pool, is for that sponsor's."""
        left = freed.allotment.plus(freed.pool)
        return RunRoomLeft({**self.own, partner: self.own.get(partner, NOTHING).plus(left)}, self.pool)


@dataclass(frozen=True, slots=True)
class RescueProblem:
    """The moves of each dose, what is free of each run, and how many more doses each place takes; a place that is not
    named takes all of them. `helping`: the doses that are safe, and move for others only."""

    moves: Mapping[str, Sequence[RescueMove]]
    runs: Mapping[str, RunRoomLeft] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    helping: frozenset[str] = frozenset()

    @property
    def exchanges(self) -> bool:
        """Whether a move leaves something that another may take."""
        return any(move.frees != FREES_NOTHING for moves in self.moves.values() for move in moves)

    def only(self, doses: Iterable[str]) -> "RescueProblem":
        """The same for some of the doses."""
        return replace(self, moves={dose: self.moves[dose] for dose in doses})

    def fits(self, chosen: Iterable[RescueMove]) -> bool:
        """Whether there is room for these moves together, once all of them have left what they leave."""
        room = RoomTaken(replace(self, runs=self._left_by(chosen := list(chosen))))
        for move in chosen:
            room.leave(move)
        return all(room.take(move) for move in chosen)

    def _left_by(self, chosen: Sequence[RescueMove]) -> Mapping[str, RunRoomLeft]:
        runs = dict(self.runs)
        for move in chosen:
            was = move.promised
            if was.run in runs:
                runs[was.run] = runs[was.run].with_freed(was.partner, move.frees)
        return runs


class RoomTaken:
    """What some moves have taken, one after the other."""

    def __init__(self, problem: RescueProblem) -> None:
        self._problem = problem
        self._runs: defaultdict[str, dict[str, Capacity]] = defaultdict(dict)
        # By sponsor, less what its own have left.
        self._places: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def leave(self, move: RescueMove) -> None:
        """Leaves the counted places that a move leaves to others of its sponsor."""
        for name in move.frees.places:
            self._places[name][move.promised.partner] -= 1

    def take(self, move: RescueMove) -> bool:
        """Takes what a move takes, if there is room for it; says whether there was."""
        partner, taken = move.promised.partner, self._runs[move.run]
        after = taken.get(partner, NOTHING).plus(move.added)
        room = self._problem.runs.get(move.run)
        if room is not None and not room.holds({**taken, partner: after}):
            return False
        places = self._problem.places
        if any(self._full(name, partner) for name in move.places if name in places):
            return False
        taken[partner] = after
        for name in move.places:
            self._places[name][partner] += 1
        return True

    def _full(self, name: str, partner: str) -> bool:
        """Whether a place takes no more of a sponsor: what its own have left is for them first, and for nobody else."""
        by_partner = self._places[name]
        taken = sum(max(0, number) for number in by_partner.values())
        return by_partner[partner] >= 0 and taken >= self._problem.places[name]

    def give_back(self, move: RescueMove) -> None:
        """Gives back what a move had taken."""
        taken = self._runs[move.run]
        taken[move.promised.partner] = taken[move.promised.partner].minus(move.added)
        for name in move.places:
            self._places[name][move.promised.partner] -= 1


def parts_of(problem: RescueProblem) -> list[RescueProblem]:
    """The problem in parts of doses that share something scarce, and of what is scarce only; by their first dose."""
    scarce = replace(problem, runs=dict(_scarce_runs(problem)), places=dict(_scarce_places(problem)))
    leader = {dose: dose for dose in problem.moves}

    def find(dose: str) -> str:
        while leader[dose] != dose:
            leader[dose] = leader[leader[dose]]
            dose = leader[dose]
        return dose

    first: dict[str, str] = {}
    for dose, moves in problem.moves.items():
        for shared in _shared(scarce, moves):
            leader[find(dose)] = find(first.setdefault(shared, dose))
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for dose in problem.moves:
        parts[find(dose)].append(dose)
    return [scarce.only(doses) for doses in parts.values()]


def _shared(scarce: RescueProblem, moves: Iterable[RescueMove]) -> Iterator[str]:
    for move in moves:
        if move.run in scarce.runs:
            yield move.run
        if move.promised.run in scarce.runs and (move.frees.allotment, move.frees.pool) != (NOTHING, NOTHING):
            yield move.promised.run
        yield from (name for name in (*move.places, *move.frees.places) if name in scarce.places)


def _scarce_runs(problem: RescueProblem) -> Iterator[tuple[str, RunRoomLeft]]:
    """The runs that have not enough for all doses that could move there, each with the most that it could take."""
    wanted: defaultdict[str, dict[str, Capacity]] = defaultdict(dict)
    for moves in problem.moves.values():
        most: dict[str, Capacity] = {}
        for move in moves:
            most[move.run] = most.get(move.run, NOTHING).most(move.added)
        for run, each in most.items():
            partner = moves[0].promised.partner
            wanted[run][partner] = wanted[run].get(partner, NOTHING).plus(each)
    for run, room in problem.runs.items():
        if not room.holds(wanted[run]):
            yield run, room


def _scarce_places(problem: RescueProblem) -> Iterator[tuple[str, int]]:
    wanted: defaultdict[str, int] = defaultdict(int)
    for moves in problem.moves.values():
        for name in {name for move in moves for name in move.places}:
            wanted[name] += 1
    for name, free in problem.places.items():
        if wanted[name] > free:
            yield name, free


def thinned(part: RescueProblem) -> RescueProblem:
    """The part without moves that are no better than another of the same dose that takes and leaves as much of what is
    scarce, and without those that help nobody."""
    return replace(part, moves={dose: _thinned(part, moves) for dose, moves in part.moves.items()})


def _thinned(part: RescueProblem, moves: Iterable[RescueMove]) -> list[RescueMove]:
    best: dict[tuple[object, ...], RescueMove] = {}
    for move in moves:
        if move.helps and not _leaves_scarce(part, move):
            continue
        scarce = frozenset(name for name in move.places if name in part.places)
        takes = (move.run, move.added) if move.run in part.runs else ()
        leaves = move.frees._replace(places=tuple(name for name in move.frees.places if name in part.places))
        known = best.get((takes, scarce, leaves))
        if known is None or move.worth > known.worth:
            best[takes, scarce, leaves] = move
    return list(best.values())


def _leaves_scarce(part: RescueProblem, move: RescueMove) -> bool:
    """Whether a move leaves something that is scarce; one that helps is idle otherwise."""
    of_run = move.promised.run in part.runs and (move.frees.allotment, move.frees.pool) != (NOTHING, NOTHING)
    return of_run or any(name in part.places for name in move.frees.places)


def needed(part: RescueProblem, chosen: Sequence[RescueMove]) -> tuple[RescueMove, ...]:
    """The moves without those that help nobody: there is room for the rest without them."""
    left = list(chosen)
    for move in chosen:
        rest = [each for each in left if each is not move]
        if move.helps and part.fits(rest):
            left = rest
    return tuple(left)


def saved_at_most(part: RescueProblem) -> int:
    """More doses than that no choice saves: those that need a vial of scarce runs share what these have."""
    saving = [moves for dose, moves in part.moves.items() if moves and dose not in part.helping]
    if part.exchanges:
        return len(saving)
    bound = sum(1 for moves in saving if all(move.run in part.runs and move.added.vials for move in moves))
    free = len(saving) - bound
    vials = sum(max(0, room.pool.vials) + sum(each.vials for each in room.own.values()) for room in part.runs.values())
    return free + min(bound, vials)
