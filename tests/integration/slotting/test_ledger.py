"""The ledger on a real database: promises kept under repetition, time and crowds."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from services.kernel.errors import GatewayError
from services.network import Capacity
from services.slotting.domain.refusals import (
    AlreadyConfirmed,
    AlreadyReleased,
    CapacityConflict,
    HoldExpired,
    RunFull,
    SlotStale,
    SlotUnknown,
)
from tests.support.slotting import (
    GBQ,
    HARBOR,
    NORTHLAKE,
    a_claim,
    a_confirm,
    a_cut,
    a_hold,
    a_move,
    a_release,
    an_allotment,
)
from tests.support.slotting_desk import LedgerDesk, slot_id


async def test_a_claim_is_confirmed_at_once_with_its_event(desk: LedgerDesk):
    await desk.run()
    slot = await desk.ask(a_claim(desk.demand(), reason="order NL-1001"))
    assert slot.state == slot.CONFIRMED and slot.partner == NORTHLAKE
    assert slot.last_change.reason == "order NL-1001"
    assert await desk.events() == [("slot.confirmed", 1)]


async def test_200_concurrent_claimers_on_a_run_of_k_vials_get_exactly_k(desk: LedgerDesk):
    await desk.run(pool=Capacity(10**9, 37))
    answers = await asyncio.gather(*(desk.ask(a_claim(desk.demand())) for _ in range(200)), return_exceptions=True)
    assert sum(not isinstance(answer, Exception) for answer in answers) == 37
    assert sum(isinstance(answer, RunFull) for answer in answers) == 163


async def test_a_repeated_claim_gets_the_same_answer_and_no_second_event(desk: LedgerDesk):
    await desk.run()
    claim = a_claim(desk.demand())
    first, second = await asyncio.gather(desk.ledger.execute_one(claim), desk.ledger.execute_one(claim))
    third = await desk.ledger.execute_one(claim)
    assert first == second == third
    assert len(await desk.events()) == 1


async def test_a_request_id_with_another_body_is_refused(desk: LedgerDesk):
    await desk.run()
    claim = a_claim(desk.demand())
    await desk.ask(claim)
    with pytest.raises(GatewayError, match="used before") as refusal:
        await desk.ask(a_claim(desk.demand(), request_id=claim.request_id, body_hash=b"another"))
    assert refusal.value.reason == "REQUEST_MISMATCH"


async def test_a_hold_cannot_be_confirmed_from_its_end_on_and_its_capacity_is_free(desk: LedgerDesk):
    await desk.run(pool=Capacity(10**9, 1))
    held = await desk.ask(a_hold(desk.demand()))
    with pytest.raises(RunFull):
        await desk.ask(a_claim(desk.demand()))
    await desk.ahead(timedelta(minutes=15))
    with pytest.raises(HoldExpired):
        await desk.ask(a_confirm(slot_id(held)))
    await desk.ask(a_claim(desk.demand()))
    assert await desk.events() == [("slot.held", 1), ("slot.expired", 2), ("slot.confirmed", 1)]


async def test_a_confirmed_hold_stays(desk: LedgerDesk):
    await desk.run()
    held = await desk.ask(a_hold(desk.demand()))
    confirmed = await desk.ask(a_confirm(slot_id(held), held.etag))
    assert confirmed.state == confirmed.CONFIRMED and not confirmed.HasField("hold_until_time")
    with pytest.raises(AlreadyConfirmed):
        await desk.ask(a_confirm(slot_id(held)))


async def test_a_change_of_an_older_version_is_stale(desk: LedgerDesk):
    await desk.run()
    held = await desk.ask(a_hold(desk.demand()))
    await desk.ask(a_confirm(slot_id(held)))
    with pytest.raises(SlotStale):
        await desk.ask(a_release(slot_id(held), held.etag))


async def test_released_capacity_can_be_claimed_again_at_once(desk: LedgerDesk):
    await desk.run(pool=Capacity(10**9, 1))
    slot = await desk.ask(a_claim(desk.demand()))
    await desk.ask(a_release(slot_id(slot)))
    await desk.ask(a_claim(desk.demand()))
    with pytest.raises(AlreadyReleased):
        await desk.ask(a_release(slot_id(slot)))


async def test_a_slot_of_another_partner_does_not_exist(desk: LedgerDesk):
    await desk.run()
    slot = await desk.ask(a_claim(desk.demand()))
    for command in (a_release, a_confirm):
        with pytest.raises(SlotUnknown):
            await desk.ask(command(slot_id(slot), partner=HARBOR))


async def test_a_move_takes_the_new_place_and_frees_the_old_or_changes_nothing(desk: LedgerDesk):
    await desk.run("runs/lu-1", pool=Capacity(10**9, 1))
    await desk.run("runs/lu-2", pool=Capacity(10**9, 1))
    slot = await desk.ask(a_claim(desk.demand()))
    moved = await desk.ask(a_move(slot_id(slot), "runs/lu-2"))
    assert moved.run == "runs/lu-2"
    second = await desk.ask(a_claim(desk.demand()))
    with pytest.raises(RunFull):
        await desk.ask(a_move(slot_id(second), "runs/lu-2"))
    assert (await desk.events())[1] == ("slot.moved", 2)


async def test_a_slot_can_change_its_administration_on_a_full_run(desk: LedgerDesk):
    await desk.run(pool=Capacity(10 * GBQ, 1))
    slot = await desk.ask(a_claim(desk.demand()))
    when = desk.now + timedelta(hours=30)
    moved = await desk.ask(a_move(slot_id(slot), "runs/lu-1", administration=(7400.0, when)))
    assert moved.reference_activity_kbq < slot.reference_activity_kbq


async def test_a_cut_names_the_newest_slots_and_changes_nothing_unless_conflicts_are_accepted(desk: LedgerDesk):
    await desk.run(pool=Capacity(10**9, 3))
    slots = [await desk.ask(a_claim(desk.demand())) for _ in range(3)]
    with pytest.raises(CapacityConflict) as refusal:
        await desk.ledger.execute_one(a_cut("runs/lu-1", Capacity(10**9, 1)))
    assert refusal.value.facts["slots"] == f"{slots[1].name},{slots[2].name}"
    assert len(await desk.events()) == 3
    await desk.ledger.execute_one(a_cut("runs/lu-1", Capacity(10**9, 1), accept_conflicts=True))
    assert [event for event, _ in await desk.events()][3:] == ["slot.at_risk", "slot.at_risk", "run.cut"]
    with pytest.raises(RunFull) as full:
        await desk.ask(a_claim(desk.demand()))
    assert full.value.facts["because"] == "CAPACITY_CUT"


async def test_a_slot_at_risk_is_saved_by_a_move(desk: LedgerDesk):
    await desk.run("runs/lu-1", pool=Capacity(10**9, 1))
    await desk.run("runs/lu-2", pool=Capacity(10**9, 1))
    slot = await desk.ask(a_claim(desk.demand()))
    await desk.ledger.execute_one(a_cut("runs/lu-1", Capacity(0, 0), cancel=True, accept_conflicts=True))
    moved = await desk.ask(a_move(slot_id(slot), "runs/lu-2"))
    assert not moved.at_risk and moved.run == "runs/lu-2"


async def test_an_allotment_is_released_back_by_the_clock_of_the_claim(desk: LedgerDesk):
    back_at = desk.now + timedelta(hours=2)
    allotments = {HARBOR: an_allotment(Capacity(10**9, 1), back_at)}
    await desk.run(pool=Capacity(0, 0), allotments=allotments)
    with pytest.raises(GatewayError) as before:
        await desk.ask(a_claim(desk.demand()))
    assert before.value.reason == "RUN_UNKNOWN"
    await desk.ahead(timedelta(hours=2))
    assert (await desk.ask(a_claim(desk.demand()))).run == "runs/lu-1"


async def test_a_request_that_cannot_be_stored_spoils_no_other_of_its_batch(desk: LedgerDesk):
    await desk.run()
    poison = a_claim(desk.demand(patient_reference="nul\x00"))
    good = [a_claim(desk.demand()) for _ in range(5)]
    answers = await asyncio.gather(
        *(desk.ledger.execute_one(claim) for claim in (good[0], poison, *good[1:])), return_exceptions=True
    )
    assert [isinstance(answer, bytes) for answer in answers] == [True, False, True, True, True, True]


async def test_unknown_slots_are_not_found(desk: LedgerDesk):
    with pytest.raises(SlotUnknown):
        await desk.ask(a_confirm(UUID(int=1)))
