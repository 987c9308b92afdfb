"""Load, decide, save, in batches: whoever is free takes all that waits, and one flush makes it durable."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Final

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from services.kernel.db import Connection, Database, passes_by_itself
from services.kernel.errors import Busy, GatewayError, RequestMismatch, Unavailable
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.steps import in_steps
from services.network import ResourceVersion
from services.slotting import events, store
from services.slotting.domain import (
    Asked,
    Command,
    Cut,
    MoveTogether,
    Outcome,
    Revise,
    Slot,
    Standby,
    UnitOfWork,
    decide,
    settle,
)
from services.slotting.domain.page import CutOutcome, MovedTogether
from services.slotting.domain.revising import Threatened, revise

log = logging.getLogger(__name__)

LINGER_S: Final = 0.0005  # under load only: a batch of a few claims costs nearly as much as a batch of many
LINGER_UNTIL: Final = 64  # with so many waiting there is nothing to gain by waiting longer

Answer = bytes | GatewayError


@dataclass(slots=True)
class Ticket:
    """Commands of one call, waiting for their batch. `deadline_s` is on the event loop's clock."""

    commands: Sequence[Asked]
    traceparent: str
    deadline_s: float | None
    answers: "asyncio.Future[list[Answer]]"


class Ledger:
    """The one way to change slotting's ledger: every command passes through a batch decided under locks."""

    def __init__(
        self,
        database: Database,
        *,
        queue_max: int = 4096,
        batch_max: int = 512,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._queue_max, self._batch_max = queue_max, batch_max
        self._wake_relay = wake
        self._queue: deque[Ticket] = deque()
        self._waiting = 0
        self._wanted = asyncio.Event()
        self._plenty = asyncio.Event()
        self._connection: Connection | None = None
        self._stopped = False

    async def execute(
        self,
        commands: Sequence[Asked],
        traceparent: str = "",
        deadline_s: float | None = None,
    ) -> list[Answer]:
        """The answers to the commands, in their order: published bytes, or the error. Durable once returned.

        Raises Busy, with nothing begun, when the queue is full.
        """
        if not commands:
            return []
        if self._stopped:
            raise _stopping()
        if self._waiting + len(commands) > self._queue_max:
            raise Busy("Too many claims are waiting; try again.", waiting=self._waiting, retry_after_ms=100)
        ticket = Ticket(commands, traceparent, deadline_s, asyncio.get_running_loop().create_future())
        self._queue.append(ticket)
        self._waiting += len(commands)
        self._wanted.set()
        if self._waiting >= LINGER_UNTIL:
            self._plenty.set()
        return await ticket.answers

    async def execute_one(self, command: Command, traceparent: str = "", deadline_s: float | None = None) -> bytes:
        """The answer to one command; raises its error."""
        answer = (await self.execute((command,), traceparent, deadline_s))[0]
        if isinstance(answer, GatewayError):
            raise answer
        return answer

    async def run(self) -> None:
        """Flush batches until cancelled. One flusher a process: while it waits for the disk, the next batch gathers."""
        batch: list[Ticket] = []
        size = 0
        try:
            while True:
                await self._wanted.wait()
                if size > 1 and self._waiting < LINGER_UNTIL:
                    await self._linger()
                batch = self._take()
                size = sum(len(ticket.commands) for ticket in batch)
                await self._flush(batch)
        finally:
            self._stop(batch)
            self._disconnect()

    async def _linger(self) -> None:
        self._plenty.clear()
        # Not wait_for, which before Python 3.12 forgets a cancellation that comes together with the event.
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_S):
                await self._plenty.wait()

    def _take(self) -> list[Ticket]:
        """The next batch. Calls whose deadline has passed, or whose caller has left, are dropped before they cost."""
        now_s = asyncio.get_running_loop().time()
        batch: list[Ticket] = []
        size = 0
        while self._queue and size < self._batch_max:
            # These look at all slots of a run or of a resource, or at many, so they go alone.
            alone = isinstance(self._queue[0].commands[0], Cut | MoveTogether | Revise)
            if alone and batch:
                break
            ticket = self._queue.popleft()
            self._waiting -= len(ticket.commands)
            if ticket.answers.cancelled():
                continue
            if ticket.deadline_s is not None and now_s >= ticket.deadline_s:
                ticket.answers.set_exception(
                    Unavailable("The deadline passed while the call waited.", retry_after_ms=100)
                )
                continue
            batch.append(ticket)
            size += len(ticket.commands)
            if alone:
                break
        if not self._queue:
            self._wanted.clear()
        return batch

    async def _flush(self, batch: list[Ticket]) -> None:
        """Decide a batch durably and answer it. One that fails for a reason of its own is halved, to spoil no other."""
        if not batch:
            return
        try:
            answers = await self._durably(batch)
        except Exception as fault:
            if store.passes(fault):
                log.warning("batch failed", exc_info=fault)
                _fail(batch, lambda: Unavailable("The ledger is away for now.", retry_after_ms=500))
            elif len(batch) > 1:
                half = len(batch) // 2
                await self._flush(batch[:half])
                await self._flush(batch[half:])
            else:
                log.error("command failed", exc_info=fault)
                cause = fault
                _fail(batch, lambda: cause)
        else:
            for ticket, answer in zip(batch, answers, strict=True):
                if not ticket.answers.done():
                    ticket.answers.set_result(answer)

    async def _durably(self, batch: list[Ticket]) -> list[list[Answer]]:
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(store.passes),
            stop=stop_after_attempt(6),
            wait=wait_exponential_jitter(multiplier=0.01, max=1, jitter=0.01),
            reraise=True,
        ):
            with attempt:
                return await self._attempt(batch)
        raise AssertionError("unreachable: the last attempt raises")

    async def _attempt(self, batch: list[Ticket]) -> list[list[Answer]]:
        connection = await self._connected()
        try:
            async with connection.transaction():
                answers, changed = await decide_batch(connection, batch)
        except Exception as fault:
            if passes_by_itself(fault):
                self._disconnect()
            raise
        if changed:
            self._wake_relay()
        return answers

    async def _connected(self) -> Connection:
        # Of its own, and kept: one of the pool that is cut while it is idle goes back there by itself, for good.
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.dedicated()
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _stop(self, batch: Sequence[Ticket]) -> None:
        """Leave nobody waiting: neither the batch in hand, whose outcome is not known, nor who came after it."""
        self._stopped = True
        _fail([*batch, *self._queue], _stopping)
        self._queue.clear()
        self._waiting = 0


