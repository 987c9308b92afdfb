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
    """A week in two versions."""

    week: date
    base_doses: int
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


def problems_in(weeks: Sequence[tuple[date | None, int]], now: datetime) -> Iterator[tuple[str, str]]:
    """All that is wrong with the weeks of a submission by themselves: pairs of a field and what is wrong with it."""
    if not weeks:
        yield "forecast.weeks", "must name at least one week; its doses may be 0"
    if len(weeks) > WEEKS_MAX:
        yield "forecast.weeks", f"must name at most {WEEKS_MAX} weeks"
        return
    seen: set[date] = set()
    for index, (week, doses) in enumerate(weeks):
        field = f"forecast.weeks[{index}]"
        if problem := week_problem(week, now):
            yield f"{field}.week_start_date", problem
        elif week in seen:
            yield f"{field}.week_start_date", f"names {week} a second time"
        if not 0 <= doses <= DOSES_MAX:
            yield f"{field}.doses", f"must be 0 to {DOSES_MAX}"
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
        Difference(week, before.get(week, 0), compared.weeks.get(week, 0))
        for week in sorted({*before, *compared.weeks})
    ]
