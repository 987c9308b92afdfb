"""What couriers are asked, and what becomes of it: booked, called off, redirected, and what they answer."""

from typing import Any

import pytest
from doselane.distribution.v1 import distribution_pb2, shipment_pb2
from doselane.exchange.v1.events_pb2 import DeliveryFailed

from services.distribution.domain.milestone import MilestoneKind
from services.kernel.event import Event
from services.kernel.ids import uuid7
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


async def a_redirection(desk: Desk, site: str = "sites/bayview-hospital") -> str:
    """A shipment on its way that is sent to another centre; the id of the event that asks its courier."""
    await desk.apply(a_lane(), a_product(), run_event(), slot_event(ONE))
    name = (await desk.book(ONE, references=[TRACKING])).name
    await desk.apply(reported(MilestoneKind.COLLECTED, 5))
    await redirect(desk, name, site)
    return str((await asked(desk, "redirection"))[-1].id)


async def redirect(desk: Desk, name: str, site: str) -> None:
    request = distribution_pb2.RedirectShipmentRequest(name=name, site=site, cause="closed", request_id=str(uuid7()))
    await desk.call("RedirectShipment", request)


def a_yes(to: str, courier: str = SWIFT, event_id: str = "yes", **fields: Any) -> Event:
    """The courier's answer, which says nothing of where the shipment is."""
    return reported(MilestoneKind.OBSERVED, 6, courier, event_id=event_id, answers_event_id=to, **fields)


def a_no(to: str, words: str = "605 Package is not eligible") -> Event:
    said = DeliveryFailed(delivery="deliveries/1", event_id=to, detail=words)
    return Event(
        id=uuid7(), type="doselane.courier.delivery.failed.v1", source="doselane/courier", subject="deliveries/1",
        sequence=1, time=at(7), data=said.SerializeToString(), partner=SWIFT, actor="host",
    )  # fmt: skip


async def states(desk: Desk) -> list[tuple[int, int]]:
    return [(each.kind, each.state) for each in (await desk.of(ONE)).orders]


async def test_the_couriers_answer_confirms_a_redirection(desk: Desk) -> None:
    event_id = await a_redirection(desk)
    assert await states(desk) == [(Order.REDIRECT, Order.REQUESTED)]
    await desk.apply(a_yes(event_id))
    assert await states(desk) == [(Order.REDIRECT, Order.CONFIRMED)]
    assert (await desk.told(ONE))[-2:] == ["milestone.recorded", "shipment.order_confirmed"]
    told = said_in((await desk.published())[-1])
    assert (told.order.kind, told.order.state, told.order.courier) == (Order.REDIRECT, Order.CONFIRMED, SWIFT)
    assert told.shipment.orders[0] == told.order


async def test_no_other_answer_confirms_it(desk: Desk) -> None:
    """Another courier's, one that was withdrawn, one to nothing of ours, and a scan that answers nothing."""
    event_id = await a_redirection(desk)
    await desk.apply(a_yes(event_id, ARROW))
    await desk.apply(a_yes(event_id, event_id="wrong", retracted=True))
    await desk.apply(a_yes(str(uuid7()), event_id="whose?"))
    await desk.apply(reported(MilestoneKind.OUT_FOR_DELIVERY, 300))
    assert await states(desk) == [(Order.REDIRECT, Order.REQUESTED)]


async def test_a_redirection_that_failed_is_told_without_the_couriers_words(desk: Desk) -> None:
    await desk.apply(a_no(await a_redirection(desk)))
    assert await states(desk) == [(Order.REDIRECT, Order.FAILED)]
    assert (await desk.told(ONE))[-1] == "shipment.order_failed"
    told = said_in((await desk.published())[-1])
    assert (told.order.state, told.order.detail, told.shipment.orders[0].detail) == (Order.FAILED, "", "")
    assert (await desk.of(ONE)).orders[0].detail == "605 Package is not eligible"


async def test_a_yes_to_one_package_and_a_no_to_another_is_a_no_in_either_order(desk: Desk) -> None:
    event_id = await a_redirection(desk)
    await desk.apply(a_yes(event_id), a_no(event_id))
    assert await states(desk) == [(Order.REDIRECT, Order.FAILED)]
    await desk.apply(a_yes(event_id, event_id="the other package"))
    assert await states(desk) == [(Order.REDIRECT, Order.FAILED)]


async def test_of_two_redirections_that_one_is_confirmed_which_was_answered(desk: Desk) -> None:
    first = await a_redirection(desk)
    await redirect(desk, (await desk.of(ONE)).name, "sites/lakeside-clinic")
    second = str((await asked(desk, "redirection"))[-1].id)
    assert first != second
    await desk.apply(a_yes(second))
    assert await states(desk) == [(Order.REDIRECT, Order.REQUESTED), (Order.REDIRECT, Order.CONFIRMED)]


async def test_what_the_first_courier_answers_to_being_called_off_is_learnt_though_it_is_no_milestone_of_it(
    desk: Desk,
) -> None:
    name = (await a_booked_shipment(desk)).name
    await desk.attach(ONE, "AR-1", courier=ARROW)
    (cancellation,) = await asked(desk, "cancellation")
    answer = reported(MilestoneKind.CANCELLED, 3, shipment_references=[name], answers_event_id=str(cancellation.id))
    await desk.apply(answer)
    assert await states(desk) == [(Order.BOOK, Order.REQUESTED), (Order.CANCEL, Order.CONFIRMED)]
    assert (await desk.of(ONE)).state == Shipment.BOOKED
    assert await desk.recorded(ONE) == []
