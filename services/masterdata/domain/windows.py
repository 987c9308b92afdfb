"""Windows: what is wrong with one, and which of them contradict each other."""

from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from typing import Any, NamedTuple

from services.masterdata.domain.contents import DatedWindow, Departure, WeeklyWindow
from services.masterdata.domain.fields import Violation, in_instant
from services.masterdata.domain.refusals import LaneCutoffMissing, WindowsContradict

NAMED_MAX = 20  # contradictions that one refusal lists

_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_MIDNIGHT = time(0)


class _Stretch(NamedTuple):
    """A stretch of time, and the field that says so: from instant to instant, or counted from Monday's midnight."""

    start: Any
    end: Any
    field: str


def in_weekly(field: str, windows: Sequence[WeeklyWindow]) -> Iterator[Violation]:
    """The local times of weekly windows."""
    for index, window in enumerate(windows):
        for part, value in (("start_time", window.start), ("end_time", window.end)):
            if value is None:
                yield f"{field}[{index}].{part}", "must be a local time of day"


def in_dated(field: str, windows: Sequence[DatedWindow]) -> Iterator[Violation]:
    """The instants of dated windows."""
    for index, window in enumerate(windows):
        yield from in_instant(f"{field}[{index}].start_time", window.start_at)
        yield from in_instant(f"{field}[{index}].end_time", window.end_at)


def in_departures(field: str, departures: Sequence[Departure]) -> Iterator[Violation]:
    """The local times of departures."""
    for index, departure in enumerate(departures):
        if departure.time is None:
            yield f"{field}[{index}].time", "must be a local time of day"


def require_weekly_apart(field: str, windows: Sequence[WeeklyWindow]) -> None:
    """Refuse weekly windows that overlap: a dose would count in both, or in neither."""
    stretches = [
        _Stretch(start, start + _lasting(window), f"{field}[{index}]")
        for index, window in enumerate(windows)
        for start in _starts(window.days, window.start)
    ]
    # The week after, so that a window over Sunday's midnight meets Monday's.
    again = [_Stretch(each.start + _WEEK, each.end + _WEEK, each.field) for each in stretches]
    _refuse(field, _overlaps([*stretches, *again]), "overlap")


def require_dated_apart(field: str, windows: Sequence[DatedWindow]) -> None:
    """Refuse dated windows that end before they start, or overlap."""
    stretches = [
        _Stretch(window.start_at, window.end_at, f"{field}[{index}]")
        for index, window in enumerate(windows)
        if window.start_at and window.end_at
    ]
    backwards = [(each.field, each.field) for each in stretches if each.end <= each.start]
    _refuse(field, backwards, "do not end after they start")
    _refuse(field, _overlaps(stretches), "overlap")


def require_departures_apart(field: str, departures: Sequence[Departure]) -> None:
    """Refuse two departures at the same time, whose places nobody could tell apart."""
    first: dict[timedelta, str] = {}
    twice = []
    for index, departure in enumerate(departures):
        for start in _starts(departure.days, departure.time):
            other = first.setdefault(start, f"{field}[{index}]")
            if other != f"{field}[{index}]":
                twice.append((other, f"{field}[{index}]"))
    _refuse(field, twice, "leave at the same time")


def require_cutoffs(field: str, departures: Sequence[Departure]) -> None:
    """Refuse departures that do not say when hand-over closes."""
    missing = [f"{field}[{index}]" for index, each in enumerate(departures) if each.cutoff_minutes is None]
    if missing:
        raise LaneCutoffMissing(
            "A lane without cut-offs promises nothing; state cutoff_minutes of each departure.",
            field=f"{missing[0]}.cutoff_minutes",
            departures=",".join(missing),
        )


def _starts(days: Sequence[int], at: time | None) -> list[timedelta]:
    """When it begins each week, from Monday's midnight."""
    return [(day - 1) * _DAY + _of_day(at) for day in days] if at else []


def _lasting(window: WeeklyWindow) -> timedelta:
    start, end = _of_day(window.start or _MIDNIGHT), _of_day(window.end or _MIDNIGHT)
    return end - start if end > start else end + _DAY - start


def _of_day(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _overlaps(stretches: Sequence[_Stretch]) -> list[tuple[str, str]]:
    """Pairs of fields that overlap: each stretch against the one that reaches furthest before it."""
    found, furthest = [], None
    for each in sorted(stretches):
        if furthest is not None and each.start < furthest.end:
            found.append((furthest.field, each.field))
        # Not simply the one before: a long one may reach over several short ones.
        if furthest is None or each.end > furthest.end:
            furthest = each
    return found


def _refuse(field: str, pairs: Sequence[tuple[str, str]], what: str) -> None:
    """Refuse if there is any pair; the two of one pair are the same where a window contradicts itself."""
    unique = list(dict.fromkeys(tuple(sorted(pair)) for pair in pairs))
    if unique:
        listed = ",".join("+".join(dict.fromkeys(pair)) for pair in unique[:NAMED_MAX])
        raise WindowsContradict(f"Some of {field} {what}.", field=unique[0][1], windows=listed, count=len(unique))
