"""The best plan of a small plant, by trying all of them. It shares no line with the product, not even its decay.

Hours are counted from Monday 00:00 UTC. The plant is fixed but for what `Plant` says: two products of Ac-225, a line
that makes both and one that makes the second, quality control in two sessions that count doses, one delivery of
isotope, one centre that receives at any time. What planning says of itself holds here too: when a run may start, and
that it takes a delivery in whole thousandths.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import ceil, floor

HALF_LIFE_H = 9.92 * 24  # of Ac-225: NNDC
SHIFT_H = (6, 16)
SHARES = 1000
FIRST, SECOND = "first", "second"
BOTH_MADE_HERE, SECOND_ONLY = "line 1", "line 2"
MADE_ON = {BOTH_MADE_HERE: (FIRST, SECOND), SECOND_ONLY: (SECOND,)}
RUN_H = {BOTH_MADE_HERE: 4, SECOND_ONLY: 6}
CLEANING_H = 1
LOSSES = 0.05
YIELD = 0.8
QC_H, DISPATCH_H, TRANSIT_H, PREPARATION_H = 2, 1, 6, 1


@dataclass(frozen=True)
class Plant:
    """What differs from plant to plant. `sessions`: begin, end, doses; `wanted`: doses, and whether they are firm."""

    wanted: dict[str, tuple[int, bool]]
    dose_mbq: dict[str, float]
    changeover_h: int
    sessions: tuple[tuple[int, int, int], ...]
    isotope_mbq: float  # at its arrival
    arrival_h: int
    shelf_life_h: int


@dataclass(frozen=True)
class Run:
    """A run that could be made."""

    line: str
    product: str
    start_h: int

    @property
    def end_h(self) -> int:
        return self.start_h + RUN_H[self.line]


@dataclass(frozen=True, order=True)
class Worth:
    """What a plan is worth: firm doses come first, then all doses, then what is not wasted."""

    firm: int
    doses: int
    spared_mbq: float


def best(plant: Plant) -> Worth:
    """The worth of the best plan that breaks no limit."""
    return max(_worths(plant), default=Worth(0, 0, 0.0))


def need_kbq(plant: Plant, run: Run) -> int | None:
    """What one dose takes of a run, at its end; None if the product does not last until it is given."""
    session = _session(plant, run)
    if session is None:
        return None
    given_h = max(run.end_h, session[0]) + QC_H + DISPATCH_H + TRANSIT_H + PREPARATION_H
    if given_h > run.end_h + plant.shelf_life_h:
        return None
    return ceil(plant.dose_mbq[run.product] * 1000 * 2 ** ((given_h - run.end_h) / HALF_LIFE_H) / (1 - LOSSES))


def whole_kbq(plant: Plant, run: Run) -> float:
    """What a run would yield of the whole delivery."""
    return plant.isotope_mbq * 1000 * YIELD * 2 ** -((run.end_h - plant.arrival_h) / HALF_LIFE_H)


def faults(plant: Plant, made: Sequence[tuple[Run, int, int]]) -> list[str]:
    """What is wrong with a plan; of each run what it pledges, in kBq, and its doses."""
    found = [f"{run} is not in a shift" for run, _, _ in made if not _in_shift(plant, run)]
    found += [f"{one} and {other} meet" for (one, *_), (other, *_) in combinations(made, 2) if _meet(plant, one, other)]
    for run, kbq, doses in made:
        need = need_kbq(plant, run)
        if need is None or need * doses > kbq:
            found.append(f"{run} pledges {kbq} kBq to {doses} doses of {need}")
    if sum(kbq / whole_kbq(plant, run) for run, kbq, _ in made) > 1 + 1e-9:
        found.append("the runs take more than the delivery")
    for session in plant.sessions:
        if sum(doses for run, _, doses in made if _session(plant, run) == session) > session[2]:
            found.append(f"quality control has no place for so many at {session[0]}")
    for name, (wanted, _) in plant.wanted.items():
        if sum(doses for run, _, doses in made if run.product == name) > wanted:
            found.append(f"more doses of {name} than are wanted")
    return found


def _worths(plant: Plant) -> Iterator[Worth]:
    possible = [
        run
        for line, products in MADE_ON.items()
        for name in products
        for hour in _starts_h(plant, line)
        if _in_shift(plant, run := Run(line, name, hour)) and need_kbq(plant, run)
    ]
    for count in range(len(possible) + 1):
        plans = [runs for runs in combinations(possible, count) if not _any_meet(plant, runs)]
        if not plans:
            return  # and so there are none of more runs
        for runs in plans:
            yield from _served(plant, runs)


def _starts_h(plant: Plant, line: str) -> list[int]:
    """A shift's beginning, the arrival of isotope, what comes after each as if another product followed (the same where
    that is too late), and the latest."""
    latest_h = SHIFT_H[1] - RUN_H[line]
    found = {latest_h}
    for start_h in (SHIFT_H[0], max(SHIFT_H[0], plant.arrival_h)):
        while start_h <= latest_h:
            found.add(start_h)
            free_h = start_h + RUN_H[line] + max(plant.changeover_h, CLEANING_H)
            start_h = free_h if free_h <= latest_h else start_h + RUN_H[line] + CLEANING_H
    return sorted(found)


def _served(plant: Plant, runs: Sequence[Run]) -> Iterator[Worth]:
    for doses in product(*(range(1, plant.wanted[run.product][0] + 1) for run in runs)):
        made, wasted_kbq, shares_taken = [], 0, 0
        for run, count in zip(runs, doses, strict=True):
            need, share = (need_kbq(plant, run) or 0) * count, whole_kbq(plant, run) / SHARES
            shares = ceil(need / share)
            shares_taken += shares
            wasted_kbq += floor(shares * share) - need
            made.append((run, need, count))
        if shares_taken <= SHARES and not faults(plant, made):
            yield _worth(plant, made, wasted_kbq)


def _worth(plant: Plant, made: Sequence[tuple[Run, int, int]], wasted_kbq: int) -> Worth:
    firm = sum(doses for run, _, doses in made if plant.wanted[run.product][1])
    return Worth(firm, sum(doses for _, _, doses in made), -wasted_kbq / 1000)


def _in_shift(plant: Plant, run: Run) -> bool:
    return SHIFT_H[0] <= run.start_h and run.end_h <= SHIFT_H[1] and run.start_h >= plant.arrival_h


def _any_meet(plant: Plant, runs: Sequence[Run]) -> bool:
    return any(_meet(plant, one, other) for one, other in combinations(runs, 2))


def _meet(plant: Plant, one: Run, other: Run) -> bool:
    first, second = sorted((one, other), key=lambda run: run.start_h)
    gap_h = CLEANING_H if one.product == other.product else max(plant.changeover_h, CLEANING_H)
    return one.line == other.line and second.start_h < first.end_h + gap_h


def _session(plant: Plant, run: Run) -> tuple[int, int, int] | None:
    return next((session for session in plant.sessions if run.end_h < session[1]), None)
