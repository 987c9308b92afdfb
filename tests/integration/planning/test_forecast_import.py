"""Forecasts from a sheet: all of it or nothing."""

import asyncio

import pytest
from doselane.planning.v1 import forecast_pb2

from services.kernel.errors import Kind
from services.kernel.ids import uuid7
from tests.integration.planning.conftest import Desk
from tests.support.forecasts import (
    CDMO,
    DOTA,
    HARBOR,
    MIDWEST,
    NORTHEAST,
    NORTHLAKE,
    PSMA,
    a_site,
    resource_event,
    said,
    week,
)

HEADER = "product,region,week_start_date,doses\n"


def row(ahead: int, doses: object, product: str = PSMA, region: str = MIDWEST) -> str:
    return f"{product},{region},{week(ahead)},{doses}\n"


def importing(csv: str, *, validate_only: bool = False) -> forecast_pb2.ImportForecastsRequest:
    return forecast_pb2.ImportForecastsRequest(
        csv=csv, validate_only=validate_only, request_id=str(uuid7()), reason="from the sheet"
    )


async def imported(
    desk: Desk, csv: str, who: str = NORTHLAKE, *, validate_only: bool = False
) -> forecast_pb2.ImportForecastsResponse:
    return await desk.call("ImportForecasts", importing(csv, validate_only=validate_only), who)


def wrong(answer: forecast_pb2.ImportForecastsResponse) -> list[tuple[int, str, str, str]]:
    assert not answer.forecasts
    return [(error.line, error.column, error.value, error.reason) for error in answer.errors]


async def stored(desk: Desk) -> int:
    return await desk.database.pool.fetchval("SELECT count(*) FROM forecast")


async def test_each_product_and_region_in_a_sheet_becomes_a_version(desk: Desk) -> None:
    csv = HEADER + row(1, 40) + row(6, 7, DOTA, NORTHEAST) + row(2, 50)
    answer = await imported(desk, csv, HARBOR)
    assert (answer.row_count, len(answer.errors)) == (3, 0)
    assert [(each.product, each.region, each.version, said(each)) for each in answer.forecasts] == [
        (PSMA, MIDWEST, 1, {1: 40, 2: 50}),
        (DOTA, NORTHEAST, 1, {6: 7}),
    ]
    assert [event.subject for event in await desk.published()] == [each.name for each in answer.forecasts]
    assert answer.forecasts[0].last_change.reason == "from the sheet"


async def test_a_sheet_replaces_all_weeks_from_its_first_one_on(desk: Desk) -> None:
    await desk.submit({0: 5, 1: 40, 5: 10, 6: 20, 7: 30})
    [made] = (await imported(desk, HEADER + row(6, 21))).forecasts
    assert said(made) == {0: 5, 1: 40, 5: 10, 6: 21}
    assert made.version == 2


async def test_one_wrong_row_keeps_the_whole_sheet_out(desk: Desk) -> None:
    csv = HEADER + row(1, 40) + row(2, "many") + row(6, 7, DOTA, NORTHEAST)
    assert wrong(await imported(desk, csv, HARBOR)) == [(3, "doses", "many", "DOSES_INVALID")]
    assert await stored(desk) == 0
    assert await desk.published() == []


async def test_rows_that_break_horizons_are_named_with_the_week_that_was_left_out(desk: Desk) -> None:
    await desk.submit({0: 5, 1: 40, 2: 100, 3: 100})
    answer = await imported(desk, HEADER + row(0, 6) + row(2, 120) + row(3, 105))
    assert wrong(answer) == [
        (2, "doses", "6", "WEEK_PAST"),
        (2, "week_start_date", "2027-03-08", "WEEK_FROZEN"),
        (3, "doses", "120", "WEEK_FIRM"),
    ]
    assert answer.errors[2].message == "The week of 2027-03-15 is firm: 90 to 110 doses, not 120."
    assert await stored(desk) == 1


async def test_a_week_whose_row_cannot_be_read_is_not_said_to_be_left_out(desk: Desk) -> None:
    await desk.submit({1: 40, 2: 100})
    assert wrong(await imported(desk, HEADER + row(1, 40) + row(2, "1OO"))) == [(3, "doses", "1OO", "DOSES_INVALID")]


async def test_unknown_products_and_regions_are_named_row_by_row(desk: Desk) -> None:
    csv = HEADER + row(1, 4, DOTA) + row(1, 4) + row(2, 4, DOTA) + row(1, 4, PSMA, NORTHEAST)
    assert wrong(await imported(desk, csv)) == [
        (2, "product", DOTA, "PRODUCT_UNKNOWN"),
        (4, "product", DOTA, "PRODUCT_UNKNOWN"),
        (5, "region", NORTHEAST, "REGION_UNKNOWN"),
    ]


async def test_a_sheet_that_was_wrong_can_be_sent_again_when_the_world_has_changed(desk: Desk) -> None:
    request = importing(HEADER + row(1, 4, PSMA, NORTHEAST))
    assert (await desk.call("ImportForecasts", request)).errors
    await desk.hears(resource_event(a_site("sites/new", NORTHEAST)))
    assert (await desk.call("ImportForecasts", request)).forecasts


async def test_a_repeated_import_acts_once(desk: Desk) -> None:
    request = importing(HEADER + row(1, 4))
    first, again = await asyncio.gather(*(desk.call("ImportForecasts", request) for _ in range(2)))
    assert first == again
    assert await stored(desk) == 1
    request.csv += row(2, 4)
    assert (await desk.refusal("ImportForecasts", request)).reason == "REQUEST_MISMATCH"


async def test_only_checking_a_sheet_stores_nothing(desk: Desk) -> None:
    answer = await imported(desk, HEADER + row(1, 4), validate_only=True)
    assert [(each.name, each.version, said(each)) for each in answer.forecasts] == [("", 1, {1: 4})]
    assert await stored(desk) == 0


async def test_an_operator_imports_for_several_sponsors(desk: Desk) -> None:
    csv = f"partner,{HEADER}{NORTHLAKE},{row(1, 4)}{HARBOR},{row(1, 5)}"
    answer = await imported(desk, csv, CDMO)
    assert [(each.partner, said(each)) for each in answer.forecasts] == [(NORTHLAKE, {1: 4}), (HARBOR, {1: 5})]
    assert wrong(await imported(desk, csv)) == [(3, "partner", HARBOR, "DENIED")]


async def test_at_most_a_thousand_errors_are_named(desk: Desk) -> None:
    answer = await imported(desk, HEADER + row(1, "x") * 1500)
    assert (len(answer.errors), answer.row_count) == (1000, 1500)


@pytest.mark.parametrize("csv", ["", "\ufeff\r\n", "x" * (2 << 20) + "\n", HEADER + "\0"], ids=list("ebln"))
async def test_what_is_no_sheet_is_an_invalid_field(desk: Desk, csv: str) -> None:
    refusal = await desk.refusal("ImportForecasts", importing(csv))
    assert (refusal.kind, refusal.facts["field"]) == (Kind.INVALID, "csv")


async def test_a_large_sheet_is_taken_in_one_call(desk: Desk) -> None:
    await desk.hears(*(resource_event(a_site(f"sites/s{n}", f"region-{n}")) for n in range(100)))
    rows = "".join(row(ahead, 5, PSMA, f"region-{n}") for n in range(100) for ahead in range(1, 53))
    answer = await imported(desk, HEADER + rows)
    assert (answer.row_count, len(answer.forecasts)) == (5200, 100)
