"""A shipment from the promise to the delivery: booked when its batch may leave, followed, foretold, fulfilled."""

from datetime import timedelta

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import distribution_pb2, shipment_pb2
from doselane.slotting.v1 import slotting_pb2

from services.distribution.domain.milestone import MilestoneKind
from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.timestamps import instant
from tests.integration.distribution.conftest import Desk, said_in
from tests.support.distribution import (
    ARROW,
    NORTHLAKE,
    SWIFT,
    TRACKING,
    a_lane,
    a_product,
    at,
    batch_event,
    reported,
    run_event,
    slot_event,
    vial_event,
)

ONE, TWO = "01a215bf-0000-7000-8000-000000000001", "01a215bf-0000-7000-8000-000000000002"
Shipment = shipment_pb2.Shipment
Kind = courier_pb2.Milestone


async def a_network(desk: Desk) -> None:
    await desk.apply(a_lane(), a_product(), run_event(), slot_event(ONE), slot_event(TWO))


async def test_a_batch_that_may_leave_books_its_doses_and_asks_the_first_carrier(desk: Desk) -> None:
    await a_network(desk)
    await desk.apply(vial_event(ONE), vial_event(TWO))
    assert await desk.shipment(ONE) is None
    await desk.apply(batch_event())
    shipment = await desk.of(ONE)
    assert [each.dose for each in shipment.doses] == [f"doses/{ONE}", f"doses/{TWO}"]
    assert (shipment.partner, shipment.site, shipment.lane) == (NORTHLAKE, "sites/lakeside-clinic", "lanes/lakeside")
    assert (shipment.courier, list(shipment.references), shipment.state) == (SWIFT, [], Shipment.BOOKED)
    assert await desk.told(ONE) == ["shipment.booked", "shipment.booking_requested"]
    asked = said_in((await desk.published(shipment.name))[1]).consignment
    assert (asked.shipment, asked.courier, asked.pickup.place) == (shipment.name, SWIFT, "facilities/north")
    assert (asked.delivery.place, asked.temperature_min_cel, asked.temperature_max_cel) == (
        "sites/lakeside-clinic",
        2,
        25,
    )
    await desk.apply(batch_event("CERTIFIED_FOR_USE", 3))
    assert len(await desk.told(ONE)) == 2


async def test_the_couriers_announcement_says_what_it_calls_the_shipment(desk: Desk) -> None:
    await a_network(desk)
    await desk.apply(vial_event(ONE), batch_event())
    name = (await desk.of(ONE)).name
    await desk.apply(reported(MilestoneKind.COLLECTED, 5))
    assert await desk.unmatched() == ["COLLECTED@5"]
    await desk.apply(reported(MilestoneKind.BOOKED, -10, shipment_references=[name, TRACKING]))
    shipment = await desk.of(ONE)
    assert list(shipment.references) == [TRACKING]
    assert (shipment.state, shipment.orders[0].state) == (Shipment.COLLECTED, shipment_pb2.CourierOrder.CONFIRMED)
    assert await desk.unmatched() == []
    followed = [event for event in await desk.published(name) if event.type.endswith("shipment.followed.v1")]
    assert list(said_in(followed[0]).references) == [TRACKING]


async def test_it_is_foretold_at_each_milestone_and_fulfilled_by_the_delivery(desk: Desk) -> None:
    await a_network(desk)
    booked = await desk.book(ONE, references=[TRACKING])
    assert instant(booked.prediction.p50_time, "") == at(480)
    assert instant(booked.prediction.p90_time, "") == at(600)
    await desk.apply(reported(MilestoneKind.COLLECTED, 60))
    shipment = await desk.of(ONE)
    assert instant(shipment.prediction.p90_time, "") == at(660)
    assert shipment.prediction.from_kind == Kind.COLLECTED
    (dose,) = shipment.doses
    assert dose.delivery.activity_mbq > dose.delivery_p90.activity_mbq > dose.administration.activity_mbq == 7400
    assert [entry.to_party for entry in shipment.custody] == [SWIFT]
    await desk.apply(reported(MilestoneKind.DELIVERED, 700))
    shipment = await desk.of(ONE)
    assert (shipment.state, shipment.HasField("prediction")) == (Shipment.DELIVERED, False)
    assert [entry.to_party for entry in shipment.custody] == [SWIFT, "sites/lakeside-clinic"]
    assert all(each.reached for each in shipment.expected_milestones)
    assert (await desk.told(ONE))[-2:] == ["milestone.recorded", "shipment.delivered"]
    assert [event.sequence for event in await desk.published(shipment.name)] == list(range(1, 6))


async def test_a_delivery_that_the_courier_takes_back_is_taken_back(desk: Desk) -> None:
    await a_network(desk)
    await desk.book(ONE, references=[TRACKING])
    await desk.apply(reported(MilestoneKind.DELIVERED, 700))
    await desk.apply(reported(MilestoneKind.DELIVERED, 700, retracted=True))
    assert (await desk.of(ONE)).state == Shipment.BOOKED
    assert (await desk.told(ONE))[-1] == "shipment.delivery_withdrawn"


