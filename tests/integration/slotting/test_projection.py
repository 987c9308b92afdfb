"""Capacity's events as the ledger takes them over: in any order and repetition, what is promised stays."""

import asyncio
from datetime import UTC, timedelta
from typing import Any

import pytest
from doselane.capacity.v1 import capacity_pb2, events_pb2
from doselane.distribution.v1 import events_pb2 as distribution_events
from doselane.distribution.v1 import shipment_pb2
from doselane.quality.v1 import batch_pb2
from doselane.quality.v1 import events_pb2 as quality_events
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.kernel.bus.memory import MemoryBus
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.inbox import Consumer
from services.kernel.timestamps import stamp
from services.network import Capacity
from services.slotting.domain import Risk, State
from services.slotting.domain.refusals import RunFull, RunInProduction, SlotClosed
from services.slotting.usecases import take_over
from tests.support.slotting import GBQ, HARBOR, NORTHLAKE, a_claim, a_cut, a_move, a_release
from tests.support.slotting_desk import LedgerDesk, decided, slot_id

RUN = "runs/lu-1"
MESSAGES = {
    "created": (events_pb2.RunCreated, capacity_pb2.Run.PLANNED),
    "opened": (events_pb2.RunOpened, capacity_pb2.Run.OPEN),
    "cut": (events_pb2.RunCut, capacity_pb2.Run.OPEN),
    "produced": (events_pb2.RunProduced, capacity_pb2.Run.PRODUCED),
    "cancelled": (events_pb2.RunCancelled, capacity_pb2.Run.CANCELLED),
}


def event(desk: LedgerDesk, what: str, version: int, vials: int = 10, **changes: Any) -> Event:
    """What capacity publishes of a run of 20 GBq a vial."""
    message, state = MESSAGES[what]
    facts = {
        "name": RUN,
        "product": "products/psma-lu177",
        "nuclide": type_pb2.NUCLIDE_LU_177,
        "state": state,
        "end_of_synthesis_time": stamp(desk.now + timedelta(hours=24)),
        "claim_cutoff_time": stamp(desk.now + timedelta(hours=20)),
        "use_by_time": stamp(desk.now + timedelta(hours=96)),
        "pledged": type_pb2.Capacity(reference_activity_kbq=vials * 20 * GBQ, vials=vials),
        "vial_reference_activity_max_kbq": 20 * GBQ,
        **changes,
    }
    data = message(run=capacity_pb2.Run(**facts), version=version).SerializeToString()
    event_type = f"doselane.capacity.run.{what}.v1"
    return Event(uuid7(), event_type, "doselane/capacity", RUN, version, desk.now, data)


def allotted(desk: LedgerDesk, partner: str, vials: int) -> capacity_pb2.Allotment:
    return capacity_pb2.Allotment(
        partner=partner,
        capacity=type_pb2.Capacity(reference_activity_kbq=vials * 20 * GBQ, vials=vials),
        release_back_time=stamp(desk.now + timedelta(hours=10)),
    )


async def hear(desk: LedgerDesk, *events: Event) -> None:
    """Take over events, each in a transaction of its own."""
    for each in events:
        async with desk.database.transaction() as connection:
            await take_over(connection, each)


async def refusal(desk: LedgerDesk, partner: str = NORTHLAKE) -> str:
    with pytest.raises(GatewayError) as said:
        await desk.ask(a_claim(desk.demand(partner=partner)))
    return said.value.reason


async def stored(desk: LedgerDesk) -> tuple[int, int, int]:
    """Version, size of the pool in vials, and what is committed of it."""
    row = await desk.database.pool.fetchrow("SELECT version, pool_vials, pool_committed_vials FROM run")
    return tuple(row)


async def test_a_planned_run_is_unknown_and_an_open_one_takes_claims(desk: LedgerDesk):
    await hear(desk, event(desk, "created", 1))
    assert await refusal(desk) == "RUN_UNKNOWN"
    await hear(desk, event(desk, "opened", 2))
    assert (await desk.ask(a_claim(desk.demand()))).run == RUN


async def test_older_versions_and_repetitions_change_nothing(desk: LedgerDesk):
    created, opened = event(desk, "created", 1), event(desk, "opened", 2)
    await hear(desk, opened)
    await desk.ask(a_claim(desk.demand()))
    await hear(desk, created, opened, event(desk, "cut", 2, vials=3))
    assert await stored(desk) == (2, 10, 1)


