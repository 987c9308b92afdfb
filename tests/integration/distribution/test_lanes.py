"""Lanes are measured of their shipments; what is denied on them is a fact; reports count both."""

from typing import Any

import pytest
from doselane.distribution.v1 import distribution_pb2, lane_pb2

from services.distribution.domain.milestone import MilestoneKind
from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.timestamps import instant, stamp
from tests.integration.distribution.conftest import LANES, Desk, said_in
from tests.support.distribution import (
    ARROW,
    NORTHLAKE,
    SWIFT,
    TRACKING,
    a_lane,
    a_product,
    at,
    reported,
    run_event,
    slot_event,
)

ONE, TWO = "01a215bf-0000-7000-8000-000000000001", "01a215bf-0000-7000-8000-000000000002"
LAKESIDE = "lanes/lakeside"
Denial = lane_pb2.Denial


async def a_network(desk: Desk) -> None:
    await desk.apply(a_lane(), a_product(), run_event(), slot_event(ONE), slot_event(TWO))


async def delivered(desk: Desk, number: int, minutes: float) -> str:
    """A shipment that left at noon and was delivered so many minutes later."""
    dose, reference = f"01a215bf-0000-7000-8000-0000000001{number:02}", f"1Z00000000000001{number:02}"
    await desk.apply(slot_event(dose))
    await desk.book(dose, references=[reference])
    told = reported(MilestoneKind.DELIVERED, minutes, event_id=reference, shipment_references=[reference])
    await desk.apply(told)
    return dose


async def test_what_shipments_took_is_what_the_next_one_is_foretold(desk: Desk) -> None:
    await a_network(desk)
    for number in range(10):
        await delivered(desk, number, 300)
    desk.clock.advance_to(at(300))
    booked = await desk.book(ONE, references=[TRACKING])
    assert booked.prediction.measured_shipments == 10  # as many as the lane's own figures count
    assert instant(booked.prediction.p50_time, "") == at(390)
    assert instant(booked.expected_milestones[-1].p90_time, "") == at(450)
    # Its sponsor is told when, and not how many others travel the lane.
    seen = await desk.caller().call("GetShipment", distribution_pb2.GetShipmentRequest(name=booked.name))
    assert not seen.prediction.HasField("measured_shipments") and seen.prediction.p50_time == booked.prediction.p50_time


async def test_a_delivery_that_is_taken_back_measures_nothing_and_a_late_milestone_tells_more(desk: Desk) -> None:
    await a_network(desk)
    await desk.book(ONE, references=[TRACKING])
    await desk.apply(reported(MilestoneKind.DELIVERED, 300))
    assert (await desk.book(TWO)).prediction.measured_shipments == 1
    measure = "SELECT left_at, took_off_at, delivered_at, promised_at, foretold_p90_at FROM transit_sample"
    await desk.apply(reported(MilestoneKind.DEPARTED, 70), reported(MilestoneKind.COLLECTED, 10))
    (row,) = await desk.database.pool.fetch(measure)
    assert tuple(row.values()) == (at(10), at(70), at(300), at(600), at(600))
    await desk.apply(reported(MilestoneKind.DELIVERED, 300, retracted=True))
    assert await desk.database.pool.fetch(measure) == []


async def deny(desk: Desk, **fields: Any) -> lane_pb2.Denial:
    """A denial of a captain's, recorded."""
    given = {"kind": Denial.DENIED, "refuser": Denial.CAPTAIN, "carrier": ARROW, "cause": "no class 7 on this flight",
             "lane": LAKESIDE, "departure_time": stamp(at(60)), "request_id": str(uuid7())}  # fmt: skip
    told: lane_pb2.Denial = await desk.ask_lanes("RecordDenial", lane_pb2.RecordDenialRequest(**{**given, **fields}))
    return told


async def denied(desk: Desk, **fields: Any) -> list[str]:
    """The names of the denials that a list shows."""
    answer = await desk.ask_lanes("ListDenials", lane_pb2.ListDenialsRequest(**fields))
    return [each.name for each in answer.denials]


async def reports(desk: Desk, **fields: Any) -> list[lane_pb2.LaneReport]:
    """The reports of what leaves within ten days of noon."""
    given = {"departure_from_time": stamp(at(0)), "departure_until_time": stamp(at(14400))}
    answer = await desk.ask_lanes("ListLaneReports", lane_pb2.ListLaneReportsRequest(**{**given, **fields}))
    return list(answer.lane_reports)


async def test_a_denial_is_recorded_once_and_published_as_no_partners(desk: Desk) -> None:
    await a_network(desk)
    request_id = str(uuid7())
    first = await deny(desk, request_id=request_id)
    assert (await deny(desk, request_id=request_id)).name == first.name
    assert (first.carrier, first.lane, instant(first.departure_time, ""), instant(first.denial_time, "")) == (
        ARROW, LAKESIDE, at(60), at(0))  # fmt: skip
    (event,) = await desk.published(first.name)
    assert (event.type, event.partner, said_in(event).denial) == ("doselane.distribution.denial.recorded.v1", "", first)


async def test_a_denial_of_a_shipment_is_of_its_lane_and_departure(desk: Desk) -> None:
    await a_network(desk)
    name = (await desk.book(ONE)).name
    told = await deny(desk, shipment=name, lane="", departure_time=None, kind=Denial.DELAYED, delay_minutes=90)
    assert (told.shipment, told.lane, instant(told.departure_time, ""), told.delay_minutes) == (
        name, LAKESIDE, at(0), 90)  # fmt: skip
    with pytest.raises(GatewayError) as refused:
        await deny(desk, shipment=name, lane="lanes/other")
    assert (refused.value.reason, refused.value.facts["lane"]) == ("LANE_DIFFERS", LAKESIDE)


