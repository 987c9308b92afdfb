"""What consumed events mean to distribution."""

import pytest
from doselane.courier.v1 import courier_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.distribution.domain.milestone import MilestoneFact, MilestoneKind
from services.distribution.events import milestone_of, visible_to
from services.distribution.events.heard import promise_in, reported_in
from services.kernel.errors import Invalid
from tests.support.distribution import NOON, TRACKING, milestone_event, slot_event, stamp, told


def milestone_fact(milestone: courier_pb2.Milestone) -> MilestoneFact:
    return reported_in(milestone_event(milestone))


def test_a_slot_event_that_does_not_say_whose_slot_it_is_is_refused() -> None:
    with pytest.raises(Invalid):
        promise_in(slot_event("d", partner=""))
    with pytest.raises(Invalid):
        promise_in(slot_event("d", name="runs/d"))


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
