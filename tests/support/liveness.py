"""Whether a gateway is alive while it is asked odd things: its health is probed all the while, and its memory."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import psutil

from tests.support.gateway_process import Running

PAUSE_S = 0.02
# Health must be answered within a second. A slow or busy machine shows in what it takes without anything odd.
ANSWER_S, TIMES_OF_USUAL = 1.0, 30
GROWTH_BYTES_MAX = 400 * 2**20


@dataclass(slots=True)
class Probe:
    """How long each look at the health took, and the most memory that was seen."""

    answers_s: list[float] = field(default_factory=list)
    memory_bytes: int = 0

    @property
    def slowest_s(self) -> float:
        """The longest wait for an answer."""
        return max(self.answers_s)


@asynccontextmanager
async def probed(running: Running) -> AsyncIterator[Probe]:
    """Probes until the block ends; a probe that is under way then is waited for."""
    probe, stop = Probe(), asyncio.Event()
    watcher = asyncio.create_task(_watch(running, probe, stop))
    try:
        yield probe
    finally:
        stop.set()
        await watcher


def require_alive(usual: Probe, probe: Probe) -> None:
    """Fails if the gateway held its breath, or grew without end."""
    assert len(probe.answers_s) >= 10, f"health was asked for only {len(probe.answers_s)} times"
    most_s = ANSWER_S + TIMES_OF_USUAL * usual.slowest_s
    assert probe.slowest_s < most_s, f"health took {probe.slowest_s:.2f} s, usually {usual.slowest_s:.3f} s"
    grown = probe.memory_bytes - usual.memory_bytes
    assert grown < GROWTH_BYTES_MAX, f"the gateway grew by {grown / 2**20:.0f} MiB"


async def _watch(running: Running, probe: Probe, stop: asyncio.Event) -> None:
    process = psutil.Process(running.pid)
    async with httpx.AsyncClient(base_url=running.rest_url, timeout=60) as client:
        while not stop.is_set() or len(probe.answers_s) < 10:
            began_s = time.monotonic()
            answer = await client.get("/healthz")
            probe.answers_s.append(time.monotonic() - began_s)
            assert answer.status_code == 200
            probe.memory_bytes = max(probe.memory_bytes, process.memory_info().rss)
            await asyncio.sleep(PAUSE_S)
