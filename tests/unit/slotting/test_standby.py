"""Standby: who waits, who is offered what comes free, and when waiting is over."""

from datetime import timedelta

import pytest

from services.kernel.activity import Nuclide
from services.network import NOTHING, Capacity
from services.slotting.domain import Allocation, State, UnitOfWork, decide
from services.slotting.domain.page import LedgerHappened
from services.slotting.domain.standby import Queue
from tests.support.slotting import (
    GBQ,
    HARBOR,
    NOON,
    NORTHLAKE,
    a_book,
    a_claim,
    a_confirm,
    a_cut,
    a_demand,
    a_hold,
    a_move,
    a_page,
    a_release,
    a_run,
    a_site,
    an_allotment,
    projected,
)
from tests.support.slotting_standby import a_full_page, a_join, a_leave, following, now_of, queued, states
from tests.unit.slotting.pictures import refusal

CUTOFF = NOON + timedelta(hours=20)
MICROSECOND = timedelta(microseconds=1)
PRODUCT = a_run().product


def happened(page: UnitOfWork) -> list[LedgerHappened]:
    return [happening.what for happening in page.happenings]


def test_an_order_waits_for_a_full_run_and_a_claim_is_refused():
    page, _ = a_full_page()
    standby = decide(page, a_join(reason="next in line"))
    assert (standby.state.name, standby.version, standby.slot_id, standby.reason) == (
        "WAITING",
        1,
        None,
        "next in line",
    )
    assert happened(page) == [LedgerHappened.STANDBY_JOINED]
    assert refusal(page, a_claim()).reason == "RUN_FULL"


def test_where_there_is_room_an_order_is_offered_it_at_once():
    page = a_page(a_book(pool=Capacity(100 * GBQ, 1)))
    join = a_join()
    standby = decide(page, join)
    slot = page.slots[join.slot_id]
    assert (standby.state.name, standby.slot_id, standby.version) == ("OFFERED", slot.id, 2)
    assert (slot.state, slot.hold_until, slot.actor) == (State.HELD, standby.answer_until, join.actor)
    assert happened(page) == [LedgerHappened.HELD, LedgerHappened.STANDBY_JOINED, LedgerHappened.STANDBY_OFFERED]
    assert refusal(page, a_claim()).reason == "RUN_FULL"


def test_what_is_released_is_offered_before_a_later_claim_can_have_it():
    page, slot = a_full_page()
    standby = queued(page)
    decide(page, a_release(slot.id))
    offered = now_of(page, standby)
    assert (offered.state.name, offered.actor) == ("OFFERED", "doselane")
    assert page.slots[offered.slot_id].state is State.HELD
    assert refusal(page, a_claim()).reason == "RUN_FULL"


def test_what_expires_is_offered_by_the_clock():
    page = a_page(a_book(pool=Capacity(100 * GBQ, 1)))
    decide(page, a_hold(lasting=timedelta(minutes=15)))
    standby = queued(page)
    page = following(page, NOON + timedelta(minutes=15))
    assert states(page, standby) == ["OFFERED"]
    assert happened(page) == [LedgerHappened.EXPIRED, LedgerHappened.HELD, LedgerHappened.STANDBY_OFFERED]


def test_what_is_moved_away_is_offered_in_the_run_that_it_left():
    page, slot = a_full_page(a_book(a_run("runs/lu-2")))
    standby = queued(page)
    decide(page, a_move(slot.id, "runs/lu-2"))
    assert states(page, standby) == ["OFFERED"]


def test_what_an_allotment_releases_back_is_offered():
    page = a_page(
        a_book(pool=NOTHING, allotments={NORTHLAKE: an_allotment(NOTHING), HARBOR: an_allotment(Capacity(20 * GBQ, 2))})
    )
    standby = queued(page)
    page = following(page, NOON + timedelta(hours=10) - MICROSECOND)
    assert states(page, standby) == ["WAITING"]
    page = following(page, NOON + timedelta(hours=10))
    assert states(page, standby) == ["OFFERED"]


