"""Whoever strikes at calls misses none of them: while one is borne, those at which the next may fall wait."""

import asyncio

import pytest

from tests.support.scattered import NothingMoreCame, Traffic


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_call_waits_while_its_kind_is_still_to_be_struck_and_others_pass() -> None:
    traffic = Traffic()
    await traffic.passes("a")  # nobody waits for anything yet
    first = asyncio.create_task(traffic.next(["a", "b"]))
    await settle()
    await traffic.passes("c")
    await traffic.passes("b")
    assert await first == "b"
    held = [asyncio.create_task(traffic.passes(each)) for each in ("b", "a", "a")]
    await traffic.passes("c")
    await settle()
    assert not any(each.done() for each in held)
    assert await traffic.next(["a"]) == "a"
    await settle()
    assert [each.done() for each in held] == [True, True, False]  # of b nothing is left to be struck
    traffic.free()
    await asyncio.gather(*held)
    assert traffic.passed == {"a": 3, "b": 2, "c": 2}


async def test_when_nothing_more_comes_whoever_waits_is_told_so_and_nothing_is_held() -> None:
    traffic = Traffic()
    waiting = asyncio.create_task(traffic.next(["a", "b"]))
    await settle()
    traffic.end()
    await traffic.passes("a")  # what comes all the same
    with pytest.raises(NothingMoreCame, match="no a or b came any more"):
        await waiting
    with pytest.raises(NothingMoreCame, match="no b came"):
        await traffic.next(["b"])
