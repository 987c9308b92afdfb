"""What a service looks for now and then, because its time may have come, it looks for whenever the clock is moved."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import MagicMock

import pytest
from pydantic import SecretStr

from services.distribution import main as distribution
from services.distribution.settings import Settings as DistributionSettings
from services.kernel.clock import VirtualClock
from services.quality import main as quality
from services.quality.settings import Settings as QualitySettings
from services.tower import main as tower
from services.tower.settings import Settings as TowerSettings

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
HARDLY_EVER = timedelta(minutes=1)
KEY = SecretStr("11" * 32)


@pytest.mark.parametrize(
    ("module", "look", "loop", "settings"),
    [
        pytest.param(
            distribution,
            "tell_overdue",
            "overdue",
            lambda: DistributionSettings(signature_key=KEY, overdue_every=HARDLY_EVER),
            id="distribution",
        ),
        pytest.param(
            quality,
            "tell_deadlines",
            "deadlines",
            lambda: QualitySettings(signature_key=KEY, deadlines_every=HARDLY_EVER),
            id="quality",
        ),
        pytest.param(tower, "restate_due", "due", lambda: TowerSettings(due_every=HARDLY_EVER), id="tower"),
    ],
)
async def test_a_look_comes_as_the_clock_is_moved(
    monkeypatch: pytest.MonkeyPatch, module: Any, look: str, loop: str, settings: Callable[[], Any]
) -> None:
    clock, looks = VirtualClock(NOW), asyncio.Queue[datetime]()

    async def looked(*_: object) -> None:
        looks.put_nowait(clock.now())

    async def nothing(*_: object) -> None: ...

    for other in ("judge_due", "play_due"):
        monkeypatch.setattr(module, other, nothing, raising=False)
    monkeypatch.setattr(module, look, looked)
    parts = module.service(settings(), MagicMock(), MagicMock(), clock)
    [background] = [each for each in parts.background if each.__qualname__.endswith(f".{loop}")]
    running = asyncio.create_task(background())
    async with asyncio.timeout(30):  # half of what it would take by itself
        assert await looks.get() == NOW
        later = clock.advance(timedelta(hours=1))
        assert await looks.get() == later
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
