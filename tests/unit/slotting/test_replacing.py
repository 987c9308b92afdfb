"""A dose that is gone is replaced: another slot for its order, and the gone one stays what it is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.kernel.ids import uuid7
from services.network import NOTHING, Capacity
from services.slotting.domain import Allocation, FilledVial, Risk, Slot, State, UnitOfWork, decide
from services.slotting.domain.page import LedgerHappened, MovedTogether
from services.slotting.domain.replacing import is_gone
from services.slotting.events import slot_message
from tests.support.slotting import (
    GBQ,
    HARBOR,
    NOON,
    a_book,
    a_move,
    a_move_together,
    a_page,
    a_run,
    a_slot,
    later,
)
from tests.unit.slotting.pictures import refusal

NEW = uuid7()


def left_of(slot: Slot, **changes: object) -> FilledVial:
    """The vial of a slot, on its way."""
    vial = FilledVial("batches/b/vials/1", 1, slot.name, slot.demand.run, 9000.0, NOON, left=True, volume_ul=9000)
    return vial._replace(**changes)


def lost(**facts: object) -> tuple[UnitOfWork, Slot]:
    """A page with a lost slot that keeps what it took of its run, and another run that is open."""
    first, second = a_book(), a_book(a_run("runs/lu-2"))
    slot = a_slot(first, **{"product": first.run.product, "state": State.LOST, **facts})
    return later(a_page(first, second), NOON, slot), slot


def recalled(**facts: object) -> tuple[UnitOfWork, Slot]:
    """The same with a slot whose dose has left, and whose batch was rejected then."""
    nothing = {"state": State.CONFIRMED, "risk": Risk.RUN, "allocation": Allocation(NOTHING, NOTHING)}
    page, slot = lost(**{**nothing, **facts})
    page.books[slot.demand.run].pool = a_book().pool
    vial = left_of(slot)
    page.vials[vial.name] = vial
    return page, slot


def test_another_slot_of_the_same_order_takes_the_place_of_a_lost_one():
    page, slot = lost()
    was = page.books["runs/lu-1"].pool.committed
    made = decide(page, a_move(slot.id, "runs/lu-2", replacement_id=NEW, partner=slot.demand.partner))
    assert isinstance(made, Slot)
    assert (made.id, made.version, made.state, made.replaces) == (NEW, 1, State.CONFIRMED, slot.id)
    assert made.demand == slot.demand._replace(run="runs/lu-2")  # order and patient are the same
    gone = page.slots[slot.id]
    assert (gone.state, gone.replaced_by, gone.version) == (State.LOST, NEW, slot.version + 1)
    assert (gone.demand, gone.allocation, gone.reservations) == (slot.demand, slot.allocation, slot.reservations)
    assert [each.what for each in page.happenings] == [LedgerHappened.CONFIRMED, LedgerHappened.REPLACED]
    assert page.books["runs/lu-1"].pool.committed == was and page.books["runs/lu-2"].pool.committed.vials == 1
    assert (page.created, page.touched) == ([made], {slot.id: gone})
    assert slot_message(made).replaces == slot.name and slot_message(gone).replaced_by == made.name


def test_what_has_left_and_may_not_be_used_is_lost_by_its_recall():
    page, slot = recalled()
    decide(page, a_move(slot.id, "runs/lu-2", replacement_id=NEW, partner=slot.demand.partner))
    assert [(each.what, each.cause) for each in page.happenings] == [
        (LedgerHappened.CONFIRMED, ""),
        (LedgerHappened.LOST, "RECALLED"),
        (LedgerHappened.REPLACED, ""),
    ]
    assert (page.slots[slot.id].state, page.slots[slot.id].version) == (State.LOST, slot.version + 2)


def test_a_lost_slot_is_replaced_once_and_a_refused_replacement_changes_nothing():
    page, slot = lost()
    other = page.books["runs/lu-2"]
    full = replace(other.pool, size=Capacity(100 * GBQ, 0))
    page.books["runs/lu-2"].pool, roomy = full, other.pool
    asked = a_move(slot.id, "runs/lu-2", replacement_id=NEW, partner=slot.demand.partner)
    assert refusal(page, asked).reason == "RUN_FULL" and page.slots[slot.id] == slot
    page.books["runs/lu-2"].pool = roomy
    decide(page, asked)
    said = refusal(page, replace(asked, replacement_id=uuid7()))
    assert (said.reason, said.facts["replaced_by"]) == ("SLOT_CLOSED", f"slots/{NEW}")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"etag": "v99"}, "STALE"),
        ({"partner": HARBOR}, "SLOT_UNKNOWN"),
        ({"run": "runs/lu-9"}, "RUN_UNKNOWN"),
    ],
)
def test_a_replacement_is_judged_as_a_move_and_as_a_claim(asked: dict[str, object], reason: str):
    page, slot = lost()
    facts = {"run": "runs/lu-2", "replacement_id": NEW, "partner": slot.demand.partner, **asked}
    etag = str(facts.pop("etag", ""))
    assert refusal(page, replace(a_move(slot.id, str(facts.pop("run")), **facts), etag=etag)).reason == reason
    assert page.slots[slot.id] == slot and not page.created


def test_a_lost_slot_is_replaced_by_one_of_its_product():
    page, slot = lost(product="products/dotatate-lu177")
    asked = a_move(slot.id, "runs/lu-2", replacement_id=NEW, partner=slot.demand.partner)
    assert refusal(page, asked).reason == "PRODUCT_DIFFERS"


def test_after_the_cut_off_of_its_own_run_a_lost_slot_finds_another_but_none_in_production():
    page, slot = lost()
    page.now = page.books["runs/lu-1"].run.cutoff_at
    asked = a_move(slot.id, "runs/lu-1", replacement_id=NEW, partner=slot.demand.partner)
    assert refusal(page, asked).reason == "CUTOFF_PASSED"
    second = a_book(a_run("runs/lu-2", cutoff_at=page.now + timedelta(hours=1)))
    page.books["runs/lu-2"] = second
    assert isinstance(decide(page, replace(asked, run="runs/lu-2")), Slot)


def test_when_one_of_several_cannot_be_made_no_slot_is_replaced():
    page, slot = lost()
    other = a_slot(page.books["runs/lu-1"])
    page.slots[other.id] = other
    moves = [a_move(slot.id, "runs/lu-2", replacement_id=NEW), replace(a_move(other.id, "runs/lu-2"), etag="v99")]
    assert refusal(page, a_move_together(*moves)).reason == "STALE"
    assert (page.created, page.touched, page.slots[slot.id]) == ([], {}, slot)
    moved = decide(page, a_move_together(moves[0], replace(moves[1], etag="")))
    assert isinstance(moved, MovedTogether) and [each.id for each in moved.slots] == [NEW, other.id]


def test_what_is_gone_is_told_by_the_slot_and_its_vial():
    slot = a_slot(a_book())
    at_risk = replace(slot, risk=Risk.RUN)
    assert is_gone(replace(slot, state=State.LOST), None) and is_gone(at_risk, left_of(slot))
    assert not is_gone(at_risk, None) and not is_gone(at_risk, left_of(slot, left=False))
    assert not is_gone(slot, left_of(slot)) and not is_gone(replace(slot, risk=Risk.DEPARTURE), left_of(slot))