async def test_a_newer_version_is_taken_over_even_if_one_between_was_never_heard_of(desk: LedgerDesk):
    await hear(desk, event(desk, "created", 1), event(desk, "cut", 5, vials=4))
    assert await stored(desk) == (5, 4, 0)


async def test_an_allotment_that_a_newer_version_adds_takes_from_the_pool_that_is_free(desk: LedgerDesk):
    await hear(desk, event(desk, "opened", 2))
    await desk.ask(a_claim(desk.demand()))
    await hear(desk, event(desk, "cut", 3, vials=4, allotments=[allotted(desk, HARBOR, 3)]))
    assert await stored(desk) == (3, 1, 1)
    assert await refusal(desk) == "RUN_FULL"
    assert (await desk.ask(a_claim(desk.demand(partner=HARBOR)))).partner == HARBOR


async def test_a_version_that_takes_what_is_promised_is_a_cut_and_the_newest_slots_are_at_risk(desk: LedgerDesk):
    await hear(desk, event(desk, "opened", 2))
    for _ in range(3):
        await desk.ask(a_claim(desk.demand()))
    await hear(desk, event(desk, "cut", 3, vials=2))
    assert await stored(desk) == (3, 2, 2)
    rows = await desk.database.pool.fetch("SELECT risk FROM slot ORDER BY created_at")
    assert [row["risk"] for row in rows] == [Risk.NONE, Risk.NONE, Risk.RUN]


async def test_an_event_that_cannot_be_read_is_parked_and_what_follows_it_goes_on(desk: LedgerDesk):
    await hear(desk, event(desk, "opened", 2))
    await desk.ask(a_claim(desk.demand()))
    consumer = Consumer(MemoryBus(), desk.database, "slotting", ["doselane.capacity"], take_over)
    await consumer.handle([event(desk, "cut", 3, nuclide=99), event(desk, "cut", 4, vials=5)])
    assert await stored(desk) == (4, 5, 1)
    assert len(await desk.database.pool.fetch("SELECT * FROM parked")) == 1


async def test_a_cancelled_run_takes_no_claims_and_says_why_to_those_who_knew_it(desk: LedgerDesk):
    await hear(desk, event(desk, "opened", 2), event(desk, "cancelled", 3))
    assert await refusal(desk) == "RUN_NOT_OPEN"


async def test_a_run_cancelled_before_it_opened_stays_unknown(desk: LedgerDesk):
    mine = [allotted(desk, NORTHLAKE, 3)]
    await hear(desk, event(desk, "created", 1, allotments=mine), event(desk, "cancelled", 2, allotments=mine))
    assert await refusal(desk) == "RUN_UNKNOWN"


async def test_capacitys_record_of_a_cut_that_the_ledger_made_changes_nothing(desk: LedgerDesk):
    await hear(desk, event(desk, "opened", 2))
    await desk.ledger.execute_one(a_cut(RUN, Capacity(100 * GBQ, 5)))
    before = await stored(desk)
    await hear(desk, event(desk, "cut", 3, vials=5))
    assert await stored(desk) == before == (3, 5, 0)


async def test_what_a_released_back_allotment_gave_stays_in_the_pool_through_a_newer_version(desk: LedgerDesk):
    await hear(desk, event(desk, "opened", 2, vials=3, allotments=[allotted(desk, HARBOR, 2)]))
    harbors = await desk.ask(a_claim(desk.demand(partner=HARBOR)))
    await desk.ahead(timedelta(hours=10))
    await desk.ask(a_claim(desk.demand()))
    await desk.ask(a_claim(desk.demand()))
    await hear(desk, event(desk, "opened", 3, vials=3, allotments=[allotted(desk, HARBOR, 2)]))
    assert await stored(desk) == (3, 2, 2)
    with pytest.raises(RunFull):
        await desk.ask(a_claim(desk.demand()))
    await desk.ask(a_release(slot_id(harbors), partner=HARBOR))
    await desk.ask(a_claim(desk.demand()))


async def test_an_event_that_does_not_concern_the_ledger_is_passed_over(desk: LedgerDesk):
    other = event(desk, "opened", 2)
    await hear(desk, Event(uuid7(), "doselane.capacity.run.admired.v1", other.source, RUN, 3, desk.now, b""))
    assert await desk.database.pool.fetchval("SELECT count(*) FROM run") == 0


