"""When a scheduled query runs (EPCIS 2.0, 8.2.5.3): the seconds, minutes, … at which it does, in UTC. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

# In the order of size, with the values that each may have. 1 is Monday.
BOUNDS: Mapping[str, tuple[int, int]] = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
_OF_A_DAY = ("second", "minute", "hour")
# 29 February on a given day of the week comes again after 40 years at the latest.
_DAYS_AHEAD = 366 * 41
_ELEMENT = re.compile(r"(?:\[([0-9]{1,2})-([0-9]{1,2})\]|([0-9]{1,2})-([0-9]{1,2})|([0-9]{1,2})|\*)(?:/([0-9]{1,2}))?")


@dataclass(frozen=True, slots=True)
class QuerySchedule:
    """The values that each part of the time must have one of, in order."""

    parts: Mapping[str, Sequence[int]]

    def after(self, now: datetime) -> datetime | None:
        """The first instant after one; nothing if there is none, such as on 30 February."""
        now = now.astimezone(UTC)
        for ahead in range(_DAYS_AHEAD):
            day = now.date() + timedelta(days=ahead)
            if self._has(day):
                for at in self._times(day):
                    if at > now:
                        return at
        return None

    def _has(self, day: date) -> bool:
        return (
            day.day in self.parts["dayOfMonth"]
            and day.month in self.parts["month"]
            and day.isoweekday() in self.parts["dayOfWeek"]
        )

    def _times(self, day: date) -> Iterator[datetime]:
        for hour in self.parts["hour"]:
            for minute in self.parts["minute"]:
                for second in self.parts["second"]:
                    yield datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)


def schedule(given: Any) -> QuerySchedule:
    """Reads a schedule; its ValueError says what is wrong.

    What is left out may have any value, but of the parts smaller than the smallest one given the lowest counts:
    `{"hour": "1"}` is one o'clock, not each second of that hour.
    """
    if not isinstance(given, dict) or not given:
        raise ValueError("schedule must be an object with at least one of " + ", ".join(BOUNDS))
    if unknown := [str(name)[:40] for name in given if name not in BOUNDS]:
        raise ValueError(f"schedule cannot have {', '.join(unknown)}")
    parts: dict[str, Sequence[int]] = {}
    smaller = True
    for name, (lowest, highest) in BOUNDS.items():
        if name in given:
            parts[name], smaller = _values(name, given[name]), False
        elif name in _OF_A_DAY and smaller:
            parts[name] = [lowest]
        else:
            parts[name] = range(lowest, highest + 1)
    found = QuerySchedule(parts)
    if found.after(datetime(2024, 1, 1, tzinfo=UTC)) is None:
        raise ValueError("schedule names a day that never comes")
    return found


def _values(name: str, given: Any) -> Sequence[int]:
    lowest, highest = BOUNDS[name]
    text = str(given) if isinstance(given, int | str) and not isinstance(given, bool) else ""
    found: set[int] = set()
    for element in text.replace(" ", "").split(","):
        match = _ELEMENT.fullmatch(element[:20])
        if match is None:
            raise ValueError(f"schedule.{name} must be a number, a range such as [1-5], or a list of these with commas")
        first, last = _range(match, lowest, highest)
        if not lowest <= first <= last <= highest:
            raise ValueError(f"schedule.{name} must lie from {lowest} to {highest}")
        found |= set(range(first, last + 1, max(1, int(match[6] or 1))))
    return sorted(found)


def _range(match: re.Match[str], lowest: int, highest: int) -> tuple[int, int]:
    first, last = match[1] or match[3], match[2] or match[4]
    if first:
        return int(first), int(last)
    if match[5]:
        # `0/30`, as in an example of GS1's own, begins at 0 and goes on by 30.
        return int(match[5]), highest if match[6] else int(match[5])
    return lowest, highest
