"""Events of slotting and couriers become doses and timelines, in whatever order they come."""

import itertools
from dataclasses import replace

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import shipment_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.status import store
from tests.integration.status.conftest import Desk
from tests.support.status import SWIFT, TRACE, at, milestone_event, numbers, run_event, shipment_event, slot_event

Shipment, Entry, Kind = shipment_pb2.Shipment, status_pb2.TimelineEntry, courier_pb2.Milestone
DOUBTFUL = store.DoseFilter(None, in_doubt=True)
_examples = itertools.count()


async def test_a_slot_becomes_a_dose_with_its_id(desk: Desk) -> None:
    await desk.apply(slot_event("d", "held", 1, 1), slot_event("d", "confirmed", 2, 3))
    dose = await desk.dose("d")
    assert (dose.name, dose.slot, dose.partner) == ("doses/d", "slots/d", "partners/northlake")
    assert (dose.slot_state, dose.order_reference) == (slotting_pb2.Slot.CONFIRMED, "order-1")
    assert dose.administration.activity_mbq == 7400
    assert (dose.create_time.ToDatetime(), dose.update_time.ToDatetime()) == (
        at(1).replace(tzinfo=None),
        at(3).replace(tzinfo=None),
    )


async def test_an_entry_keeps_the_slot_as_it_was_after_the_event(desk: Desk) -> None:
    await desk.apply(slot_event("d", "held", 1), slot_event("d", "confirmed", 2))
    states = [slotting_pb2.Slot.FromString(entry.slot or b"").state for entry in await desk.entries("d")]
    assert states == [slotting_pb2.Slot.HELD, slotting_pb2.Slot.CONFIRMED]


async def test_a_hold_that_ran_out_shows_as_held_until_slotting_says_so(desk: Desk) -> None:
    await desk.apply(slot_event("d", "held", 1))
    assert (await desk.dose("d")).slot_state == slotting_pb2.Slot.HELD
    await desk.apply(slot_event("d", "expired", 2))
    assert (await desk.dose("d")).slot_state == slotting_pb2.Slot.EXPIRED


async def test_a_cut_shows_once_although_capacity_and_slotting_both_tell_of_it(desk: Desk) -> None:
    cut = replace(slot_event("d"), id=uuid7(), type="doselane.slotting.run.cut.v1")
    await desk.apply(slot_event("d"), cut, run_event("cut", version=2), slot_event("d", "at_risk", 2))
    assert await desk.told("d") == ["confirmed", "at_risk"]
    assert (await desk.dose("d")).at_risk


@pytest.mark.parametrize("together", [True, False])
async def test_a_slot_event_that_comes_again_changes_nothing(desk: Desk, together: bool) -> None:
    first, second = slot_event("d", "held", 1), slot_event("d", "confirmed", 2)
    again = [first, second, replace(first, id=uuid7()), replace(second, id=uuid7()), first]
    if together:
        await desk.apply(*again)
    else:
        await desk.apply_each(again)
    assert await desk.told("d") == ["held", "confirmed"]
    assert len(await desk.updates("d")) == 2


async def test_a_slot_event_that_was_set_aside_and_comes_later_is_not_lost(desk: Desk) -> None:
    await desk.apply_each([slot_event("d", "held", 1), slot_event("d", "released", 3), slot_event("d", "confirmed", 2)])
    assert await desk.told("d") == ["held", "released", "confirmed"]
    assert (await desk.dose("d")).slot_state == slotting_pb2.Slot.RELEASED


async def test_each_entry_is_published_with_its_number_and_the_dose_after_it(desk: Desk) -> None:
    await desk.apply(slot_event("d", "held", 1), shipment_event("d"))
    await desk.apply(
        milestone_event("d", Kind.COLLECTED, 2, 1, state=Shipment.COLLECTED),
        milestone_event("d", Kind.DELIVERED, 3, 2, state=Shipment.DELIVERED),
        slot_event("d", "confirmed", 2),
    )
    events = await desk.published("doses/d")
    assert numbers([event.sequence for event in events])
    assert {(event.type, event.partner) for event in events} == {
        ("doselane.status.dose.updated.v1", "partners/northlake")
    }
    updates = await desk.updates("d")
    assert [update.entry.name for update in updates] == [f"doses/d/timelineEntries/{n}" for n in (1, 2, 3, 4, 5)]
    assert [update.dose.etag for update in updates] == ["1", "2", "3", "4", "5"]
    states = [Shipment.BOOKED, Shipment.COLLECTED, Shipment.DELIVERED, Shipment.DELIVERED]
    assert [update.dose.shipment.state for update in updates[1:]] == states
    assert updates[-1].dose == await desk.dose("d")


