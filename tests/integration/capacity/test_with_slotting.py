"""Capacity and the real slotting service together: what either decides, both know in the end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.erp.v1 import erp_pb2
from doselane.erp.v1 import events_pb2 as erp_events
from doselane.slotting.v1 import slotting_pb2

from services.kernel.errors import GatewayError, NotFound
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.rpc import Client
from services.kernel.timestamps import stamp
from tests.integration.capacity.plant import Plant
from tests.support.capacity import (
    GBQ,
    HARBOR,
    NORTHLAKE,
    RELEASE_BACK,
    an_allotment,
    capacity,
    gbq,
    new_id,
    run_message,
)
from tests.support.tokens import Issuer


def cutting(name: str, size: int, vials: int, **facts: Any) -> capacity_pb2.CutRunRequest:
    return capacity_pb2.CutRunRequest(name=name, pledged=capacity(size, vials), request_id=new_id(), **facts)


async def test_an_open_run_can_be_claimed_and_a_cut_leaves_less(plant: Plant) -> None:
    run = await plant.opened()
    await plant.claim(run.name)
    answer = await plant.change(cutting(run.name, 50, 5))
    assert answer.run.etag == "v3"
    assert (await plant.pool_free(run.name)).vials == 4


async def test_a_cut_below_what_is_claimed_names_the_newest_slots_and_refuses(plant: Plant) -> None:
    run = await plant.opened()
    slots = [await plant.claim(run.name) for _ in range(3)]
    with pytest.raises(GatewayError) as refusal:
        await plant.change(cutting(run.name, 100, 1))
    assert refusal.value.reason == "CAPACITY_CONFLICT"
    assert set(refusal.value.facts["slots"].split(",")) == {slot.name for slot in slots[1:]}
    assert [(await plant.slot(slot.name)).at_risk for slot in slots] == [False] * 3
    assert await plant.versions(run.name) == (2, 2)


async def test_accepted_conflicts_mark_the_slots_on_the_other_side(plant: Plant) -> None:
    run = await plant.opened()
    slots = [await plant.claim(run.name) for _ in range(3)]
    foreseen = await plant.change(cutting(run.name, 100, 1, validate_only=True))
    answer = await plant.change(cutting(run.name, 100, 1, accept_conflicts=True))
    assert set(answer.conflicting_slots) == set(foreseen.conflicting_slots) == {slot.name for slot in slots[1:]}
    assert [(await plant.slot(slot.name)).at_risk for slot in slots] == [False, True, True]
    await plant.settled()
    assert await plant.versions(run.name) == (3, 3)


async def test_a_cancelled_run_takes_no_claims_any_more(plant: Plant) -> None:
    run = await plant.opened()
    slot = await plant.claim(run.name)
    request = capacity_pb2.CancelRunRequest(name=run.name, accept_conflicts=True, request_id=new_id())
    assert list((await plant.change(request)).conflicting_slots) == [slot.name]
    with pytest.raises((GatewayError, NotFound)):
        await plant.claim(run.name)
    await plant.settled()
    assert await plant.versions(run.name) == (3, 3)


async def test_a_run_can_be_cut_right_after_it_was_planned(plant: Plant) -> None:
    message = run_message(now=plant.now)
    run = await plant.capacity.call("CreateRun", capacity_pb2.CreateRunRequest(run=message, request_id=new_id()))
    assert (await plant.change(cutting(run.name, 50, 5))).run.etag == "v2"


async def test_a_cut_after_a_release_back_is_recorded_once(plant: Plant) -> None:
    run = await plant.opened(an_allotment(NORTHLAKE, gbq(40, 4)), an_allotment(HARBOR, gbq(30, 3)))
    await plant.claim(run.name, NORTHLAKE)
    await plant.slotting_db.pool.execute(
        "UPDATE gateway.clock SET ahead = $1",
        RELEASE_BACK - datetime(2027, 3, 1, 12, tzinfo=UTC) + timedelta(minutes=1),
    )
    assert (await plant.pool_free(run.name)).vials == 9
    await plant.change(cutting(run.name, 80, 8))
    await plant.settled()
    assert await plant.versions(run.name) == (3, 3)
    assert (await plant.pool_free(run.name)).vials == 7


async def test_a_cut_that_was_made_in_the_ledger_alone_reaches_capacity(plant: Plant, issuer: Issuer) -> None:
    run = await plant.opened()
    token = issuer.token("partners/cdmo", ["operator", "capacity.plan"], "night-shift")
    request = slotting_pb2.CutRunCapacityRequest(
        run=run.name, pledged=capacity(50, 5), base_version=2, request_id=new_id(), reason="by hand"
    )
    ledger = slotting_pb2.DESCRIPTOR.services_by_name["LedgerService"]
    async with Client(plant.target, ledger, token) as client:
        await client.call("CutRunCapacity", request)
    await plant.settled()
    found = await plant.capacity.call("GetRun", capacity_pb2.GetRunRequest(name=run.name))
    assert (found.pledged, found.last_change.actor, found.last_change.reason) == (
        capacity(50, 5),
        "night-shift",
        "by hand",
    )
    assert await plant.versions(run.name) == (3, 3)


def completing(run: str, size: int, vials: int, **facts: Any) -> capacity_pb2.CompleteRunRequest:
    now = stamp(datetime.now(UTC))
    measured = capacity_pb2.MeasuredYield(activity_kbq=size * GBQ, measure_time=now, volume_ul=50_000, vials=vials)
    return capacity_pb2.CompleteRunRequest(
        name=run, end_of_synthesis_time=now, measured=measured, request_id=new_id(), **facts
    )


async def begun(plant: Plant) -> tuple[capacity_pb2.Run, list[slotting_pb2.Slot]]:
    """A run in production, with three slots, which the ledger has heard of."""
    run = await plant.opened()
    slots = [await plant.claim(run.name) for _ in range(3)]
    run = await plant.change(capacity_pb2.StartRunRequest(name=run.name, request_id=new_id()))
    await plant.ledger_has(run.name, 3)
    return run, slots


async def test_nothing_is_claimed_or_moved_onto_a_run_in_production(plant: Plant) -> None:
    run, _ = await begun(plant)
    with pytest.raises(GatewayError) as refusal:
        await plant.claim(run.name)
    assert refusal.value.reason == "RUN_IN_PRODUCTION"
    slot = await plant.claim((await plant.opened()).name)
    move = slotting_pb2.MoveSlotRequest(name=slot.name, run=run.name, request_id=new_id())
    with pytest.raises(GatewayError) as refusal:
        await plant.slotting.call("MoveSlot", move, token=plant.sponsors[NORTHLAKE])
    assert refusal.value.reason == "RUN_IN_PRODUCTION"
    moved = "UPDATE slot SET run = $1 WHERE id = $2::text::uuid"
    copied = """INSERT INTO slot SELECT (jsonb_populate_record(
        s, jsonb_build_object('id', gen_random_uuid(), 'run', $1::text))).* FROM slot s WHERE id = $2::text::uuid"""
    for statement in (moved, copied):
        with pytest.raises(asyncpg.CheckViolationError, match="nothing is promised"):
            await plant.slotting_db.pool.execute(statement, run.name, slot.name.removeprefix("slots/"))


def version_of(run: capacity_pb2.Run) -> int:
    """The version that a run's etag names."""
    return int(run.etag.removeprefix("v"))


