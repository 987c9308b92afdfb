"""How fixed each week of a forecast is, and what a new version may still change."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from fractions import Fraction

from services.network import Agreement
from services.planning.domain.weeks import WEEK, starts_at, week_of, weeks_between

ALWAYS = datetime.min.replace(tzinfo=UTC)
WEEKS_BACK_MAX = 1000  # nothing is older, and dates do not reach back without end


class Horizon(StrEnum):
    """How fixed a week is."""

    PAST = "PAST"  # it has begun or is over
    FROZEN = "FROZEN"
    FIRM = "FIRM"
    FREE = "FREE"


@dataclass(frozen=True, slots=True)
class ForecastTerms:
    """The rules of an agreement for forecasts. Both numbers of weeks count from the current week, which is the first.

    `since_at` is when the agreement began: before, no week was firm by it.
    """

    frozen_weeks: int = 0
    firm_weeks: int = 0
    firm_change_fraction: float = 0.0
    since_at: datetime = ALWAYS


FREE_TERMS = ForecastTerms()


def terms_in_force(agreements: Iterable[Agreement], partner: str, product: str, now: datetime) -> ForecastTerms:
    """The terms that bind a sponsor's forecasts of a product at an instant; without an agreement, none do.

    Of agreements that overlap, the one that began last counts.
    """
    found = [
        each
        for each in agreements
        if (each.partner, each.product) == (partner, product) and each.valid_from <= now < each.valid_until
    ]
    if not found:
        return FREE_TERMS
    last = max(found, key=lambda each: (each.valid_from, each.name))
    return ForecastTerms(last.frozen_weeks, last.firm_weeks, last.firm_change_fraction, last.valid_from)


def horizon_of(week: date, terms: ForecastTerms, now: datetime) -> Horizon:
    """How fixed a week is at an instant."""
    ahead = weeks_between(week_of(now), week)
    if ahead <= 0:
        return Horizon.PAST
    if ahead < terms.frozen_weeks:
        return Horizon.FROZEN
    if ahead < terms.frozen_weeks + terms.firm_weeks:
        return Horizon.FIRM
    return Horizon.FREE


def firm_since(week: date, terms: ForecastTerms) -> datetime:
    """The instant from which on a week is no longer free."""
    weeks = min(max(terms.frozen_weeks + terms.firm_weeks - 1, 0), WEEKS_BACK_MAX)
    return max(starts_at(week - weeks * WEEK), terms.since_at)


def firm_range(reference: int, terms: ForecastTerms) -> tuple[int, int]:
    """Least and most doses of a firm week, rounded in the sponsor's favour.

    The share is the decimal that the agreement states: as a binary fraction, 10 % of 10 would be more than 1.
    """
    change = math.ceil(Fraction(str(terms.firm_change_fraction)) * reference)
    return max(reference - change, 0), reference + change


@dataclass(frozen=True, slots=True)
class Breach:
    """A week that a new version may not change so: what was asked, and what is allowed."""

    week: date
    horizon: Horizon
    asked: int
    least: int
    most: int

    @property
    def reason(self) -> str:
        """Why, for programs: WEEK_PAST, WEEK_FROZEN or WEEK_FIRM."""
        return f"WEEK_{self.horizon}"

    @property
    def sentence(self) -> str:
        """Why, for people."""
        allowed = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
        what = {Horizon.PAST: "has begun", Horizon.FROZEN: "is frozen"}.get(self.horizon, "is firm")
        return f"The week of {self.week} {what}: {allowed} doses, not {self.asked}."


def breaches(
    asked: Mapping[date, int],
    before: Mapping[date, int] | None,
    firm_references: Mapping[date, int],
    terms: ForecastTerms,
    now: datetime,
) -> list[Breach]:
    """The weeks, in order, that a new version may not change so.

    `before` is the version that it replaces, None for the first; `firm_references` what stood in a firm week when it
    became firm (where that is not known, `before` stands in). A week that is left out expects nothing, but one that
    has begun keeps what it had. The first version is bound by nothing but weeks that are over.
    """
    found = []
    for week in sorted({*asked, *(before or {})}):
        doses, had = asked.get(week, 0), (before or {}).get(week, 0)
        horizon = horizon_of(week, terms, now)
        if doses == had or horizon is Horizon.FREE or (horizon is Horizon.PAST and week not in asked):
            continue
        # Somebody who begins today has broken no promise yet.
        if before is None and (horizon is not Horizon.PAST or week == week_of(now)):
            continue
        least, most = had, had
        if horizon is Horizon.FIRM:
            least, most = firm_range(firm_references.get(week, had), terms)
        if not least <= doses <= most:
            found.append(Breach(week, horizon, doses, least, most))
    return found
