"""What shipments and denials say of a lane is told, as no partner's, when it is worth telling."""

from doselane.distribution.v1 import events_pb2, lane_pb2
from doselane.masterdata.v1 import resources_pb2
from google.type.dayofweek_pb2 import MONDAY
from google.type.timeofday_pb2 import TimeOfDay

from services.distribution.domain.measurement import FRESH_MIN
from services.distribution.domain.milestone import MilestoneKind
from services.distribution.events.lanes import measurement_of
from services.kernel.timestamps import instant, stamp
from tests.integration.distribution.conftest import Desk, said_in
from tests.integration.distribution.test_lanes import LAKESIDE, a_network, delivered, deny, reports
from tests.support.distribution import ARROW, a_lane, at, reported, resource_event

DEPARTURE = resources_pb2.Departure(days=[MONDAY], time=TimeOfDay(hours=12), cutoff_minutes=30, places=9)
NORTH = resource_event(facility=resources_pb2.Facility(name="facilities/north", time_zone="UTC"))


async def told(desk: Desk) -> list[events_pb2.LaneMeasured]:
    """What was told of the lane, in order."""
    found = await desk.published(LAKESIDE)
    assert [event.sequence for event in found] == list(range(1, len(found) + 1))
    assert {(event.type, event.partner) for event in found} <= {("doselane.distribution.lane.measured.v1", "")}
    return [said_in(event) for event in found]


async def test_a_lane_that_takes_longer_than_it_says_is_told_of_every_fifth_shipment_at_most(desk: Desk) -> None:
    await a_network(desk)
    for number in range(FRESH_MIN - 1):
        await delivered(desk, number, 900 + number)
    assert await told(desk) == []
    for number in range(FRESH_MIN - 1, 2 * FRESH_MIN - 1):
        await delivered(desk, number, 900 + number)
    (first,) = await told(desk)
    assert (first.lane, first.lane_version, first.transit.shipments) == (LAKESIDE, 1, FRESH_MIN)
    assert [(each.percentile, each.minutes) for each in first.transit.quantiles] == [(50, 621), (90, 702)]
    assert (first.transit.promised_percentile, instant(first.transit.since_time, "")) == (90, at(0))
    assert instant(first.transit.until_time, "") == at(904)
    assert [each.kind for each in first.transit.steps] == [int(MilestoneKind.DELIVERED)]
    assert (first.acceptance.accepted, first.acceptance.denied) == (FRESH_MIN, 0)
    await delivered(desk, 2 * FRESH_MIN, 1500)
    assert len(await told(desk)) == 2


async def test_a_denial_is_told_at_once_beside_the_departure_that_it_was_about(desk: Desk) -> None:
    await desk.apply(NORTH)
    await a_network(desk)
    await desk.apply(a_lane(2, departures=[DEPARTURE]))
    await deny(desk, departure_time=stamp(at(0)))
    (first,) = await told(desk)
    assert (first.lane_version, first.HasField("transit"), first.acceptance.denied) == (2, False, 1)
    (monday,) = first.acceptance.departures
    assert (monday.day, monday.time.hours, monday.denied) == (MONDAY, 12, 1)
    (report,) = await reports(desk)
    assert round(report.acceptance_rate, 3) == 0.909
    # A delay is no denial: the dose came, later.
    await deny(desk, kind=lane_pb2.Denial.DELAYED, delay_minutes=60)
    assert len(await told(desk)) == 1


async def test_a_lane_that_has_another_carrier_is_told_of_without_the_denials_of_the_old_one(desk: Desk) -> None:
    await a_network(desk)
    await deny(desk, carrier=ARROW)
    leg = resources_pb2.Leg(mode=resources_pb2.Leg.ROAD, carrier="partners/meadow-vans", accepts_class_7=True)
    await desk.apply(a_lane(2, legs=[leg]))
    before, after = await told(desk)
    assert (before.acceptance.denied, after.HasField("acceptance"), after.lane_version) == (1, False, 2)
    (row,) = await desk.database.pool.fetch("SELECT lane, number, measured_at, document FROM lane_measurement")
    assert measurement_of(*row).number == 2


async def test_a_delivery_that_is_taken_back_is_told_of_no_more(desk: Desk) -> None:
    await a_network(desk)
    for number in range(FRESH_MIN):
        await delivered(desk, number, 900)
    assert len(await told(desk)) == 1
    reference = "1Z0000000000000100"
    named = [reference]
    told_again = reported(MilestoneKind.DELIVERED, 900, event_id=reference, shipment_references=named, retracted=True)
    await desk.apply(told_again)
    assert len(await told(desk)) == 1  # one less of five is nothing that is worth telling
    await deny(desk)
    assert (await told(desk))[-1].acceptance.accepted == FRESH_MIN - 1
