"""Bounds on answers that stand in code, not in a proto: what is as large as they let it be fits into one answer."""

from datetime import timedelta

import pytest
from doselane.planning.v1 import forecast_pb2
from doselane.type.v1.type_pb2 import Change
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date

from services.kernel.errors import Invalid
from services.kernel.rpc.server import MESSAGE_BYTES_MAX
from services.planning.domain.forecast import DOSES_MAX, WEEKS_KEPT, WEEKS_MAX
from services.planning.domain.refusals import ReportTooLarge
from services.planning.domain.reports import ENTRIES_MAX
from services.planning.rpc.forecasts import PAGE_SIZE_MAX
from services.planning.usecases import reports
from tests.support.planning_worlds import MONDAY

# The longest that the patterns of the protos take.
PARTNER, PRODUCT, REGION = f"partners/{'p' * 63}", f"products/{'P' * 63}", "r" * 63
NAME, ACTOR, REASON = f"forecasts/{'0' * 36}", "a" * 128, "\N{GREEK SMALL LETTER ALPHA}" * 500
AT, DAY = Timestamp(seconds=2**40, nanos=999_999_999), Date(year=2099, month=12, day=28)


def the_largest_forecast() -> forecast_pb2.Forecast:
    """Each week that a version may name, and each that it keeps."""
    week = forecast_pb2.ForecastWeek(week_start_date=DAY, doses=DOSES_MAX, horizon=forecast_pb2.ForecastWeek.FIRM)
    return forecast_pb2.Forecast(
        name=NAME,
        partner=PARTNER,
        product=PRODUCT,
        region=REGION,
        version=2**31 - 1,
        current=True,
        weeks=[week] * (WEEKS_MAX + WEEKS_KEPT),
        create_time=AT,
        last_change=Change(time=AT, actor=ACTOR, reason=REASON),
    )


def test_a_page_of_the_largest_forecasts_fits_into_an_answer() -> None:
    page = forecast_pb2.ListForecastsResponse(
        forecasts=[the_largest_forecast()] * PAGE_SIZE_MAX, next_page_token="t" * 2048
    )
    assert PAGE_SIZE_MAX == 200
    assert page.ByteSize() <= MESSAGE_BYTES_MAX


def test_the_longest_reports_fit_into_an_answer() -> None:
    judged = forecast_pb2.ForecastAccuracyWeek(
        product=PRODUCT,
        region=REGION,
        week_start_date=DAY,
        forecast=NAME,
        forecast_doses=DOSES_MAX,
        claimed_doses=2**31 - 1,
        partner=PARTNER,
    )
    used = forecast_pb2.ForecastConsumptionWeek(
        partner=PARTNER,
        product=PRODUCT,
        region=REGION,
        week_start_date=DAY,
        forecast_doses=DOSES_MAX,
        claimed_doses=2**31 - 1,
    )
    assert ENTRIES_MAX == 10_000
    assert forecast_pb2.ForecastAccuracy(weeks=[judged] * ENTRIES_MAX).ByteSize() <= MESSAGE_BYTES_MAX
    assert forecast_pb2.ForecastConsumption(weeks=[used] * ENTRIES_MAX).ByteSize() <= MESSAGE_BYTES_MAX


def test_a_report_may_have_so_many_entries_and_no_more() -> None:
    entries: list = [object()] * ENTRIES_MAX
    assert reports._bounded(entries) == entries
    with pytest.raises(ReportTooLarge) as refusal:
        reports._bounded([*entries, object()])
    assert refusal.value.facts["entries_max"] == "10000"


@pytest.mark.parametrize(("weeks", "taken"), [(0, False), (1, True), (104, True), (105, False)])
def test_a_report_may_be_asked_of_so_many_weeks_and_no_more(weeks: int, taken: bool) -> None:
    until = MONDAY + timedelta(weeks=weeks)
    if taken:
        reports._require_period(MONDAY, until)
        return
    with pytest.raises(Invalid) as refusal:
        reports._require_period(MONDAY, until)
    assert refusal.value.facts["field"] == "until_date"
