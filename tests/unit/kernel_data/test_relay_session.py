"""A relay looks when it is called, once more to note how far it came, and else seldom: each look costs something."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from services.kernel.outbox.lease import Moved
from services.kernel.outbox.session import NOTE_EVERY_S, NOTE_OF_LOG_EVERY_S, POLL_S, ROWS_PER_STEP, RelaySession
from services.kernel.signals import Signal


class Lease:
    """Moves what it was given, step by step; then the relay is cancelled."""

    def __init__(self, *counts: int) -> None:
        self.published = 0
        self.noted: list[int | None] = []
        self._counts, self._position = list(counts), 0

    async def step(self, row_limit: int, acknowledged: int | None, *, with_events: bool) -> Moved:
        if not self._counts:
            raise asyncio.CancelledError
        self.noted.append(acknowledged)
        self.published = acknowledged or self.published
        first, count = self._position + 1, self._counts.pop(0)
        self._position += count
        return Moved(first if count else 0, count, [])


class Outbox(Signal):
    """Notes how long is waited for it."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    async def wait(self, seen: int, timeout_s: float) -> bool:
        self.waits.append(timeout_s)
        return False


async def relayed(*counts: int, wants_events: bool = False) -> tuple[Lease, Outbox]:
    held, outbox = Lease(*counts), Outbox()
    database: Any = SimpleNamespace(schema="line")
    bus: Any = SimpleNamespace(wants_events=wants_events)
    session = RelaySession(held, database, bus, None, outbox, lambda: None)  # type: ignore[arg-type]
    with pytest.raises(asyncio.CancelledError):
        await session.move()
    return held, outbox


async def test_after_events_it_notes_them_and_then_looks_seldom() -> None:
    held, outbox = await relayed(0, 3, 0, 0, 0)
    assert outbox.waits == [POLL_S, NOTE_OF_LOG_EVERY_S, POLL_S, POLL_S, POLL_S]
    assert held.noted == [None, None, 3, None, None]


async def test_while_there_is_more_than_a_step_it_does_not_wait() -> None:
    _, outbox = await relayed(ROWS_PER_STEP, ROWS_PER_STEP, 1)
    assert outbox.waits == [NOTE_OF_LOG_EVERY_S]


async def test_what_a_bus_has_taken_is_noted_sooner_as_a_crash_would_publish_it_again() -> None:
    _, outbox = await relayed(3, 0, wants_events=True)
    assert outbox.waits[0] == NOTE_EVERY_S < NOTE_OF_LOG_EVERY_S
