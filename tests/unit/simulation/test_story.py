"""One hash for one story: what differs from play to play is left out, and what happened is not."""

from datetime import UTC, datetime, timedelta

from doselane.courier.v1.courier_pb2 import Milestone
from doselane.distribution.v1 import events_pb2 as distribution_events
from doselane.distribution.v1 import shipment_pb2
from doselane.slotting.v1 import events_pb2, slotting_pb2
from doselane.streams.v1 import feed_pb2
from google.protobuf.message import Message

from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local.simulation.story import plain, story_hash

BEGINS = datetime(2026, 11, 30, 13, tzinfo=UTC)
CONFIRMED, FULFILLED = "doselane.slotting.slot.confirmed.v1", "doselane.slotting.slot.fulfilled.v1"


def told(
    event_type: str, data: Message, subject: str = "slots/1", source: str = "doselane/slotting"
) -> feed_pb2.FeedEvent:
    event = feed_pb2.FeedEvent(type=event_type, subject=subject, source=source, id=str(uuid7()))
    event.data.Pack(data)
    return event


def confirmed(begins: datetime = BEGINS, late: timedelta = timedelta(0), site: str = "sites/a") -> feed_pb2.FeedEvent:
    name = f"slots/{uuid7()}"
    slot = slotting_pb2.Slot(name=name, site=site, etag=uuid7().hex, state=slotting_pb2.Slot.CONFIRMED)
    slot.departure_time.CopyFrom(stamp(begins + timedelta(hours=5)))
    slot.create_time.CopyFrom(stamp(begins + late))
    return told(CONFIRMED, events_pb2.SlotConfirmed(slot=slot), name)


def of(*events: feed_pb2.FeedEvent, begins: datetime = BEGINS) -> str:
    return story_hash({"partners/a": events}, begins)


def test_names_and_when_something_was_recorded_do_not_count() -> None:
    week = timedelta(weeks=1)
    assert of(confirmed()) == of(confirmed(late=timedelta(hours=1)))
    assert of(confirmed()) == of(confirmed(BEGINS + week), begins=BEGINS + week)


def test_what_happened_counts_and_when_and_to_whom() -> None:
    assert of(confirmed()) != of(confirmed(site="sites/b"))
    assert of(confirmed()) != of(confirmed(BEGINS + timedelta(minutes=10)))
    assert of(confirmed()) != of(confirmed(), confirmed())
    assert story_hash({"partners/b": [confirmed()]}, BEGINS) != of(confirmed())
    assert of() != of(confirmed())


def test_the_order_counts_within_a_subject_and_not_between_subjects() -> None:
    one, other = told(CONFIRMED, events_pb2.SlotConfirmed()), told(FULFILLED, events_pb2.SlotFulfilled())
    assert of(one, other) != of(other, one)
    here, there = told(CONFIRMED, events_pb2.SlotConfirmed()), told(FULFILLED, events_pb2.SlotFulfilled(), "slots/2")
    assert of(here, there) == of(there, here)


def milestone(kind: Milestone.Kind, state: shipment_pb2.Shipment.State) -> feed_pb2.FeedEvent:
    said = distribution_events.MilestoneRecorded(
        shipment=shipment_pb2.Shipment(name="shipments/1", state=state), milestone=Milestone(kind=kind)
    )
    return told("doselane.distribution.milestone.recorded.v1", said, "shipments/1", "doselane/distribution")


def test_milestones_that_are_taken_together_or_apart_tell_one_story() -> None:
    departed, arrived = Milestone.DEPARTED, Milestone.ARRIVED
    on_its_way, there = shipment_pb2.Shipment.IN_TRANSIT, shipment_pb2.Shipment.DELIVERED
    apart = of(milestone(departed, on_its_way), milestone(arrived, there))
    assert of(milestone(departed, there), milestone(arrived, there)) == apart
    assert of(milestone(arrived, there), milestone(departed, there)) != apart


def test_what_follows_from_the_clock_is_no_part_of_the_story() -> None:
    overdue = told("doselane.distribution.milestone.overdue.v1", distribution_events.MilestoneOverdue(), "shipments/1")
    view = told("doselane.status.dose.updated.v1", events_pb2.SlotConfirmed(), "doses/1", "doselane/status")
    verdict = told("doselane.tower.dose.at_risk.v1", events_pb2.SlotConfirmed(), "boardEntries/1", "doselane/tower")
    assert of(confirmed(), overdue, view, verdict) == of(confirmed())


def test_values_are_told_plainly() -> None:
    told_plainly = plain(
        {
            "site": "sites/a",
            "departureTime": "2026-11-30T13:17:59.9Z",
            "deliveryTime": "2026-11-30T13:18:00Z",
            "createTime": "2026-11-30T13:00:00Z",
            "activityMbq": 7400.4,
            "vials": 8,
            "name": f"doses/{uuid7()}",
            "orderReference": "NL-261130-0001",
            "all": [{"etag": "x"}, "b"],
        },
        BEGINS,
    )
    assert told_plainly == {
        "site": "sites/a",
        "departureTime": "+1",
        "deliveryTime": "+2",
        "activityMbq": "7.4e+03",
        "vials": 8,
        "name": "doses/#",
        "orderReference": "NL-#-0001",
        "all": [{}, "b"],
    }
