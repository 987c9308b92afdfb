"""Bounds that no caller can use up alone: of all that is bounded, one caller may hold a share.

`Shares` counts what is held; `Turns` has those wait for whom there is no room, and goes around between the callers.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.kernel.errors import Busy

# One caller may have a quarter. Three who ask for all they can get leave room for a fourth.
PARTS = 4


def share_of(most: int) -> int:
    """How much of a bound one caller may hold."""
    return max(1, most // PARTS)


class ServerFull(Busy):
    """As much runs as may, or as much of this caller's as one caller may have."""

    reason = "SERVER_FULL"


class Shares:
    """Counts what is held: `most` in all, and `share` of it by one caller."""

    def __init__(self, most: int, share: int | None = None) -> None:
        self.most, self.share = most, share_of(most) if share is None else min(share, most)
        self.held = 0
        self._held_by: dict[str, int] = {}

    def enter(self, caller: str, amount: int = 1) -> bool:
        """Holds `amount` for the caller, if there is room."""
        mine = self._held_by.get(caller, 0) + amount
        if mine > self.share or self.held + amount > self.most:
            return False
        self._held_by[caller] = mine
        self.held += amount
        return True

    def leave(self, caller: str, amount: int = 1) -> None:
        """Gives back what the caller holds."""
        self.held -= amount
        left = self._held_by.pop(caller, 0) - amount
        if left:
            self._held_by[caller] = left

    def held_by(self, caller: str) -> int:
        """How much the caller holds."""
        return self._held_by.get(caller, 0)


class Turns:
    """Lets so many run at once, and so many wait for `wait_s_max`; goes around between the callers who wait."""

    def __init__(self, at_once_max: int, waiting_max: int, wait_s_max: float) -> None:
        self._running, self._waiting = Shares(at_once_max), Shares(waiting_max)
        self._wait_s_max = wait_s_max
        # Who waits, by caller; whose turn was last is at the end.
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, caller: str) -> AsyncIterator[None]:
        """Waits for the caller's turn and holds it; raises ServerFull without room to wait, or after too long."""
        # Whoever could run was let in when the last one left, so nobody is overtaken here.
        if not self._running.enter(caller):
            await self._wait(caller)
        try:
            yield
        finally:
            self._running.leave(caller)
            self._let_in()

    async def _wait(self, caller: str) -> None:
        if not self._waiting.enter(caller):
            raise ServerFull("Too many requests wait for their turn.", retry_after_ms=1000)
        place = asyncio.get_running_loop().create_future()
        self._queues.setdefault(caller, deque()).append(place)
        try:
            async with asyncio.timeout(self._wait_s_max):
                await place
        except BaseException as error:
            self._give_up(caller, place)
            if isinstance(error, TimeoutError):
                raise ServerFull("The request waited too long for its turn.", retry_after_ms=2000) from None
            raise
        finally:
            self._waiting.leave(caller)

    def _give_up(self, caller: str, place: asyncio.Future[None]) -> None:
        if place.done() and not place.cancelled():  # Its turn had come at the same moment.
            self._running.leave(caller)
            self._let_in()
        elif (queue := self._queues.get(caller)) and place in queue:
            queue.remove(place)

    def _let_in(self) -> None:
        for caller, queue in list(self._queues.items()):
            if self._running.held >= self._running.most:
                return
            while queue and queue[0].done():
                queue.popleft()  # It was cancelled, and has not noticed yet.
            if not queue:
                del self._queues[caller]
            elif self._running.enter(caller):
                queue.popleft().set_result(None)
                self._queues.move_to_end(caller)
