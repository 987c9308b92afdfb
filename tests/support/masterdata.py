"""Builders for master data: they hide what a test does not care about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.type.date_pb2 import Date
from google.type.timeofday_pb2 import TimeOfDay

from services.kernel.db import Database, migrate
from services.kernel.errors import Denied
from services.kernel.ids import uuid7
from services.kernel.rpc import Call, Server
from services.kernel.timestamps import stamp
from services.masterdata.documents import contents
from services.masterdata.domain import Content
from services.masterdata.store import SCHEMA
from tests.support.tokens import Issuer

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
IN_A_YEAR = NOON + timedelta(days=365)
NORTHLAKE, HARBOR, MERIDIAN = "partners/northlake", "partners/harbor", "partners/meridian"
PSMA, NORTH, LINE_1 = "products/psma-lu177", "facilities/north", "facilities/north/lines/1"
LAKESIDE, NORTH_LAKESIDE = "sites/lakeside", "lanes/north-lakeside"
WEEKDAYS = (1, 2, 3, 4, 5)


def window(start: str, end: str, *days: int, places: int | None = 10) -> resources_pb2.WeeklyWindow:
    """A weekly window, `08:00` to `12:00`, on workdays unless days are given."""
    return resources_pb2.WeeklyWindow(
        days=days or WEEKDAYS, start_time=time_of_day(start), end_time=time_of_day(end), places=places
    )


def departure(at: str, *days: int, cutoff: int | None = 30, places: int = 20) -> resources_pb2.Departure:
    """A departure, on workdays unless days are given."""
    return resources_pb2.Departure(days=days or WEEKDAYS, time=time_of_day(at), cutoff_minutes=cutoff, places=places)


def dated(start: datetime, hours: float, places: int = 5) -> resources_pb2.DatedWindow:
    """A window of so many hours."""
    return resources_pb2.DatedWindow(
        start_time=stamp(start), end_time=stamp(start + timedelta(hours=hours)), places=places
    )


def time_of_day(text: str) -> TimeOfDay:
    """`08:30` as protobuf."""
    hours, minutes = map(int, text.split(":"))
    return TimeOfDay(hours=hours, minutes=minutes)


def licence(until: datetime = IN_A_YEAR, nuclide: int = type_pb2.NUCLIDE_LU_177) -> resources_pb2.Licence:
    """A licence for 20 GBq Lu-177."""
    return resources_pb2.Licence(nuclide=nuclide, activity_max_mbq=20_000, valid_until_time=stamp(until))  # type: ignore[arg-type]


def a_product(**changes: Any) -> resources_pb2.Product:
    """A Lu-177 product of two sponsors."""
    facts: dict[str, Any] = {
        "name": PSMA,
        "display_name": "PSMA Lu-177",
        "nuclide": type_pb2.NUCLIDE_LU_177,
        "partners": [NORTHLAKE, HARBOR],
        "activity_nominal_mbq": 7400,
        "activity_min_mbq": 7000,
        "activity_max_mbq": 8000,
        "shelf_life_minutes": 72 * 60,
        "qc_minutes": 120,
        "vial_reference_activity_max_kbq": 20_000_000,
        "loss_fraction": 0.05,
    }
    return resources_pb2.Product(**{**facts, **changes})


def a_facility(**changes: Any) -> resources_pb2.Facility:
    """A facility in Chicago's time, with quality control on workdays."""
    facts: dict[str, Any] = {
        "name": NORTH,
        "display_name": "North",
        "time_zone": "America/Chicago",
        "qc_sessions": [window("06:00", "14:00", places=40)],
        "closed_dates": [Date(year=2027, month=7, day=5)],
    }
    return resources_pb2.Facility(**{**facts, **changes})


def a_line(**changes: Any) -> resources_pb2.Line:
    """A line that makes the product."""
    facts: dict[str, Any] = {
        "name": LINE_1,
        "display_name": "Hot cell 1",
        "products": [PSMA],
        "shifts": [window("04:00", "16:00", places=None)],
        "run_minutes": 240,
        "cleaning_minutes": 60,
        "changeover_minutes": 120,
        "run_capacity": type_pb2.Capacity(reference_activity_kbq=200_000_000, vials=20),
    }
    return resources_pb2.Line(**{**facts, **changes})


def a_site(**changes: Any) -> resources_pb2.Site:
    """A centre of two sponsors that receives on workdays."""
    facts: dict[str, Any] = {
        "name": LAKESIDE,
        "display_name": "Lakeside Clinic",
        "region": "us-midwest",
        "time_zone": "America/Chicago",
        "partners": [NORTHLAKE, HARBOR],
        "licences": [licence()],
        "weekly_windows": [window("07:00", "12:00")],
        "dated_windows": [dated(NOON + timedelta(days=5), 4)],
        "closed_dates": [Date(year=2027, month=7, day=5)],
    }
    return resources_pb2.Site(**{**facts, **changes})


