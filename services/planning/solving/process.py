"""Runs the solver beside the service: the event loop stays free, and a stop is a kill."""

import asyncio
import pickle
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from services.planning.solving.frames import Done, Failed, Frame, LimitsFrame, Task, packed, size_of

_HEAD_BYTES = 8


class SolverFailed(Exception):
    """The solver process said why it could not go on, or ended without a word."""


async def frames_of(task: Task) -> AsyncGenerator[Frame, None]:
    """What a solver process says of a task. Leaving the loop ends the process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.planning.solving",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin and process.stdout
    try:
        process.stdin.write(packed(task))
        await process.stdin.drain()
        while True:
            head = await process.stdout.readexactly(_HEAD_BYTES)
            frame: Frame = pickle.loads(await process.stdout.readexactly(size_of(head)))
            yield frame
            if not _goes_on(frame):
                return
    except (asyncio.IncompleteReadError, ConnectionError) as fault:
        raise SolverFailed("The solver process ended without an answer.") from fault
    finally:
        with suppress(ProcessLookupError):
            # Whether it has answered, was stopped or broke down: nothing is left to end by itself.
            process.kill()
        await process.wait()


async def answer_of(task: Task) -> Done | LimitsFrame:
    """The answer to a task, without what is said on the way."""
    async with aclosing(frames_of(task)) as frames:
        async for frame in frames:
            if isinstance(frame, Failed):
                raise SolverFailed(frame.text)
            if isinstance(frame, Done | LimitsFrame):
                return frame
    raise SolverFailed("The solver process ended without an answer.")


def _goes_on(frame: Frame) -> bool:
    return not isinstance(frame, Done | LimitsFrame | Failed)
