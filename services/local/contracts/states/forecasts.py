"""States of forecasts: a current one, one in two versions, and one of which a dose is claimed."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from doselane.planning.v1 import forecast_pb2 as planning
from google.type.date_pb2 import Date

from services.kernel.ids import uuid7
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.states.given import Given, about
from services.local.contracts.states.network import ContractNetwork, a_network
from services.local.contracts.states.runs import claim, opened

SUBMITTED = "doselane.planning.forecast.submitted.v1"
# Weeks after the current one, by the agreement of `network.yaml`.
WEEKS_AHEAD = {"frozenWeek": 1, "firmWeek": 2, "freeWeek": 4}


def a_current_forecast(calls: GatewayCalls, partner: str, doses: int = 6) -> Given:
    """The first version of a forecast: `doses` in each of three weeks, one of them frozen, one firm and one free."""
    return _forecast(calls, a_network(calls, partner), partner, doses)


def a_forecast_in_two_versions(calls: GatewayCalls, partner: str, doses: int = 6, before: int = 4) -> Given:
    """A forecast whose second version expects `doses` in the free week, where the first one expected `before`."""
    given = _forecast(calls, a_network(calls, partner), partner, before)
    weeks = [_week(each, doses if ahead == WEEKS_AHEAD["freeWeek"] else before) for ahead, each in _mondays(calls)]
    second = _submitted(calls, partner, given.values, weeks)
    values = {"base": given.values["forecast"], "forecast": second.name, "version": second.version}
    return given.and_then(Given(values, {SUBMITTED: about(second.name)}))


def a_forecast_in_use(calls: GatewayCalls, partner: str, doses: int = 6) -> Given:
    """A current forecast, and a slot of its product in its region."""
    network = a_network(calls, partner)
    given = _forecast(calls, network, partner, doses).and_then(opened(calls, network, partner))
    slot = claim(calls, partner, given.values)
    asked = planning.GetForecastConsumptionRequest(product=network.product)
    reader = calls.speaking_for(partner, "forecast.read")
    calls.until(lambda: _claimed(reader.GetForecastConsumption(asked)))
    return given.and_then(Given({"slot": slot.name}))


def _forecast(calls: GatewayCalls, network: ContractNetwork, partner: str, doses: int) -> Given:
    values: dict[str, Any] = {"product": network.product, "region": network.mark}
    weeks = [_week(each, doses) for _, each in _mondays(calls)]
    # Planning hears of product, centre and agreement by events. Once a week is frozen, it knows them all.
    calls.until(lambda: _frozen(_submitted(calls, partner, values, weeks, validate_only=True)))
    first = _submitted(calls, partner, values, weeks)
    dates = {
        name: {"year": day.year, "month": day.month, "day": day.day}
        for name, day in zip(WEEKS_AHEAD, (day for _, day in _mondays(calls)), strict=True)
    }
    values |= {"forecast": first.name, "version": first.version, **dates}
    return Given(values, {SUBMITTED: about(first.name)})


def _submitted(
    calls: GatewayCalls,
    partner: str,
    values: Mapping[str, Any],
    weeks: list[planning.ForecastWeek],
    *,
    validate_only: bool = False,
) -> planning.Forecast:
    forecast = planning.Forecast(product=values["product"], region=values["region"], weeks=weeks)
    request = planning.SubmitForecastRequest(
        forecast=forecast, validate_only=validate_only, request_id=str(uuid7()), reason="monthly review"
    )
    answer: planning.Forecast = calls.speaking_for(partner, "forecast.write").SubmitForecast(request)
    return answer


def _mondays(calls: GatewayCalls) -> list[tuple[int, date]]:
    """The weeks that the states speak of: how many after the current one, and the Monday."""
    today = calls.now().date()
    this_week = today - timedelta(days=today.weekday())
    return [(ahead, this_week + timedelta(weeks=ahead)) for ahead in WEEKS_AHEAD.values()]


def _week(monday: date, doses: int) -> planning.ForecastWeek:
    start = Date(year=monday.year, month=monday.month, day=monday.day)
    return planning.ForecastWeek(week_start_date=start, doses=doses)


def _frozen(checked: planning.Forecast) -> planning.Forecast | None:
    return checked if checked.weeks[0].horizon == planning.ForecastWeek.FROZEN else None


def _claimed(report: planning.ForecastConsumption) -> planning.ForecastConsumption | None:
    return report if any(week.claimed_doses and week.region for week in report.weeks) else None
