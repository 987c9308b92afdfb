"""Offers and claims agree on a real ledger: in random worlds, however full, with holds that ran out unnoticed."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import asyncpg
import pytest
from doselane.slotting.v1 import slotting_pb2 as slotting

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.timestamps import instant
from services.network import departures_between, releases, sessions_between
from services.slotting.domain import Claim, Demand
from services.slotting.domain.offers import Market, OfferWish
from tests.support.offers_door import a_search, begin, the_claim
from tests.support.offers_world import SITE, Chance, hours
from tests.support.slotting import violations
from tests.support.slotting_desk import decided
from tests.support.slotting_door import STAFF, Door, new_id


@pytest.fixture
def door(offers_door: Door) -> Door:
    """The calls, over a small network at noon."""
    return offers_door


async def answered(connection: asyncpg.Connection, claim: Claim) -> slotting.Slot | str:
    """The slot, or the reason, that the claim is answered with on the ledger as it is; nothing of it stays."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        (answer,) = await decided(connection, claim)
    finally:
        await transaction.rollback()
    return answer.reason if isinstance(answer, GatewayError) else slotting.Slot.FromString(answer)


def a_claim_of(wish: OfferWish, run: str, lane: str, departure_at: datetime | None, at: datetime) -> Claim:
    demand = Demand(wish.partner, run, SITE, lane, wish.activity_mbq, at, "NL-1", "", departure_at)
    return Claim(wish.partner, "tests", "", wish.operator, uuid7(), uuid7().bytes, uuid7(), demand)


def ways_there_may_be(wish: OfferWish, market: Market) -> set[tuple[str, str, datetime, datetime]]:
    """Run, lane, departure and administration of everything that somebody could think of claiming."""
    found = set()
    for run in (book.run for book in market.books):
        facility = market.facilities.get(run.facility)
        for lane in market.lanes:
            for released_at, _ in releases(
                sessions_between(facility, run.end_of_synthesis_at, wish.until_at),
                market.product,
                run.end_of_synthesis_at,
                wish.until_at,
            ):
                ready_at = released_at + timedelta(minutes=lane.dispatch_minutes)
                for departure_at, _, _ in departures_between(lane, facility, ready_at, wish.until_at):
                    at = max(wish.from_at, departure_at + lane.transit)
                    if at < min(wish.until_at, run.use_by_at + hours(4)):
                        found.add((run.name, lane.name, departure_at, at))
    return found


async def search(door: Door, wish: OfferWish) -> dict[tuple[str, str, datetime, datetime], slotting.Offer]:
    request = a_search(
        interval=(wish.from_at, wish.until_at), activity_mbq=wish.activity_mbq, partner=wish.partner, page_size=1000
    )
    answer = await door.call(request, by=STAFF if wish.operator else wish.partner)
    offers = {
        (
            offer.run,
            offer.lane,
            instant(offer.departure_time, "departure_time"),
            instant(offer.administration_time, "administration_time"),
        ): offer
        for offer in answer.offers
    }
    assert len(offers) == len(answer.offers)
    return offers


async def test_what_is_offered_can_be_claimed_and_what_can_be_claimed_is_offered(door: Door):
    chance, seen = Chance(Random(0)), Counter[str]()
    pool = door.desk.database.pool
    for _ in range(130):
        world = chance.world()
        await begin(door.desk, world)
        wish, market = chance.wish(world), world.market()
        for turn in range(5):  # asked again and again, until nothing is left
            offers = await search(door, wish)
            async with pool.acquire() as connection:
                others = sorted(ways_there_may_be(wish, market) - offers.keys())
                for way in [*offers, *chance.random.sample(others, min(12, len(others)))]:
                    answer = await answered(connection, a_claim_of(wish, *way))
                    assert (way in offers) == isinstance(answer, slotting.Slot), (way, answer)
                    if way in offers:
                        assert answer.reference_activity_kbq == offers[way].reference_activity_kbq
                        assert answer.delivery_time == offers[way].delivery_interval.end_time
                    seen[answer if isinstance(answer, str) else "claimed"] += 1
                await the_first_departure_is_offered(door, connection, wish, market, seen)
            if not offers:
                break
            # One is taken, or held until the hold runs out, with nobody to notice.
            claim = the_claim(offers[chance.random.choice(sorted(offers))], partner=wish.partner)
            hold = slotting.HoldSlotRequest(demand=claim.demand, hold_minutes=1, request_id=new_id())
            await door.call(hold if turn % 2 else claim, by=STAFF)
            await door.desk.ahead(timedelta(minutes=2))
    met = (
        "claimed, no departure named, RUN_UNKNOWN, CUTOFF_PASSED, RUN_NOT_OPEN, LANE_NOT_VALID, SITE_WINDOW, "
        "SITE_LICENCE, DECAYED_BELOW_MINIMUM, RUN_FULL, QC_FULL, DEPARTURE_FULL, WINDOW_FULL"
    )
    assert all(seen[each] for each in met.split(", ")), seen
    assert await violations(pool) == []


async def the_first_departure_is_offered(
    door: Door, connection: asyncpg.Connection, wish: OfferWish, market: Market, seen: Counter[str]
) -> None:
    """A claim that names no departure gets one that a search for its instant offers."""
    at = wish.until_at - timedelta(minutes=30)
    for run in (book.run.name for book in market.books):
        for lane in (lane.name for lane in market.lanes):
            answer = await answered(connection, a_claim_of(wish, run, lane, None, at))
            if isinstance(answer, str):
                continue
            offers = await search(door, wish._replace(from_at=at, until_at=at + timedelta(microseconds=1)))
            assert (run, lane, instant(answer.departure_time, "departure_time"), at) in offers
            seen["no departure named"] += 1
