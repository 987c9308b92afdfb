"""Submitting, reading, listing and comparing forecasts, over gRPC and PostgreSQL."""

import asyncio
from datetime import timedelta

import pytest
from doselane.planning.v1 import events_pb2, forecast_pb2

from services.kernel.errors import InvalidFields, Kind
from tests.integration.planning.conftest import Desk
from tests.support.forecasts import (
    CDMO,
    DOTA,
    HARBOR,
    LAKESIDE,
    MIDWEST,
    NORTHEAST,
    NORTHLAKE,
    NOW,
    PSMA,
    a_product,
    a_site,
    an_agreement,
    day,
    resource_event,
    said,
    submission,
    week,
    weeks,
)

Horizon = forecast_pb2.ForecastWeek.Horizon


def getting(name: str) -> forecast_pb2.GetForecastRequest:
    return forecast_pb2.GetForecastRequest(name=name)


async def listed(desk: Desk, who: str = NORTHLAKE, **fields: object) -> list[forecast_pb2.Forecast]:
    request = forecast_pb2.ListForecastsRequest(**fields)  # type: ignore[arg-type]
    return list((await desk.call("ListForecasts", request, who)).forecasts)


async def test_a_submitted_forecast_can_be_read_back(desk: Desk) -> None:
    made = await desk.submit({0: 5, 1: 40, 2: 100, 5: 0})
    assert await desk.call("GetForecast", getting(made.name)) == made
    assert (made.partner, made.product, made.region) == (NORTHLAKE, PSMA, MIDWEST)
    assert (made.version, made.current) == (1, True)
    assert said(made) == {0: 5, 1: 40, 2: 100, 5: 0}
    assert [each.horizon for each in made.weeks] == [Horizon.PAST, Horizon.FROZEN, Horizon.FIRM, Horizon.FREE]
    assert (made.last_change.actor, made.last_change.reason) == ("northlake-orchestrator", "monthly round")
    assert made.create_time.ToDatetime(tzinfo=NOW.tzinfo) == NOW


async def test_a_new_version_takes_the_place_of_the_one_before(desk: Desk) -> None:
    first = await desk.submit({0: 5, 1: 40, 5: 10})
    second = await desk.submit({1: 40, 5: 90, 6: 7}, base_version=1)
    assert (second.version, second.current) == (2, True)
    assert said(second) == {0: 5, 1: 40, 5: 90, 6: 7}
    assert not (await desk.call("GetForecast", getting(first.name))).current
    assert said(await desk.call("GetForecast", getting(first.name))) == {0: 5, 1: 40, 5: 10}


async def test_each_version_is_published_to_its_sponsor(desk: Desk) -> None:
    made = [await desk.submit({1: 40}), await desk.submit({1: 40, 5: 1})]
    events = await desk.published()
    assert [(event.type, event.subject, event.sequence, event.partner, event.reason) for event in events] == [
        ("doselane.planning.forecast.submitted.v1", each.name, 1, NORTHLAKE, "monthly round") for each in made
    ]
    assert [events_pb2.ForecastSubmitted.FromString(event.data).forecast for event in events] == made


async def test_a_forecast_that_changes_fixed_weeks_is_refused_with_all_of_them(desk: Desk) -> None:
    await desk.submit({0: 5, 1: 40, 2: 100, 3: 100})
    refusal = await desk.refused({0: 6, 1: 41, 2: 111, 3: 90})
    assert (refusal.kind, refusal.reason) == (Kind.REFUSED, "WEEK_PAST")
    assert refusal.facts["weeks"] == "2027-03-01,2027-03-08,2027-03-15"
    refusal = await desk.refused({1: 40, 2: 111, 3: 90})
    assert (refusal.reason, refusal.facts["week"]) == ("WEEK_FIRM", "2027-03-15")
    assert (refusal.facts["doses_min"], refusal.facts["doses_max"]) == ("90", "110")
    assert len(await listed(desk, show_replaced=True)) == 1


async def test_a_firm_week_cannot_be_walked_away_from_in_small_steps(desk: Desk) -> None:
    await desk.submit({1: 40, 2: 100})
    await desk.submit({1: 40, 2: 110})
    refusal = await desk.refused({1: 40, 2: 120})
    assert (refusal.reason, refusal.facts["doses_max"]) == ("WEEK_FIRM", "110")


async def test_a_week_is_judged_by_what_stood_in_it_when_it_became_firm(desk: Desk) -> None:
    await desk.submit({1: 1, 2: 1, 3: 1, 4: 1, 5: 100})
    await desk.submit({1: 1, 2: 1, 3: 1, 4: 1, 5: 200})  # still free
    desk.clock.advance(timedelta(weeks=1))
    assert (await desk.refused({2: 1, 3: 1, 4: 1, 5: 221})).facts["doses_min"] == "180"
    assert said(await desk.submit({2: 1, 3: 1, 4: 1, 5: 220}))[5] == 220


