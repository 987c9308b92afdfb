"""What consumed events mean, and what is said of them."""

from dataclasses import replace
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import events_pb2, shipment_pb2

from services.kernel.errors import Invalid
from services.status.domain import Occurrence, ShipmentFact, SlotFact
from services.status.events import Fact, fact_of
from tests.support.status import at, milestone_event, slot_event, stamp

Kind = courier_pb2.Milestone


def milestone_fact(kind: int, **fields: Any) -> Occurrence:
    fact = fact_of(milestone_event("d", kind, 1, milestone=fields))
    assert isinstance(fact, ShipmentFact)
    return fact.occurrence


def summary(fact: Fact | None) -> str:
    assert fact is not None
    return fact.occurrence.summary


def test_an_event_of_another_kind_means_nothing_to_status() -> None:
    event = slot_event("d")
    assert fact_of(type(event)(**{name: getattr(event, name) for name in event.__slots__} | {"type": "x.y.z"})) is None


def test_a_slot_event_gives_the_dose_the_id_of_the_slot() -> None:
    fact = fact_of(slot_event("0198-7", "held", 4))
    assert isinstance(fact, SlotFact)
    assert (fact.dose_id, fact.sequence, fact.slot.partner) == ("0198-7", 4, "partners/northlake")


def test_a_slot_event_that_does_not_say_whose_slot_it_is_is_refused() -> None:
    with pytest.raises(Invalid):
        fact_of(slot_event("d", partner=""))
    with pytest.raises(Invalid):
        fact_of(slot_event("d", name="runs/d"))


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("held", "Capacity on runs/lu-1 is held until 2027-03-01 12:15:00 UTC."),
        ("confirmed", "A place on runs/lu-1 is promised for sites/lakeside-clinic."),
        ("released", "The place on runs/lu-1 was given back."),
        ("expired", "The hold on runs/lu-1 ran out."),
        ("moved", "The place moved to runs/lu-1."),
        ("at_risk", "The place on runs/lu-1 was lost; the dose is at risk."),
        ("fulfilled", "The promise of a dose of runs/lu-1 is fulfilled: it was delivered."),
        ("fulfilment_withdrawn", "The dose of runs/lu-1 is promised as before: it was not delivered after all."),
        ("lost", "The promise of a dose of runs/lu-1 could not be kept."),
    ],
)
def test_a_slot_event_is_told_in_one_sentence(what: str, sentence: str) -> None:
    assert summary(fact_of(slot_event("d", what, hold_until_time=stamp(at(15))))) == sentence


def test_a_milestone_is_told_in_one_sentence_with_its_place() -> None:
    place = courier_pb2.Location(city="Porto", country="PT", place="urn:epc:id:sgln:1")
    fact = milestone_fact(Kind.ARRIVED, location=place)
    assert fact.summary == "The shipment arrived in Porto, PT."


def test_readings_of_sensors_are_told_with_their_units() -> None:
    reading = courier_pb2.SensorReading(type="Temperature", value=-4.5, unit="CEL", alarm="below range")
    fact = milestone_fact(Kind.OBSERVED, sensor_readings=[reading])
    assert fact.summary == "The shipment was observed on its way (Temperature -4.5 CEL alarm below range)."


def test_an_unknown_code_is_told_as_unknown() -> None:
    fact = milestone_fact(Kind.KIND_UNSPECIFIED, code="X9")
    assert fact.summary == 'The courier reported a code that is not known: "X9".'


def test_a_partners_text_cannot_break_the_sentence() -> None:
    fact = milestone_fact(Kind.KIND_UNSPECIFIED, code="X\n\n9\x00" + "y" * 500)
    assert "\n" not in fact.summary
    assert len(fact.summary) < 200


def test_a_retraction_says_what_was_wrong() -> None:
    assert milestone_fact(Kind.DELIVERED, retracted=True).summary == (
        "The courier declared an earlier report wrong: the shipment was delivered."
    )
    assert milestone_fact(Kind.ARRIVED, retracts_event_ids=["e"]).summary == (
        "The shipment arrived, which corrects an earlier report."
    )


def test_a_repeated_event_means_the_same_fact() -> None:
    event = milestone_event("d", Kind.ARRIVED, 1)
    assert fact_of(event) == fact_of(event)


@pytest.mark.parametrize(("news", "message", "sentence"), [
    ("order_confirmed", events_pb2.CourierOrderConfirmed, "The courier agreed to deliver the shipment elsewhere."),
    ("order_failed", events_pb2.CourierOrderFailed, "The courier did not agree to deliver the shipment elsewhere."),
])  # fmt: skip
def test_what_a_courier_says_to_an_order_is_told_in_one_sentence(news: str, message: Any, sentence: str) -> None:
    event = milestone_event("d", Kind.ARRIVED, 1)
    shipment = events_pb2.MilestoneRecorded.FromString(event.data).shipment
    said = message(shipment=shipment, order=shipment_pb2.CourierOrder(kind=shipment_pb2.CourierOrder.REDIRECT))
    changed = {"type": f"doselane.distribution.shipment.{news}.v1", "data": said.SerializeToString()}
    assert summary(fact_of(replace(event, **changed))) == sentence
