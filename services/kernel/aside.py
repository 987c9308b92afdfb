"""Work that would hold the event loop, done in a process beside it.

A thread is not enough: while C code reads a large JSON body, it holds Python's lock, and the loop waits with all
(bench `loop`, case `epcis`).
"""

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from services.kernel import log as json_log
from services.kernel.shares import Turns

# What is smaller takes less than 20 ms in the loop, and passing it on has its price too.
LARGE_BYTES = 32 * 1024
WORKERS_MAX = 2
WAITING_MAX = 64
WAIT_S_MAX = 60.0
WITHIN_S = 60.0
NICENESS = 5

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class AsideFailed(Exception):
    """The work ended its process, or took too long; the process is replaced."""


class Aside:
    """A few processes for work on what strangers send. Each starts when it is first needed, and works at one thing."""

    def __init__(
        self, *, workers_max: int = WORKERS_MAX, waiting_max: int = WAITING_MAX, within_s: float = WITHIN_S
    ) -> None:
        self._turns, self._within_s = Turns(workers_max, waiting_max, WAIT_S_MAX), within_s
        self._idle: list[ProcessPoolExecutor] = []
        self._all: set[ProcessPoolExecutor] = set()
        self._working: set[asyncio.Task[Any]] = set()

    async def work(self, caller: str, size: int, function: Callable[..., Result], *args: object) -> Result:
        """What `function` makes of `args`: here if `size` bytes are few, else in another process.

        The function must be importable by name, and it, what it takes, answers and raises must be picklable. Raises
        AsideFailed, or ServerFull when too much work of this caller, or of all, waits already.
        """
        if size <= LARGE_BYTES:
            return function(*args)
        # A caller who goes away does not stop the process at its work, so the place stays taken until that is done.
        task = asyncio.create_task(self._work(caller, function, args))
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return await asyncio.shield(task)

    async def run(self) -> None:
        """Waits until it is cancelled, and then ends the processes: for the background of whoever needs them."""
        try:
            await asyncio.Event().wait()
        finally:
            self.close()

    def close(self) -> None:
        """Ends all processes, whatever they do."""
        for task in self._working:
            task.cancel()
        for worker in list(self._all):
            self._end(worker)

    async def _work(self, caller: str, function: Callable[..., Result], args: tuple[object, ...]) -> Result:
        async with self._turns.turn(caller):
            worker = self._idle.pop() if self._idle else self._new()
            try:
                async with asyncio.timeout(self._within_s):
                    result = await asyncio.get_running_loop().run_in_executor(worker, function, *args)
            except (BrokenProcessPool, TimeoutError) as fault:
                self._end(worker)
                log.error("%s ended its process or took too long", function.__qualname__)
                raise AsideFailed(function.__qualname__) from fault
            except asyncio.CancelledError:
                self._end(worker)
                raise
            except BaseException:
                self._idle.append(worker)
                raise
            self._idle.append(worker)
            return result

    def _new(self) -> ProcessPoolExecutor:
        # Each has an executor of its own, so that a process that dies takes nobody else's work with it.
        made = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin, (logging.getLogger().level,))
        self._all.add(made)
        return made

    def _end(self, worker: ProcessPoolExecutor) -> None:
        if worker in self._all:
            self._all.discard(worker)
            for process in list((worker._processes or {}).values()):
                process.kill()
            worker.shutdown(wait=False, cancel_futures=True)


def _begin(level: int) -> None:
    """The first thing in each process: it gives way to the loop, and ends with the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    json_log.setup(level)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(0)
