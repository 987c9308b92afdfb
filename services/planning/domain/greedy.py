"""The greedy planner: firm demand first, week by week, each dose where it costs least. A yardstick and a hint."""

from collections import defaultdict

from services.planning.domain.board import Board, firm_left
from services.planning.domain.problem import Candidate, PlanningProblem


def greedy(problem: PlanningProblem) -> Board:
    """A plan that never takes a decision back."""
    board = Board(problem)
    serve_from_open(board)
    fill(board)
    return board


def fill(board: Board) -> None:
    """Covers what still fits: firm demand before all other, earlier weeks first."""
    problem = board.problem
    by_demand = _candidates_by_demand(problem)
    # By week, since isotope that an earlier week leaves decays.
    numbers = sorted(range(len(problem.demands)), key=lambda number: problem.demands[number].week)
    for firm_only in (True, False):
        for number in numbers:
            _cover(board, by_demand[number], number, firm_only)


def serve_from_open(board: Board) -> None:
    """Lets the runs that are there already cover what they can, first of all firm demand."""
    for firm_only in (True, False):
        for making in sorted(board.open, key=lambda each: each.opening.start_at):
            # A dose that needs less activity, because it is given sooner, comes first.
            for number in sorted(making.opening.doses, key=lambda each: (making.opening.doses[each], each)):
                board.serve_open(making, number, firm_left(board, number) if firm_only else board.wanted[number])


def _candidates_by_demand(problem: PlanningProblem) -> dict[int, list[Candidate]]:
    found: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in problem.candidates:
        for number in candidate.opening.doses:
            found[number].append(candidate)
    return found


def _cover(board: Board, candidates: list[Candidate], number: int, firm_only: bool) -> None:
    wanted = firm_left(board, number) if firm_only else board.wanted[number]
    if wanted <= 0:
        return
    # Runs that are on the board cost no line time.
    for candidate in candidates:
        if wanted and candidate.number in board.made and (doses := min(wanted, board.room(candidate, number))):
            board.serve(candidate, number, doses)
            wanted -= doses
    while wanted > 0:
        best = _best_start(board, candidates, number, wanted)
        if best is None:
            return
        doses = min(wanted, board.room(best, number))
        board.serve(best, number, doses)
        wanted -= doses


def _best_start(board: Board, candidates: list[Candidate], number: int, wanted: int) -> Candidate | None:
    """The new run that covers most of what is wanted, of those the one whose doses use the least of their delivery."""
    best, best_worth = None, (0, 0.0)
    for candidate in candidates:
        if candidate.number in board.made:
            continue
        doses = min(wanted, board.room(candidate, number))
        worth = (doses, -candidate.opening.doses[number] / candidate.kbq_per_share)
        if doses and (best is None or worth > best_worth) and board.line_free(candidate.opening):
            best, best_worth = candidate, worth
    return best
