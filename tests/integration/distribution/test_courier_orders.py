"""What couriers are asked, and what becomes of it: booked, called off, redirected, and what they answer."""

import pytest
from doselane.distribution.v1 import shipment_pb2

from services.distribution.domain.milestone import MilestoneKind
from services.kernel.event import Event
from tests.integration.distribution.conftest import Desk, said_in
from tests.support.distribution import (
    ARROW,
    SWIFT,
    TRACKING,
    a_lane,
    a_product,
    batch_event,
    reported,
    run_event,
    slot_event,
    vial_event,
)

ONE = "01a215bf-0000-7000-8000-000000000001"
Shipment, Order = shipment_pb2.Shipment, shipment_pb2.CourierOrder


async def a_booked_shipment(desk: Desk) -> shipment_pb2.Shipment:
    """Booked by itself with the lane's first carrier, which was asked to carry it."""
    await desk.apply(a_lane(), a_product(), run_event(), slot_event(ONE), vial_event(ONE), batch_event())
    return await desk.of(ONE)


async def asked(desk: Desk, what: str) -> list[Event]:
    return [event for event in await desk.published() if event.type.endswith(f"shipment.{what}_requested.v1")]


async def test_another_courier_calls_off_what_the_first_was_asked(desk: Desk) -> None:
    name = (await a_booked_shipment(desk)).name
    await desk.apply(reported(MilestoneKind.BOOKED, -10, shipment_references=[name, TRACKING]))
    await desk.attach(ONE, "AR-1", courier=ARROW)
    (cancellation,) = await asked(desk, "cancellation")
    told = said_in(cancellation)
    assert (told.consignment.courier, list(told.consignment.references)) == (SWIFT, [TRACKING])
    assert (told.consignment.shipment, told.cause) == (name, "Another courier carries it.")
    shipment = await desk.of(ONE)
    assert (shipment.courier, list(shipment.references), shipment.state) == (ARROW, ["AR-1"], Shipment.BOOKED)
    assert [(each.kind, each.courier, each.state) for each in shipment.orders] == [
        (Order.BOOK, SWIFT, Order.CONFIRMED),
        (Order.CANCEL, SWIFT, Order.REQUESTED),
    ]


async def test_the_first_courier_is_called_off_once(desk: Desk) -> None:
    await a_booked_shipment(desk)
    for courier, reference in ((ARROW, "AR-1"), (SWIFT, TRACKING), (ARROW, "AR-2")):
        await desk.attach(ONE, reference, courier=courier)
    assert len(await asked(desk, "cancellation")) == 1


async def test_the_announcement_of_the_second_courier_confirms_nothing_of_the_first(desk: Desk) -> None:
    await a_booked_shipment(desk)
    await desk.attach(ONE, "AR-1", courier=ARROW)
    await desk.apply(reported(MilestoneKind.BOOKED, 1, ARROW, shipment_references=["AR-1"]))
    assert [each.state for each in (await desk.of(ONE)).orders] == [Order.REQUESTED, Order.REQUESTED]


@pytest.mark.parametrize("has_it", ["by its scan", "by hand-over"])
async def test_a_courier_that_has_it_hands_it_on_and_is_not_called_off(desk: Desk, has_it: str) -> None:
    name = (await a_booked_shipment(desk)).name
    if has_it == "by its scan":
        await desk.apply(reported(MilestoneKind.COLLECTED, 5, shipment_references=[name]))
    else:
        await desk.store.database.pool.execute(
            "UPDATE shipment SET value = jsonb_set(value, '{handed_over}', $1::jsonb)", f'[{{"to_party": "{SWIFT}"}}]'
        )
    await desk.attach(ONE, "AR-1", courier=ARROW)
    assert await asked(desk, "cancellation") == []


async def test_nobody_is_called_off_who_was_not_asked(desk: Desk) -> None:
    await desk.apply(a_lane(), a_product(), run_event(), slot_event(ONE))
    await desk.book(ONE, references=[TRACKING])
    await desk.attach(ONE, "AR-1", courier=ARROW)
    assert await asked(desk, "cancellation") == []
