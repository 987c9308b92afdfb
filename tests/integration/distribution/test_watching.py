"""Watching the shipments of one centre: what goes there, and what goes there no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from doselane.distribution.v1 import distribution_pb2, shipment_pb2

from services.distribution.domain.milestone import MilestoneKind
from services.distribution.events import TOPIC
from services.kernel.bus.memory import MemoryBus
from services.kernel.ids import uuid7
from services.kernel.outbox import Relay
from tests.integration.distribution.conftest import Desk, ended
from tests.support.distribution import TRACKING, a_lane, a_product, reported, run_event, slot_event

ONE = "01a215bf-0000-7000-8000-000000000001"
LAKESIDE, HILL = "sites/lakeside-clinic", "sites/hill"
Response = distribution_pb2.WatchShipmentsResponse


@asynccontextmanager
async def watching(desk: Desk, site: str) -> AsyncIterator[list[Response]]:
    """What a sponsor is told of one centre, from now on."""
    told: list[Response] = []
    stands = asyncio.Event()

    async def watch() -> None:
        request = distribution_pb2.WatchShipmentsRequest(site=site)
        async for answer in desk.caller().stream("WatchShipments", request):
            stands.set()
            if not answer.HasField("keep_alive"):
                told.append(answer)

    relay = asyncio.create_task(Relay(desk.database, MemoryBus(), TOPIC).run())
    watcher = asyncio.create_task(watch())
    try:
        async with asyncio.timeout(30):
            await stands.wait()
        yield told
    finally:
        await ended([watcher, relay])


async def until(told: list[Response], last: str) -> None:
    async with asyncio.timeout(30):
        while not told or told[-1].WhichOneof("payload") != last:
            await asyncio.sleep(0.01)


async def redirect(desk: Desk, name: str, site: str) -> shipment_pb2.Shipment:
    request = distribution_pb2.RedirectShipmentRequest(name=name, site=site, cause="closed", request_id=str(uuid7()))
    return await desk.call("RedirectShipment", request)  # type: ignore[no-any-return]


async def test_a_centre_is_told_that_a_shipment_comes_no_more_and_not_where_it_goes(desk: Desk) -> None:
    await desk.apply(a_lane(), a_product(), run_event(), slot_event(ONE))
    async with watching(desk, LAKESIDE) as told, watching(desk, HILL) as elsewhere:
        name = (await desk.book(ONE, references=[TRACKING])).name
        await desk.apply(reported(MilestoneKind.COLLECTED, 5))
        await redirect(desk, name, HILL)
        await until(told, "left_shipment")
        assert told[-1].left_shipment == name
        assert all(HILL.encode() not in each.SerializeToString() for each in told)
        before = len(told)
        await desk.apply(reported(MilestoneKind.DELIVERED, 60))
        async with asyncio.timeout(30):
            while not elsewhere or elsewhere[-1].shipment.state != shipment_pb2.Shipment.DELIVERED:
                await asyncio.sleep(0.01)
        assert (len(told), {each.shipment.site for each in elsewhere}) == (before, {HILL})
        assert elsewhere[0].WhichOneof("payload") == "shipment"


async def test_what_comes_back_to_a_centre_is_told_as_any(desk: Desk) -> None:
    await desk.apply(a_lane(), a_product(), run_event(), slot_event(ONE))
    async with watching(desk, LAKESIDE) as told:
        name = (await desk.book(ONE, references=[TRACKING])).name
        await desk.apply(reported(MilestoneKind.COLLECTED, 5))
        await redirect(desk, name, HILL)
        await until(told, "left_shipment")
        await redirect(desk, name, LAKESIDE)
        await until(told, "shipment")
        assert told[-1].shipment.site == LAKESIDE


async def test_a_slot_that_moves_to_another_centre_takes_its_shipment_away_too(desk: Desk) -> None:
    await desk.apply(a_lane(), a_product(), run_event(), slot_event(ONE))
    async with watching(desk, LAKESIDE) as told:
        name = (await desk.book(ONE, references=[TRACKING])).name
        await desk.apply(slot_event(ONE, "moved", 2, site=HILL, lane="lanes/hill", departure_time=None))
        await until(told, "left_shipment")
        assert told[-1].left_shipment == name
