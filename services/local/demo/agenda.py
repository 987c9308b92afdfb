"""What is to be done when its time has come: the days go by from one entry to the next."""

import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import count

Task = Callable[[], Awaitable[object]]


class Agenda:
    """Tasks with the instant of each; those of one instant are done in the order in which they were entered."""

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
        """Do all whose time has come."""
        while self._entries and self._entries[0][0] <= now:
            await heapq.heappop(self._entries)[2]()
