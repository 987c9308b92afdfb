"""Lists, single slots and availability: true of one instant, by the database's clock, with no sweeper to help."""

from datetime import timedelta

from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2 as types

from services.kernel.errors import Kind
from services.network import Capacity
from tests.support.slotting import GBQ, HARBOR, an_allotment
from tests.support.slotting_door import Door, new_id


def capacity(kbq: int, vials: int) -> types.Capacity:
    return types.Capacity(reference_activity_kbq=kbq, vials=vials)


async def test_a_list_comes_in_pages_oldest_first_without_gap_or_repetition(door: Door):
    await door.desk.run()
    names = [(await door.call(door.claim())).name for _ in range(7)]
    seen, request = [], slotting.ListSlotsRequest(page_size=3)
    while True:
        page = await door.call(request)
        seen.append([slot.name for slot in page.slots])
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert seen == [names[:3], names[3:6], names[6:]]


async def test_a_list_is_narrowed_by_run_order_and_state(door: Door):
    await door.desk.run("runs/lu-1")
    await door.desk.run("runs/lu-2")
    first = await door.call(door.claim("runs/lu-1", order_reference="NL-1"))
    second = await door.call(door.hold("runs/lu-2", order_reference="NL-2"))
    for filters, names in (
        ({"run": "runs/lu-2"}, [second.name]),
        ({"order_reference": "NL-1"}, [first.name]),
        ({"states": [slotting.Slot.HELD]}, [second.name]),
        ({"states": [slotting.Slot.HELD, slotting.Slot.CONFIRMED]}, [first.name, second.name]),
        ({"states": [slotting.Slot.EXPIRED]}, []),
        ({"run": "runs/none"}, []),
    ):
        page = await door.call(slotting.ListSlotsRequest(**filters))
        assert [slot.name for slot in page.slots] == names, filters


async def test_a_list_that_cannot_be_made_names_the_field_at_fault(door: Door):
    for wrong, field in (
        ({"page_size": -1}, "page_size"),
        ({"page_token": "x"}, "page_token"),
        ({"page_token": "\u00e9" * 30}, "page_token"),
        ({"run": "lu-1"}, "run"),
        ({"states": [0]}, "states[0]"),
        ({"states": [99]}, "states[0]"),
        ({"order_reference": "nul\x00"}, "order_reference"),
    ):
        refusal = await door.refusal(slotting.ListSlotsRequest(**wrong))
        assert (refusal.kind, refusal.facts["field"]) == (Kind.INVALID, field), wrong


async def test_a_token_of_another_query_is_refused(door: Door):
    await door.desk.run()
    for _ in range(2):
        await door.call(door.claim())
    token = (await door.call(slotting.ListSlotsRequest(page_size=1))).next_page_token
    refusal = await door.refusal(slotting.ListSlotsRequest(page_token=token, run="runs/lu-1"))
    assert refusal.facts == {"field": "page_token"}


async def test_availability_follows_the_clock_without_any_sweeper(door: Door):
    back_at = door.desk.now + timedelta(hours=2)
    await door.desk.run(pool=Capacity(100 * GBQ, 3), allotments={HARBOR: an_allotment(Capacity(40 * GBQ, 2), back_at)})
    await door.call(door.hold())
    ask = slotting.GetAvailabilityRequest(name="runs/lu-1/availability")
    before = await door.call(ask)
    assert (before.pool_free.vials, before.allotment_free) == (2, capacity(0, 0))
    await door.desk.ahead(timedelta(minutes=15))
    assert (await door.call(ask)).pool_free == capacity(100 * GBQ, 3)
    await door.desk.ahead(timedelta(hours=2))
    after = await door.call(ask, by=HARBOR)
    assert (after.pool_free, after.allotment_free) == (capacity(140 * GBQ, 5), capacity(0, 0))
    assert after.read_time.ToDatetime() - before.read_time.ToDatetime() >= timedelta(hours=2, minutes=15)
    assert await door.desk.events() == [("slot.held", 1)]


async def test_an_expired_hold_reads_as_expired_at_once_in_every_call(door: Door):
    await door.desk.run()
    held = await door.call(door.hold())
    await door.desk.ahead(timedelta(minutes=15))
    assert (await door.call(slotting.GetSlotRequest(name=held.name))).state == slotting.Slot.EXPIRED
    listed = await door.call(slotting.ListSlotsRequest(states=[slotting.Slot.EXPIRED]))
    assert [slot.name for slot in listed.slots] == [held.name]
    assert not (await door.call(slotting.ListSlotsRequest(states=[slotting.Slot.HELD]))).slots
    refusal = await door.refusal(slotting.ConfirmSlotRequest(name=held.name, request_id=new_id()))
    assert refusal.reason == "HOLD_EXPIRED"
