"""Master data and capacity's runs, as planning takes them."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from doselane.capacity.v1 import capacity_pb2
from doselane.capacity.v1 import events_pb2 as capacity_events
from doselane.masterdata.v1 import resources_pb2

from services.kernel.calendar import Span, date_of, time_of, weekly_of
from services.kernel.calendar import Weekly as WeeklyTime
from services.kernel.event import Event
from services.kernel.timestamps import instant
from services.planning.domain import resources
from services.planning.events.deliveries import NUCLIDE_OF_PROTO
from services.planning.events.proposals import capacity_of

CAPACITY_TOPIC = "doselane.capacity"
_RUN_EVENTS: Mapping[str, Any] = {
    f"{CAPACITY_TOPIC}.run.created.v1": capacity_events.RunCreated,
    f"{CAPACITY_TOPIC}.run.opened.v1": capacity_events.RunOpened,
    f"{CAPACITY_TOPIC}.run.cut.v1": capacity_events.RunCut,
    f"{CAPACITY_TOPIC}.run.cancelled.v1": capacity_events.RunCancelled,
}
RUN_TYPES = frozenset(_RUN_EVENTS)


def run_in(event: Event) -> tuple[capacity_pb2.Run, int]:
    """The run in one of capacity's events, and its version."""
    message = _RUN_EVENTS[event.type].FromString(event.data)
    return message.run, message.version


def stands(run: capacity_pb2.Run) -> bool:
    """Whether a run takes its line's time."""
    return run.state not in (capacity_pb2.Run.CANCELLED, capacity_pb2.Run.FAILED)


def open_run(run: capacity_pb2.Run, delivery: str) -> resources.OpenRun:
    """A run of capacity's, with the delivery that it uses, if that is known."""
    return resources.OpenRun(
        run.name,
        run.product,
        run.line,
        instant(run.end_of_synthesis_time, "end_of_synthesis_time"),
        capacity_of(run.pledged),
        tuple((allotment.partner, capacity_of(allotment.capacity)) for allotment in run.allotments),
        delivery,
    )


def product(message: resources_pb2.Product) -> resources.Product:
    """A product."""
    return resources.Product(
        message.name,
        NUCLIDE_OF_PROTO[message.nuclide],
        message.activity_nominal_mbq,
        timedelta(minutes=message.shelf_life_minutes),
        timedelta(minutes=message.qc_minutes),
        message.vial_reference_activity_max_kbq,
        message.loss_fraction,
    )


def facility(message: resources_pb2.Facility) -> resources.Facility:
    """A facility."""
    return resources.Facility(
        message.name, ZoneInfo(message.time_zone), tuple(map(weekly_of, message.qc_sessions)), _closed(message)
    )


def line(message: resources_pb2.Line) -> resources.Line:
    """A line."""
    return resources.Line(
        message.name,
        message.name.partition("/lines/")[0],
        frozenset(message.products),
        timedelta(minutes=message.run_minutes),
        timedelta(minutes=message.cleaning_minutes),
        timedelta(minutes=message.changeover_minutes),
        capacity_of(message.run_capacity),
        tuple(map(weekly_of, message.shifts)),
        _closed(message),
    )


def site(message: resources_pb2.Site) -> resources.Site:
    """A treatment centre."""
    return resources.Site(
        message.name,
        message.region,
        ZoneInfo(message.time_zone),
        frozenset(message.partners),
        tuple(
            resources.Licence(
                NUCLIDE_OF_PROTO[licence.nuclide],
                licence.activity_max_mbq,
                instant(licence.valid_until_time, "valid_until_time"),
            )
            for licence in message.licences
        ),
        tuple(map(weekly_of, message.weekly_windows)),
        tuple(
            Span(instant(window.start_time, "start_time"), instant(window.end_time, "end_time"), window.places)
            for window in message.dated_windows
        ),
        _closed(message),
    )


def lane(message: resources_pb2.Lane) -> resources.Lane:
    """A lane, with the minutes that it promises."""
    measured = {quantile.percentile: quantile.minutes for quantile in message.transit_quantiles}
    return resources.Lane(
        message.name,
        message.facility,
        message.site,
        timedelta(minutes=message.dispatch_minutes),
        timedelta(minutes=measured.get(message.promised_percentile, message.transit_minutes)),
        instant(message.valid_until_time, "valid_until_time"),
        tuple(_departure(departure) for departure in message.departures),
    )


def agreement(message: resources_pb2.Agreement) -> resources.Agreement:
    """An agreement, as far as it pre-books."""
    return resources.Agreement(
        message.name,
        message.partner,
        message.product,
        capacity_of(message.per_run) if message.HasField("per_run") else None,
        capacity_of(message.per_week) if message.HasField("per_week") else None,
        timedelta(minutes=message.release_back_minutes),
        instant(message.valid_from_time, "valid_from_time"),
        instant(message.valid_until_time, "valid_until_time"),
    )


def _departure(message: resources_pb2.Departure) -> resources.Departure:
    at = time_of(message.time)
    days = frozenset(int(day) for day in message.days)
    return resources.Departure(WeeklyTime(days, at, at, message.places), timedelta(minutes=message.cutoff_minutes))


def _closed(message: resources_pb2.Facility | resources_pb2.Line | resources_pb2.Site) -> frozenset[date]:
    days: Iterable[date] = (date_of(day) for day in message.closed_dates)
    return frozenset(days)
