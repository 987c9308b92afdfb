"""The processes that a push is sent to."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.support.slotting_process import child, first_line

PROCESSES = 2  # as many as the chart starts; each has a core


@contextmanager
def serving(what: str, dsn: str, processes: int) -> Iterator[list[int]]:
    """The ports of `service` or `limit`, as so many processes on one database."""
    with ExitStack() as stack:
        command = [sys.executable, "-m", f"tests.bench.push.{what}", dsn]
        yield [int(first_line(stack.enter_context(child(command)))) for _ in range(processes)]
