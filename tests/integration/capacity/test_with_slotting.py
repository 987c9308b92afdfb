"""Capacity and the real slotting service together: what either decides, both know in the end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.erp.v1 import erp_pb2
from doselane.erp.v1 import events_pb2 as erp_events
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.capacity import main as capacity_main
from services.capacity.domain import Allotment
from services.capacity.settings import Settings
from services.kernel.bus.memory import MemoryBus
from services.kernel.db import Database
from services.kernel.errors import GatewayError, NotFound
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.rpc import Client, Server
from services.kernel.timestamps import stamp
from services.slotting import main as slotting_main
from services.slotting.settings import Settings as SlottingSettings
from tests.support.capacity import (
    GBQ,
    HARBOR,
    NORTHLAKE,
    RELEASE_BACK,
    an_allotment,
    capacity,
    capacity_schema,
    gbq,
    new_id,
    run_message,
)
from tests.support.postgres import Databases
from tests.support.slotting import SITE, slotting_schema, violations
from tests.support.tokens import Issuer

CAPACITY = capacity_pb2.DESCRIPTOR.services_by_name["CapacityService"]
SLOTTING = slotting_pb2.DESCRIPTOR.services_by_name["SlottingService"]


class Plant:
    """Both services and their callers."""

    def __init__(
        self, target: str, bus: MemoryBus, capacity_db: Database, slotting_db: Database, issuer: Issuer
    ) -> None:
        self.bus = bus
        planner = issuer.token(
            "partners/cdmo", ["operator", "capacity.plan", "capacity.read", "slotting.read"], "planner"
        )
        self.target = target
        self.capacity, self.slotting = Client(target, CAPACITY, planner), Client(target, SLOTTING, planner)
        self.sponsors = {p: issuer.token(p, ["slotting.claim", "slotting.read"]) for p in (NORTHLAKE, HARBOR)}
        self.capacity_db, self.slotting_db = capacity_db, slotting_db
        self.now = datetime.now(UTC)

    async def opened(self, *allotments: Allotment) -> capacity_pb2.Run:
        """An open run that slotting takes claims for."""
        message = run_message(*allotments, now=self.now)
        run = await self.capacity.call("CreateRun", capacity_pb2.CreateRunRequest(run=message, request_id=new_id()))
        run = await self.capacity.call("OpenRun", capacity_pb2.OpenRunRequest(name=run.name, request_id=new_id()))
        await self.ledger_has(run.name, 2)
        return run

    async def claim(self, run: str, partner: str = NORTHLAKE) -> slotting_pb2.Slot:
        """A slot of about 10 GBq."""
        at = stamp(self.now + timedelta(hours=30))
        demand = slotting_pb2.SlotDemand(
            run=run,
            site=SITE,
            administration=type_pb2.Activity(activity_mbq=9000, time=at),
            order_reference="order-1",
        )
        request = slotting_pb2.ClaimSlotRequest(demand=demand, request_id=new_id())
        return await self.slotting.call("ClaimSlot", request, token=self.sponsors[partner])

    async def slot(self, name: str) -> slotting_pb2.Slot:
        """A slot as it is now."""
        return await self.slotting.call("GetSlot", slotting_pb2.GetSlotRequest(name=name))

    async def change(self, request: Message) -> Any:
        """Cuts or cancels."""
        return await self.capacity.call(type(request).__name__.removesuffix("Request"), request)

    async def pool_free(self, run: str, partner: str = HARBOR) -> type_pb2.Capacity:
        """What is free in the pool, as the ledger says."""
        request = slotting_pb2.GetAvailabilityRequest(name=f"{run}/availability")
        found = await self.slotting.call("GetAvailability", request, token=self.sponsors[partner])
        return found.pool_free

    async def ledger_has(self, run: str, version: int) -> None:
        """Waits until the ledger has this version."""
        async with asyncio.timeout(60):
            while await self.slotting_db.pool.fetchval("SELECT version FROM run WHERE name = $1", run) != version:
                await asyncio.sleep(0.002)

    async def settled(self) -> None:
        """Waits until every event of the ledger has reached capacity."""
        cuts = "SELECT count(*) FROM outbox WHERE type = 'doselane.slotting.run.cut.v1'"
        seen = "SELECT count(*) FROM inbox WHERE consumer = 'capacity'"
        async with asyncio.timeout(60):
            while await self.slotting_db.pool.fetchval(cuts) != await self.capacity_db.pool.fetchval(seen):
                await asyncio.sleep(0.002)

    async def versions(self, run: str) -> tuple[int, int]:
        """The run's version on both sides."""
        mine = await self.capacity_db.pool.fetchval("SELECT version FROM run WHERE name = $1", run)
        return mine, await self.slotting_db.pool.fetchval("SELECT version FROM run WHERE name = $1", run)


def cutting(name: str, size: int, vials: int, **facts: Any) -> capacity_pb2.CutRunRequest:
    return capacity_pb2.CutRunRequest(name=name, pledged=capacity(size, vials), request_id=new_id(), **facts)


@pytest.fixture
async def plant(databases: Databases, issuer: Issuer) -> AsyncIterator[Plant]:
    """Both services in one server; when the test ends, the ledger must be free of violations."""
    capacity_db = await Database.connect(await databases.prepared("capacity", capacity_schema), "capacity", pool_size=6)
    slotting_db = await Database.connect(await databases.prepared("slotting", slotting_schema), "slotting", pool_size=6)
    bus, server = MemoryBus(), Server("127.0.0.1:0", issuer.verifier())
    slotting = slotting_main.service(SlottingSettings(), slotting_db, bus)
    for descriptor, servicer in slotting.servicers:
        server.add(descriptor, servicer)
    ledger = Server("127.0.0.1:0", issuer.verifier())
    ledger.add(*slotting.servicers[1])
    await ledger.start()
    made = capacity_main.service(Settings(slotting_target=f"127.0.0.1:{ledger.port}"), capacity_db, bus)
    server.add(*made.servicers[0])
    await server.start()
    tasks = [asyncio.ensure_future(each()) for each in (*slotting.background, *made.background)]
    plant = Plant(f"127.0.0.1:{server.port}", bus, capacity_db, slotting_db, issuer)
    yield plant
    assert await violations(slotting_db.pool) == []
    await plant.capacity.close()
    await plant.slotting.close()
    await server.stop(0)
    await ledger.stop(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await capacity_db.close()
    await slotting_db.close()


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
