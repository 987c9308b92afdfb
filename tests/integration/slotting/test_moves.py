"""Where slots could move, and moves in one step, over real calls and a real ledger."""

from datetime import timedelta

import pytest
from doselane.slotting.v1 import moves_pb2 as moves
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2 as types

from services.kernel.errors import Kind
from services.kernel.timestamps import instant, stamp
from services.network import Capacity
from tests.support.offers_door import a_network, begin
from tests.support.offers_world import GBQ, HARBOR, MILAN, NOON, NORTHLAKE, SITE, World, a_book, a_run, hours
from tests.support.slotting import a_cut, violations
from tests.support.slotting_door import STAFF, Door, new_id

LOST, SAFE, LATER = "runs/lu-1", "runs/lu-2", "runs/lu-3"
# Released at 14:00, handed over by 17:00, on the road at 18:00, received at 00:30.
ADMINISTRATION = NOON + hours(24 + 24)


@pytest.fixture
async def door(offers_door: Door) -> Door:
    """Three runs alike, the last of them a day later; three doses of the first, which yields one only."""
    ends = {LOST: 24, SAFE: 24, LATER: 48}
    books = [
        a_book(a_run(name, facility=MILAN, end_of_synthesis_at=NOON + hours(at), cutoff_at=NOON + hours(at - 4)), pool)
        for (name, at), pool in zip(ends.items(), (Capacity(60 * GBQ, 6),) * 3, strict=True)
    ]
    await begin(offers_door.desk, World(a_network(departures=5, windows=6, sessions=6), books))
    return offers_door


async def claimed(door: Door, run: str, number: int, by: str = NORTHLAKE) -> list[slotting.Slot]:
    demand = door.demand(
        run,
        site=SITE,
        lane="lanes/road",
        administration=types.Activity(activity_mbq=7400, time=stamp(ADMINISTRATION)),
    )
    return [
        await door.call(slotting.ClaimSlotRequest(demand=demand, request_id=new_id()), by=by) for _ in range(number)
    ]


async def with_lost(door: Door) -> list[slotting.Slot]:
    """Three doses of Northlake's that lost their run, beside two of Harbor's that stand on the other."""
    slots = await claimed(door, LOST, 3)
    await claimed(door, SAFE, 2, by=HARBOR)
    facts = {"cancel": True, "accept_conflicts": True, "base_version": 2}
    await door.desk.ledger.execute_one(a_cut(LOST, Capacity(0, 0), **facts))
    return [await door.call(slotting.GetSlotRequest(name=each.name)) for each in slots]


def a_search(slots: list[slotting.Slot], **changes: object) -> moves.SearchMovesRequest:
    return moves.SearchMovesRequest(slots=[each.name for each in slots], **changes)


def as_move(said: moves.SlotMoves, move: moves.PossibleMove, dose: int = 0) -> slotting.SlotMove:
    activity = types.Activity(activity_mbq=move.doses[dose].activity_mbq, time=move.administration_time)
    return slotting.SlotMove(
        slot=said.slot,
        etag=said.etag,
        run=move.run,
        lane=move.lane,
        site=move.site,
        administration=activity,
        departure_time=move.departure_time,
    )


async def test_lost_doses_are_told_what_is_free_and_move_there_together(door: Door):
    slots = await with_lost(door)
    said = await door.call(a_search(slots, activity_fractions=[0.9]))
    first = said.slot_moves[0].moves[0]
    for slot, each in zip(slots, said.slot_moves, strict=True):
        assert (each.slot, each.etag, each.partner) == (slot.name, slot.etag, slot.partner)
        assert (each.product, each.run, each.site) == (slot.product, slot.run, slot.site)
        assert each.administration == slot.administration
    assert {(each.run, instant(each.departure_time, "")) for each in said.slot_moves[1].moves} == {
        (SAFE, NOON + hours(30)),
        (SAFE, NOON + hours(54)),
        (LATER, NOON + hours(54)),
    }
    (room,) = [each for each in said.run_rooms if each.run == SAFE]
    assert (room.partner, room.pool_free.vials, room.allotment_free.vials) == (NORTHLAKE, 4, 0)
    assert [each.doses_free for each in said.place_rooms] == []  # three doses fit wherever five do
    together = slotting.BatchMoveSlotsRequest(
        moves=[as_move(each, each.moves[0]) for each in said.slot_moves], request_id=new_id(), reason="rescue"
    )
    moved = await door.call(together)
    assert [(each.name, each.run, each.at_risk) for each in moved.slots] == [(each.name, SAFE, False) for each in slots]
    assert moved.slots[0].reference_activity_kbq == first.doses[0].reference_activity_kbq
    assert await door.call(together) == moved
    assert await door.desk.committed(SAFE) == 5
    assert (await door.desk.events())[-3:] == [("slot.moved", 3)] * 3


