"""A move takes the new place and frees the old one in one step, or changes nothing."""

from datetime import timedelta
from typing import Any

import pytest

from services.network import NOTHING, Capacity
from services.slotting.domain import Allocation, Book, Risk, Slot, State, UnitOfWork, decide
from services.slotting.domain.page import Happening, LedgerHappened
from tests.support.slotting import (
    GBQ,
    HARBOR,
    NOON,
    NORTHLAKE,
    a_book,
    a_demand,
    a_lane,
    a_move,
    a_page,
    a_run,
    a_slot,
    an_allotment,
    later,
)
from tests.unit.slotting.pictures import refusal

CUTOFF = NOON + timedelta(hours=20)
ONE = Capacity(100 * GBQ, 1)


def two_runs(pool: Capacity = ONE, **second: Any) -> tuple[Book, Book, UnitOfWork]:
    """Two runs that could do the same, and a page of them."""
    first = a_book(pool=ONE)
    other = a_book(a_run("runs/lu-2", **second), pool=pool)
    return first, other, a_page(first, other)


def on(page: UnitOfWork, slot: Slot, now: Any = NOON) -> UnitOfWork:
    return later(page, now, slot)


def test_a_move_frees_the_old_place_and_takes_the_new_one():
    first, second, page = two_runs()
    slot = a_slot(first)
    page = on(page, slot)
    moved = decide(page, a_move(slot.id, "runs/lu-2", reason="rescue"))
    assert (moved.demand.run, moved.version, moved.reason) == ("runs/lu-2", 3, "rescue")
    assert (first.pool.committed, second.pool.committed.vials) == (NOTHING, 1)
    assert page.happenings == [Happening(LedgerHappened.MOVED, moved, "runs/lu-1")]


def test_a_move_to_a_full_run_keeps_the_old_place():
    first, second, page = two_runs()
    a_slot(second)
    slot = a_slot(first)
    assert refusal(on(page, slot), a_move(slot.id, "runs/lu-2")).reason == "RUN_FULL"
    assert first.pool.committed.vials == 1


def test_an_allotment_place_is_kept_too_when_a_move_is_refused():
    first = a_book(pool=ONE, allotments={NORTHLAKE: an_allotment(ONE)})
    slot = a_slot(first)
    page = on(a_page(first, a_book(a_run("runs/lu-2"), pool=Capacity(1, 1))), slot)
    assert refusal(page, a_move(slot.id, "runs/lu-2")).reason == "RUN_FULL"
    assert (first.allotments[NORTHLAKE].committed.vials, first.pool.committed) == (1, NOTHING)


def test_a_slot_changes_its_own_administration_on_a_full_run():
    first, _, page = two_runs()
    slot = a_slot(first)
    moved = decide(on(page, slot), a_move(slot.id, "runs/lu-1", administration=(7400.0, NOON + timedelta(hours=30))))
    assert moved.reference_kbq < slot.reference_kbq
    assert first.pool.committed == Capacity(moved.reference_kbq, 1)


def test_a_slot_that_asks_for_more_than_there_is_keeps_what_it_has():
    first = a_book(pool=Capacity(10 * GBQ, 1))
    slot = a_slot(first)
    page = on(a_page(first), slot)
    assert refusal(page, a_move(slot.id, "runs/lu-1", administration=(9500.0, NOON + timedelta(hours=48)))).reason == (
        "RUN_FULL"
    )
    assert first.pool.committed == Capacity(slot.reference_kbq, 1)


def test_unknown_runs_and_runs_of_others_are_answered_alike():
    first = a_book()
    slot = a_slot(first)
    others = a_book(a_run("runs/others"), pool=NOTHING, allotments={HARBOR: an_allotment(ONE)})
    page = on(a_page(first, others), slot)
    for run in ("runs/others", "runs/none"):
        said = refusal(page, a_move(slot.id, run))
        assert (said.reason, said.facts) == ("RUN_UNKNOWN", {"run": run})


def test_a_slot_never_moves_to_another_product():
    first, _, page = two_runs(product="products/dotatate-lu177")
    slot = a_slot(first)
    said = refusal(on(page, slot), a_move(slot.id, "runs/lu-2"))
    assert said.reason == "PRODUCT_DIFFERS"
    assert said.facts == {"slot": slot.name, "run": "runs/lu-2", "product": "products/psma-lu177"}


def test_a_place_is_given_back_by_a_move_until_the_cut_off_only():
    first, _, page = two_runs(cutoff_at=CUTOFF + timedelta(hours=1))
    slot = a_slot(first)
    said = refusal(on(page, slot, CUTOFF), a_move(slot.id, "runs/lu-2"))
    assert (said.reason, said.facts["run"]) == ("CUTOFF_PASSED", "runs/lu-1")


def test_a_slot_at_risk_is_saved_after_the_cut_off_of_the_run_it_lost():
    first, second, page = two_runs(cutoff_at=CUTOFF + timedelta(hours=1))
    slot = a_slot(first, risk=Risk.RUN, allocation=Allocation(NOTHING, NOTHING))
    saved = decide(on(page, slot, CUTOFF), a_move(slot.id, "runs/lu-2"))
    assert not saved.at_risk
    assert (first.pool.committed, second.pool.committed.vials) == (NOTHING, 1)


@pytest.mark.parametrize(("cut_off_in", "ends_in"), [(5, 5), (60, 15)])
def test_a_moved_hold_ends_when_it_would_have_but_before_its_new_runs_cut_off(cut_off_in: int, ends_in: int):
    first, _, page = two_runs(cutoff_at=NOON + timedelta(minutes=cut_off_in))
    slot = a_slot(first, state=State.HELD, hold_until=NOON + timedelta(minutes=15))
    moved = decide(on(page, slot), a_move(slot.id, "runs/lu-2"))
    assert (moved.state, moved.hold_until) == (State.HELD, NOON + timedelta(minutes=ends_in))


def test_a_move_keeps_centre_lane_and_order_unless_it_names_a_lane():
    first, _, page = two_runs()
    slot = a_slot(first, a_demand(lane=a_lane().name))
    moved = decide(on(page, slot), a_move(slot.id, "runs/lu-2"))
    assert moved.demand == slot.demand._replace(run="runs/lu-2")
    assert refusal(page, a_move(a_slot(first).id, "runs/lu-2")).reason == "SLOT_UNKNOWN"


def test_a_lane_that_a_move_names_is_checked():
    first, _, page = two_runs()
    slot = a_slot(first)
    assert refusal(on(page, slot), a_move(slot.id, "runs/lu-2", lane="lanes/none")).reason == "LANE_NOT_VALID"


def test_a_slot_takes_from_its_own_sponsors_allotment_when_staff_move_it():
    first, _, page = two_runs(pool=NOTHING)
    own = a_book(a_run("runs/own"), pool=NOTHING, allotments={NORTHLAKE: an_allotment(ONE), HARBOR: an_allotment(ONE)})
    slot = a_slot(first)
    page.books["runs/own"] = own
    decide(on(page, slot), a_move(slot.id, "runs/own", partner="partners/cdmo", operator=True))
    assert (own.allotments[NORTHLAKE].committed.vials, own.allotments[HARBOR].committed) == (1, NOTHING)
