"""Builders for rescues, random ones, and an oracle that looks at every choice there is. It shares no code with what it
judges: it reads the fields of moves, and adds up by itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product
from math import ceil
from random import Random
from typing import Any

from services.network import Capacity
from services.tower.domain.rescuing import Freed, Promised, RescueMove, RescueProblem, RunRoomLeft
from tests.support.tower import HARBOR, LANE, NORTHLAKE, PRODUCT, RUN, SITE, at

GBQ = 1_000_000
OTHER_RUN = "runs/lu-2"


def a_promise(dose: str = "d1", **changes: Any) -> Promised:
    """7.4 GBq, a day after the end of synthesis."""
    return Promised(dose, NORTHLAKE, PRODUCT, RUN, SITE, 7400.0, at(24))._replace(**changes)


def a_rescue_move(dose: str = "d1", promised: Promised | None = None, **changes: Any) -> RescueMove:
    """To another run, whose dose arrives twelve hours before it is to be given, and is whole."""
    facts: dict[str, Any] = {
        "promised": promised or a_promise(dose),
        "etag": "v2",
        "run": OTHER_RUN,
        "lane": LANE,
        "site": SITE,
        "departure_at": at(6),
        "delivery_at": at(12),
        "administration_at": at(24),
        "activity_mbq": 7400.0,
        "added": Capacity(8 * GBQ, 1),
        "places": (),
        "slack_minutes": 720,
        "decayed_fraction": 0.1,
        "acceptance_rate": None,
        "until_at": at(-4),
    }
    return RescueMove(**{**facts, **changes})


def some_problem(pick: Random, doses: int = 5, moves: int = 4) -> RescueProblem:
    """A few doses of two sponsors, two runs and some places, close to too little of everything."""
    runs, places = ("runs/a", "runs/b"), ("p", "q", "r")
    found: dict[str, Sequence[RescueMove]] = {}
    exchanging, made = pick.random() < 0.4, pick.sample(runs, pick.randint(0, 1))
    for number in range(pick.randint(1, doses)):
        stands = runs if exchanging else (RUN, *runs)
        promised = a_promise(f"d{number}", partner=pick.choice((NORTHLAKE, HARBOR)), run=pick.choice(stands))
        some = [_some_move(pick, promised, runs, places) for _ in range(pick.randint(0, moves))]
        waits = pick.choice((0, 20, 20, 44, 68))
        some = [replace(move, made=move.run in made, waits_hours=waits) for move in some]
        found[promised.dose] = _exchanging(pick, some, places) if exchanging else some
    own, pool = ((0, 0, 4), (0, 0, 8)) if exchanging else ((0, 8, 20), (0, 8, 30, 90))
    rooms = {
        run: RunRoomLeft(
            {each: Capacity(pick.choice(own) * GBQ, pick.randint(0, own[-1] // 8)) for each in (NORTHLAKE, HARBOR)},
            Capacity(pick.choice(pool) * GBQ, pick.randint(0, min(4, pool[-1] // 8))),
        )
        for run in runs
    }
    left = {name: pick.randint(0, 3) for name in pick.sample(places, pick.randint(0, 3))}
    helping = frozenset(dose for dose, some in found.items() if some and some[0].helps)
    return RescueProblem(found, rooms, left, helping)


def _some_move(pick: Random, promised: Promised, runs: Sequence[str], places: Sequence[str]) -> RescueMove:
    share = pick.choice((1.0, 1.0, 0.95, 0.9))
    return a_rescue_move(
        promised=promised,
        run=pick.choice(runs),
        site=pick.choice((SITE, SITE, SITE, "sites/other")),
        administration_at=promised.administration_at + timedelta(minutes=pick.choice((0, 0, 61, 600))),
        activity_mbq=promised.activity_mbq * share,
        added=Capacity(pick.choice((0, 7 * GBQ, 8 * GBQ, 12 * GBQ)), pick.choice((0, 1, 1, 1))),
        places=tuple(pick.sample(places, pick.randint(0, 2))),
        slack_minutes=pick.choice((-5, 0, 60, 600, 2000)),
        decayed_fraction=pick.choice((0.0, 0.1, 0.25)),
        acceptance_rate=pick.choice((None, None, 0.5, 0.93)),
        until_at=at(-pick.randint(1, 5)),
        consent=pick.choice(("", "", "consents/1")),
    )


def _exchanging(pick: Random, moves: Sequence[RescueMove], places: Sequence[str]) -> list[RescueMove]:
    """Moves that leave something to others; often of a dose that is safe, or is held only."""
    helps, has = pick.random() < 0.6, Capacity(pick.choice((7, 8, 12)) * GBQ, 1)
    gives_up = helps and pick.random() < 0.2
    own = pick.choice((Capacity(0, 0), has, Capacity(has.kbq // 2, 0)))
    found = []
    for move in moves:
        left = (own, has.minus(own)) if move.run != move.promised.run or gives_up else ()
        frees = Freed(*left)._replace(places=tuple(pick.sample(places, pick.randint(0, 1))))
        added = Capacity(0, 0) if gives_up else move.added
        found.append(replace(move, helps=helps, gives_up=gives_up, frees=frees, added=added))
    return found


def every_choice(problem: RescueProblem) -> Iterator[tuple[RescueMove, ...]]:
    """Every choice of at most one move a dose for which there is room."""
    for choice in product(*((None, *moves) for moves in problem.moves.values())):
        chosen = tuple(move for move in choice if move is not None)
        if _has_room(problem, chosen):
            yield chosen


def _has_room(problem: RescueProblem, chosen: Sequence[RescueMove]) -> bool:
    taken = Counter((name, move.promised.partner) for move in chosen for name in move.places)
    taken.subtract((name, move.promised.partner) for move in chosen for name in move.frees.places)
    for name, free in problem.places.items():
        if sum(max(0, number) for (place, _), number in taken.items() if place == name) > free:
            return False
    for run, room in problem.runs.items():
        for figure in (0, 1):  # kilobecquerel, vials
            asked: Counter[str] = Counter()
            for move in chosen:
                if move.run == run:
                    asked[move.promised.partner] += move.added[figure]
                if move.promised.run == run:
                    # What one leaves is for others of its own sponsor, also of the pool.
                    asked[move.promised.partner] -= move.frees.allotment[figure] + move.frees.pool[figure]
            beyond = [max(0, number - room.own[who][figure]) for who, number in asked.items()]
            if sum(beyond) > room.pool[figure]:
                return False
    return True


def value_of(chosen: Sequence[RescueMove]) -> tuple[int, int, int, int, int, int]:
    """What the README says that plans are ranked by, the greater the better."""
    saving = [move for move in chosen if not move.helps]
    made = sum(move.made for move in saving)
    waits = -sum(move.waits_hours for move in saving)
    return len(saving), waits, made, sum(map(_slack, saving)), -sum(map(_waste, saving)), -sum(map(_cost, chosen))


def _slack(move: RescueMove) -> int:
    minutes = min(1440, max(0, move.slack_minutes))
    return minutes if move.acceptance_rate is None else int(minutes * move.acceptance_rate)


def _waste(move: RescueMove) -> int:
    return round(1000 * move.decayed_fraction)


def _cost(move: RescueMove) -> int:
    was = move.promised
    less = ceil(round(100 - 100 * move.activity_mbq / was.activity_mbq, 6))
    hours = ceil((move.administration_at - was.administration_at) / timedelta(hours=1))
    elsewhere = move.site != was.site
    asks = (less > 0 or hours > 0 or elsewhere or move.helps) and not move.consent
    return 100 * asks + 10 * less + 5 * hours + 200 * elsewhere + 50 * move.helps


def best_value(problem: RescueProblem) -> tuple[int, int, int, int, int, int]:
    """The value of the best choice there is."""
    return max(map(value_of, every_choice(problem)))