async def test_without_an_agreement_all_coming_weeks_are_free(desk: Desk) -> None:
    await desk.submit({1: 40}, HARBOR)
    assert said(await desk.submit({1: 400}, HARBOR)) == {1: 400}


async def test_the_agreement_in_force_decides_and_a_deleted_one_does_not(desk: Desk) -> None:
    await desk.submit({1: 40, 2: 100})
    await desk.hears(resource_event(an_agreement(), 3, deleted=True))
    await desk.hears(resource_event(an_agreement(frozen_weeks=20), 2))  # comes late
    assert said(await desk.submit({1: 41})) == {1: 41}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"product": "products/unheard-of"}, "PRODUCT_UNKNOWN"),
        ({"product": DOTA}, "PRODUCT_UNKNOWN"),  # it is there, but Harbor's alone
        ({"region": "mars"}, "REGION_UNKNOWN"),
        ({"region": NORTHEAST}, "REGION_UNKNOWN"),  # its only centre is Harbor's
    ],
)
async def test_what_is_not_there_and_what_is_anothers_are_refused_alike(
    desk: Desk, changes: dict[str, str], reason: str
) -> None:
    refusal = await desk.refused({1: 40}, **changes)
    assert (refusal.kind, refusal.reason) == (Kind.NOT_FOUND, reason)


async def test_a_closed_centre_and_a_withdrawn_product_cannot_be_forecast(desk: Desk) -> None:
    await desk.hears(resource_event(a_site(LAKESIDE), 2, deleted=True))
    assert (await desk.refused({1: 1})).reason == "REGION_UNKNOWN"
    await desk.hears(resource_event(a_product(PSMA, HARBOR), 2))
    assert (await desk.refused({1: 1})).reason == "PRODUCT_UNKNOWN"


async def test_somebody_who_has_seen_another_version_is_told_so(desk: Desk) -> None:
    await desk.submit({1: 40})
    refusal = await desk.refusal("SubmitForecast", submission({1: 40}, base_version=2))
    assert (refusal.kind, refusal.facts["version"]) == (Kind.STALE, "1")


async def test_all_that_is_wrong_with_a_request_is_said_at_once(desk: Desk) -> None:
    shapeless = submission({1: 40}, product="psma", region="")
    too_few = submission({1: 40, 2: -1})
    against_rules = submission({1: 40})
    for _ in range(2):
        against_rules.forecast.weeks.add(week_start_date=day(NOW.date()), doses=1)
    against_rules.forecast.weeks[0].week_start_date.month = 13
    for request, fields in (
        (shapeless, ("forecast.product", "forecast.region")),
        (too_few, ("forecast.weeks[1].doses",)),
        (submission({}), ("forecast.weeks",)),
        (submission({1: 40}, base_version=0), ("base_version",)),  # no version has the number 0
        (against_rules, ("forecast.weeks[0].week_start", "forecast.weeks[2].week_start")),
    ):
        refusal = await desk.refusal("SubmitForecast", request)
        assert (refusal.kind, refusal.reason) == (Kind.INVALID, InvalidFields.reason)
        for field in fields:
            assert field in refusal.facts["violations"]


async def test_only_checking_stores_nothing(desk: Desk) -> None:
    request = submission({1: 40})
    request.validate_only = True
    answer = await desk.call("SubmitForecast", request)
    assert (answer.name, answer.version, said(answer)) == ("", 1, {1: 40})
    assert await listed(desk) == []
    assert await desk.published() == []


async def test_a_repeated_request_is_answered_as_before_and_acts_once(desk: Desk) -> None:
    request = submission({1: 40})
    answers = await asyncio.gather(*(desk.call("SubmitForecast", request) for _ in range(5)))
    desk.clock.advance(timedelta(weeks=2))
    assert {each.SerializeToString() for each in [*answers, await desk.call("SubmitForecast", request)]} == {
        answers[0].SerializeToString()
    }
    assert len(await desk.published()) == 1
    request.reason = "another"
    assert (await desk.refusal("SubmitForecast", request)).reason == "REQUEST_MISMATCH"


async def test_a_refused_request_can_be_asked_again(desk: Desk) -> None:
    request = submission({1: 40}, region=NORTHEAST)
    assert (await desk.refusal("SubmitForecast", request)).reason == "REGION_UNKNOWN"
    await desk.hears(resource_event(a_site("sites/new", NORTHEAST)))
    assert (await desk.call("SubmitForecast", request)).version == 1


