"""The one flusher of a process: queues that are full, callers that leave, connections that break, an orderly end."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from services.kernel.db import Database
from services.kernel.errors import Busy, Unavailable
from services.network import Capacity
from services.slotting.domain import Settle
from services.slotting.main import sweep
from services.slotting.usecases import Ledger
from tests.support.slotting import a_claim, a_hold
from tests.support.slotting_desk import PATIENCE_S, LedgerDesk, a_desk, decided
from tests.support.slotting_wire import a_wire

FLUSHER = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

CUT_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


async def until(desk: LedgerDesk, query: str, wanted: object) -> None:
    """Wait until the query answers so."""
    async with asyncio.timeout(PATIENCE_S):
        while await desk.database.pool.fetchval(query) != wanted:
            await asyncio.sleep(0.01)


async def test_one_call_too_many_is_refused_with_nothing_begun(dsn: str):
    async with a_desk(dsn, queue_max=2) as desk:
        await desk.run()
        async with desk.database.transaction() as connection:
            await decided(connection, a_claim(desk.demand()))
            flushed = asyncio.create_task(desk.ask(a_claim(desk.demand())))
            await desk.until_waiting_for_locks()
            waiting = [asyncio.create_task(desk.ask(a_claim(desk.demand()))) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(Busy) as full:
                await desk.ask(a_claim(desk.demand()))
        assert (full.value.reason, full.value.facts) == ("QUEUE_FULL", {"waiting": "2", "retry_after_ms": "100"})
        await asyncio.gather(flushed, *waiting)
        assert await desk.slots() == 4


async def test_a_call_whose_deadline_passed_in_the_queue_is_not_begun(desk: LedgerDesk):
    await desk.run()
    with pytest.raises(Unavailable, match="deadline passed"):
        await desk.ledger.execute_one(a_claim(desk.demand()), deadline_s=asyncio.get_running_loop().time())
    assert await desk.slots() == 0


async def test_a_caller_who_leaves_the_queue_gets_no_slot(desk: LedgerDesk):
    await desk.run()
    async with desk.database.transaction() as connection:
        await decided(connection, a_claim(desk.demand()))
        flushed = asyncio.create_task(desk.ask(a_claim(desk.demand())))
        await desk.until_waiting_for_locks()
        left, stays = (asyncio.create_task(desk.ask(a_claim(desk.demand()))) for _ in range(2))
        await asyncio.sleep(0)
        left.cancel()
    await asyncio.gather(flushed, stays)
    assert await desk.slots() == 3


async def test_a_caller_who_leaves_while_the_claim_is_decided_finds_it_when_he_asks_again(desk: LedgerDesk):
    await desk.run()
    claim = a_claim(desk.demand())
    async with desk.database.transaction() as connection:
        await decided(connection, a_claim(desk.demand()))
        impatient = asyncio.create_task(desk.ask(claim))
        await desk.until_waiting_for_locks()
        impatient.cancel()
    await until(desk, "SELECT count(*) FROM slot", 2)
    again = await desk.ask(claim)
    assert again.name == f"slots/{claim.slot_id}"
    assert await desk.slots() == 2


async def test_a_lost_connection_is_replaced_and_the_batch_is_decided_once(desk: LedgerDesk):
    await desk.run()
    async with desk.database.transaction() as connection:
        await decided(connection, a_claim(desk.demand()))
        claim = asyncio.create_task(desk.ask(a_claim(desk.demand())))
        await desk.until_waiting_for_locks()
        await connection.execute("SELECT pg_terminate_backend(pid) FROM (" + FLUSHER + ") waiting")
    assert (await claim).state == 2
    assert await desk.slots() == len(await desk.events()) == 2


async def test_a_connection_that_was_cut_while_nothing_waited_is_replaced(desk: LedgerDesk):
    await desk.run()
    await desk.ask(a_claim(desk.demand()))
    async with desk.database.pool.acquire() as connection:
        await connection.execute(CUT_OTHERS)
        await connection.execute("SELECT")  # by now this process has heard of their end
        assert (await desk.ask(a_claim(desk.demand()))).state == 2
    assert await desk.slots() == 2


async def test_a_claim_whose_commit_was_not_heard_of_is_not_made_again(dsn: str):
    async with a_wire(dsn) as wire, a_desk(wire.dsn) as desk:
        await desk.run()
        wire.cut_after = b"COMMIT"
        slot = await desk.ask(a_claim(desk.demand()))
        assert wire.cuts == 1
        assert slot.etag == "v1"
        assert await desk.slots() == len(await desk.events()) == await desk.committed() == 1


async def test_while_the_database_is_away_calls_are_told_so_and_later_ones_succeed(dsn: str):
    async with a_wire(dsn) as wire, a_desk(wire.dsn) as desk:
        await desk.run()
        wire.cut()
        with pytest.raises(Unavailable, match="away for now") as away:
            await desk.ask(a_claim(desk.demand()))
        assert away.value.facts == {"retry_after_ms": "500"}
        await wire.start()
        assert (await desk.ask(a_claim(desk.demand()))).etag == "v1"
        assert await desk.slots() == 1


async def test_what_cannot_be_stored_spoils_none_of_a_large_batch(desk: LedgerDesk):
    await desk.run(pool=Capacity(10**12, 1000))
    claims = [a_claim(desk.demand()) for _ in range(150)]
    # What PostgreSQL cannot hold, what the driver cannot send, and what the rules cannot work with.
    claims[70] = a_claim(desk.demand(patient_reference="nul\x00"))
    claims[110] = a_claim(desk.demand(), body_hash="no bytes")
    claims[140] = a_claim(desk.demand(activity_mbq="many"))
    answers = await asyncio.gather(*(desk.ledger.execute_one(claim) for claim in claims), return_exceptions=True)
    assert [place for place, answer in enumerate(answers) if isinstance(answer, Exception)] == [70, 110, 140]
    assert not any(isinstance(answer, Unavailable) for answer in answers)
    assert await desk.slots() == 147


async def test_stopping_answers_the_batch_in_hand_and_who_waits_and_who_comes_later(dsn: str):
    async with a_desk(dsn, copies=2) as desk:
        await desk.run()
        async with desk.database.transaction() as connection:
            await decided(connection, a_claim(desk.demand()))
            in_hand = asyncio.create_task(desk.ask(a_claim(desk.demand()), copy=1))
            await desk.until_waiting_for_locks()
            waiting = asyncio.create_task(desk.ask(a_claim(desk.demand()), copy=1))
            await asyncio.sleep(0)
            await desk.copies[1].stop()
            for call in (in_hand, waiting, desk.ask(a_claim(desk.demand()), copy=1)):
                with pytest.raises(Unavailable, match="stopping"):
                    await call
        assert await desk.slots() == 1


async def test_a_call_without_commands_is_answered_at_once_and_harms_nobody(desk: LedgerDesk):
    assert await desk.ledger.execute([]) == []
    await desk.run()
    await desk.ask(a_claim(desk.demand()))


async def test_the_sweeper_expires_holds_that_nobody_touches(desk: LedgerDesk):
    await desk.run()
    await desk.ask(a_hold(desk.demand()))
    await desk.ahead(timedelta(minutes=15))
    sweeping = asyncio.create_task(sweep(desk.ledger, desk.database))
    await until(desk, "SELECT count(*) FROM outbox WHERE type = 'doselane.slotting.slot.expired.v1'", 1)
    assert await desk.committed() == 0
    sweeping.cancel()
    with suppress(asyncio.CancelledError):
        await sweeping


async def test_the_sweeper_outlives_a_full_queue(dsn: str, caplog: pytest.LogCaptureFixture):
    async with a_desk(dsn) as desk:
        await desk.run()
        await desk.ask(a_hold(desk.demand()))
        await desk.ahead(timedelta(minutes=15))
        database = await Database.connect(dsn, "slotting", pool_size=2)
        stuck = Ledger(database, queue_max=1)
        filler = asyncio.create_task(stuck.execute([Settle("runs/lu-1")]))
        await asyncio.sleep(0)
        sweeping = asyncio.create_task(sweep(stuck, database))
        async with asyncio.timeout(PATIENCE_S):
            while "Too many claims are waiting" not in caplog.text:
                await asyncio.sleep(0.01)
        assert not sweeping.done()
        flusher = asyncio.create_task(stuck.run())
        await filler
        await until(desk, "SELECT count(*) FROM slot WHERE state = 5", 1)
        for task in (sweeping, flusher):
            task.cancel()
        await asyncio.gather(sweeping, flusher, return_exceptions=True)
        await database.close()