async def test_a_yield_below_what_is_claimed_names_the_slots_and_refuses(plant: Plant) -> None:
    run, slots = await begun(plant)
    with pytest.raises(GatewayError) as refusal:
        await plant.change(completing(run.name, 200, 1))
    assert refusal.value.reason == "CAPACITY_CONFLICT"
    assert set(refusal.value.facts["slots"].split(",")) == {slot.name for slot in slots[1:]}
    assert await plant.versions(run.name) == (3, 3)


async def test_a_yield_that_is_accepted_marks_the_slots_and_is_told_once(plant: Plant) -> None:
    run, slots = await begun(plant)
    request = completing(run.name, 200, 1, accept_conflicts=True)
    foreseen = await plant.change(completing(run.name, 200, 1, validate_only=True))
    answer = await plant.change(request)
    assert set(answer.conflicting_slots) == set(foreseen.conflicting_slots) == {slot.name for slot in slots[1:]}
    assert [(await plant.slot(slot.name)).at_risk for slot in slots] == [False, True, True]
    assert await plant.change(request) == answer
    with pytest.raises(GatewayError) as refusal:
        await plant.change(completing(run.name, 200, 1, accept_conflicts=True))
    assert refusal.value.reason == "ALREADY_PRODUCED"
    await plant.settled()
    # The ledger's own news of the cut may be recorded first; the end of production is a version of its own then.
    await plant.ledger_has(run.name, version_of(answer.run))
    produced = answer.run.production.measured
    assert (produced.vials, produced.activity_concentration_mbq_per_ml) == (1, 4000.0)
    assert 0 < produced.reference_activity_kbq < 200 * GBQ  # the planned end of synthesis is a day ahead


