"""Lasting work survives what passes by itself, and nothing else."""

import asyncio
import gc

import pytest

from services.kernel.signals import Signal
from services.kernel.supervise import periodically, supervise


def passes(fault: BaseException) -> bool:
    return isinstance(fault, OSError)


async def test_it_goes_on_after_faults_that_pass() -> None:
    done = asyncio.Event()
    faults = iter([ConnectionResetError(), ExceptionGroup("", [OSError(), ExceptionGroup("", [OSError()])])])

    async def work() -> None:
        if fault := next(faults, None):
            raise fault
        done.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(supervise("work", work, passes, pause_from_s=0))
    await asyncio.wait_for(done.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_fault_that_does_not_pass_ends_it() -> None:
    async def work() -> None:
        raise ExceptionGroup("", [OSError(), KeyError("mine")])

    with pytest.raises(ExceptionGroup):
        await supervise("work", work, passes, pause_from_s=0)


async def test_it_can_be_cancelled_even_when_the_work_turns_cancellation_into_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And tells that fault then, not as one of the program when the collector finds that nobody has asked for it."""
    began = asyncio.Event()

    async def fails_at_the_end() -> None:
        try:
            began.set()
            await asyncio.Event().wait()
        finally:
            raise OSError("on the way out")

    async def work() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fails_at_the_end())

    task = asyncio.create_task(supervise("work", work, passes, pause_from_s=0))
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    del task
    gc.collect()
    assert [each.getMessage() for each in caplog.records] == ["as it was cancelled: OSError('on the way out')"]


async def test_periodic_work_goes_on_after_what_passes_by_itself_and_ends_with_anything_else():
    faults, turns = [None, OSError("away"), None, ValueError("a bug")], 0

    async def turn() -> None:
        nonlocal turns
        turns += 1
        if fault := faults[turns - 1]:
            raise fault

    with pytest.raises(ValueError, match="a bug"):
        await periodically("work", 0, turn, lambda fault: isinstance(fault, OSError))
    assert turns == 4


async def test_it_pauses_before_the_first_turn_where_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[float | str] = []

    async def noted(pause_s: float) -> None:
        done.append(pause_s)
        if len(done) == 3:
            raise asyncio.CancelledError

    async def turn() -> None:
        done.append("a turn")

    monkeypatch.setattr("services.kernel.supervise.asyncio.sleep", noted)
    with pytest.raises(asyncio.CancelledError):
        await periodically("work", 7.0, turn, passes, first_s=2.0)
    assert done == [2.0, "a turn", 7.0]


async def test_a_call_in_a_pause_or_during_a_turn_is_followed_by_a_turn_at_once() -> None:
    call, turns = Signal(), 0

    async def turn() -> None:
        nonlocal turns
        turns += 1
        if turns == 1:
            call.call()
        elif turns == 2:
            asyncio.get_running_loop().call_soon(call.call)
        else:
            raise ValueError("the third turn")

    async with asyncio.timeout(60):
        with pytest.raises(ValueError, match="the third turn"):
            await periodically("work", 3600, turn, passes, sooner=call)


async def test_its_pauses_double_up_to_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def noted(pause_s: float) -> None:
        pauses.append(pause_s)
        if len(pauses) == 8:
            raise asyncio.CancelledError

    async def work() -> None:
        raise OSError

    monkeypatch.setattr("services.kernel.supervise.asyncio.sleep", noted)
    with pytest.raises(asyncio.CancelledError):
        await supervise("work", work, passes)
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


async def test_after_work_that_lasted_longer_than_any_pause_the_first_pause_is_short_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def noted(pause_s: float) -> None:
        pauses.append(pause_s)
        if len(pauses) == 3:
            raise asyncio.CancelledError

    async def work() -> None:
        raise OSError

    monkeypatch.setattr("services.kernel.supervise.asyncio.sleep", noted)
    with pytest.raises(asyncio.CancelledError):
        await supervise("work", work, passes, pause_from_s=0.5, pause_to_s=1e-12)  # any work lasts longer
    assert pauses == [0.5, 0.5, 0.5]
