"""Where slots could move if others of their sponsor left their places: found, told with what each leaves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.network import NOTHING, Capacity
from services.slotting.domain import Allocation, Book, FilledVial, Risk, Slot, State
from services.slotting.domain.book import CommittedSize
from services.slotting.domain.moving import MoveSurvey, MoveWish, SlotMoves, moves_of
from services.slotting.domain.offers import Market
from tests.support.offers_world import (
    GBQ,
    HARBOR,
    NOON,
    NORTHLAKE,
    PRODUCT,
    SITE,
    a_book,
    a_lane,
    a_market,
    a_run,
)
from tests.support.slotting import a_demand, a_slot

FULL, TWO = Capacity(100 * GBQ, 1), Capacity(100 * GBQ, 2)
DAY = timedelta(days=1)


def surveyed(
    books: Sequence[Book], slots: Sequence[Slot], vials: Sequence[FilledVial] = (), **changes: object
) -> tuple[MoveSurvey, Market]:
    market = a_market(*books, lanes=(a_lane(),), **changes)
    keys = {(each.demand.partner, PRODUCT, SITE) for each in slots}
    survey = MoveSurvey(NOON, slots, {book.run.name: book.run for book in books}, vials, dict.fromkeys(keys, market))
    return survey, market


def asked_for(book: Book, **changes: object) -> Slot:
    demand = {"site": SITE, "lane": "lanes/road", "administration_at": NOON + timedelta(hours=72), "partner": NORTHLAKE}
    facts = {key: changes.pop(key) for key in list(changes) if key in ("partner", "activity_mbq")}
    return a_slot(book, a_demand(book.run.name, **{**demand, **facts}), product=PRODUCT, **changes)


def found(survey: MoveSurvey, slot: Slot, exchange: bool = True) -> SlotMoves:
    return moves_of(survey, slot, MoveWish(DAY, exchange=exchange))


def test_what_another_slot_of_the_sponsor_would_leave_is_found_and_told_and_nobody_elses_is():
    first, full = a_book(), a_book(a_run("runs/lu-2"), TWO)
    lost = asked_for(first, risk=Risk.RUN, allocation=Allocation(NOTHING, NOTHING))
    stays, others = asked_for(full), asked_for(full, partner=HARBOR)
    survey, _ = surveyed([first, full], [lost, stays, others])
    assert {move.run for move in found(survey, lost, exchange=False).moves} == {"runs/lu-1"}
    moves = found(survey, lost).moves
    assert {move.run for move in moves} == {"runs/lu-1", "runs/lu-2"}
    assert {move.frees.pool for move in moves} == {NOTHING}  # it has nothing to leave
    left = {move.run: move.frees for move in found(survey, stays).moves}
    assert left["runs/lu-1"].pool == Capacity(stays.reference_kbq, 1) and left["runs/lu-1"].allotment == NOTHING
    without, _ = surveyed([first, full], [lost, others])
    assert {move.run for move in found(without, lost).moves} == {"runs/lu-1"}


def test_a_hold_can_be_given_up_and_a_filled_or_closed_slot_leaves_nothing():
    first, full = a_book(), a_book(a_run("runs/lu-2"), FULL)
    lost = asked_for(first, risk=Risk.RUN, allocation=Allocation(NOTHING, NOTHING))
    reservations = asked_for(full).reservations._replace(departure_at=NOON + DAY, delivery_at=NOON + DAY)
    full.pool = CommittedSize(FULL)
    held = asked_for(full, state=State.HELD, hold_until=NOON + timedelta(hours=2), reservations=reservations)
    survey, _ = surveyed([first, full], [lost, held])
    given_up = found(survey, held).moves[0]
    assert (given_up.gives_up, given_up.run, given_up.until_at) == (True, "runs/lu-2", NOON + timedelta(hours=2))
    assert given_up.frees.pool == Capacity(held.reference_kbq, 1)
    assert "runs/lu-2" in {move.run for move in found(survey, lost).moves}
    vial = FilledVial("batches/b/vials/1", 1, held.name, "runs/lu-2", 7400.0, NOON)
    filled, _ = surveyed([first, full], [lost, replace(held, state=State.CONFIRMED, hold_until=None)], [vial])
    assert {move.run for move in found(filled, lost).moves} == {"runs/lu-1"}
