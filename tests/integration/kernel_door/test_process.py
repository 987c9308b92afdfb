"""How a process starts and ends."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.kernel import process

ROOT = Path(__file__).resolve().parents[3]


class Part:
    """Remembers what was done with it."""

    def __init__(self, name: str, told: list[str]) -> None:
        self.name, self.told = name, told

    async def start(self) -> None:
        self.told.append(f"start {self.name}")

    async def stop(self, grace_s: float) -> None:
        self.told.append(f"stop {self.name}")


async def test_parts_stop_in_the_opposite_order_and_the_background_last():
    told: list[str] = []
    stopping = asyncio.Event()

    async def flush() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            told.append("end of the background")

    parts = [Part("http", told), Part("grpc", told)]
    await asyncio.wait_for(process.run(parts, [flush], stopping=stopping, on_ready=stopping.set), 60)
    assert told == ["start http", "start grpc", "stop grpc", "stop http", "end of the background"]


async def test_a_fault_in_the_background_ends_the_process_with_it():
    told: list[str] = []

    async def broken() -> None:
        raise ZeroDivisionError("no")

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(process.run([Part("http", told)], [broken]), 60)
    assert told == ["start http", "stop http"]


async def test_a_background_that_just_ends_is_a_fault_too():
    async def short() -> None:
        pass

    with pytest.raises(RuntimeError, match="nobody asked"):
        await asyncio.wait_for(process.run([], [short]), 60)


async def test_a_part_that_cannot_start_stops_those_that_did():
    told: list[str] = []

    class Broken(Part):
        async def start(self) -> None:
            raise OSError("in use")

    with pytest.raises(OSError, match="in use"):
        await process.run([Part("first", told), Broken("second", told)])
    assert told == ["start first", "stop first"]


PROGRAM = """
import asyncio, logging
from services.kernel import process

async def work():
    try:
        await asyncio.Event().wait()
    finally:
        logging.getLogger("work").info("ended", extra={"token": "s3cret"})

async def main():
    await process.run([], [work], on_ready=lambda: print("ready", flush=True))

process.main(main)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_process_in_order(number):
    running = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    running.send_signal(number)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 0
    [line] = [json.loads(line) for line in errors.splitlines()]
    assert (line["message"], line["token"], line["level"]) == ("ended", "***", "INFO")
