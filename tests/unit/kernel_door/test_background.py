"""What runs in the background runs until it is stopped; what does not is named."""

import asyncio
from functools import partial

from services.kernel.background import BackgroundTasks, name_of


class Relay:
    """Something with a background of its own."""

    async def run(self) -> None:
        await asyncio.Event().wait()


async def sweep(fault: Exception | None) -> None:
    if fault:
        raise fault


async def after_a_turn(tasks: BackgroundTasks) -> Exception | None:
    await asyncio.wait(tasks.tasks, return_when=asyncio.FIRST_COMPLETED)
    return tasks.fault()


async def test_nothing_is_wrong_while_all_run() -> None:
    tasks = BackgroundTasks([Relay().run, Relay().run])
    await asyncio.sleep(0)
    assert tasks.fault() is None
    await tasks.stop()
    assert all(task.cancelled() for task in tasks.tasks)


async def test_what_just_ended_is_named() -> None:
    tasks = BackgroundTasks([Relay().run, partial(sweep, None)])
    assert str(await after_a_turn(tasks)).endswith(": tests.unit.kernel_door.test_background.sweep.")
    await tasks.stop()


async def test_what_was_cancelled_by_somebody_else_has_ended_too() -> None:
    tasks = BackgroundTasks([Relay().run])
    tasks.tasks[0].cancel()
    assert str(await after_a_turn(tasks)).endswith("Relay.run.")
    await tasks.stop()


async def test_a_fault_stays_what_it_is_and_says_whose_it_was() -> None:
    tasks = BackgroundTasks([Relay().run, partial(sweep, ZeroDivisionError("no"))])
    fault = await after_a_turn(tasks)
    assert isinstance(fault, ZeroDivisionError)
    assert fault.__notes__ == ["Raised in the background, by tests.unit.kernel_door.test_background.sweep."]
    await tasks.stop()


def test_a_name_says_where_the_source_has_it() -> None:
    assert name_of(Relay().run) == "tests.unit.kernel_door.test_background.Relay.run"
    assert name_of(partial(partial(sweep), None)) == "tests.unit.kernel_door.test_background.sweep"
    assert name_of(lambda: sweep(None)).endswith("test_a_name_says_where_the_source_has_it.<locals>.<lambda>")
