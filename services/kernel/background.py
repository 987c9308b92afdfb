"""What runs beside the answering of calls for as long as a process lives: none of it may end by itself."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

Background = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)


class BackgroundTasks:
    """Tasks that were started together, each under the name of what it does, and that are stopped together."""

    def __init__(self, background: Iterable[Background] = ()) -> None:
        self.tasks = [asyncio.create_task(_awaited(each), name=name_of(each)) for each in background]

    def fault(self) -> Exception | None:
        """Why the first of those that ended did, as something to raise that names it; None while all run."""
        for task in self.tasks:
            if task.done():
                fault = None if task.cancelled() else task.exception()
                if not isinstance(fault, Exception):
                    return RuntimeError(f"A background task ended although nobody asked it to: {task.get_name()}.")
                fault.add_note(f"Raised in the background, by {task.get_name()}.")
                return fault
        return None

    async def stop(self) -> None:
        """Ends them all; says of each that had failed why."""
        for task in self.tasks:
            task.cancel()
        for task, result in zip(self.tasks, await asyncio.gather(*self.tasks, return_exceptions=True), strict=True):
            if isinstance(result, Exception):
                log.error("A background task failed: %s.", task.get_name(), exc_info=result)


def name_of(background: Any) -> str:
    """Where the source has it: `services.slotting.main.sweep`; a method by its object's class."""
    while isinstance(background, partial):
        background = background.func
    owner = getattr(background, "__self__", None)
    if owner is not None:
        return f"{type(owner).__module__}.{type(owner).__qualname__}.{background.__name__}"
    return f"{background.__module__}.{background.__qualname__}"


async def _awaited(background: Background) -> None:
    await background()
