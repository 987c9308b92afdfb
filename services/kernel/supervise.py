"""Work that goes on for as long as the process lives, whatever passes by itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator

from services.kernel.signals import Signal

# Housekeeping begins when a start is over, which has enough to do: it would open connections that are not needed again.
HOUSEKEEPING_FIRST_S = 2.0

log = logging.getLogger(__name__)


async def supervise(
    name: str,
    work: Callable[[], Awaitable[None]],
    passes: Callable[[BaseException], bool],
    *,
    pause_from_s: float = 0.1,
    pause_to_s: float = 5.0,
) -> None:
    """Runs `work` again and again until cancelled, with growing pauses while it keeps failing.

    `passes` says of a fault whether it goes away by itself; any other ends this.
    """
    loop, pause_s = asyncio.get_running_loop(), pause_from_s
    while True:
        began = loop.time()
        fault = await _fault_of(work)
        if fault is not None:
            causes = list(_causes(fault))
            if not all(passes(cause) for cause in causes):
                raise fault
            log.warning("%s pauses: %s", name, "; ".join(repr(cause) for cause in causes))
        if loop.time() - began > pause_to_s:
            pause_s = pause_from_s  # it had worked for a while
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, pause_to_s)


async def periodically(
    name: str,
    every_s: float | Callable[[], float],
    work: Callable[[], Awaitable[object]],
    passes: Callable[[BaseException], bool],
    *,
    first_s: float = 0.0,
    sooner: Signal | None = None,
) -> None:
    """Does `work`, pauses, and so on until cancelled. After a fault that passes by itself the next turn tries again.

    `every_s` as a function is asked after each turn how long the pause is, which a call of `sooner` ends. Before the
    first turn it pauses `first_s`.
    """
    if first_s:
        await asyncio.sleep(first_s)
    while True:
        seen = sooner.calls if sooner else 0
        try:
            await work()
        except Exception as fault:
            if not passes(fault):
                raise
            log.warning("%s tries again later: %s", name, fault)
        pause_s = every_s() if callable(every_s) else every_s
        await (sooner.wait(seen, pause_s) if sooner else asyncio.sleep(pause_s))


async def _fault_of(work: Callable[[], Awaitable[None]]) -> BaseException | None:
    # In a task of its own: before Python 3.13 a task group whose task fails while it is being cancelled reports the
    # fault and forgets the cancellation. Here that is the child's affair, and the cancellation is not lost.
    task = asyncio.ensure_future(work())
    try:
        await asyncio.wait((task,))
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait((task,))
            # Told now: what nobody asks for is told as a fault of the program, whenever the collector comes across it.
            if not task.cancelled() and (fault := task.exception()):
                log.warning("as it was cancelled: %s", "; ".join(repr(cause) for cause in _causes(fault)))
    return asyncio.CancelledError() if task.cancelled() else task.exception()


def _causes(fault: BaseException) -> Iterator[BaseException]:
    if isinstance(fault, BaseExceptionGroup):
        for each in fault.exceptions:
            yield from _causes(each)
    else:
        yield fault
