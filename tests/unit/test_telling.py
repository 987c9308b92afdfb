"""A test that took long and is not marked is named at the end of a run."""

from typing import Literal

import pytest

from tests.support.telling import SLOW_S, unmarked


def report(
    name: str, seconds: float, *marks: str, when: Literal["setup", "call", "teardown"] = "call"
) -> pytest.TestReport:
    location = (name, 1, name)
    return pytest.TestReport(name, location, dict.fromkeys([name, *marks], 1), "passed", None, when, duration=seconds)


def test_what_took_long_and_is_not_marked_is_named_and_nothing_else_is() -> None:
    assert unmarked(
        [
            report("quick", SLOW_S),
            report("marked", 99, "slow"),
            report("history", 999, "long"),
            report("slow and unmarked", SLOW_S + 0.5),
            report("waits for its world", 75, "asyncio", when="setup"),
        ]
    ) == [
        "not marked slow: slow and unmarked took 30 s (call)",
        "not marked slow: waits for its world took 75 s (setup)",
    ]
