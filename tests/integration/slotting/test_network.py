"""Master data as the ledger hears of it: what it takes from promised slots it says in the same transaction."""

import asyncio
from datetime import UTC, time, timedelta
from typing import Any

import pytest
from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import events_pb2
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2

from services.kernel.bus.memory import MemoryBus
from services.kernel.errors import GatewayError
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.inbox import Consumer
from services.slotting.usecases import take_over
from tests.integration.slotting.test_reservations import RESERVED, taken
from tests.support.slotting import HARBOR, LANE, NORTHLAKE, SITE, a_claim, a_confirm, a_hold, a_move, a_release
from tests.support.slotting_desk import LedgerDesk, decided, slot_id
from tests.support.slotting_door import STAFF, Door
from tests.support.slotting_network import (
    ALL_DAY,
    FACILITY,
    a_facility_resource,
    a_lane_resource,
    a_product_resource,
    a_revise,
    a_site_resource,
    an_event,
    counted,
    departure,
    hear,
    places,
    travelling,
    weekly,
)

RISK = slotting.Slot.Risk


async def slots_of(desk: LedgerDesk, number: int, **demand: Any) -> list[slotting.Slot]:
    return [await desk.ask(a_claim(travelling(desk, **demand))) for _ in range(number)]


async def risks(desk: LedgerDesk) -> list[int]:
    """The risk of each slot, oldest first."""
    return [row["risk"] for row in await desk.database.pool.fetch("SELECT risk FROM slot ORDER BY id")]


def one_lane(desk: LedgerDesk, places_each: int = 37, **changes: Any) -> resources_pb2.Resource:
    leaving = [departure(time(8), places_each), departure(time(20), places_each)]
    return a_lane_resource(desk.now, **{"departures": leaving, **changes})


async def conflicts(desk: LedgerDesk) -> list[tuple[str, int, events_pb2.NetworkConflicted]]:
    rows = await desk.database.pool.fetch(
        "SELECT subject, sequence, partner, data FROM outbox WHERE type = $1 ORDER BY seq",
        "doselane.slotting.network.conflicted.v1",
    )
    assert {row["partner"] for row in rows} <= {""}
    return [(row["subject"], row["sequence"], events_pb2.NetworkConflicted.FromString(row["data"])) for row in rows]


async def test_a_departure_that_shrinks_displaces_the_newest_and_says_so_in_the_same_transaction(desk: LedgerDesk):
    await counted(desk)
    slots = await slots_of(desk, 4)
    await hear(desk, an_event(one_lane(desk, 2), 3))
    assert await risks(desk) == [0, 0, RISK.DEPARTURE, RISK.DEPARTURE]
    ((subject, sequence, message),) = await conflicts(desk)
    assert (subject, sequence) == (f"ledger/{LANE}", 1)
    assert (message.resource, message.resource_version) == (LANE, 3)
    named = [(each.slot, each.risk) for each in message.slots]
    assert named == [(slot.name, RISK.DEPARTURE) for slot in slots[2:]]
    assert [event for event, _ in await desk.events()][-3:] == ["slot.at_risk", "slot.at_risk", "network.conflicted"]
    row = await desk.database.pool.fetchrow(
        "SELECT data, partner, actor, reason FROM outbox WHERE type LIKE '%at_risk%' ORDER BY seq LIMIT 1"
    )
    assert (row["partner"], row["actor"], row["reason"]) == (NORTHLAKE, "planner", "new timetable")
    assert events_pb2.SlotAtRisk.FromString(row["data"]).slot.risk == RISK.DEPARTURE
    assert await taken(desk) == {"departures": 2, "qcSessions": 4, "windows": 4}


async def test_conflicts_of_a_resource_are_numbered_without_a_gap(desk: LedgerDesk):
    await counted(desk)
    await slots_of(desk, 4)
    for version, size in ((3, 3), (4, 3), (5, 1)):
        await hear(desk, an_event(one_lane(desk, size), version))
    assert [(sequence, len(message.slots)) for _, sequence, message in await conflicts(desk)] == [(1, 1), (2, 2)]


