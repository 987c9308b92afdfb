"""Submitting many forecasts from a sheet: all of them or none."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.ids import uuid7
from services.planning.domain.forecast import Series, Shown, next_version, replaced_from_first
from services.planning.domain.horizons import Breach
from services.planning.domain.sheet import ERRORS_MAX, Cell, RowError, Sheet, read
from services.planning.events import forecasts as events
from services.planning.store import Store, forecasts, grounds
from services.planning.usecases.forecasts import ForecastAsk, SeriesStanding, breaches_of, standing


@dataclass(frozen=True, slots=True)
class Import:
    """A sheet to submit for the partner that the caller speaks for; `any_partner`: its rows may name others."""

    text: str
    own_partner: str
    any_partner: bool


class _Wrong(Exception):
    """The sheet is wrong: nothing may be stored, not even that it was asked, as the same sheet can be right later."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__(len(errors))
        self.errors = sorted(errors, key=lambda error: error.line)[:ERRORS_MAX]


async def import_forecasts(asked: Import, ask: ForecastAsk, store: Store, clock: Clock) -> bytes:
    """Stores a new version of each series in a sheet, or says, row by row, what is wrong."""
    # A large sheet takes longer than the other calls should wait.
    reading = partial(read, asked.text, asked.own_partner, any_partner=asked.any_partner, now=clock.now())
    sheet = await asyncio.to_thread(reading)
    try:
        if ask.validate_only:
            async with store.reading() as conn:
                shown = await _decide_all(conn, sheet, ask, clock.now())
                return events.imported_message(shown, sheet.row_count, [], clock.now())

        async def work(conn: Connection) -> bytes:
            # Locks first, decisions after: what is decided on must not change until it is stored. In one order, so that
            # two imports do not wait for each other.
            for series in sorted(sheet.series):
                await forecasts.lock(conn, series)
            shown = await _decide_all(conn, sheet, ask, clock.now())
            for each in shown:
                await forecasts.save(conn, each.forecast, events.event_of(each, ask.actor, ask.reason, ask.traceparent))
            return events.imported_message(shown, sheet.row_count, [], clock.now())

        return await store.perform(ask.request_key, clock.now(), work)
    except _Wrong as wrong:
        return events.imported_message([], sheet.row_count, wrong.errors, clock.now())


async def _decide_all(conn: Connection, sheet: Sheet, ask: ForecastAsk, now: datetime) -> list[Shown]:
    errors, made = list(sheet.errors), []
    for series, cells in sheet.series.items():
        unknown = await _unknown(conn, series, cells)
        errors += unknown
        if unknown or not cells:
            continue
        stands = await standing(conn, series, now)
        weeks = replaced_from_first({week: cell.doses for week, cell in cells.items()}, stands.before)
        found = await breaches_of(conn, series, weeks, stands, now)
        # With a row that could not be read, a week that seems to be left out may stand there.
        errors += [_error(breach, cells) for breach in found if breach.week in cells or not sheet.errors]
        made.append(_next(series, weeks, stands, ask, now))
    # Raised, not returned: the transaction around this must not be committed.
    if errors:
        raise _Wrong(errors)
    return made


def _next(series: Series, weeks: Mapping[date, int], stands: SeriesStanding, ask: ForecastAsk, now: datetime) -> Shown:
    name = "" if ask.validate_only else f"forecasts/{uuid7()}"
    by = ask.shown_to(series.partner, now)
    return Shown(next_version(name, series, weeks, stands.before, by), stands.terms)


async def _unknown(conn: Connection, series: Series, cells: Mapping[date, Cell]) -> list[RowError]:
    """An error for each row of a series whose product or region the sponsor does not have."""
    lines = [cell.line for cell in cells.values()]
    found = []
    if not await grounds.product_names(conn, series.product, series.partner):
        what = "There is no such product."
        found += [RowError(line, "product", series.product, "PRODUCT_UNKNOWN", what) for line in lines]
    if not await grounds.region_names(conn, series.region, series.partner):
        what = "No centre is in such a region."
        found += [RowError(line, "region", series.region, "REGION_UNKNOWN", what) for line in lines]
    return found


def _error(breach: Breach, cells: Mapping[date, Cell]) -> RowError:
    cell = cells.get(breach.week)
    if cell:
        return RowError(cell.line, "doses", str(breach.asked), breach.reason, breach.sentence)
    left_out = f"The sheet leaves out a week after its first. {breach.sentence}"
    first = min(cell.line for cell in cells.values())
    return RowError(first, "week_start_date", str(breach.week), breach.reason, left_out)
