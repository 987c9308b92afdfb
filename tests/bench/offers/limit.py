"""The same join in raw SQL, on the same tables and with departures, windows and sessions made rows.

It knows no token, no run that is hidden, no expired hold and no reason for what it leaves out; it has the figures, the
order, the page, and the latest rescue.
"""

from datetime import timedelta
from pathlib import Path

from asyncpg import Pool

from services.kernel.activity import HALF_LIVES, Nuclide
from services.kernel.calendar import occurrences
from services.network import departures_between, sessions_between
from services.slotting.domain import CountedPlace, Network
from services.slotting.domain.places import UNLIMITED, place_in_session, place_in_window, place_on_departure
from services.slotting.store.resources import network_of_rows
from tests.bench.offers.world import HORIZON, World

_HERE = Path(__file__).parent
QUERY = (_HERE / "limit.sql").read_text("utf-8")
_INDEXES = """
CREATE INDEX ON bench_licence (site, nuclide);
CREATE INDEX ON bench_lane (site);
CREATE INDEX ON bench_departure (lane, departs_at);
CREATE INDEX ON bench_window (site, start_at);
CREATE INDEX ON bench_session (facility, start_at);
ANALYZE;
"""


async def materialise(pool: Pool, world: World) -> None:
    """Make rows of all that the documents of the network say."""
    await pool.execute((_HERE / "rows.sql").read_text("utf-8"))
    known = network_of_rows(await pool.fetch("SELECT * FROM network"))
    await _copy(pool, "half_life", [(nuclide.value, float(HALF_LIVES[nuclide].seconds)) for nuclide in Nuclide])
    await _copy(
        pool,
        "product",
        [
            (p.name, list(p.partners), p.activity_mbq_nominal, p.shelf_life, p.qc_lasting)
            for p in known.products.values()
        ],
    )
    await _copy(
        pool,
        "licence",
        [
            (s.name, each.nuclide.value, each.activity_mbq_max, each.valid_until)
            for s in known.sites.values()
            for each in s.licences
        ],
    )
    await _copy_times(pool, known, world)
    await pool.execute(_INDEXES)


async def _copy_times(pool: Pool, known: Network, world: World) -> None:
    facility = next(iter(known.facilities.values()))
    until_at = world.begin_at + HORIZON
    departures = [
        (lane.name, closes_at, departs_at, *_counted(place_on_departure(lane, span)))
        for lane in known.lanes.values()
        for departs_at, closes_at, span in departures_between(lane, facility, world.begin_at, until_at)
    ]
    windows = [
        (site.name, span.start_at, span.end_at, *_counted(place_in_window(site, span)))
        for site in known.sites.values()
        for span in occurrences(site.weekly, site.zone, site.closed, world.begin_at, until_at)
    ]
    sessions = [
        (facility.name, span.start_at, span.end_at, *_counted(place_in_session(facility, span)))
        for span in sessions_between(facility, world.begin_at, until_at) or ()
    ]
    minutes = [
        (
            lane.name,
            lane.facility,
            lane.site,
            timedelta(minutes=lane.dispatch_minutes),
            lane.transit,
            timedelta(minutes=lane.transit_minutes_min),
            lane.valid_until,
        )
        for lane in known.lanes.values()
    ]
    for table, rows in (("departure", departures), ("window", windows), ("session", sessions), ("lane", minutes)):
        await _copy(pool, table, rows)


def _counted(place: CountedPlace | None) -> tuple[str, int]:
    return (place.name, place.size) if place else ("", UNLIMITED)


async def _copy(pool: Pool, table: str, rows: list[tuple[object, ...]]) -> None:
    await pool.copy_records_to_table(f"bench_{table}", records=rows)
