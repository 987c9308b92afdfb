"""From a board to a plan: doses are dealt to sponsors, pre-booked capacity is pledged and allotted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.network import NOTHING, Capacity
from services.planning.domain.allotting import Booking, allot
from services.planning.domain.board import Board, Making
from services.planning.domain.demand import Bucket
from services.planning.domain.plan import PlannedRun, RunPlan, Serves
from services.planning.domain.problem import Opening


def plan_of(board: Board) -> RunPlan:
    """The plan on a board: runs pledge what their doses need and, as far as there is room, what is pre-booked."""
    makings = sorted(board.made.values(), key=lambda each: (each.opening.start_at, each.opening.line))
    serves = _deal(board, makings)
    runs = [_planned(board, making, serves[id(making)], place) for place, making in enumerate(makings)]

    def pledge_more(place: int, wanted: Capacity) -> Capacity:
        return Capacity(*board.pledge_more(makings[place], wanted.kbq, wanted.vials))

    # What shares yield beyond all needs is no slack here: `pledge_more` counts on it, and it must not be given twice.
    bookings = [
        replace(_booking(board, run, making.opening), slack=NOTHING) for run, making in zip(runs, makings, strict=True)
    ]
    allotments = allot(board.problem.world, bookings, pledge_more)
    return RunPlan(
        tuple(
            # Pledging more for an agreement may have taken further shares.
            replace(run, pledged=_pledged(making), allotments=allotted)
            for run, making, allotted in zip(runs, makings, allotments, strict=True)
        ),
        _open_serve(board, serves),
    )


def given_plan(board: Board, runs: Sequence[PlannedRun]) -> RunPlan:
    """The plan of runs that a planner has fixed; on the board they stand as open runs, by their ids."""
    serves = dict(_open_serve(board, _deal(board, ())))
    ids = {run.id for run in runs}
    runs = [replace(run, serves=serves.get(run.id, ())) for run in runs]

    def pledge_nothing(place: int, wanted: Capacity) -> Capacity:
        return NOTHING

    openings = {supply.run.name: supply.opening for supply in board.problem.supplies}
    bookings = [_booking(board, run, openings.get(run.id)) for run in runs]
    allotments = allot(board.problem.world, bookings, pledge_nothing)
    return RunPlan(
        tuple(replace(run, allotments=allotted) for run, allotted in zip(runs, allotments, strict=True)),
        tuple((name, served) for name, served in serves.items() if name not in ids),
    )


def _planned(board: Board, making: Making, serves: Serves, place: int) -> PlannedRun:
    candidate, opening = making.candidate, making.opening
    assert candidate is not None
    return PlannedRun(
        id=f"run-{place + 1:04}",
        product=opening.product,
        line=opening.line,
        start_at=opening.start_at,
        end_of_synthesis_at=opening.end_of_synthesis_at,
        delivery=candidate.delivery,
        pledged=_pledged(making),
        # At its start a run's activity is dispensed: what is wanted of it must be known by then, or a set time before.
        claim_cutoff_at=opening.start_at - board.problem.world.claim_cutoff,
        serves=serves,
    )


def _pledged(making: Making) -> Capacity:
    assert making.candidate is not None
    return Capacity(making.candidate.kbq(making.shares), making.vials + making.extra_vials)


def _open_serve(board: Board, serves: Mapping[int, Serves]) -> tuple[tuple[str, Serves], ...]:
    both = zip(board.open, board.problem.supplies, strict=True)
    return tuple((supply.run.name, serves[id(making)]) for making, supply in both if making.doses)


def _deal(board: Board, makings: Sequence[Making]) -> dict[int, Serves]:
    """Who gets the doses of each run: firm ones first, then whoever has the smallest share of what it forecast."""
    dealt: dict[int, dict[Bucket, int]] = defaultdict(lambda: defaultdict(int))
    got: dict[Bucket, int] = defaultdict(int)
    suppliers: dict[int, list[Making]] = defaultdict(list)
    for making in sorted((*board.open, *makings), key=lambda each: each.opening.start_at):
        for number in making.doses:
            suppliers[number].append(making)
    for number, makings_of in suppliers.items():
        buckets = board.problem.demands[number].buckets
        for making in makings_of:
            for _ in range(making.doses[number]):
                bucket = min(buckets, key=lambda each: _claim(each, got[each]))
                got[bucket] += 1
                dealt[id(making)][bucket] += 1
    return {id(making): tuple(sorted(dealt[id(making)].items())) for making in (*board.open, *makings)}


def _claim(bucket: Bucket, got: int) -> tuple[bool, float, str]:
    """Orders who comes next: those who lack firm doses, by the share they have; who has all comes last."""
    lacks_firm = got < bucket.firm
    wanted = bucket.firm if lacks_firm else bucket.doses
    return not lacks_firm, got / wanted if got < wanted else 2.0, bucket.partner


def _booking(board: Board, run: PlannedRun, opening: Opening | None) -> Booking:
    """What sponsors' doses need of a run, and what it pledges beyond that."""
    needs: dict[str, Capacity] = defaultdict(lambda: NOTHING)
    total = NOTHING
    for bucket, doses in run.serves:
        assert opening is not None  # who serves somebody has one
        need = Capacity(opening.doses[board.number_of[bucket]] * doses, doses)
        needs[bucket.partner], total = needs[bucket.partner].plus(need), total.plus(need)
    return Booking(run.product, run.end_of_synthesis_at, run.claim_cutoff_at, dict(needs), run.pledged.minus(total))
