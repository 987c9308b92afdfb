"""A gateway of which a part has ended does not look alive: whoever waits for it or leaves it is told which part."""

import asyncio
from pathlib import Path

import pytest

from services.kernel.process import Service
from services.local.gateway import Gateway, Plan


class Planted(Gateway):
    """Has one thing to do in the background, and no doors."""

    def __init__(self, ends: asyncio.Event) -> None:
        super().__init__(Plan("", Path()))
        self._ends = ends

    async def compare(self) -> None:
        await self._ends.wait()

    async def _start(self) -> None:
        self._run_background([Service([], [self.compare])])


async def test_whoever_leaves_it_hears_what_ended() -> None:
    ends = asyncio.Event()
    with pytest.raises(RuntimeError, match=r"test_local_gateway\.Planted\.compare"):
        async with Planted(ends) as gateway:
            ends.set()
            with pytest.raises(RuntimeError, match=r"test_local_gateway\.Planted\.compare"):
                await gateway.wait()


async def test_a_fault_of_whoever_leaves_it_is_told_before_it() -> None:
    ends = asyncio.Event()
    with pytest.raises(ZeroDivisionError):
        async with Planted(ends) as gateway:
            ends.set()
            with pytest.raises(RuntimeError):
                await gateway.wait()
            raise ZeroDivisionError


async def test_a_gateway_that_is_whole_is_left_in_peace() -> None:
    async with Planted(asyncio.Event()):
        pass
