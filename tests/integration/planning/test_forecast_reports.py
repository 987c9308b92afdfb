"""Accuracy and consumption, from slots as slotting publishes them."""

import random
from datetime import timedelta
from typing import Any

import pytest
from doselane.planning.v1 import forecast_pb2

from services.kernel.errors import Kind
from services.kernel.ids import uuid7
from tests.integration.planning.conftest import Desk
from tests.support.forecasts import (
    CDMO,
    HARBOR,
    HILLTOP,
    LAKESIDE,
    MIDWEST,
    NORTHEAST,
    NORTHLAKE,
    PSMA,
    a_site,
    ahead_of,
    day,
    resource_event,
    slot_event,
    week,
)

Rows = list[tuple[str, int, int, int]]


def forecast_of(week: Any) -> int | None:
    """The doses forecast; None where no version speaks of the week."""
    return week.forecast_doses if week.HasField("forecast_doses") else None


async def consumption(desk: Desk, who: str = NORTHLAKE, **fields: object) -> Rows:
    """Region, week, doses forecast and claimed of each entry."""
    request = forecast_pb2.GetForecastConsumptionRequest(**fields)  # type: ignore[arg-type]
    found = await desk.call("GetForecastConsumption", request, who)
    return [
        (each.region, ahead_of(each.week_start_date), each.forecast_doses, each.claimed_doses) for each in found.weeks
    ]


def judging(
    from_ahead: int, until_ahead: int, weeks_ahead: int | None = None, **fields: object
) -> forecast_pb2.GetForecastAccuracyRequest:
    return forecast_pb2.GetForecastAccuracyRequest(
        from_date=day(week(from_ahead)),
        until_date=day(week(until_ahead)),
        weeks_ahead=weeks_ahead,
        **fields,  # type: ignore[arg-type]
    )


async def test_claims_consume_the_forecast_of_their_week(desk: Desk) -> None:
    await desk.submit({0: 5, 1: 40, 2: 30})
    await desk.hears(*(slot_event(f"a{n}", ahead=1) for n in range(3)), slot_event("b", ahead=0))
    assert await consumption(desk) == [(MIDWEST, 0, 5, 1), (MIDWEST, 1, 40, 3), (MIDWEST, 2, 30, 0)]
    assert await consumption(desk, from_date=day(week(1)), until_date=day(week(2))) == [(MIDWEST, 1, 40, 3)]


async def test_what_is_given_back_does_not_count_in_whatever_order_it_is_heard(desk: Desk) -> None:
    await desk.submit({1: 40, 2: 30})
    told = [
        slot_event("kept", "confirmed", 2),
        slot_event("kept", "at_risk", 3),
        slot_event("back", "confirmed", 2),
        slot_event("back", "released", 3),
        slot_event("later", "confirmed", 1),
        slot_event("later", "moved", 2, ahead=2),
        slot_event("gone", "expired", 2),
    ]
    random.Random(7).shuffle(told)
    await desk.hears(*told)
    await desk.hears(*told[:4], told[0])
    assert await consumption(desk) == [(MIDWEST, 1, 40, 1), (MIDWEST, 2, 30, 1)]


async def test_claims_nobody_forecast_are_shown_too(desk: Desk) -> None:
    await desk.submit({2: 10})
    await desk.hears(slot_event("a", ahead=1), slot_event("b", ahead=1, site=HILLTOP), slot_event("c", site="sites/x"))
    assert await consumption(desk) == [
        ("", 1, 0, 1),
        (MIDWEST, 1, 0, 1),
        (MIDWEST, 2, 10, 0),
        (NORTHEAST, 1, 0, 1),
    ]


async def test_a_slot_that_does_not_say_its_product_belongs_to_no_forecast(desk: Desk) -> None:
    await desk.submit({1: 10})
    await desk.hears(slot_event("a", product=""))
    assert await consumption(desk) == [(MIDWEST, 1, 10, 0)]


async def test_a_closed_centre_keeps_its_claims_in_its_region(desk: Desk) -> None:
    await desk.submit({1: 10})
    await desk.hears(slot_event("a"), resource_event(a_site(LAKESIDE), 2, deleted=True))
    assert await consumption(desk) == [(MIDWEST, 1, 10, 1)]


