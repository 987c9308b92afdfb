"""One partner can neither read nor infer what is another's: what is foreign answers as what does not exist."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from doselane.masterdata.v1 import resources_pb2
from doselane.slotting.v1 import events_pb2, moves_pb2
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2 as types
from google.protobuf.message import Message
from google.type.interval_pb2 import Interval

from services.kernel.errors import GatewayError, Kind
from services.kernel.timestamps import stamp
from services.network import Capacity
from tests.support.slotting import GBQ, HARBOR, NORTHLAKE, SITE, a_cut, an_allotment, put_resources
from tests.support.slotting_desk import LedgerDesk
from tests.support.slotting_door import METHODS, STAFF, Door, new_id, status_behind

Test = TypeVar("Test", bound=Callable[..., Any])
TESTED: set[str] = set()
UNKNOWN = new_id()


def isolates(*methods: str) -> Callable[[Test], Test]:
    """Says which calls a test is about."""
    TESTED.update(methods)
    return lambda test: test


async def foreign_run(desk: LedgerDesk, name: str = "runs/harbors") -> None:
    """A run that is allotted to Harbor alone."""
    back_at = desk.now + timedelta(hours=10)
    await desk.run(name, pool=Capacity(0, 0), allotments={HARBOR: an_allotment(Capacity(10**9, 5), back_at)})


async def same(door: Door, foreign: Message, unknown: Message, was: str, now: str) -> GatewayError:
    """The one refusal of both requests, which differ in a name only, down to the last byte of the status."""
    first, second = await door.refusal(foreign), await door.refusal(unknown)
    assert _without(status_behind(first), was) == _without(status_behind(second), now)
    return first


def _without(status: Message, name: str) -> str:
    # Details are packed bytes with lengths in them, so the names that are compared are equally long.
    return str(status).replace(name, "x" * len(name))


def test_each_call_there_is_has_a_test_of_isolation():
    assert set(METHODS) == TESTED


@isolates("GetSlot", "ConfirmSlot", "ReleaseSlot", "MoveSlot")
async def test_anothers_slot_is_one_that_there_is_not(door: Door):
    await door.desk.run()
    theirs = (await door.call(door.hold(), by=HARBOR)).name
    nobodys = f"slots/{UNKNOWN}"
    for request in (
        slotting.GetSlotRequest(),
        slotting.ConfirmSlotRequest(request_id=new_id()),
        slotting.ConfirmSlotRequest(request_id=new_id(), etag="v9"),
        slotting.ReleaseSlotRequest(request_id=new_id()),
        slotting.MoveSlotRequest(request_id=new_id(), run="runs/lu-1"),
        slotting.MoveSlotRequest(request_id=new_id(), run="runs/no-1"),
    ):
        foreign, unknown = type(request)(), type(request)()
        for message, name in ((foreign, theirs), (unknown, nobodys)):
            message.CopyFrom(request)
            message.name = name
        assert (await same(door, foreign, unknown, theirs, nobodys)).reason == "SLOT_UNKNOWN"
    assert (await door.call(slotting.GetSlotRequest(name=theirs), by=HARBOR)).etag == "v1"


@isolates("BatchMoveSlots", "SearchMoves")
async def test_anothers_slot_does_not_move_with_ones_own(door: Door):
    await door.desk.run()
    own, theirs = await door.call(door.claim()), (await door.call(door.hold(), by=HARBOR)).name
    nobodys = f"slots/{UNKNOWN}"

    def together(name: str) -> Message:
        moves = [slotting.SlotMove(slot=each, run=own.run) for each in (own.name, name)]
        return slotting.BatchMoveSlotsRequest(moves=moves, request_id=new_id())

    def where(name: str) -> Message:
        return moves_pb2.SearchMovesRequest(slots=[own.name, name])

    for request in (together, where):
        assert (await same(door, request(theirs), request(nobodys), theirs, nobodys)).reason == "SLOT_UNKNOWN"
    assert (await door.call(slotting.GetSlotRequest(name=own.name))).etag == own.etag


@isolates("ClaimSlot", "HoldSlot", "BatchClaimSlots", "GetAvailability", "MoveSlot")
async def test_a_run_that_is_anothers_alone_is_one_that_there_is_not(door: Door):
    await foreign_run(door.desk)
    await door.desk.run()
    own = await door.call(door.claim())
    for kind in (door.claim, door.hold):
        refusal = await same(door, kind("runs/harbors"), kind("runs/nobodys"), "runs/harbors", "runs/nobodys")
        assert refusal.reason == "RUN_UNKNOWN"
    theirs, nobodys = (
        slotting.GetAvailabilityRequest(name=f"{run}/availability") for run in ("runs/harbors", "runs/nobodys")
    )
    await same(door, theirs, nobodys, "runs/harbors", "runs/nobodys")
    theirs, nobodys = (
        slotting.MoveSlotRequest(name=own.name, run=run, request_id=new_id())
        for run in ("runs/harbors", "runs/nobodys")
    )
    await same(door, theirs, nobodys, "runs/harbors", "runs/nobodys")
    batch = slotting.BatchClaimSlotsRequest(requests=[door.claim("runs/harbors"), door.claim("runs/nobodys")])
    first, second = (await door.call(batch)).results
    assert _without(first.error, "runs/harbors") == _without(second.error, "runs/nobodys")


@isolates("ClaimSlot", "HoldSlot", "BatchClaimSlots")
async def test_anothers_centre_and_the_lane_to_it_are_none_that_there_are(door: Door):
    await door.desk.run()
    far = stamp(door.desk.now + timedelta(days=90))
    centre = resources_pb2.Site(name="sites/harbors", partners=[HARBOR])
    lane = resources_pb2.Lane(name="lanes/harbors", site=centre.name, transit_minutes=9, valid_until_time=far)
    network = (resources_pb2.Resource(site=centre), resources_pb2.Resource(lane=lane))
    await put_resources(door.desk.database.pool, *network)
    for kind in (door.claim, door.hold):
        theirs, nobodys = kind(site="sites/harbors"), kind(site="sites/nobodys")
        assert (await same(door, theirs, nobodys, "sites/harbors", "sites/nobodys")).reason == "SITE_UNKNOWN"
        theirs, nobodys = kind(lane="lanes/harbors"), kind(lane="lanes/nobodys")
        assert (await same(door, theirs, nobodys, "lanes/harbors", "lanes/nobodys")).reason == "LANE_NOT_VALID"


@isolates("SearchOffers")
async def test_a_search_knows_nothing_of_anothers_products_centres_and_runs(door: Door):
    await door.desk.run()
    own = resources_pb2.Product(
        nuclide=types.NUCLIDE_LU_177,
        name="products/psma-lu177",
        partners=[NORTHLAKE, HARBOR],
        activity_nominal_mbq=7400,
    )
    own.shelf_life_minutes = 4320
    harbors = resources_pb2.Product(
        name="products/harbors", nuclide=types.NUCLIDE_LU_177, partners=[HARBOR], activity_nominal_mbq=7400
    )
    centre = resources_pb2.Site(name="sites/harbors", partners=[HARBOR])
    resources = (resources_pb2.Resource(product=own), resources_pb2.Resource(product=harbors))
    await put_resources(door.desk.database.pool, *resources, resources_pb2.Resource(site=centre), version=2)
    soon = Interval(start_time=stamp(door.desk.now), end_time=stamp(door.desk.now + timedelta(days=7)))

    def search(product: str = own.name, site: str = SITE) -> slotting.SearchOffersRequest:
        return slotting.SearchOffersRequest(product=product, site=site, administration_interval=soon)

    refusal = await same(door, search("products/harbors"), search("products/nobodys"), "/harbors", "/nobodys")
    assert refusal.reason == "PRODUCT_UNKNOWN"
    refusal = await same(
        door, search(site="sites/harbors"), search(site="sites/nobodys"), "sites/harbors", "sites/nobodys"
    )
    assert refusal.reason == "SITE_UNKNOWN"
    before = await door.call(search())
    await foreign_run(door.desk)
    after = await door.call(search())
    assert before.offers and (before.offers, before.rejections) == (after.offers, after.rejections)


@isolates("ClaimSlot", "HoldSlot", "BatchClaimSlots")
async def test_claiming_for_another_partner_is_denied_whether_or_not_there_is_one(door: Door):
    await door.desk.run()
    for kind in (door.claim, door.hold):
        theirs, nobodys = kind(partner=HARBOR), kind(partner="partners/nobody")
        refusal = await same(door, theirs, nobodys, HARBOR, "partners/nobody")
        assert (refusal.kind, refusal.facts) == (Kind.DENIED, {"field": "demand.partner"})
    assert await door.desk.slots() == 0


@isolates("ClaimSlot", "GetAvailability")
async def test_free_capacity_and_the_facts_of_a_full_run_are_the_same_with_and_without_others(door: Door):
    back_at = door.desk.now + timedelta(hours=10)
    own = an_allotment(Capacity(3 * GBQ, 1), back_at)
    others = an_allotment(Capacity(70 * GBQ, 7), back_at)
    await door.desk.run("runs/alone-", pool=Capacity(2 * GBQ, 2), allotments={NORTHLAKE: own})
    await door.desk.run("runs/shared", pool=Capacity(2 * GBQ, 2), allotments={NORTHLAKE: own, HARBOR: others})
    await door.call(door.claim("runs/shared"), by=HARBOR)
    cut = a_cut("runs/shared", Capacity(15 * GBQ, 4), allotments={HARBOR: Capacity(10 * GBQ, 1)})
    await door.desk.ledger.execute_one(cut)
    full = await same(door, door.claim("runs/alone-"), door.claim("runs/shared"), "runs/alone-", "runs/shared")
    assert (full.reason, full.facts["because"]) == ("RUN_FULL", "POOL_USED")
    answers = []
    for run in ("runs/alone-", "runs/shared"):
        found = await door.call(slotting.GetAvailabilityRequest(name=f"{run}/availability"))
        answers.append((found.allotment_free, found.pool_free, found.vial_reference_activity_max_kbq))
    assert answers[0] == answers[1]
    assert answers[0][1] == types.Capacity(reference_activity_kbq=2 * GBQ, vials=2)


@isolates("ClaimSlot", "ConfirmSlot", "ReleaseSlot", "MoveSlot", "HoldSlot", "BatchClaimSlots")
async def test_anothers_request_ids_are_free_to_use(door: Door):
    await door.desk.run()
    theirs = door.claim()
    first = await door.call(theirs, by=HARBOR)
    own = await door.call(theirs)
    assert (own.partner, first.partner) == (NORTHLAKE, HARBOR)
    other_body = door.claim(request_id=theirs.request_id, order_reference="NL-2")
    assert (await door.refusal(other_body)).reason == "REQUEST_MISMATCH"
    release = slotting.ReleaseSlotRequest(name=own.name, request_id=new_id())
    await door.refusal(release, by=HARBOR)
    assert (await door.call(release)).state == slotting.Slot.RELEASED


@isolates("ClaimSlot", "GetAvailability")
async def test_a_run_of_a_product_that_is_anothers_alone_is_one_that_there_is_not(door: Door):
    await door.desk.run("runs/harbors")
    product = resources_pb2.Product(name="products/psma-lu177", nuclide=types.NUCLIDE_LU_177, partners=[HARBOR])
    await put_resources(door.desk.database.pool, resources_pb2.Resource(product=product), version=2)
    refusal = await same(door, door.claim("runs/harbors"), door.claim("runs/nobodys"), "runs/harbors", "runs/nobodys")
    assert refusal.reason == "RUN_UNKNOWN"
    theirs, nobodys = (
        slotting.GetAvailabilityRequest(name=f"{run}/availability") for run in ("runs/harbors", "runs/nobodys")
    )
    await same(door, theirs, nobodys, "runs/harbors", "runs/nobodys")


@isolates("ListSlots")
async def test_a_list_holds_ones_own_slots_only_whatever_it_is_narrowed_by(door: Door):
    await foreign_run(door.desk)
    await door.desk.run()
    await door.call(door.claim("runs/harbors", order_reference="SAME"), by=HARBOR)
    await door.call(door.claim(order_reference="SAME"), by=HARBOR)
    own = await door.call(door.claim(order_reference="SAME"))
    for filters, names in (
        ({}, [own.name]),
        ({"order_reference": "SAME"}, [own.name]),
        ({"run": "runs/lu-1"}, [own.name]),
        ({"run": "runs/harbors"}, []),
        ({"run": "runs/nobodys"}, []),
        ({"states": [slotting.Slot.CONFIRMED]}, [own.name]),
    ):
        page = await door.call(slotting.ListSlotsRequest(**filters))
        assert ([slot.name for slot in page.slots], page.next_page_token) == (names, ""), filters
    everyones = await door.call(slotting.ListSlotsRequest(), by=STAFF)
    assert len(everyones.slots) == 3


@isolates("ListSlots")
async def test_anothers_page_token_is_refused_as_one_that_nobody_was_given(door: Door):
    await door.desk.run()
    for _ in range(2):
        await door.call(door.claim(), by=HARBOR)
        await door.call(door.claim())
    token = (await door.call(slotting.ListSlotsRequest(page_size=1), by=HARBOR)).next_page_token
    foreign = slotting.ListSlotsRequest(page_token=token)
    invented = slotting.ListSlotsRequest(page_token="A" * len(token))
    assert (await same(door, foreign, invented, token, "A" * len(token))).facts == {"field": "page_token"}
    assert await door.call(slotting.ListSlotsRequest(page_size=1, page_token=token), by=HARBOR)


@isolates("CutRunCapacity", "PreviewNetworkChange")
async def test_what_only_staff_may_do_is_denied_before_anything_is_looked_up(door: Door):
    await foreign_run(door.desk)
    every_other_scope = ("slotting.claim", "slotting.read", "capacity.plan", "masterdata.write")
    door.tokens[NORTHLAKE] = door.issuer.token(NORTHLAKE, every_other_scope)
    for theirs, nobodys in (
        (slotting.CutRunCapacityRequest(run="runs/harbors"), slotting.CutRunCapacityRequest(run="runs/nobodys")),
        (
            slotting.PreviewNetworkChangeRequest(deleted=[SITE]),
            slotting.PreviewNetworkChangeRequest(deleted=["sites/x"]),
        ),
    ):
        assert (await same(door, theirs, nobodys, "harbors", "nobodys")).kind is Kind.DENIED


async def test_each_event_names_the_partner_whose_it_is_and_a_cut_names_none(door: Door):
    await door.desk.run(pool=Capacity(10**9, 2))
    for partner in (NORTHLAKE, HARBOR):
        await door.call(door.claim(), by=partner)
    await door.desk.ledger.execute_one(a_cut("runs/lu-1", Capacity(0, 0), accept_conflicts=True))
    rows = await door.desk.database.pool.fetch("SELECT type, partner, data FROM outbox ORDER BY seq")
    assert [row["partner"] for row in rows] == [NORTHLAKE, HARBOR, NORTHLAKE, HARBOR, ""]
    for row in rows[:4]:
        assert events_pb2.SlotConfirmed.FromString(row["data"]).slot.partner == row["partner"]


@isolates("JoinStandby", "LeaveStandby", "GetStandby")
async def test_anothers_standby_and_a_run_of_others_are_none_that_there_are(door: Door):
    await foreign_run(door.desk)
    await door.desk.run()
    joins = (
        slotting.JoinStandbyRequest(demand=door.demand(run), request_id=new_id())
        for run in ("runs/harbors", "runs/nobodys")
    )
    assert (await same(door, *joins, "runs/harbors", "runs/nobodys")).reason == "RUN_UNKNOWN"
    join = slotting.JoinStandbyRequest(demand=door.demand(), request_id=new_id())
    theirs = (await door.call(join, by=HARBOR)).name
    nobodys = f"standbys/{UNKNOWN}"
    for ask in (
        lambda name: slotting.GetStandbyRequest(name=name),
        lambda name: slotting.LeaveStandbyRequest(name=name, request_id=new_id()),
        lambda name: slotting.LeaveStandbyRequest(name=name, etag="v9", request_id=new_id()),
    ):
        assert (await same(door, ask(theirs), ask(nobodys), theirs, nobodys)).reason == "STANDBY_UNKNOWN"
    denied = (
        slotting.JoinStandbyRequest(demand=door.demand(partner=partner), request_id=new_id())
        for partner in (HARBOR, "partners/nobody")
    )
    assert (await same(door, *denied, HARBOR, "partners/nobody")).kind is Kind.DENIED
    assert (await door.call(slotting.GetStandbyRequest(name=theirs), by=HARBOR)).etag == "v2"


@isolates("ListStandbys")
async def test_a_list_of_standbys_holds_ones_own_only_whatever_it_is_narrowed_by(door: Door):
    await door.desk.run()
    for partner in (HARBOR, NORTHLAKE):
        join = slotting.JoinStandbyRequest(demand=door.demand(), request_id=new_id())
        await door.call(join, by=partner)
    for filters in ({}, {"run": "runs/lu-1"}, {"states": [slotting.Standby.OFFERED]}):
        page = await door.call(slotting.ListStandbysRequest(**filters))
        assert [standby.partner for standby in page.standbys] == [NORTHLAKE], filters


@isolates("ListAllotmentUsages")
async def test_anothers_usages_are_denied_and_its_runs_are_none_that_there_are(door: Door):
    await foreign_run(door.desk)
    for partner in (HARBOR, "partners/nobody"):
        refusal = await door.refusal(slotting.ListAllotmentUsagesRequest(partner=partner))
        assert (refusal.kind, refusal.facts) == (Kind.DENIED, {"field": "partner"})
    assert not (await door.call(slotting.ListAllotmentUsagesRequest())).usages
