"""Master data as the rules need it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from doselane.masterdata.v1 import events_pb2, resources_pb2
from google.protobuf.message import Message

from services.kernel.calendar import Span, Weekly, date_of, time_of, weekly_of
from services.kernel.event import Event
from services.kernel.timestamps import instant
from services.slotting.domain import Change, Departure, Facility, Lane, Licence, Product, Revise, Site
from services.slotting.domain.network import Resource
from services.slotting.events.nuclides import NUCLIDE_OF_PROTO

_RESOURCE_EVENTS: Mapping[str, type[Message]] = {
    "doselane.masterdata.resource.created.v1": events_pb2.ResourceCreated,
    "doselane.masterdata.resource.updated.v1": events_pb2.ResourceUpdated,
    "doselane.masterdata.resource.deleted.v1": events_pb2.ResourceDeleted,
}


def revise_of(event: Event) -> Revise | None:
    """What an event of master data means to the ledger; None for what does not concern it."""
    message_type = _RESOURCE_EVENTS.get(event.type)
    if message_type is None:
        return None
    message: Any = message_type.FromString(event.data)
    deleted = message_type is events_pb2.ResourceDeleted
    change = change_of(message.resource, message.version, deleted=deleted)
    return Revise(change, event.actor, event.reason) if change else None


def change_of(resource: resources_pb2.Resource, version: int, *, deleted: bool = False) -> Change | None:
    """A version of a resource; None for a kind that the ledger does not need. Raises where it cannot be read."""
    kind = resource.WhichOneof("kind")
    if kind not in KINDS:
        return None
    message = getattr(resource, kind)
    return Change(
        message.name,
        kind,
        version,
        resource_of(kind, message),
        deleted,
        message.SerializeToString(deterministic=True),
    )


def resource_of(kind: str, message: Any) -> Resource | None:
    """A resource as the rules need it; None for a kind that no rule of claims needs."""
    read = _READ.get(kind)
    return read(message) if read else None


def product_of(product: resources_pb2.Product) -> Product:
    """A product."""
    return Product(
        name=product.name,
        partners=frozenset(product.partners),
        activity_mbq_nominal=product.activity_nominal_mbq,
        activity_mbq_min=product.activity_min_mbq,
        activity_mbq_max=product.activity_max_mbq,
        shelf_life=timedelta(minutes=product.shelf_life_minutes) if product.shelf_life_minutes else timedelta.max,
        qc_lasting=timedelta(minutes=product.qc_minutes),
    )


def facility_of(facility: resources_pb2.Facility) -> Facility:
    """A facility."""
    return Facility(
        name=facility.name,
        zone=ZoneInfo(facility.time_zone or "UTC"),
        qc_sessions=tuple(map(weekly_of, facility.qc_sessions)),
        closed=frozenset(map(date_of, facility.closed_dates)),
    )


def site_of(site: resources_pb2.Site) -> Site:
    """A treatment centre."""
    return Site(
        name=site.name,
        partners=frozenset(site.partners),
        licences=tuple(
            Licence(NUCLIDE_OF_PROTO[of.nuclide], of.activity_max_mbq, instant(of.valid_until_time, "valid_until_time"))
            for of in site.licences
        ),
        windows=tuple(
            Span(instant(window.start_time, "start_time"), instant(window.end_time, "end_time"), window.places)
            for window in site.dated_windows
        ),
        weekly=tuple(map(weekly_of, site.weekly_windows)),
        zone=ZoneInfo(site.time_zone or "UTC"),
        closed=frozenset(map(date_of, site.closed_dates)),
    )


def lane_of(lane: resources_pb2.Lane) -> Lane:
    """A lane. Of measured transit times it promises the percentile that it says."""
    minutes = {quantile.percentile: quantile.minutes for quantile in lane.transit_quantiles}
    return Lane(
        name=lane.name,
        site=lane.site,
        dispatch_minutes=lane.dispatch_minutes,
        transit_minutes=minutes[lane.promised_percentile] if minutes else lane.transit_minutes,
        valid_until=instant(lane.valid_until_time, "valid_until_time"),
        facility=lane.facility,
        departures=tuple(map(_departure_of, lane.departures)),
        transit_minutes_min=min(minutes.values(), default=lane.transit_minutes),
        class_7=all(leg.accepts_class_7 for leg in lane.legs),
    )


def _departure_of(departure: resources_pb2.Departure) -> Departure:
    at = time_of(departure.time)
    weekly = Weekly(frozenset(int(day) for day in departure.days), at, at, departure.places)
    return Departure(weekly, timedelta(minutes=departure.cutoff_minutes))


MESSAGES: Mapping[str, type[Message]] = {
    "product": resources_pb2.Product,
    "facility": resources_pb2.Facility,
    "site": resources_pb2.Site,
    "lane": resources_pb2.Lane,
    "agreement": resources_pb2.Agreement,
}
KINDS = frozenset(MESSAGES)
_READ: Mapping[str, Callable[[Any], Resource]] = {
    "product": product_of,
    "facility": facility_of,
    "site": site_of,
    "lane": lane_of,
}
