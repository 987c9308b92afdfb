"""Checks of single fields that no annotation of a proto can say; each yields pairs of a field and a sentence that
continues its name. What is a bound, a pattern or a list's length stands in the protos and was judged before."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache
from zoneinfo import available_timezones

from services.kernel.calendar import RANGE
from services.network import Capacity

# A field of the request, and what is wrong with it.
Violation = tuple[str, str]

# Stand-ins of the time zone database for `not set`; they are no place on Earth.
_NO_ZONES = frozenset({"Factory", "localtime"})


def in_capacity(field: str, capacity: Capacity) -> Iterator[Violation]:
    """An amount of capacity, some of each."""
    for part, amount in (("reference_activity_kbq", capacity.kbq), ("vials", capacity.vials)):
        if amount < 1:
            yield f"{field}.{part}", "must be greater than 0"


def in_instant(field: str, at: datetime | None) -> Iterator[Violation]:
    """An instant."""
    if at is None:
        yield field, f"must be an instant {RANGE}"


def in_zone(field: str, zone: str) -> Iterator[Violation]:
    """The name of a time zone."""
    if zone not in _zones():
        yield field, "must be an IANA time zone, such as America/Chicago"


def in_closed_dates(field: str, dates: Sequence[date | None]) -> Iterator[Violation]:
    """Local dates."""
    for index, day in enumerate(dates):
        if day is None:
            yield f"{field}[{index}]", "must be a date with year, month and day"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_ZONES