async def test_older_versions_and_repetitions_change_nothing(desk: LedgerDesk):
    await counted(desk)
    await slots_of(desk, 2)
    shrunk = an_event(one_lane(desk, 1), 5)
    await hear(desk, shrunk, an_event(one_lane(desk), 4), an_event(one_lane(desk), 4, "deleted"), shrunk)
    assert await risks(desk) == [0, RISK.DEPARTURE]
    assert len(await conflicts(desk)) == 1
    assert await desk.database.pool.fetchval("SELECT version FROM network WHERE name = $1", LANE) == 5


async def test_a_deleted_resource_stays_deleted_when_an_older_version_comes_late(desk: LedgerDesk):
    await counted(desk)
    await hear(desk, an_event(one_lane(desk), 9, "deleted"), an_event(one_lane(desk), 8))
    with pytest.raises(GatewayError) as said:
        await desk.ask(a_claim(travelling(desk)))
    assert said.value.reason == "LANE_NOT_VALID"


async def test_a_slot_at_risk_is_rescued_by_a_move_to_another_departure(desk: LedgerDesk):
    await counted(desk)
    (slot,) = await slots_of(desk, 1)
    at = slot.departure_time.ToDatetime(tzinfo=UTC)
    await hear(desk, an_event(one_lane(desk, departures=[departure((at + timedelta(hours=1)).time(), 5)]), 3))
    assert await risks(desk) == [RISK.DEPARTURE]
    saved = await desk.ask(a_move(slot_id(slot), "runs/lu-1"))
    assert (saved.at_risk, saved.risk, saved.lane) == (False, RISK.RISK_UNSPECIFIED, LANE)
    assert saved.departure_time.ToDatetime(tzinfo=UTC) == at + timedelta(hours=1)
    assert await taken(desk) == dict.fromkeys(RESERVED, 1)


async def test_a_held_slot_at_risk_can_not_be_confirmed(desk: LedgerDesk):
    await counted(desk)
    held = await desk.ask(a_hold(travelling(desk)))
    await hear(desk, an_event(one_lane(desk), 3, "deleted"))
    with pytest.raises(GatewayError) as said:
        await desk.ask(a_confirm(slot_id(held)))
    assert (said.value.reason, said.value.facts["risk"]) == ("SLOT_AT_RISK", "DEPARTURE")


async def test_a_hold_that_ran_out_is_expired_and_not_at_risk(desk: LedgerDesk):
    await counted(desk)
    await desk.ask(a_hold(travelling(desk)))
    await desk.ahead(timedelta(minutes=15))
    await hear(desk, an_event(one_lane(desk), 3, "deleted"))
    assert [event for event, _ in await desk.events()] == ["slot.held", "slot.expired"]
    assert await taken(desk) == {}


async def test_a_place_that_grows_again_takes_claims_again(desk: LedgerDesk):
    await counted(desk, departures=1)
    first, second = await slots_of(desk, 2)
    assert first.departure_time != second.departure_time
    demand = travelling(desk, departure_at=first.departure_time.ToDatetime(tzinfo=UTC))
    with pytest.raises(GatewayError):
        await desk.ask(a_claim(demand))
    await hear(desk, an_event(one_lane(desk, 2), 3))
    assert (await desk.ask(a_claim(demand))).departure_time == first.departure_time


async def test_a_place_keeps_the_size_that_is_promised_of_it_until_that_is_given_back(desk: LedgerDesk):
    await counted(desk)
    (slot,) = await slots_of(desk, 1)
    await desk.ahead(slot.departure_time.ToDatetime(tzinfo=UTC) - desk.now)
    await hear(desk, an_event(one_lane(desk), 3, "deleted"))
    assert await risks(desk) == [0]
    assert await taken(desk) == dict.fromkeys(RESERVED, 1)


