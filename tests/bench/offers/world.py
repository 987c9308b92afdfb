"""The network that is searched: 12 products, 2,000 open runs, 300 centres with 3 lanes each, and how full it all is."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from doselane.masterdata.v1 import resources_pb2 as network
from doselane.type.v1 import type_pb2
from google.type.timeofday_pb2 import TimeOfDay

from services.kernel.activity import Nuclide
from services.kernel.calendar import occurrences
from services.kernel.db import Database, migrate
from services.kernel.timestamps import stamp
from services.network import Capacity, departures_between, sessions_between
from services.slotting import store
from services.slotting.domain import Allotment, Book, Network, Project, Run, RunState
from services.slotting.domain.book import CommittedSize
from services.slotting.domain.places import place_in_session, place_in_window, place_on_departure
from services.slotting.events import change_of
from services.slotting.usecases import Answer, Ticket, decide_batch
from tests.support.slotting import put_resources

PRODUCTS, RUNS, SITES, LANES_A_SITE = 12, 2000, 300, 3
HORIZON = timedelta(days=60)  # over which the runs are spread: 33 a day, not quite 3 of each product
SPONSOR, OTHER, FACILITY = "partners/northlake", "partners/harbor", "facilities/northfield"
ZONES = ("America/Chicago", "America/New_York", "Europe/Berlin", "Asia/Tokyo")
WEEKDAYS, ALL_DAYS = range(1, 6), range(1, 8)

# A nuclide, the nominal activity of a dose in MBq, and the shelf life in hours.
MAKES = (
    (Nuclide.LU_177, 7400, 72),
    (Nuclide.LU_177, 5550, 96),
    (Nuclide.LU_177, 9250, 72),
    (Nuclide.AC_225, 8, 96),
    (Nuclide.AC_225, 10, 120),
    (Nuclide.TB_161, 6000, 72),
    (Nuclide.I_131, 5550, 96),
    (Nuclide.Y_90, 3000, 48),
    (Nuclide.CU_64, 200, 24),
    (Nuclide.CU_67, 3000, 60),
    (Nuclide.PB_212, 200, 18),
    (Nuclide.AT_211, 300, 12),
)


class World(NamedTuple):
    """What a load needs to know to ask."""

    begin_at: datetime
    products: list[str]
    sites: list[str]


def product_name(number: int) -> str:
    """A product's name."""
    return f"products/ligand-{number:02}"


def site_name(number: int) -> str:
    """A centre's name."""
    return f"sites/centre-{number:03}"


async def build(dsn: str, seed: int = 3) -> tuple[World, Database]:
    """Make the world in a database of its own; the caller closes it."""
    database = await Database.connect(dsn, "slotting", pool_size=8)
    await migrate(database, store.SCHEMA)
    for followed in ("capacity", "masterdata"):  # whose event logs slotting follows
        other = await Database.connect(dsn, followed, pool_size=2)
        await migrate(other)
        await other.close()
    random = Random(seed)
    begin_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    resources = list(_resources(random, begin_at))
    await put_resources(database.pool, *resources)
    await _put_runs(random, database, begin_at)
    network_known = Network().after([change for each in resources if (change := change_of(each, 1))])
    await _put_places(random, database, network_known, begin_at)
    await database.pool.execute("ANALYZE")
    products, sites = map(product_name, range(PRODUCTS)), map(site_name, range(SITES))
    return World(begin_at, list(products), list(sites)), database


def _resources(random: Random, begin_at: datetime) -> Iterator[network.Resource]:
    far = stamp(begin_at + timedelta(days=400))
    for number, (nuclide, nominal_mbq, hours) in enumerate(MAKES):
        yield network.Resource(
            product=network.Product(
                name=product_name(number),
                nuclide=_proto_of(nuclide),
                partners=[SPONSOR, OTHER],
                activity_nominal_mbq=nominal_mbq,
                shelf_life_minutes=hours * 60,
                qc_minutes=90,
                vial_reference_activity_max_kbq=10**9,
            )
        )
    sessions = [_weekly(ALL_DAYS, 5, 12, 40), _weekly(ALL_DAYS, 13, 20, 40)]
    yield network.Resource(facility=network.Facility(name=FACILITY, time_zone="America/Chicago", qc_sessions=sessions))
    nuclides = {nuclide for nuclide, *_ in MAKES}
    for number in range(SITES):
        zone = random.choice(ZONES)
        unlicensed = random.choice([None] * 9 + sorted(nuclides))
        yield network.Resource(
            site=network.Site(
                name=site_name(number),
                time_zone=zone,
                partners=[SPONSOR, OTHER],
                licences=[
                    network.Licence(nuclide=_proto_of(nuclide), activity_max_mbq=20_000, valid_until_time=far)
                    for nuclide in sorted(nuclides)
                    if nuclide != unlicensed
                ],
                weekly_windows=[_weekly(WEEKDAYS, 6, 18, 6), _weekly([6], 8, 12, 2)],
            )
        )
        for way in range(LANES_A_SITE):
            yield network.Resource(lane=_lane(random, number, way, zone, far))


