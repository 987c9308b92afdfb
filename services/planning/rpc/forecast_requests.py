"""What callers ask of forecasts, as the use cases take it; dates are checked here, before anything is looked up."""

from datetime import date, datetime
from typing import Any

from doselane.planning.v1 import forecast_pb2
from google.type.date_pb2 import Date

from services.kernel.calendar import EARLIEST, LATEST, RANGE, date_of
from services.kernel.errors import Denied, Invalid, InvalidFields
from services.kernel.idempotency import request_key_of
from services.kernel.identity import Caller
from services.kernel.rpc import Call
from services.planning.domain.forecast import Series, problems_in
from services.planning.domain.reports import WEEKS_AHEAD_DEFAULT
from services.planning.domain.weeks import is_monday
from services.planning.store.forecasts import ForecastFilter
from services.planning.store.reports import About
from services.planning.usecases.forecasts import ForecastAsk, ForecastDraft
from services.planning.usecases.importing import Import
from services.planning.usecases.reports import Period


def ask_of(request: Any, call: Call) -> ForecastAsk:
    """Who submits, why, and how a repetition is known."""
    return ForecastAsk(
        call.caller.actor, request.reason, request_key_of(request, call.caller), call.traceparent, request.validate_only
    )


def draft_of(request: forecast_pb2.SubmitForecastRequest, caller: Caller, now: datetime) -> ForecastDraft:
    """The forecast to submit; all that is wrong with it by itself is reported at once."""
    forecast = request.forecast
    partner = forecast.partner or caller.partner
    weeks = [(_date(week.week_start_date), week.doses) for week in forecast.weeks]
    if problems := list(problems_in([week for week, _ in weeks], now)):
        raise InvalidFields(problems)
    # Before anything is looked up: the answer must not depend on whether there is such a partner.
    if partner != caller.partner and not caller.operator:
        raise _other_partner("forecast.partner")
    series = Series(partner, forecast.product, forecast.region)
    base = request.base_version if request.HasField("base_version") else None
    return ForecastDraft(series, {week: doses for week, doses in weeks if week}, base)


def import_of(request: forecast_pb2.ImportForecastsRequest, caller: Caller) -> Import:
    """The sheet to import."""
    return Import(request.csv, caller.partner, caller.operator)


def filter_of(request: forecast_pb2.ListForecastsRequest, caller: Caller) -> ForecastFilter:
    """Which versions to list."""
    about = _about(request, caller.viewer)
    return ForecastFilter(caller.viewer, request.partner, about.product, about.region, request.show_replaced)


def about_of(request: Any, caller: Caller) -> About:
    """What a report is about: a sponsor's own forecasts; to operators, also another's or everybody's."""
    about = _about(request, request.partner or caller.viewer)
    if about.partner != caller.partner and not caller.operator:
        raise _other_partner("partner")
    return about


def period_of(request: Any) -> Period:
    """The weeks of a report."""
    return Period(_monday(request, "from_date"), _monday(request, "until_date"))


def weeks_ahead_of(request: forecast_pb2.GetForecastAccuracyRequest) -> int:
    """How many weeks ahead forecasts are judged."""
    return request.weeks_ahead if request.HasField("weeks_ahead") else WEEKS_AHEAD_DEFAULT


def _about(request: Any, partner: str | None) -> About:
    return About(partner, request.product, request.region)


def _monday(request: Any, field: str) -> date | None:
    if not request.HasField(field):
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