async def test_an_update_continues_the_trace_and_names_the_actor_of_what_caused_it(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    [event] = await desk.published()
    assert (event.traceparent, event.actor) == (TRACE, "northlake-orchestrator")


async def test_a_milestone_is_in_the_timeline_with_its_time_and_its_readings(desk: Desk) -> None:
    reading = courier_pb2.SensorReading(type="Temperature", value=4.5, unit="CEL")
    await desk.apply(slot_event("d"))
    await desk.apply(milestone_event("d", Kind.OBSERVED, 1, 20, milestone={"sensor_readings": [reading]}))
    entry = (await desk.entries("d"))[-1]
    assert list(courier_pb2.Milestone.FromString(entry.milestone or b"").sensor_readings) == [reading]
    assert (entry.event_at, entry.recorded_at) == (at(20), at(21))
    assert entry.summary == "The shipment was observed on its way (Temperature 4.5 CEL)."


async def test_a_milestone_without_a_time_has_none_in_the_timeline(desk: Desk) -> None:
    await desk.apply(slot_event("d"), milestone_event("d", Kind.ARRIVED, 1, None))
    assert (await desk.entries("d"))[-1].event_at is None


async def test_a_milestone_that_cannot_be_true_is_marked_and_says_why(desk: Desk) -> None:
    why = shipment_pb2.Implausibility(
        reason=shipment_pb2.Implausibility.BEFORE_END_OF_SYNTHESIS, limit_time=stamp(at(600)), milestone_event_id="e2"
    )
    doubtful = [shipment_pb2.ImplausibleMilestone(implausibility=why)]
    await desk.apply(slot_event("d"), milestone_event("d", Kind.BOOKED, 1))
    told = milestone_event("d", Kind.DELIVERED, 2, said={"implausibility": why}, implausible_milestones=doubtful)
    await desk.apply(told)
    entries = [update.entry for update in await desk.updates("d")]
    assert [entry.plausibility for entry in entries] == [
        Entry.PLAUSIBILITY_UNSPECIFIED,
        Entry.PLAUSIBLE,
        Entry.IMPLAUSIBLE,
    ]
    assert entries[-1].implausibility == why
    assert entries[-1].summary.startswith("Implausible, so it moves nothing: the dose is made at 2027-03-01 22:00:00")
    assert [dose.id for dose in await store.list_doses(desk.database.pool, DOUBTFUL, None, 10)] == ["d"]


async def test_a_dose_whose_shipment_is_heard_of_first_is_there_and_its_slot_comes_later(desk: Desk) -> None:
    await desk.apply(shipment_event("d"))
    dose = await desk.dose("d")
    assert (dose.partner, dose.run, dose.slot_state) == ("partners/northlake", "runs/lu-1", 0)
    await desk.apply(slot_event("d"))
    dose = await desk.dose("d")
    assert (dose.slot_state, dose.order_reference) == (slotting_pb2.Slot.CONFIRMED, "order-1")
    assert dose.shipment.name == "shipments/1"


async def test_a_shipment_event_that_comes_late_is_history_and_one_that_comes_again_is_nothing(desk: Desk) -> None:
    second = milestone_event("d", Kind.DELIVERED, 3, state=Shipment.DELIVERED)
    late = milestone_event("d", Kind.COLLECTED, 2, state=Shipment.COLLECTED)
    await desk.apply_each([slot_event("d"), shipment_event("d"), second, late, replace(late, id=uuid7())])
    assert await desk.told("d") == ["confirmed", "booked", "recorded", "recorded"]
    assert (await desk.dose("d")).shipment.state == Shipment.DELIVERED


async def test_a_dose_that_left_its_shipment_is_in_none_until_the_next_one(desk: Desk) -> None:
    await desk.apply(slot_event("d"), shipment_event("d"))
    await desk.apply(shipment_event("e", "shipment.replanned", 2, said={"removed_doses": ["doses/d"]}))
    assert not (await desk.dose("d")).HasField("shipment")
    await desk.apply(shipment_event("d", shipment="shipments/2"), shipment_event("d", "shipment.cancelled", 3))
    assert (await desk.dose("d")).shipment.name == "shipments/2"


async def test_all_doses_of_a_shipment_are_told(desk: Desk) -> None:
    doses = [shipment_pb2.CarriedDose(dose=f"doses/{dose}") for dose in ("d", "e")]
    await desk.apply(slot_event("d"), slot_event("e"), shipment_event("", doses=doses))
    assert [await desk.told(dose) for dose in ("d", "e")] == [["confirmed", "booked"]] * 2


@pytest.mark.parametrize(("event", "summary"), [
    (shipment_event("d", "shipment.followed", said={"courier": SWIFT, "references": ["1Z1", "1Z2"]}),
     "Shipment 1Z1 and 1 more of partners/swift-courier was attached."),
    (shipment_event("d", "shipment.handed_over", said={"entry": shipment_pb2.CustodyEntry(to_party=SWIFT)}),
     "The shipment was handed over to partners/swift-courier."),
    (shipment_event("d", "shipment.lost", loss=shipment_pb2.Loss(cause=shipment_pb2.Loss.TOO_LATE)),
     "The shipment is lost: too late."),
    (shipment_event("d", "milestone.overdue", said={
        "expected": shipment_pb2.ExpectedMilestone(kind=Kind.DELIVERED, p90_time=stamp(at(60)))}),
     'Overdue: "The shipment was delivered" was expected by 2027-03-01 13:00:00 UTC, and has not been reported.'),
    (shipment_event("d", "shipment.excursion_detected", said={
        "excursion": shipment_pb2.Excursion(value=26.11, limit_min=2, limit_max=25)}),
     "A temperature of 26.1 °C was measured on the way; 2 to 25 °C are allowed."),
    (shipment_event("d", "milestone.settled", said={"milestone_event_id": "e", "accepted": True}),
     "An operator settled that the courier's report e counts all the same."),
    (shipment_event("d", "shipment.delivered"), "The dose was received by the centre."),
])  # fmt: skip
async def test_news_of_a_shipment_are_told_in_one_sentence(desk: Desk, event: Event, summary: str) -> None:
    await desk.apply(slot_event("d"), event)
    assert (await desk.entries("d"))[-1].summary == summary


async def test_an_event_that_cannot_be_read_fails_and_leaves_nothing(desk: Desk) -> None:
    with pytest.raises(Invalid):
        await desk.apply(slot_event("d"), slot_event("e", partner=""))
    assert await desk.published() == []


def a_history(dose_id: str) -> list[Event]:
    """All that slotting and distribution have to say of a dose."""
    slots = [slot_event(dose_id, what, n, n) for n, what in enumerate(("held", "confirmed", "at_risk", "moved"), 1)]
    first, second = f"shipments/{dose_id}-1", f"shipments/{dose_id}-2"
    return [
        *slots,
        shipment_event(dose_id, shipment=first),
        shipment_event(dose_id, "shipment.cancelled", 2, first, state=Shipment.CANCELLED),
        shipment_event(dose_id, shipment=second),
        milestone_event(dose_id, Kind.COLLECTED, 2, shipment=second, state=Shipment.COLLECTED),
        milestone_event(dose_id, Kind.OBSERVED, 3, None, shipment=second, state=Shipment.COLLECTED),
        milestone_event(dose_id, Kind.DELIVERED, 4, shipment=second, state=Shipment.DELIVERED),
        shipment_event(dose_id, "shipment.delivered", 5, second, state=Shipment.DELIVERED),
    ]


async def outcome(desk: Desk, dose_id: str) -> tuple[bytes, list[tuple[str, str]]]:
    """The dose and what its timeline tells, without what differs by name or by the order of arrival."""
    dose = await desk.dose(dose_id)
    dose.name = dose.slot = ""
    assert dose.shipment.name == f"shipments/{dose_id}-2"
    dose.shipment.name = dose.shipment.doses[0].dose = ""
    assert numbers([int(update.entry.name.rpartition("/")[2]) for update in await desk.updates(dose_id)])
    entries = [(each.event_type, each.summary) for each in await desk.entries(dose_id)]
    return dose.SerializeToString(deterministic=True), sorted(entries)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
async def test_any_order_and_repetition_of_all_events_ends_in_the_same_dose(desk: Desk, data: st.DataObject) -> None:
    example = next(_examples)
    straight, shuffled = f"s{example}", f"x{example}"
    await desk.apply_each(a_history(straight))
    history = a_history(shuffled)
    again = data.draw(st.lists(st.integers(0, len(history) - 1), max_size=5))
    events = [history[place] for place in data.draw(st.permutations([*range(len(history)), *again]))]
    batches = data.draw(st.integers(1, 7))
    for number in range(batches):
        await desk.apply(*events[number * len(events) // batches : (number + 1) * len(events) // batches])
    assert await outcome(desk, shuffled) == await outcome(desk, straight)
