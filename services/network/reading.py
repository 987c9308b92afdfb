"""Master data's messages and events as values of the network, the runs in capacity's events, and what distribution
counted on lanes.

Raises what a message cannot mean: ValueError, KeyError, Invalid.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from math import inf
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from doselane.capacity.v1 import capacity_pb2
from doselane.capacity.v1 import events_pb2 as capacity_events
from doselane.distribution.v1 import lane_pb2
from doselane.masterdata.v1 import events_pb2, resources_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message
from google.type.timeofday_pb2 import TimeOfDay

from services.kernel.activity import LIFE_MAX
from services.kernel.calendar import Span, Weekly, date_of, time_of, weekly_of
from services.kernel.event import Event
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.kernel.timestamps import instant, stamp
from services.network.lane_figures import AcceptanceCount, AcceptanceRates
from services.network.resources import (
    Agreement,
    Capacity,
    Departure,
    DocumentKind,
    Facility,
    Lane,
    Leg,
    LegMode,
    Licence,
    Line,
    Product,
    Resource,
    ResourceVersion,
    ShelfLifeOrigin,
    Site,
)

MASTERDATA_TOPIC = "doselane.masterdata"
CAPACITY_TOPIC = "doselane.capacity"
_DELETED = "doselane.masterdata.resource.deleted.v1"
RESOURCE_EVENTS: Mapping[str, Any] = {
    "doselane.masterdata.resource.created.v1": events_pb2.ResourceCreated,
    "doselane.masterdata.resource.updated.v1": events_pb2.ResourceUpdated,
    _DELETED: events_pb2.ResourceDeleted,
}
RUN_EVENTS: Mapping[str, Any] = {
    "doselane.capacity.run.created.v1": capacity_events.RunCreated,
    "doselane.capacity.run.opened.v1": capacity_events.RunOpened,
    "doselane.capacity.run.cut.v1": capacity_events.RunCut,
    "doselane.capacity.run.cancelled.v1": capacity_events.RunCancelled,
    "doselane.capacity.run.production_started.v1": capacity_events.RunProductionStarted,
    "doselane.capacity.run.produced.v1": capacity_events.RunProduced,
    "doselane.capacity.run.failed.v1": capacity_events.RunFailed,
}
_LIFE_MINUTES = int(LIFE_MAX.total_seconds()) // 60


class HeardResource(NamedTuple):
    """A version of a resource as published, not yet read: whoever keeps it may outlive a field that it cannot read.

    `message` is of its kind, such as a masterdata.v1.Product. `deleted`: it is the version that ends the resource, and
    tells it as it was before.
    """

    name: str
    kind: str
    version: int
    message: Any
    deleted: bool

    @property
    def document(self) -> bytes:
        """The message as it is stored; `resource_from` reads it."""
        return self.message.SerializeToString(deterministic=True)


def resource_in(event: Event) -> HeardResource | None:
    """The version that an event of master data tells of; None for another event, or a kind that is not known here."""
    if event.type not in RESOURCE_EVENTS:
        return None
    message = RESOURCE_EVENTS[event.type].FromString(event.data)
    return heard_of(message.resource, message.version, deleted=event.type == _DELETED)


def heard_of(resource: resources_pb2.Resource, version: int, *, deleted: bool = False) -> HeardResource | None:
    """A version of a resource; None for a kind that is not known here."""
    kind = resource.WhichOneof("kind")
    if kind is None:
        return None
    message = getattr(resource, kind)
    return HeardResource(message.name, kind, version, message, deleted)


def version_of(heard: HeardResource) -> ResourceVersion:
    """The same, read."""
    name, kind, version, message, deleted = heard
    return ResourceVersion(name, kind, version, resource_of(kind, message), deleted, heard.document)


def resource_from(kind: str, document: bytes) -> Resource:
    """A resource from the document of one of its versions."""
    return resource_of(kind, _MESSAGES[kind].FromString(document))


def run_in(event: Event) -> tuple[capacity_pb2.Run, int] | None:
    """The run that an event of capacity tells of, and its version; None for another event."""
    if event.type not in RUN_EVENTS:
        return None
    message = RUN_EVENTS[event.type].FromString(event.data)
    return message.run, message.version


def resource_of(kind: str, message: Any) -> Resource:
    """A resource of any kind."""
    return _READ[kind](message)


def product_of(product: resources_pb2.Product) -> Product:
    """A product. Its shelf life is told from the end of synthesis on: the one instant that a run is sure to have."""
    origin = ShelfLifeOrigin(product.shelf_life_origin or ShelfLifeOrigin.END_OF_SYNTHESIS)
    reference_after = _minutes(product.activity_reference_minutes)
    starts_after = reference_after if origin is ShelfLifeOrigin.ACTIVITY_REFERENCE_TIME else timedelta(0)
    return Product(
        name=product.name,
        nuclide=NUCLIDE_OF_PROTO[product.nuclide],
        partners=frozenset(product.partners),
        activity_mbq_nominal=product.activity_nominal_mbq,
        activity_mbq_min=_stated(product, "activity_min_mbq"),
        activity_mbq_max=_stated(product, "activity_max_mbq"),
        shelf_life=min(starts_after + (_minutes(product.shelf_life_minutes) or LIFE_MAX), LIFE_MAX),
        qc_lasting=_minutes(product.qc_minutes),
        vial_kbq_max=product.vial_reference_activity_max_kbq,
        loss_fraction=product.loss_fraction,
        concentration_mbq_per_ml=_stated(product, "activity_concentration_mbq_per_ml"),
        reference_after=reference_after,
        fill_volume_ul_min=_stated(product, "fill_volume_min_ul"),
        fill_volume_ul_max=_stated(product, "fill_volume_max_ul"),
        shelf_life_origin=origin,
        specification=product.specification,
        package=product.package,
        assessed_before_dispatch=_stated(product, "dispatch_assessment_required") is not False,
        certified_by_qualified_person=_stated(product, "qualified_person_certifies") is not False,
        required_documents=frozenset(map(DocumentKind, product.required_documents)),
        transport_temperature_cel_min=_stated(product, "transport_temperature_min_cel"),
        transport_temperature_cel_max=_stated(product, "transport_temperature_max_cel"),
    )


def facility_of(facility: resources_pb2.Facility) -> Facility:
    """A facility."""
    sessions = tuple(map(weekly_of, facility.qc_sessions))
    return Facility(facility.name, _zone(facility.time_zone), sessions, _closed(facility.closed_dates))


def line_of(line: resources_pb2.Line) -> Line:
    """A line."""
    return Line(
        name=line.name,
        facility=line.name.partition("/lines/")[0],
        products=frozenset(line.products),
        run=_minutes(line.run_minutes),
        cleaning=_minutes(line.cleaning_minutes),
        changeover=_minutes(line.changeover_minutes),
        run_capacity=capacity_of(line.run_capacity),
        shifts=tuple(map(weekly_of, line.shifts)),
        closed=_closed(line.closed_dates),
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
        zone=_zone(site.time_zone),
        closed=_closed(site.closed_dates),
        region=site.region,
    )


def lane_of(lane: resources_pb2.Lane) -> Lane:
    """A lane. Of measured transit times it promises the percentile that it says."""
    measured = {quantile.percentile: quantile.minutes for quantile in lane.transit_quantiles}
    promised = measured[lane.promised_percentile] if measured else lane.transit_minutes
    for minutes in (lane.dispatch_minutes, promised):
        _minutes(minutes)
    return Lane(
        name=lane.name,
        site=lane.site,
        dispatch_minutes=lane.dispatch_minutes,
        transit_minutes=promised,
        valid_until=instant(lane.valid_until_time, "valid_until_time"),
        facility=lane.facility,
        departures=tuple(map(_departure_of, lane.departures)),
        transit_minutes_min=min(measured.values(), default=lane.transit_minutes),
        class_7=all(leg.accepts_class_7 for leg in lane.legs),
        legs=tuple(
            Leg(LegMode(leg.mode) if leg.mode else None, leg.carrier, leg.accepts_class_7, _stated(leg, "minutes"))
            for leg in lane.legs
        ),
        quantiles=tuple(sorted(measured.items())),
        promised_percentile=_stated(lane, "promised_percentile"),
    )


def agreement_of(agreement: resources_pb2.Agreement) -> Agreement:
    """An agreement."""
    return Agreement(
        name=agreement.name,
        partner=agreement.partner,
        product=agreement.product,
        per_run=capacity_of(agreement.per_run) if agreement.HasField("per_run") else None,
        per_week=capacity_of(agreement.per_week) if agreement.HasField("per_week") else None,
        release_back=_minutes(agreement.release_back_minutes),
        valid_from=instant(agreement.valid_from_time, "valid_from_time"),
        valid_until=instant(agreement.valid_until_time, "valid_until_time"),
        frozen_weeks=agreement.frozen_weeks,
        firm_weeks=agreement.firm_weeks,
        firm_change_fraction=agreement.firm_change_fraction,
        standby_priority=agreement.standby_priority,
    )


def capacity_of(message: type_pb2.Capacity) -> Capacity:
    """An amount of capacity."""
    return Capacity(message.reference_activity_kbq, message.vials)


def capacity_message(capacity: Capacity) -> type_pb2.Capacity:
    """An amount of capacity as protobuf."""
    return type_pb2.Capacity(reference_activity_kbq=capacity.kbq, vials=capacity.vials)


def acceptance_of(told: lane_pb2.AcceptanceMeasurement) -> AcceptanceRates:
    """What was accepted and denied on a lane."""
    return AcceptanceRates(
        instant(told.count_time, "count_time"),
        _counted(told),
        {(int(each.day), time_of(each.time)): _counted(each) for each in told.departures},
    )


def _counted(told: lane_pb2.AcceptanceMeasurement | lane_pb2.DepartureAcceptance) -> AcceptanceCount:
    for counted in (told.accepted, told.denied):
        if not 0 <= counted < inf:
            raise ValueError(f"doses are counted from 0 on, not {counted}")
    return AcceptanceCount(told.accepted, told.denied)


def acceptance_message(rates: AcceptanceRates) -> lane_pb2.AcceptanceMeasurement:
    """What was accepted and denied on a lane, as protobuf."""
    return lane_pb2.AcceptanceMeasurement(
        **rates.lane._asdict(),
        count_time=stamp(rates.counted_at),
        departures=[
            lane_pb2.DepartureAcceptance(
                day=day,  # type: ignore[arg-type]
                time=TimeOfDay(hours=at.hour, minutes=at.minute, seconds=at.second),
                **count._asdict(),
            )
            for (day, at), count in rates.departures.items()
        ],
    )


def _departure_of(departure: resources_pb2.Departure) -> Departure:
    at = time_of(departure.time)
    weekly = Weekly(frozenset(int(day) for day in departure.days), at, at, departure.places)
    return Departure(weekly, _minutes(departure.cutoff_minutes))


def _stated(message: Any, field: str) -> Any:
    """What was stated; None if nothing was."""
    return getattr(message, field) if message.HasField(field) else None


def _minutes(minutes: int) -> timedelta:
    """Master data holds nothing longer; whoever previews a change with more must not move instants out of time."""
    if not 0 <= minutes <= _LIFE_MINUTES:
        raise ValueError(f"minutes must be from 0 to {_LIFE_MINUTES}, not {minutes}")
    return timedelta(minutes=minutes)


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name or "UTC")


def _closed(dates: Iterable[Any]) -> frozenset[date]:
    return frozenset(map(date_of, dates))


_MESSAGES: Mapping[str, type[Message]] = {
    "product": resources_pb2.Product,
    "facility": resources_pb2.Facility,
    "line": resources_pb2.Line,
    "site": resources_pb2.Site,
    "lane": resources_pb2.Lane,
    "agreement": resources_pb2.Agreement,
}
_READ: Mapping[str, Callable[[Any], Resource]] = {
    "product": product_of,
    "facility": facility_of,
    "line": line_of,
    "site": site_of,
    "lane": lane_of,
    "agreement": agreement_of,
}
