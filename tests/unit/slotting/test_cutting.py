"""Cuts: never silent, the newest lose first, and whoever stood on an allotment keeps the place in it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.kernel.errors import Kind
from services.network import NOTHING, Capacity
from services.slotting.domain import Book, RunState, Slot, State, UnitOfWork, decide
from services.slotting.domain.page import LedgerHappened
from tests.support.slotting import (
    GBQ,
    HARBOR,
    NOON,
    NORTHLAKE,
    a_book,
    a_claim,
    a_cut,
    a_demand,
    a_page,
    a_run,
    a_slot,
    an_allotment,
)
from tests.unit.slotting.pictures import refusal

PLENTY = 10**9
TEN = Capacity(PLENTY, 10)


def slots_on(book: Book, *partners: str) -> list[Slot]:
    """A slot for each, the oldest first."""
    return [
        a_slot(book, a_demand(book.run.name, partner=partner), created_at=NOON + timedelta(minutes=minute))
        for minute, partner in enumerate(partners)
    ]


def page_of(book: Book, standing: Sequence[Slot], now: Any = NOON) -> UnitOfWork:
    """The page of a cut, as the store loads it."""
    page = a_page(book, now=now)
    page.slots.update({slot.id: slot for slot in standing})
    book.settle(now)
    return UnitOfWork(now, page.books, page.slots, page.network, standing={book.run.name: list(standing)})


def cut(page: UnitOfWork, vials: int, **facts: Any) -> list[str]:
    """The names of the slots that a cut to so many vials displaces, once its conflicts are accepted."""
    outcome = decide(page, a_cut("runs/lu-1", Capacity(PLENTY, vials), accept_conflicts=True, **facts))
    return [f"slots/{each}" for each in outcome.conflicts]


def test_a_cut_of_free_capacity_displaces_nobody():
    book = a_book(pool=TEN)
    page = page_of(book, slots_on(book, NORTHLAKE, HARBOR))
    outcome = decide(page, a_cut("runs/lu-1", Capacity(PLENTY, 2)))
    assert (outcome.conflicts, outcome.book.pool.size.vials, outcome.book.run.version) == ((), 2, 3)
    assert [happening.what for happening in page.happenings] == [LedgerHappened.CUT]


def test_the_newest_claims_lose_first_and_are_named():
    book = a_book(pool=TEN)
    slots = slots_on(book, NORTHLAKE, HARBOR, NORTHLAKE)
    said = refusal(page_of(book, slots), a_cut("runs/lu-1", Capacity(PLENTY, 1)))
    assert (said.reason, said.facts["run"]) == ("CAPACITY_CONFLICT", "runs/lu-1")
    assert (said.facts["slot_count"], said.facts["slots"]) == ("2", f"{slots[1].name},{slots[2].name}")


def test_the_number_of_conflicts_is_told_before_their_names_which_may_be_cut_short():
    book = a_book(pool=Capacity(PLENTY, 200))
    said = refusal(page_of(book, slots_on(book, *[HARBOR] * 100)), a_cut("runs/lu-1", NOTHING))
    assert list(said.facts) == ["run", "slot_count", "slots"]


def test_a_slot_that_needs_less_keeps_its_place_where_an_older_one_does_not_fit():
    book = a_book(pool=TEN)
    big = a_slot(book, a_demand(activity_mbq=7400.0))
    small = a_slot(book, a_demand(activity_mbq=100.0))
    page = page_of(book, [big, small])
    outcome = decide(page, a_cut("runs/lu-1", Capacity(small.reference_kbq, 2), accept_conflicts=True))
    assert outcome.conflicts == (big.id,)


def test_displaced_slots_are_at_risk_and_hold_nothing_in_the_book():
    book = a_book(pool=TEN)
    kept, lost = slots_on(book, NORTHLAKE, HARBOR)
    page = page_of(book, [kept, lost])
    cut(page, 1, reason="hot cell 2 failed", actor="planner")
    after = page.touched[lost.id]
    assert (after.at_risk, after.state, after.allocation, after.version) == (
        True,
        State.CONFIRMED,
        (NOTHING, NOTHING),
        3,
    )
    assert (after.actor, after.reason) == ("planner", "hot cell 2 failed")
    assert page.books["runs/lu-1"].pool.committed == Capacity(kept.reference_kbq, 1)
    assert [happening.what for happening in page.happenings] == [LedgerHappened.AT_RISK, LedgerHappened.CUT]


def test_only_looking_changes_nothing_and_names_the_same_slots():
    book = a_book(pool=TEN)
    slots = slots_on(book, NORTHLAKE, HARBOR)
    page = page_of(book, slots)
    outcome = decide(page, a_cut("runs/lu-1", NOTHING, validate_only=True))
    assert outcome.conflicts == tuple(slot.id for slot in slots)
    assert (page.happenings, page.touched, page.books["runs/lu-1"]) == ([], {}, book)
    assert book.pool.committed.vials == 2


def test_a_cancelled_run_has_nothing_left_and_stays_cancelled():
    book = a_book(pool=TEN, allotments={NORTHLAKE: an_allotment(TEN)})
    page = page_of(book, slots_on(book, NORTHLAKE))
    assert len(cut(page, 0, cancel=True)) == 1
    gone = page.books["runs/lu-1"]
    assert (gone.run.state, gone.pool.size, gone.allotments[NORTHLAKE].size) == (RunState.CANCELLED, NOTHING, NOTHING)
    said = refusal(page, a_cut("runs/lu-1", NOTHING, base_version=3))
    assert (said.reason, said.facts["state"]) == ("RUN_NOT_OPEN", "CANCELLED")
    assert refusal(page, a_claim()).reason == "RUN_NOT_OPEN"


@pytest.mark.parametrize(("base_version", "reason"), [(1, "STALE"), (3, "RUN_NOT_YET_KNOWN")])
def test_a_cut_of_another_version_is_refused(base_version: int, reason: str):
    said = refusal(page_of(a_book(), []), a_cut("runs/lu-1", NOTHING, base_version=base_version))
    assert said.reason == reason


def test_a_cut_of_a_run_that_the_ledger_does_not_know_says_that_there_is_none():
    said = refusal(a_page(), a_cut("runs/none", NOTHING))
    assert (said.kind, said.reason, said.facts) == (Kind.NOT_FOUND, "RUN_UNKNOWN", {"run": "runs/none"})


def test_only_who_made_a_newer_version_of_the_run_knows_that_it_is_worth_waiting():
    said = refusal(page_of(a_book(), []), a_cut("runs/lu-1", NOTHING, base_version=3))
    assert (said.kind, said.facts) == (Kind.STALE, {"run": "runs/lu-1", "version": "2"})


@pytest.mark.parametrize("more", [Capacity(PLENTY + 1, 10), Capacity(PLENTY, 11)])
def test_a_cut_never_gives_capacity(more: Capacity):
    said = refusal(page_of(a_book(pool=TEN), []), a_cut("runs/lu-1", more))
    assert said.reason == "CAPACITY_WOULD_GROW"
    assert said.facts == {
        "run": "runs/lu-1",
        "has_kbq": str(PLENTY),
        "has_vials": "10",
        "asked_kbq": str(more.kbq),
        "asked_vials": str(more.vials),
    }


def test_an_allotment_that_there_is_not_cannot_be_cut():
    said = refusal(page_of(a_book(pool=TEN), []), a_cut("runs/lu-1", TEN, allotments={HARBOR: NOTHING}))
    assert (said.reason, said.facts) == ("ALLOTMENT_UNKNOWN", {"run": "runs/lu-1", "partner": HARBOR})


def test_the_pool_gives_first_and_allotments_must_be_named_to_shrink():
    book = a_book(pool=Capacity(PLENTY, 4), allotments={HARBOR: an_allotment(Capacity(PLENTY, 6))})
    page = page_of(book, [])
    said = refusal(page, a_cut("runs/lu-1", Capacity(PLENTY, 5)))
    assert said.reason == "ALLOTMENTS_EXCEED_PLEDGE"
    assert said.facts == {
        "run": "runs/lu-1",
        "pledged_kbq": str(PLENTY),
        "pledged_vials": "5",
        "missing_kbq": "0",
        "missing_vials": "1",
    }
    cut(page, 5, allotments={HARBOR: Capacity(PLENTY, 3)})
    after = page.books["runs/lu-1"]
    assert (after.pool.size.vials, after.allotments[HARBOR].size.vials) == (2, 3)


def test_an_allotments_slots_outlive_older_ones_of_the_pool():
    book = a_book(pool=Capacity(PLENTY, 2), allotments={HARBOR: an_allotment(Capacity(50 * GBQ, 2))})
    slots = slots_on(book, NORTHLAKE, NORTHLAKE, HARBOR, HARBOR)
    assert cut(page_of(book, slots), 3) == [slots[1].name]


def test_they_do_so_after_the_release_back_as_well():
    back_at = NOON + timedelta(hours=1)
    book = a_book(pool=Capacity(PLENTY, 2), allotments={HARBOR: an_allotment(Capacity(PLENTY, 5), back_at)})
    slots = slots_on(book, NORTHLAKE, NORTHLAKE, HARBOR, HARBOR)
    page = page_of(book, slots, now=back_at)
    assert book.pool.size.vials == 5
    assert cut(page, 3) == [slots[1].name]


def test_what_displaced_slots_leave_in_a_released_back_allotment_saves_others():
    book = a_book(pool=Capacity(PLENTY, 1), allotments={HARBOR: an_allotment(Capacity(9 * GBQ, 1), NOON)})
    big = a_slot(book, a_demand(partner=HARBOR))
    small = a_slot(book, a_demand(activity_mbq=100.0))
    page = page_of(book, [big, small])
    left = Capacity(big.reference_kbq - 1, 1)
    outcome = decide(page, a_cut("runs/lu-1", left, allotments={HARBOR: left}, accept_conflicts=True))
    assert outcome.conflicts == (big.id,)
    assert page.books["runs/lu-1"].pool.committed == Capacity(small.reference_kbq, 1)


def test_what_is_fulfilled_stays_taken_and_is_never_displaced():
    book = a_book(pool=TEN)
    a_slot(book, state=State.FULFILLED)
    (open_slot,) = slots_on(book, HARBOR)
    page = page_of(book, [open_slot])
    assert cut(page, 1) == [open_slot.name]
    assert page.books["runs/lu-1"].pool.committed.vials == 1


def test_each_cut_has_its_number_which_orders_its_events():
    book = a_book(pool=TEN)
    page = page_of(book, [])
    for number, vials in enumerate((9, 8, 7), start=1):
        cut(page, vials, base_version=1 + number)
        assert page.books["runs/lu-1"].run.cuts == number


def test_a_run_is_full_because_of_a_cut_only_if_the_pool_was_cut():
    allotments = {HARBOR: an_allotment(Capacity(PLENTY, 3))}
    book = a_book(a_run(), pool=Capacity(PLENTY, 1), allotments=allotments)
    page = page_of(book, slots_on(book, NORTHLAKE))
    cut(page, 2, allotments={HARBOR: Capacity(0, 1)})
    assert refusal(page, a_claim()).facts["because"] == "POOL_USED"
    page = UnitOfWork(NOON, page.books, page.slots, page.network, standing={"runs/lu-1": list(page.slots.values())})
    cut(page, 1, base_version=3)
    assert refusal(page, a_claim()).facts["because"] == "CAPACITY_CUT"
