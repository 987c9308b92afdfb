"""What callers ask of forecasts, as the use cases take it; shape is checked here, before anything is looked up."""

import re
from datetime import date, datetime
from typing import Any

from doselane.planning.v1 import forecast_pb2
from google.type.date_pb2 import Date

from services.kernel.calendar import EARLIEST, LATEST, RANGE, date_of
from services.kernel.errors import Denied, Invalid, InvalidFields
from services.kernel.idempotency import reason_of, request_key_of
from services.kernel.identity import Caller
from services.kernel.rpc import Call
from services.planning.domain.forecast import Series, problems_in
from services.planning.domain.reports import WEEKS_AHEAD_DEFAULT, WEEKS_AHEAD_MAX
from services.planning.domain.weeks import is_monday
from services.planning.store.forecasts import Filter
from services.planning.store.reports import About
from services.planning.usecases.forecasts import Ask, Draft
from services.planning.usecases.importing import Import
from services.planning.usecases.reports import Period

CSV_BYTES_MAX = 2 << 20

_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
_NAMES = {kind: re.compile(f"{kind}/{_ID}") for kind in ("forecasts", "partners", "products")}
_REGION = re.compile(_ID)


def ask_of(request: Any, call: Call) -> Ask:
    """Who submits, why, and how a repetition is known."""
    reason, request_key = reason_of(request), request_key_of(request, call.caller)
    return Ask(call.caller.actor, reason, request_key, call.traceparent, request.validate_only)


def draft_of(request: forecast_pb2.SubmitForecastRequest, caller: Caller, now: datetime) -> Draft:
    """The forecast to submit; all that is wrong with it by itself is reported at once."""
    forecast = request.forecast
    partner = forecast.partner or caller.partner
    problems = [
        (f"forecast.{field}", f"must look like {field}s/{{{field}}}")
        for field, value in (("partner", partner), ("product", forecast.product))
        if not _NAMES[f"{field}s"].fullmatch(value)
    ]
    if not _REGION.fullmatch(forecast.region):
        problems.append(("forecast.region", "must be a region's name, such as us-midwest"))
    if request.base_version < 0:
        problems.append(("base_version", "must be 0 or a version"))
    weeks = [(_date(week.week_start_date), week.doses) for week in forecast.weeks]
    problems += problems_in(weeks, now)
    if problems:
        raise InvalidFields(problems)
    # Before anything is looked up: the answer must not depend on whether there is such a partner.
    if partner != caller.partner and not caller.operator:
        raise _other_partner("forecast.partner")
    series = Series(partner, forecast.product, forecast.region)
    return Draft(series, {week: doses for week, doses in weeks if week}, request.base_version)


def import_of(request: forecast_pb2.ImportForecastsRequest, caller: Caller) -> Import:
    """The sheet to import."""
    if not request.csv.strip("\ufeff \t\r\n"):
        raise Invalid("csv must hold a header and at least one row.", field="csv")
    if len(request.csv.encode()) > CSV_BYTES_MAX:
        raise Invalid(f"csv must be at most {CSV_BYTES_MAX} bytes.", field="csv", bytes_max=CSV_BYTES_MAX)
    if "\0" in request.csv:
        raise Invalid("csv holds a NUL character; save it as UTF-8 text.", field="csv")
    return Import(request.csv, caller.partner, caller.operator)


def name_of(name: str, field: str = "name") -> str:
    """A forecast's name, checked for shape."""
    if not _NAMES["forecasts"].fullmatch(name):
        raise Invalid("A forecast is named forecasts/{forecast}.", field=field, value=name[:80])
    return name


def filter_of(request: forecast_pb2.ListForecastsRequest, caller: Caller) -> Filter:
    """Which versions to list."""
    about = _about(request, caller.viewer)
    return Filter(caller.viewer, request.partner, about.product, about.region, request.show_replaced)


def about_of(request: Any, caller: Caller) -> About:
    """What a report is about: a sponsor's own forecasts; to operators, also another's or everybody's."""
    about = _about(request, request.partner or caller.viewer)
    if about.partner != caller.partner and not caller.operator:
        raise _other_partner("partner")
    return about


def period_of(request: Any, *, required: bool) -> Period:
    """The weeks of a report."""
    return Period(_monday(request, "from_date", required), _monday(request, "until_date", required))


def weeks_ahead_of(weeks_ahead: int) -> int:
    """How many weeks ahead forecasts are judged."""
    if not 0 <= weeks_ahead <= WEEKS_AHEAD_MAX:
        raise Invalid(f"weeks_ahead must be 1 to {WEEKS_AHEAD_MAX}.", field="weeks_ahead", value=weeks_ahead)
    return weeks_ahead or WEEKS_AHEAD_DEFAULT


def _about(request: Any, partner: str | None) -> About:
    for field in ("partner", "product"):
        value = getattr(request, field)
        if value and not _NAMES[f"{field}s"].fullmatch(value):
            raise Invalid(f"{field} must look like {field}s/{{{field}}}.", field=field, value=value[:80])
    if request.region and not _REGION.fullmatch(request.region):
        raise Invalid("region must be a region's name, such as us-midwest.", field="region", value=request.region[:80])
    return About(partner, request.product, request.region)


def _monday(request: Any, field: str, required: bool) -> date | None:
    if not request.HasField(field):
        if required:
            raise Invalid(f"{field} is required.", field=field)
        return None
    day = _date(getattr(request, field))
    # So that no sum of weeks leaves the calendar.
    if day is None or not is_monday(day) or not EARLIEST.date() <= day <= LATEST.date():
        raise Invalid(f"{field} must be a Monday {RANGE}.", field=field, value=day)
    return day


def _date(message: Date) -> date | None:
    try:
        return date_of(message)
    except ValueError:
        return None


def _other_partner(field: str) -> Denied:
    return Denied("Only operators may name another partner than their token's.", field=field)