async def test_slots_of_other_centres_and_runs_are_left_alone(desk: LedgerDesk):
    other, road = "sites/bayview", "lanes/bayview-road"
    await counted(desk)
    await hear(
        desk,
        an_event(a_site_resource(desk.now, name=other), 1, "created"),
        an_event(a_lane_resource(desk.now, name=road, site=other), 1, "created"),
    )
    await desk.ask(a_claim(desk.demand(site=other, lane=road)))
    await slots_of(desk, 1)
    await hear(desk, an_event(a_site_resource(desk.now), 3, "deleted"))
    assert await risks(desk) == [0, RISK.LICENCE]


async def test_a_new_version_of_a_product_is_asked_of_the_slots_that_were_promised_before(desk: LedgerDesk):
    await counted(desk)
    await slots_of(desk, 1)
    await slots_of(desk, 1, partner=HARBOR)
    await hear(desk, an_event(a_product_resource(partners=[NORTHLAKE]), 2, "updated"))
    assert await risks(desk) == [0, RISK.PRODUCT]
    with pytest.raises(GatewayError) as said:
        await desk.ask(a_claim(travelling(desk, partner=HARBOR)))
    assert said.value.reason == "RUN_UNKNOWN"


async def test_a_resource_that_cannot_be_read_is_parked_and_what_follows_goes_on(desk: LedgerDesk):
    consumer = Consumer(MemoryBus(), desk.database, "slotting-network", ["doselane.masterdata"], take_over)
    nowhere = an_event(a_site_resource(desk.now, time_zone="Nowhere/Land"), 7)
    await consumer.handle([nowhere, an_event(a_site_resource(desk.now, name="sites/good"), 1, "created")])
    known = await desk.database.pool.fetch("SELECT name, version FROM network WHERE kind = 'site'")
    assert {row["name"]: row["version"] for row in known} == {SITE: 1, "sites/good": 1}
    assert await desk.database.pool.fetchval("SELECT count(*) FROM parked") == 1


async def test_lines_and_unknown_events_do_not_concern_the_ledger(desk: LedgerDesk):
    line = resources_pb2.Resource(line=resources_pb2.Line(name=f"{FACILITY}/lines/1"))
    admired = an_event(one_lane(desk), 7)
    await hear(desk, an_event(line, 1, "created"), _renamed(admired, "doselane.masterdata.resource.admired.v1"))
    assert await desk.database.pool.fetchval("SELECT max(version) FROM network") == 1


def _renamed(event: Event, event_type: str) -> Event:
    return Event(uuid7(), event_type, event.source, event.subject, event.sequence, event.time, event.data)


async def test_agreements_are_kept_for_whoever_ranks_by_them(desk: LedgerDesk):
    agreement = resources_pb2.Agreement(name="agreements/n", partner=NORTHLAKE, standby_priority=3)
    await hear(desk, an_event(resources_pb2.Resource(agreement=agreement), 1, "created"))
    row = await desk.database.pool.fetchrow("SELECT kind, document, deleted FROM network WHERE name = 'agreements/n'")
    assert (row["kind"], row["deleted"]) == ("agreement", False)
    assert resources_pb2.Agreement.FromString(row["document"]) == agreement


async def test_a_change_waits_for_the_batches_that_size_places_by_the_old_one(desk: LedgerDesk):
    await counted(desk)
    async with desk.database.transaction() as connection:
        await decided(connection, a_claim(travelling(desk)))
        change = asyncio.create_task(hear(desk, an_event(one_lane(desk, 1, departures=[departure(time(3), 1)]), 3)))
        await desk.until_waiting_for_locks()
        assert not change.done()
    await change
    assert await risks(desk) == [RISK.DEPARTURE]


async def test_a_claim_that_comes_while_the_network_changes_is_judged_by_the_new_one(desk: LedgerDesk):
    await counted(desk)
    async with desk.database.transaction() as connection:
        await take_over(connection, an_event(one_lane(desk), 3, "deleted"))
        claim = asyncio.create_task(desk.ask(a_claim(travelling(desk))))
        await desk.until_waiting_for_locks()
    with pytest.raises(GatewayError) as said:
        await claim
    assert said.value.reason == "LANE_NOT_VALID"