def test_what_a_newer_version_of_the_run_adds_is_offered():
    page, _ = a_full_page()
    standby = queued(page)
    decide(page, projected(a_book(a_run(version=3), pool=Capacity(100 * GBQ, 2))))
    assert states(page, standby) == ["OFFERED"]


def test_a_cut_of_an_allotment_alone_is_offered_from_the_pool():
    allotments = {HARBOR: an_allotment(Capacity(20 * GBQ, 2))}
    page = a_page(a_book(pool=Capacity(20 * GBQ, 1), allotments=allotments))
    decide(page, a_claim())
    standby = queued(page)
    decide(page, a_cut("runs/lu-1", Capacity(40 * GBQ, 3), allotments={HARBOR: Capacity(20 * GBQ, 1)}))
    assert states(page, standby) == ["OFFERED"]


def test_the_agreed_priority_comes_first_and_then_age():
    page, slot = a_full_page()
    first, second, third = queued(page), queued(page, a_demand(partner=HARBOR)), queued(page)
    page = following(page, NOON, {(HARBOR, PRODUCT): 5, (NORTHLAKE, "products/other"): 9})
    for served in (second, first, third):
        decide(page, a_release(slot.id, partner=slot.demand.partner))
        slot = page.slots[now_of(page, served).slot_id]
    assert states(page, first, second, third) == ["LEFT", "LEFT", "OFFERED"]


def test_an_order_that_does_not_fit_does_not_block_a_smaller_one():
    page = a_page(a_book(pool=Capacity(12 * GBQ, 9)))
    slot = decide(page, a_claim(a_demand(activity_mbq=5000.0)))
    decide(page, a_claim(a_demand(activity_mbq=3700.0)))
    large, small = queued(page, a_demand(activity_mbq=7400.0)), queued(page, a_demand(activity_mbq=5000.0))
    decide(page, a_release(slot.id))
    assert states(page, large, small) == ["WAITING", "OFFERED"]


def test_the_own_allotment_is_used_before_the_pool():
    book = a_book(pool=Capacity(20 * GBQ, 0), allotments={NORTHLAKE: an_allotment(Capacity(10 * GBQ, 1))})
    page = a_page(book)
    slot = decide(page, a_claim(a_demand(activity_mbq=100.0)))
    standby = queued(page)
    decide(page, a_release(slot.id))
    slot = page.slots[now_of(page, standby).slot_id]
    assert slot.allocation == Allocation(Capacity(slot.reference_kbq, 1), NOTHING)


@pytest.mark.parametrize(
    ("nuclide", "minutes"),
    [(Nuclide.LU_177, 300), (Nuclide.AT_211, 21)],  # a quarter of 20 hours; a twentieth of the half-life
)
def test_the_answer_time_is_a_share_of_the_time_left_and_bounded_by_decay(nuclide: Nuclide, minutes: int):
    page = a_page(
        a_book(a_run(nuclide=nuclide)), site=a_site(licences=[a_site().licences[0]._replace(nuclide=nuclide)])
    )
    standby = decide(page, a_join(a_demand(activity_mbq=100.0, administration_at=NOON + timedelta(hours=25))))
    assert int((standby.answer_until - NOON) / timedelta(minutes=1)) == minutes


def test_confirming_the_offered_slot_serves_the_standby_and_names_who_did():
    page = a_page(a_book())
    standby = decide(page, a_join())
    decide(page, a_confirm(standby.slot_id, actor="pharmacist", reason="patient is ready"))
    served = now_of(page, standby)
    assert (served.state.name, served.actor, served.reason) == ("SERVED", "pharmacist", "patient is ready")
    assert served.slot_id == standby.slot_id
    assert happened(page)[-2:] == [LedgerHappened.CONFIRMED, LedgerHappened.STANDBY_SERVED]


def test_releasing_the_offered_slot_leaves_the_queue_and_the_next_in_line_gets_it():
    page, slot = a_full_page()
    first, second = queued(page), queued(page)
    decide(page, a_release(slot.id))
    decide(page, a_release(now_of(page, first).slot_id))
    assert states(page, first, second) == ["LEFT", "OFFERED"]


