"""What is said at the end of a run: how often tests looked, and which are slow and do not say so.

A worker of `pytest -n` has no terminal of its own.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

TOLD = "told"
# What takes longer on a slow machine is marked `slow`; on a fast one nothing may come near it.
SLOW_S = 30.0


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Says a line that the end of the run repeats."""
    return lambda words: record_property(TOLD, words)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Repeats what tests have told, whether or not they passed, and names those that should be marked."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        for name, words in report.user_properties if report.when == "call" else ():
            if name == TOLD:
                terminalreporter.write_line(str(words))
    every = [each for kind in terminalreporter.stats.values() for each in kind if isinstance(each, pytest.TestReport)]
    for line in unmarked(every):
        terminalreporter.write_line(line)


def unmarked(reports: Iterable[pytest.TestReport]) -> list[str]:
    """A line for each part of a test (set-up, call, tear-down) that took longer than SLOW_S and is not marked.

    It fails nothing: how long a test takes depends on the machine and on who else uses it.
    """
    return [
        f"not marked slow: {each.nodeid} took {each.duration:.0f} s ({each.when})"
        for each in reports
        if each.duration > SLOW_S and not {"slow", "long"} & set(each.keywords)
    ]
