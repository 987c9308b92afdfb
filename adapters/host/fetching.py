"""Fetches and listens. What comes takes the same way as what is pushed; the cursor moves when all of it is kept."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.host import cursors
from adapters.host.events import source_heard, source_silent
from adapters.host.following import Polling, Round
from adapters.host.values import Account
from adapters.outbound import Away, Declined, Fetched, Poll, Stream
from services.kernel import outbox
from services.kernel.clock import Clock
from services.kernel.db import Database, passes_by_itself
from services.kernel.errors import Busy, Unavailable
from services.kernel.ids import uuid7

# Longer than any one step, so that a lease never ends under somebody who works.
LEASE = timedelta(minutes=2)
STEP_S_MAX = 90.0
RETRY_FIRST = timedelta(seconds=1)
RETRY_MAX = timedelta(minutes=5)
# What brings nothing for so long, or for three of its own spans, is told of.
SILENT_AFTER = timedelta(minutes=15)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """A poll or a stream at work for one account."""

    account: Account
    connection: Any

    def every(self, poll: Poll) -> timedelta:
        """How often: as the account has it, else as the adapter does."""
        told = (self.account.connection or {}).get("every", {}).get(poll.name)
        return poll.every if told is None else timedelta(seconds=told)

    def polling(self, poll: Poll) -> Polling:
        """How the poll paces itself."""
        return Polling(self.account, poll.name, self.every(poll), (self.account.connection or {}).get("calls_per_day"))


# Keeps a body that came by itself: the account, the name of the poll or stream, the body.
Keep = Callable[[Account, str, bytes], Awaitable[None]]


class Fetcher:
    """Runs polls and streams. Of all processes the one that holds the cursor works; the others look now and then."""

    def __init__(
        self, database: Database, clock: Clock, keep: Keep, published: Callable[[], None] = lambda: None
    ) -> None:
        self._database, self._keep, self._me = database, keep, uuid7()
        self._clock, self._published = clock, published

    async def poll(self, source: Source, poll: Poll) -> None:
        """Fetches at intervals, until cancelled."""
        failures = 0
        while True:
            try:
                await self._pass(source, poll)
                failures, pause = 0, source.every(poll)
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is told, and tried again
                failures += 1
                pause = _pause_after(source, poll.name, fault, failures, source.every(poll))
                await self._unheard(source, poll.name, fault, max(SILENT_AFTER, 3 * source.every(poll)))
                await self._wait(_after_fault(pause))
                continue
            await asyncio.sleep(_jittered(pause))

    async def stream(self, source: Source, stream: Stream) -> None:
        """Listens, and listens anew from the cursor when the stream ends, fails or falls silent, until cancelled."""
        failures = 0

        def heard() -> None:
            nonlocal failures
            failures = 0

        while True:
            try:
                if not await self._listen(source, stream, heard):
                    await asyncio.sleep(_after_fault(LEASE / 4))
                    continue
                failures += 1
                pause = _waiting(failures)
                await self._unheard(source, stream.name, None, max(SILENT_AFTER, 3 * stream.silence))
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is told, and tried again
                failures += 1
                pause = _pause_after(source, stream.name, fault, failures)
                await self._unheard(source, stream.name, fault, max(SILENT_AFTER, 3 * stream.silence))
            await self._wait(_after_fault(pause))

    async def _wait(self, pause_s: float) -> None:
        """Waits for so long by the gateway's clock: whoever moves it on so far ends the pause."""
        until_s, ends_at = self._clock.seconds() + pause_s, asyncio.get_running_loop().time() + pause_s
        while (left_s := ends_at - asyncio.get_running_loop().time()) > 0 and self._clock.seconds() < until_s:
            await self._clock.moved.wait(self._clock.moved.calls, left_s)

    async def _pass(self, source: Source, poll: Poll) -> None:
        account, names = source.account.id, Round(self._database, self._clock, source.polling(poll))
        cursor = await cursors.take(self._database.pool, account, poll.name, self._me, LEASE, self._clock.now())
        try:
            while cursor is not None:
                async with asyncio.timeout(STEP_S_MAX):
                    fetched = await poll.fetch(source.connection, cursor, names)
                await self._take(source, poll.name, fetched)
                await names.keep()
                cursor = fetched.cursor if fetched.more else None
        except asyncio.CancelledError:
            # Whoever goes on after us must not wait for our lease to end.
            await cursors.release(self._database.pool, account, poll.name, self._me)
            raise
        await cursors.release(self._database.pool, account, poll.name, self._me)

    async def _listen(self, source: Source, stream: Stream, heard: Callable[[], None]) -> bool:
        """Listens until the stream ends; False if another process does. Raises whatever it fails by."""
        account, name = source.account.id, stream.name
        cursor = await cursors.take(self._database.pool, account, name, self._me, LEASE, self._clock.now())
        if cursor is None:
            return False
        holding = asyncio.create_task(self._hold(account, name))
        try:
            async with aclosing(stream.listen(source.connection, cursor)) as coming:  # type: ignore[type-var]
                while True:
                    # An open stream may be dead: without a sign of life for so long it is listened to anew.
                    async with asyncio.timeout(stream.silence.total_seconds()):
                        fetched = await anext(coming, None)
                    if fetched is None:
                        return True
                    await self._take(source, name, fetched)
                    heard()
        finally:
            holding.cancel()
            await cursors.release(self._database.pool, account, name, self._me)

    async def _hold(self, account: str, name: str) -> None:
        """Holds the cursor of a stream, which may have less to say than a lease is long, until cancelled."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 4)
            try:
                await cursors.hold(self._database.pool, account, name, self._me, LEASE)
            except Exception as lost:
                if not (isinstance(lost, Unavailable) or passes_by_itself(lost)):
                    raise

    async def _take(self, source: Source, name: str, fetched: Fetched) -> None:
        """Keeps what came, then moves the cursor: what a crash between the two brings twice counts once."""
        for body in fetched.bodies:
            await self._keep(source.account, name, body)
        now, account = self._clock.now(), source.account
        moved = (account.id, name, self._me, fetched.cursor, LEASE, now)
        if await cursors.move_unless_silent(self._database.pool, *moved):
            return
        async with self._database.transaction() as conn:
            ended = await cursors.move(conn, *moved)
            if ended is not None:
                await outbox.append(conn, [source_heard(account, name, ended, now)])
        if ended is not None:
            self._published()

    async def _unheard(self, source: Source, name: str, fault: Exception | None, after: timedelta) -> None:
        """Notes that it failed just now, and tells of it, once, when it has brought nothing for so long."""
        now, words = self._clock.now(), _words(fault) if fault else "it ended"
        try:
            async with self._database.transaction() as conn:
                silence = await cursors.note_failure(conn, source.account.id, name, words, now, after)
                if silence is not None:
                    event = source_silent(source.account, name, silence, words, now)
                    await outbox.append(conn, [event])
        except Exception as lost:
            if not (isinstance(lost, Unavailable) or passes_by_itself(lost)):
                raise
            return  # The next failure tells of it.
        if silence is not None:
            self._published()


def _pause_after(source: Source, name: str, fault: Exception, failures: int, most: timedelta = RETRY_MAX) -> timedelta:
    """Longer each time, up to the most; and never shorter than the other side asks for, however long that is."""
    known = isinstance(fault, Away | Declined | TimeoutError | Busy | Unavailable | cursors.LeaseLost)
    level = logging.WARNING if known or passes_by_itself(fault) else logging.ERROR
    log.log(level, "%s of %s pauses: %s", name, source.account, _words(fault), exc_info=None if known else fault)
    asked = fault.retry_after if isinstance(fault, Away) else None
    # What was declined would be declined again: it waits for somebody to mend it.
    waiting = most if isinstance(fault, Declined) else min(_waiting(failures), most)
    return max(waiting, asked or timedelta())


def _words(fault: Exception) -> str:
    if isinstance(fault, Away | Declined):
        return str(fault)
    return "nothing came in time" if isinstance(fault, TimeoutError) else f"we failed: {type(fault).__name__}"


def _waiting(failures: int) -> timedelta:
    return min(RETRY_FIRST * 2 ** min(failures - 1, 20), RETRY_MAX)


def _after_fault(pause: timedelta) -> float:
    """Not all at once either, and not before the other side wants to be asked again."""
    return pause.total_seconds() * random.uniform(1.0, 1.4)


def _jittered(pause: timedelta) -> float:
    """Not all processes and accounts at once."""
    return pause.total_seconds() * random.uniform(0.8, 1.2)