def _lane(random: Random, number: int, way: int, zone: str, far: Any) -> network.Lane:
    """Two departures on each weekday; nobody validates a way that arrives when the centre is closed."""
    minutes = random.choice((240, 420, 600, 960, 1440))
    departures = []
    for arrives in (6 + 2 * way, 12 + 2 * way):
        at = datetime(2026, 1, 5, arrives, tzinfo=ZoneInfo(zone)) + timedelta(minutes=30)
        leaves = (at - timedelta(minutes=minutes)).astimezone(ZoneInfo(ZONES[0]))
        departures.append(
            network.Departure(
                days=WEEKDAYS,
                time=TimeOfDay(hours=leaves.hour, minutes=leaves.minute),
                cutoff_minutes=30,
                places=random.choice((2, 4, 8)),
            )
        )
    return network.Lane(
        name=f"lanes/centre-{number:03}-{way}",
        facility=FACILITY,
        site=site_name(number),
        dispatch_minutes=45,
        departures=departures,
        transit_quantiles=[
            network.TransitQuantile(percentile=percentile, minutes=int(minutes * share))
            for percentile, share in ((50, 0.8), (95, 1.0))
        ],
        promised_percentile=95,
        valid_until_time=far,
    )


def _weekly(days: Any, start: int, end: int, places: int) -> network.WeeklyWindow:
    return network.WeeklyWindow(
        days=days, start_time=TimeOfDay(hours=start), end_time=TimeOfDay(hours=end), places=places
    )


def _proto_of(nuclide: Nuclide) -> Any:
    return type_pb2.Nuclide.Value(f"NUCLIDE_{nuclide.name}")


async def _put_runs(random: Random, database: Database, begin_at: datetime) -> None:
    """Draw the runs as capacity's events would, and let most of most of them be taken."""
    books = [_book(random, number, begin_at) for number in range(RUNS)]
    async with database.transaction() as connection:
        waiting: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        await decide_batch(connection, [Ticket([Project(book) for book in books], "", None, waiting)])
        for table, key, size in (("run", "name", "pool"), ("allotment", "run", "size")):
            committed = f"{size}_committed" if table == "run" else "committed"
            await connection.executemany(
                f"UPDATE {table} SET {committed}_kbq = {size}_kbq * $2 / 40, {committed}_vials = {size}_vials * $2 / 40"
                f" WHERE {key} = $1",
                [(book.run.name, random.choice((0, 10, 30, 39, 40))) for book in books],
            )


def _book(random: Random, number: int, begin_at: datetime) -> Book:
    nuclide, nominal_mbq, hours = MAKES[number % PRODUCTS]
    end_at = begin_at + timedelta(minutes=random.randrange(int(HORIZON.total_seconds() / 60)))
    run = Run(
        name=f"runs/bench-{number:04}",
        version=2,
        state=RunState.OPEN,
        product=product_name(number % PRODUCTS),
        nuclide=nuclide,
        end_of_synthesis_at=end_at,
        cutoff_at=end_at - timedelta(hours=10),
        use_by_at=end_at + timedelta(hours=hours),
        vial_kbq_max=10**9,
        loss_fraction=0.05,
        facility=FACILITY,
    )
    back_at = end_at - timedelta(hours=72)
    allotments = {partner: Allotment(_doses(nominal_mbq, 40), release_back_at=back_at) for partner in (SPONSOR, OTHER)}
    return Book(run, CommittedSize(_doses(nominal_mbq, 40)), allotments if number % 2 else {})


def _doses(nominal_mbq: int, number: int) -> Capacity:
    return Capacity(number * nominal_mbq * 2000, number)


async def _put_places(random: Random, database: Database, known: Network, begin_at: datetime) -> None:
    """Let one place in five be full, and most of the others be taken in part."""
    until_at = begin_at + HORIZON
    facility = known.facilities[FACILITY]
    places = [
        place_on_departure(lane, leaving.span)
        for lane in known.lanes.values()
        for leaving in departures_between(lane, facility, begin_at, until_at)
    ]
    places += [place_in_session(facility, span) for span in sessions_between(facility, begin_at, until_at) or ()]
    for site in known.sites.values():
        spans = occurrences(site.weekly, site.zone, site.closed, begin_at, until_at)
        places += [place_in_window(site, span) for span in spans]
    rows = [
        (place.name, place.size, place.size * random.choice((0, 1, 2, 3, 5)) // 5, place.at)
        for place in places
        if place is not None
    ]
    await database.pool.executemany("INSERT INTO place (name, size, committed, at) VALUES ($1, $2, $3, $4)", rows)
