"""After a fault a poll pauses: as long as the other side wants by the gateway's clock, or by the machine's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.host import cursors
from adapters.host.fetching import Fetcher, Source
from adapters.outbound import Away, Poll
from services.kernel.clock import VirtualClock
from tests.support.couriers import NOW


class Shut:
    """Another system that is away whenever it is asked."""

    def __init__(self, asks_for: timedelta) -> None:
        self.asked = 0
        self._asks_for = asks_for

    async def fetch(self, *_: object) -> Any:
        self.asked += 1
        await asyncio.sleep(0)
        raise Away("429", self._asks_for)

    async def was_asked(self, times: int) -> None:
        async with asyncio.timeout(60):
            while self.asked < times:
                await asyncio.sleep(0.001)
            for _ in range(5):  # until it pauses
                await asyncio.sleep(0)


@asynccontextmanager
async def polled(shut: Shut, every: timedelta, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[VirtualClock]:
    """It is polled, and the clock by which it is."""

    async def take(*_: object) -> str:
        return ""

    async def nothing(*_: object) -> None:
        pass

    @asynccontextmanager
    async def transaction() -> AsyncIterator[None]:
        yield

    monkeypatch.setattr(cursors, "take", take)
    monkeypatch.setattr(cursors, "note_failure", nothing)
    monkeypatch.setattr(cursors, "release", nothing)
    clock, nobody = VirtualClock(NOW), None
    account = SimpleNamespace(id="one", partner="partners/one", connection=None)
    database: Any = SimpleNamespace(pool=None, transaction=transaction)
    fetcher = Fetcher(database, clock, nobody)  # type: ignore[arg-type]
    source = Source(account, None)  # type: ignore[arg-type]
    polling = asyncio.create_task(fetcher.poll(source, Poll("p", every, shut.fetch)))
    try:
        yield clock
    finally:
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)


async def test_who_wants_to_be_left_alone_is_so_until_the_clock_has_gone_so_far(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shut = Shut(timedelta(hours=1))
    async with polled(shut, timedelta(seconds=1), monkeypatch) as clock:
        for asked in (1, 2):
            await shut.was_asked(asked)
            for _ in range(59):
                clock.advance(timedelta(minutes=1))
                for _ in range(5):
                    await asyncio.sleep(0)
            assert shut.asked == asked
            clock.advance(timedelta(minutes=26))  # with what spreads those that failed together
        await shut.was_asked(3)


async def test_where_the_clock_stands_still_the_machines_ends_the_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    shut = Shut(timedelta())
    async with polled(shut, timedelta(milliseconds=10), monkeypatch):
        await shut.was_asked(4)
