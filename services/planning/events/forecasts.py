"""Forecasts as protobuf, and as the event that publishes them."""

from collections.abc import Sequence
from datetime import date, datetime

from doselane.planning.v1 import events_pb2, forecast_pb2
from doselane.type.v1 import type_pb2
from google.type.date_pb2 import Date

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.planning import events
from services.planning.domain.forecast import Difference, Shown
from services.planning.domain.horizons import horizon_of
from services.planning.domain.reports import Accuracy, JudgedWeek
from services.planning.domain.sheet import RowError

SUBMITTED = f"{events.TOPIC}.forecast.submitted.v1"


def message_of(shown: Shown, now: datetime) -> forecast_pb2.Forecast:
    """A version as protobuf, with how fixed its weeks are at an instant."""
    forecast, terms = shown.forecast, shown.terms
    return forecast_pb2.Forecast(
        name=forecast.name,
        partner=forecast.series.partner,
        product=forecast.series.product,
        region=forecast.series.region,
        version=forecast.version,
        current=forecast.current,
        weeks=[
            forecast_pb2.ForecastWeek(
                week_start_date=date_message(week),
                doses=doses,
                horizon=forecast_pb2.ForecastWeek.Horizon.Value(horizon_of(week, terms, now).value),
            )
            for week, doses in forecast.weeks.items()
        ],
        create_time=stamp(forecast.created_at),
        last_change=type_pb2.Change(actor=forecast.created_by, time=stamp(forecast.created_at), reason=forecast.reason),
    )


def event_of(shown: Shown, actor: str, reason: str, traceparent: str) -> Event:
    """The event that publishes a version. Each version is a resource of its own, so it is the first of its subject.

    Who submitted it stands on the event; in the version itself only if that is the sponsor."""
    forecast = shown.forecast
    message = message_of(shown, forecast.created_at)
    return Event(
        id=uuid7(),
        type=SUBMITTED,
        source=events.SOURCE,
        subject=forecast.name,
        sequence=1,
        time=forecast.created_at,
        data=events_pb2.ForecastSubmitted(forecast=message).SerializeToString(),
        partner=forecast.series.partner,
        actor=actor,
        reason=reason,
        traceparent=traceparent,
    )


def date_message(day: date) -> Date:
    """A date as protobuf."""
    return Date(year=day.year, month=day.month, day=day.day)


def imported_message(shown: Sequence[Shown], row_count: int, errors: Sequence[RowError], now: datetime) -> bytes:
    """What became of a sheet, as the bytes of its answer."""
    return forecast_pb2.ImportForecastsResponse(
        forecasts=[message_of(each, now) for each in shown],
        errors=[
            forecast_pb2.ForecastRowError(
                line=error.line, column=error.column, value=error.value, reason=error.reason, message=error.message
            )
            for error in errors
        ],
        row_count=row_count,
    ).SerializeToString()


def comparison_message(base: str, found: Sequence[Difference]) -> forecast_pb2.CompareForecastsResponse:
    """How two versions differ."""
    return forecast_pb2.CompareForecastsResponse(
        base=base,
        differences=[
            forecast_pb2.ForecastDifference(
                week_start_date=date_message(each.week), base_doses=each.base_doses, doses=each.doses
            )
            for each in found
        ],
        base_doses=sum(each.base_doses or 0 for each in found) if base else None,
        doses=sum(each.doses for each in found),
    )


def accuracy_message(found: Sequence[JudgedWeek], accuracy: Accuracy) -> forecast_pb2.ForecastAccuracy:
    """How accurate forecasts were."""
    return forecast_pb2.ForecastAccuracy(
        weeks=[
            forecast_pb2.ForecastAccuracyWeek(
                partner=each.bucket.series.partner,
                product=each.bucket.series.product,
                region=each.bucket.series.region,
                week_start_date=date_message(each.bucket.week),
                forecast=each.forecast,
                forecast_doses=each.forecast_doses,
                claimed_doses=each.claimed_doses,
            )
            for each in found
        ],
        weighted_absolute_error_fraction=accuracy.weighted_absolute_error_fraction,
        bias_fraction=accuracy.bias_fraction,
    )


def consumption_message(found: Sequence[JudgedWeek]) -> forecast_pb2.ForecastConsumption:
    """How much of forecasts has been claimed."""
    return forecast_pb2.ForecastConsumption(
        weeks=[
            forecast_pb2.ForecastConsumptionWeek(
                partner=each.bucket.series.partner,
                product=each.bucket.series.product,
                region=each.bucket.series.region,
                week_start_date=date_message(each.bucket.week),
                forecast_doses=each.forecast_doses or 0,
                claimed_doses=each.claimed_doses,
            )
            for each in found
        ]
    )
