"""What must hold however many copies of the service there are. Planted bugs prove that these can fail."""

import asyncio
from dataclasses import replace

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.slotting.domain import Amount
from services.slotting.domain.refusals import RunFull
from tests.support.slotting import PARTNERS, a_claim, violations
from tests.support.slotting_desk import LedgerDesk, decided


async def a_crowd_gets_what_there_is(desk: LedgerDesk, claimers: int = 200, vials: int = 37) -> None:
    """Of so many claimers at once, spread over all copies, exactly as many win as there are vials."""
    await desk.run("runs/crowd", pool=Amount(10**9, vials))
    await desk.run("runs/door")
    # A copy's first batch prepares its statements; from then on all are equally quick, and meet.
    await asyncio.gather(*(copy.ledger.execute_one(a_claim(desk.demand("runs/door"))) for copy in desk.copies))
    asked = (a_claim(desk.demand("runs/crowd", partner=PARTNERS[each % 2])) for each in range(claimers))
    answers = await asyncio.gather(
        *(desk.ask(claim, copy=place % len(desk.copies)) for place, claim in enumerate(asked)), return_exceptions=True
    )
    won = [answer for answer in answers if not isinstance(answer, BaseException)]
    full = [answer for answer in answers if isinstance(answer, RunFull)]
    counted = f"{len(won)} won and {len(full)} were told that it is full"
    assert (len(won), len(full)) == (vials, claimers - vials), counted
    assert len({slot.name for slot in won}) == vials
    assert await violations(desk.database.pool) == []


async def a_retry_gets_its_twins_answer(desk: LedgerDesk) -> None:
    """A retry that reaches another copy while the first still decides its twin is answered alike, and not RUN_FULL."""
    await desk.run("runs/twins", pool=Amount(10**9, 1))
    claim = a_claim(desk.demand("runs/twins"))
    twin = replace(claim, slot_id=uuid7())  # a repeated call is given an id of its own before it is known as one
    async with desk.database.transaction() as connection:
        (answer,) = await decided(connection, claim)
        retry = asyncio.create_task(desk.copies[-1].ledger.execute_one(twin))
        await desk.until_waiting_for_locks()
    try:
        assert await retry == answer
    except GatewayError as refusal:
        raise AssertionError(f"a repeated claim was refused: {refusal.reason}") from refusal
    assert await desk.slots() == 1


async def a_repetition_gets_the_same_bytes(desk: LedgerDesk) -> None:
    """A claim that is asked again, later, gets the same answer; nothing happens twice."""
    await desk.run("runs/again")
    claim = a_claim(desk.demand("runs/again"))
    first = await desk.ledger.execute_one(claim)
    try:
        assert await desk.ledger.execute_one(replace(claim, slot_id=uuid7())) == first
    except GatewayError as refusal:
        raise AssertionError(f"a repeated claim was refused: {refusal.reason}") from refusal
    assert await desk.slots() == len(await desk.events()) == 1
