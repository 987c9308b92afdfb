"""Figures of the reports, and the slots and resources that they are made of."""

from datetime import timedelta

from doselane.described import comments, descriptors

from services.network.reading import resource_in
from services.planning.domain.forecast import Series
from services.planning.domain.reports import WEEKS_AHEAD_DEFAULT, Expected, JudgedWeek, ReportedWeek, accuracy, entries
from services.planning.events.consumed import claimed_in
from tests.support.forecasts import MIDWEST, NORTHLAKE, NOW, PSMA, a_product, resource_event, slot_event, week

SERIES = Series(NORTHLAKE, PSMA, MIDWEST)


def entry(ahead: int, forecast: int, claimed: int) -> JudgedWeek:
    return JudgedWeek(ReportedWeek(SERIES, week(ahead)), "forecasts/a", forecast, claimed)


def test_errors_are_weighed_by_what_was_claimed() -> None:
    found = accuracy([entry(-3, 12, 10), entry(-2, 8, 10), entry(-1, 0, 20)], NOW)
    assert found.weighted_absolute_error_fraction == (2 + 2 + 20) / 40
    assert found.bias_fraction == (2 - 2 - 20) / 40


def test_a_week_that_is_not_over_is_not_judged() -> None:
    assert accuracy([entry(0, 12, 10)], NOW).bias_fraction is None
    assert accuracy([entry(0, 12, 10)], NOW + timedelta(days=5)).bias_fraction == 0.2


def test_where_nothing_was_claimed_there_is_no_share() -> None:
    assert accuracy([entry(-1, 12, 0)], NOW).weighted_absolute_error_fraction is None


def test_a_week_is_listed_if_it_is_forecast_or_claimed() -> None:
    forecast, claimed = ReportedWeek(SERIES, week(1)), ReportedWeek(SERIES, week(2))
    found = entries({forecast: Expected("forecasts/a", 5)}, {claimed: 3})
    assert found == [JudgedWeek(forecast, "forecasts/a", 5, 0), JudgedWeek(claimed, "", None, 3)]


def test_what_is_claimed_and_not_given_back_counts() -> None:
    counting = {what: claimed_in(slot_event("1", what)) for what in ("confirmed", "moved", "at_risk", "released")}
    assert {what: slot.counts for what, slot in counting.items() if slot} == {
        "confirmed": True,
        "moved": True,
        "at_risk": True,
        "released": False,
    }


def test_a_slot_without_product_or_time_can_be_read() -> None:
    slot = claimed_in(slot_event("1", product="", administration=None))
    assert slot and (slot.product, slot.week_start) == ("", None)


def test_events_of_the_other_kind_are_passed_over() -> None:
    assert resource_in(slot_event("1")) is None
    assert claimed_in(resource_event(a_product())) is None


def test_without_a_word_a_forecast_is_judged_as_far_ahead_as_the_call_says() -> None:
    told = dict(each for file in descriptors().file for each in comments(file))
    assert f"; {WEEKS_AHEAD_DEFAULT} if not said" in told["doselane.planning.v1.GetForecastAccuracyRequest.weeks_ahead"]
