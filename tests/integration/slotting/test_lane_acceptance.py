"""What distribution counts on lanes says which offers come first, and changes no promise."""

import pytest
from doselane.distribution.v1 import events_pb2, lane_pb2
from google.type.timeofday_pb2 import TimeOfDay

from services.kernel.bus.memory import MemoryBus
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.inbox import Consumer
from services.kernel.timestamps import stamp
from services.slotting.usecases import take_over
from tests.integration.slotting.test_offers import door, with_run
from tests.support.offers_door import a_search
from tests.support.offers_world import NOON, NORTHLAKE
from tests.support.slotting_door import Door

__all__ = ["door"]


def measured(number: int, denied: float | None, lane: str = "lanes/road", evening: float = 0) -> Event:
    """The how manieth measurement of a lane; `denied` None: nothing is counted (any more); `evening`: denied at six."""
    said = events_pb2.LaneMeasured(lane=lane, lane_version=1)
    if denied is not None:
        said.acceptance.CopyFrom(
            lane_pb2.AcceptanceMeasurement(accepted=0, denied=denied, count_time=stamp(NOON), departures=[
                lane_pb2.DepartureAcceptance(day=day, time=TimeOfDay(hours=18), denied=evening)
                for day in range(1, 8) if evening]))  # fmt: skip
    return Event(
        id=uuid7(),
        type="doselane.distribution.lane.measured.v1",
        source="doselane/distribution",
        subject=lane,
        sequence=number,
        time=NOON,
        data=said.SerializeToString(),
    )


async def hear(door: Door, *events: Event) -> None:
    for event in events:
        async with door.desk.database.transaction() as connection:
            await take_over(connection, event)


async def rates(door: Door) -> set[float | None]:
    """What offers say of their lane."""
    offers = (await door.call(a_search())).offers
    assert len(offers) == 3
    return {each.acceptance_rate if each.HasField("acceptance_rate") else None for each in offers}


async def test_an_offer_says_how_often_doses_are_accepted_and_the_newest_word_counts(door: Door) -> None:
    await with_run(door.desk)
    assert await rates(door) == {None}
    await hear(door, measured(2, 10))
    assert await rates(door) == {0.5}
    await hear(door, measured(1, 90))
    assert await rates(door) == {0.5}
    await hear(door, measured(3, 10, evening=5))
    assert await rates(door) == {0.33}  # five of fifteen
    await hear(door, measured(4, None))
    assert await rates(door) == {None}
    await hear(door, measured(1, 10, lane="lanes/not-heard-of-yet"))
    assert await door.desk.database.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_the_order_of_offers_is_by_what_can_be_counted_on(door: Door) -> None:
    await with_run(door.desk)
    before = (await door.call(a_search())).offers
    await hear(door, measured(1, 10))
    after = (await door.call(a_search())).offers
    robust = [int(each.slack_minutes * each.acceptance_rate) for each in after]
    assert robust == sorted(robust, reverse=True)
    for each in after:
        each.ClearField("acceptance_rate")
    assert sorted(map(str, after)) == sorted(map(str, before))


@pytest.mark.parametrize("denied", [float("nan"), float("inf"), -1.0])
async def test_what_cannot_be_counted_is_parked(door: Door, denied: float) -> None:
    await with_run(door.desk)
    consumer = Consumer(MemoryBus(), door.desk.database, "slotting", ["doselane.distribution"], take_over)
    await consumer.handle([measured(1, denied), measured(2, 10)])
    assert await rates(door) == {0.5}
    assert await door.desk.database.pool.fetchval("SELECT count(*) FROM parked") == 1


async def test_a_sponsor_is_told_the_share_and_no_count(door: Door) -> None:
    await with_run(door.desk)
    await hear(door, measured(1, 1))
    (offer, *_) = (await door.call(a_search(), NORTHLAKE)).offers
    assert offer.acceptance_rate == 0.9  # ten of eleven, in whole hundredths
