"""Harbor Pharma's planning program: submits forecasts over gRPC, and reads what became of them and of allotments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from doselane.planning.v1 import forecast_pb2 as planning
from doselane.slotting.v1.slotting_pb2 import AllotmentUsage, ListAllotmentUsagesRequest, ListAllotmentUsagesResponse
from google.type.date_pb2 import Date
from pact import Pact, match

from tests.contracts.consumers.over_grpc import Channel, answered, call, refused
from tests.contracts.consumers.words import (
    EXAMPLE_REQUEST_ID,
    EXAMPLE_SLOT_ID,
    as_caller,
    from_state,
    instant,
    monday,
    named,
    pact_of,
    text,
    whole_number,
)

NAME = "harbor-pharma-planning"
PARTNER = "partners/harbor-pharma"
FORECASTS = "/doselane.planning.v1.ForecastService"
SUBMIT, GET, COMPARE = f"{FORECASTS}/SubmitForecast", f"{FORECASTS}/GetForecast", f"{FORECASTS}/CompareForecasts"
CONSUMPTION = f"{FORECASTS}/GetForecastConsumption"
USAGES = "/doselane.slotting.v1.SlottingService/ListAllotmentUsages"

PRODUCT, REGION = "products/lu-ligand", "us-northeast"
FORECAST, BASE = f"forecasts/{EXAMPLE_SLOT_ID}", "forecasts/0198a1b2-6f00-7000-8000-000000000002"
FROZEN, FIRM, FREE = (2027, 3, 8), (2027, 3, 15), (2027, 3, 29)


@dataclass(frozen=True)
class Version:
    """What Harbor keeps of a version: doses and how fixed they are, by week."""

    name: str
    number: int
    current: bool
    doses: dict[date, int]
    horizons: dict[date, str]


@dataclass(frozen=True)
class Usage:
    """What has become of Harbor's allotment in a run."""

    run: str
    ends_at: str
    vials: tuple[int, int, int]  # allotted, claimed, free
    claimed_kbq: int
    returns_at: str
    gone: str


class HarborPlanning:
    """The part of Harbor's planning program that talks to Doselane."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def submit(self, region: str, doses: dict[date, int], base: int, request_id: str) -> Version:
        """Submits the version that follows `base`."""
        weeks = [
            planning.ForecastWeek(week_start_date=Date(year=day.year, month=day.month, day=day.day), doses=number)
            for day, number in doses.items()
        ]
        forecast = planning.Forecast(product=PRODUCT, region=region, weeks=weeks)
        request = planning.SubmitForecastRequest(forecast=forecast, base_version=base, request_id=request_id)
        return _version(self._channel(SUBMIT, request))

    def version(self, name: str) -> Version:
        """One version."""
        return _version(self._channel(GET, planning.GetForecastRequest(name=name)))

    def changes(self, name: str) -> dict[date, tuple[int, int]]:
        """The weeks in which a version differs from the one before it: doses before and after."""
        answer = self._channel(COMPARE, planning.CompareForecastsRequest(name=name))
        assert isinstance(answer, planning.CompareForecastsResponse) and answer.base
        assert answer.doses - answer.base_doses == sum(each.doses - each.base_doses for each in answer.differences)
        return {
            _day(each.week_start_date): (each.base_doses, each.doses)
            for each in answer.differences
            if each.base_doses != each.doses
        }

    def consumption(self, product: str) -> dict[tuple[str, str, date], tuple[int, int]]:
        """By product, region and week: doses forecast and claimed."""
        answer = self._channel(CONSUMPTION, planning.GetForecastConsumptionRequest(product=product))
        assert isinstance(answer, planning.ForecastConsumption)
        return {
            (each.product, each.region, _day(each.week_start_date)): (each.forecast_doses, each.claimed_doses)
            for each in answer.weeks
        }

    def usages(self, product: str) -> Sequence[Usage]:
        """What has become of the allotments in the runs of a product."""
        answer = self._channel(USAGES, ListAllotmentUsagesRequest(product=product))
        assert isinstance(answer, ListAllotmentUsagesResponse)
        return [
            Usage(
                run=each.run,
                ends_at=each.end_of_synthesis_time.ToJsonString(),
                vials=(each.allotted.vials, each.claimed.vials, each.free.vials),
                claimed_kbq=each.claimed.reference_activity_kbq,
                returns_at=each.release_back_time.ToJsonString(),
                gone=AllotmentUsage.Gone.Name(each.gone),
            )
            for each in answer.usages
        ]


def _version(answer: Any) -> Version:
    horizon = planning.ForecastWeek.Horizon.Name
    return Version(
        name=answer.name,
        number=answer.version,
        current=answer.current,
        doses={_day(week.week_start_date): week.doses for week in answer.weeks},
        horizons={_day(week.week_start_date): horizon(week.horizon) for week in answer.weeks},
    )


def _day(day: Date) -> date:
    return date(day.year, day.month, day.day)


def contract() -> Pact:
    """What Harbor's planning relies on."""
    pact = pact_of(NAME)
    _submits_a_version(pact)
    _is_refused_in_a_frozen_week(pact)
    _reads_a_version(pact)
    _compares_two_versions(pact)
    _reads_what_was_claimed(pact)
    _reads_what_became_of_its_allotment(pact)
    return pact


