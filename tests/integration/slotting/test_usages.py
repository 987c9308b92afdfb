"""What became of allotments, over real gRPC: true of the instant, of one's own only, in pages."""

from datetime import timedelta
from typing import Any

from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2 as types

from services.kernel.errors import Kind
from services.kernel.timestamps import stamp
from services.network import Capacity
from tests.support.slotting import GBQ, HARBOR, NORTHLAKE, a_cut, an_allotment
from tests.support.slotting_desk import LedgerDesk
from tests.support.slotting_door import STAFF, Door, new_id
from tests.support.slotting_network import a_product_resource, an_event, hear

ALLOTTED = Capacity(20 * GBQ, 2)
POOL = Capacity(100 * GBQ, 10)


async def an_allotted_run(desk: LedgerDesk, name: str = "runs/lu-1", pool: Capacity = POOL, **facts: Any) -> None:
    """A run with an allotment for Northlake that goes back in two hours."""
    back_at = desk.now + timedelta(hours=2)
    await desk.run(name, pool=pool, allotments={NORTHLAKE: an_allotment(ALLOTTED, back_at)}, **facts)


async def usage(door: Door, **filters: Any) -> slotting.AllotmentUsage:
    """The only usage there is."""
    (only,) = (await door.call(slotting.ListAllotmentUsagesRequest(**filters))).usages
    return only


def vials(of: slotting.AllotmentUsage) -> tuple[int, ...]:
    """Allotted, claimed, returned, free, and claimed from the pool."""
    shares = (of.allotted, of.claimed, of.returned, of.free, of.claimed_from_pool)
    return tuple(share.vials for share in shares)


async def test_a_usage_says_what_was_allotted_claimed_and_is_left_and_what_came_from_the_pool(door: Door):
    await an_allotted_run(door.desk)
    slots = [await door.call(door.claim()) for _ in range(3)]
    of = await usage(door)
    taken = sum(slot.reference_activity_kbq for slot in slots)
    assert vials(of) == (2, 2, 0, 0, 1)
    assert of.claimed.reference_activity_kbq + of.claimed_from_pool.reference_activity_kbq == taken
    assert of.allotted == types.Capacity(reference_activity_kbq=20 * GBQ, vials=2)
    assert (of.run, of.product, of.gone) == ("runs/lu-1", slots[0].product, slotting.AllotmentUsage.GONE_UNSPECIFIED)
    assert of.release_back_time == stamp(door.desk.now + timedelta(hours=2))
    assert of.end_of_synthesis_time == stamp(door.desk.now + timedelta(hours=24))


async def test_overdue_holds_and_due_release_backs_count_at_the_instant_with_no_sweeper(door: Door):
    await an_allotted_run(door.desk)
    await door.call(door.claim())
    for _ in range(2):
        await door.call(door.hold())
    assert vials(await usage(door)) == (2, 2, 0, 0, 1)
    await door.desk.ahead(timedelta(minutes=15))
    assert vials(await usage(door)) == (2, 1, 0, 1, 0)
    await door.desk.ahead(timedelta(hours=2))
    assert vials(await usage(door)) == (2, 1, 1, 0, 0)
    await door.call(door.claim())  # whoever touches the run stores what the clock has decided
    assert vials(await usage(door)) == (2, 1, 1, 0, 1)


async def test_what_a_cut_took_is_missing_and_a_cancelled_run_is_closed(door: Door):
    await an_allotted_run(door.desk)
    cut = a_cut("runs/lu-1", Capacity(100 * GBQ, 9), allotments={NORTHLAKE: Capacity(10 * GBQ, 1)})
    await door.desk.ledger.execute_one(cut)
    assert vials(await usage(door)) == (2, 0, 0, 1, 0)
    await door.desk.ledger.execute_one(a_cut("runs/lu-1", Capacity(0, 0), cancel=True, base_version=3))
    of = await usage(door)
    assert (vials(of), of.gone) == ((2, 0, 0, 0, 0), slotting.AllotmentUsage.CLOSED)


async def test_each_reason_why_nothing_can_be_claimed_is_the_one_that_a_claim_is_told(door: Door):
    nothing = Capacity(0, 0)
    await an_allotted_run(door.desk, "runs/own", nothing)
    await door.desk.run("runs/pool", pool=Capacity(10**9, 2))
    await door.desk.run("runs/cut", pool=Capacity(10**9, 2))
    for run in ("runs/own", "runs/pool"):
        for _ in range(2):
            await door.call(door.claim(run))
    await door.desk.ledger.execute_one(a_cut("runs/cut", nothing))
    found = (await door.call(slotting.ListAllotmentUsagesRequest())).usages
    for of in found:
        refusal = await door.refusal(door.claim(of.run))
        assert slotting.AllotmentUsage.Gone.Name(of.gone) == refusal.facts["because"]
    assert [of.run for of in found] == ["runs/cut", "runs/own", "runs/pool"]


