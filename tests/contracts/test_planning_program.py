"""Harbor's planning program works on what its contract says."""

from datetime import date

import pytest
from doselane.planning.v1.forecast_pb2 import CompareForecastsResponse, Forecast, ForecastConsumption
from doselane.slotting.v1.slotting_pb2 import ListAllotmentUsagesResponse
from google.protobuf.message import Message

from tests.contracts.consumers import harbor_planning as harbor
from tests.contracts.consumers.over_grpc import Refusal
from tests.contracts.consumers.recorded import RecordedChannel
from tests.contracts.consumers.words import EXAMPLE_REQUEST_ID

ANSWERS: dict[str, type[Message]] = {
    harbor.SUBMIT: Forecast,
    harbor.GET: Forecast,
    harbor.COMPARE: CompareForecastsResponse,
    harbor.CONSUMPTION: ForecastConsumption,
    harbor.USAGES: ListAllotmentUsagesResponse,
}
FROZEN, FIRM, FREE = date(*harbor.FROZEN), date(*harbor.FIRM), date(*harbor.FREE)


def program(description: str) -> harbor.HarborPlanning:
    """The program, connected to one interaction of its contract."""
    return harbor.HarborPlanning(RecordedChannel(harbor.contract(), description, ANSWERS))


def test_it_keeps_the_version_that_it_submitted() -> None:
    submits = program("SubmitForecast that changes a free week")
    version = submits.submit(harbor.REGION, {FROZEN: 6, FIRM: 6, FREE: 9}, 1, EXAMPLE_REQUEST_ID)
    assert (version.number, version.current, version.doses[FREE]) == (2, True, 9)
    assert version.horizons == {FROZEN: "FROZEN", FIRM: "FIRM", FREE: "FREE"}


def test_it_shows_what_a_frozen_week_allows() -> None:
    submits = program("SubmitForecast that changes a frozen week")
    with pytest.raises(Refusal) as refused:
        submits.submit(harbor.REGION, {FROZEN: 7, FIRM: 6, FREE: 6}, 1, EXAMPLE_REQUEST_ID)
    assert refused.value.reason == "WEEK_FROZEN"
    assert refused.value.facts == {"week": "2027-03-08", "doses_min": "6", "doses_max": "6"}


def test_it_reads_a_version() -> None:
    version = program("GetForecast of the current version").version(harbor.FORECAST)
    assert version.doses == {FROZEN: 6, FIRM: 6, FREE: 6}


def test_it_shows_what_a_version_changed() -> None:
    compares = program("CompareForecasts of a version with the one before it")
    assert compares.changes(harbor.FORECAST) == {FREE: (4, 6)}


def test_it_reports_how_much_of_a_forecast_is_claimed() -> None:
    reports = program("GetForecastConsumption of a product")
    assert reports.consumption(harbor.PRODUCT) == {(harbor.PRODUCT, harbor.REGION, FROZEN): (6, 1)}


def test_it_shows_why_an_allotment_gives_nothing_more() -> None:
    (usage,) = program("ListAllotmentUsages of a product").usages(harbor.PRODUCT)
    assert (usage.vials, usage.gone) == ((1, 1, 0), "OWN_ALLOTMENT_USED")
