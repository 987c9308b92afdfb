"""A search that finds nothing says why, and what is near; and nothing of what the sponsor may not know of."""

from datetime import timedelta
from typing import Any

import pytest
from doselane.slotting.v1 import slotting_pb2 as slotting

from services.kernel.timestamps import instant, stamp
from services.network import Capacity
from services.slotting.domain import Allotment, Project
from tests.support.offers_door import a_network, a_search, begin, the_claim
from tests.support.offers_world import GBQ, HARBOR, NOON, SITE, World, a_book, a_run, hours
from tests.support.slotting import put_resources
from tests.support.slotting_door import Door

Why = slotting.NothingFound


@pytest.fixture
def door(offers_door: Door) -> Door:
    """The calls, over a small network at noon."""
    return offers_door


async def know(door: Door, name: str = "runs/lu-1", **facts: Any) -> None:
    """A run that ends tomorrow at noon."""
    await door.desk.ledger.execute([Project(a_book(a_run(name, **facts.pop("run", {})), **facts))])


async def nothing(door: Door, **asked: Any) -> slotting.NothingFound:
    """What is told of a search that finds nothing."""
    by = asked.pop("by", None)
    answer = await (door.call(a_search(**asked), by=by) if by else door.call(a_search(**asked)))
    assert not answer.offers and answer.HasField("nothing_found")
    assert answer.nothing_found.explanation
    found: slotting.NothingFound = answer.nothing_found
    return found


async def test_a_search_that_finds_something_gives_no_reason(door: Door):
    await know(door)
    assert not (await door.call(a_search())).HasField("nothing_found")


async def test_without_a_run_there_is_no_run(door: Door):
    found = await nothing(door)
    assert (found.reason, found.HasField("nearest_offer")) == (Why.NO_RUN, False)


async def test_the_nearest_offer_is_after_the_interval_or_before_it_and_can_be_claimed(door: Door):
    await know(door)
    for interval in ((NOON + hours(1), NOON + hours(30)), (NOON + hours(150), NOON + hours(200))):
        found = await nothing(door, interval=interval)
        at = instant(found.nearest_offer.administration_time, "at")
        assert not interval[0] <= at < interval[1]
        assert (await door.call(the_claim(found.nearest_offer))).run == "runs/lu-1"
    early = (await nothing(door, interval=(NOON + hours(1), NOON + hours(30)))).nearest_offer
    late = (await nothing(door, interval=(NOON + hours(150), NOON + hours(200)))).nearest_offer
    assert early.departure_time.seconds < late.departure_time.seconds
    assert not (await nothing(door, interval=(NOON + hours(24 * 40), NOON + hours(24 * 41)))).HasField("nearest_offer")


async def test_cut_offs_that_have_passed(door: Door):
    await know(door)
    await door.desk.ahead(hours(20) + timedelta(minutes=1))
    assert (await nothing(door)).reason == Why.CUTOFFS_PASSED


async def test_no_lane_and_no_departure_in_time_are_told_apart(door: Door):
    await know(door)
    soon = (NOON + hours(24), NOON + hours(24 + 12))
    assert (await nothing(door, interval=soon)).reason == Why.NO_DEPARTURE
    assert (await nothing(door, lanes=["lanes/none"])).reason == Why.NO_LANE


async def test_no_licence_and_no_window(door: Door):
    await know(door)
    network = a_network()
    site = network[2].site
    site.licences[0].activity_max_mbq = 1
    await put_resources(door.desk.database.pool, *network, version=2)
    assert (await nothing(door)).reason == Why.NO_LICENCE
    for window in site.weekly_windows:
        window.start_time.hours, window.end_time.hours = 9, 10
    await put_resources(door.desk.database.pool, *network, version=3)
    assert (await nothing(door)).reason == Why.NO_WINDOW


async def test_what_is_full_and_what_is_not_as_wished(door: Door):
    await begin(door.desk, World(a_network(), []))
    await know(door, pool=Capacity(9 * GBQ, 1))
    assert (await nothing(door, slack_minutes_min=91)).reason == Why.NOT_AS_WISHED
    await door.call(the_claim((await door.call(a_search())).offers[0]))
    assert (await nothing(door)).reason == Why.FULL


async def test_a_run_that_is_allotted_to_another_sponsor_is_no_run(door: Door):
    own = Allotment(Capacity(30 * GBQ, 3), release_back_at=NOON + hours(2))
    without = await nothing(door, by=HARBOR)
    await know(door, pool=Capacity(0, 0), northlake=own)
    assert await nothing(door, by=HARBOR) == without
    assert without.reason == Why.NO_RUN and SITE not in without.explanation


async def test_without_an_interval_the_next_two_weeks_are_searched(door: Door):
    await know(door)
    request = a_search()
    request.ClearField("administration_interval")
    answer = await door.call(request)
    assert [each.departure_time for each in answer.offers] == [
        each.departure_time for each in (await door.call(a_search())).offers
    ]
    last_at = NOON + timedelta(days=14)
    await begin(door.desk, World(a_network(), []))
    far = {"end_of_synthesis_at": last_at + hours(24), "cutoff_at": last_at, "use_by_at": last_at + hours(96)}
    await know(door, run=far)
    answer = await door.call(request)
    assert (answer.nothing_found.reason, len(answer.offers)) == (Why.NO_RUN, 0)
    assert answer.nothing_found.nearest_offer.end_of_synthesis_time == stamp(last_at + hours(24))
