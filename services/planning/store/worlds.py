"""The world that a plan is made from, read at one instant."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.kernel.db import Connection
from services.network import Agreement
from services.planning.domain.forecast import Forecast
from services.planning.domain.horizons import Horizon, horizon_of, terms_in_force
from services.planning.domain.proposals import Proposal
from services.planning.domain.resources import ForecastWeek, OpenRun, World
from services.planning.store import capacity_runs, deliveries, forecasts, proposals
from services.planning.store.projection import resources as read


async def world_of(
    conn: Connection,
    now: datetime,
    proposal: Proposal,
    lead: timedelta,
    claim_cutoff: timedelta,
) -> World:
    """Everything that a proposal depends on. Its own runs, should it have some already, are not in it."""
    agreements = await read(conn, "agreement")
    world = World(
        now=now,
        first_week=proposal.first_week,
        weeks=proposal.weeks,
        facility=proposal.facility,
        products=tuple(await read(conn, "product")),
        facilities=tuple(await read(conn, "facility")),
        lines=tuple(await read(conn, "line")),
        sites=tuple(await read(conn, "site")),
        lanes=tuple(await read(conn, "lane")),
        agreements=tuple(agreements),
        forecasts=tuple(
            each
            for forecast in await forecasts.all_current(conn)
            for each in _forecast_weeks(forecast, agreements, now)
        ),
        lead=lead,
        claim_cutoff=claim_cutoff,
    )
    return await _with_runs(conn, world, proposal.name)


async def _with_runs(conn: Connection, world: World, proposal: str) -> World:
    isotope = await deliveries.usable(conn, world.from_at - timedelta(days=30), world.until_at)
    own = set((await proposals.load(conn, proposal)).run_names.values())
    # A run that is being made now still keeps its line, and one of some days ago may still cover demand.
    since_at = world.from_at - timedelta(days=8)
    standing = await capacity_runs.standing(conn, since_at)
    coming = [run for run in await _coming(conn, proposal) if run.end_of_synthesis_at >= since_at]
    return replace(
        world, deliveries=isotope, open_runs=tuple(run for run in (*standing, *coming) if run.name not in own)
    )


async def _coming(conn: Connection, but: str) -> list[OpenRun]:
    """Runs of other accepted proposals that capacity has not told of yet."""
    found = []
    for proposal in await proposals.untold(conn):
        if proposal.name != but:
            told = await capacity_runs.known(conn, list(proposal.run_names.values()))
            found += [
                OpenRun(
                    proposal.run_names.get(run.id, f"{proposal.name}/{run.id}"),
                    run.product,
                    run.line,
                    run.end_of_synthesis_at,
                    run.pledged,
                    tuple((each.partner, each.capacity) for each in run.allotments),
                    run.delivery,
                )
                for run in proposal.runs
                if proposal.run_names.get(run.id) not in told
            ]
    return found


def _forecast_weeks(forecast: Forecast, agreed: Sequence[Agreement], now: datetime) -> Iterator[ForecastWeek]:
    # Looked up once a series: weeks times agreements would keep the event loop for seconds.
    terms = terms_in_force(agreed, forecast.series.partner, forecast.series.product, now)
    for week, doses in forecast.weeks.items():
        yield ForecastWeek(*forecast.series, week, doses, horizon_of(week, terms, now) is not Horizon.FREE)
