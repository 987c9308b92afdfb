"""Clocks."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.kernel.clock import SystemClock, VirtualClock

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)


def test_the_system_clock_tells_utc():
    assert SystemClock().now().tzinfo is UTC


def test_a_virtual_clock_stands_still_until_it_is_moved():
    clock = VirtualClock(NINE)
    assert clock.now() == clock.now() == NINE
    assert clock.advance(timedelta(minutes=5)) == clock.now() == NINE + timedelta(minutes=5)


def test_a_virtual_clock_does_not_run_backwards():
    with pytest.raises(ValueError, match="backwards"):
        VirtualClock(NINE).advance(timedelta(seconds=-1))


def test_a_virtual_clock_tells_utc_wherever_it_starts():
    clock = VirtualClock(NINE.astimezone(timezone(timedelta(hours=9))))
    assert clock.now().utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_starts_no_clock():
    with pytest.raises(ValueError, match="zone"):
        VirtualClock(datetime(2026, 12, 1))  # noqa: DTZ001
