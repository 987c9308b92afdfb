"""Starts load processes and adds up what they report."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence

from tests.bench.claims.load import Orders, orders_json
from tests.bench.result import Measured, percentile
from tests.support.slotting import SITE

LOAD_PROCESSES = 2


async def drive(
    target: str, token: str, runs: list[str], in_flight: int, seconds: float, *, batch: int = 0
) -> Measured:
    """Keep so many in flight from processes of their own, and add up what they saw."""
    processes = min(LOAD_PROCESSES, in_flight)
    orders = Orders(target, token, runs, SITE, in_flight // processes, seconds, batch=batch)
    return await gather_loads(
        [sys.executable, "-m", "tests.bench.claims.load", orders_json(orders)], processes, seconds
    )


async def gather_loads(command: Sequence[str], processes: int, seconds: float) -> Measured:
    """Run the same load in several processes at once and add up their reports."""
    started = [
        await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, limit=1 << 28)
        for _ in range(processes)
    ]
    outputs = await asyncio.gather(*(process.communicate() for process in started))
    if any(process.returncode for process in started):
        raise RuntimeError("a load process failed")
    reports = [json.loads(output) for output, _ in outputs]
    latencies_ms = sorted(value for report in reports for value in report["latencies_ms"])
    outcomes: Counter[str] = Counter()
    for report in reports:
        outcomes.update(report["outcomes"])
    return Measured(
        outcomes["OK"] / seconds, percentile(latencies_ms, 0.5), percentile(latencies_ms, 0.99), dict(outcomes)
    )
