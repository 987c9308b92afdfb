"""How forecasts met what was claimed: accuracy after the fact, and consumption on the way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from services.planning.domain.forecast import Series
from services.planning.domain.weeks import WEEK, starts_at

WEEKS_AHEAD_DEFAULT = 4
WEEKS_AHEAD_MAX = 104
REPORT_WEEKS_MAX = 104
ENTRIES_MAX = 10_000


class ReportedWeek(NamedTuple):
    """A week of a series. The region is empty for centres without one."""

    series: Series
    week: date


@dataclass(frozen=True, slots=True)
class JudgedWeek:
    """A week as forecast and as claimed; `forecast`: the version judged, empty (and no doses) if none speaks of it."""

    bucket: ReportedWeek
    forecast: str
    forecast_doses: int | None
    claimed_doses: int


class Expected(NamedTuple):
    """What a version expects of a week."""

    forecast: str
    doses: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Sums over the weeks that are over, as shares of what was claimed in them; None if nothing was."""

    weighted_absolute_error_fraction: float | None
    bias_fraction: float | None


def entries(expected: Mapping[ReportedWeek, Expected], claimed: Mapping[ReportedWeek, int]) -> list[JudgedWeek]:
    """One entry for each week that is forecast or claimed, by sponsor, product, region and week."""
    return [
        JudgedWeek(
            bucket,
            expected[bucket].forecast if bucket in expected else "",
            expected[bucket].doses if bucket in expected else None,
            claimed.get(bucket, 0),
        )
        for bucket in sorted({*expected, *claimed})
    ]


def accuracy(found: Iterable[JudgedWeek], now: datetime) -> Accuracy:
    """How accurate the forecasts were. A week that is not over may still be claimed, and is not judged.

    What was claimed without a forecast is an error of the forecast's: none was expected.
    """
    absolute = errors = claimed = 0
    for entry in found:
        if starts_at(entry.bucket.week + WEEK) <= now:
            error = (entry.forecast_doses or 0) - entry.claimed_doses
            absolute, errors, claimed = absolute + abs(error), errors + error, claimed + entry.claimed_doses
    return Accuracy(absolute / claimed, errors / claimed) if claimed else Accuracy(None, None)