def a_lane(**changes: Any) -> resources_pb2.Lane:
    """A measured way from the facility to the centre."""
    facts: dict[str, Any] = {
        "name": NORTH_LAKESIDE,
        "facility": NORTH,
        "site": LAKESIDE,
        "legs": [
            resources_pb2.Leg(mode=resources_pb2.Leg.ROAD, carrier="partners/swift", accepts_class_7=True, minutes=200)
        ],
        "dispatch_minutes": 45,
        "departures": [departure("15:00"), departure("21:00")],
        "transit_quantiles": [
            resources_pb2.TransitQuantile(percentile=50, minutes=180),
            resources_pb2.TransitQuantile(percentile=95, minutes=240),
        ],
        "promised_percentile": 95,
        "valid_until_time": stamp(IN_A_YEAR),
    }
    return resources_pb2.Lane(**{**facts, **changes})


def an_agreement(**changes: Any) -> resources_pb2.Agreement:
    """A sponsor's agreement for a year, with vials in each run."""
    facts: dict[str, Any] = {
        "name": "agreements/northlake-psma",
        "partner": NORTHLAKE,
        "product": PSMA,
        "per_run": type_pb2.Capacity(reference_activity_kbq=40_000_000, vials=4),
        "release_back_minutes": 600,
        "frozen_weeks": 2,
        "firm_weeks": 4,
        "firm_change_fraction": 0.25,
        "standby_priority": 10,
        "valid_from_time": stamp(NOON),
        "valid_until_time": stamp(IN_A_YEAR),
    }
    return resources_pb2.Agreement(**{**facts, **changes})


# In the order in which one refers to another.
BUILDERS = {
    "product": a_product,
    "facility": a_facility,
    "line": a_line,
    "site": a_site,
    "lane": a_lane,
    "agreement": an_agreement,
}
_READERS = {
    resources_pb2.Product: contents.product_of,
    resources_pb2.Facility: contents.facility_of,
    resources_pb2.Line: contents.line_of,
    resources_pb2.Site: contents.site_of,
    resources_pb2.Lane: contents.lane_of,
    resources_pb2.Agreement: contents.agreement_of,
}


def content(message: Any) -> Content:
    """What the rules read of a message."""
    return _READERS[type(message)](message)


def new_id() -> str:
    """A request id."""
    return str(uuid7())


async def masterdata_schema(dsn: str) -> None:
    """Make master data's schema."""
    database = await Database.connect(dsn, "masterdata", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()


class PreviewTwin:
    """Plays slotting's ledger over real gRPC: says which slots stand on a resource, whatever changes of it."""

    def __init__(self, issuer: Issuer) -> None:
        self.standing: dict[str, list[slotting_pb2.ThreatenedSlot]] = {}
        self.calls: list[tuple[slotting_pb2.PreviewNetworkChangeRequest, Call]] = []
        self.meanwhile: Any = None  # awaited before each answer
        self._server = Server("127.0.0.1:0", issuer.verifier())
        self._server.add(slotting_pb2.DESCRIPTOR.services_by_name["LedgerService"], self)

    def stands_on(self, name: str, slots: Sequence[str], risk: Any = slotting_pb2.Slot.RECEIVING_WINDOW) -> None:
        """Slots that a change of this resource puts at risk."""
        self.standing[name] = [slotting_pb2.ThreatenedSlot(slot=slot, risk=risk) for slot in slots]

    async def start(self) -> str:
        """Serves; answers where."""
        await self._server.start()
        return f"127.0.0.1:{self._server.port}"

    async def stop(self) -> None:
        """Is away."""
        await self._server.stop(0)

    async def PreviewNetworkChange(
        self, request: slotting_pb2.PreviewNetworkChangeRequest, call: Call
    ) -> slotting_pb2.PreviewNetworkChangeResponse:
        """Names the slots that stand on what would change."""
        self.calls.append((request, call))
        if self.meanwhile:
            await self.meanwhile()
        names = [getattr(each, each.WhichOneof("kind")).name for each in request.changed] + list(request.deleted)
        return slotting_pb2.PreviewNetworkChangeResponse(
            slots=[slot for name in names for slot in self.standing.get(name, [])]
        )

    async def CutRunCapacity(
        self, request: slotting_pb2.CutRunCapacityRequest, call: Call
    ) -> slotting_pb2.CutRunCapacityResponse:
        """Is nobody's business here."""
        raise Denied("The twin has no runs.")
