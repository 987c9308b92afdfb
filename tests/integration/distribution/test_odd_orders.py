"""News in odd orders: what is heard late, what is withdrawn early, and what must not be booked again by itself."""

from datetime import timedelta
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import distribution_pb2, shipment_pb2

from services.distribution.domain.milestone import MilestoneKind
from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.timestamps import instant
from tests.integration.distribution.conftest import Desk, said_in
from tests.support.distribution import (
    ARROW,
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
Shipment, Kind = shipment_pb2.Shipment, courier_pb2.Milestone
WARM = courier_pb2.SensorReading(type="Temperature", value=40, unit="CEL")


async def a_network(desk: Desk) -> None:
    await desk.apply(a_lane(), a_product(), run_event(), slot_event(ONE), slot_event(TWO))


async def cancel(desk: Desk, name: str) -> Any:
    request = distribution_pb2.CancelShipmentRequest(name=name, cause="postponed", request_id=str(uuid7()))
    return await desk.call("CancelShipment", request)


async def redirect(desk: Desk, name: str) -> Any:
    request = distribution_pb2.RedirectShipmentRequest(
        name=name, site="sites/hill", lane="lanes/hill", cause="closed", request_id=str(uuid7())
    )
    return await desk.call("RedirectShipment", request)


async def names(desk: Desk, dose: str) -> list[str]:
    found = await desk.call("ListShipments", distribution_pb2.ListShipmentsRequest(dose=f"doses/{dose}"))
    return [each.name for each in found.shipments]


async def test_a_vial_before_its_batch_and_a_slot_after_both_are_booked_and_lane_and_product_heard_later_fill_in(
    desk: Desk,
) -> None:
    await desk.apply(vial_event(ONE))
    await desk.apply(batch_event())
    await desk.apply(slot_event(ONE))
    early = await desk.of(ONE)
    assert (early.courier, list(early.orders), list(early.expected_milestones)) == ("", [], [])
    await desk.apply(a_product())
    await desk.apply(a_lane())
    shipment = await desk.of(ONE)
    assert shipment.courier == SWIFT
    assert (await desk.told(ONE)) == [
        "shipment.booked",
        "shipment.replanned",
        "shipment.replanned",
        "shipment.booking_requested",
    ]
    assert instant(shipment.expected_milestones[-1].p90_time, "") == at(600)
    assert shipment.doses[0].delivery.activity_mbq > 7400
    await desk.apply(a_product(2), a_lane(2, display_name="Lakeside by air"))
    assert (await desk.of(ONE)) == shipment
    await desk.apply(reported(MilestoneKind.COLLECTED, 5, shipment_references=[shipment.name]))
    assert (await desk.of(ONE)).state == Shipment.COLLECTED


async def test_a_lane_that_is_heard_on_the_way_asks_nobody_and_is_answered_by_what_came(desk: Desk) -> None:
    await desk.apply(slot_event(ONE))
    await desk.book(ONE, references=[TRACKING])
    await desk.apply(reported(MilestoneKind.COLLECTED, 30))
    await desk.apply(a_lane())
    shipment = await desk.of(ONE)
    assert [each.reached for each in shipment.expected_milestones] == [True, False, False, False]
    assert (shipment.prediction.from_kind, list(shipment.orders)) == (Kind.COLLECTED, [])
    assert instant(shipment.prediction.p50_time, "") == at(510)


async def test_what_was_called_off_or_lost_is_not_booked_again_by_later_news_of_its_batch(desk: Desk) -> None:
    await a_network(desk)
    await desk.apply(vial_event(ONE), vial_event(TWO))
    called_off, lost = (await desk.book(ONE)).name, (await desk.book(TWO)).name
    await cancel(desk, called_off)
    cause = shipment_pb2.Loss.DAMAGED
    request = distribution_pb2.ReportLossRequest(name=lost, cause=cause, detail="crushed", request_id=str(uuid7()))
    assert (await desk.call("ReportLoss", request)).state == Shipment.LOST
    await desk.apply(batch_event())
    await desk.apply(batch_event("CERTIFIED_FINAL", 3), slot_event(ONE, "at_risk", 2), slot_event(TWO, "at_risk", 2))
    assert (await names(desk, ONE), await names(desk, TWO)) == ([called_off], [lost])
    # Another departure is another promise; the lost dose stays lost, whenever it should have left.
    later: dict[str, Any] = {"departure_time": at(600)}
    await desk.apply(slot_event(ONE, "moved", 3, **later), slot_event(TWO, "moved", 3, **later))
    assert (len(await names(desk, ONE)), await names(desk, TWO)) == (2, [lost])
    # Nor does another batch of its run bring it back.
    await desk.apply(vial_event(TWO, "batches/c"), batch_event(name="batches/c"))
    assert await names(desk, TWO) == [lost]


async def test_a_dose_that_came_back_is_shipped_again_when_somebody_books_it(desk: Desk) -> None:
    await a_network(desk)
    await desk.apply(vial_event(ONE), vial_event(TWO), batch_event())
    first = (await desk.attach(ONE, TRACKING)).name
    await desk.apply(reported(MilestoneKind.COLLECTED, 5), reported(MilestoneKind.RETURNED, 60))
    await desk.apply(batch_event("CERTIFIED_FOR_USE", 3), slot_event(ONE, "at_risk", 2))
    assert await names(desk, ONE) == [first]  # not by itself: it may be on its way back still
    again = await desk.book(ONE, references=["again"])
    assert (again.state, await names(desk, ONE)) == (Shipment.BOOKED, [again.name, first])
    with pytest.raises(GatewayError) as refused:
        await desk.book(ONE)
    assert (refused.value.reason, refused.value.facts["shipment"]) == ("DOSE_SHIPPED_ALREADY", again.name)
    # The other one still counts as carried by what came back, and both are as their couriers have them.
    await desk.apply(reported(MilestoneKind.DELIVERED, 90, shipment_references=["again"]))
    states = {each: (await desk.call("GetShipment", distribution_pb2.GetShipmentRequest(name=each))).state
              for each in (first, again.name)}  # fmt: skip
    assert states == {first: Shipment.RETURNED, again.name: Shipment.DELIVERED}
    assert await names(desk, TWO) == [first]


async def test_a_dose_that_did_not_come_back_after_all_is_not_shipped_again(desk: Desk) -> None:
    await a_network(desk)
    first = await desk.book(ONE, references=[TRACKING])
    await desk.apply(reported(MilestoneKind.COLLECTED, 5), reported(MilestoneKind.RETURNED, 60))
    await desk.apply(reported(MilestoneKind.RETURNED, 60, retracted=True))
    with pytest.raises(GatewayError) as refused:
        await desk.book(ONE)
    assert (refused.value.reason, refused.value.facts["shipment"]) == ("DOSE_SHIPPED_ALREADY", first.name)


async def test_what_a_courier_called_a_shipment_that_was_called_off_may_name_another_one(desk: Desk) -> None:
    await a_network(desk)
    called_off = await desk.book(ONE, references=[TRACKING, "kept"])
    await cancel(desk, called_off.name)
    other = await desk.book(TWO, references=[TRACKING])
    found = await desk.call("GetShipment", distribution_pb2.GetShipmentRequest(name=called_off.name))
    assert (list(found.references), found.state) == (["kept"], Shipment.CANCELLED)
    assert (await desk.told(TWO))[-1] == "shipment.followed"
    followed = [said_in(each) for each in await desk.published() if each.type.endswith("shipment.followed.v1")]
    assert [(each.shipment.name, list(each.references)) for each in followed[1:]] == [
        (called_off.name, ["kept"]),
        (other.name, [TRACKING]),
    ]
    await desk.apply(reported(MilestoneKind.COLLECTED, 5))
    assert ((await desk.of(TWO)).state, (await desk.of(ONE)).state) == (Shipment.COLLECTED, Shipment.CANCELLED)


async def test_a_courier_teaches_the_name_of_a_shipment_that_was_called_off(desk: Desk) -> None:
    await a_network(desk)
    await cancel(desk, (await desk.book(ONE, references=[TRACKING])).name)
    name = (await desk.book(TWO)).name
    await desk.apply(reported(MilestoneKind.BOOKED, 5, shipment_references=[name, TRACKING]))
    assert list((await desk.of(TWO)).references) == [TRACKING]
    for dose in (ONE, TWO):
        told = await desk.published((await desk.of(dose)).name)
        assert [event.sequence for event in told] == list(range(1, len(told) + 1))
    assert list((await desk.of(ONE)).references) == []


async def test_what_was_called_off_and_is_on_its_way_all_the_same_keeps_its_names_and_its_own(desk: Desk) -> None:
    await a_network(desk)
    called_off = (await desk.book(ONE, references=[TRACKING])).name
    await cancel(desk, called_off)
    with pytest.raises(GatewayError) as refused:
        await desk.book(TWO, references=[called_off])
    assert refused.value.reason == "REFERENCE_TAKEN"
    await desk.apply(reported(MilestoneKind.COLLECTED, 5))
    with pytest.raises(GatewayError) as refused:
        await desk.book(TWO, references=[TRACKING])
    assert refused.value.reason == "REFERENCE_TAKEN"


async def test_a_dose_that_left_its_shipment_and_comes_back_to_its_departure_is_booked_anew(desk: Desk) -> None:
    await a_network(desk)
    await desk.apply(vial_event(ONE), vial_event(TWO), batch_event())
    together = (await desk.of(ONE)).name
    await desk.apply(slot_event(ONE, "moved", 2, departure_time=at(600)))
    alone = (await desk.of(ONE)).name
    assert (alone != together, (await desk.of(TWO)).name) == (True, together)
    await desk.apply(slot_event(ONE, "moved", 3))
    assert (await desk.of(ONE)).name == alone
    assert instant((await desk.of(ONE)).departure_time, "") == at(0)


async def test_a_redirection_foretells_from_what_was_scanned_and_keeps_no_dose_of_another_shipment(desk: Desk) -> None:
    await a_network(desk)
    await desk.apply(a_lane(name="lanes/hill", site="sites/hill"))
    first = await desk.book(ONE, references=[TRACKING])
    await cancel(desk, first.name)
    second = await desk.book(ONE, courier=ARROW)
    await desk.apply(reported(MilestoneKind.COLLECTED, 60))
    moved = await redirect(desk, first.name)
    assert (moved.state, moved.site, moved.prediction.from_kind) == (Shipment.COLLECTED, "sites/hill", Kind.COLLECTED)
    assert instant(moved.prediction.p90_time, "") == at(660)
    with pytest.raises(GatewayError) as refused:
        await desk.book(ONE)
    assert refused.value.facts["shipment"] == second.name
    await desk.apply(reported(MilestoneKind.CUSTOMS_HELD, 90))
    request = distribution_pb2.GetShipmentRequest(name=first.name)
    assert (await desk.call("GetShipment", request)).state == Shipment.EXCEPTION


async def test_a_slot_that_moves_to_another_run_is_judged_by_that_run(desk: Desk) -> None:
    await desk.apply(run_event(ready=600), run_event(run="runs/lu-0", ready=-600))
    await desk.apply(slot_event(ONE))
    await desk.book(ONE, references=[TRACKING])
    await desk.apply(reported(MilestoneKind.COLLECTED, 10))
    doubtful = await desk.of(ONE)
    assert (doubtful.state, len(doubtful.implausible_milestones)) == (Shipment.BOOKED, 1)
    await desk.apply(slot_event(ONE, "moved", 2, run="runs/lu-0"))
    shipment = await desk.of(ONE)
    assert (shipment.state, list(shipment.implausible_milestones)) == (Shipment.COLLECTED, [])


async def test_excursions_follow_from_the_set_of_readings_and_go_with_the_references(desk: Desk) -> None:
    await a_network(desk)
    await desk.book(ONE, references=[TRACKING])
    wrong: dict[str, Any] = {"event_id": "wrong", "sensor_readings": [WARM]}
    await desk.apply(reported(MilestoneKind.OBSERVED, 5, event_id="wrong", retracted=True))
    await desk.apply(reported(MilestoneKind.OBSERVED, 5, **wrong))
    assert not (await desk.of(ONE)).excursions
    nothing = courier_pb2.SensorReading(type="Temperature", value=float("inf"), unit="CEL")
    await desk.apply(reported(MilestoneKind.OBSERVED, 6, sensor_readings=[nothing, WARM]))
    assert [each.value for each in (await desk.of(ONE)).excursions] == [40]
    assert not (await desk.attach(ONE, "another parcel's")).excursions
    assert [each.value for each in (await desk.attach(ONE, TRACKING)).excursions] == [40]


async def test_a_courier_teaches_no_name_of_another_shipment_and_none_that_cannot_be_written(desk: Desk) -> None:
    await a_network(desk)
    first, second = await desk.book(ONE), await desk.book(TWO, courier=ARROW)
    wrong = reported(MilestoneKind.BOOKED, 1, shipment_references=[first.name, "1Z-wrong"], retracted=True)
    await desk.apply(wrong)
    assert list((await desk.of(ONE)).references) == []
    learned = [first.name, second.name, "1Z\0", *(f"1Z-{place}" for place in range(40))]
    await desk.apply(reported(MilestoneKind.BOOKED, 2, shipment_references=learned))
    assert list((await desk.of(ONE)).references) == learned[3:35]


async def test_references_of_no_courier_are_refused(desk: Desk) -> None:
    await desk.apply(slot_event(ONE, lane="lanes/unheard"))
    with pytest.raises(GatewayError) as refused:
        await desk.book(ONE, courier="", references=[TRACKING])
    assert refused.value.facts["field"] == "courier"


async def test_the_whole_shipment_moves_by_its_latest_promise(desk: Desk) -> None:
    await a_network(desk)
    await desk.book(ONE, TWO)
    at_one: dict[str, Any] = {"departure_time": at(60)}
    early, late = at(600), at(600) + timedelta(hours=1)
    await desk.apply(
        slot_event(TWO, "moved", 2, delivery_time=late, **at_one),
        slot_event(ONE, "moved", 2, delivery_time=early, **at_one),
    )
    assert instant((await desk.of(ONE)).promised_delivery_time, "") == late
