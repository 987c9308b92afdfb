"""Two ledgers on one database, as two copies of the service are: locks, not luck, keep the books right."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.kernel.errors import RequestMismatch
from services.kernel.ids import uuid7
from services.network import Capacity
from services.slotting.domain.refusals import AlreadyReleased, CapacityConflict, HoldExpired, RunFull
from tests.support import slotting_checks
from tests.support.slotting import (
    HARBOR,
    a_book,
    a_claim,
    a_confirm,
    a_cut,
    a_hold,
    a_move,
    a_release,
    a_run,
    an_allotment,
    projected,
)
from tests.support.slotting_desk import LedgerDesk, decided, slot_id


async def test_200_claimers_over_two_copies_get_exactly_what_there_is(copies: LedgerDesk):
    await slotting_checks.a_crowd_gets_what_there_is(copies)


async def test_a_retry_that_reaches_another_copy_gets_its_twins_answer(copies: LedgerDesk):
    await slotting_checks.a_retry_gets_its_twins_answer(copies)


async def test_a_request_id_in_use_elsewhere_for_another_run_is_a_mismatch(copies: LedgerDesk):
    await copies.run("runs/lu-1")
    await copies.run("runs/lu-2")
    claim = a_claim(copies.demand("runs/lu-1"))
    other = a_claim(copies.demand("runs/lu-2"), request_id=claim.request_id, body_hash=b"another")
    async with copies.database.transaction() as connection:
        await decided(connection, claim)
        second = asyncio.create_task(copies.ask(other, copy=1))
        await copies.until_waiting_for_locks()  # not for the run, but for the request id
    with pytest.raises(RequestMismatch):
        await second
    assert await copies.committed("runs/lu-2") == 0


async def test_a_confirmation_follows_a_slot_that_another_copy_is_moving(copies: LedgerDesk):
    await copies.run("runs/lu-1")
    await copies.run("runs/lu-2")
    held = await copies.ask(a_hold(copies.demand("runs/lu-1")))
    async with copies.database.transaction() as connection:
        await decided(connection, a_move(slot_id(held), "runs/lu-2"))
        confirmation = asyncio.create_task(copies.ask(a_confirm(slot_id(held)), copy=1))
        await copies.until_waiting_for_locks()
    confirmed = await confirmation
    assert (confirmed.run, confirmed.state, confirmed.etag) == ("runs/lu-2", confirmed.CONFIRMED, "v3")
    assert [sequence for _, sequence in await copies.events()] == [1, 2, 3]


async def test_two_releases_of_one_slot_give_it_back_once(copies: LedgerDesk):
    await copies.run()
    kept, slot = [await copies.ask(a_claim(copies.demand())) for _ in range(2)]
    releases = [copies.ask(a_release(slot_id(slot)), copy=copy) for copy in (0, 1)]
    answers = await asyncio.gather(*releases, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyReleased", "Slot"]
    assert any(isinstance(answer, AlreadyReleased) for answer in answers)
    assert await copies.committed() == 1
    assert kept.name != slot.name


async def test_a_cut_waits_for_a_claim_and_counts_it(copies: LedgerDesk):
    await copies.run(pool=Capacity(10**9, 2))
    claim = a_claim(copies.demand())
    async with copies.database.transaction() as connection:
        await decided(connection, claim)
        cut = asyncio.create_task(copies.copies[1].ledger.execute_one(a_cut("runs/lu-1", Capacity(0, 0))))
        await copies.until_waiting_for_locks()
    with pytest.raises(CapacityConflict) as conflict:
        await cut
    assert conflict.value.facts["slots"] == f"slots/{claim.slot_id}"


async def test_a_claim_waits_for_a_cut_and_finds_the_run_full(copies: LedgerDesk):
    await copies.run(pool=Capacity(10**9, 1))
    async with copies.database.transaction() as connection:
        await decided(connection, a_cut("runs/lu-1", Capacity(0, 0)))
        claim = asyncio.create_task(copies.ask(a_claim(copies.demand()), copy=1))
        await copies.until_waiting_for_locks()
    with pytest.raises(RunFull):
        await claim


async def test_a_confirmation_that_waits_beyond_its_holds_end_comes_too_late(copies: LedgerDesk):
    await copies.run()
    held = await copies.ask(a_hold(copies.demand()))
    async with copies.database.transaction() as connection:
        await decided(connection, a_claim(copies.demand()))
        confirmation = asyncio.create_task(copies.ask(a_confirm(slot_id(held)), copy=1))
        await copies.until_waiting_for_locks()
        await copies.ahead(timedelta(minutes=15))
    with pytest.raises(HoldExpired):
        await confirmation


async def test_moves_to_and_fro_over_two_copies_end_without_a_deadlock(copies: LedgerDesk):
    runs = ("runs/lu-1", "runs/lu-2")
    for run in runs:
        await copies.run(run, pool=Capacity(10**9, 40))
    slots = [await copies.ask(a_claim(copies.demand(runs[each % 2]))) for each in range(20)]
    for turn in range(4):
        moves = [
            copies.ask(a_move(slot_id(slot), runs[(each + turn + 1) % 2]), copy=each % 2)
            for each, slot in enumerate(slots)
        ]
        await asyncio.gather(*moves)
    assert [await copies.committed(run) for run in runs] == [10, 10]


async def test_a_hold_expires_once_whoever_notices(copies: LedgerDesk):
    await copies.run(pool=Capacity(10**9, 2))
    await copies.ask(a_hold(copies.demand()))
    await copies.ahead(timedelta(minutes=15))
    await asyncio.gather(*(copies.ask(a_claim(copies.demand()), copy=copy) for copy in (0, 1)))
    assert [event for event, _ in await copies.events()].count("slot.expired") == 1


async def test_a_new_run_that_two_copies_hear_of_at_once_is_drawn_once(copies: LedgerDesk):
    planned, opened = (projected(a_book(a_run(now=copies.now, version=version))) for version in (1, 2))
    async with copies.database.transaction() as connection:
        await decided(connection, opened)
        late = asyncio.create_task(copies.copies[1].ledger.execute([planned]))
        await copies.until_waiting_for_locks()
    await late
    assert await copies.database.pool.fetchval("SELECT version FROM run") == 2


async def test_claims_survive_a_copy_that_hears_of_the_run_for_the_first_time_in_between(copies: LedgerDesk):
    await copies.run(allotments={HARBOR: an_allotment(Capacity(10**9, 5), copies.now + timedelta(hours=5))})
    await copies.ask(a_claim(copies.demand()))
    await copies.run(version=1)
    await copies.run(version=3)
    assert await copies.committed() == 1


async def test_twins_in_one_batch_and_in_two_copies_are_one_slot(copies: LedgerDesk):
    await copies.run()
    claim = a_claim(copies.demand())
    twins = [copies.ask(replace(claim, slot_id=uuid7()), copy=each % 2) for each in range(20)]
    answers = await asyncio.gather(*twins)
    assert len({slot.name for slot in answers}) == await copies.slots() == 1
