"""A dose and its timeline, without a database."""

from dataclasses import replace
from typing import Any

from services.status.domain import Dose, ShipmentFact, SlotFact, carried, heard
from services.status.events import fact_of
from tests.support.status import at, shipment_event, slot_event


def slot_fact(what: str, sequence: int, minutes: float = 0) -> SlotFact:
    fact = fact_of(slot_event("d", what, sequence, minutes))
    assert isinstance(fact, SlotFact)
    return fact


def shipment_fact(sequence: int, shipment: str = "shipments/1", **fields: Any) -> ShipmentFact:
    fact = fact_of(shipment_event("d", sequence=sequence, shipment=shipment, **fields))
    assert isinstance(fact, ShipmentFact)
    return fact


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


def test_a_dose_has_the_newest_word_on_its_newest_shipment() -> None:
    dose, _ = carried(a_dose(), shipment_fact(2), "d")
    for fact in (shipment_fact(1), shipment_fact(9, "shipments/0")):
        late, entry = carried(dose, fact, "d")
        assert late.carriage == dose.carriage
        assert entry.number == 3
    newer, _ = carried(dose, shipment_fact(1, "shipments/2"), "d")
    assert newer.carriage is not None
    assert newer.carriage.shipment == "shipments/2"


def test_a_dose_that_was_taken_out_keeps_no_doubt_and_no_shipment() -> None:
    fact = replace(shipment_fact(2), slots={}, removed_ids=("d",))
    dose, entry = carried(a_dose(), replace(fact, carriage=replace(fact.carriage, in_doubt=True)), "d")
    assert dose.carriage is not None
    assert (dose.carriage.message, dose.carriage.in_doubt, entry.number) == (b"", False, 2)
