"""Each changing call over real gRPC with real tokens: what it does, once however often it is asked."""

import math
from datetime import timedelta

from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2 as types

from services.kernel.timestamps import stamp
from services.network import Capacity
from tests.support.slotting import HARBOR, LANE, NORTHLAKE, SITE
from tests.support.slotting_door import STAFF, Door, new_id, status_behind
from tests.support.slotting_network import an_event, hear


def capacity(kbq: int, vials: int) -> types.Capacity:
    return types.Capacity(reference_activity_kbq=kbq, vials=vials)


async def test_a_slot_is_held_confirmed_moved_and_released(door: Door):
    await door.desk.run("runs/lu-1")
    await door.desk.run("runs/lu-2")
    held = await door.call(door.hold())
    assert (held.state, held.etag, held.partner) == (slotting.Slot.HELD, "v1", NORTHLAKE)
    assert held.hold_until_time.ToDatetime() - held.create_time.ToDatetime() == timedelta(minutes=15)
    confirm = slotting.ConfirmSlotRequest(name=held.name, etag="v1", request_id=new_id(), reason="order is final")
    confirmed = await door.call(confirm)
    assert (confirmed.state, confirmed.last_change.reason) == (slotting.Slot.CONFIRMED, "order is final")
    assert confirmed.last_change.actor == "northlake-orchestrator"
    moved = await door.call(slotting.MoveSlotRequest(name=held.name, run="runs/lu-2", request_id=new_id()))
    assert (moved.run, moved.etag) == ("runs/lu-2", "v3")
    released = await door.call(slotting.ReleaseSlotRequest(name=held.name, etag="v3", request_id=new_id()))
    assert released.state == slotting.Slot.RELEASED
    assert await door.call(slotting.GetSlotRequest(name=held.name)) == released


async def test_a_claim_says_everything_that_was_asked_and_what_it_takes(door: Door):
    await door.desk.run()
    claim = door.claim(lane=LANE)
    slot = await door.call(claim)
    assert (slot.run, slot.site, slot.lane, slot.administration) == (
        "runs/lu-1",
        SITE,
        LANE,
        claim.demand.administration,
    )
    assert (slot.order_reference, slot.patient_reference, slot.at_risk) == ("NL-1001", "p-77", False)
    assert slot.reference_activity_kbq > 7400_000


async def test_a_repeated_call_gets_the_same_answer_even_after_the_slot_went_on(door: Door):
    await door.desk.run()
    claim = door.claim()
    first = await door.call(claim)
    await door.call(slotting.ReleaseSlotRequest(name=first.name, request_id=new_id()))
    assert await door.call(claim) == first
    claim.reason = "another body"
    assert (await door.refusal(claim)).reason == "REQUEST_MISMATCH"


async def test_a_repetition_is_known_however_its_id_is_spelled(door: Door):
    await door.desk.run()
    claim = door.claim()
    plain, first = claim.request_id, await door.call(claim)
    for spelled in (plain.upper(), f"{{{plain}}}", f"urn:uuid:{plain}", plain.replace("-", "")):
        claim.request_id = spelled
        assert await door.call(claim) == first
    assert await door.call(slotting.GetSlotRequest(name=first.name.upper().replace("SLOTS", "slots"))) == first
    claim.request_id = "00000000-0000-0000-0000-000000000000"
    assert (await door.refusal(claim)).facts["field"] == "request_id"


