"""The solver as a process: a task on standard input, frames on standard output, the end when its parent is gone."""

import os
import pickle
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

from services.planning.domain.editing import judge
from services.planning.domain.scoring import LimitsBroken
from services.planning.solving.frames import (
    Done,
    Failed,
    Frame,
    JudgeTask,
    LimitsFrame,
    ProgressFrame,
    ProposeTask,
    packed,
    size_of,
)


def main() -> None:
    """Does the one task that the parent writes."""
    source, out = sys.stdin.buffer, sys.stdout.buffer
    # What a library prints must not come between the frames.
    sys.stdout = sys.stderr
    task = pickle.loads(source.read(size_of(source.read(8))))
    threading.Thread(target=_end_with_parent, args=(source,), daemon=True).start()

    def tell(frame: Frame) -> None:
        out.write(packed(frame))
        out.flush()

    try:
        tell(_answer(task, tell))
    except LimitsBroken as fault:
        tell(LimitsFrame(tuple(fault.broken)))
    except Exception as fault:  # whatever it is, the proposal must say it
        tell(Failed(f"{type(fault).__name__}: {fault}"))
        raise


def _answer(task: ProposeTask | JudgeTask, tell: Callable[[Frame], None]) -> Frame:
    if isinstance(task, JudgeTask):
        return Done(judge(task.world, task.drafts, task.before))
    # Only here, as OR-tools takes a third of a second to load.
    from services.planning.solving.search import propose

    found = propose(task.world, task.limit_s, lambda *progress: tell(ProgressFrame(*progress)))
    return Done(found.judged, found.greedy_score)


def _end_with_parent(source: BinaryIO) -> None:
    # The parent writes nothing more, so this returns when it closes the pipe, by will or by dying.
    source.read()
    os._exit(1)


if __name__ == "__main__":
    main()