def test_an_offer_that_nobody_answers_lapses_and_the_next_in_line_gets_it():
    page, slot = a_full_page()
    first, second = queued(page), queued(page)
    decide(page, a_release(slot.id))
    page = following(page, now_of(page, first).answer_until)
    assert states(page, first, second) == ["LAPSED", "OFFERED"]


def test_leaving_an_offer_releases_its_slot_to_the_next_in_line():
    page, slot = a_full_page()
    first, second = queued(page), queued(page)
    decide(page, a_release(slot.id))
    left = decide(page, a_leave(first.id, reason="treated elsewhere"))
    assert (left.state.name, left.reason, left.version) == ("LEFT", "treated elsewhere", 3)
    assert page.slots[left.slot_id].state is State.RELEASED
    assert states(page, second) == ["OFFERED"]


def test_who_leaves_while_waiting_is_offered_nothing():
    page, slot = a_full_page()
    standby = queued(page)
    decide(page, a_leave(standby.id))
    decide(page, a_release(slot.id))
    assert states(page, standby) == ["LEFT"]
    decide(page, a_claim())


def test_a_slot_that_moves_to_another_run_takes_its_order_out_of_the_queue():
    page = a_page(a_book(), a_book(a_run("runs/lu-2")))
    standby = decide(page, a_join())
    decide(page, a_move(standby.slot_id, "runs/lu-2"))
    assert states(page, standby) == ["LEFT"]


def test_a_slot_that_changes_its_administration_stays_offered():
    page = a_page(a_book())
    standby = decide(page, a_join())
    decide(page, a_move(standby.slot_id, "runs/lu-1", administration=(7400.0, NOON + timedelta(hours=30))))
    assert states(page, standby) == ["OFFERED"]


def test_an_order_whose_offer_is_cut_away_is_back_in_line_as_old_as_before():
    page = a_page(a_book(pool=Capacity(100 * GBQ, 2)))
    kept = decide(page, a_claim())
    first = decide(page, a_join())
    second = queued(page)
    page.standing = {"runs/lu-1": [kept, page.slots[first.slot_id]]}
    decide(page, a_cut("runs/lu-1", Capacity(100 * GBQ, 1), accept_conflicts=True))
    assert states(page, first, second) == ["WAITING", "WAITING"]
    decide(page, a_release(kept.id))
    assert states(page, first, second) == ["OFFERED", "WAITING"]


def test_a_run_that_is_cancelled_lapses_its_queue():
    page, slot = a_full_page()
    waiting = queued(page)
    decide(page, a_release(slot.id))
    offered, waiting = waiting, queued(page)
    page.standing = {"runs/lu-1": [page.slots[now_of(page, offered).slot_id]]}
    decide(page, a_cut("runs/lu-1", NOTHING, cancel=True, accept_conflicts=True))
    assert states(page, offered, waiting) == ["LAPSED", "LAPSED"]


@pytest.mark.parametrize(("before", "state"), [(MICROSECOND, "OFFERED"), (timedelta(0), "LAPSED")])
def test_an_offer_that_was_not_answered_reads_as_lapsed_from_the_instant_of_its_end(before: timedelta, state: str):
    page, slot = a_full_page()
    standby = queued(page)
    decide(page, a_release(slot.id))
    offered = now_of(page, standby)
    assert offered.answer_until is not None and offered.answer_until < CUTOFF
    assert offered.as_of(offered.answer_until - before, page.books["runs/lu-1"].run).state.name == state


@pytest.mark.parametrize(("before", "state"), [(MICROSECOND, "WAITING"), (timedelta(0), "LAPSED")])
def test_the_cut_off_lapses_who_waits_and_reads_say_so_at_the_instant(before: timedelta, state: str):
    page, _ = a_full_page()
    standby = queued(page)
    assert standby.as_of(CUTOFF - before, page.books["runs/lu-1"].run).state.name == state
    page = following(page, CUTOFF - before)
    assert states(page, standby) == [state]


def test_a_page_without_a_queue_costs_nothing(monkeypatch: pytest.MonkeyPatch):
    page, slot = a_full_page()
    assert page.queue == Queue()
    monkeypatch.setattr("services.slotting.domain.queueing.follow", None)
    decide(page, a_release(slot.id))