async def test_a_rejected_batch_puts_the_slots_of_its_run_at_risk_at_once_and_once_only(desk: LedgerDesk):
    await hear(desk, event(desk, "opened", 2))
    slots = [await desk.ask(a_claim(desk.demand())) for _ in range(2)]
    batch = batch_pb2.Batch(name="batches/1", run=RUN)
    rejected = Event(
        uuid7(),
        "doselane.quality.batch.rejected.v1",
        "doselane/quality",
        "batches/1",
        4,
        desk.now,
        quality_events.BatchRejected(batch=batch).SerializeToString(),
        actor="qp@cdmo",
    )
    await hear(desk, rejected, rejected)
    rows = await desk.database.pool.fetch("SELECT risk, version FROM slot")
    assert [(row["risk"], row["version"]) for row in rows] == [(Risk.RUN, 2)] * len(slots)
    assert await desk.database.pool.fetch("SELECT * FROM violation") == []
    told = await desk.database.pool.fetchval("SELECT count(*) FROM outbox WHERE type LIKE '%at_risk%'")
    assert told == len(slots)


def vial_event(desk: LedgerDesk, slot: slotting_pb2.Slot, version: int = 1, **changes: Any) -> Event:
    """What quality publishes of a vial with the slot's activity at its administration, filled at that instant."""
    vial = batch_pb2.Vial(
        name="batches/1/vials/V1",
        slot=slot.name,
        filled=type_pb2.Activity(activity_mbq=7400.0, time=slot.administration.time),
        fill_time=slot.administration.time,
        **changes,
    )
    data = quality_events.VialChanged(vial=vial, run=RUN).SerializeToString()
    event_type = "doselane.quality.vial.changed.v1"
    return Event(uuid7(), event_type, "doselane/quality", vial.name, version, desk.now, data)


async def test_a_slot_whose_vial_is_filled_moves_with_it_while_its_run_is_in_production(desk: LedgerDesk):
    await hear(desk, event(desk, "opened", 2))
    slot = await desk.ask(a_claim(desk.demand()))
    await hear(desk, event(desk, "produced", 3))
    half_life = timedelta(days=6.647)
    later = (7400.0, slot.administration.time.ToDatetime(UTC) + timedelta(hours=20))
    with pytest.raises(RunInProduction):
        await desk.ask(a_move(slot_id(slot), RUN, administration=later))
    await hear(desk, vial_event(desk, slot), vial_event(desk, slot))
    moved = await desk.ask(a_move(slot_id(slot), RUN, administration=later))
    left_mbq = 7400.0 * 2 ** (-timedelta(hours=20) / half_life)
    assert moved.administration.activity_mbq == pytest.approx(left_mbq, rel=1e-6)
    assert moved.reference_activity_kbq == slot.reference_activity_kbq
    assert await stored(desk) == (3, 10, 1)
    assert await desk.database.pool.fetch("SELECT * FROM violation") == []
    assert (await desk.events())[-1] == ("slot.moved", 2)
    await hear(desk, vial_event(desk, slot, 2, surplus_time=stamp(desk.now)), vial_event(desk, slot, 1))
    with pytest.raises(RunInProduction):
        await desk.ask(a_move(slot_id(slot), RUN, administration=(later[0], later[1] + timedelta(hours=1))))


async def test_news_of_a_vial_waits_for_who_decides_on_its_run(copies: LedgerDesk):
    """Otherwise a slot could be moved as unfilled by who has looked, after its vial was filled."""
    await hear(copies, event(copies, "opened", 2))
    slot = await copies.ask(a_claim(copies.demand()))
    async with copies.database.transaction() as connection:
        await decided(connection, a_move(slot_id(slot), RUN))
        told = asyncio.create_task(hear(copies, vial_event(copies, slot)))
        await copies.until_waiting_for_locks()
        assert await copies.database.pool.fetchval("SELECT count(*) FROM vial") == 0
    await told
    assert await copies.database.pool.fetchval("SELECT count(*) FROM vial") == 1


SHIPMENT_MESSAGES: dict[str, Any] = {
    "delivered": distribution_events.ShipmentDelivered,
    "delivery_withdrawn": distribution_events.DeliveryWithdrawn,
    "lost": distribution_events.ShipmentLost,
}


