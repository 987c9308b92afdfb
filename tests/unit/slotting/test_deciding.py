"""Commands on a page of books: what each does, and each refusal with its facts. A refused command changes nothing."""

from datetime import timedelta
from typing import Any

import pytest

from services.kernel.calendar import Span
from services.network import NOTHING, Capacity
from services.slotting.domain import Allocation, Risk, RunState, State, UnitOfWork, decide
from services.slotting.domain.book import Audience
from services.slotting.domain.page import LedgerHappened
from tests.support.slotting import (
    GBQ,
    HARBOR,
    NOON,
    NORTHLAKE,
    SITE,
    a_book,
    a_claim,
    a_confirm,
    a_demand,
    a_hold,
    a_lane,
    a_move,
    a_page,
    a_release,
    a_run,
    a_site,
    a_slot,
    an_allotment,
    later,
)
from tests.unit.slotting.pictures import refusal

CUTOFF = NOON + timedelta(hours=20)
MICROSECOND = timedelta(microseconds=1)
FIFTEEN = timedelta(minutes=15)


def happened(page: UnitOfWork) -> list[LedgerHappened]:
    return [happening.what for happening in page.happenings]


def test_a_claim_is_confirmed_at_once():
    page = a_page(a_book())
    slot = decide(page, a_claim(reason="order NL-1001"))
    assert (slot.state, slot.version, slot.reason, slot.hold_until) == (State.CONFIRMED, 1, "order NL-1001", None)
    assert (slot.created_at, slot.updated_at) == (NOON, NOON)
    assert happened(page) == [LedgerHappened.CONFIRMED]
    assert page.created == [slot]


def test_a_hold_ends_and_a_confirmed_one_does_not():
    page = a_page(a_book())
    held = decide(page, a_hold())
    assert (held.state, held.hold_until) == (State.HELD, NOON + FIFTEEN)
    page = later(page, NOON + FIFTEEN - MICROSECOND)
    confirmed = decide(page, a_confirm(held.id, held.etag))
    assert (confirmed.state, confirmed.hold_until, confirmed.version) == (State.CONFIRMED, None, 2)


def test_at_its_end_a_hold_is_expired_by_the_clock_and_its_place_is_free():
    page = a_page(a_book(pool=Capacity(100 * GBQ, 1)))
    held = decide(page, a_hold())
    page = later(page, NOON + FIFTEEN)
    assert happened(page) == [LedgerHappened.EXPIRED]
    assert (page.slots[held.id].actor, page.slots[held.id].state) == ("doselane", State.EXPIRED)
    assert refusal(page, a_confirm(held.id)).reason == "HOLD_EXPIRED"
    decide(page, a_claim())


def test_an_unknown_run_a_planned_one_and_one_of_others_are_answered_alike():
    planned = a_book(a_run("runs/planned", state=RunState.PLANNED))
    others = a_book(a_run("runs/others"), pool=NOTHING, allotments={HARBOR: an_allotment(Capacity(10**9, 9))})
    page = a_page(planned, others)
    for run in ("runs/none", "runs/planned", "runs/others"):
        for command in (a_claim(a_demand(run)), a_hold(a_demand(run))):
            said = refusal(page, command)
            assert (said.reason, said.message, said.facts) == ("RUN_UNKNOWN", "There is no such run.", {"run": run})


@pytest.mark.parametrize("command", [a_claim, a_hold])
def test_a_cancelled_run_that_the_partner_knows_is_not_open(command: Any):
    book = a_book(a_run(state=RunState.CANCELLED, audience=Audience.ALL))
    book.run = book.run._replace(audience=Audience.ALL)
    said = refusal(a_page(book), command())
    assert (said.reason, said.facts) == ("RUN_NOT_OPEN", {"run": "runs/lu-1", "state": "CANCELLED"})


@pytest.mark.parametrize("command", [a_claim, a_hold])
def test_claims_and_holds_end_at_the_cut_off(command: Any):
    page = a_page(a_book(), now=CUTOFF)
    assert refusal(page, command()).reason == "CUTOFF_PASSED"
    decide(later(page, CUTOFF - MICROSECOND), command())


def test_an_unknown_centre_and_one_of_others_are_answered_alike():
    page = a_page(a_book(), site=a_site(partners=frozenset([HARBOR])))
    for site in (SITE, "sites/none"):
        said = refusal(page, a_claim(a_demand(site=site)))
        assert (said.reason, said.message, said.facts) == (
            "SITE_UNKNOWN",
            "There is no such treatment centre.",
            {"site": site},
        )


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"activity_mbq": 50_001.0}, "DECAYED_BELOW_MINIMUM"),
        ({"administration_at": NOON + timedelta(hours=24)}, "DECAYED_BELOW_MINIMUM"),
        ({"lane": "lanes/none"}, "LANE_NOT_VALID"),
        ({"lane": a_lane().name, "administration_at": NOON + timedelta(hours=31)}, "LANE_NOT_VALID"),
    ],
)
def test_every_rule_is_checked_before_anything_is_taken(wrong: dict[str, Any], reason: str):
    assert refusal(a_page(a_book()), a_claim(a_demand(**wrong))).reason == reason


def test_a_centre_without_the_licence_or_outside_its_window_is_refused():
    page = a_page(a_book(), site=a_site(licences=[]))
    assert refusal(page, a_claim()).reason == "SITE_LICENCE"
    page = a_page(a_book(), site=a_site(windows=[Span(NOON, NOON + FIFTEEN, 0)]))
    assert refusal(page, a_claim(a_demand(lane=a_lane().name))).reason == "SITE_WINDOW"


