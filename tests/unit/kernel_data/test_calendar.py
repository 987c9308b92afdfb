"""Local times as instants: nights in which the clocks change, both sides of the date line, closed days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from doselane.masterdata.v1 import resources_pb2
from google.type.date_pb2 import Date
from google.type.timeofday_pb2 import TimeOfDay
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.calendar import (
    OCCURRENCES_MAX,
    IntervalTooLong,
    Span,
    Weekly,
    date_of,
    instant_of,
    occurrences,
    time_of,
    weekly_of,
)

CHICAGO, BERLIN = ZoneInfo("America/Chicago"), ZoneInfo("Europe/Berlin")
KIRITIMATI, PAGO_PAGO = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago")  # UTC+14 and UTC-11
EVERY_DAY = frozenset(range(1, 8))
ZONES = st.sampled_from([CHICAGO, BERLIN, KIRITIMATI, PAGO_PAGO, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(
    weekly: Weekly, zone: ZoneInfo, from_day: str, days: int, closed: frozenset[date] = frozenset()
) -> list[str]:
    from_at = utc(from_day)
    spans = occurrences((weekly,), zone, closed, from_at, from_at + timedelta(days=days))
    return [f"{span.start_at:%m-%d %H:%M}" for span in spans]


def test_a_window_keeps_its_local_time_over_the_night_of_the_clock_change():
    at_seven = Weekly(EVERY_DAY, time(7), time(10))
    assert starts(at_seven, CHICAGO, "2027-03-13", 3) == ["03-13 13:00", "03-14 12:00", "03-15 12:00"]
    assert starts(at_seven, BERLIN, "2027-10-30", 3) == ["10-30 05:00", "10-31 06:00", "11-01 06:00"]


def test_the_night_of_the_change_has_23_or_25_hours():
    all_night = Weekly(EVERY_DAY, time(20), time(8))
    [short] = occurrences((all_night,), CHICAGO, (), utc("2027-03-14 06:00"), utc("2027-03-14 07:00"))
    [long] = occurrences((all_night,), CHICAGO, (), utc("2027-11-07 06:00"), utc("2027-11-07 07:00"))
    assert short.end_at - short.start_at == timedelta(hours=11)
    assert long.end_at - long.start_at == timedelta(hours=13)


def test_a_time_that_spring_leaves_out_is_where_the_clock_would_have_shown_it():
    assert instant_of(date(2027, 3, 14), time(2, 30), CHICAGO) == utc("2027-03-14 08:30")


def test_a_time_that_autumn_has_twice_is_the_first():
    assert instant_of(date(2027, 11, 7), time(1, 30), CHICAGO) == utc("2027-11-07 06:30")


def test_a_window_within_the_hour_left_out_takes_place_an_hour_later_by_the_wall():
    gap = Weekly(frozenset({7}), time(2, 15), time(2, 45))
    [span] = occurrences((gap,), CHICAGO, (), utc("2027-03-14"), utc("2027-03-15"))
    assert span == Span(utc("2027-03-14 08:15"), utc("2027-03-14 08:45"), 0)


def test_weekdays_are_local_on_both_sides_of_the_date_line():
    monday_noon = Weekly(frozenset({1}), time(12), time(13))
    assert starts(monday_noon, KIRITIMATI, "2027-02-28", 7) == ["02-28 22:00"]  # Sunday in UTC
    assert starts(monday_noon, PAGO_PAGO, "2027-02-28", 7) == ["03-01 23:00"]


def test_nothing_starts_on_a_closed_local_date_but_last_nights_window_still_ends():
    over_midnight = Weekly(EVERY_DAY, time(22), time(2))
    closed = frozenset({date(2027, 6, 2)})
    found = occurrences((over_midnight,), BERLIN, closed, utc("2027-06-01 22:30"), utc("2027-06-02 21:00"))
    assert [span.start_at for span in found] == [utc("2027-06-01 20:00")]


def test_a_window_that_began_before_the_search_is_found_until_it_ends():
    window = Weekly(EVERY_DAY, time(8), time(9))
    at = utc("2027-06-01 09:00")
    assert not occurrences((window,), ZoneInfo("UTC"), (), at, at + timedelta(microseconds=1))
    before = at - timedelta(microseconds=1)
    assert occurrences((window,), ZoneInfo("UTC"), (), before, at)


@given(zone=ZONES, hour=st.integers(0, 23), length=st.integers(1, 23), start=st.integers(0, 700))
def test_each_local_day_has_its_window_once_and_in_order(zone: ZoneInfo, hour: int, length: int, start: int):
    weekly = Weekly(EVERY_DAY, time(hour), time((hour + length) % 24), 3)
    from_at = utc("2026-01-05") + timedelta(days=start)
    spans = occurrences((weekly,), zone, (), from_at, from_at + timedelta(days=14))
    days = [span.start_at.astimezone(zone).date() for span in spans]
    # 13: the fortnight begins as a window ends, and ends as one begins, an hour of local time later.
    assert days == sorted(set(days)) and 13 <= len(days) <= 16
    assert all(span.start_at <= span.end_at and span.places == 3 for span in spans)


def test_published_times_are_read():
    message = resources_pb2.WeeklyWindow(
        days=[1, 5], start_time=TimeOfDay(hours=22, minutes=30), end_time=TimeOfDay(hours=24), places=4
    )
    assert weekly_of(message) == Weekly(frozenset({1, 5}), time(22, 30), time(0), 4)
    assert date_of(Date(year=2027, month=2, day=28)) == date(2027, 2, 28)


@pytest.mark.parametrize("wrong", [TimeOfDay(hours=25), TimeOfDay(hours=24, minutes=1), TimeOfDay(minutes=60)])
def test_a_time_that_is_none_is_refused(wrong: TimeOfDay):
    with pytest.raises(ValueError):
        time_of(wrong)


@pytest.mark.parametrize("days", [EVERY_DAY, frozenset({3})])
def test_an_interval_with_too_many_occurrences_is_refused_before_it_is_walked(days: frozenset[int]):
    window, from_at = Weekly(days, time(7), time(10)), utc("2027-03-01")
    weeks = OCCURRENCES_MAX // len(days) - 1
    assert len(occurrences((window,), BERLIN, (), utc("2027-03-01"), utc("2027-03-29"))) == 4 * len(days)
    last = from_at + timedelta(weeks=weeks)
    with pytest.raises(IntervalTooLong) as refused:
        occurrences((window,), BERLIN, (), from_at, last + timedelta(weeks=1))
    assert refused.value.facts["from_time"] == "2027-03-01T00:00:00Z"
    assert refused.value.facts["occurrences_max"] == str(OCCURRENCES_MAX)
    # Both bounds at once: a hundred windows reach it a hundred times sooner.
    with pytest.raises(IntervalTooLong):
        occurrences((window,) * 100, BERLIN, (), from_at, from_at + timedelta(weeks=weeks // 100 + 2))


def test_what_never_takes_place_is_not_looked_for_day_by_day():
    never = Weekly(frozenset(), time(0), time(0))
    assert occurrences((never,), BERLIN, (), utc("0002-01-01"), utc("9998-01-01")) == []
    assert occurrences((), BERLIN, (), utc("0002-01-01"), utc("9998-01-01")) == []
