"""A forecast: what a sponsor expects to need of a product in a region, week by week, in versions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from services.kernel.provenance import Provenance
from services.planning.domain.horizons import ForecastTerms
from services.planning.domain.weeks import WEEK, is_monday, week_of, weeks_between

WEEKS_MAX = 104
# Two years, with the current week. Further ahead, a date is a slip of the pen; further back, no report reaches.
WEEKS_AHEAD_MAX = 103
WEEKS_KEPT = 104
DOSES_MAX = 1_000_000


class Series(NamedTuple):
    """What versions follow each other in: a sponsor, a product and a region."""

    partner: str
    product: str
    region: str


@dataclass(frozen=True, slots=True)
class Forecast:
    """One version. `weeks` are the doses by Monday, in order."""

    name: str
    series: Series
    version: int
    current: bool
    weeks: Mapping[date, int]
    created_at: datetime
    created_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A version, and the terms by which its weeks are shown."""

    forecast: Forecast
    terms: ForecastTerms


class Difference(NamedTuple):
    """A week in two versions; `base_doses` is None if there is no base."""

    week: date
    base_doses: int | None
    doses: int


def week_problem(week: date | None, now: datetime) -> str:
    """What is wrong with a week's date, by itself; empty if nothing is."""
    if week is None:
        return "must be a date"
    if not is_monday(week):
        monday = week.toordinal() - week.weekday()
        example = f", such as {date.fromordinal(monday)}" if monday > 0 else ""
        return f"must be a Monday{example}"
    if weeks_between(week_of(now), week) > WEEKS_AHEAD_MAX:
        return f"must be at most {WEEKS_AHEAD_MAX} weeks ahead"
    return ""


def problems_in(weeks: Sequence[date | None], now: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong with the weeks of a submission as dates: pairs of a field and what is wrong with it.

    How many there may be, and of how many doses, stands in the protos and is judged before.
    """
    seen: set[date] = set()
    for index, week in enumerate(weeks):
        field = f"forecast.weeks[{index}].week_start_date"
        if problem := week_problem(week, now):
            yield field, problem
        elif week in seen:
            yield field, f"names {week} a second time"
        if week is not None:
            seen.add(week)


def next_version(
    name: str, series: Series, asked: Mapping[date, int], before: Forecast | None, by: Provenance
) -> Forecast:
    """The version that follows `before`, its weeks having been allowed.

    Weeks that have begun and are not named keep what they had, so that what is in progress does not vanish when a
    forecast rolls on.
    """
    this_week = week_of(by.at)
    begun = {week: doses for week, doses in (before.weeks if before else {}).items() if week <= this_week}
    weeks = {**begun, **asked}
    return Forecast(
        name=name,
        series=series,
        version=before.version + 1 if before else 1,
        current=True,
        weeks={week: weeks[week] for week in sorted(weeks) if week >= this_week - WEEKS_KEPT * WEEK},
        created_at=by.at,
        created_by=by.actor,
        reason=by.reason,
    )


def replaced_from_first(asked: Mapping[date, int], before: Forecast | None) -> dict[date, int]:
    """The weeks of a sheet, which replaces all from its first week on: earlier ones stay as they were."""
    first = min(asked)
    earlier = {week: doses for week, doses in (before.weeks if before else {}).items() if week < first}
    return {**earlier, **asked}


def differences(base: Forecast | None, compared: Forecast) -> list[Difference]:
    """Each week that either version names, in order."""
    before = base.weeks if base else {}
    return [
        Difference(week, before.get(week, 0) if base else None, compared.weeks.get(week, 0))
        for week in sorted({*before, *compared.weeks})
    ]