async def test_what_does_not_come_in_its_time_is_overdue_once(desk: Desk) -> None:
    await a_network(desk)
    await desk.book(ONE, references=[TRACKING])
    await desk.apply(reported(MilestoneKind.COLLECTED, 1))
    assert await desk.overdue_at(75) == 0  # take-off at 75 minutes, where nine of ten are in the air
    assert await desk.overdue_at(75.1) == 1
    assert await desk.overdue_at(76) == 0
    late = [said_in(event) for event in await desk.published() if event.type.endswith("overdue.v1")]
    assert [each.expected.kind for each in late] == [Kind.DEPARTED]
    assert instant(late[0].expected.overdue_time, "") == at(75)
    request = distribution_pb2.ListShipmentsRequest(overdue_only=True)
    assert len((await desk.call("ListShipments", request)).shipments) == 1
    await desk.apply(reported(MilestoneKind.ARRIVED, 300))
    assert len((await desk.call("ListShipments", request)).shipments) == 0


async def test_a_reading_outside_the_products_limits_is_an_excursion(desk: Desk) -> None:
    await a_network(desk)
    await desk.book(ONE, references=[TRACKING])
    warm = courier_pb2.SensorReading(type="gs1:Temperature", value=79.0, unit="FAH", device="logger-7")
    fine = courier_pb2.SensorReading(type="Temperature", value=25, unit="CEL")
    await desk.apply(reported(MilestoneKind.OBSERVED, 30, sensor_readings=[warm, fine]))
    (excursion,) = (await desk.of(ONE)).excursions
    assert (round(excursion.value, 3), excursion.unit, excursion.limit_max) == (26.111, "CEL", 25)
    assert (await desk.told(ONE))[-2:] == ["milestone.recorded", "shipment.excursion_detected"]


@pytest.mark.parametrize(("second", "differs"), [
    ({"site": "sites/elsewhere"}, "site"),
    ({"partner": "partners/harbor"}, "partner"),
    ({"lane": "lanes/other"}, "lane"),
])  # fmt: skip
async def test_doses_that_do_not_travel_alike_are_no_shipment(desk: Desk, second: dict[str, str], differs: str) -> None:
    await desk.apply(slot_event(ONE), slot_event(TWO, **second))
    with pytest.raises(GatewayError) as refused:
        await desk.book(ONE, TWO)
    assert (refused.value.reason, refused.value.facts["differs"]) == ("DOSES_DIFFER", differs)


async def test_a_dose_is_booked_once_and_again_when_its_shipment_was_called_off(desk: Desk) -> None:
    await a_network(desk)
    first = await desk.book(ONE)
    with pytest.raises(GatewayError) as refused:
        await desk.book(ONE, TWO)
    assert (refused.value.reason, refused.value.facts["shipment"]) == ("DOSE_SHIPPED_ALREADY", first.name)
    request = distribution_pb2.CancelShipmentRequest(name=first.name, cause="postponed", request_id=str(uuid7()))
    assert (await desk.call("CancelShipment", request)).state == Shipment.CANCELLED
    assert (await desk.book(ONE, TWO)).name != first.name


async def test_a_dose_that_was_lost_is_not_booked_anew(desk: Desk) -> None:
    await a_network(desk)
    await desk.apply(slot_event(ONE, "lost", 2, state=slotting_pb2.Slot.LOST))
    with pytest.raises(GatewayError) as refused:
        await desk.book(ONE)
    assert refused.value.reason == "DOSE_NOT_PROMISED"


async def test_two_shipments_cannot_bear_one_reference(desk: Desk) -> None:
    await a_network(desk)
    first = await desk.book(ONE, references=[TRACKING])
    with pytest.raises(GatewayError) as refused:
        await desk.book(TWO, references=[TRACKING])
    assert (refused.value.reason, refused.value.facts["shipment"]) == ("REFERENCE_TAKEN", first.name)
    await desk.book(TWO, references=[TRACKING], courier=ARROW)  # another courier's number may look the same


async def test_a_moved_slot_takes_its_shipment_along_until_it_was_collected(desk: Desk) -> None:
    await a_network(desk)
    await desk.book(ONE, references=[TRACKING])
    later = at(600)
    await desk.apply(slot_event(ONE, "moved", 2, departure_time=later))
    moved = await desk.of(ONE)
    assert instant(moved.departure_time, "") == later
    assert instant(moved.expected_milestones[-1].p90_time, "") == later + timedelta(minutes=600)
    await desk.apply(reported(MilestoneKind.COLLECTED, 601))
    await desk.apply(slot_event(ONE, "moved", 3, departure_time=at(900)))
    assert instant((await desk.of(ONE)).departure_time, "") == later


async def test_a_released_slot_leaves_its_shipment_and_an_empty_one_is_called_off(desk: Desk) -> None:
    await a_network(desk)
    await desk.book(ONE, TWO)
    await desk.apply(slot_event(ONE, "released", 2))
    shipment = await desk.of(TWO)
    assert [each.dose for each in shipment.doses] == [f"doses/{TWO}"]
    await desk.apply(slot_event(TWO, "released", 2))
    assert (await desk.of(TWO)).state == Shipment.CANCELLED


async def test_a_sponsor_sees_its_own_shipments_and_no_others(desk: Desk) -> None:
    await a_network(desk)
    booked = await desk.book(ONE)
    request = distribution_pb2.GetShipmentRequest(name=booked.name)
    seen = await desk.caller().call("GetShipment", request)
    assert (seen.name, seen.HasField("last_change")) == (booked.name, False)
    with pytest.raises(GatewayError) as refused:
        await desk.caller("partners/harbor").call("GetShipment", request)
    assert refused.value.reason == "SHIPMENT_UNKNOWN"
    theirs = await desk.caller("partners/harbor").call("ListShipments", distribution_pb2.ListShipmentsRequest())
    assert not theirs.shipments
