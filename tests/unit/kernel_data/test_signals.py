"""A wake-up call is never lost between a look and the wait after it."""

import asyncio

from services.kernel.signals import Signal


async def test_a_call_wakes_all_who_wait() -> None:
    wake = Signal()
    waiting = [asyncio.create_task(wake.wait(wake.calls, 30)) for _ in range(3)]
    await asyncio.wait(waiting, timeout=0)
    wake.call()
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_a_call_that_came_since_the_look_ends_the_wait_at_once() -> None:
    wake = Signal()
    seen = wake.calls
    wake.call()
    assert await wake.wait(seen, 30)


async def test_without_a_call_the_wait_ends_when_the_time_is_up() -> None:
    wake = Signal()
    assert not await wake.wait(wake.calls, 0)


async def test_what_follows_a_call_is_called_each_time() -> None:
    wake, woken = Signal(), Signal()
    wake.followed_by(woken.call)
    wake.call()
    wake.call()
    assert woken.calls == 2