def shipment_event(desk: LedgerDesk, what: str, *slots: slotting_pb2.Slot) -> Event:
    """What distribution publishes of a shipment with the doses of these slots."""
    doses = [shipment_pb2.CarriedDose(dose=slot.name.replace("slots/", "doses/")) for slot in slots]
    loss = shipment_pb2.Loss(cause=shipment_pb2.Loss.TOO_LATE) if what == "lost" else None
    shipment = shipment_pb2.Shipment(name="shipments/1", partner=NORTHLAKE, doses=doses, loss=loss)
    data = SHIPMENT_MESSAGES[what](shipment=shipment).SerializeToString()
    event_type = f"doselane.distribution.shipment.{what}.v1"
    return Event(uuid7(), event_type, "doselane/distribution", shipment.name, 5, desk.now, data, actor="dispatcher")


async def states(desk: LedgerDesk, *slots: slotting_pb2.Slot) -> list[tuple[str, int]]:
    """State and version of these slots."""
    rows = await desk.database.pool.fetch("SELECT id, state, version FROM slot")
    found = {row["id"]: (State(row["state"]).name, row["version"]) for row in rows}
    return [found[slot_id(slot)] for slot in slots]


async def test_a_slot_follows_its_dose_and_keeps_its_place_in_the_books(desk: LedgerDesk):
    await hear(desk, event(desk, "opened", 2, allotments=[allotted(desk, HARBOR, 2)]))
    one, two, lost = [await desk.ask(a_claim(desk.demand(partner=partner))) for partner in (NORTHLAKE, HARBOR, HARBOR)]
    released = await desk.ask(a_claim(desk.demand()))
    await desk.ask(a_release(slot_id(released)))
    delivered = shipment_event(desk, "delivered", one, two, released)
    await hear(desk, delivered, delivered, shipment_event(desk, "lost", lost), shipment_event(desk, "delivered", lost))
    assert await states(desk, one, two, lost, released) == [
        ("FULFILLED", 2),
        ("FULFILLED", 2),
        ("LOST", 2),
        ("RELEASED", 2),
    ]
    with pytest.raises(SlotClosed):
        await desk.ask(a_release(slot_id(one)))
    with pytest.raises(SlotClosed):
        await desk.ask(a_release(slot_id(lost), partner=HARBOR))
    await hear(desk, shipment_event(desk, "delivery_withdrawn", one, lost, released))
    assert await states(desk, one, lost, released) == [("CONFIRMED", 3), ("LOST", 2), ("RELEASED", 2)]
    assert await stored(desk) == (2, 8, 1)
    taken = await desk.database.pool.fetchrow("SELECT size_vials, committed_vials FROM allotment")
    assert tuple(taken) == (2, 2)
    told = await desk.database.pool.fetchrow("SELECT data, partner, actor FROM outbox WHERE type LIKE '%slot.lost%'")
    said = slotting_events.SlotLost.FromString(told["data"])
    assert (said.slot.name, said.slot.state, said.cause) == (lost.name, slotting_pb2.Slot.LOST, "TOO_LATE")
    assert (said.slot.last_change.actor, told["partner"], told["actor"]) == ("", HARBOR, "dispatcher")
    assert (await desk.events())[-4:] == [
        ("slot.fulfilled", 2),
        ("slot.fulfilled", 2),
        ("slot.lost", 2),
        ("slot.fulfilment_withdrawn", 3),
    ]


async def test_a_run_that_fails_or_is_cut_after_a_delivery_leaves_what_was_delivered(desk: LedgerDesk):
    await hear(desk, event(desk, "opened", 2))
    delivered, lost, waiting = [await desk.ask(a_claim(desk.demand())) for _ in range(3)]
    await hear(desk, shipment_event(desk, "delivered", delivered), shipment_event(desk, "lost", lost))
    await hear(desk, event(desk, "produced", 3, vials=1))
    assert await stored(desk) == (3, 2, 2)
    await hear(desk, event(desk, "cancelled", 4), event(desk, "cancelled", 5))
    assert await stored(desk) == (5, 2, 2)
    assert await states(desk, delivered, lost, waiting) == [("FULFILLED", 2), ("LOST", 2), ("CONFIRMED", 2)]
    assert await desk.database.pool.fetchval("SELECT risk FROM slot WHERE id = $1", slot_id(waiting)) == Risk.RUN
