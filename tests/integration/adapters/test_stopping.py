"""A process that is stopped leaves nothing behind that another one would have to wait for."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

from adapters.host import cursors
from adapters.host.discover import discover
from adapters.host.fetching import Fetcher, Source
from adapters.host.values import Account
from adapters.outbound import Away, Fetched, Poll
from services.kernel.clock import VirtualClock
from services.kernel.db import Database
from services.kernel.ids import uuid7
from tests.support.couriers import NOW, SWIFT


async def test_a_poll_that_is_stopped_in_the_middle_gives_its_cursor_back_at_once(courier_dsn: str) -> None:
    begun, database = asyncio.Event(), await Database.connect(courier_dsn, "exchange", pool_size=2)

    async def fetch(*_: Any) -> Fetched:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody lets it go on")

    async def keep(*_: Any) -> None: ...

    poll = Poll("ups.track", timedelta(seconds=1), fetch)
    account = Account("swift-ups", SWIFT, discover()["courier_ups"], None, None)  # type: ignore[arg-type]
    polling = asyncio.create_task(Fetcher(database, VirtualClock(NOW), keep).poll(Source(account, None), poll))
    async with asyncio.timeout(60):
        await begun.wait()

    async def taken_by_another() -> str | None:
        return await cursors.take(database.pool, account.id, poll.name, uuid7(), timedelta(minutes=2), NOW)  # type: ignore[arg-type]

    assert await taken_by_another() is None  # while it works
    polling.cancel()
    with suppress(asyncio.CancelledError):
        await polling
    assert await taken_by_another() == ""
    await database.close()


async def test_a_pause_that_the_other_side_asked_for_ends_when_the_clock_is_moved_past_it(courier_dsn: str) -> None:
    database, clock = await Database.connect(courier_dsn, "exchange", pool_size=2), VirtualClock(NOW)
    asked: asyncio.Queue[None] = asyncio.Queue()

    async def fetch(*_: Any) -> Fetched:
        asked.put_nowait(None)
        raise Away("away for an hour", timedelta(hours=1))

    async def keep(*_: Any) -> None: ...

    poll = Poll("ups.track", timedelta(seconds=1), fetch)
    account = Account("paused-ups", SWIFT, discover()["courier_ups"], None, None)  # type: ignore[arg-type]
    polling = asyncio.create_task(Fetcher(database, clock, keep).poll(Source(account, None), poll))
    async with asyncio.timeout(60):
        await asked.get()
        while asked.empty():  # the pause begins some moments after it was asked, and lasts up to 84 minutes
            clock.advance(timedelta(hours=2))
            await asyncio.sleep(0)
    polling.cancel()
    with suppress(asyncio.CancelledError):
        await polling
    await database.close()
