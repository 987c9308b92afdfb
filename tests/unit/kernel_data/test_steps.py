"""Work on many things lets others have their turn."""

import asyncio

from services.kernel.steps import AT_ONCE, in_steps


async def test_others_have_their_turn_after_every_few_things() -> None:
    made = 0
    seen: list[int] = []

    def make(number: int) -> int:
        nonlocal made
        made += 1
        return number * 2

    async def watch() -> None:
        while True:
            seen.append(made)
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    assert await in_steps(make, range(10 * AT_ONCE)) == [number * 2 for number in range(10 * AT_ONCE)]
    watching.cancel()
    steps = [later - sooner for sooner, later in zip(seen, [*seen[1:], made], strict=True)]
    assert max(steps) <= AT_ONCE, steps
    assert len(seen) >= 9


async def test_few_things_are_made_at_once() -> None:
    others: list[str] = []
    task = asyncio.get_running_loop().call_soon(others.append, "turn")
    assert await in_steps(str, [1, 2]) == ["1", "2"]
    assert not others
    task.cancel()
