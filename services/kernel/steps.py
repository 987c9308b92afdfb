"""Work on many things in small steps, so that the event loop has its turn in between (bench `loop`)."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

# What is made of one thing takes up to 200 µs on a slow machine, so a step takes some 6 ms.
AT_ONCE: Final = 32

Given = TypeVar("Given")
Made = TypeVar("Made")


async def in_steps(make: Callable[[Given], Made], given: Iterable[Given]) -> list[Made]:
    """What `make` makes of each, in order. For lists whose length a caller decides; what is few costs nothing more."""
    made: list[Made] = []
    for each in given:
        if made and len(made) % AT_ONCE == 0:
            await asyncio.sleep(0)
        made.append(make(each))
    return made
