"""A dose and its timeline, without a database."""

from services.kernel.ids import uuid7
from services.status.domain import (
    Attaching,
    Dose,
    MilestoneFact,
    MilestoneKind,
    ShipmentStanding,
    ShipmentState,
    SlotFact,
    attach,
    heard,
    reported,
    standing,
)
from services.status.events import SHIPMENT_ATTACHED, fact_of
from tests.support.status import SWIFT, TRACKING, at, slot_event
from tests.support.status import reported as report


def slot_fact(what: str, sequence: int, minutes: float = 0) -> SlotFact:
    fact = fact_of(slot_event("d", what, sequence, minutes))
    assert isinstance(fact, SlotFact)
    return fact


def milestone_fact(kind: MilestoneKind, minutes: float = 0) -> MilestoneFact:
    fact = fact_of(report(kind, minutes))
    assert isinstance(fact, MilestoneFact)
    return fact


def attaching(*references: str, minutes: float = 5) -> Attaching:
    return Attaching("d", SWIFT, references or (TRACKING,), "Attached.", SHIPMENT_ATTACHED, uuid7(), at(minutes))


def a_dose() -> Dose:
    return heard(None, slot_fact("confirmed", 1))[0]


def test_the_first_event_of_a_slot_makes_the_dose() -> None:
    dose, entry = heard(None, slot_fact("held", 1, minutes=3))
    assert (dose.name, dose.created_at, dose.entries, entry.number) == ("doses/d", at(3), 1, 1)


def test_each_fact_adds_one_entry_and_changes_the_etag() -> None:
    dose = a_dose()
    later, entry = heard(dose, slot_fact("released", 2, minutes=9))
    assert (entry.number, later.slot.state, later.updated_at) == (2, 4, at(9))
    assert later.etag != dose.etag


def test_an_event_that_comes_after_a_newer_one_is_history_only() -> None:
    dose, _ = heard(a_dose(), slot_fact("released", 3, minutes=9))
    late, entry = heard(dose, slot_fact("at_risk", 2, minutes=5))
    assert late.slot == dose.slot
    assert (late.updated_at, entry.number) == (at(9), 3)


def test_a_shipment_that_is_attached_stands_where_its_milestones_say() -> None:
    known = standing([milestone_fact(MilestoneKind.DEPARTED).milestone])
    dose, entry = attach(a_dose(), attaching(), known)
    assert dose.shipment is not None
    assert (dose.shipment.state, dose.attachments, entry.number) == (ShipmentState.IN_TRANSIT, 1, 2)


def test_another_shipment_replaces_one_that_was_a_mistake() -> None:
    dose, _ = attach(a_dose(), attaching(), standing([milestone_fact(MilestoneKind.DEPARTED).milestone]))
    dose, _ = attach(dose, attaching("1Z-right"), ShipmentStanding())
    assert dose.shipment is not None
    assert dose.shipment.references == ("1Z-right",)
    assert (dose.shipment.state, dose.shipment.last_milestone) == (ShipmentState.UNKNOWN, b"")


def test_the_order_of_references_does_not_make_another_shipment() -> None:
    dose, _ = attach(a_dose(), attaching("a", "b"), ShipmentStanding())
    assert dose.shipment is not None
    assert dose.shipment.same_as(SWIFT, ["b", "a"])
    assert not dose.shipment.same_as(SWIFT, ["a"])


def test_a_reading_adds_an_entry_and_leaves_the_shipment_as_it_is() -> None:
    dose, _ = attach(a_dose(), attaching(), standing([milestone_fact(MilestoneKind.DEPARTED).milestone]))
    later, entry = reported(dose, milestone_fact(MilestoneKind.OBSERVED, 7), "milestone:1", None)
    assert later.shipment == dose.shipment
    assert (entry.number, entry.event_at) == (3, at(7))