@pytest.mark.parametrize(("fields", "reason"), [
    ({"lane": "lanes/nowhere"}, "LANE_UNKNOWN"),
    ({"lane": ""}, "INVALID_ARGUMENT"),
    ({"shipment": f"shipments/{uuid7()}"}, "SHIPMENT_UNKNOWN"),
    ({"delay_minutes": 5}, "INVALID_ARGUMENT"),
    ({"denial_time": stamp(at(6))}, "INVALID_ARGUMENT"),
    ({"kind": Denial.KIND_UNSPECIFIED}, "INVALID_ARGUMENT"),
    ({"carrier": "Arrow"}, "INVALID_ARGUMENT"),
])  # fmt: skip
async def test_a_denial_that_cannot_be_is_refused(desk: Desk, fields: dict[str, Any], reason: str) -> None:
    await a_network(desk)
    with pytest.raises(GatewayError) as refused:
        await deny(desk, **fields)
    assert refused.value.reason == reason
    assert await denied(desk) == []


async def test_denials_are_listed_newest_first_by_lane_carrier_and_time(desk: Desk) -> None:
    await a_network(desk)
    await desk.apply(a_lane(name="lanes/other"))
    old = (await deny(desk, denial_time=stamp(at(-60)))).name
    swift = (await deny(desk, carrier=SWIFT, denial_time=stamp(at(-30)))).name
    other = (await deny(desk, lane="lanes/other")).name
    assert await denied(desk) == [other, swift, old]
    assert await denied(desk, lane=LAKESIDE) == [swift, old]
    assert await denied(desk, carrier=ARROW) == [other, old]
    assert await denied(desk, denial_from_time=stamp(at(-30)), denial_until_time=stamp(at(0))) == [swift]
    first = await desk.ask_lanes("ListDenials", lane_pb2.ListDenialsRequest(page_size=2))
    second = lane_pb2.ListDenialsRequest(page_size=2, page_token=first.next_page_token)
    rest = await desk.ask_lanes("ListDenials", second)
    assert ([each.name for each in rest.denials], rest.next_page_token) == ([old], "")


async def test_a_report_says_what_was_kept_and_what_was_denied(desk: Desk) -> None:
    await a_network(desk)
    for number, minutes in enumerate([300, 400, 450, 500, 700]):  # promised, and foretold to nine of ten, are 600
        await delivered(desk, number, minutes)
    await desk.book(ONE, courier=ARROW)
    called_off = await desk.book(TWO)
    request = distribution_pb2.CancelShipmentRequest(name=called_off.name, cause="late", request_id=str(uuid7()))
    await desk.call("CancelShipment", request)
    await deny(desk)
    await deny(desk)
    await deny(desk, kind=Denial.DELAYED, delay_minutes=30)
    await deny(desk, carrier=SWIFT, departure_time=None, kind=Denial.DELAYED)
    desk.clock.advance_to(at(700))
    (report,) = await reports(desk)
    assert (report.lane, report.own_p50_minutes, report.own_p90_minutes, report.measured_shipments) == (
        LAKESIDE, 480, 600, 5)  # fmt: skip
    assert report.p50_minutes == pytest.approx((10 * 480 + 5 * 450) / 15, rel=1e-3)
    arrow, swift = report.figures
    assert (arrow.courier, arrow.shipments, arrow.delivered, arrow.HasField("p50_minutes")) == (ARROW, 1, 0, False)
    assert (swift.shipments, swift.delivered, swift.measured) == (5, 5, 5)
    assert (swift.promised, swift.on_time, swift.foretold, swift.p90_held) == (5, 4, 5, 4)
    assert (swift.p50_minutes, swift.p90_minutes) == (450, 700)
    assert (report.denials, report.delays) == (2, 2)
    by_departure = [(each.carrier, each.HasField("departure_time"), each.denials, each.delays)
                    for each in report.denial_counts]  # fmt: skip
    assert by_departure == [(ARROW, True, 2, 1), (SWIFT, False, 0, 1)]


async def test_a_report_is_of_what_left_in_its_interval(desk: Desk) -> None:
    await a_network(desk)
    await desk.book(ONE, TWO)
    assert len(await reports(desk)) == len(await reports(desk, courier=SWIFT, site="sites/lakeside-clinic")) == 1
    assert await reports(desk, departure_from_time=stamp(at(1))) == []
    assert await reports(desk, courier=ARROW) == await reports(desk, lane="lanes/other") == []


@pytest.mark.parametrize("fields", [
    {"departure_from_time": None},
    {"departure_until_time": None},
    {"departure_until_time": stamp(at(0))},
    {"departure_until_time": stamp(at(367 * 1440))},
])  # fmt: skip
async def test_a_report_needs_an_interval_of_a_year_at_most(desk: Desk, fields: dict[str, Any]) -> None:
    with pytest.raises(GatewayError) as refused:
        await reports(desk, **fields)
    assert (refused.value.reason, "departure_" in refused.value.facts["field"]) == ("INVALID_ARGUMENT", True)


async def test_what_lanes_do_is_the_manufacturers_own(desk: Desk) -> None:
    sponsor = desk.caller(NORTHLAKE, "distribution.read", "distribution.operate", service=LANES)
    for method, request in (
        ("ListDenials", lane_pb2.ListDenialsRequest()),
        ("ListLaneReports", lane_pb2.ListLaneReportsRequest()),
        ("RecordDenial", lane_pb2.RecordDenialRequest()),
    ):
        with pytest.raises(GatewayError) as refused:
            await sponsor.call(method, request)
        assert refused.value.reason == "SCOPE_MISSING", method