def test_a_full_run_says_what_was_wanted_and_what_is_left_for_the_caller():
    allotments = {
        NORTHLAKE: an_allotment(Capacity(3 * GBQ, 1)),
        HARBOR: an_allotment(Capacity(77 * GBQ, 7)),
    }
    said = refusal(a_page(a_book(pool=Capacity(2 * GBQ, 4), allotments=allotments)), a_claim())
    wanted = int(said.facts["wanted_kbq"])
    assert said.reason == "RUN_FULL"
    assert wanted > 7400_000
    assert said.facts == {
        "run": "runs/lu-1",
        "because": "POOL_USED",
        "wanted_kbq": str(wanted),
        "wanted_vials": "1",
        "own_allotment_free_kbq": str(3 * GBQ),
        "own_allotment_free_vials": "1",
        "pool_free_kbq": str(2 * GBQ),
        "pool_free_vials": "4",
    }


def test_a_confirmed_slot_is_not_confirmed_again():
    book = a_book()
    slot = a_slot(book)
    said = refusal(later(a_page(book), NOON, slot), a_confirm(slot.id))
    assert (said.reason, said.facts) == ("ALREADY_CONFIRMED", {"slot": slot.name})


def test_a_hold_that_lost_its_place_cannot_be_confirmed():
    book = a_book()
    slot = a_slot(book, state=State.HELD, risk=Risk.RUN, hold_until=NOON + FIFTEEN)
    said = refusal(later(a_page(book), NOON, slot), a_confirm(slot.id))
    assert (said.reason, said.facts) == ("SLOT_AT_RISK", {"slot": slot.name, "risk": "RUN"})


def test_nothing_is_confirmed_after_a_cut_off_that_came_earlier_than_planned():
    book = a_book(a_run(cutoff_at=NOON))
    slot = a_slot(book, state=State.HELD, hold_until=NOON + FIFTEEN)
    assert refusal(later(a_page(book), NOON, slot), a_confirm(slot.id)).reason == "CUTOFF_PASSED"


@pytest.mark.parametrize("command", [a_confirm, a_release, lambda *a, **k: a_move(*a, "runs/lu-1", **k)])
def test_an_unknown_slot_and_one_of_others_are_answered_alike(command: Any):
    book = a_book()
    slot = a_slot(book)
    page = later(a_page(book), NOON, slot)
    unknown = a_claim().slot_id
    for slot_id, partner in ((slot.id, HARBOR), (unknown, NORTHLAKE)):
        said = refusal(page, command(slot_id, partner=partner))
        assert (said.reason, said.message) == ("SLOT_UNKNOWN", "There is no such slot.")
        assert said.facts == {"slot": f"slots/{slot_id}"}


def test_an_operator_changes_any_partners_slot_and_the_slot_says_who_and_why():
    book = a_book()
    slot = a_slot(book)
    page = later(a_page(book), NOON, slot)
    command = a_release(slot.id, partner="partners/cdmo", operator=True, actor="planner", reason="asked by telephone")
    released = decide(page, command)
    assert (released.demand.partner, released.actor, released.reason) == (NORTHLAKE, "planner", "asked by telephone")


def test_a_released_slot_is_free_at_once_and_until_the_cut_off_only():
    book = a_book(pool=Capacity(100 * GBQ, 1))
    slot = a_slot(book)
    assert refusal(later(a_page(book), CUTOFF, slot), a_release(slot.id)).reason == "CUTOFF_PASSED"
    page = later(a_page(book), CUTOFF - MICROSECOND, slot)
    decide(page, a_release(slot.id))
    assert book.pool.committed == NOTHING
    assert refusal(page, a_release(slot.id)).reason == "ALREADY_RELEASED"


def test_a_slot_at_risk_can_be_released_at_any_time_and_gives_nothing_back():
    book = a_book(pool=Capacity(100 * GBQ, 1))
    slot, other = a_slot(book, risk=Risk.RUN, allocation=Allocation(NOTHING, NOTHING)), a_slot(book)
    page = later(a_page(book), CUTOFF, slot, other)
    assert decide(page, a_release(slot.id)).state is State.RELEASED
    assert book.pool.committed.vials == 1


@pytest.mark.parametrize(("state", "reason"), [(State.FULFILLED, "SLOT_CLOSED"), (State.LOST, "SLOT_CLOSED")])
@pytest.mark.parametrize("command", [a_confirm, a_release])
def test_what_is_over_changes_no_more(state: State, reason: str, command: Any):
    book = a_book()
    slot = a_slot(book, state=state)
    assert refusal(later(a_page(book), NOON, slot), command(slot.id)).reason == reason


def test_a_stale_etag_is_refused_by_every_change():
    book = a_book()
    slot = a_slot(book, version=4)
    page = later(a_page(book), NOON, slot)
    for command in (a_confirm, a_release):
        assert refusal(page, command(slot.id, "v3")).facts == {"slot": slot.name, "etag": "v4"}


@pytest.mark.parametrize(
    ("operator", "partner", "by_staff"), [(True, HARBOR, True), (True, NORTHLAKE, False), (False, HARBOR, False)]
)
def test_who_asks_for_another_is_staff_only_if_an_operator(operator: bool, partner: str, by_staff: bool):
    assert a_claim(operator=operator).by_staff(partner) is by_staff
