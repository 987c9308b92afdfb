"""SearchOffers on a real ledger: offers and claims agree, over the wire, at each instant."""

from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
from doselane.slotting.v1 import slotting_pb2 as slotting
from google.type.interval_pb2 import Interval

from services.kernel.errors import Kind
from services.kernel.timestamps import instant, stamp
from services.network import Capacity
from services.slotting.domain import Allotment, Project
from tests.support.offers_door import a_network, a_search, an_interval, begin, the_claim
from tests.support.offers_world import GBQ, HARBOR, NOON, NORTHLAKE, SITE, World, a_book, a_run, hours
from tests.support.slotting import put_resources
from tests.support.slotting_desk import LedgerDesk
from tests.support.slotting_door import STAFF, Door, new_id


@pytest.fixture
def door(offers_door: Door) -> Door:
    """The calls, over a small network at noon."""
    return offers_door


async def with_run(desk: LedgerDesk, name: str = "runs/lu-1", **facts: Any) -> None:
    """A run that ends tomorrow at noon."""
    await desk.ledger.execute([Project(a_book(a_run(name, **facts.pop("run", {})), **facts))])


async def test_an_offer_says_everything_and_its_claim_takes_just_that(door: Door):
    await with_run(door.desk)
    answer = await door.call(a_search())
    first, _, last = answer.offers
    assert (first.run, first.lane, first.site) == ("runs/lu-1", "lanes/road", SITE)
    assert first.ready_time == stamp(NOON + hours(24 + 3))  # session at 13:00, an hour there, an hour of packing
    assert first.departure_time == stamp(NOON + hours(24 + 6))
    assert first.delivery_interval == an_interval(NOON + hours(24 + 11.5), NOON + hours(24 + 12.5))
    assert first.receiving_window == an_interval(NOON + hours(24 + 12), NOON + hours(24 + 14))
    assert first.administration_time == first.delivery_interval.end_time
    assert (first.slack_minutes, first.departure_places_left) == (90, 3)
    assert first.administration_activity_mbq == first.delivery_activity_mbq == 7400
    assert first.calibration_activity_mbq == pytest.approx(7400 * 2 ** (12.5 / (6.647 * 24)), rel=1e-9)
    assert first.activity_lost_per_hour_mbq == pytest.approx(7400 * (1 - 2 ** (-1 / (6.647 * 24))), rel=1e-9)
    assert first.last_claim_time == stamp(NOON + hours(20))
    assert first.latest_rescue_time == stamp(NOON + hours(20))  # by the run's own later departures
    slot = await door.call(the_claim(first))
    assert slot.reference_activity_kbq == first.reference_activity_kbq
    assert (slot.departure_time, slot.delivery_time) == (first.departure_time, first.delivery_interval.end_time)
    assert first.decayed_fraction == pytest.approx(1 - 7_400_000 / slot.reference_activity_kbq)
    assert last.decayed_fraction > first.decayed_fraction
    assert instant(answer.read_time, "read_time") - NOON < timedelta(minutes=2)
    assert [each.departure_places_left for each in (await door.call(a_search())).offers] == [2, 3, 3]


async def test_an_offer_is_gone_once_its_places_its_run_or_its_way_is_gone(door: Door):
    pool, desk = door.desk.database.pool, door.desk
    await begin(desk, World(a_network(departures=1), []))
    await with_run(desk)
    offers = (await door.call(a_search())).offers
    await door.call(the_claim(offers[0]))
    answer = await door.call(a_search())
    assert list(answer.rejections) == [slotting.Rejection(reason="DEPARTURE_FULL", count=1)]
    assert [each.departure_time for each in answer.offers] == [each.departure_time for each in offers[1:]]
    for version, change, reason in ((2, "site", "SITE_LICENCE"), (3, "lane", "LANE_NOT_VALID")):
        network = a_network()
        known = getattr(next(each for each in network if each.WhichOneof("kind") == change), change)
        (known.licences[0] if change == "site" else known).valid_until_time.CopyFrom(stamp(NOON))
        await put_resources(pool, *network, version=version)
        answer = await door.call(a_search())
        assert ([each.reason for each in answer.rejections], list(answer.offers)) == ([reason], [])


async def test_an_expired_hold_is_offered_again_at_once_with_all_its_reservations(door: Door):
    await begin(door.desk, World(a_network(departures=1, sessions=1, windows=1), []))
    await with_run(door.desk, pool=Capacity(9 * GBQ, 1))
    offer = (await door.call(a_search())).offers[0]
    claim = the_claim(offer)
    hold = slotting.HoldSlotRequest(demand=claim.demand, hold_minutes=15, request_id=new_id())
    await door.call(hold)
    full = await door.call(a_search())
    assert [(each.reason, each.count) for each in full.rejections] == [("RUN_FULL", 3)]
    await door.desk.ahead(timedelta(minutes=15))
    assert (await door.call(a_search())).offers[0].departure_time == offer.departure_time
    await door.call(claim)


