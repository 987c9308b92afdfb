"""How long an answer asks us to wait, however it says so."""

from datetime import timedelta

import pytest

from adapters.waiting import WAIT_MAX, asked_to_wait, until_midnight

NINE = "Sun, 22 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(("asked", "wait"), [
    ("0", timedelta()), ("120", timedelta(minutes=2)), (" 7 ", timedelta(seconds=7)), ("9" * 40, WAIT_MAX),
    ("Sun, 22 Nov 2026 09:05:00 GMT", timedelta(minutes=5)), ("Sun, 22 Nov 2026 08:00:00 GMT", timedelta()),
    ("Sun, 22 Nov 2026 11:05:00 +0200", timedelta(minutes=5)), ("Tue, 22 Nov 2050 09:00:00 GMT", WAIT_MAX),
    ("", None), ("-5", None), ("1.5", None), ("soon", None), ("\u0663", None), ("Sun, 32 Nov 2026 09:05:00 GMT", None),
    ("Fri, 31 Dec 9999 23:59:59 -1200", None),
])  # fmt: skip
def test_seconds_and_instants_are_understood_and_nothing_else(asked: str, wait: timedelta | None) -> None:
    assert asked_to_wait({"retry-after": asked, "date": NINE}) == wait


def test_an_instant_without_the_senders_clock_says_nothing() -> None:
    assert asked_to_wait({"retry-after": "Sun, 22 Nov 2026 09:05:00 GMT"}) is None
    assert asked_to_wait({}) is None


@pytest.mark.parametrize(("date", "wait"), [
    (NINE, timedelta(hours=15)), ("Sun, 22 Nov 2026 00:00:00 GMT", timedelta(days=1)), ("", None), ("today", None),
])  # fmt: skip
def test_midnight_is_that_of_the_senders_clock(date: str, wait: timedelta | None) -> None:
    assert until_midnight({"date": date}) == wait
