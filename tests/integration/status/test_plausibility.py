"""A milestone that cannot be true stays in the timeline, marked, and moves nothing until it is settled."""

import random
from dataclasses import replace
from itertools import permutations

import pytest
from doselane.status.v1 import status_pb2

from services.kernel.errors import NotFound, RequestMismatch, Stale
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.status.domain import MilestoneKind
from services.status.usecases.settle import MilestoneNotInDoubt
from tests.integration.status.conftest import Desk, Door
from tests.support.status import NORTHLAKE, SWIFT, TRACKING, at, reported, run_event, slot_event

State, Entry, Reason = status_pb2.Shipment, status_pb2.TimelineEntry, status_pb2.Implausibility
IN_TEN_DAYS = 10 * 24 * 60.0
WAY = (
    MilestoneKind.BOOKED,
    MilestoneKind.COLLECTED,
    MilestoneKind.DEPARTED,
    MilestoneKind.ARRIVED,
    MilestoneKind.OUT_FOR_DELIVERY,
    MilestoneKind.DELIVERED,
)


async def a_shipped_dose(desk: Desk, ready: float = IN_TEN_DAYS, dose_id: str = "1") -> None:
    """A dose of a run that is ready so many minutes after noon, with a shipment."""
    await desk.apply(run_event(ready=ready))
    await desk.apply(slot_event(dose_id))
    await desk.attach(dose_id)


async def doubts(desk: Desk, dose_id: str = "1") -> list[str]:
    found = (await desk.dose(dose_id)).shipment.implausible_milestones
    return [each.implausibility.milestone_event_id for each in found]


async def test_the_old_demos_day_is_kept_and_marked_and_delivers_nothing(desk: Desk) -> None:
    """Couriers told of a whole journey by the wall clock, of doses that a run makes in ten days."""
    await a_shipped_dose(desk)
    for number, kind in enumerate(WAY):
        await desk.apply(reported(kind, number))
    dose = await desk.dose("1")
    assert dose.shipment.state == State.BOOKED
    assert [each.milestone.kind for each in dose.shipment.implausible_milestones] == [int(kind) for kind in WAY[1:]]
    told = [update.entry for update in await desk.updates("1") if update.entry.HasField("milestone")]
    assert [entry.plausibility for entry in told] == [Entry.PLAUSIBLE, *[Entry.IMPLAUSIBLE] * 5]
    last = told[-1].implausibility
    assert (last.reason, last.limit_time) == (Reason.BEFORE_END_OF_SYNTHESIS, stamp(at(IN_TEN_DAYS)))
    assert told[-1].summary.startswith("Implausible, so it moves nothing: the dose is made at 2027-03-11")


async def test_in_any_order_run_slot_and_milestones_end_in_the_same_state(desk: Desk) -> None:
    chance = random.Random(177)
    orders = chance.sample(list(permutations(range(4))), 12)
    ends = set()
    for number, order in enumerate(orders):
        dose_id, reference, run = f"d{number}", f"1Z{number}", f"runs/r{number}"
        facts = (
            run_event(run=run, ready=60),
            slot_event(dose_id, run=run),
            reported(MilestoneKind.DELIVERED, 30, event_id=f"a{number}", shipment_references=[reference]),
            reported(MilestoneKind.COLLECTED, 90, event_id=f"b{number}", shipment_references=[reference]),
        )
        attached = False
        for place in order:
            await desk.apply(facts[place])
            if place == 1:
                await desk.attach(dose_id, reference)
                attached = True
        shipment = (await desk.dose(dose_id)).shipment
        doubted = [each.implausibility.milestone_event_id[0] for each in shipment.implausible_milestones]
        ends.add((attached, shipment.state, tuple(doubted)))
    assert ends == {(True, State.COLLECTED, ("a",))}, f"after {len(orders)} orders"


async def test_an_entry_tells_that_news_of_the_run_put_a_delivery_in_doubt(desk: Desk) -> None:
    await desk.apply(slot_event("1"))
    await desk.attach("1")
    await desk.apply(reported(MilestoneKind.DELIVERED, 30))
    assert (await desk.dose("1")).shipment.state == State.DELIVERED
    await desk.apply(run_event(ready=60))
    assert (await desk.dose("1")).shipment.state == State.STATE_UNSPECIFIED
    assert (await desk.told("1"))[-1] == "created"
    before = len(await desk.entries("1"))
    await desk.apply(run_event("opened", version=2, ready=60))  # nothing new for the dose
    assert len(await desk.entries("1")) == before


async def test_a_move_to_a_run_that_is_ready_settles_the_doubt(desk: Desk) -> None:
    await a_shipped_dose(desk)
    await desk.apply(reported(MilestoneKind.COLLECTED, 30))
    assert len(await doubts(desk)) == 1
    await desk.apply(run_event(run="runs/lu-2", ready=-60))
    await desk.apply(slot_event("1", "moved", sequence=2, run="runs/lu-2"))
    assert (await desk.dose("1")).shipment.state == State.COLLECTED
    assert await doubts(desk) == []


