"""Weeks: they start on Mondays at 00:00 UTC, whatever clocks do elsewhere."""

from datetime import UTC, date, datetime, time, timedelta

WEEK = timedelta(weeks=1)


def week_of(at: datetime) -> date:
    """The Monday of the week in which an instant lies."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def is_monday(day: date) -> bool:
    """Whether a week starts on this day."""
    return day.weekday() == 0


def starts_at(week: date) -> datetime:
    """The instant at which the week of this Monday starts."""
    return datetime.combine(week, time(), UTC)


def weeks_between(week: date, other: date) -> int:
    """How many weeks `other` starts after `week`; below zero if before."""
    return (other - week) // WEEK
