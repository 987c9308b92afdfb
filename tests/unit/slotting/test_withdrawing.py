"""A batch that may not be used: whoever waits for a dose of it hears at once that there is none."""

from dataclasses import replace
from datetime import datetime

import pytest
from doselane.quality.v1 import batch_pb2, events_pb2

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.network import NOTHING
from services.slotting.domain import Allocation, Book, Risk, RunState, State, UnitOfWork, Withdraw, decide
from services.slotting.domain.page import LedgerHappened
from services.slotting.events import command_of
from tests.support.slotting import HARBOR, NOON, NORTHLAKE, a_book, a_run, an_allotment
from tests.unit.slotting.test_cutting import TEN, page_of, slots_on

RUN = "runs/lu-1"
WITHDRAW = Withdraw(RUN, "qp@cdmo", "particles seen")


def a_produced_book() -> Book:
    run = a_run(state=RunState.PRODUCED)
    return a_book(run, pool=TEN, allotments={NORTHLAKE: an_allotment(TEN)})


def withdrawn(now: datetime = NOON) -> tuple[UnitOfWork, list[object]]:
    book = a_produced_book()
    slots = slots_on(book, NORTHLAKE, HARBOR)
    page = page_of(book, slots, now)
    assert decide(page, WITHDRAW) is None
    return page, [page.slots[slot.id] for slot in slots]


def test_all_slots_of_the_run_are_at_risk_and_hold_nothing_any_more() -> None:
    page, slots = withdrawn()
    assert [(each.risk, each.allocation, each.state) for each in slots] == [  # type: ignore[attr-defined]
        (Risk.RUN, Allocation(NOTHING, NOTHING), State.CONFIRMED)
    ] * 2
    book = page.books[RUN]
    assert (book.pool.committed, book.allotments[NORTHLAKE].committed) == (NOTHING, NOTHING)
    assert [each.what for each in page.happenings] == [LedgerHappened.AT_RISK] * 2


def test_who_withdrew_it_and_why_goes_with_each_slot_and_is_not_for_its_sponsor() -> None:
    page, _ = withdrawn()
    told = [each.slot for each in page.happenings]
    assert [(each.actor, each.reason, each.signature) for each in told if each] == [
        ("qp@cdmo", "particles seen", ("", ""))
    ] * 2


def test_who_was_given_the_dose_keeps_the_place() -> None:
    used_at = slots_on(a_produced_book(), NORTHLAKE)[0].demand.administration_at
    page, _ = withdrawn(used_at)
    assert (page.happenings, page.touched) == ([], {})


def test_a_run_that_is_not_known_or_that_nobody_stands_on_changes_nothing() -> None:
    page = page_of(a_produced_book(), [])
    decide(page, WITHDRAW)
    decide(page, replace(WITHDRAW, run="runs/other"))
    assert page.happenings == []


def an_event(what: str, run: str = RUN) -> Event:
    data = events_pb2.BatchRejected(batch=batch_pb2.Batch(name="batches/1", run=run)).SerializeToString()
    event_type = f"doselane.quality.batch.{what}.v1"
    return Event(uuid7(), event_type, "doselane/quality", "batches/1", 3, NOON, data, actor="qp", reason="why")


@pytest.mark.parametrize("what", ["rejected", "failed_after_use"])
def test_a_batch_that_may_not_be_used_withdraws_its_run(what: str) -> None:
    assert command_of(an_event(what)) == Withdraw(RUN, "qp", "why")


@pytest.mark.parametrize("what", ["created", "judged", "ready_to_ship", "certified_for_use", "reopened"])
def test_other_news_of_a_batch_do_not_concern_the_ledger(what: str) -> None:
    assert command_of(an_event(what)) is None


def test_a_batch_of_no_run_is_refused() -> None:
    with pytest.raises(Invalid):
        command_of(an_event("rejected", ""))