async def test_what_is_on_its_way_from_a_cancelled_run_is_in_doubt(desk: Desk) -> None:
    await a_shipped_dose(desk, ready=-60)
    await desk.apply(reported(MilestoneKind.DEPARTED, 30))
    assert (await desk.dose("1")).shipment.state == State.IN_TRANSIT
    await desk.apply(run_event("cancelled", version=2, ready=-60))
    dose = await desk.dose("1")
    assert dose.shipment.state == State.STATE_UNSPECIFIED
    (doubt,) = dose.shipment.implausible_milestones
    assert doubt.implausibility.reason == Reason.RUN_CANCELLED


async def test_what_is_told_before_it_happens_is_in_doubt(desk: Desk) -> None:
    await a_shipped_dose(desk, ready=-60)
    event = reported(MilestoneKind.DELIVERED, 90)
    await desk.apply(reported(MilestoneKind.DEPARTED, 10))
    await desk.apply(replace(event, time=at(20)))
    dose = await desk.dose("1")
    assert dose.shipment.state == State.IN_TRANSIT
    (doubt,) = dose.shipment.implausible_milestones
    assert doubt.implausibility.reason == Reason.IN_FUTURE


@pytest.mark.parametrize(("counts", "state"), [(True, State.DELIVERED), (False, State.STATE_UNSPECIFIED)])
async def test_an_operator_settles_a_doubt(desk: Desk, counts: bool, state: int) -> None:
    await a_shipped_dose(desk)
    await desk.apply(reported(MilestoneKind.DELIVERED, 30, event_id="early"))
    dose = await desk.settle("1", "early", counts)
    assert (dose.shipment.state, len(dose.shipment.implausible_milestones)) == (state, 0)
    assert dose == await desk.dose("1")
    (settled,) = [event for event in await desk.published() if event.type == "doselane.status.milestone.settled.v1"]
    assert (settled.actor, settled.partner, settled.sequence) == ("control-room", NORTHLAKE, 1)
    assert (await desk.told("1"))[-1] == "settled"
    changed = await desk.settle("1", "early", not counts)  # an operator may think again
    assert changed.shipment.state != state


async def test_settling_is_repeated_safely_and_refused_where_there_is_no_doubt(desk: Desk) -> None:
    await a_shipped_dose(desk)
    await desk.apply(reported(MilestoneKind.DELIVERED, 30, event_id="early"))
    request_id, etag = uuid7(), (await desk.dose("1")).etag
    first = await desk.settle("1", "early", True, request_id=request_id, etag=etag)
    entries = len(await desk.entries("1"))
    assert await desk.settle("1", "early", True, request_id=request_id, etag=etag) == first
    assert len(await desk.entries("1")) == entries
    with pytest.raises(RequestMismatch):
        await desk.settle("1", "early", False, request_id=request_id)
    with pytest.raises(Stale):
        await desk.settle("1", "early", False, etag=etag)
    with pytest.raises(MilestoneNotInDoubt):
        await desk.settle("1", "another", True)
    with pytest.raises(NotFound):
        await desk.settle("2", "early", True)


async def test_doses_in_doubt_can_be_listed(door: Door) -> None:
    await door.publish(run_event(ready=IN_TEN_DAYS))
    for dose_id in ("1", "2"):
        await door.a_dose(dose_id)
        attach = status_pb2.AttachShipmentRequest(
            name=f"doses/{dose_id}", courier=SWIFT, references=[f"1Z{dose_id}"], request_id=str(uuid7())
        )
        await door.operator().call("AttachShipment", attach)
    await door.publish(reported(MilestoneKind.DELIVERED, 30, shipment_references=["1Z2"]))
    await door.until(lambda: door.numbers("2"), 3)
    found = await door.client().call("ListDoses", status_pb2.ListDosesRequest(implausible_only=True))
    assert [dose.name for dose in found.doses] == ["doses/2"]


async def test_the_state_with_what_operators_settled_can_be_built_anew(desk: Desk) -> None:
    await a_shipped_dose(desk)
    await desk.apply(reported(MilestoneKind.DELIVERED, 30, event_id="early"))
    settled = await desk.settle("1", "early", True)
    log = await desk.published()
    await desk.database.pool.execute(
        "TRUNCATE dose, timeline, milestone, milestone_reference, retraction, shipment_reference, run, outbox"
    )
    await desk.apply(
        run_event(ready=IN_TEN_DAYS), slot_event("1"), reported(MilestoneKind.DELIVERED, 30, event_id="early")
    )
    await desk.apply(*(event for event in log if event.type != "doselane.status.dose.updated.v1"))
    again = await desk.dose("1")
    assert (again.shipment, again.slot_state) == (settled.shipment, settled.slot_state)


async def test_a_watcher_sees_the_mark(door: Door) -> None:
    await door.publish(run_event(ready=IN_TEN_DAYS))
    await door.a_dose("1")
    attach = status_pb2.AttachShipmentRequest(
        name="doses/1", courier=SWIFT, references=[TRACKING], request_id=str(uuid7())
    )
    await door.operator().call("AttachShipment", attach)
    await door.publish(reported(MilestoneKind.DELIVERED, 30))
    watch = status_pb2.WatchTimelineRequest(parent="doses/1")
    async for answer in door.client().stream("WatchTimeline", watch):
        if answer.entry.HasField("milestone"):
            assert answer.entry.plausibility == Entry.IMPLAUSIBLE
            break
