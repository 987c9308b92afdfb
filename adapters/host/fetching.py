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
from adapters.host.values import Account
from adapters.outbound import Away, Declined, Fetched, Following, Poll, Stream
from services.kernel.db import Database, passes_by_itself
from services.kernel.errors import Busy, Unavailable
from services.kernel.ids import uuid7

# Longer than any one step, so that a lease never ends under somebody who works.
LEASE = timedelta(minutes=2)
STEP_S_MAX = 90.0
RETRY_FIRST = timedelta(seconds=1)
RETRY_MAX = timedelta(minutes=5)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """A poll or a stream at work for one account."""

    account: Account
    connection: Any
    following: Following

    def every(self, poll: Poll) -> timedelta:
        """How often: as the account has it, else as the adapter does."""
        told = (self.account.connection or {}).get("every", {}).get(poll.name)
        return poll.every if told is None else timedelta(seconds=told)


# Keeps a body that came by itself: the account, the name of the poll or stream, the body.
Keep = Callable[[Account, str, bytes], Awaitable[None]]


class Fetcher:
    """Runs polls and streams. Of all processes the one that holds the cursor works; the others look now and then."""

    def __init__(self, database: Database, keep: Keep) -> None:
        self._database, self._keep, self._me = database, keep, uuid7()

    async def poll(self, source: Source, poll: Poll) -> None:
        """Fetches at intervals, until cancelled."""
        failures = 0
        while True:
            try:
                await self._pass(source, poll)
                failures, pause = 0, source.every(poll)
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is told, and tried again
                failures += 1
                pause = min(_pause_after(source, poll.name, fault, failures), source.every(poll))
            await asyncio.sleep(_jittered(pause))

    async def stream(self, source: Source, stream: Stream) -> None:
        """Listens, and listens anew from the cursor when the stream ends, fails or falls silent, until cancelled."""
        failures = 0
        while True:
            try:
                await self._listen(source, stream)
                failures += 1
                pause = _waiting(failures)
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is told, and tried again
                failures += 1
                pause = _pause_after(source, stream.name, fault, failures)
            await asyncio.sleep(_jittered(pause))

    async def _pass(self, source: Source, poll: Poll) -> None:
        account = source.account.id
        cursor = await cursors.take(self._database.pool, account, poll.name, self._me, LEASE)
        while cursor is not None:
            async with asyncio.timeout(STEP_S_MAX):
                fetched = await poll.fetch(source.connection, cursor, source.following)
            await self._take(source, poll.name, fetched)
            cursor = fetched.cursor if fetched.more else None
        await cursors.release(self._database.pool, account, poll.name, self._me)

    async def _listen(self, source: Source, stream: Stream) -> None:
        cursor = await cursors.take(self._database.pool, source.account.id, stream.name, self._me, LEASE)
        if cursor is None:
            return
        try:
            async with aclosing(stream.listen(source.connection, cursor)) as heard:  # type: ignore[type-var]
                while True:
                    # An open stream may be dead: without a sign of life for so long it is listened to anew.
                    async with asyncio.timeout(stream.silence.total_seconds()):
                        fetched = await anext(heard, None)
                    if fetched is None:
                        return
                    await self._take(source, stream.name, fetched)
        finally:
            await cursors.release(self._database.pool, source.account.id, stream.name, self._me)

    async def _take(self, source: Source, name: str, fetched: Fetched) -> None:
        """Keeps what came, then moves the cursor: what a crash between the two brings twice counts once."""
        for body in fetched.bodies:
            await self._keep(source.account, name, body)
        await cursors.move(self._database.pool, source.account.id, name, self._me, fetched.cursor, LEASE)


def _pause_after(source: Source, name: str, fault: Exception, failures: int) -> timedelta:
    known = isinstance(fault, Away | Declined | TimeoutError | Busy | Unavailable | cursors.LeaseLost)
    level = logging.WARNING if known or passes_by_itself(fault) else logging.ERROR
    words = "nothing came in time" if isinstance(fault, TimeoutError) else str(fault)
    log.log(level, "%s of %s pauses: %s", name, source.account.id, words, exc_info=None if known else fault)
    asked = fault.retry_after if isinstance(fault, Away) else None
    return max(_waiting(failures), asked or timedelta())


def _waiting(failures: int) -> timedelta:
    return min(RETRY_FIRST * 2 ** min(failures - 1, 20), RETRY_MAX)


def _jittered(pause: timedelta) -> float:
    """Not all processes and accounts at once."""
    return pause.total_seconds() * random.uniform(0.8, 1.2)