async def test_a_sponsor_sees_only_its_own_claims_and_an_operator_all(desk: Desk) -> None:
    await desk.submit({1: 40})
    await desk.submit({1: 60}, HARBOR)
    await desk.hears(slot_event("a"), slot_event("b", partner=HARBOR), slot_event("c", partner=HARBOR))
    assert await consumption(desk) == [(MIDWEST, 1, 40, 1)]
    assert await consumption(desk, HARBOR, product=PSMA, region=MIDWEST) == [(MIDWEST, 1, 60, 2)]
    assert await consumption(desk, HARBOR, region=NORTHEAST) == []
    assert await consumption(desk, CDMO) == [(MIDWEST, 1, 60, 2), (MIDWEST, 1, 40, 1)]
    assert await consumption(desk, CDMO, partner=NORTHLAKE) == [(MIDWEST, 1, 40, 1)]
    request = forecast_pb2.GetForecastConsumptionRequest(partner=HARBOR)
    assert (await desk.refusal("GetForecastConsumption", request)).kind is Kind.DENIED
    assert (await desk.refusal("GetForecastAccuracy", judging(0, 1, partner=HARBOR))).kind is Kind.DENIED


async def test_accuracy_judges_the_version_that_was_in_force_so_many_weeks_ahead(desk: Desk) -> None:
    first = await desk.submit({5: 100, 6: 50})
    desk.clock.advance(timedelta(weeks=2))  # then week 5 is three weeks ahead, week 6 four
    second = await desk.submit({5: 100, 6: 45})
    await desk.hears(
        *(slot_event(f"a{n}", ahead=5) for n in range(80)), *(slot_event(f"b{n}", ahead=6) for n in range(20))
    )
    desk.clock.advance(timedelta(weeks=5))
    found = await desk.call("GetForecastAccuracy", judging(4, 8, weeks_ahead=3))
    assert [
        (ahead_of(each.week_start_date), each.forecast, forecast_of(each), each.claimed_doses) for each in found.weeks
    ] == [(4, first.name, 0, 0), (5, first.name, 100, 80), (6, second.name, 45, 20), (7, second.name, 0, 0)]
    assert {(each.partner, each.product, each.region) for each in found.weeks} == {(NORTHLAKE, PSMA, MIDWEST)}
    assert found.weighted_absolute_error_fraction == pytest.approx((20 + 25) / 100)
    assert found.bias_fraction == pytest.approx((20 + 25) / 100)
    later = await desk.call("GetForecastAccuracy", judging(5, 7, weeks_ahead=4))
    assert [each.forecast_doses for each in later.weeks] == [100, 50]
    early = await desk.call("GetForecastAccuracy", judging(5, 6, weeks_ahead=6))
    assert [(each.forecast, forecast_of(each), each.claimed_doses) for each in early.weeks] == [("", None, 80)]
    assert early.bias_fraction == -1


async def test_weeks_that_are_not_over_are_listed_but_not_judged(desk: Desk) -> None:
    await desk.hears(slot_event("a", ahead=1))
    found = await desk.call("GetForecastAccuracy", judging(0, 3))
    assert len(found.weeks) == 1
    assert not found.HasField("bias_fraction")
    assert not found.HasField("weighted_absolute_error_fraction")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (judging(1, 1), "until_date"),
        (judging(0, 105), "until_date"),
        (judging(0, 1, weeks_ahead=0), "weeks_ahead"),
        (judging(0, 1, region="no such"), "region"),
        (judging(0, 1, product="x"), "product"),
        (forecast_pb2.GetForecastAccuracyRequest(until_date=day(week(1))), "from_date"),
        (
            forecast_pb2.GetForecastAccuracyRequest(
                from_date=day(week(1) + timedelta(days=1)), until_date=day(week(3))
            ),
            "from_date",
        ),
    ],
)
async def test_a_report_that_makes_no_sense_is_refused(
    desk: Desk, request_: forecast_pb2.GetForecastAccuracyRequest, field: str
) -> None:
    refusal = await desk.refusal("GetForecastAccuracy", request_)
    assert (refusal.kind, refusal.facts["field"]) == (Kind.INVALID, field)


async def test_a_report_too_large_for_one_answer_is_refused(desk: Desk) -> None:
    regions = [f"region-{n}" for n in range(100)]
    await desk.hears(*(resource_event(a_site(f"sites/{region}", region)) for region in regions))
    rows = [f"{PSMA},{region},{week(ahead)},1" for region in regions for ahead in range(104)]
    sheet = "\n".join(("product,region,week_start_date,doses", *rows))
    request = forecast_pb2.ImportForecastsRequest(csv=sheet, request_id=str(uuid7()))
    assert len((await desk.call("ImportForecasts", request)).forecasts) == len(regions)
    whole = forecast_pb2.GetForecastConsumptionRequest()
    assert (await desk.refusal("GetForecastConsumption", whole)).reason == "REPORT_TOO_LARGE"
    assert len(await consumption(desk, region="region-7")) == 104