async def test_a_surplus_asks_nobody(plant: Plant) -> None:
    run, slots = await begun(plant)
    answer = await plant.change(completing(run.name, 500, 10))
    assert (answer.run.pledged, answer.run.state) == (run.pledged, capacity_pb2.Run.PRODUCED)
    await plant.ledger_has(run.name, 4)
    assert not any([(await plant.slot(slot.name)).at_risk for slot in slots])


async def test_a_failure_names_all_slots_and_marks_them_once_it_is_accepted(plant: Plant) -> None:
    run, slots = await begun(plant)
    facts = {"name": run.name, "cause": "the synthesis module leaks"}
    with pytest.raises(GatewayError) as refusal:
        await plant.change(capacity_pb2.FailRunRequest(request_id=new_id(), **facts))
    assert refusal.value.reason == "CAPACITY_CONFLICT"
    answer = await plant.change(capacity_pb2.FailRunRequest(request_id=new_id(), accept_conflicts=True, **facts))
    assert set(answer.conflicting_slots) == {slot.name for slot in slots}
    assert (answer.run.state, answer.run.production.failure_cause) == (capacity_pb2.Run.FAILED, facts["cause"])
    with pytest.raises(GatewayError) as refusal:
        await plant.claim(run.name)
    assert refusal.value.reason == "RUN_FAILED"
    await plant.settled()
    await plant.ledger_has(run.name, version_of(answer.run))
    assert await plant.versions(run.name) == (version_of(answer.run),) * 2


async def test_a_low_yield_that_an_erp_told_marks_the_slots_without_anybody_asking(plant: Plant) -> None:
    run, slots = await begun(plant)
    asked = completing(run.name, 200, 1)
    completed = erp_pb2.YieldReported(end_of_synthesis_time=asked.end_of_synthesis_time, measured=asked.measured)
    report = erp_pb2.ProductionReport(run=run.name, report_id="1", completed=completed)
    data = erp_events.ProductionReported(adapter="erp_tiny", report=report).SerializeToString()
    kind = "doselane.erp.production.reported.v1"
    await plant.bus.publish("doselane.erp", [Event(uuid7(), kind, "doselane/erp", "orders/1", 1, plant.now, data)])
    await plant.ledger_has(run.name, 4)
    assert [(await plant.slot(slot.name)).at_risk for slot in slots] == [False, True, True]
    found = await plant.capacity.call("GetRun", capacity_pb2.GetRunRequest(name=run.name))
    assert (found.state, found.pledged.vials) == (capacity_pb2.Run.PRODUCED, 1)