def _submission(doses_in_frozen_week: int, doses_in_free_week: int) -> dict[str, Any]:
    """The version that follows a forecast of six doses a week."""
    weeks = [
        {"weekStartDate": monday("${frozenWeek}", FROZEN), "doses": doses_in_frozen_week},
        {"weekStartDate": monday("${firmWeek}", FIRM), "doses": 6},
        {"weekStartDate": monday("${freeWeek}", FREE), "doses": doses_in_free_week},
    ]
    forecast = {"product": from_state(PRODUCT, "${product}"), "region": from_state(REGION, "${region}"), "weeks": weeks}
    request_id = from_state(EXAMPLE_REQUEST_ID, "${requestId}")
    return {"forecast": forecast, "baseVersion": from_state(1, "${version}"), "requestId": request_id}


def _answer(version: int, *weeks: tuple[tuple[int, int, int], int, str]) -> dict[str, Any]:
    return {
        "name": named("forecasts"),
        "version": version,
        "current": True,
        "weeks": [
            {"weekStartDate": monday(example=day), "doses": doses, "horizon": horizon} for day, doses, horizon in weeks
        ],
    }


def _submits_a_version(pact: Pact) -> None:
    asked = pact.upon_receiving("SubmitForecast that changes a free week", "Sync")
    as_caller(asked, PARTNER, "forecast.write").given("a current forecast", partner=PARTNER, doses=6)
    answer = call(asked, SUBMIT, _submission(6, 9))
    answered(answer, _answer(2, (FROZEN, 6, "FROZEN"), (FIRM, 6, "FIRM"), (FREE, 9, "FREE")))


def _is_refused_in_a_frozen_week(pact: Pact) -> None:
    asked = pact.upon_receiving("SubmitForecast that changes a frozen week", "Sync")
    as_caller(asked, PARTNER, "forecast.write").given("a current forecast", partner=PARTNER, doses=6)
    facts = {
        "week": text("2027-03-08", r"^\d{4}-\d\d-\d\d$"),
        "doses_min": whole_number("6"),
        "doses_max": whole_number("6"),
    }
    refused(call(asked, SUBMIT, _submission(7, 6)), 9, "FAILED_PRECONDITION", "WEEK_FROZEN", facts)


def _reads_a_version(pact: Pact) -> None:
    asked = pact.upon_receiving("GetForecast of the current version", "Sync")
    as_caller(asked, PARTNER, "forecast.read").given("a current forecast", partner=PARTNER, doses=6)
    answer = call(asked, GET, {"name": from_state(FORECAST, "${forecast}")})
    answered(answer, _answer(1, (FROZEN, 6, "FROZEN"), (FIRM, 6, "FIRM"), (FREE, 6, "FREE")))


def _compares_two_versions(pact: Pact) -> None:
    asked = pact.upon_receiving("CompareForecasts of a version with the one before it", "Sync")
    asked = as_caller(asked, PARTNER, "forecast.read")
    asked.given("a forecast in two versions", partner=PARTNER, before=4, doses=6)
    difference = {
        "weekStartDate": monday(example=FREE),
        "baseDoses": match.integer(4),
        "doses": match.integer(6),
    }
    contents = {
        "base": named("forecasts", BASE),
        "differences": match.each_like(difference, min=1),
        "baseDoses": match.integer(4),
        "doses": match.integer(6),
    }
    answered(call(asked, COMPARE, {"name": from_state(FORECAST, "${forecast}")}), contents)


def _reads_what_was_claimed(pact: Pact) -> None:
    asked = pact.upon_receiving("GetForecastConsumption of a product", "Sync")
    asked = as_caller(asked, PARTNER, "forecast.read")
    asked.given("a forecast of which a dose is claimed", partner=PARTNER, doses=6)
    week = {
        "product": named("products", PRODUCT),
        "region": text(REGION, "^[A-Za-z0-9][A-Za-z0-9._-]*$"),
        "weekStartDate": monday(example=FROZEN),
        "forecastDoses": match.integer(6),
        "claimedDoses": match.integer(1),
    }
    answer = call(asked, CONSUMPTION, {"product": from_state(PRODUCT, "${product}")})
    answered(answer, {"weeks": match.each_like(week, min=1)})


def _reads_what_became_of_its_allotment(pact: Pact) -> None:
    asked = pact.upon_receiving("ListAllotmentUsages of a product", "Sync")
    as_caller(asked, PARTNER, "slotting.read").given("a used allotment", partner=PARTNER)
    usage = {
        "run": named("runs", "runs/lu-177-monday"),
        "endOfSynthesisTime": instant("2027-03-02T06:00:00Z"),
        "allotted": {"vials": match.integer(1)},
        "claimed": {"vials": match.integer(1), "referenceActivityKbq": whole_number("8213360")},
        "free": {"vials": match.integer(0)},
        "releaseBackTime": instant("2027-03-02T00:00:00Z"),
        "gone": "OWN_ALLOTMENT_USED",
    }
    answer = call(asked, USAGES, {"product": from_state(PRODUCT, "${product}")})
    answered(answer, {"usages": match.each_like(usage, min=1)})
