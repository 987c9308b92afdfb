"""What consumed events mean, and what is said of them."""

import pytest
from doselane.courier.v1 import courier_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.errors import Invalid
from services.status.domain import MilestoneFact, MilestoneKind, SlotFact
from services.status.events import Fact, fact_of, milestone_of, visible_to
from tests.support.status import NOON, TRACKING, at, milestone_event, reported, slot_event, stamp, told


def milestone_fact(milestone: courier_pb2.Milestone) -> MilestoneFact:
    fact = fact_of(milestone_event(milestone))
    assert isinstance(fact, MilestoneFact)
    return fact


def summary(fact: Fact | None) -> str:
    assert fact is not None
    return fact.summary


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
    ],
)
def test_a_slot_event_is_told_in_one_sentence(what: str, sentence: str) -> None:
    assert summary(fact_of(slot_event("d", what, hold_until_time=stamp(at(15))))) == sentence


def test_a_milestone_is_told_in_one_sentence_with_its_place() -> None:
    place = courier_pb2.Location(city="Porto", country="PT", place="urn:epc:id:sgln:1")
    fact = milestone_fact(told(MilestoneKind.ARRIVED, location=place))
    assert fact.summary == "The shipment arrived in Porto, PT."


def test_readings_of_sensors_are_told_with_their_units() -> None:
    reading = courier_pb2.SensorReading(type="Temperature", value=-4.5, unit="CEL", alarm="below range")
    fact = milestone_fact(told(MilestoneKind.OBSERVED, sensor_readings=[reading]))
    assert fact.summary == "The shipment was observed on its way (Temperature -4.5 CEL alarm below range)."


def test_an_unknown_code_is_told_as_unknown() -> None:
    fact = milestone_fact(told(MilestoneKind.UNKNOWN, code="X9"))
    assert fact.summary == 'The courier reported a code that is not known: "X9".'


def test_a_partners_text_cannot_break_the_sentence() -> None:
    fact = milestone_fact(told(MilestoneKind.UNKNOWN, code="X\n\n9\x00" + "y" * 500))
    assert "\n" not in fact.summary
    assert len(fact.summary) < 200


def test_a_retraction_says_what_was_wrong() -> None:
    assert milestone_fact(told(MilestoneKind.DELIVERED, retracted=True)).summary == (
        "The courier declared an earlier report wrong: the shipment was delivered."
    )
    assert milestone_fact(told(MilestoneKind.ARRIVED, retracts_event_ids=["e"])).summary == (
        "The shipment arrived, which corrects an earlier report."
    )


def test_a_kind_newer_than_this_program_is_unknown_to_it() -> None:
    assert milestone_of(courier_pb2.Milestone(event_id="e", kind=99)).kind is MilestoneKind.UNKNOWN


def test_a_time_that_is_no_instant_is_an_unknown_time() -> None:
    impossible = Timestamp(seconds=10**13)
    assert milestone_of(courier_pb2.Milestone(event_id="e", time=impossible)).time is None
    assert milestone_of(courier_pb2.Milestone(event_id="e", time=stamp(NOON))).time == NOON


def test_a_milestone_without_an_id_is_known_by_what_it_says() -> None:
    first, same, other = (milestone_of(courier_pb2.Milestone(code=code)) for code in "aab")
    assert first.event_id == same.event_id != other.event_id


def test_texts_that_the_database_cannot_hold_are_kept_in_a_form_that_it_can() -> None:
    fact = milestone_fact(
        told(MilestoneKind.ARRIVED, event_id="a\0b", shipment_references=["1Z\0", "x" * 501], local_time="\0")
    )
    assert fact.references == ("1Z\ufffd",)
    assert "\0" not in fact.milestone.event_id + fact.milestone.local_time
    assert len(milestone_of(told(MilestoneKind.ARRIVED, event_id="e" * 9999)).event_id) < 100


def test_a_partner_sees_the_references_of_its_own_shipment_only() -> None:
    fact = milestone_fact(told(MilestoneKind.ARRIVED, shipment_references=[TRACKING, "1Z-of-another"]))
    shown = courier_pb2.Milestone.FromString(visible_to(fact.milestone, fact.references, {TRACKING}).message)
    assert list(shown.shipment_references) == [TRACKING]
    assert visible_to(fact.milestone, fact.references, fact.references) is fact.milestone


def test_a_repeated_event_means_the_same_fact() -> None:
    event = reported(MilestoneKind.ARRIVED)
    assert fact_of(event) == fact_of(event)
