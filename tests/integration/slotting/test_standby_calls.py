"""The calls about standby over real gRPC: what each says, who may, and what is wrong with bad input."""

from typing import Any

from doselane.slotting.v1 import slotting_pb2 as slotting

from services.kernel.errors import Kind
from services.network import Capacity
from tests.support.slotting import HARBOR, LANE, NORTHLAKE
from tests.support.slotting_door import STAFF, Door, new_id

ONE = Capacity(10**9, 1)


def a_join(door: Door, run: str = "runs/lu-1", *, request_id: str = "", **changes: Any) -> slotting.JoinStandbyRequest:
    """An order to be queued."""
    return slotting.JoinStandbyRequest(
        demand=door.demand(run, **changes), request_id=request_id or new_id(), reason="next"
    )


def a_leave(name: str, etag: str = "") -> slotting.LeaveStandbyRequest:
    """An order to be taken out of the queue."""
    return slotting.LeaveStandbyRequest(name=name, etag=etag, request_id=new_id())


async def test_an_order_joins_is_offered_confirmed_and_served(door: Door):
    await door.desk.run(pool=ONE)
    slot = await door.call(door.claim(), by=HARBOR)
    waiting = await door.call(a_join(door, lane=LANE))
    assert (waiting.state, waiting.partner, waiting.demand.lane) == (slotting.Standby.WAITING, NORTHLAKE, LANE)
    assert (waiting.demand.order_reference, waiting.demand.patient_reference) == ("NL-1001", "p-77")
    await door.call(slotting.ReleaseSlotRequest(name=slot.name, request_id=new_id()), by=HARBOR)
    offered = await door.call(slotting.GetStandbyRequest(name=waiting.name))
    held = await door.call(slotting.GetSlotRequest(name=offered.slot))
    assert (offered.state, held.state) == (slotting.Standby.OFFERED, slotting.Slot.HELD)
    assert (offered.answer_until_time, held.lane, held.last_change.actor) == (held.hold_until_time, LANE, "doselane")
    await door.call(slotting.ConfirmSlotRequest(name=offered.slot, request_id=new_id()))
    served = await door.call(slotting.GetStandbyRequest(name=waiting.name))
    assert (served.state, served.slot, served.etag) == (slotting.Standby.SERVED, offered.slot, "v3")
    assert (await door.refusal(a_leave(waiting.name))).reason == "STANDBY_CLOSED"


async def test_leaving_needs_the_etag_that_was_seen(door: Door):
    await door.desk.run(pool=ONE)
    offered = await door.call(a_join(door))
    assert (await door.refusal(a_leave(offered.name, "v1"))).kind is Kind.STALE
    left = await door.call(a_leave(offered.name, offered.etag))
    assert left.state == slotting.Standby.LEFT
    assert (await door.call(slotting.GetSlotRequest(name=left.slot))).state == slotting.Slot.RELEASED


async def test_a_list_comes_in_pages_oldest_first_and_is_narrowed_by_run_and_state(door: Door):
    for run in ("runs/lu-1", "runs/lu-2"):
        await door.desk.run(run, pool=ONE)
    first = [await door.call(a_join(door)) for _ in range(4)]
    second = await door.call(a_join(door, "runs/lu-2"))
    seen, request = [], slotting.ListStandbysRequest(page_size=2)
    while True:
        page = await door.call(request)
        seen.append([standby.name for standby in page.standbys])
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    names = [standby.name for standby in (*first, second)]
    assert seen == [names[:2], names[2:4], names[4:]]
    for filters, found in (
        ({"run": "runs/lu-2"}, [second]),
        ({"states": [slotting.Standby.OFFERED]}, [first[0], second]),
        ({"states": [slotting.Standby.WAITING], "run": "runs/lu-1"}, first[1:]),
        ({"states": [slotting.Standby.LAPSED]}, []),
        ({"run": "runs/none"}, []),
    ):
        page = await door.call(slotting.ListStandbysRequest(**filters))
        assert [standby.name for standby in page.standbys] == [standby.name for standby in found], filters


async def test_what_is_wrong_with_a_request_is_named(door: Door):
    for request, field in (
        (slotting.ListStandbysRequest(page_size=-1), "page_size"),
        (slotting.ListStandbysRequest(states=[0]), "states[0]"),
        (slotting.ListStandbysRequest(states=[99]), "states[0]"),
        (slotting.ListStandbysRequest(run="lu-1"), "run"),
        (slotting.ListStandbysRequest(page_token="x"), "page_token"),
        (slotting.GetStandbyRequest(name="slots/1"), "name"),
        (slotting.GetStandbyRequest(name="standbys/1"), "name"),
        (a_leave("standbys/1"), "name"),
        (a_join(door, order_reference=""), "demand.order_reference"),
        (a_join(door, request_id="not a uuid"), "request_id"),
    ):
        refusal = await door.refusal(request)
        assert (refusal.kind, refusal.facts["field"]) == (Kind.INVALID, field), request


async def test_staff_join_for_a_sponsor_and_see_all(door: Door):
    await door.desk.run(pool=ONE)
    theirs = await door.call(a_join(door, partner=HARBOR), by=STAFF)
    assert theirs.partner == HARBOR
    assert await door.call(slotting.GetStandbyRequest(name=theirs.name), by=HARBOR) == theirs
    own = await door.call(a_join(door))
    page = await door.call(slotting.ListStandbysRequest(), by=STAFF)
    assert [standby.name for standby in page.standbys] == [theirs.name, own.name]
