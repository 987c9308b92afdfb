"""Runs in production: nothing more is claimed of them, and what a yield has no room for is at risk, never silently."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.network import NOTHING, Capacity
from services.slotting.domain import Book, Project, RunState, State, UnitOfWork, decide
from services.slotting.domain.book import Audience, CommittedSize
from services.slotting.domain.page import LedgerHappened
from tests.support.slotting import (
    GBQ,
    HARBOR,
    NOON,
    NORTHLAKE,
    a_book,
    a_claim,
    a_cut,
    a_hold,
    a_run,
    an_allotment,
)
from tests.unit.slotting.pictures import refusal
from tests.unit.slotting.test_cutting import TEN, page_of, slots_on

GONE = (RunState.IN_PRODUCTION, RunState.PRODUCED, RunState.FAILED)


def project(page: UnitOfWork, drawn: Book) -> None:
    decide(page, Project(drawn, "erp", "low yield"))


def drawn(size: Capacity, state: RunState = RunState.PRODUCED, **allotments: Capacity) -> Book:
    sizes = {f"partners/{name}": an_allotment(each) for name, each in allotments.items()}
    return a_book(a_run(version=3, state=state), pool=size, allotments=sizes)


@pytest.mark.parametrize(
    ("state", "reason"), list(zip(GONE, ("RUN_IN_PRODUCTION", "RUN_IN_PRODUCTION", "RUN_FAILED"), strict=True))
)
def test_nothing_is_claimed_or_held_of_what_is_in_production_or_failed(state: RunState, reason: str) -> None:
    page = page_of(a_book(a_run(state=state, audience=Audience.ALL), pool=TEN), [])
    assert refusal(page, a_claim()).reason == reason
    assert refusal(page, a_hold()).reason == reason


def test_what_a_yield_still_has_room_for_keeps_its_place() -> None:
    book = a_book(pool=TEN)
    slots = slots_on(book, NORTHLAKE, HARBOR)
    page = page_of(book, slots)
    project(page, drawn(Capacity(TEN.kbq, 2)))
    assert (page.happenings, page.touched) == ([], {})
    assert (page.books["runs/lu-1"].run.state, page.books["runs/lu-1"].pool.free.vials) == (RunState.PRODUCED, 0)


def test_a_yield_that_nobody_was_asked_about_puts_the_newest_at_risk_and_says_so() -> None:
    book = a_book(pool=TEN)
    slots = slots_on(book, NORTHLAKE, HARBOR, NORTHLAKE)
    page = page_of(book, slots)
    project(page, drawn(Capacity(TEN.kbq, 2)))
    assert [page.slots[slot.id].at_risk if slot.id in page.slots else False for slot in slots] == [False, False, True]
    assert [each.what for each in page.happenings] == [LedgerHappened.AT_RISK, LedgerHappened.CUT]
    lost = page.happenings[0].slot
    assert lost is not None
    assert (lost.actor, lost.reason) == ("erp", "low yield")
    after = page.books["runs/lu-1"]
    assert (after.run.version, after.run.state, after.pool.size, after.pool.committed.vials) == (
        3,
        RunState.PRODUCED,
        Capacity(TEN.kbq, 2),
        2,
    )


def test_a_failure_puts_all_that_stand_on_the_run_at_risk() -> None:
    book = a_book(pool=TEN, allotments={NORTHLAKE: an_allotment(TEN)})
    slots = slots_on(book, NORTHLAKE, HARBOR)
    page = page_of(book, slots)
    project(page, drawn(NOTHING, RunState.FAILED, northlake=NOTHING))
    assert {slot.id for slot in page.touched.values() if slot.at_risk} == {slot.id for slot in slots}
    assert all(slot.state is State.CONFIRMED for slot in page.touched.values())
    [said] = [each.cut for each in page.happenings if each.cut]
    assert (said.command.cancel, said.command.failed, len(said.conflicts)) == (True, True, 2)
    assert page.books["runs/lu-1"].pool == CommittedSize(NOTHING, NOTHING)


def test_a_failure_that_capacity_asks_for_names_them_first() -> None:
    book = a_book(pool=TEN)
    page = page_of(book, slots_on(book, NORTHLAKE))
    asked = replace(a_cut("runs/lu-1", NOTHING, cancel=True), failed=True)
    assert refusal(page, replace(asked, accept_conflicts=False)).reason == "CAPACITY_CONFLICT"
    decide(page, replace(asked, accept_conflicts=True))
    assert page.books["runs/lu-1"].run.state is RunState.FAILED
    assert refusal(page, a_claim()).reason == "RUN_FAILED"


def test_in_production_what_one_sponsor_did_not_claim_keeps_the_places_of_others() -> None:
    """Nothing is pre-booked any more, so no dose is lost while there is activity for it."""
    book = a_book(
        pool=NOTHING,
        allotments={
            NORTHLAKE: an_allotment(Capacity(20 * GBQ, 2), NOON + timedelta(hours=9)),
            HARBOR: an_allotment(Capacity(20 * GBQ, 2), NOON + timedelta(hours=9)),
        },
    )
    slots = slots_on(book, NORTHLAKE, NORTHLAKE)
    page = page_of(book, slots)
    low = {"northlake": Capacity(20 * GBQ, 1), "harbor": Capacity(20 * GBQ, 1)}
    project(page, drawn(NOTHING, RunState.PRODUCED, **low))
    assert not any(slot.at_risk for slot in page.touched.values())
    assert not page.books["runs/lu-1"].allotments[HARBOR].size.claimable
