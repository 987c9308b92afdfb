"""Reports: how accurate forecasts were, and how much of them has been claimed."""

from dataclasses import dataclass
from datetime import date

from services.kernel.clock import Clock
from services.kernel.errors import Invalid
from services.planning.domain.refusals import ReportTooLarge
from services.planning.domain.reports import ENTRIES_MAX, REPORT_WEEKS_MAX, Accuracy, JudgedWeek, accuracy, entries
from services.planning.domain.weeks import WEEK, week_of, weeks_between
from services.planning.store import Store, reports
from services.planning.store.reports import About


@dataclass(frozen=True, slots=True)
class Period:
    """Weeks from one Monday up to another, which is left out; None: as the report has it."""

    from_week: date | None
    until_week: date | None


async def accuracy_report(
    about: About, period: Period, weeks_ahead: int, store: Store, clock: Clock
) -> tuple[list[JudgedWeek], Accuracy]:
    """What was forecast so many weeks ahead, and what was claimed."""
    assert period.from_week and period.until_week
    _require_period(period.from_week, period.until_week)
    async with store.reading() as conn:
        expected = await reports.in_force(conn, about, period.from_week, period.until_week, weeks_ahead)
        claimed = await reports.claimed(conn, about, period.from_week, period.until_week)
    found = _bounded(entries(expected, claimed))
    return found, accuracy(found, clock.now())


async def consumption_report(about: About, period: Period, store: Store, clock: Clock) -> list[JudgedWeek]:
    """What the newest versions expect, and what has been claimed so far."""
    from_week = period.from_week or week_of(clock.now())
    async with store.reading() as conn:
        until_week = period.until_week
        if until_week is None:
            last = await reports.last_week(conn, about)
            if last is None or last < from_week:
                return []
            until_week = last + WEEK
        _require_period(from_week, until_week)
        expected = await reports.current(conn, about, from_week, until_week)
        claimed = await reports.claimed(conn, about, from_week, until_week)
    return _bounded(entries(expected, claimed))


def _require_period(from_week: date, until_week: date) -> None:
    if not 0 < weeks_between(from_week, until_week) <= REPORT_WEEKS_MAX:
        raise Invalid(
            f"until_date must be 1 to {REPORT_WEEKS_MAX} weeks after from_date.",
            field="until_date",
            from_date=from_week,
            until_date=until_week,
        )


def _bounded(found: list[JudgedWeek]) -> list[JudgedWeek]:
    if len(found) > ENTRIES_MAX:
        raise ReportTooLarge(
            "The report would be too large; ask for fewer weeks, or for one partner, product or region.",
            field="until_date",
            entries_max=ENTRIES_MAX,
        )
    return found