async def test_an_allotment_is_everybodys_from_its_release_back_on(door: Door):
    own = Allotment(Capacity(30 * GBQ, 3), release_back_at=NOON + hours(2))
    await with_run(door.desk, pool=Capacity(0, 0), northlake=own)
    assert len((await door.call(a_search())).offers) == 3
    hidden = await door.call(a_search(), by=HARBOR)
    assert not hidden.offers and not hidden.rejections
    assert len((await door.call(a_search(partner=NORTHLAKE), by=STAFF)).offers) == 3
    await door.desk.ahead(hours(2))
    assert len((await door.call(a_search(), by=HARBOR)).offers) == 3


async def test_what_a_sponsor_may_not_see_is_answered_as_what_does_not_exist(door: Door):
    network = a_network()
    for each in network[0].product, network[2].site:
        del each.partners[1:]
    await put_resources(door.desk.database.pool, *network, version=2)
    await with_run(door.desk)
    answers = []
    for unknown in ({"product": "products/none"}, {}):
        refusal = await door.refusal(a_search(**unknown), by=HARBOR)
        answers.append((refusal.kind, refusal.reason, refusal.message, list(refusal.facts)))
    assert answers[0] == answers[1] == (Kind.NOT_FOUND, "PRODUCT_UNKNOWN", "There is no such product.", ["product"])
    network[0].product.partners.append(HARBOR)
    await put_resources(door.desk.database.pool, *network, version=3)
    refusals = [await door.refusal(a_search(**site), by=HARBOR) for site in ({"site": "sites/none"}, {})]
    assert [each.reason for each in refusals] == ["SITE_UNKNOWN"] * 2
    assert (await door.refusal(a_search(partner=HARBOR))).kind is Kind.DENIED


async def test_a_search_is_narrowed_by_run_and_lane_and_what_is_left_out_is_not_counted(door: Door):
    for number in (1, 2):
        await with_run(door.desk, f"runs/lu-{number}")
    answer = await door.call(a_search(runs=["runs/lu-2", "runs/none"]))
    assert {each.run for each in answer.offers} == {"runs/lu-2"}
    assert not (await door.call(a_search(lanes=["lanes/none"]))).offers
    assert not answer.rejections


async def test_offers_come_in_pages_and_a_token_belongs_to_its_search(door: Door):
    for number in range(3):
        await with_run(door.desk, f"runs/lu-{number}", run={"cutoff_at": NOON + hours(number + 1)})
    whole = await door.call(a_search())
    pages, token = [], ""
    while True:
        page = await door.call(a_search(page_size=4, page_token=token))
        pages.append(list(page.offers))
        token = page.next_page_token
        if not token:
            break
    assert [len(page) for page in pages] == [4, 4, 1]
    assert list(chain(*pages)) == list(whole.offers)  # the latest rescue too is that of the whole answer
    first = (await door.call(a_search(page_size=4))).next_page_token
    for other in ({"activity_mbq": 5000}, {"slack_minutes_min": 1}, {"runs": ["runs/lu-1"]}):
        assert (await door.refusal(a_search(page_token=first, **other))).facts["field"] == "page_token"
    assert (await door.refusal(a_search(page_token=first), by=HARBOR)).facts["field"] == "page_token"


async def test_an_interval_that_has_begun_begins_now_and_one_that_has_ended_is_refused(door: Door):
    early = a_run(end_of_synthesis_at=NOON - hours(1), cutoff_at=NOON + hours(1))
    await door.desk.ledger.execute([Project(a_book(early))])
    answer = await door.call(a_search(interval=(NOON - hours(9), NOON + hours(20))))
    assert answer.offers[0].administration_time == stamp(NOON + hours(12.5))
    refusal = await door.refusal(a_search(interval=(NOON - hours(9), NOON)))
    assert (refusal.kind, refusal.facts["field"]) == (Kind.INVALID, "administration_interval.end_time")


async def test_an_activity_that_the_product_does_not_allow_is_refused(door: Door):
    for activity_mbq in (999.9, 9000.1):
        refusal = await door.refusal(a_search(activity_mbq=activity_mbq))
        assert (refusal.kind, refusal.reason) == (Kind.REFUSED, "ACTIVITY_OUT_OF_RANGE")
        assert (refusal.facts["activity_min_mbq"], refusal.facts["activity_max_mbq"]) == ("1000.0", "9000.0")


async def test_all_that_is_wrong_with_a_search_is_said_at_once(door: Door):
    request = slotting.SearchOffersRequest(
        product="ligand",
        runs=["runs/ok", "lu-1"],
        lanes=["lanes/x"] * 101,
        partner="northlake",
        activity_mbq=float("nan"),
        slack_minutes_min=-1,
        decayed_fraction_max=1.5,
        administration_interval=Interval(start_time=stamp(NOON)),
    )
    violations = (await door.refusal(request)).facts["violations"].split("; ")
    assert [each.split(" ")[0] for each in violations] == [
        "product", "site", "administration_interval", "activity_mbq", "runs[1]", "lanes", "slack_minutes_min",
        "decayed_fraction_max", "partner",
    ]  # fmt: skip
    for interval in ((NOON, NOON), (NOON, NOON + timedelta(days=31, microseconds=1))):
        refusal = await door.refusal(a_search(interval=interval))
        assert refusal.facts["field"] == "administration_interval"
    assert (await door.refusal(a_search(page_size=-1))).facts["field"] == "page_size"
    for forged in ("x", "AAAA"):
        assert (await door.refusal(a_search(page_token=forged))).facts["field"] == "page_token"
