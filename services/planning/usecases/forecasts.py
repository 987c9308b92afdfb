"""Submitting forecasts and reading them back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.kernel.asking import Ask
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.errors import Stale
from services.kernel.ids import uuid7
from services.network import Agreement
from services.network.refusals import ProductUnknown
from services.planning.domain import refusals
from services.planning.domain.forecast import (
    Difference,
    Forecast,
    Provenance,
    Series,
    Shown,
    differences,
    next_version,
)
from services.planning.domain.horizons import (
    Breach,
    ForecastTerms,
    Horizon,
    breaches,
    firm_since,
    horizon_of,
    terms_in_force,
)
from services.planning.events import forecasts as events
from services.planning.store import Store, forecasts, grounds


@dataclass(frozen=True, slots=True)
class ForecastAsk(Ask):
    """What every submission carries; whether only to look."""

    validate_only: bool

    def shown_to(self, partner: str, now: datetime) -> Provenance:
        """Who submits and why, for whoever may read the partner's forecast: of the manufacturer's staff, nothing."""
        return self.by(now) if self.request_key.partner == partner else Provenance("", now)


@dataclass(frozen=True, slots=True)
class ForecastDraft:
    """The weeks to submit for a series; `base_version`: what the caller saw as current, None: whatever it is."""

    series: Series
    weeks: Mapping[date, int]
    base_version: int | None


@dataclass(frozen=True, slots=True)
class SeriesStanding:
    """Where a series stands: its newest version, and the terms that bind the next."""

    before: Forecast | None
    terms: ForecastTerms


async def submit(draft: ForecastDraft, ask: ForecastAsk, store: Store, clock: Clock) -> bytes:
    """Stores a new version of a forecast, or only says what it would be."""
    if ask.validate_only:
        async with store.reading() as conn:
            now = clock.now()
            shown = await decide(conn, draft, "", ask.shown_to(draft.series.partner, now))
            return events.message_of(shown, now).SerializeToString()

    async def work(conn: Connection) -> bytes:
        await forecasts.lock(conn, draft.series)
        # The clock is read under the lock: versions rise in time as in number, which reports and firm weeks go by.
        by = ask.shown_to(draft.series.partner, clock.now())
        shown = await decide(conn, draft, f"forecasts/{uuid7()}", by)
        await forecasts.save(conn, shown.forecast, events.event_of(shown, ask.actor, ask.reason, ask.traceparent))
        return events.message_of(shown, clock.now()).SerializeToString()

    return await store.perform(ask.request_key, clock.now(), work)


async def standing(conn: Connection, series: Series, now: datetime) -> SeriesStanding:
    """Where a series stands at an instant."""
    agreed = await grounds.agreed(conn, {series.partner})
    return SeriesStanding(
        await forecasts.current(conn, series), terms_in_force(agreed, series.partner, series.product, now)
    )


async def breaches_of(
    conn: Connection, series: Series, asked: Mapping[date, int], stands: SeriesStanding, now: datetime
) -> list[Breach]:
    """The weeks that may not be changed so, by what stood in them when they became firm."""
    if stands.before is None:
        return breaches(asked, None, {}, stands.terms, now)
    before = stands.before.weeks
    # Only what changes is looked up: a week that stays as it is, is always allowed.
    firm = {
        week: firm_since(week, stands.terms)
        for week in {*asked, *before}
        if horizon_of(week, stands.terms, now) is Horizon.FIRM and asked.get(week, 0) != before.get(week, 0)
    }
    references = await forecasts.doses_at(conn, series, firm) if firm else {}
    return breaches(asked, before, references, stands.terms, now)


async def get(name: str, viewer: str | None, store: Store, clock: Clock) -> Shown:
    """A version as the partner (None: an operator) may see it; what it may not see does not exist."""
    async with store.reading() as conn:
        return (await _shown(conn, [await _load(conn, name, viewer)], clock.now()))[0]


async def page(
    wanted: forecasts.ForecastFilter, after: tuple[datetime, str] | None, size: int, store: Store, clock: Clock
) -> tuple[list[Shown], Forecast | None]:
    """A page of versions, newest first, and the last one if more follow."""
    async with store.reading() as conn:
        found = await forecasts.page(conn, wanted, after, size + 1)
        shown = await _shown(conn, found[:size], clock.now())
    return shown, found[size - 1] if len(found) > size else None


async def compare(name: str, base: str, viewer: str | None, store: Store) -> tuple[str, list[Difference]]:
    """How a version differs from another of its series, or from the one before it; and that one's name."""
    async with store.reading() as conn:
        compared = await _load(conn, name, viewer)
        if base:
            other: Forecast | None = await _load(conn, base, viewer)
        else:
            other = await forecasts.by_version(conn, compared.series, compared.version - 1)
    if other and other.series != compared.series:
        raise refusals.SeriesDiffer(
            "Only versions of the same sponsor, product and region can be compared.", field="base", name=name, base=base
        )
    return other.name if other else "", differences(other, compared)


async def decide(conn: Connection, draft: ForecastDraft, name: str, by: Provenance) -> Shown:
    """The version that a draft becomes at the instant of its provenance. Refuses first."""
    series, now = draft.series, by.at
    if not await grounds.product_names(conn, series.product, series.partner):
        raise ProductUnknown(
            "There is no such product.", product=series.product, partner=series.partner, field="forecast.product"
        )
    if not await grounds.region_names(conn, series.region, series.partner):
        raise refusals.RegionUnknown(
            "No centre is in such a region.", region=series.region, partner=series.partner, field="forecast.region"
        )
    stands = await standing(conn, series, now)
    version = stands.before.version if stands.before else 0
    if draft.base_version not in (None, version):
        raise Stale("The forecast has another version by now; read it again.", version=version, field="base_version")
    refusals.refuse_weeks(await breaches_of(conn, series, draft.weeks, stands, now))
    return Shown(next_version(name, series, draft.weeks, stands.before, by), stands.terms)


async def _load(conn: Connection, name: str, viewer: str | None) -> Forecast:
    found = await forecasts.by_name(conn, name, viewer)
    if found is None:
        raise refusals.ForecastUnknown("There is no such forecast.", forecast=name)
    return found


async def _shown(conn: Connection, found: list[Forecast], now: datetime) -> list[Shown]:
    agreed = await grounds.agreed(conn, {each.series.partner for each in found})
    return [Shown(each, _terms(agreed, each.series, now)) for each in found]


def _terms(agreed: list[Agreement], series: Series, now: datetime) -> ForecastTerms:
    return terms_in_force(agreed, series.partner, series.product, now)