async def test_submissions_at_once_get_versions_one_after_the_other(desk: Desk) -> None:
    made = await asyncio.gather(*(desk.submit({6: doses}, HARBOR) for doses in range(12)))
    assert sorted(each.version for each in made) == list(range(1, 13))
    assert [each.version for each in await listed(desk, HARBOR)] == [12]


async def test_an_operator_may_submit_for_a_sponsor_and_a_sponsor_only_for_itself(desk: Desk) -> None:
    by_staff = await desk.submit({1: 40}, CDMO, partner=NORTHLAKE)
    assert (by_staff.partner, by_staff.last_change.actor, by_staff.last_change.reason) == (NORTHLAKE, "", "")
    assert (await desk.refused({1: 40}, partner=HARBOR)).kind is Kind.DENIED
    assert (await desk.refusal("SubmitForecast", submission({1: 40}), "reader")).reason == "SCOPE_MISSING"


async def test_a_sponsor_sees_only_its_own(desk: Desk) -> None:
    own, others = await desk.submit({1: 40}), await desk.submit({1: 60}, HARBOR)
    assert await listed(desk) == [own]
    assert await listed(desk, partner=HARBOR) == []
    assert await listed(desk, CDMO) == [others, own]
    assert await listed(desk, CDMO, partner=NORTHLAKE) == [own]
    hidden = await desk.refusal("GetForecast", getting(others.name))
    missing = await desk.refusal("GetForecast", getting("forecasts/none"))
    assert (hidden.kind, hidden.reason, hidden.message) == (missing.kind, missing.reason, missing.message)
    for name, base in ((others.name, ""), (own.name, others.name)):
        request = forecast_pb2.CompareForecastsRequest(name=name, base=base)
        assert (await desk.refusal("CompareForecasts", request)).reason == "FORECAST_UNKNOWN"


async def test_a_list_comes_in_pages_newest_first(desk: Desk) -> None:
    made = []
    for doses in range(5):
        made.append(await desk.submit({6: doses}))
        desk.clock.advance(timedelta(minutes=1))
    found, token = [], ""
    for _ in range(3):
        request = forecast_pb2.ListForecastsRequest(page_size=2, page_token=token, show_replaced=True)
        page = await desk.call("ListForecasts", request)
        found, token = [*found, *page.forecasts], page.next_page_token
    assert [each.name for each in found] == [each.name for each in reversed(made)]
    assert token == ""
    assert [each.version for each in await listed(desk, product=PSMA, region=MIDWEST)] == [5]
    assert await listed(desk, product=DOTA) == []
    other = forecast_pb2.ListForecastsRequest(page_size=2, page_token=page.next_page_token or "x")
    assert (await desk.refusal("ListForecasts", other)).facts["field"] == "page_token"


async def test_versions_are_compared_week_by_week(desk: Desk) -> None:
    first = await desk.submit({1: 40, 5: 10, 6: 3})
    second = await desk.submit({1: 40, 5: 25, 7: 1})
    found = await desk.call("CompareForecasts", forecast_pb2.CompareForecastsRequest(name=second.name))
    assert found == await desk.call(
        "CompareForecasts", forecast_pb2.CompareForecastsRequest(name=second.name, base=first.name)
    )
    assert found.base == first.name
    assert [(each.week_start_date, each.base_doses, each.doses) for each in found.differences] == [
        (day(week(1)), 40, 40),
        (day(week(5)), 10, 25),
        (day(week(6)), 3, 0),
        (day(week(7)), 0, 1),
    ]
    assert (found.base_doses, found.doses) == (53, 66)
    alone = await desk.call("CompareForecasts", forecast_pb2.CompareForecastsRequest(name=first.name))
    assert (alone.base, alone.doses) == ("", 53)
    assert [each.HasField("base_doses") for each in (alone, *alone.differences)] == [False] * 4


async def test_versions_of_different_products_or_regions_cannot_be_compared(desk: Desk) -> None:
    one, other = await desk.submit({1: 40}, HARBOR), await desk.submit({1: 40}, HARBOR, region=NORTHEAST)
    request = forecast_pb2.CompareForecastsRequest(name=one.name, base=other.name)
    assert (await desk.refusal("CompareForecasts", request, HARBOR)).reason == "SERIES_DIFFER"


async def test_a_date_that_is_none_is_refused(desk: Desk) -> None:
    request = submission({})
    request.forecast.weeks.extend(weeks({1: 1}))
    request.forecast.weeks[0].week_start_date.month = 13
    refusal = await desk.refusal("SubmitForecast", request)
    assert refusal.facts["violations"] == "forecast.weeks[0].week_start_date must be a date"
