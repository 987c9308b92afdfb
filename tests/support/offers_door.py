"""SearchOffers as its callers use it: a small network, searches, and claims of what they find."""

from datetime import datetime
from typing import Any

from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2 as types
from google.type.interval_pb2 import Interval
from google.type.timeofday_pb2 import TimeOfDay

from services.kernel.db import Database, migrate
from services.kernel.timestamps import stamp
from services.slotting import store
from services.slotting.domain import Project
from tests.support.offers_world import HARBOR, MILAN, NOON, NORTHLAKE, PRODUCT, SITE, World, hours
from tests.support.slotting import EMPTIED, put_resources
from tests.support.slotting_desk import LedgerDesk
from tests.support.slotting_door import new_id

AT = "UPDATE gateway.clock SET ahead = $1 - clock_timestamp()"
EVERY_DAY = range(1, 8)


async def offers_schema(dsn: str) -> None:
    """Make slotting's schema."""
    database = await Database.connect(dsn, "slotting", pool_size=2)
    await migrate(database, store.SCHEMA)
    await database.close()


async def begin(desk: LedgerDesk, world: World) -> None:
    """Empty the ledger, and let it know a world at noon."""
    await desk.database.pool.execute(EMPTIED)
    await desk.database.pool.execute(AT, NOON)
    await put_resources(desk.database.pool, *world.resources)
    if world.books:
        await desk.ledger.execute([Project(book) for book in world.books])


def a_network(**places: int) -> list[resources_pb2.Resource]:
    """One session of quality control, one departure and one window a day: 13:00, 18:00 and midnight to 02:00 UTC."""
    size = {"sessions": 3, "departures": 3, "windows": 3, **places}
    far = stamp(NOON + hours(9000))
    product = resources_pb2.Product(
        nuclide=types.NUCLIDE_LU_177,
        name=PRODUCT,
        partners=[NORTHLAKE, HARBOR],
        activity_nominal_mbq=7400,
        activity_min_mbq=1000,
        activity_max_mbq=9000,
        shelf_life_minutes=72 * 60,
        qc_minutes=60,
    )
    facility = resources_pb2.Facility(name=MILAN, time_zone="UTC", qc_sessions=[a_weekly(13, 16, size["sessions"])])
    licence = resources_pb2.Licence(nuclide=types.NUCLIDE_LU_177, activity_max_mbq=20_000, valid_until_time=far)
    site = resources_pb2.Site(
        name=SITE,
        time_zone="UTC",
        partners=[NORTHLAKE, HARBOR],
        licences=[licence],
        weekly_windows=[a_weekly(0, 2, size["windows"])],
    )
    departure = resources_pb2.Departure(
        days=EVERY_DAY,  # type: ignore[arg-type]  # the numbers are the enum's
        time=TimeOfDay(hours=18),
        cutoff_minutes=60,
        places=size["departures"],
    )
    lane = resources_pb2.Lane(
        name="lanes/road",
        facility=MILAN,
        site=SITE,
        dispatch_minutes=60,
        departures=[departure],
        transit_quantiles=[
            resources_pb2.TransitQuantile(percentile=percentile, minutes=minutes)
            for percentile, minutes in ((5, 330), (50, 345), (95, 390))
        ],
        promised_percentile=95,
        valid_until_time=far,
    )
    return [
        resources_pb2.Resource(product=product),
        resources_pb2.Resource(facility=facility),
        resources_pb2.Resource(site=site),
        resources_pb2.Resource(lane=lane),
    ]


def a_weekly(start: int, end: int, places: int) -> resources_pb2.WeeklyWindow:
    """Every day, from hour to hour."""
    return resources_pb2.WeeklyWindow(
        days=EVERY_DAY,  # type: ignore[arg-type]  # the numbers are the enum's
        start_time=TimeOfDay(hours=start),
        end_time=TimeOfDay(hours=end),
        places=places,
    )


def a_search(**changes: Any) -> slotting.SearchOffersRequest:
    """The product's nominal activity at the centre, tomorrow or on the three days after."""
    interval = changes.pop("interval", (NOON + hours(24), NOON + hours(24 + 80)))
    facts: dict[str, Any] = {"product": PRODUCT, "site": SITE, "administration_interval": an_interval(*interval)}
    return slotting.SearchOffersRequest(**{**facts, **changes})


def an_interval(start_at: datetime, end_at: datetime) -> Interval:
    """The published form."""
    return Interval(start_time=stamp(start_at), end_time=stamp(end_at))


def the_claim(offer: slotting.Offer, **changes: Any) -> slotting.ClaimSlotRequest:
    """The claim of an offer, exactly as it is stated."""
    demand = slotting.SlotDemand(
        run=offer.run,
        site=offer.site,
        lane=offer.lane,
        administration=types.Activity(activity_mbq=offer.administration_activity_mbq, time=offer.administration_time),
        departure_time=offer.departure_time,
        order_reference="NL-1",
        **changes,
    )
    return slotting.ClaimSlotRequest(demand=demand, request_id=new_id())
