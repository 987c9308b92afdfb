"""Events of slotting and couriers become doses and timelines, in whatever order they come."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import status_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kernel.errors import Invalid
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.status.domain import MilestoneKind
from tests.integration.status.conftest import Desk
from tests.support.status import (
    ARROW,
    HARBOR,
    TRACE,
    at,
    milestone_event,
    numbers,
    reported,
    run_event,
    slot_event,
    told,
)

Shipment = status_pb2.Shipment
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
    await desk.apply(slot_event("d", "held", 1))
    await desk.attach("d")
    await desk.apply(
        reported(MilestoneKind.COLLECTED, 1), reported(MilestoneKind.DELIVERED, 2), slot_event("d", "confirmed", 2)
    )
    events = await desk.published("doses/d")
    assert numbers([event.sequence for event in events])
    assert {(event.type, event.partner) for event in events} == {
        ("doselane.status.dose.updated.v1", "partners/northlake")
    }
    updates = await desk.updates("d")
    assert [update.entry.name for update in updates] == [f"doses/d/timelineEntries/{n}" for n in (1, 2, 3, 4, 5)]
    assert [update.dose.etag for update in updates] == ["1", "2", "3", "4", "5"]
    states = [Shipment.STATE_UNSPECIFIED, Shipment.COLLECTED, Shipment.DELIVERED, Shipment.DELIVERED]
    assert [update.dose.shipment.state for update in updates[1:]] == states
    assert updates[-1].dose == await desk.dose("d")


async def test_an_update_continues_the_trace_and_names_the_actor_of_what_caused_it(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    [event] = await desk.published()
    assert (event.traceparent, event.actor) == (TRACE, "northlake-orchestrator")


async def test_a_milestone_without_a_dose_waits_unmatched(desk: Desk) -> None:
    await desk.apply(slot_event("d"), reported(MilestoneKind.COLLECTED, event_id="e"))
    assert await desk.unmatched() == ["e"]
    assert await desk.told("d") == ["confirmed"]


async def test_a_milestone_belongs_only_to_the_shipment_of_the_same_courier(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    await desk.attach("d")
    await desk.apply(
        reported(MilestoneKind.DELIVERED, courier=ARROW, event_id="of-another"), reported(MilestoneKind.COLLECTED)
    )
    assert (await desk.dose("d")).shipment.state == Shipment.COLLECTED
    assert await desk.unmatched() == ["of-another"]


async def test_one_shipment_can_carry_doses_of_two_sponsors_and_neither_sees_the_others_parcel(desk: Desk) -> None:
    await desk.apply(slot_event("d"), slot_event("e", partner=HARBOR))
    await desk.attach("d", "urn:parcel:1")
    await desk.attach("e", "urn:parcel:2")
    await desk.apply(
        reported(MilestoneKind.DEPARTED, shipment_references=["urn:parcel:1", "urn:parcel:2", "urn:pallet:9"])
    )
    for dose_id, own in (("d", "urn:parcel:1"), ("e", "urn:parcel:2")):
        dose = await desk.dose(dose_id)
        assert dose.shipment.state == Shipment.IN_TRANSIT
        assert list(dose.shipment.last_milestone.shipment_references) == [own]
        shown = courier_pb2.Milestone.FromString((await desk.entries(dose_id))[-1].milestone or b"")
        assert list(shown.shipment_references) == [own]
    assert all(b"urn:parcel:2" not in event.data for event in await desk.published("doses/d"))


async def test_a_reading_on_the_way_is_in_the_timeline_with_its_values(desk: Desk) -> None:
    reading = courier_pb2.SensorReading(type="Temperature", value=4.5, unit="CEL")
    await desk.apply(slot_event("d"))
    await desk.attach("d")
    await desk.apply(
        reported(MilestoneKind.DEPARTED, 1), reported(MilestoneKind.OBSERVED, 2, sensor_readings=[reading])
    )
    entry = (await desk.entries("d"))[-1]
    assert list(courier_pb2.Milestone.FromString(entry.milestone or b"").sensor_readings) == [reading]
    assert (await desk.dose("d")).shipment.state == Shipment.IN_TRANSIT


async def test_a_milestone_that_is_pushed_again_is_one_entry(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    await desk.attach("d")
    milestone = told(MilestoneKind.DEPARTED, 1, "e")
    await desk.apply(milestone_event(milestone, minutes=2), milestone_event(milestone, minutes=3))
    await desk.apply(milestone_event(milestone, minutes=4))
    assert await desk.told("d") == ["confirmed", "attached", "reported"]


async def test_a_retraction_takes_the_milestone_back(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    await desk.attach("d")
    await desk.apply(reported(MilestoneKind.DEPARTED, 1), reported(MilestoneKind.DELIVERED, 2, event_id="e"))
    await desk.apply(reported(MilestoneKind.DELIVERED, 2, event_id="e", retracted=True))
    dose = await desk.dose("d")
    assert dose.shipment.state == Shipment.IN_TRANSIT
    assert dose.shipment.last_milestone.event_id == "DEPARTED@1"


@pytest.mark.parametrize("retraction_first", [True, False])
async def test_a_retraction_without_references_finds_what_it_retracts(desk: Desk, retraction_first: bool) -> None:
    await desk.apply(slot_event("d"))
    await desk.attach("d")
    wrong = reported(MilestoneKind.DELIVERED, 2, event_id="e")
    retraction = reported(MilestoneKind.OBSERVED, 3, event_id="f", retracts_event_ids=["e"], shipment_references=[])
    await desk.apply(reported(MilestoneKind.DEPARTED, 1))
    await desk.apply_each([retraction, wrong] if retraction_first else [wrong, retraction])
    assert (await desk.dose("d")).shipment.state == Shipment.IN_TRANSIT
    assert await desk.told("d") == ["confirmed", "attached", "reported", "reported", "reported"]
    assert await desk.unmatched() == []
    if retraction_first:
        assert all(update.dose.shipment.state != Shipment.DELIVERED for update in await desk.updates("d"))


async def test_an_event_that_cannot_be_read_fails_and_leaves_nothing(desk: Desk) -> None:
    with pytest.raises(Invalid):
        await desk.apply(slot_event("d"), slot_event("e", partner=""))
    assert await desk.published() == []


FACTS: Sequence[dict[str, object]] = (
    {"kind": MilestoneKind.BOOKED, "minutes": 1},
    {"kind": MilestoneKind.COLLECTED, "minutes": None, "local_time": "20270301 1201"},
    {"kind": MilestoneKind.DEPARTED, "minutes": 3, "expected_delivery_time": at(60)},
    {"kind": MilestoneKind.OBSERVED, "minutes": 4},
    {"kind": MilestoneKind.UNKNOWN, "minutes": 5, "event_id": "judged-twice"},
    {"kind": MilestoneKind.OUT_FOR_DELIVERY, "minutes": 5, "event_id": "judged-twice"},
    {"kind": MilestoneKind.DELIVERED, "minutes": 6, "event_id": "wrong"},
    {"kind": MilestoneKind.DELIVERED, "minutes": 6, "event_id": "wrong", "retracted": True},
    {"kind": MilestoneKind.DELAYED, "minutes": 7, "expected_delivery_time": at(90)},
    {"kind": MilestoneKind.RETURNED, "minutes": 8, "event_id": "wrong-too"},
    {"kind": MilestoneKind.EXCEPTION, "minutes": 8, "retracts_event_ids": ["wrong-too"], "shipment_references": []},
    {"kind": MilestoneKind.ARRIVED, "minutes": 8},
)


def a_history(dose_id: str, courier: str) -> list[Event]:
    """All that slotting and a courier have to say of a dose."""
    slots = [slot_event(dose_id, what, n, n) for n, what in enumerate(("held", "confirmed", "at_risk", "moved"), 1)]
    return slots + [reported(courier=courier, **facts) for facts in FACTS]  # type: ignore[arg-type]


async def outcome(desk: Desk, dose_id: str, courier: str) -> tuple[bytes, list[tuple[str, str]]]:
    """The dose and what its timeline tells, without what differs by name or by the order of arrival."""
    dose = await desk.dose(dose_id)
    dose.name = dose.slot = ""
    assert dose.shipment.courier == courier
    dose.shipment.courier = ""
    assert numbers([int(update.entry.name.rpartition("/")[2]) for update in await desk.updates(dose_id)])
    entries = [(each.event_type, each.summary.replace(courier, "it")) for each in await desk.entries(dose_id)]
    return dose.SerializeToString(deterministic=True), sorted(entries)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
async def test_any_order_and_repetition_of_all_events_ends_in_the_same_dose(desk: Desk, data: st.DataObject) -> None:
    example = next(_examples)
    straight, shuffled = f"s{example}", f"x{example}"
    courier = {dose_id: f"partners/{dose_id}" for dose_id in (straight, shuffled)}
    await desk.apply(*a_history(straight, courier[straight])[:4])
    await desk.attach(straight, courier=courier[straight])
    await desk.apply_each(a_history(straight, courier[straight])[4:])

    history = a_history(shuffled, courier[shuffled])
    again = data.draw(st.lists(st.integers(4, len(history) - 1), max_size=5))
    order = data.draw(st.permutations([*range(1, len(history)), *again]))
    of_slot = iter((1, 2, 3))  # events of one slot arrive in order
    events = [history[next(of_slot) if place < 4 else place] for place in order]
    batches, attached_before = data.draw(st.integers(1, 7)), data.draw(st.integers(0, 7))
    await desk.apply(history[0])
    for number in range(batches + 1):
        if number == min(attached_before, batches):
            await desk.attach(shuffled, courier=courier[shuffled])
        await desk.apply(*events[number * len(events) // batches : (number + 1) * len(events) // batches])
    assert await outcome(desk, shuffled, courier[shuffled]) == await outcome(desk, straight, courier[straight])
