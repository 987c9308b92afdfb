"""Builders for forecasts: they hide what a test does not care about."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from doselane.masterdata.v1 import events_pb2 as masterdata_events
from doselane.masterdata.v1 import resources_pb2
from doselane.planning.v1 import forecast_pb2
from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message
from google.type.date_pb2 import Date

from services.kernel.db import Database, migrate
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.planning.domain.weeks import WEEK, starts_at
from services.planning.store import SCHEMA

NOW = datetime(2027, 3, 3, 12, tzinfo=UTC)  # a Wednesday
THIS_WEEK = date(2027, 3, 1)
NORTHLAKE, HARBOR, CDMO = "partners/northlake", "partners/harbor", "partners/cdmo"
PSMA, DOTA = "products/psma-lu177", "products/dota-ac225"
MIDWEST, NORTHEAST = "us-midwest", "us-northeast"
LAKESIDE, HILLTOP = "sites/lakeside", "sites/hilltop"

_SLOT_EVENTS: dict[str, tuple[Any, int]] = {
    "confirmed": (slotting_events.SlotConfirmed, slotting_pb2.Slot.CONFIRMED),
    "released": (slotting_events.SlotReleased, slotting_pb2.Slot.RELEASED),
    "expired": (slotting_events.SlotExpired, slotting_pb2.Slot.EXPIRED),
    "moved": (slotting_events.SlotMoved, slotting_pb2.Slot.CONFIRMED),
    "at_risk": (slotting_events.SlotAtRisk, slotting_pb2.Slot.CONFIRMED),
}


def week(ahead: int) -> date:
    """The Monday so many weeks after that of the current week."""
    return THIS_WEEK + ahead * WEEK


def day(of: date) -> Date:
    """A date as protobuf."""
    return Date(year=of.year, month=of.month, day=of.day)


def weeks(doses: Mapping[int, int]) -> list[forecast_pb2.ForecastWeek]:
    """Weeks as a sponsor sends them, by how many weeks they are ahead."""
    return [forecast_pb2.ForecastWeek(week_start_date=day(week(ahead)), doses=many) for ahead, many in doses.items()]


def submission(
    doses: Mapping[int, int], base_version: int | None = None, **changes: Any
) -> forecast_pb2.SubmitForecastRequest:
    """A forecast to submit."""
    facts: dict[str, Any] = {"product": PSMA, "region": MIDWEST, "weeks": weeks(doses), **changes}
    return forecast_pb2.SubmitForecastRequest(
        forecast=forecast_pb2.Forecast(**facts),
        base_version=base_version,
        request_id=str(uuid7()),
        reason="monthly round",
    )


def said(forecast: forecast_pb2.Forecast) -> dict[int, int]:
    """What a forecast says, by how many weeks ahead."""
    return {ahead_of(each.week_start_date): each.doses for each in forecast.weeks}


def ahead_of(message: Date) -> int:
    """How many weeks after the current one a week starts."""
    return (date(message.year, message.month, message.day) - THIS_WEEK) // WEEK


def a_product(name: str = PSMA, *partners: str) -> resources_pb2.Product:
    """A product of Northlake's, or of those named."""
    return resources_pb2.Product(name=name, partners=partners or [NORTHLAKE])


def a_site(name: str = LAKESIDE, region: str = MIDWEST, *partners: str) -> resources_pb2.Site:
    """A centre of Northlake's, or of those named."""
    return resources_pb2.Site(name=name, region=region, time_zone="America/Chicago", partners=partners or [NORTHLAKE])


def an_agreement(partner: str = NORTHLAKE, product: str = PSMA, **changes: Any) -> resources_pb2.Agreement:
    """Two frozen weeks, then three firm ones that may change by a tenth."""
    facts: dict[str, Any] = {
        "name": f"agreements/{partner.partition('/')[2]}",
        "frozen_weeks": 2,
        "firm_weeks": 3,
        "firm_change_fraction": 0.1,
        "valid_from_time": stamp(NOW - timedelta(days=700)),
        "valid_until_time": stamp(NOW + timedelta(days=700)),
    }
    return resources_pb2.Agreement(partner=partner, product=product, **{**facts, **changes})


def resource_event(resource: Message, version: int = 1, *, deleted: bool = False) -> Event:
    """What master data publishes of a version of a resource."""
    kind = type(resource).DESCRIPTOR.name.lower()
    what, message = (
        ("deleted", masterdata_events.ResourceDeleted)
        if deleted
        else ("created", masterdata_events.ResourceCreated)
        if version == 1
        else ("updated", masterdata_events.ResourceUpdated)
    )
    data = message(resource=resources_pb2.Resource(**{kind: resource}), version=version)
    return Event(
        id=uuid7(),
        type=f"doselane.masterdata.resource.{what}.v1",
        source="doselane/masterdata",
        subject=resource.name,  # type: ignore[attr-defined]
        sequence=version,
        time=NOW,
        data=data.SerializeToString(),
    )


def slot_event(slot: str, what: str = "confirmed", sequence: int = 1, ahead: int = 1, **changes: Any) -> Event:
    """What slotting publishes of a slot whose dose is administered on the Tuesday of a week."""
    message, state = _SLOT_EVENTS[what]
    facts: dict[str, Any] = {
        "name": f"slots/{slot}",
        "partner": NORTHLAKE,
        "product": PSMA,
        "site": LAKESIDE,
        "state": state,
        "administration": type_pb2.Activity(
            activity_mbq=7400, time=stamp(starts_at(week(ahead)) + timedelta(days=1, hours=9))
        ),
    }
    told = slotting_pb2.Slot(**{**facts, **changes})
    return Event(
        id=uuid7(),
        type=f"doselane.slotting.slot.{what}.v1",
        source="doselane/slotting",
        subject=told.name,
        sequence=sequence,
        time=NOW,
        data=message(slot=told).SerializeToString(),
        partner=told.partner,
    )


async def planning_schema(dsn: str) -> None:
    """Make planning's schema."""
    database = await Database.connect(dsn, "planning", pool_size=2)
    await migrate(database, SCHEMA)
    await database.close()
