"""The bus inside one process, for tests: everything is kept in lists and forgotten at the end."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence

from services.kernel.bus import Handle, SetAside
from services.kernel.event import Event
from services.kernel.signals import Signal

BATCH = 500
RETRY_AFTER_S = 0.02

log = logging.getLogger(__name__)


class MemoryBus:
    """One active member per group and topic; the others stand by."""

    wants_events = True

    def __init__(self) -> None:
        self._kept: dict[str, list[Event]] = defaultdict(list)
        self._handled: dict[tuple[str, str], int] = defaultdict(int)
        self._active: dict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._news = Signal()

    async def publish(self, topic: str, events: Sequence[Event]) -> None:
        """Keeps the events and wakes whoever waits."""
        self._kept[topic].extend(events)
        self._news.call()

    async def consume(
        self, topics: Sequence[str], group: str, handle: Handle, set_aside: SetAside | None = None
    ) -> None:
        """Hands on each topic's events until cancelled; here no record is ever unreadable."""
        one_at_a_time = asyncio.Lock()
        async with asyncio.TaskGroup() as tasks:
            for topic in topics:
                tasks.create_task(self._consume_one(topic, group, handle, one_at_a_time))

    async def _consume_one(self, topic: str, group: str, handle: Handle, one_at_a_time: asyncio.Lock) -> None:
        place = (topic, group)
        async with self._active[place]:
            while True:
                seen = self._news.calls
                start = self._handled[place]
                batch = self._kept[topic][start : start + BATCH]
                if not batch:
                    await self._news.wait(seen, 60)
                    continue
                try:
                    async with one_at_a_time:
                        await handle(batch)
                    self._handled[place] = start + len(batch)
                except Exception:
                    log.exception("group %s could not handle %d events of %s; again", group, len(batch), topic)
                    await asyncio.sleep(RETRY_AFTER_S)

    async def close(self) -> None:
        """Nothing to let go of."""