async def decide_batch(connection: Connection, batch: Sequence[Ticket]) -> tuple[list[list[Answer]], bool]:
    """Load, decide and save a batch in the caller's transaction. Also says whether anything changed."""
    commands = [command for ticket in batch for command in ticket.commands]
    page, answered = await store.load(connection, commands)
    work = _Batch(page, answered)
    settle(page)
    work.publish("")
    answers = [await in_steps(partial(work.answer, traceparent=each.traceparent), each.commands) for each in batch]
    redrawn = page.revised or page.told or any(book.changed or book.redrawn for book in page.books.values())
    changed = bool(work.outgoing or work.requests or redrawn)
    if changed:
        await store.save(connection, page, work.requests, work.outgoing)
    return answers, changed


async def take_over(connection: Connection, event: Event) -> None:
    """Apply an event of capacity, quality, distribution or master data to the ledger, in the consumer's transaction."""
    if (acceptance := events.lane_acceptance_of(event)) is not None:
        await store.put_acceptance(connection, acceptance)  # no promise stands on it, so it needs no batch
        return
    command = events.command_of(event)
    if command is not None:
        await decide_alone(connection, command, event.traceparent)


async def decide_alone(connection: Connection, command: Asked, traceparent: str) -> Answer:
    """Load, decide and save one command in the caller's transaction."""
    answers: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
    decided, _ = await decide_batch(connection, [Ticket((command,), traceparent, None, answers)])
    return decided[0][0]


async def preview(connection: Connection, changes: Sequence[ResourceVersion]) -> Sequence[Threatened]:
    """The slots that changes of the network would put at risk; nothing is changed, and nothing locked."""
    surveyed = await store.survey(connection, changes)
    return revise(surveyed.dependencies_of, surveyed.rooms).threatened


class _Batch:
    """One batch while it is decided: the page, what was answered, and what is to be stored."""

    def __init__(self, page: UnitOfWork, answered: dict[store.RequestKey, store.Answered]) -> None:
        self.page = page
        self.answered = answered
        self.requests: list[store.Request] = []
        self.outgoing: list[events.Outgoing] = []

    def answer(self, command: Asked, traceparent: str) -> Answer:
        """The answer to one command; a twin of one that was answered gets the same bytes and changes nothing."""
        if not isinstance(command, Command):
            decide(self.page, command)
            self.publish(traceparent)
            return b""
        key = (command.partner, command.request_id)
        before = self.answered.get(key)
        if before is not None:
            return before.answer if before.body_hash == command.body_hash else _mismatch(command)
        try:
            outcome = decide(self.page, command)
        except GatewayError as refusal:
            return refusal
        answer = self.publish(traceparent, outcome)
        if not (isinstance(command, Cut) and command.validate_only):
            self.answered[key] = store.Answered(command.body_hash, answer)
            self.requests.append((*key, command.body_hash, answer, self.page.now))
        return answer

    def publish(self, traceparent: str, outcome: Outcome = None) -> bytes:
        """Turn what has happened since the last call into events, and the outcome into its answer."""
        answer = b""
        for happening in self.page.happenings:
            encoded = events.resource_bytes(happening)
            if outcome in (happening.slot, happening.standby):
                answer = encoded
            self.outgoing.append(events.outgoing(happening, uuid7(), encoded, traceparent))
        self.page.happenings.clear()
        if isinstance(outcome, CutOutcome):
            return events.cut_message(outcome).SerializeToString()
        if isinstance(outcome, MovedTogether):
            return events.moved_together_message(outcome).SerializeToString()
        if isinstance(outcome, Slot | Standby) and not answer:
            raise AssertionError("What is answered was recorded.")
        return answer


def _mismatch(command: Command) -> RequestMismatch:
    return RequestMismatch(
        "This request id was used before with another body; use a new one.", request_id=command.request_id
    )


def _stopping() -> Unavailable:
    return Unavailable("The service is stopping.", retry_after_ms=1000)


def _fail(batch: Sequence[Ticket], error: Callable[[], Exception]) -> None:
    for ticket in batch:
        if not ticket.answers.done():
            ticket.answers.set_exception(error())