async def test_claims_and_changes_at_once_never_overbook_and_never_deadlock(copies: LedgerDesk):
    await counted(copies, "runs/lu-1", "runs/lu-2")

    async def change() -> None:
        for version in range(3, 15):
            await copies.ledger.execute([a_revise(one_lane(copies, 1 + version % 5), version)])

    async def claim(run: str, copy: int) -> None:
        for _ in range(15):
            try:
                slot = await copies.ask(a_claim(travelling(copies, run=run)), copy=copy)
                await copies.ask(a_release(slot_id(slot)), copy=copy)
            except GatewayError as refusal:
                assert refusal.reason in {"DEPARTURE_FULL", "SLOT_AT_RISK"}

    claimers = [claim(f"runs/lu-{1 + each % 2}", each % 2) for each in range(12)]
    await asyncio.gather(change(), *claimers)
    assert all(committed <= size for committed, size in (await places(copies)).values())


# The preview


def previewed(*changed: resources_pb2.Resource, deleted: tuple[str, ...] = ()) -> slotting.PreviewNetworkChangeRequest:
    return slotting.PreviewNetworkChangeRequest(changed=changed, deleted=deleted)


async def test_a_preview_names_the_slots_that_the_change_would_put_at_risk_and_changes_nothing(door: Door):
    desk = door.desk
    await counted(desk)
    slots = await slots_of(desk, 3)
    answer = await door.call(previewed(one_lane(desk, 1)), by=STAFF)
    assert [(each.slot, each.risk) for each in answer.slots] == [(slot.name, RISK.DEPARTURE) for slot in slots[1:]]
    assert await risks(desk) == [0, 0, 0]
    await hear(desk, an_event(one_lane(desk, 1), 3))
    ((_, _, message),) = await conflicts(desk)
    assert message.slots == answer.slots


async def test_a_preview_takes_several_changes_and_deletions_together(door: Door):
    desk = door.desk
    await counted(desk)
    slots = await slots_of(desk, 2)
    closed = a_facility_resource(qc_sessions=[weekly(time(3), time(3, 1), 1)])
    answer = await door.call(previewed(closed, deleted=(SITE, LANE, "lanes/none")), by=STAFF)
    assert [(each.slot, each.risk) for each in answer.slots] == [(slot.name, RISK.LICENCE) for slot in slots]
    everything = (await door.call(previewed(), by=STAFF)).slots
    assert list(everything) == []


async def test_a_preview_of_growing_places_and_of_what_does_not_matter_names_nobody(door: Door):
    desk = door.desk
    await counted(desk)
    await slots_of(desk, 2)
    yields = type_pb2.Capacity(reference_activity_kbq=10**9, vials=20)
    line = resources_pb2.Resource(
        line=resources_pb2.Line(name=f"{FACILITY}/lines/1", run_minutes=240, run_capacity=yields)
    )
    site = a_site_resource(desk.now, weekly_windows=[weekly(*ALL_DAY, 2000)])
    assert list((await door.call(previewed(one_lane(desk, 99), site, line), by=STAFF)).slots) == []


async def test_a_preview_of_what_cannot_be_read_says_which(door: Door):
    nowhere = a_site_resource(door.desk.now, time_zone="Nowhere/Land")
    refusal = await door.refusal(previewed(a_product_resource(), nowhere), by=STAFF)
    assert (refusal.reason, refusal.facts["field"]) == ("INVALID_ARGUMENT", "changed[1]")


async def test_only_staff_preview(door: Door):
    token = door.issuer.token(NORTHLAKE, ("masterdata.write", "slotting.read"))
    assert (await door.refusal(previewed(), token=token)).kind == "DENIED"


async def test_a_claim_over_the_wire_says_its_journey(door: Door):
    await counted(door.desk)
    slot = await door.call(door.claim(lane=LANE))
    assert slot.product == "products/psma-lu177"
    assert slot.delivery_time.ToDatetime() - slot.departure_time.ToDatetime() == timedelta(hours=6)
