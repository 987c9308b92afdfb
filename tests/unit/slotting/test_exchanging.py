"""Slots of one sponsor exchange places, in one step: what each leaves the others may take, and all of it or nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.network import NOTHING, Capacity
from services.slotting.domain import Allocation, Risk, Slot, State, UnitOfWork, decide
from services.slotting.domain.page import LedgerHappened, MovedTogether
from tests.support.slotting import (
    GBQ,
    HARBOR,
    NOON,
    a_book,
    a_demand,
    a_move,
    a_move_together,
    a_page,
    a_run,
    a_slot,
    later,
)
from tests.unit.slotting.pictures import picture, refusal

FULL = Capacity(100 * GBQ, 1)


def full_runs(number: int) -> tuple[UnitOfWork, list[Slot]]:
    """Runs with room for one dose, each with one on it."""
    books = [a_book(a_run(f"runs/lu-{each}"), pool=FULL) for each in range(1, number + 1)]
    slots = [a_slot(book, a_demand(book.run.name)) for book in books]
    return later(a_page(*books), NOON, *slots), slots


def runs_of(moved: object) -> list[str]:
    assert isinstance(moved, MovedTogether)
    return [each.demand.run for each in moved.slots]


def test_slots_on_full_runs_take_each_others_places_and_no_others():
    page, (one, two) = full_runs(2)
    moves = [a_move(one.id, "runs/lu-2"), a_move(two.id, "runs/lu-1")]
    before = picture(page)
    assert refusal(page, a_move_together(*moves)).reason == "RUN_FULL" and picture(page) == before
    assert runs_of(decide(page, a_move_together(*moves, exchange=True))) == ["runs/lu-2", "runs/lu-1"]
    assert [each.what for each in page.happenings] == [LedgerHappened.MOVED] * 2
    assert [page.books[name].pool.committed.vials for name in ("runs/lu-1", "runs/lu-2")] == [1, 1]
    assert [page.slots[each.id].version for each in (one, two)] == [one.version + 1, two.version + 1]


def test_a_ring_of_three_goes_round_and_one_that_does_not_fit_leaves_all_as_they_were():
    page, slots = full_runs(3)
    ring = [a_move(each.id, f"runs/lu-{place % 3 + 1}") for place, each in enumerate(slots, 1)]
    before = picture(page)
    too_much = replace(ring[2], administration=(60_000.0, slots[2].demand.administration_at))
    assert refusal(page, a_move_together(*ring[:2], too_much, exchange=True)).reason == "DECAYED_BELOW_MINIMUM"
    assert picture(page) == before
    assert runs_of(decide(page, a_move_together(*ring, exchange=True))) == ["runs/lu-2", "runs/lu-3", "runs/lu-1"]


def test_what_somebody_else_has_nobody_takes():
    page, (one, two) = full_runs(2)
    other = replace(two, demand=two.demand._replace(partner=HARBOR))
    page.slots[two.id] = other
    moves = [a_move(one.id, "runs/lu-2"), a_move(two.id, "runs/lu-1")]
    assert refusal(page, a_move_together(*moves, exchange=True)).reason == "SLOT_UNKNOWN"
    assert page.slots[one.id] == one


@pytest.mark.parametrize("exchange", [True, False])
def test_a_hold_is_given_up_for_a_dose_that_lost_its_place(exchange: bool):
    first, second = a_book(), a_book(a_run("runs/lu-2"), pool=FULL)
    lost = a_slot(first, risk=Risk.RUN, allocation=Allocation(NOTHING, NOTHING))
    held = a_slot(second, a_demand("runs/lu-2"), state=State.HELD, hold_until=NOON + timedelta(hours=1))
    page = later(a_page(first, second), NOON, lost, held)
    moves = [a_move(lost.id, "runs/lu-2"), replace(a_move(held.id, "runs/lu-2"), gives_up=True)]
    moved = decide(page, a_move_together(*moves, exchange=exchange))
    assert isinstance(moved, MovedTogether)
    assert [(each.state, each.demand.run) for each in moved.slots] == [
        (State.CONFIRMED, "runs/lu-2"),
        (State.RELEASED, "runs/lu-2"),
    ]
    assert [each.what for each in page.happenings] == [LedgerHappened.RELEASED, LedgerHappened.MOVED]


def test_what_is_promised_is_not_given_up():
    page, (one, two) = full_runs(2)
    moves = [a_move(one.id, "runs/lu-2"), replace(a_move(two.id, "runs/lu-2"), gives_up=True)]
    assert refusal(page, a_move_together(*moves, exchange=True)).reason == "ALREADY_CONFIRMED"
    assert page.slots == {one.id: one, two.id: two}


def test_who_may_not_leave_any_more_leaves_nothing():
    page, (one, two) = full_runs(2)
    page.now = page.books["runs/lu-2"].run.cutoff_at
    moves = [a_move(one.id, "runs/lu-2"), a_move(two.id, "runs/lu-1")]
    assert refusal(page, a_move_together(*moves, exchange=True)).reason == "CUTOFF_PASSED"
    assert [page.books[name].pool.committed.vials for name in ("runs/lu-1", "runs/lu-2")] == [1, 1]
