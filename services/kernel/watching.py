"""Watches: what is there, then what comes, without a gap or a repeat, with signs of life in between.

Nothing is kept for a watcher: the next look is taken when it has read the last one, so one that reads slowly costs no
more than one that reads fast.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from doselane.type.v1.type_pb2 import KeepAlive

from services.kernel.clock import Clock
from services.kernel.cursors import Cursors
from services.kernel.timestamps import stamp

Told = TypeVar("Told")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Sighting(Generic[Told]):
    """What a watcher is told, or, without it, a sign of life; `place` is where to go on from."""

    place: int
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Look(Generic[Told]):
    """What one look brought for this watcher, and how far it reached."""

    place: int
    sightings: Sequence[Sighting[Told]] = ()


async def with_signs_of_life(
    looks: AsyncGenerator[Look[Told], None], place: int, keep_alive: timedelta
) -> AsyncGenerator[Sighting[Told], None]:
    """The sightings of all looks after a place, and a sign of life whenever there was none for so long.

    It ends when there are no more looks.
    """
    loop, gap_s = asyncio.get_running_loop(), keep_alive.total_seconds()
    silent_until_s = loop.time() + gap_s
    coming = asyncio.ensure_future(anext(looks))
    try:
        while True:
            await asyncio.wait((coming,), timeout=max(0.0, silent_until_s - loop.time()))
            if coming.done():
                try:
                    look = coming.result()
                except StopAsyncIteration:
                    return
                place = look.place
                for sighting in look.sightings:
                    yield sighting
                    silent_until_s = loop.time() + gap_s
                coming = asyncio.ensure_future(anext(looks))
            if loop.time() >= silent_until_s:  # also when much happened, but nothing for this watcher
                yield Sighting(place)
                silent_until_s = loop.time() + gap_s
    finally:
        if coming.cancel():
            with suppress(asyncio.CancelledError):
                await coming


async def responses(
    sightings: AsyncIterator[Sighting[Any]],
    cursors: Cursors,
    clock: Clock,
    response: Callable[..., Answer],
    told: str | Mapping[type, str],
) -> AsyncIterator[Answer]:
    """The sightings as messages of a streaming call: a cursor, and the field `told`, or else `keep_alive`.

    Where several things are told, the field goes by the type of each.
    """
    async for each in sightings:
        if each.told is None:
            said = {"keep_alive": KeepAlive(server_time=stamp(clock.now()))}
        else:
            said = {told if isinstance(told, str) else told[type(each.told)]: each.told}
        yield response(cursor=cursors.write(each.place), **said)