async def test_a_batch_has_an_outcome_for_each_claim_with_the_details_of_the_single_call(door: Door):
    await door.desk.run("runs/lu-1", pool=Capacity(10**9, 1))
    await door.desk.run("runs/lu-2")
    good = door.claim()
    mismatch = door.claim("runs/lu-2", request_id=good.request_id)
    nan = types.Activity(activity_mbq=math.nan, time=stamp(door.desk.now))
    wrong = [
        door.claim(),  # full by then
        mismatch,
        door.claim("runs/none"),
        door.claim("runs/lu-2", administration=nan),
        door.claim("runs/lu-2", partner=HARBOR),
        door.claim("runs/lu-2", site="sites/none"),
        door.claim("runs/lu-2", lane="lanes/none"),
        door.claim("runs/lu-2", request_id="not-a-uuid"),
        door.claim("not a run"),
    ]
    batch = slotting.BatchClaimSlotsRequest(requests=[good, *wrong, good, door.claim("runs/lu-2")])
    results = (await door.call(batch)).results
    first, *refused, twin, last = results
    assert first.slot.run == "runs/lu-1"
    assert twin.slot == first.slot
    assert last.slot.run == "runs/lu-2"
    for claim, result in zip(wrong, refused, strict=True):
        assert result.error == status_behind(await door.refusal(claim))
    assert await door.desk.slots() == 2


async def test_a_batch_repeats_the_answers_of_single_calls(door: Door):
    await door.desk.run()
    claim = door.claim()
    slot = await door.call(claim)
    (result,) = (await door.call(slotting.BatchClaimSlotsRequest(requests=[claim]))).results
    assert result.slot == slot


async def test_a_batch_holds_1_to_256_claims(door: Door):
    await door.desk.run(pool=Capacity(10**12, 1000))
    claims = [door.claim() for _ in range(257)]
    assert (await door.refusal(slotting.BatchClaimSlotsRequest(requests=claims))).facts["field"] == "requests"
    results = (await door.call(slotting.BatchClaimSlotsRequest(requests=claims[:256]))).results
    assert len({result.slot.name for result in results}) == 256


async def test_staff_cut_a_run_and_may_look_first(door: Door):
    await door.desk.run(pool=Capacity(10**9, 2))
    slots = [await door.call(door.claim()) for _ in range(2)]
    cut = slotting.CutRunCapacityRequest(
        run="runs/lu-1", pledged=capacity(10**9, 1), base_version=2, request_id=new_id()
    )
    refusal = await door.refusal(cut, by=STAFF)
    assert (refusal.reason, refusal.facts["slots"]) == ("CAPACITY_CONFLICT", slots[1].name)
    cut.validate_only = True
    foreseen = await door.call(cut, by=STAFF)
    assert (list(foreseen.conflicting_slots), foreseen.version) == ([slots[1].name], 2)
    cut.validate_only, cut.accept_conflicts = False, True
    done = await door.call(cut, by=STAFF)
    assert (list(done.conflicting_slots), done.version) == ([slots[1].name], 3)
    assert await door.call(cut, by=STAFF) == done
    assert (await door.call(slotting.GetSlotRequest(name=slots[1].name))).at_risk


async def test_a_centre_and_a_lane_are_known_from_the_next_claim_on(door: Door):
    await door.desk.run()
    site, lane = "sites/new-clinic", "lanes/to-new-clinic"
    wanted = door.claim(site=site, lane=lane)
    assert (await door.refusal(wanted)).reason == "SITE_UNKNOWN"
    far = stamp(door.desk.now + timedelta(days=30))
    licence = resources_pb2.Licence(nuclide=types.NUCLIDE_LU_177, activity_max_mbq=9000, valid_until_time=far)
    centre = resources_pb2.Site(name=site, partners=[NORTHLAKE], licences=[licence])
    await hear(door.desk, an_event(resources_pb2.Resource(site=centre), 1, "created"))
    assert (await door.refusal(wanted)).reason == "LANE_NOT_VALID"
    way = resources_pb2.Lane(name=lane, site=site, dispatch_minutes=60, transit_minutes=60, valid_until_time=far)
    await hear(door.desk, an_event(resources_pb2.Resource(lane=way), 1, "created"))
    assert (await door.call(wanted)).lane == lane
    centre.licences[0].activity_max_mbq = 7399
    await hear(door.desk, an_event(resources_pb2.Resource(site=centre), 2))
    assert (await door.refusal(door.claim(site=site, lane=lane))).reason == "SITE_LICENCE"
