"""Applying events once: repeats are dropped by id in the transaction that applies them, what fails is parked."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias
from uuid import UUID

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential

from services.kernel import parked
from services.kernel.bus import Bus, Unreadable
from services.kernel.db import Connection, Database, passes_by_itself
from services.kernel.errors import Unavailable
from services.kernel.event import Event
from services.kernel.supervise import HOUSEKEEPING_FIRST_S, periodically
from services.kernel.telemetry import consumer_span, consumer_spans, meter

Apply: TypeAlias = Callable[[Connection, Event], Awaitable[None]]
ApplyAll: TypeAlias = Callable[[Connection, Sequence[Event]], Awaitable[None]]
TellParked: TypeAlias = Callable[[Connection, Event, Exception], Awaitable[None]]

TRIES = 3
LOOK_FOR_REPLAYS_EVERY_S = 1.0
REMEMBERED_S = 30 * 86_400  # longer than any topic keeps its events, so no repeat comes after it
FORGET_EVERY_S = 3600.0
FORGOTTEN_AT_ONCE = 10_000

log = logging.getLogger(__name__)


async def fresh(conn: Connection, consumer: str, events: Sequence[Event]) -> list[Event]:
    """Notes the events as seen by the consumer and returns, in order, those it had not seen before.

    It counts only if the transaction commits, so an event whose application fails is fresh again.
    """
    new = await conn.fetch(
        # In one order, so that two members that were given the same events wait for each other instead of deadlocking.
        "INSERT INTO inbox (consumer, event_id) SELECT $1, id FROM unnest($2::uuid[]) AS id ORDER BY id"
        " ON CONFLICT DO NOTHING RETURNING event_id",
        consumer,
        [event.id for event in events],
    )
    unseen = {row["event_id"] for row in new}
    answer = []
    for event in events:
        if event.id in unseen:
            unseen.discard(event.id)  # the same event may stand twice in one batch
            answer.append(event)
    return answer


class Consumer:
    """Applies every event of some topics to one service's tables.

    A batch is one transaction. When it fails, its events are applied one by one; one that still fails is parked, and
    those behind it go on. Faults that pass by themselves park nothing: the bus brings the batch again until it is done.
    With `one_by_one` each event is a transaction of its own from the start, so that none holds its locks for the next.
    """

    def __init__(
        self,
        bus: Bus,
        database: Database,
        name: str,
        topics: Sequence[str],
        apply: Apply | None = None,
        after_commit: Callable[[], None] = lambda: None,
        *,
        types: frozenset[str] | None = None,
        concerns: Callable[[Event], bool] = lambda _: True,
        apply_all: ApplyAll | None = None,
        tell_parked: TellParked | None = None,
        one_by_one: bool = False,
    ) -> None:
        self._bus = bus
        self._database = database
        self._name = name
        self._topics = topics
        assert apply or apply_all, "a consumer applies"
        self._apply = apply or _alone(apply_all)  # type: ignore[arg-type]  # one of them is given
        self._after_commit = after_commit
        # Others, and what concerns nobody, are passed over, and cost neither a row nor a transaction. None: all types.
        self._types, self._concerns = types, concerns
        self._one_by_one = one_by_one
        self._apply_together = apply_all  # None: a batch is applied event by event
        # Says to others why an event was parked, in the transaction that parks it; None: nobody is told.
        self._tell_parked = tell_parked
        self._parked = meter().create_counter("doselane.consumer.parked", description="Events that were parked")

    async def run(self) -> None:
        """Consumes until cancelled."""
        name = f"consumer {self._name}"
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._bus.consume(self._topics, self._name, self.handle, self._set_aside))
            every_s, first_s = LOOK_FOR_REPLAYS_EVERY_S, HOUSEKEEPING_FIRST_S
            tasks.create_task(periodically(name, every_s, self.replay_asked, _try_again_later, first_s=every_s))
            tasks.create_task(periodically(name, FORGET_EVERY_S, self._forget, _try_again_later, first_s=first_s))

    async def handle(self, events: Sequence[Event]) -> None:
        """Applies a batch durably, or raises a fault that passes by itself."""
        types = self._types
        events = [each for each in events if (types is None or each.type in types) and self._concerns(each)]
        if not events:
            return
        if self._one_by_one:
            for event in events:
                await self._apply_or_park(event)
                self._after_commit()
            return
        try:
            await self._apply_all(events)
        except Exception as fault:
            if _try_again_later(fault):
                raise
            log.exception("consumer %s applies %d events one by one", self._name, len(events))
            for event in events:
                await self._apply_or_park(event)
        self._after_commit()

    async def replay_asked(self) -> int:
        """Applies the parked events whose replay is asked for; answers how many could be applied."""
        applied = 0
        while await parked.any_asked(self._database.pool, self._name):
            async with self._database.transaction() as conn:
                found = await parked.asked(conn, self._name)
                if found is None or found.event is None:
                    return applied
                if await self._replay(conn, found.id, found.event):
                    applied += 1
            self._after_commit()
        return applied

    async def _apply_all(self, events: Sequence[Event]) -> None:
        async with self._database.transaction() as conn:
            new = await fresh(conn, self._name, events)
            if self._apply_together is None:
                for event in new:
                    with consumer_span(event):
                        await self._apply(conn, event)
            elif new:
                with consumer_spans(new):  # each event took as long as all of them
                    await self._apply_together(conn, new)

    async def _apply_or_park(self, event: Event) -> None:
        try:
            async for attempt in _tries():
                with attempt:
                    await self._apply_all([event])
        except Exception as fault:
            if _try_again_later(fault):
                raise
            log.exception("consumer %s parks event %s of %s", self._name, event.id, event.subject)
            async with self._database.transaction() as conn:
                if await fresh(conn, self._name, [event]):
                    await parked.park(conn, self._name, event, _text(fault))
                    if self._tell_parked is not None:
                        await self._tell_parked(conn, event, fault)
            self._parked.add(1, {"consumer": self._name})

    async def _replay(self, conn: Connection, parked_id: int, event: Event) -> bool:
        try:
            async with conn.transaction():
                with consumer_span(event):
                    await self._apply(conn, event)
        except Exception as fault:
            if _try_again_later(fault):
                raise
            log.exception("consumer %s could not replay parked event %d", self._name, parked_id)
            await parked.mark_failed(conn, parked_id, _text(fault))
            return False
        await parked.mark_replayed(conn, parked_id)
        return True

    async def _set_aside(self, record: Unreadable) -> None:
        log.error("consumer %s parks an unreadable record, %s %s", self._name, record.topic, record.place)
        async with self._database.transaction() as conn:
            await parked.park_unreadable(conn, self._name, record)
        self._parked.add(1, {"consumer": self._name})

    async def _forget(self) -> None:
        # Event ids begin with their time, so the old ones are one end of the primary key.
        before = UUID(int=int((time.time() - REMEMBERED_S) * 1000) << 80)
        gone = FORGOTTEN_AT_ONCE
        while gone == FORGOTTEN_AT_ONCE:
            done = await self._database.pool.execute(
                "DELETE FROM inbox WHERE consumer = $1 AND event_id IN ("
                "SELECT event_id FROM inbox WHERE consumer = $1 AND event_id < $2 ORDER BY event_id LIMIT $3)",
                self._name,
                before,
                FORGOTTEN_AT_ONCE,
            )
            gone = int(done.rpartition(" ")[2])


def _alone(apply_all: ApplyAll) -> Apply:
    async def apply(conn: Connection, event: Event) -> None:
        await apply_all(conn, (event,))

    return apply


def _tries() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception(lambda fault: isinstance(fault, Exception) and not _try_again_later(fault)),
        stop=stop_after_attempt(TRIES),
        wait=wait_exponential(multiplier=0.02, max=0.2),
        reraise=True,
    )


def _try_again_later(fault: BaseException) -> bool:
    return passes_by_itself(fault) or isinstance(fault, Unavailable)


def _text(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {fault}".replace("\x00", "�")