async def test_a_list_comes_in_pages_by_end_of_synthesis_and_name_and_is_narrowed(door: Door):
    now = door.desk.now
    early, late = now + timedelta(hours=22), now + timedelta(hours=24)
    for run, at in (("runs/c", early), ("runs/a", late), ("runs/b", early), ("runs/d", late)):
        await door.desk.run(run, end_of_synthesis_at=at, product=f"products/{run[-1]}")
    names = ["runs/b", "runs/c", "runs/a", "runs/d"]
    seen, request = [], slotting.ListAllotmentUsagesRequest(page_size=3)
    while True:
        page = await door.call(request)
        seen.append([of.run for of in page.usages])
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert seen == [names[:3], names[3:]]
    for filters, found in (
        ({"product": "products/a"}, ["runs/a"]),
        ({"end_of_synthesis_from_time": stamp(late)}, names[2:]),
        ({"end_of_synthesis_until_time": stamp(late)}, names[:2]),
    ):
        page = await door.call(slotting.ListAllotmentUsagesRequest(**filters))
        assert [of.run for of in page.usages] == found, filters


async def test_what_is_wrong_with_a_request_is_named_and_staff_name_a_sponsor(door: Door):
    await an_allotted_run(door.desk)
    now = door.desk.now
    interval = {"end_of_synthesis_from_time": stamp(now), "end_of_synthesis_until_time": stamp(now)}
    for request, field, by in (
        (slotting.ListAllotmentUsagesRequest(page_size=-1), "page_size", NORTHLAKE),
        (slotting.ListAllotmentUsagesRequest(page_token="x"), "page_token", NORTHLAKE),
        (slotting.ListAllotmentUsagesRequest(product="psma"), "product", NORTHLAKE),
        (slotting.ListAllotmentUsagesRequest(partner="harbor"), "partner", NORTHLAKE),
        (slotting.ListAllotmentUsagesRequest(**interval), "end_of_synthesis_until_time", NORTHLAKE),
        (slotting.ListAllotmentUsagesRequest(), "partner", STAFF),
    ):
        refusal = await door.refusal(request, by=by)
        assert (refusal.kind, refusal.facts["field"]) == (Kind.INVALID, field), request
    theirs = await door.call(slotting.ListAllotmentUsagesRequest(partner=NORTHLAKE), by=STAFF)
    assert theirs == await door.call(slotting.ListAllotmentUsagesRequest(partner=NORTHLAKE))


async def test_worlds_that_differ_in_anothers_slots_and_allotments_only_read_alike(door: Door):
    """One run beside one in which Harbor has an allotment too, and slots in it and in the pool."""
    desk = door.desk
    back_at = desk.now + timedelta(hours=2)
    own = an_allotment(ALLOTTED, back_at)
    harbors = an_allotment(Capacity(50 * GBQ, 3), back_at + timedelta(hours=1))
    await desk.run("runs/1", pool=POOL, allotments={NORTHLAKE: own}, product="products/1")
    await desk.run("runs/2", pool=POOL, allotments={NORTHLAKE: own, HARBOR: harbors}, product="products/2")
    await desk.run("runs/3", pool=Capacity(0, 0), allotments={HARBOR: harbors}, product="products/2")
    for run in ("runs/1", "runs/2"):
        await door.call(door.claim(run))
    for run in [*["runs/2"] * 5, "runs/3"]:
        await door.call(door.claim(run), by=HARBOR)
    cut = a_cut("runs/2", Capacity(140 * GBQ, 14), allotments={HARBOR: Capacity(20 * GBQ, 2)}, accept_conflicts=True)
    await desk.ledger.execute_one(cut)
    for ahead in (timedelta(0), timedelta(hours=2)):
        await desk.ahead(ahead)
        first, second = [(await usage(door, product=f"products/{world}")) for world in (1, 2)]
        second.run, second.product = first.run, first.product
        assert first == second
    while (await door.call(slotting.GetAvailabilityRequest(name="runs/2/availability"))).pool_free.vials:
        await door.call(door.claim("runs/2"), by=HARBOR)
    of = await usage(door, product="products/2")
    assert (of.gone, of.claimed.vials) == (slotting.AllotmentUsage.POOL_USED, 1)


async def test_a_run_of_a_product_that_is_anothers_is_not_listed(door: Door):
    await an_allotted_run(door.desk)
    assert await usage(door)
    await hear(door.desk, an_event(a_product_resource(partners=[HARBOR]), 2))
    assert not (await door.call(slotting.ListAllotmentUsagesRequest())).usages


async def test_a_repeated_release_and_claim_leave_nothing_behind(door: Door):
    await an_allotted_run(door.desk)
    slot = await door.call(door.claim())
    await door.call(slotting.ReleaseSlotRequest(name=slot.name, request_id=new_id()))
    assert vials(await usage(door)) == (2, 0, 0, 2, 0)


async def test_an_allotment_of_others_that_goes_back_shows_its_run_at_that_instant(door: Door):
    back_at = door.desk.now + timedelta(hours=2)
    await door.desk.run(pool=Capacity(0, 0), allotments={HARBOR: an_allotment(ALLOTTED, back_at)})
    assert not (await door.call(slotting.ListAllotmentUsagesRequest())).usages
    await door.desk.ahead(timedelta(hours=2))
    assert vials(await usage(door)) == (0, 0, 0, 0, 0)
