"""Whether a gateway is alive while it is asked odd things: its health is probed all the while, and its memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import psutil

from tests.support.gateway_process import Running

PAUSE_S = 0.02
# While a health check waits, the gateway may work for a second. It is its own work that counts and not the clock on
# the wall, so that others who use the machine do not matter; a slow one shows in what it takes without anything odd.
ANSWER_S, TIMES_OF_USUAL = 1.0, 30
GROWTH_BYTES_MAX = 400 * 2**20


@dataclass(slots=True)
class Probe:
    """How long the gateway worked until each look at its health was answered, and the most memory that was seen."""

    answers_s: list[float] = field(default_factory=list)
    memory_bytes: int = 0

    @property
    def slowest_s(self) -> float:
        """The most work before an answer."""
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
    assert probe.slowest_s < most_s, (
        f"health waited for {probe.slowest_s:.2f} s of work, usually {usual.slowest_s:.3f} s"
    )
    grown = probe.memory_bytes - usual.memory_bytes
    assert grown < GROWTH_BYTES_MAX, f"the gateway grew by {grown / 2**20:.0f} MiB"


async def _watch(running: Running, probe: Probe, stop: asyncio.Event) -> None:
    process = psutil.Process(running.pid)
    async with httpx.AsyncClient(base_url=running.rest_url, timeout=60) as client:
        while not stop.is_set() or len(probe.answers_s) < 10:
            began_s = _worked_s(process)
            answer = await client.get("/healthz")
            probe.answers_s.append(_worked_s(process) - began_s)
            assert answer.status_code == 200
            probe.memory_bytes = max(probe.memory_bytes, process.memory_info().rss)
            await asyncio.sleep(PAUSE_S)


def _worked_s(process: psutil.Process) -> float:
    """Processor time of the process, without that of its children."""
    spent = process.cpu_times()
    return float(spent.user + spent.system)
