"""Readings of milestones that were in doubt: examined once they count, and forgotten once they do not."""

import pytest
from doselane.courier.v1 import courier_pb2

from services.distribution.domain.milestone import MilestoneKind
from tests.integration.distribution.conftest import Desk
from tests.support.distribution import a_product, milestone_event, reported, run_event, slot_event, told

WARM = courier_pb2.SensorReading(type="Temperature", value=40, unit="CEL")


async def a_shipped_dose(desk: Desk) -> None:
    await desk.apply(run_event(), a_product(), slot_event("d"))
    await desk.attach("d")


async def excursions(desk: Desk) -> list[str]:
    return [each.milestone_event_id for each in (await desk.of("d")).excursions]


@pytest.mark.parametrize("kind", [MilestoneKind.COLLECTED, MilestoneKind.OBSERVED])
async def test_the_readings_of_what_an_operator_accepts_are_examined_then(desk: Desk, kind: MilestoneKind) -> None:
    await a_shipped_dose(desk)
    early = told(kind, 400, event_id="warm", sensor_readings=[WARM])  # told hours before it is said to have happened
    await desk.apply(milestone_event(early, minutes=5))
    assert await excursions(desk) == []
    await desk.apply(reported(MilestoneKind.OBSERVED, 6))  # what comes between does not make the doubt go away
    await desk.settle("d", "warm", True)
    assert await excursions(desk) == ["warm"]
    assert [each for each in await desk.told("d") if each != "milestone.recorded"][-2:] == [
        "milestone.settled",
        "shipment.excursion_detected",
    ]
    await desk.settle("d", "warm", False)
    assert await excursions(desk) == []


async def test_the_readings_of_what_is_dismissed_tell_nothing(desk: Desk) -> None:
    await a_shipped_dose(desk)
    await desk.apply(milestone_event(told(MilestoneKind.OBSERVED, 400, "warm", sensor_readings=[WARM]), minutes=5))
    await desk.settle("d", "warm", False)
    assert await excursions(desk) == []


async def test_news_of_the_run_let_the_readings_of_a_scan_count_and_no_more(desk: Desk) -> None:
    await desk.apply(slot_event("d"), a_product(), run_event(ready=60))
    await desk.attach("d")
    await desk.apply(reported(MilestoneKind.COLLECTED, 10, event_id="warm", sensor_readings=[WARM]))
    assert await excursions(desk) == []
    await desk.apply(run_event("opened", 2, ready=0))
    assert await excursions(desk) == ["warm"]
    assert (await desk.told("d"))[-2:] == ["shipment.rejudged", "shipment.excursion_detected"]
    await desk.apply(run_event("cut", 3, ready=60))
    assert await excursions(desk) == []
