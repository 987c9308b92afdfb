"""What the rules read, from published messages whose shape was judged. What no annotation can say of an instant, a
date or a time becomes None, and the rules name it."""

from collections.abc import Callable, Iterable
from datetime import date, time
from typing import Any, TypeVar

from doselane.masterdata.v1 import resources_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.kernel import calendar
from services.kernel.nuclides import NUCLIDE_OF_PROTO
from services.kernel.timestamps import known_instant
from services.masterdata import domain
from services.network import Capacity

T = TypeVar("T")

_HOURS_OF_DAY = 24


def product_of(message: resources_pb2.Product) -> domain.Product:
    """A product."""
    return domain.Product(
        name=message.name,
        nuclide=NUCLIDE_OF_PROTO[message.nuclide],
        partners=tuple(message.partners),
        nominal_mbq=message.activity_nominal_mbq,
        min_mbq=_stated(message, "activity_min_mbq"),
        max_mbq=_stated(message, "activity_max_mbq"),
        shelf_life_minutes=message.shelf_life_minutes,
        qc_minutes=message.qc_minutes,
        vial_kbq_max=message.vial_reference_activity_max_kbq,
        loss_fraction=message.loss_fraction,
        concentration_mbq_per_ml=_stated(message, "activity_concentration_mbq_per_ml"),
        reference_minutes=message.activity_reference_minutes,
        shelf_life_from_reference=message.shelf_life_origin == resources_pb2.Product.ACTIVITY_REFERENCE_TIME,
        fill_volume_ul_min=_stated(message, "fill_volume_min_ul"),
        fill_volume_ul_max=_stated(message, "fill_volume_max_ul"),
        transport_cel_min=_stated(message, "transport_temperature_min_cel"),
        transport_cel_max=_stated(message, "transport_temperature_max_cel"),
    )


def facility_of(message: resources_pb2.Facility) -> domain.Facility:
    """A facility."""
    return domain.Facility(
        name=message.name,
        time_zone=message.time_zone,
        qc_sessions=_weekly(message.qc_sessions),
        closed_dates=_dates(message.closed_dates),
    )


def line_of(message: resources_pb2.Line) -> domain.Line:
    """A line."""
    return domain.Line(
        name=message.name,
        facility=message.name.partition("/lines/")[0],
        products=tuple(message.products),
        shifts=_weekly(message.shifts),
        cleaning_minutes=message.cleaning_minutes,
        changeover_minutes=message.changeover_minutes,
        run_capacity=_capacity(message.run_capacity),
        closed_dates=_dates(message.closed_dates),
    )


def site_of(message: resources_pb2.Site) -> domain.Site:
    """A treatment centre."""
    return domain.Site(
        name=message.name,
        region=message.region,
        time_zone=message.time_zone,
        partners=tuple(message.partners),
        licences=tuple(
            domain.Licence(
                NUCLIDE_OF_PROTO[each.nuclide], each.activity_max_mbq, known_instant(each, "valid_until_time")
            )
            for each in message.licences
        ),
        weekly_windows=_weekly(message.weekly_windows),
        dated_windows=tuple(
            domain.DatedWindow(known_instant(each, "start_time"), known_instant(each, "end_time"))
            for each in message.dated_windows
        ),
        closed_dates=_dates(message.closed_dates),
    )


def lane_of(message: resources_pb2.Lane) -> domain.Lane:
    """A lane."""
    return domain.Lane(
        name=message.name,
        facility=message.facility,
        site=message.site,
        departures=tuple(
            domain.Departure(tuple(each.days), _start(each, "time"), _stated(each, "cutoff_minutes"))
            for each in message.departures
        ),
        quantiles=tuple(domain.Quantile(each.percentile, each.minutes) for each in message.transit_quantiles),
        promised_percentile=_stated(message, "promised_percentile"),
        transit_minutes=_stated(message, "transit_minutes"),
        valid_until=known_instant(message, "valid_until_time"),
    )


def agreement_of(message: resources_pb2.Agreement) -> domain.Agreement:
    """An agreement."""
    allotment = message.WhichOneof("allotment")
    return domain.Agreement(
        name=message.name,
        partner=message.partner,
        product=message.product,
        allotment=(allotment, _capacity(getattr(message, allotment))) if allotment else None,
        valid_from=known_instant(message, "valid_from_time"),
        valid_until=known_instant(message, "valid_until_time"),
    )


def complete(message: Message) -> None:
    """Writes into a message what follows from it: of a measured lane, the minutes that it promises."""
    if isinstance(message, resources_pb2.Lane):
        measured = {each.percentile: each.minutes for each in message.transit_quantiles}
        if message.promised_percentile in measured:
            message.transit_minutes = measured[message.promised_percentile]


def _weekly(windows: Iterable[resources_pb2.WeeklyWindow]) -> tuple[domain.WeeklyWindow, ...]:
    return tuple(
        domain.WeeklyWindow(tuple(each.days), _start(each, "start_time"), _end(each, "end_time")) for each in windows
    )


def _start(message: Any, field: str) -> time | None:
    """A local time at which something starts: 24:00 would be another day's."""
    return None if getattr(message, field).hours == _HOURS_OF_DAY else _end(message, field)


def _end(message: Any, field: str) -> time | None:
    return _read(calendar.time_of, getattr(message, field)) if message.HasField(field) else None


def _dates(messages: Iterable[Any]) -> tuple[date | None, ...]:
    return tuple(_read(calendar.date_of, each) for each in messages)


def _read(reader: Callable[[Any], T], message: Any) -> T | None:
    try:
        return reader(message)
    except ValueError:
        return None


def _stated(message: Any, field: str) -> Any:
    return getattr(message, field) if message.HasField(field) else None


def _capacity(message: type_pb2.Capacity) -> Capacity:
    return Capacity(message.reference_activity_kbq, message.vials)
