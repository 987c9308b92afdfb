"""What a relay does while it holds the lease: one loop moves events into the log, one publishes what the log holds."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from services.kernel import event_log
from services.kernel.bus import Bus
from services.kernel.db import Database
from services.kernel.errors import Unavailable
from services.kernel.event import Event
from services.kernel.outbox.lease import Lease, Moved
from services.kernel.signals import Signal
from services.kernel.telemetry import meter

ROWS_PER_STEP = 1000
STEPS_AHEAD = 4
STALLED_AFTER_S = 0.25
# Each commit wakes the relay, in its process or by NOTIFY, so looking without being called is a last resort: a look
# costs as much as moving thirty events, and under load there would be several between two batches.
POLL_S = 1.0
NOTE_EVERY_S = 0.05  # how stale the stored cursor may be: so much is published again after a crash
# Where the log itself is the topic nothing is published again, and the cursor only says how long events have waited.
NOTE_OF_LOG_EVERY_S = 1.0
RETRY_FROM_S, RETRY_TO_S = 0.05, 5.0

log = logging.getLogger(__name__)


class RelaySession:
    """The two loops, and the short queue between them that spares reading back what was just moved."""

    def __init__(
        self,
        held: Lease,
        database: Database,
        bus: Bus,
        topic: str | None,
        outbox_grew: Signal,
        moved: Callable[[], None],
    ) -> None:
        self._held = held
        self._database = database
        self._bus = bus
        self._topic = topic  # None: each event goes to its own
        self._outbox_grew = outbox_grew
        self._moved = moved
        self._log_grew = Signal()
        self._queue: deque[Moved] = deque()
        self._taken = Signal()
        self._stalled = False
        self._unread = True  # the log may hold what neither the queue nor the bus has
        self._counter = meter().create_counter("doselane.outbox.published", description="Events the bus acknowledged")
        self._note_every_s = NOTE_EVERY_S if bus.wants_events else NOTE_OF_LOG_EVERY_S
        self._noted_at = 0.0
        self.published = held.published

    async def move(self) -> None:
        """Moves events from outbox to event_log as they come. It does not wait for a bus that is away."""
        while True:
            seen = self._outbox_grew.calls
            moved = await self._held.step(ROWS_PER_STEP, self._to_note(), with_events=self._bus.wants_events)
            if moved.count:
                self._moved()
                await self._hand_over(moved)
            if moved.count < ROWS_PER_STEP:
                to_note = moved.count or self.published != self._held.published
                await self._outbox_grew.wait(seen, self._note_every_s if to_note else POLL_S)

    async def publish(self) -> None:
        """Publishes the log from where the bus last acknowledged, in order, each batch until it succeeds."""
        while self._bus.wants_events:
            seen = self._log_grew.calls
            events = self._take()
            if not events and self._unread:
                events = await self._read_back()
                self._unread = bool(events)
            if not events:
                self._stalled = False
                await self._log_grew.wait(seen, POLL_S)
                continue
            for topic, part in self._by_topic(events).items():
                await self._publish_surely(topic, part)
                self._counter.add(len(part), {"topic": topic})
            self.published += len(events)

    async def _read_back(self) -> list[Event]:
        batch = await event_log.read(self._database.pool, self.published, ROWS_PER_STEP)
        return [logged.event for logged in batch]

    def _by_topic(self, events: list[Event]) -> dict[str, list[Event]]:
        """In order within each topic, and so of each subject, whose events are all of one topic."""
        if self._topic:
            return {self._topic: events}
        found: dict[str, list[Event]] = {}
        for event in events:
            found.setdefault(event.topic, []).append(event)
        return found

    async def _publish_surely(self, topic: str, events: list[Event]) -> None:
        pause = RETRY_FROM_S
        while True:
            try:
                return await self._bus.publish(topic, events)
            except Unavailable as fault:
                log.warning("%d events of %s wait for the bus: %s", len(events), topic, fault)
            await asyncio.sleep(pause)
            pause = min(pause * 2, RETRY_TO_S)

    async def _hand_over(self, moved: Moved) -> None:
        if not self._bus.wants_events:
            self.published = moved.last
            self._counter.add(moved.count, {"topic": self._topic or f"doselane.{self._database.schema}"})
            return
        if len(self._queue) >= STEPS_AHEAD and not self._stalled:
            seen = self._taken.calls
            self._stalled = not await self._taken.wait(seen, STALLED_AFTER_S)
        if self._stalled:
            self._queue.clear()  # the other loop reads them from the log when the bus is back
            self._unread = True
        else:
            self._queue.append(moved)
        self._log_grew.call()

    def _take(self) -> list[Event]:
        """All that is queued, if it follows on what was published; else nothing, and the log must be read."""
        taken: list[Event] = []
        while self._queue and self._queue[0].first <= self.published + len(taken) + 1:
            taken += self._queue.popleft().after(self.published + len(taken))
        self._taken.call()
        return taken

    def _to_note(self) -> int | None:
        now = asyncio.get_running_loop().time()
        if self.published == self._held.published or now - self._noted_at < self._note_every_s:
            return None
        self._noted_at = now
        return self.published
