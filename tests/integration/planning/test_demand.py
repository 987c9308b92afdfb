"""What a sponsor's ERP states that it needs becomes its forecast, by the rules of a submission, or is told of."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from doselane.erp.v1 import erp_pb2
from doselane.erp.v1 import events_pb2 as erp_events
from doselane.planning.v1 import events_pb2, forecast_pb2

from services.kernel import parked
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.integration.planning.conftest import Desk
from tests.support.forecasts import (
    DOTA,
    HARBOR,
    MIDWEST,
    NORTHLAKE,
    NOW,
    PSMA,
    a_product,
    day,
    resource_event,
    said,
    week,
)

MINUTE = timedelta(minutes=1)
REFUSED = "doselane.planning.demand.refused.v1"


def a_demand(doses: Mapping[int, int], at: datetime = NOW, partner: str = NORTHLAKE, **changes: Any) -> Event:
    """What the adapter host publishes of a demand, its weeks by how many they are ahead."""
    weeks = [erp_pb2.DemandWeek(week_start_date=day(week(ahead)), doses=many) for ahead, many in doses.items()]
    facts: dict[str, Any] = {"product": PSMA, "region": MIDWEST, "weeks": weeks, "state_time": stamp(at)}
    demand = erp_pb2.Demand(**{**facts, **changes})
    told = erp_events.DemandChanged(partner=partner, adapter="erp_tiny", message="messages/9", demand=demand)
    kind, data = "doselane.erp.demand.changed.v1", told.SerializeToString()
    return Event(uuid7(), kind, "doselane/erp", "messages/9", 1, NOW, data, partner=partner, actor="accounts/erp")


async def versions(desk: Desk, who: str = NORTHLAKE) -> list[forecast_pb2.Forecast]:
    """All versions, oldest first."""
    found = await desk.call("ListForecasts", forecast_pb2.ListForecastsRequest(show_replaced=True), who)
    return sorted(found.forecasts, key=lambda each: each.version)


async def refusals(desk: Desk) -> list[tuple[Event, events_pb2.DemandRefused]]:
    """What was told of refusals."""
    found = [event for event in await desk.published() if event.type == REFUSED]
    return [(event, events_pb2.DemandRefused.FromString(event.data)) for event in found]


async def test_a_demand_becomes_a_version_of_the_sponsors_forecast_and_is_published(desk: Desk) -> None:
    await desk.hears(a_demand({1: 40, 2: 100, 5: 7}))
    (made,) = await versions(desk)
    assert (made.partner, made.product, made.region, made.version) == (NORTHLAKE, PSMA, MIDWEST, 1)
    assert said(made) == {1: 40, 2: 100, 5: 7}
    assert (made.last_change.actor, made.last_change.reason) == ("accounts/erp", "told by erp_tiny")
    (event,) = await desk.published()
    assert (event.type, event.subject, event.partner, event.actor) == (
        "doselane.planning.forecast.submitted.v1",
        made.name,
        NORTHLAKE,
        "accounts/erp",
    )


async def test_weeks_before_the_first_one_stay_and_from_it_on_what_is_not_named_expects_nothing(desk: Desk) -> None:
    await desk.submit({0: 3, 1: 40, 2: 100, 6: 5, 7: 9, 8: 4})
    await desk.hears(a_demand({6: 8, 8: 1}))
    assert said((await versions(desk))[-1]) == {0: 3, 1: 40, 2: 100, 6: 8, 8: 1}


async def test_older_statements_repetitions_and_the_same_content_make_no_version(desk: Desk) -> None:
    first = a_demand({5: 7}, NOW + MINUTE)
    await desk.hears(first)
    again = a_demand({5: 7}, NOW + MINUTE)
    await desk.hears(first, again, a_demand({5: 99}, NOW), a_demand({5: 7}, NOW + 2 * MINUTE))
    assert [said(each) for each in await versions(desk)] == [{5: 7}]
    await desk.hears(a_demand({5: 8}, NOW + MINUTE))  # older than the last that said the same
    assert len(await versions(desk)) == 1
    await desk.hears(a_demand({5: 8}, NOW + 2 * MINUTE))  # at the same instant another thing, and later
    assert said((await versions(desk))[-1]) == {5: 8}


async def test_a_repetition_does_not_undo_what_was_submitted_by_call_since(desk: Desk) -> None:
    await desk.hears(a_demand({5: 7}))
    await desk.submit({5: 20})
    await desk.hears(a_demand({5: 7}))
    assert said((await versions(desk))[-1]) == {5: 20}
    await desk.hears(a_demand({5: 7}, NOW + MINUTE))
    assert said((await versions(desk))[-1]) == {5: 7}


@pytest.mark.parametrize(
    ("doses", "reason"),
    [({0: 1}, "WEEK_PAST"), ({1: 41, 2: 100}, "WEEK_FROZEN"), ({1: 40, 2: 111}, "WEEK_FIRM"), ({1: 40}, "WEEK_FIRM")],
)
async def test_what_a_submission_would_be_refused_for_is_kept_and_told_to_the_sponsor(
    desk: Desk, doses: Mapping[int, int], reason: str
) -> None:
    await desk.submit({0: 5, 1: 40, 2: 100})
    event = a_demand(doses)
    await desk.hears(event)
    assert len(await versions(desk)) == 1
    ((told, refused),) = await refusals(desk)
    assert (refused.reason, refused.product, refused.region) == (reason, PSMA, MIDWEST)
    assert refused.detail and (refused.message, refused.adapter) == ("messages/9", "erp_tiny")
    assert (told.partner, told.sequence, told.subject.startswith("demands/")) == (NORTHLAKE, 1, True)
    (held,) = await parked.waiting(desk.database.pool, "planning-demand")
    assert held.event == event


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weeks": []}, ["weeks must contain at least 1 item"]),
        ({"product": "lutetium", "region": "mid west"}, ["product", "region"]),
        ({"state_time": None}, ["state_time"]),
        (
            {"weeks": [erp_pb2.DemandWeek(week_start_date=day(week(5) + timedelta(days=1)), doses=-1)]},
            ["weeks[0].week_start_date must be a Monday", "weeks[0].doses must be greater than or equal to 0"],
        ),
    ],
)
async def test_all_that_is_wrong_with_a_statement_is_told(desk: Desk, changes: Any, words: list[str]) -> None:
    await desk.hears(a_demand({5: 7}, **changes))
    ((_, refused),) = await refusals(desk)
    assert refused.reason == "INVALID_ARGUMENT"
    for each in words:
        assert each in refused.detail
    assert "forecast." not in refused.detail


async def test_a_product_that_becomes_known_lets_what_was_refused_be_applied(desk: Desk) -> None:
    await desk.hears(a_demand({5: 7}, product=DOTA), a_demand({5: 3}, region="us-nowhere"))
    assert [refused.reason for _, refused in await refusals(desk)] == ["PRODUCT_UNKNOWN", "REGION_UNKNOWN"]
    product = resource_event(a_product(DOTA, NORTHLAKE, HARBOR), 2)
    await desk.hears(product)
    held = await parked.waiting(desk.database.pool, "planning-demand")
    await parked.ask_replay(desk.database.pool, [held[0].id])
    (made,) = await _until_there_are_versions(desk)
    assert (made.product, said(made)) == (DOTA, {5: 7})


async def test_demand_of_one_sponsor_is_nothing_to_another(desk: Desk) -> None:
    await desk.hears(a_demand({5: 7}), a_demand({5: 9}, partner=HARBOR), a_demand({0: 1}, product=DOTA))
    assert [said(each) for each in await versions(desk)] == [{5: 7}]
    assert [said(each) for each in await versions(desk, HARBOR)] == [{5: 9}]
    for event in await desk.published():
        for partner in {NORTHLAKE, HARBOR} - {event.partner}:
            assert partner.encode() not in event.data


async def _until_there_are_versions(desk: Desk) -> list[forecast_pb2.Forecast]:

    async with asyncio.timeout(60):
        while not (found := await versions(desk)):
            await asyncio.sleep(0.01)
    return found
