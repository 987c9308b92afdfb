"""What tests tell of how often they looked, said at the end: a worker of `pytest -n` has no terminal of its own."""

from collections.abc import Callable
from typing import Any

import pytest

TOLD = "told"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Says a line that the end of the run repeats."""
    return lambda words: record_property(TOLD, words)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Repeats what tests have told, whether or not they passed."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in reports:
        for name, words in report.user_properties if report.when == "call" else ():
            if name == TOLD:
                terminalreporter.write_line(str(words))
