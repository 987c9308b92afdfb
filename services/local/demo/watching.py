"""A subscriber: follows all timelines over gRPC while the days go by, and counts what it is told."""

import asyncio
from collections import Counter
from collections.abc import Collection
from contextlib import suppress

from doselane.courier.v1 import courier_pb2
from doselane.status.v1 import status_pb2

from services.kernel.errors import Unauthenticated
from services.local.demo.doors import Program

PATIENCE_S = 60.0
OVERDUE = "doselane.distribution.milestone.overdue.v1"
LOST = "doselane.distribution.shipment.lost.v1"


class StreamListener:
    """Entered, it listens: what happens from then on is counted."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.events = 0
        self.repeated = 0
        self.implausible = 0
        self.kinds: Counter[str] = Counter()
        self._cursor = ""
        self._seen: set[str] = set()
        self._delivered: set[str] = set()
        self._news = asyncio.Condition()
        self._listening = asyncio.Event()

    async def __aenter__(self) -> "StreamListener":
        self._task = asyncio.create_task(self._listen())
        async with asyncio.timeout(PATIENCE_S):
            await self._listening.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def until_delivered(self, doses: Collection[str]) -> int:
        """Wait until each of the doses was seen delivered; how many were, if patience runs out before."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S), self._news:
                await self._news.wait_for(lambda: self._delivered >= set(doses) or self._task.done())
        return len(self._delivered & set(doses))

    async def until_told(self, event_type: str) -> int:
        """Wait until news of this type were told; of how many doses, so far."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S), self._news:
                await self._news.wait_for(lambda: self.kinds[event_type] > 0 or self._task.done())
        return self.kinds[event_type]

    async def _listen(self) -> None:
        while True:
            try:
                await self._follow()
            except Unauthenticated:  # The token has expired, as days go by: go on from the cursor with a new one.
                await self._program.log_in()

    async def _follow(self) -> None:
        request = status_pb2.WatchTimelineRequest(parent="doses/-", cursor=self._cursor)
        async for answer in self._program.stream("StatusService", "WatchTimeline", request):
            self._cursor = answer.cursor
            self._listening.set()  # the first answer, at the latest a sign of life, says that the stream stands
            if answer.HasField("entry"):
                await self._count(answer.entry)

    async def _count(self, entry: status_pb2.TimelineEntry) -> None:
        if entry.name in self._seen:
            self.repeated += 1
            return
        self._seen.add(entry.name)
        self.events += 1
        self.kinds[entry.event_type] += 1
        if entry.plausibility == status_pb2.TimelineEntry.IMPLAUSIBLE:
            self.implausible += 1
        elif entry.milestone.kind == courier_pb2.Milestone.DELIVERED:
            self._delivered.add(entry.name.partition("/timelineEntries/")[0])
        async with self._news:
            self._news.notify_all()