async def test_when_one_is_refused_all_stay_and_a_later_try_succeeds(door: Door):
    slots = await with_lost(door)
    said = await door.call(a_search(slots))
    await claimed(door, SAFE, 2, by=HARBOR)
    together = [as_move(each, each.moves[0]) for each in said.slot_moves]
    refusal = await door.refusal(slotting.BatchMoveSlotsRequest(moves=together, request_id=new_id()))
    assert (refusal.kind, refusal.reason) == (Kind.REFUSED, "DEPARTURE_FULL")
    stale = [together[0], slotting.SlotMove(slot=slots[1].name, etag="v1", run=SAFE)]
    assert (await door.refusal(slotting.BatchMoveSlotsRequest(moves=stale, request_id=new_id()))).reason == "STALE"
    for each in slots:
        assert (await door.call(slotting.GetSlotRequest(name=each.name))).etag == each.etag
    said = await door.call(a_search(slots))
    assert {each.doses_free for each in said.place_rooms} == {1, 2}  # of the day's departure one place, two windows'
    mixed = [*said.slot_moves[0].moves[:1], *(each.moves[-1] for each in said.slot_moves[1:])]
    again = [as_move(each, move) for each, move in zip(said.slot_moves, mixed, strict=True)]
    moved = await door.call(slotting.BatchMoveSlotsRequest(moves=again, request_id=new_id()))
    assert [each.run for each in moved.slots] == [SAFE, LATER, LATER]
    assert await violations(door.desk.database.pool) == []


async def test_what_is_anothers_is_unknown_and_staff_move_for_whoever_it_is(door: Door):
    northlakes, (harbors,) = await claimed(door, LOST, 1), await claimed(door, SAFE, 1, by=HARBOR)
    pair = [*northlakes, harbors]
    request = slotting.BatchMoveSlotsRequest(
        moves=[slotting.SlotMove(slot=each.name, run=SAFE) for each in pair], request_id=new_id()
    )
    for asked in (a_search(pair), request):
        refusal = await door.refusal(asked)
        assert (refusal.reason, refusal.facts["slot"]) == ("SLOT_UNKNOWN", harbors.name)
    said = await door.call(a_search(pair), by=STAFF)
    assert [each.partner for each in said.slot_moves] == [NORTHLAKE, HARBOR]
    request.request_id = new_id()
    assert len((await door.call(request, by=STAFF)).slots) == 2


async def test_a_search_changes_nothing(door: Door):
    slots, pool = await with_lost(door), door.desk.database.pool
    tables = ("slot", "run", "allotment", "place", "request", "outbox", "standby")
    state = " UNION ALL ".join(f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {each} t" for each in tables)
    before = await pool.fetch(state)
    assert (await door.call(a_search(slots, other_sites=True, delay_minutes_max=3000))).slot_moves
    assert await pool.fetch(state) == before


async def test_what_is_wrong_with_a_search_is_named(door: Door):
    (slot,) = await claimed(door, LOST, 1)
    for wrong, field in (
        ({"slots": []}, "slots"),
        ({"slots": [slot.name, slot.name]}, "slots"),
        ({"slots": [slot.name], "delay_minutes_max": -1}, "delay_minutes_max"),
        ({"slots": [slot.name], "activity_fractions": [1.1]}, "activity_fractions[0]"),
    ):
        refusal = await door.refusal(moves.SearchMovesRequest(**wrong))
        assert (refusal.kind, refusal.facts["field"]) == (Kind.INVALID, field)
    late = await door.call(a_search([slot], delay_minutes_max=0))
    assert {instant(each.administration_time, "") for each in late.slot_moves[0].moves} == {ADMINISTRATION}
    await door.desk.ahead(timedelta(hours=24))
    assert (await door.call(a_search([slot]))).slot_moves[0].reason == "CUTOFF_PASSED"
