"""A plan in the making: what is chosen, and what is left of every resource."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.network import Line
from services.planning.domain.problem import SHARES, Candidate, Opening, PlanningProblem, Supply
from services.planning.domain.routing import Session

_FAR = 10**9


class Lack(StrEnum):
    """What one more dose would need and is not there."""

    ISOTOPE = "ISOTOPE"
    LINE_TIME = "LINE_TIME"
    QUALITY_CONTROL = "QUALITY_CONTROL"
    RECEIVING = "RECEIVING"


@dataclass(slots=True)
class Making:
    """A run on the board. `kbq` and `vials` are what its doses need; `extra` is pledged beside them."""

    opening: Opening
    candidate: Candidate | None  # None: an open run, whose pledge is what it is
    kbq_max: int
    vials_max: int
    shares: int = 0
    kbq: int = 0
    vials: int = 0
    extra_kbq: int = 0
    extra_vials: int = 0
    doses: dict[int, int] = field(default_factory=dict)


class Board:
    """Keeps count while a plan is put together. Whoever changes it asks first whether there is room."""

    def __init__(self, problem: PlanningProblem) -> None:
        self.problem = problem
        self.wanted = [demand.doses for demand in problem.demands]
        self.number_of = {bucket: n for n, demand in enumerate(problem.demands) for bucket in demand.buckets}
        self.shares = dict(problem.shares_left)
        self.made: dict[int, Making] = {}
        self.open: list[Making] = [_open(supply) for supply in problem.supplies]
        self._places = dict(problem.places_left)
        self._receiving = dict(problem.receiving)
        self._lines: Mapping[str, Line] = {line.name: line for line in problem.world.lines}
        self._busy: dict[str, list[tuple[datetime, str]]] = defaultdict(list)

    def places(self, session: Session | None) -> int:
        """What is left of a session of quality control."""
        return _FAR if session is None else self._places.get(session, session.places)

    def receivable(self, number: int) -> int:
        """How many more doses of a demand the centres can receive."""
        demand = self.problem.demands[number]
        return self._receiving.get((demand.region, demand.week), _FAR)

    def line_free(self, opening: Opening) -> bool:
        """Whether the line has time for the run beside what is on the board."""
        line = self._lines[opening.line]
        for start_at, product in self._near(opening, line):
            gap = line.run + line.gap(product, opening.product)
            if abs(start_at - opening.start_at) < gap:
                return False
        return True

    def room(self, candidate: Candidate, number: int) -> int:
        """How many more doses of a demand the candidate's run can take; its line must be free, or its run be there."""
        making = self.made.get(candidate.number)
        each = candidate.opening.doses[number]
        shares = min(candidate.shares_max, (making.shares if making else 0) + self.shares[candidate.delivery])
        used = making.kbq + making.extra_kbq if making else 0
        vials = candidate.vials_max - (making.vials + making.extra_vials if making else 0)
        by_activity = (candidate.kbq(shares) - used) // each
        return max(
            0,
            min(
                by_activity, vials, self.places(candidate.opening.session), self.receivable(number), self.wanted[number]
            ),
        )

    def serve(self, candidate: Candidate, number: int, doses: int) -> None:
        """Puts doses on the candidate's run, and the run on the board if it is not there."""
        making = self.made.get(candidate.number)
        if making is None:
            making = self.made[candidate.number] = _new(candidate)
            insort(self._busy[candidate.opening.line], (candidate.opening.start_at, candidate.opening.product))
        self._add(making, number, doses)
        self._places_taken(candidate.opening.session, doses)
        self.use(candidate, making, candidate.shares_for(making.kbq + making.extra_kbq))

    def use(self, candidate: Candidate, making: Making, shares: int) -> None:
        """Takes so many shares of the delivery for a run in all, never fewer than before."""
        if shares > making.shares:
            self.shares[candidate.delivery] -= shares - making.shares
            making.shares = shares

    def serve_open(self, making: Making, number: int, most: int) -> int:
        """Lets an open run cover as many doses as it can, at most so many, and answers how many."""
        left = making.kbq_max - making.kbq
        doses = min(
            most, left // making.opening.doses[number], making.vials_max - making.vials, self.receivable(number)
        )
        doses = max(0, min(doses, self.wanted[number]))
        if doses:
            self._add(making, number, doses)
        return doses

    def pledge_more(self, making: Making, kbq: int, vials: int) -> tuple[int, int]:
        """Pledges more than the doses need, as far as there is room, and answers how much more."""
        candidate = making.candidate
        assert candidate is not None
        shares = min(candidate.shares_max, making.shares + self.shares[candidate.delivery])
        kbq = max(0, min(kbq, candidate.kbq(shares) - making.kbq - making.extra_kbq))
        vials = min(vials, making.vials_max - making.vials - making.extra_vials)
        vials = max(0, min(vials, self.places(candidate.opening.session)))
        making.extra_kbq, making.extra_vials = making.extra_kbq + kbq, making.extra_vials + vials
        self._places_taken(candidate.opening.session, vials)
        self.use(candidate, making, candidate.shares_for(making.kbq + making.extra_kbq))
        return kbq, vials

    def remove(self, numbers: Iterable[int]) -> None:
        """Takes runs off the board, and gives back all that they used."""
        for number in numbers:
            making = self.made.pop(number)
            opening = making.opening
            assert making.candidate is not None
            self._busy[opening.line].remove((opening.start_at, opening.product))
            self.shares[making.candidate.delivery] += making.shares
            self._places_taken(opening.session, -making.vials - making.extra_vials)
            for demand, doses in making.doses.items():
                self._take(demand, -doses)

    def lacks(self, candidate: Candidate, number: int) -> set[Lack]:
        """What one more dose of a demand would lack on the candidate's run."""
        opening, making = candidate.opening, self.made.get(candidate.number)
        lacking = set()
        each = opening.doses[number]
        used = making.kbq + making.extra_kbq if making else 0
        shares = (making.shares if making else 0) + self.shares[candidate.delivery]
        if candidate.kbq(min(SHARES, shares)) < used + each:
            lacking.add(Lack.ISOTOPE)
        vials = making.vials + making.extra_vials if making else 0
        # A run that a whole delivery does not fill is short of isotope, not of line.
        full = candidate.shares_max < SHARES and candidate.kbq(candidate.shares_max) < used + each
        full = full or vials >= candidate.vials_max
        if full or (making is None and not self.line_free(opening)):
            lacking.add(Lack.LINE_TIME)
        if self.places(opening.session) < 1:
            lacking.add(Lack.QUALITY_CONTROL)
        if self.receivable(number) < 1:
            lacking.add(Lack.RECEIVING)
        return lacking

    def _near(self, opening: Opening, line: Line) -> Iterable[tuple[datetime, str]]:
        reach = line.run + max(line.cleaning, line.changeover)
        first, last = opening.start_at - reach, opening.start_at + reach
        return [each for each in self._busy[opening.line] if first <= each[0] <= last]

    def _add(self, making: Making, number: int, doses: int) -> None:
        making.doses[number] = making.doses.get(number, 0) + doses
        making.kbq += doses * making.opening.doses[number]
        making.vials += doses
        self._take(number, doses)

    def _take(self, number: int, doses: int) -> None:
        self.wanted[number] -= doses
        demand = self.problem.demands[number]
        key = (demand.region, demand.week)
        if key in self._receiving:
            self._receiving[key] -= doses

    def _places_taken(self, session: Session | None, doses: int) -> None:
        if session is not None:
            self._places[session] = self.places(session) - doses


def firm_left(board: Board, number: int) -> int:
    """Firm doses of a demand that nothing covers yet."""
    demand = board.problem.demands[number]
    return max(0, demand.firm - (demand.doses - board.wanted[number]))


def _new(candidate: Candidate) -> Making:
    return Making(candidate.opening, candidate, candidate.kbq(candidate.shares_max), candidate.vials_max)


def _open(supply: Supply) -> Making:
    return Making(supply.opening, None, supply.run.pledged.kbq, supply.run.pledged.vials)
