"""Inspection lots of the manufacturer's ERP come over the bus, before their batch or after it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from doselane.quality.v1.events_pb2 import BatchDeviated

from services.kernel import parked
from services.kernel.bus.memory import MemoryBus
from services.kernel.event import Event
from services.quality.main import hearing_of, service
from tests.integration.quality.conftest import SETTINGS, Door, ended
from tests.support.quality import EOS
from tests.support.quality_news import NORTHLAKE, a_lot, a_place, a_produced_run, a_product, a_report, a_slot

ORDER = "4711"
WORDS = "Inspection lot 010000000042 was rejected with code R2, as erp_tiny of partners/cdmo told."


class Wire:
    """The bus that quality hears."""

    def __init__(self, door: Door, bus: MemoryBus) -> None:
        self._door, self._bus = door, bus

    async def tell(self, *events: Event) -> None:
        """Publishes these, and waits until quality has done with all of them."""
        seen = "SELECT count(*) FROM inbox WHERE consumer = 'quality' AND event_id = $1"
        for event in events:
            await self._bus.publish(event.topic, [event])
            async with asyncio.timeout(60):
                while not await self._door.database.pool.fetchval(seen, event.id):
                    await asyncio.sleep(0.01)


@pytest.fixture
async def wire(door: Door) -> AsyncIterator[Wire]:
    """Quality hears what is published on it; its product and its places are told of."""
    await door.hear(a_product(), a_place("facility", "facilities/north"), a_place("site", "sites/lakeside"))
    await door.specify()
    bus = MemoryBus()
    parts: Any = service(SETTINGS, door.database, bus, door.clock).background
    running = [asyncio.create_task(each()) for each in parts]
    yield Wire(door, bus)
    await ended(running)


async def test_a_lot_that_is_rejected_blocks_the_certification_of_its_batch_until_it_is_concluded(
    door: Door, wire: Wire
) -> None:
    await wire.tell(a_slot(), a_produced_run(production_order=ORDER))
    await wire.tell(a_lot(), a_lot(), a_lot(since=EOS + timedelta(minutes=1)))  # told again, and again later
    batch = await door.batch()
    assert [each.description for each in batch.deviations] == [WORDS]
    assert (batch.last_change.reason, batch.production_order) == ("told by erp_tiny of partners/cdmo", ORDER)
    sample = f"{batch.name}/samples/1"
    await wire.tell(a_report("appearance", "complies", "", sample), a_report("radiochemical_purity", "99", "%", sample))
    await door.sign("AssessBatch", "designated_person")
    hashed = (await door.batch()).record_sha256
    certifying: dict[str, Any] = {"name": batch.name, "record_sha256": hashed, "stage": "FOR_USE"}
    refused = await door.refusal("CertifyBatch", door.signer("qualified_person"), **certifying)
    assert refused.reason == "DEVIATIONS_OPEN"
    await wire.tell(a_lot(rejected=False, since=EOS + timedelta(minutes=2)))  # decides nothing
    assert not (await door.batch()).deviations[0].HasField("close_time")


async def test_a_lot_that_comes_before_its_batch_is_not_lost_and_an_older_word_changes_nothing(
    door: Door, wire: Wire
) -> None:
    await wire.tell(a_lot(since=EOS + timedelta(minutes=1)), a_lot(rejected=False), a_lot(lot="43", rejected=False))
    await wire.tell(a_lot(order="4712"))  # of another order
    assert await door.published("batch.created") == []
    await wire.tell(a_produced_run(production_order=ORDER))
    batch = await door.batch()
    assert [each.description for each in batch.deviations] == [WORDS]
    [deviated] = await door.published("batch.deviated")
    assert BatchDeviated.FromString(deviated.data).batch.production_order == ORDER
    await wire.tell(a_produced_run(production_order=ORDER), a_lot(since=EOS + timedelta(minutes=1)))
    assert len((await door.batch()).deviations) == 1


async def test_a_lot_and_its_batch_that_come_at_once_do_not_miss_each_other(door: Door) -> None:
    """Two members of the consumer: the one that makes the batch waits for the one that has heard of the lot."""
    hearing = hearing_of(SETTINGS, door.clock)
    async with door.database.transaction() as conn:
        await hearing.apply(conn, a_lot())
        making = asyncio.create_task(door.hear(a_produced_run(production_order=ORDER)))
        await door.waited_for(making)
    await making
    assert [each.description for each in (await door.batch()).deviations] == [WORDS]


async def test_sponsors_read_the_deviation_and_nothing_of_the_production_order(door: Door, wire: Wire) -> None:
    await wire.tell(a_slot(), a_produced_run(production_order="PO-4711"), a_lot(order="PO-4711"))
    name = (await door.batch()).name
    own = await door.read("GetBatch", door.caller(NORTHLAKE), name=name)
    assert [each.description for each in own.deviations] == [WORDS]
    assert "PO-4711" not in str(own)
    [listed] = (await door.read("ListBatches", door.caller(NORTHLAKE))).batches
    assert "PO-4711" not in str(listed)


async def test_a_lot_that_says_nothing_is_parked_and_holds_nothing_up(door: Door, wire: Wire) -> None:
    await wire.tell(a_produced_run(production_order=ORDER), a_lot(lot=""), a_lot())
    assert len((await door.batch()).deviations) == 1
    [waiting] = await parked.waiting(door.database.pool, "quality")
    assert waiting.fault.startswith("Invalid")
