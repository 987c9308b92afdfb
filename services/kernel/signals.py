"""A wake-up call from whoever made news to all who wait for it, inside one process."""

import asyncio
from collections.abc import Callable


class Signal:
    """Counts the calls, so that one which comes between a look and the wait after it is not lost."""

    def __init__(self) -> None:
        self.calls = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._followers: list[Callable[[], None]] = []

    def call(self) -> None:
        """Wakes all who wait, and calls what follows."""
        self.calls += 1
        waiting, self._waiting = self._waiting, set()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
        for follower in self._followers:
            follower()

    def followed_by(self, call: Callable[[], None]) -> None:
        """From now on each call of this is one of that too."""
        self._followers.append(call)

    async def wait(self, seen: int, timeout_s: float) -> bool:
        """Returns True once there were more than `seen` calls, False when the time is up."""
        if self.calls != seen:
            return True
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await asyncio.wait((waiter,), timeout=timeout_s)
        finally:
            self._waiting.discard(waiter)
        return self.calls != seen
