"""The manufacturer's ERP tells of deliveries on the bus, and couriers that speak of these are understood."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from doselane.distribution.v1 import shipment_pb2
from doselane.distribution.v1.events_pb2 import OutboundDeliveryRefused, ShipmentFollowed
from pydantic import SecretStr

from services.distribution.domain.milestone import MilestoneKind
from services.distribution.main import service
from services.distribution.settings import Settings
from services.kernel import parked
from services.kernel.bus.memory import MemoryBus
from services.kernel.event import Event
from tests.integration.distribution.conftest import Desk, ended
from tests.support.distribution import (
    HARBOR,
    NORTHLAKE,
    PLANT,
    SWIFT,
    a_lane,
    batch_event,
    delivery_event,
    reported,
    slot_event,
    vial_event,
)

SSCC = "00106141412345678908"
REFUSED = "doselane.distribution.outbound_delivery.refused.v1"


class Wire:
    """The bus that distribution hears."""

    def __init__(self, desk: Desk, bus: MemoryBus) -> None:
        self._desk, self._bus = desk, bus

    async def tell(self, *events: Event) -> None:
        """Publishes these, and waits until distribution has done with each."""
        seen = "SELECT count(*) FROM inbox WHERE consumer = 'distribution' AND event_id = $1"
        for event in events:
            await self._bus.publish(event.topic, [event])
            async with asyncio.timeout(60):
                while not await self._desk.database.pool.fetchval(seen, event.id):
                    await asyncio.sleep(0.01)


@pytest.fixture
async def wire(desk: Desk) -> AsyncIterator[Wire]:
    """Distribution hears what is published on it."""
    bus, settings = MemoryBus(), Settings(signature_key=SecretStr("11" * 32))
    parts: Any = service(settings, desk.database, bus, desk.clock).background
    running = [asyncio.create_task(each()) for each in parts]
    yield Wire(desk, bus)
    await ended(running)


async def refusals(desk: Desk) -> list[tuple[Event, OutboundDeliveryRefused]]:
    """What was told of names that cannot be."""
    found = [event for event in await desk.published() if event.type == REFUSED]
    return [(event, OutboundDeliveryRefused.FromString(event.data)) for event in found]


async def test_the_names_of_a_delivery_join_and_a_courier_that_speaks_of_them_is_understood(
    desk: Desk, wire: Wire
) -> None:
    await wire.tell(slot_event("d"))
    booked = await desk.book("d", references=["1Z1"])
    await wire.tell(
        reported(MilestoneKind.COLLECTED, -30, shipment_references=[f"(00){SSCC[2:]}"])
    )  # not yet understood
    assert (await desk.of("d")).state == shipment_pb2.Shipment.BOOKED
    await wire.tell(delivery_event("80001234", f"https://id.gs1.org/00/{SSCC[2:]}"))
    shipment = await desk.of("d")
    assert list(shipment.references) == ["1Z1", "80001234", f"https://id.gs1.org/00/{SSCC[2:]}"]
    assert shipment.state == shipment_pb2.Shipment.COLLECTED
    followed = [event for event in await desk.published(booked.name) if event.type.endswith("shipment.followed.v1")]
    newest = ShipmentFollowed.FromString(followed[-1].data)
    assert (newest.courier, list(newest.references)) == (SWIFT, list(shipment.references))
    await wire.tell(reported(MilestoneKind.DELIVERED, -10, shipment_references=["80001234"]))
    assert (await desk.of("d")).state == shipment_pb2.Shipment.DELIVERED


async def test_what_is_told_again_or_is_older_changes_nothing(desk: Desk, wire: Wire) -> None:
    await wire.tell(slot_event("d"))
    await desk.book("d", references=["1Z1"])
    await wire.tell(delivery_event("80001234", "A", minutes=5))
    before = await desk.of("d")
    await wire.tell(delivery_event("80001234", "A", minutes=5), delivery_event("80001234", "B", minutes=4))
    assert await desk.of("d") == before
    await wire.tell(delivery_event("80001234", "B", minutes=6))  # what joined stays: couriers may have heard of it
    assert list((await desk.of("d")).references) == ["1Z1", "80001234", "A", "B"]


async def test_a_delivery_that_is_told_before_the_booking_is_not_lost(desk: Desk, wire: Wire) -> None:
    await wire.tell(delivery_event("80001234", "A"), delivery_event("80001235", order_reference="order-2"))
    await wire.tell(slot_event("d"))
    await desk.book("d")
    assert list((await desk.of("d")).references) == ["80001234", "A"]


async def test_a_dose_that_is_booked_by_itself_has_them_too(desk: Desk, wire: Wire) -> None:
    await wire.tell(a_lane(), delivery_event("80001234"), slot_event("d"), vial_event("d"), batch_event())
    shipment = await desk.of("d")
    assert shipment.courier and list(shipment.references) == ["80001234"]


async def test_without_a_courier_they_wait_until_one_is_known(desk: Desk, wire: Wire) -> None:
    await wire.tell(slot_event("d"))
    await desk.book("d", courier="")
    await wire.tell(delivery_event("80001234"))
    assert list((await desk.of("d")).references) == []
    await desk.attach("d", "1Z1")
    assert list((await desk.of("d")).references) == ["1Z1", "80001234"]


async def test_a_name_of_another_shipment_is_refused_and_told_once_and_the_others_join(desk: Desk, wire: Wire) -> None:
    theirs = {"partner": HARBOR, "order_reference": "hp-1"}
    await wire.tell(slot_event("d"), slot_event("e", **theirs))
    await desk.book("d", references=["1Z1"])
    await desk.book("e", references=["1Z2"])
    await wire.tell(delivery_event("80001234", "A", "1Z1", **theirs), delivery_event("80001234", "A", "1Z1", **theirs))
    assert list((await desk.of("e")).references) == ["1Z2", "80001234", "A"]
    [(event, told)] = await refusals(desk)
    assert (event.partner, event.subject, event.sequence) == (PLANT, f"{PLANT}/outboundDeliveries/80001234", 1)
    assert (list(told.references), told.reason, told.message) == (["1Z1"], "REFERENCE_TAKEN", "messages/1")
    assert (await desk.of("d")).name not in str(told) and NORTHLAKE not in str(told)
    await wire.tell(delivery_event("80001234", "A", "1Z1", minutes=1, **theirs))  # stated anew: told anew
    assert [event.sequence for event, _ in await refusals(desk)] == [1, 2]


async def test_a_booking_does_not_fail_by_a_delivery_whose_name_is_taken(desk: Desk, wire: Wire) -> None:
    await wire.tell(slot_event("d", order_reference="order-0"), slot_event("e"), delivery_event("80001234", "1Z1"))
    await desk.book("d", references=["1Z1"])
    await desk.book("e", references=["1Z2"])
    assert list((await desk.of("e")).references) == ["1Z2", "80001234"]
    assert [list(told.references) for _, told in await refusals(desk)] == [["1Z1"]]


async def test_a_shipment_has_as_many_names_as_it_may_have(desk: Desk, wire: Wire) -> None:
    await wire.tell(slot_event("d"))
    await desk.book("d", references=[f"1Z{number}" for number in range(31)])
    await wire.tell(delivery_event("80001234", "A", "B"))
    assert len((await desk.of("d")).references) == 32
    [(_, told)] = await refusals(desk)
    assert (told.reason, list(told.references)) == ("REFERENCES_TOO_MANY", ["A", "B"])


async def test_a_delivery_for_one_partner_reaches_no_order_of_another_under_the_same_name(
    desk: Desk, wire: Wire
) -> None:
    await wire.tell(slot_event("d"))
    await desk.book("d", references=["1Z1"])
    before, published = await desk.of("d"), await desk.published()
    await wire.tell(delivery_event("80001234", "A", "1Z1", partner=HARBOR))  # Northlake has an order of this name
    assert await desk.of("d") == before
    assert await desk.published() == published
    await wire.tell(slot_event("e", partner=HARBOR, order_reference="order-1"))
    await desk.book("e", references=["1Z2"])
    assert list((await desk.of("e")).references) == ["1Z2", "80001234", "A"]
    assert await desk.of("d") == before


async def test_what_a_delivery_carries_is_not_who_states_it(desk: Desk, wire: Wire) -> None:
    await wire.tell(slot_event("d"))
    await desk.book("d", references=["1Z1"])
    before = await desk.of("d")
    # As it was stated before: of whoever states it.
    await wire.tell(delivery_event("80001234", "A", stated_by=NORTHLAKE, partner=""))
    assert await desk.of("d") == before
    [waiting] = await parked.waiting(desk.database.pool, "distribution")
    assert "outbound_delivery.partner must look like partners/{id}" in waiting.fault


async def test_a_delivery_that_turns_out_to_be_anothers_order_is_no_more_the_first_ones(desk: Desk, wire: Wire) -> None:
    await wire.tell(delivery_event("80001234", "A"), delivery_event("80001234", "A", partner=HARBOR, minutes=1))
    await wire.tell(slot_event("d"), slot_event("e", partner=HARBOR))
    await desk.book("d", references=["1Z1"])
    await desk.book("e", references=["1Z2"])
    assert list((await desk.of("d")).references) == ["1Z1"]
    assert list((await desk.of("e")).references) == ["1Z2", "80001234", "A"]


async def test_a_delivery_that_says_nothing_is_parked_and_holds_nothing_up(desk: Desk, wire: Wire) -> None:
    await wire.tell(slot_event("d"))
    await desk.book("d", references=["1Z1"])
    await wire.tell(delivery_event(""), delivery_event("80001234"))
    assert list((await desk.of("d")).references) == ["1Z1", "80001234"]
    [waiting] = await parked.waiting(desk.database.pool, "distribution")
    assert waiting.fault.startswith("Invalid")
