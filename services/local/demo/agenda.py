"""What is to be done when its time has come: the days go by from one entry to the next."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import count

Task = Callable[[], Awaitable[object]]


class Agenda:
    """Tasks with the instant of each; those of one instant are done, or begun, in the order of their entry."""

    def __init__(self) -> None:
        self._entries: list[tuple[datetime, int, Task]] = []
        self._number = count()

    def at(self, instant: datetime, task: Task) -> None:
        """Enter a task."""
        heapq.heappush(self._entries, (instant, next(self._number), task))

    @property
    def due_at(self) -> datetime | None:
        """When there is something to do next; None: never."""
        return self._entries[0][0] if self._entries else None

    async def do_due(self, now: datetime) -> None:
        """Do all whose time has come, one after the other: the same in every play."""
        while self._entries and self._entries[0][0] <= now:
            await heapq.heappop(self._entries)[2]()

    async def do_due_together(self, now: datetime) -> None:
        """Do all whose time has come, those of one instant together, as people work beside each other."""
        while self._entries and self._entries[0][0] <= now:
            instant, together = self._entries[0][0], list[Task]()
            while self._entries and self._entries[0][0] == instant:
                together.append(heapq.heappop(self._entries)[2])
            async with asyncio.TaskGroup() as group:
                for task in together:
                    group.create_task(_done(task))


async def _done(task: Task) -> None:
    await task()
