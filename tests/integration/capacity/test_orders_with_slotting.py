"""A production order decides about a run, and the real ledger marks what loses its place: nothing is overbooked."""

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.erp.v1 import erp_pb2
from doselane.slotting.v1 import slotting_pb2

from services.kernel.errors import GatewayError, NotFound
from services.kernel.rpc import Client
from services.kernel.timestamps import stamp
from tests.integration.capacity.plant import Plant
from tests.support.capacity import (
    a_stated_order,
    capacity,
    new_id,
    order_event,
)
from tests.support.tokens import Issuer

ORDER = "000100004711"


async def test_a_production_order_makes_a_run_that_is_claimed_and_its_cut_marks_the_newest_slots(plant: Plant) -> None:
    await plant.bus.publish("doselane.erp", [order_event(a_stated_order(plant.now))])
    run = await plant.made_by(ORDER)
    await plant.ledger_has(run, 2)
    slots = [await plant.claim(run) for _ in range(3)]
    less = a_stated_order(plant.now, pledged=capacity(100, 1), state_time=stamp(plant.now))
    await plant.bus.publish("doselane.erp", [order_event(less)])
    await plant.ledger_has(run, 3)
    assert [(await plant.slot(slot.name)).at_risk for slot in slots] == [False, True, True]
    assert (await plant.pool_free(run)).vials == 0
    with pytest.raises(GatewayError) as refusal:
        await plant.claim(run)
    assert refusal.value.reason == "RUN_FULL"
    await plant.settled()
    assert await plant.versions(run) == (3, 3)  # what the ledger made of it is the same, and no news


async def test_a_cancelled_order_marks_all_slots_and_nothing_more_is_claimed(plant: Plant) -> None:
    run = (await plant.opened(production_order=ORDER)).name
    slots = [await plant.claim(run) for _ in range(2)]
    gone = a_stated_order(plant.now, state=erp_pb2.ProductionOrder.CANCELLED)
    await plant.bus.publish("doselane.erp", [order_event(gone)])
    await plant.ledger_has(run, 3)
    assert [(await plant.slot(slot.name)).at_risk for slot in slots] == [True, True]
    with pytest.raises((GatewayError, NotFound)):
        await plant.claim(run)
    await plant.settled()
    assert await plant.versions(run) == (3, 3)


async def test_the_ledger_hears_of_a_lower_pledge_that_crossed_with_a_cut_of_its_own(
    plant: Plant, issuer: Issuer
) -> None:
    """The ledger is at version 3 by its own cut before capacity knows of it, and so is the run by what the ERP told."""
    run = (await plant.opened(production_order=ORDER)).name
    slots = [await plant.claim(run) for _ in range(3)]
    token = issuer.token("partners/cdmo", ["operator", "capacity.plan"], "night-shift")
    ledger = slotting_pb2.DESCRIPTOR.services_by_name["LedgerService"]
    mine = slotting_pb2.CutRunCapacityRequest(
        run=run, pledged=capacity(80, 8), base_version=2, request_id=new_id(), reason="by hand"
    )
    less = a_stated_order(plant.now, pledged=capacity(50, 1))
    async with plant.capacity_db.transaction() as conn:
        await conn.execute("SELECT FROM run WHERE name = $1 FOR UPDATE", run)  # capacity waits with both
        await plant.bus.publish("doselane.erp", [order_event(less)])
        async with Client(plant.target, ledger, token) as client:
            await client.call("CutRunCapacity", mine)
        assert await plant.versions(run) == (2, 3)
    await plant.ledger_has(run, 4)
    assert [(await plant.slot(slot.name)).at_risk for slot in slots] == [False, True, True]
    found = await plant.capacity.call("GetRun", capacity_pb2.GetRunRequest(name=run))
    assert found.pledged == capacity(50, 1)
