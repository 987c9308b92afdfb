"""Bounds that no caller can use up alone."""

import asyncio

import pytest

from services.kernel.shares import ServerFull, Shares, Turns, share_of


@pytest.mark.parametrize(("most", "share"), [(1, 1), (3, 1), (4, 1), (8, 2), (1000, 250)])
def test_a_caller_may_hold_a_quarter_and_at_least_one(most: int, share: int) -> None:
    assert share_of(most) == share


def test_a_caller_is_refused_at_its_share_and_everybody_at_the_bound() -> None:
    shares = Shares(8)
    assert [shares.enter("a") for _ in range(3)] == [True, True, False]
    assert [shares.enter(caller) for caller in "bbccdd"] == [True] * 6
    assert not shares.enter("e")
    shares.leave("a")
    assert shares.enter("e")
    assert (shares.held, shares.held_by("a"), shares.held_by("nobody")) == (8, 1, 0)


def test_amounts_are_held_as_a_whole_or_not_at_all() -> None:
    shares = Shares(100, share=60)
    assert shares.enter("a", 60)
    assert not shares.enter("b", 41)
    assert shares.enter("b", 40)
    shares.leave("a", 60)
    assert shares.held_by("a") == 0


class Desk:
    """Callers who hold a turn until they are told to let go."""

    def __init__(self, turns: Turns) -> None:
        self.turns, self.running, self.let_go = turns, [], {}

    def comes(self, caller: str) -> "asyncio.Task[None]":
        return asyncio.create_task(self._hold(caller))

    async def _hold(self, caller: str) -> None:
        async with self.turns.turn(caller):
            self.running.append(caller)
            done = self.let_go[len(self.running)] = asyncio.Event()
            await done.wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_turns_go_around_between_the_callers_and_not_by_who_shouts_most() -> None:
    desk = Desk(Turns(1, 100, 60))
    callers = ["a"] * 4 + ["b"] * 2 + ["c"]
    tasks = [desk.comes(caller) for caller in callers]
    for number in range(1, len(callers) + 1):
        await settled()
        desk.let_go[number].set()
    await asyncio.gather(*tasks)
    assert desk.running == ["a", "a", "b", "c", "a", "b", "a"]


async def test_a_caller_with_its_share_waits_while_another_runs_at_once() -> None:
    desk = Desk(Turns(8, 100, 60))
    tasks = [desk.comes("a") for _ in range(5)]
    await settled()
    assert desk.running == ["a", "a"]
    tasks.append(desk.comes("b"))
    await settled()
    assert desk.running == ["a", "a", "b"]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_who_has_no_room_to_wait_is_told_so_and_others_still_wait() -> None:
    desk = Desk(Turns(1, 8, 60))
    first = desk.comes("a")
    waiting = [desk.comes("a") for _ in range(2)]
    await settled()
    with pytest.raises(ServerFull, match="wait for their turn") as refused:
        await desk.comes("a")
    assert refused.value.facts["retry_after_ms"] == "1000"
    waiting.append(desk.comes("b"))
    await settled()
    assert desk.running == ["a"]
    assert not any(task.done() for task in waiting)
    for task in (first, *waiting):
        task.cancel()
    await asyncio.gather(first, *waiting, return_exceptions=True)


async def test_who_waits_too_long_is_told_so() -> None:
    desk = Desk(Turns(1, 8, 0.01))
    first = desk.comes("a")
    await settled()
    with pytest.raises(ServerFull, match="too long") as refused:
        await desk.comes("b")
    assert refused.value.facts["retry_after_ms"] == "2000"
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


async def test_those_who_give_up_take_no_turn_with_them() -> None:
    desk = Desk(Turns(1, 100, 60))
    first = desk.comes("a")
    given_up = [desk.comes(caller) for caller in "abab"]
    await settled()
    last = desk.comes("c")
    await settled()
    for task in given_up:
        task.cancel()
    desk.let_go[1].set()  # In the same moment, before they have noticed.
    await settled()
    assert desk.running == ["a", "c"]
    desk.let_go[2].set()
    await asyncio.gather(first, last)
    async with asyncio.timeout(60), desk.turns.turn("a"):
        pass
