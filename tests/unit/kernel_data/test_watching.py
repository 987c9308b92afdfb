"""Watches: what looks bring, signs of life while they bring nothing, and an end where there are no more looks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta

import pytest

from services.kernel.watching import Look, Sighting, with_signs_of_life

LONG, SHORT = timedelta(hours=1), timedelta(milliseconds=1)


async def looks_of(*looks: Look[str] | asyncio.Event | Exception) -> AsyncGenerator[Look[str], None]:
    """These, one after another; before what follows an event it waits for that."""
    for each in looks:
        if isinstance(each, asyncio.Event):
            await each.wait()
        elif isinstance(each, Exception):
            raise each
        else:
            yield each


async def test_what_looks_bring_is_told_in_order_and_then_the_watch_ends() -> None:
    looks = looks_of(Look(2, [Sighting(1, "a"), Sighting(2, "b")]), Look(3), Look(4, [Sighting(4, "c")]))
    told = [each async for each in with_signs_of_life(looks, 0, LONG)]
    assert told == [Sighting(1, "a"), Sighting(2, "b"), Sighting(4, "c")]


async def test_while_nothing_is_brought_there_are_signs_of_life_at_the_place_that_was_reached() -> None:
    go_on = asyncio.Event()
    async with aclosing(with_signs_of_life(looks_of(Look(7), go_on, Look(8, [Sighting(8, "a")])), 0, SHORT)) as watch:
        signs = [await anext(watch) for _ in range(3)]
        assert {each.told for each in signs} == {None}
        assert signs[-1].place == 7
        go_on.set()
        rest = [each async for each in watch if each.told]
    assert rest == [Sighting(8, "a")]


async def test_a_fault_of_a_look_reaches_whoever_watches() -> None:
    with pytest.raises(ConnectionError, match="gone"):
        _ = [each async for each in with_signs_of_life(looks_of(ConnectionError("gone")), 0, LONG)]


async def test_whoever_leaves_ends_the_look_that_is_on_its_way() -> None:
    left = asyncio.Event()

    async def looks() -> AsyncGenerator[Look[str], None]:
        yield Look(1, [Sighting(1, "a")])
        try:
            await asyncio.Event().wait()
        finally:
            left.set()

    async with aclosing(with_signs_of_life(looks(), 0, SHORT)) as watch:
        assert await anext(watch) == Sighting(1, "a")
        assert await anext(watch) == Sighting(1)  # a sign of life, while the next look is on its way
    assert left.is_set()
