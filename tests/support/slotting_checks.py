"""What must hold however many copies of the service there are. Planted bugs prove that these can fail."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.network import Capacity
from services.slotting import store
from services.slotting.domain import Risk, decide
from services.slotting.domain.refusals import DepartureFull, RunFull
from tests.support.slotting import PARTNERS, a_claim, a_release, violations
from tests.support.slotting_desk import LedgerDesk, decided, slot_id
from tests.support.slotting_network import a_lane_resource, an_event, counted, departure, hear, travelling


async def a_crowd_gets_what_there_is(desk: LedgerDesk, claimers: int = 200, vials: int = 37) -> None:
    """Of so many claimers at once, spread over all copies, exactly as many win as there are vials."""
    await desk.run("runs/crowd", pool=Capacity(10**9, vials))
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
    await desk.run("runs/twins", pool=Capacity(10**9, 1))
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


async def a_crowd_gets_the_places_there_are(desk: LedgerDesk, claimers: int = 200, size: int = 37) -> None:
    """Of so many claimers at once, on many runs and over all copies, exactly as many win as a departure has places."""
    runs = [f"runs/crowd-{number}" for number in range(8)]
    at = await _first_departure(desk, runs, size)
    answers = await asyncio.gather(
        *(
            desk.ask(a_claim(travelling(desk, run=runs[each % 8], departure_at=at)), copy=each % len(desk.copies))
            for each in range(claimers)
        ),
        return_exceptions=True,
    )
    won = sum(not isinstance(answer, BaseException) for answer in answers)
    full = sum(isinstance(answer, DepartureFull) for answer in answers)
    assert (won, full) == (size, claimers - size), f"{won} won and {full} were told that it is full"
    assert await violations(desk.database.pool) == []


async def the_last_place_of_a_departure_is_given_once(desk: LedgerDesk) -> None:
    """While one copy decides to give it, another that is asked for it by way of another run waits and says no."""
    runs = ["runs/first", "runs/second"]
    at = await _first_departure(desk, runs, 1)
    claim = a_claim(travelling(desk, run=runs[0], departure_at=at))
    async with desk.database.transaction() as connection:
        page, _ = await store.load(connection, [claim])  # its places are locked, and not yet written
        second = asyncio.create_task(desk.ask(a_claim(travelling(desk, run=runs[1], departure_at=at)), copy=-1))
        waiting = asyncio.create_task(desk.until_waiting_for_locks())
        await asyncio.wait([second, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        decide(page, claim)
        await store.save(connection, page, [], [])
    (answer,) = await asyncio.gather(second, return_exceptions=True)
    assert isinstance(answer, DepartureFull), f"the second was answered: {answer}"


async def _first_departure(desk: LedgerDesk, runs: list[str], size: int) -> datetime:
    """Runs over a lane whose departures have so many places; the first departure from now on."""
    await counted(desk, *runs, departures=size)
    first = await desk.ask(a_claim(travelling(desk, run=runs[0])))
    await desk.ask(a_release(slot_id(first)))
    return first.departure_time.ToDatetime(tzinfo=UTC)


async def a_change_waits_for_who_sizes_by_the_old(desk: LedgerDesk) -> None:
    """A change of the network that comes while a batch is open puts the slots of that batch at risk too."""
    await counted(desk, "runs/lu-1")
    async with desk.database.transaction() as connection:
        await decided(connection, a_claim(travelling(desk)))
        closed = an_event(a_lane_resource(desk.now, departures=[departure(time(3), 1)]), 3)
        change = asyncio.create_task(hear(desk, closed))
        await asyncio.sleep(0)
        done, _ = await asyncio.wait([change], timeout=1.0)
    await change
    risks = await desk.database.pool.fetch("SELECT risk FROM slot")
    assert [row["risk"] for row in risks] == [Risk.DEPARTURE], "a slot was overlooked"
    assert not done, "the change did not wait"
