"""Isotope deliveries over real gRPC and PostgreSQL."""

from datetime import timedelta

from doselane.planning.v1 import planning_pb2
from doselane.type.v1 import type_pb2

from services.kernel.errors import Kind
from services.kernel.timestamps import stamp
from tests.integration.planning.plans.conftest import Plant
from tests.support.planning_plant import at, delivery, new_id


async def test_a_delivery_is_announced_changed_and_cancelled_with_an_event_each(house: Plant) -> None:
    made = await house.announced()
    made.calibration.activity_mbq = 900
    update = planning_pb2.UpdateIsotopeDeliveryRequest(isotope_delivery=made, request_id=new_id(), reason="reactor")
    changed = await house.call("UpdateIsotopeDelivery", update)
    assert (changed.calibration.activity_mbq, changed.last_change.reason) == (900, "reactor")
    cancel = planning_pb2.CancelIsotopeDeliveryRequest(name=made.name, request_id=new_id())
    cancelled = await house.call("CancelIsotopeDelivery", cancel)
    assert cancelled.state == planning_pb2.IsotopeDelivery.CANCELLED
    assert await house.call("CancelIsotopeDelivery", cancel) == cancelled
    happened = [f"isotope_delivery.{what}.v1" for what in ("planned", "updated", "cancelled")]
    assert await house.history(made.name) == [(what, n) for n, what in enumerate(happened, 1)]
    update.request_id = new_id()
    update.isotope_delivery.etag = ""
    assert (await house.refusal("UpdateIsotopeDelivery", update)).reason == "DELIVERY_CANCELLED"


async def test_everything_that_is_wrong_with_a_delivery_is_named_at_once(house: Plant) -> None:
    wrong = delivery(
        calibration=type_pb2.Activity(activity_mbq=1e-9, time=stamp(at(0, 0))),
        use_by_time=stamp(at(0, 0) - timedelta(hours=1)),
        yield_fraction=1.5,
    )
    wrong.arrival_time.seconds = -(10**11)
    request = planning_pb2.CreateIsotopeDeliveryRequest(isotope_delivery=wrong, request_id=new_id())
    refusal = await house.refusal("CreateIsotopeDelivery", request)
    assert refusal.kind is Kind.INVALID
    for field in ("calibration.activity_mbq", "arrival_time", "yield_fraction"):
        assert f"isotope_delivery.{field}" in refusal.facts["violations"]
    request.isotope_delivery.MergeFrom(delivery(yield_fraction=0.5))
    request.isotope_delivery.use_by_time.CopyFrom(stamp(at(0, 0) - timedelta(weeks=2)))
    refusal = await house.refusal("CreateIsotopeDelivery", request)  # the rules, once the shape is right
    assert refusal.facts["violations"] == (
        "isotope_delivery.use_by_time must be after arrival_time; isotope_delivery.use_by_time must be in the future"
    )


async def test_a_delivery_of_next_to_nothing_is_refused(house: Plant) -> None:
    trace = type_pb2.Activity(activity_mbq=5e-324, time=stamp(at(0, 0)))
    request = planning_pb2.CreateIsotopeDeliveryRequest(
        isotope_delivery=delivery(calibration=trace, yield_fraction=5e-324), request_id=new_id()
    )
    refusal = await house.refusal("CreateIsotopeDelivery", request)
    assert refusal.facts["violations"] == (
        "isotope_delivery.calibration.activity_mbq must be at least 0.001; "
        "isotope_delivery.yield_fraction must be greater than or equal to 0.001 and less than or equal to 1"
    )


async def test_a_delivery_to_an_unknown_facility_is_refused(house: Plant) -> None:
    wanted = delivery(facility="facilities/nowhere")
    request = planning_pb2.CreateIsotopeDeliveryRequest(isotope_delivery=wanted, request_id=new_id())
    assert (await house.refusal("CreateIsotopeDelivery", request)).reason == "FACILITY_UNKNOWN"


async def test_a_delivery_keeps_its_nuclide_and_its_etag_is_honoured(house: Plant) -> None:
    made = await house.announced()
    moved = planning_pb2.IsotopeDelivery()
    moved.CopyFrom(made)
    moved.nuclide = type_pb2.NUCLIDE_LU_177
    request = planning_pb2.UpdateIsotopeDeliveryRequest(isotope_delivery=moved, request_id=new_id())
    assert (await house.refusal("UpdateIsotopeDelivery", request)).reason == "DELIVERY_FIXED"
    made.etag = "v9"
    request = planning_pb2.UpdateIsotopeDeliveryRequest(isotope_delivery=made, request_id=new_id())
    assert (await house.refusal("UpdateIsotopeDelivery", request)).reason == "STALE"


async def test_deliveries_are_listed_by_arrival_and_filtered(house: Plant) -> None:
    late = await house.announced(arrival_time=stamp(at(2, 0)))
    early = await house.announced()
    first = await house.call("ListIsotopeDeliveries", planning_pb2.ListIsotopeDeliveriesRequest(page_size=1))
    rest = planning_pb2.ListIsotopeDeliveriesRequest(page_token=first.next_page_token)
    listed = [*first.isotope_deliveries, *(await house.call("ListIsotopeDeliveries", rest)).isotope_deliveries]
    assert [each.name for each in listed] == [early.name, late.name]
    none = planning_pb2.ListIsotopeDeliveriesRequest(nuclide=type_pb2.NUCLIDE_LU_177)
    assert not (await house.call("ListIsotopeDeliveries", none)).isotope_deliveries
