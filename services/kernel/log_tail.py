"""The newest part of an event log in memory: many who follow it cost one read and one decoding.

It pays in the bench cases `streams grpc` and `streams fanout`, in which 50 follow one log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from services.kernel.event import Event
from services.kernel.signals import Signal

KEPT_EVENTS_MAX = 4000
KEPT_BYTES_MAX = 32_000_000
LOOK_AGAIN_AFTER_S = 0.2  # without a call there is most likely nothing; a little less than the pause of those who wait


@dataclass(frozen=True, slots=True)
class Logged:
    """An event at its place in the log."""

    position: int
    event: Event
    hash: bytes

    @property
    def size_bytes(self) -> int:
        """What it takes of memory, about: its data."""
        return len(self.event.data)


class Placed(Protocol):
    """What stands in a log, at a position without gaps."""

    @property
    def position(self) -> int:
        """Its place."""

    @property
    def size_bytes(self) -> int:
        """What it takes of memory, about."""


Row = TypeVar("Row", bound=Placed)


class LogTailCache(Generic[Row]):
    """Positions have no gaps, so what is kept is a plain list with a first position."""

    def __init__(
        self,
        read: Callable[[int, int], Awaitable[list[Row]]],
        grew: Signal,
        *,
        rows_max: int = KEPT_EVENTS_MAX,
        bytes_max: int = KEPT_BYTES_MAX,
    ) -> None:
        self._read = read
        self._grew = grew
        # The call after which the log was last read to its end: what was called after that is not kept. -1: not so far.
        self.looked_at = -1
        self._rows_max, self._bytes_max = rows_max, bytes_max
        self._kept: list[Row] = []
        self._bytes = 0
        self._reading = asyncio.Lock()
        self._empty_look = (
            -1,
            -1,
            0.0,
        )  # the last look that found nothing: behind which position, after which call, when

    async def after(self, position: int, limit: int) -> list[Row]:
        """The events behind a position: from memory, or read once for all who ask for the same ones."""
        kept = self._from_memory(position, limit)
        if kept or (self._kept and position < self._kept[-1].position):
            return kept or await self._read(position, limit)  # the second: somebody far behind reads on his own
        async with self._reading:
            return self._from_memory(position, limit) or await self._look(position, limit)

    def take(self, found: Sequence[Row]) -> None:
        """Keeps what somebody has read who reads for all who are at the end of their logs, in order."""
        end = self._kept[-1].position if self._kept else 0
        if more := [each for each in found if each.position > end]:
            self._keep(more)

    def _from_memory(self, position: int, limit: int) -> list[Row]:
        if not self._kept or position + 1 < self._kept[0].position:
            return []
        start = position + 1 - self._kept[0].position
        return self._kept[start : start + limit]

    async def _look(self, position: int, limit: int) -> list[Row]:
        calls, now = self._grew.calls, asyncio.get_running_loop().time()
        if self._empty_look[:2] == (position, calls) and now - self._empty_look[2] < LOOK_AGAIN_AFTER_S:
            return []
        found = await self._read(position, limit)
        self.looked_at = calls if len(found) < limit else -1
        if found:
            self._keep(found)
        else:
            self._empty_look = (position, calls, now)
        return found

    def _keep(self, found: list[Row]) -> None:
        if self._kept and found[0].position != self._kept[-1].position + 1:
            self._kept, self._bytes = [], 0
        self._kept += found
        self._bytes += sum(each.size_bytes for each in found)
        while len(self._kept) > 1 and (len(self._kept) > self._rows_max or self._bytes > self._bytes_max):
            half = self._kept[len(self._kept) // 2 :]
            self._kept, self._bytes = half, sum(each.size_bytes for each in half)
