"""Weeks start on Mondays at 00:00 UTC, across years and changes of clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.planning.domain.weeks import WEEK, starts_at, week_of, weeks_between

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())  # noqa: DTZ001


@given(INSTANTS)
def test_an_instant_lies_in_its_week_whatever_zone_it_is_told_in(at: datetime) -> None:
    week = week_of(at)
    assert week.weekday() == 0
    assert starts_at(week) <= at < starts_at(week + WEEK)


def test_the_week_between_two_years_belongs_to_its_monday() -> None:
    assert week_of(datetime(2027, 1, 3, 23, 59, tzinfo=UTC)) == date(2026, 12, 28)
    assert week_of(datetime(2027, 1, 4, tzinfo=UTC)) == date(2027, 1, 4)
    assert weeks_between(date(2026, 12, 28), date(2027, 1, 4)) == 1


def test_a_week_in_which_clocks_change_is_as_long_as_any_other() -> None:
    chicago = ZoneInfo("America/Chicago")
    sunday_night = datetime(2027, 3, 14, 18, 59, 59, tzinfo=chicago)  # the day on which they go forward
    assert week_of(sunday_night) == date(2027, 3, 8)
    assert week_of(sunday_night + timedelta(seconds=1)) == date(2027, 3, 15)
    assert starts_at(date(2027, 3, 15)) - starts_at(date(2027, 3, 8)) == timedelta(hours=168)
