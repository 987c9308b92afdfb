"""Builders for the network that doses travel in, as master data publishes it; and how a ledger hears of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from doselane.masterdata.v1 import events_pb2, resources_pb2
from doselane.type.v1 import type_pb2
from google.type import dayofweek_pb2, timeofday_pb2

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.network import Capacity
from services.slotting import events
from services.slotting.domain import Demand, Revise
from services.slotting.usecases import take_over
from tests.support.slotting import LANE, PARTNERS, SITE
from tests.support.slotting_desk import LedgerDesk

FACILITY = "facilities/tidewater"
LINE = f"{FACILITY}/lines/1"
PRODUCT = "products/psma-lu177"
EVERY_DAY = tuple(range(1, 8))
ALL_DAY = (time(0), time(0))
PLENTY = Capacity(10**12, 1000)
MESSAGES = {
    "created": events_pb2.ResourceCreated,
    "updated": events_pb2.ResourceUpdated,
    "deleted": events_pb2.ResourceDeleted,
}


def clock(at: time) -> timeofday_pb2.TimeOfDay:
    """A local time."""
    return timeofday_pb2.TimeOfDay(hours=at.hour, minutes=at.minute, seconds=at.second, nanos=at.microsecond * 1000)


def weekly(start: time, end: time, places: int = 0, days: Sequence[int] = EVERY_DAY) -> resources_pb2.WeeklyWindow:
    """A weekly time."""
    on = [dayofweek_pb2.DayOfWeek.Name(day) for day in days]
    return resources_pb2.WeeklyWindow(days=on, start_time=clock(start), end_time=clock(end), places=places)


def departure(
    at: time, places: int, cutoff_minutes: int = 30, days: Sequence[int] = EVERY_DAY
) -> resources_pb2.Departure:
    """A weekly departure."""
    on = [dayofweek_pb2.DayOfWeek.Name(day) for day in days]
    return resources_pb2.Departure(days=on, time=clock(at), cutoff_minutes=cutoff_minutes, places=places)


def dated(start_at: datetime, end_at: datetime, places: int = 0) -> resources_pb2.DatedWindow:
    """A window at its own instants."""
    return resources_pb2.DatedWindow(start_time=stamp(start_at), end_time=stamp(end_at), places=places)


def a_facility_resource(**changes: Any) -> resources_pb2.Resource:
    """A facility in UTC whose quality control works at any time."""
    facts: dict[str, Any] = {"name": FACILITY, "time_zone": "UTC"}
    return resources_pb2.Resource(facility=resources_pb2.Facility(**{**facts, **changes}))


def a_site_resource(now: datetime, **changes: Any) -> resources_pb2.Resource:
    """The centre of the builders."""
    far = stamp(now + timedelta(days=365))
    licence = resources_pb2.Licence(nuclide=type_pb2.NUCLIDE_LU_177, activity_max_mbq=50_000, valid_until_time=far)
    facts: dict[str, Any] = {"name": SITE, "time_zone": "UTC", "partners": PARTNERS, "licences": [licence]}
    return resources_pb2.Resource(site=resources_pb2.Site(**{**facts, **changes}))


def a_lane_resource(now: datetime, **changes: Any) -> resources_pb2.Resource:
    """A lane from the facility to the centre: dispatch 1 h, 6 h on the way."""
    facts: dict[str, Any] = {
        "name": LANE,
        "facility": FACILITY,
        "site": SITE,
        "dispatch_minutes": 60,
        "transit_minutes": 360,
        "valid_until_time": stamp(now + timedelta(days=365)),
    }
    return resources_pb2.Resource(lane=resources_pb2.Lane(**{**facts, **changes}))


def a_product_resource(**changes: Any) -> resources_pb2.Resource:
    """The product of the builders' runs, for both sponsors, with hardly any limit."""
    facts: dict[str, Any] = {
        "name": PRODUCT,
        "nuclide": type_pb2.NUCLIDE_LU_177,
        "partners": PARTNERS,
        "activity_nominal_mbq": 7400,
        "shelf_life_minutes": 14 * 24 * 60,
        "vial_reference_activity_max_kbq": 10**12,
    }
    return resources_pb2.Resource(product=resources_pb2.Product(**{**facts, **changes}))


def an_event(resource: resources_pb2.Resource, version: int, what: str = "updated") -> Event:
    """What master data publishes of a resource."""
    name = getattr(resource, str(resource.WhichOneof("kind"))).name
    data = MESSAGES[what](resource=resource, version=version).SerializeToString()
    event_type = f"doselane.masterdata.resource.{what}.v1"
    return Event(
        id=uuid7(),
        type=event_type,
        source="doselane/masterdata",
        subject=name,
        sequence=version,
        time=datetime.now(UTC),
        data=data,
        actor="planner",
        reason="new timetable",
    )


def a_revise(resource: resources_pb2.Resource, version: int, *, deleted: bool = False) -> Revise:
    """The same as a command."""
    change = events.change_of(resource, version, deleted=deleted)
    assert change is not None
    return Revise(change, "planner", "new timetable")


async def hear(desk: LedgerDesk, *heard: Event) -> None:
    """Take over events, each in a transaction of its own."""
    for event in heard:
        async with desk.database.transaction() as connection:
            await take_over(connection, event)


async def places(desk: LedgerDesk) -> dict[str, tuple[int, int]]:
    """What is committed of each counted place, and its size."""
    rows = await desk.database.pool.fetch("SELECT name, committed, size FROM place")
    return {row["name"]: (row["committed"], row["size"]) for row in rows}


async def counted(desk: LedgerDesk, *runs: str, departures: int = 37, windows: int = 1000) -> None:
    """Runs on a network in which every reservation is counted, with two departures a day."""
    await hear(
        desk,
        an_event(a_facility_resource(qc_sessions=[weekly(*ALL_DAY, 1000)]), 2),
        an_event(a_site_resource(desk.now, weekly_windows=[weekly(*ALL_DAY, windows)]), 2),
        an_event(
            a_lane_resource(desk.now, departures=[departure(time(8), departures), departure(time(20), departures)]), 2
        ),
    )
    for run in runs or ("runs/lu-1",):
        await desk.run(run, facility=FACILITY, pool=PLENTY)


def travelling(desk: LedgerDesk, **changes: object) -> Demand:
    """A demand with a lane, three days ahead, so that there are several departures."""
    return desk.demand(lane=LANE, administration_at=desk.now + timedelta(hours=72), **changes)
