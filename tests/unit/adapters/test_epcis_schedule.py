"""When a scheduled query of EPCIS runs."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from adapters.courier_epcis.query.schedule import schedule

NOW = datetime(2026, 11, 26, 9, 30, 15, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(("given", "expected"), [
    ({"hour": "1", "minute": "5"}, "2026-11-27T01:05:00"),
    ({"hour": 10, "minute": 0}, "2026-11-26T10:00:00"),
    ({"hour": "10"}, "2026-11-26T10:00:00"),
    ({"hour": "9"}, "2026-11-27T09:00:00"),
    ({"minute": "30"}, "2026-11-26T10:30:00"),
    ({"minute": "[0-59]"}, "2026-11-26T09:31:00"),
    ({"second": "0"}, "2026-11-26T09:31:00"),
    ({"second": "15"}, "2026-11-26T09:31:15"),
    ({"second": "0/30"}, "2026-11-26T09:30:30"),
    ({"second": "*"}, "2026-11-26T09:30:16"),
    ({"second": "*/20"}, "2026-11-26T09:30:20"),
    ({"second": "10,20,[40-50]"}, "2026-11-26T09:30:20"),
    ({"minute": "10-20", "second": "5"}, "2026-11-26T10:10:05"),
    ({"dayOfWeek": "1"}, "2026-11-30T00:00:00"),
    ({"dayOfWeek": "4", "hour": "12"}, "2026-11-26T12:00:00"),
    ({"dayOfWeek": "[6-7]"}, "2026-11-28T00:00:00"),
    ({"dayOfMonth": "1"}, "2026-12-01T00:00:00"),
    ({"dayOfMonth": "31", "hour": "23"}, "2026-12-31T23:00:00"),
    ({"month": "2", "dayOfMonth": "29"}, "2028-02-29T00:00:00"),
    ({"month": "2", "dayOfMonth": "29", "dayOfWeek": "7"}, "2032-02-29T00:00:00"),
    ({"month": "11", "hour": "10"}, "2026-11-26T10:00:00"),
])  # fmt: skip
def test_a_query_runs_next_at_the_first_time_that_fits(given: dict[str, Any], expected: str) -> None:
    assert schedule(given).after(NOW) == datetime.fromisoformat(f"{expected}+00:00")


def test_the_times_are_in_utc_wherever_it_is_asked() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert schedule({"hour": "10"}).after(elsewhere) == datetime(2026, 11, 26, 10, tzinfo=UTC)


def test_it_runs_again_and_again_and_never_twice_at_once() -> None:
    at, times = NOW, list[str]()
    for _ in range(4):
        found = schedule({"hour": "[1-2]", "minute": "0,30"}).after(at)
        assert found is not None
        at = found
        times.append(f"{at:%d %H:%M}")
    assert times == ["27 01:00", "27 01:30", "27 02:00", "27 02:30"]


@pytest.mark.parametrize(("given", "words"), [
    (None, "must be an object"),
    ({}, "at least one of second"),
    ({"fortnight": "1"}, "cannot have fortnight"),
    ({"hour": "24"}, "hour must lie from 0 to 23"),
    ({"minute": "60"}, "minute must lie from 0 to 59"),
    ({"dayOfMonth": "0"}, "dayOfMonth must lie from 1 to 31"),
    ({"dayOfWeek": "8"}, "dayOfWeek must lie from 1 to 7"),
    ({"hour": "[5-1]"}, "hour must lie"),
    ({"hour": ""}, "must be a number"),
    ({"hour": "1,"}, "must be a number"),
    ({"hour": "noon"}, "must be a number"),
    ({"hour": True}, "must be a number"),
    ({"hour": 1.5}, "must be a number"),
    ({"hour": None}, "must be a number"),
    ({"hour": ["1"]}, "must be a number"),
    ({"hour": "-1"}, "must be a number"),
    ({"month": "2", "dayOfMonth": "30"}, "a day that never comes"),
])  # fmt: skip
def test_what_is_no_schedule_is_refused(given: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        schedule(given)
