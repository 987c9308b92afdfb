"""Attaching a shipment: milestones before and after find the dose, repetitions change nothing, races lose nothing."""

import asyncio
from uuid import uuid4

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.status.v1 import events_pb2, status_pb2

from services.kernel.db import Database
from services.kernel.errors import NotFound, RequestMismatch, Stale
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.status.domain import MilestoneKind
from services.status.usecases import apply_all
from tests.integration.status.conftest import Desk
from tests.support.postgres import Databases
from tests.support.status import (
    ARROW,
    HARBOR,
    NORTHLAKE,
    SWIFT,
    TRACE,
    TRACKING,
    numbers,
    reported,
    slot_event,
    status_schema,
)

Shipment = status_pb2.Shipment
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def test_an_attached_shipment_takes_the_milestones_that_came_before(desk: Desk) -> None:
    await desk.apply(
        reported(MilestoneKind.DELIVERED, 3), reported(MilestoneKind.COLLECTED, 1), reported(MilestoneKind.OBSERVED, 2)
    )
    await desk.apply(slot_event("d"))
    dose = await desk.attach("d")
    assert dose == await desk.dose("d")
    assert dose.shipment.state == Shipment.DELIVERED
    assert await desk.unmatched() == []
    whens = [entry.event_at for entry in (await desk.entries("d"))[2:]]
    assert whens == sorted(whens, key=str)
    assert len(whens) == 3


@pytest.mark.parametrize("attached", [
    "https://other.example/00/106141412345678908",
    "https://id.gs1.org/00/106141412345678908?linkType=gs1:defaultLink",
    "https://id.gs1.org/00/10614141234567890",
    "urn:epc:id:sscc:06141412.134567890",
    "(00)106141412345678908",
])  # fmt: skip
async def test_a_shipment_is_found_by_its_reference_in_any_spelling(desk: Desk, attached: str) -> None:
    pallet = ["urn:epc:id:sscc:0614141.1234567890", "urn:epc:id:sscc:0614141.1234567891"]
    await desk.apply(slot_event("d"), reported(MilestoneKind.COLLECTED, 1, shipment_references=pallet))
    dose = await desk.attach("d", attached, "https://again.example/00/106141412345678908")
    assert list(dose.shipment.references) == [attached, "https://again.example/00/106141412345678908"]
    await desk.apply(reported(MilestoneKind.DELIVERED, 2, shipment_references=pallet[:1]))
    assert (await desk.dose("d")).shipment.state == Shipment.DELIVERED
    assert await desk.unmatched() == []
    told = [courier_pb2.Milestone.FromString(entry.milestone) for entry in await desk.entries("d") if entry.milestone]
    assert [list(each.shipment_references) for each in told] == [
        pallet[:1],
        pallet[:1],
    ]  # the pallet's other parcel is another sponsor's
    await desk.attach("d", "elsewhere")
    assert len(await desk.unmatched()) == 2


async def test_attaching_publishes_the_attachment_under_a_subject_of_its_own(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    await desk.attach("d", "a", "b")
    await desk.attach("d", "c")
    events = await desk.published("shipments/d")
    assert [(event.type, event.sequence) for event in events] == [
        ("doselane.status.shipment.attached.v1", 1),
        ("doselane.status.shipment.attached.v1", 2),
    ]
    said = events_pb2.ShipmentAttached.FromString(events[0].data)
    assert (said.dose, said.courier, list(said.references)) == ("doses/d", SWIFT, ["a", "b"])
    assert (events[0].partner, events[0].actor, events[0].reason, events[0].traceparent) == (
        NORTHLAKE,
        "control-room",
        "booked by phone",
        TRACE,
    )
    assert numbers([event.sequence for event in await desk.published("doses/d")])


async def test_attaching_the_same_shipment_again_changes_nothing(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    first = await desk.attach("d", "a", "b")
    assert await desk.attach("d", "b", "a") == first
    assert len(await desk.published("doses/d")) == 2


async def test_a_repeated_request_gets_the_same_answer_even_after_the_dose_has_changed(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    request_id = uuid7()
    first = await desk.attach("d", request_id=request_id)
    await desk.apply(reported(MilestoneKind.DELIVERED))
    assert await desk.attach("d", request_id=request_id) == first
    assert await desk.told("d") == ["confirmed", "attached", "reported"]


async def test_a_request_id_cannot_be_used_for_another_request(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    request_id = uuid7()
    await desk.attach("d", request_id=request_id)
    with pytest.raises(RequestMismatch):
        await desk.attach("d", "another", request_id=request_id)


async def test_two_identical_requests_at_once_attach_once(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    request_id = uuid7()
    answers = await asyncio.gather(*(desk.attach("d", request_id=request_id) for _ in range(6)))
    assert all(answer == answers[0] for answer in answers)
    assert await desk.told("d") == ["confirmed", "attached"]


async def test_a_request_that_failed_can_be_made_again_under_its_id(desk: Desk) -> None:
    request_id = uuid7()
    with pytest.raises(NotFound):
        await desk.attach("d", request_id=request_id)
    await desk.apply(slot_event("d"))
    assert (await desk.attach("d", request_id=request_id)).shipment.courier == SWIFT


async def test_a_stale_etag_is_refused(desk: Desk) -> None:
    await desk.apply(slot_event("d", "held", 1))
    seen = await desk.dose("d")
    await desk.apply(slot_event("d", "confirmed", 2))
    with pytest.raises(Stale):
        await desk.attach("d", etag=seen.etag)
    assert (await desk.attach("d", etag=(await desk.dose("d")).etag)).slot_state == slotting_pb2.Slot.CONFIRMED


async def test_a_shipment_that_was_attached_by_mistake_can_be_replaced(desk: Desk) -> None:
    await desk.apply(slot_event("d"), slot_event("e", partner=HARBOR))
    await desk.attach("d", "1Z-wrong")
    wrong = {"event_id": "wrong", "shipment_references": ["1Z-wrong"]}
    right = {"event_id": "right", "shipment_references": ["1Z-right"]}
    await desk.apply(reported(MilestoneKind.DELIVERED, 1, **wrong), reported(MilestoneKind.DEPARTED, 2, ARROW, **right))
    dose = await desk.attach("d", "1Z-right", courier=ARROW)
    assert (dose.shipment.state, dose.shipment.last_milestone.event_id) == (Shipment.IN_TRANSIT, "right")
    assert await desk.unmatched() == ["wrong"]
    assert (await desk.attach("e", "1Z-wrong")).shipment.state == Shipment.DELIVERED
    assert await desk.unmatched() == []


async def test_going_back_to_the_first_shipment_tells_no_milestone_twice(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    await desk.attach("d", "1Z-first")
    await desk.apply(reported(MilestoneKind.DELIVERED, 1, event_id="first", shipment_references=["1Z-first"]))
    await desk.attach("d", "1Z-second")
    dose = await desk.attach("d", "1Z-first")
    assert dose.shipment.state == Shipment.DELIVERED
    assert await desk.told("d") == ["confirmed", "attached", "reported", "attached", "attached"]


async def test_several_doses_in_one_shipment_all_hear_of_it(desk: Desk) -> None:
    await desk.apply(*(slot_event(f"d{n}") for n in range(4)))
    for n in range(4):
        await desk.attach(f"d{n}")
    await desk.apply(reported(MilestoneKind.DELIVERED))
    assert [(await desk.dose(f"d{n}")).shipment.state for n in range(4)] == [Shipment.DELIVERED] * 4


async def test_an_attachment_waits_for_a_milestone_that_is_being_stored(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    async with desk.database.transaction() as conn:
        await apply_all(conn, [reported(MilestoneKind.DELIVERED)], desk.clock)
        attaching = asyncio.create_task(desk.attach("d"))
        await until_someone_waits(desk)
        assert not attaching.done()
    assert (await attaching).shipment.state == Shipment.DELIVERED
    assert await desk.unmatched() == []


async def test_a_milestone_waits_for_an_attachment_that_is_being_stored(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    async with desk.database.transaction() as conn:
        await conn.execute("SELECT FROM dose WHERE id = 'd' FOR UPDATE")
        attaching = asyncio.create_task(desk.attach("d"))  # has the courier, waits for the dose
        await until_someone_waits(desk)
        applying = asyncio.create_task(desk.apply(reported(MilestoneKind.DELIVERED)))
        await until_someone_waits(desk, 2)
    await asyncio.gather(attaching, applying)
    assert (await desk.dose("d")).shipment.state == Shipment.DELIVERED
    assert await desk.told("d") == ["confirmed", "attached", "reported"]


async def test_attachments_and_milestones_that_race_never_miss_each_other(desk: Desk) -> None:
    kinds = (MilestoneKind.COLLECTED, MilestoneKind.DEPARTED, MilestoneKind.ARRIVED, MilestoneKind.DELIVERED)
    for n in range(25):
        dose_id, tracking = f"d{n}", f"{TRACKING}-{n}"
        await desk.apply(slot_event(dose_id))
        milestones: list[Event] = [
            reported(kind, minutes, event_id=f"{n}-{minutes}", shipment_references=[tracking, f"box-{uuid4()}"])
            for minutes, kind in enumerate(kinds)
        ]
        await asyncio.gather(
            desk.apply(milestones[0]),
            desk.apply(*milestones[1:3]),
            desk.attach(dose_id, tracking),
            desk.apply(milestones[3]),
        )
        assert (await desk.dose(dose_id)).shipment.state == Shipment.DELIVERED
        assert len(await desk.entries(dose_id)) == 6
    assert await desk.unmatched() == []


async def test_two_members_of_the_group_that_work_on_the_same_doses_lose_nothing(desk: Desk) -> None:
    doses = [f"d{n}" for n in range(6)]
    await desk.apply(*(slot_event(dose_id, "held", 1) for dose_id in doses))
    for dose_id in doses:
        await desk.attach(dose_id, f"1Z-{dose_id}")
    milestones = [
        reported(MilestoneKind.DELIVERED, event_id=each, shipment_references=[f"1Z-{each}"]) for each in doses
    ]
    async with desk.database.transaction() as conn:
        await apply_all(conn, [slot_event(dose_id, "confirmed", 2) for dose_id in doses], desk.clock)
        other = asyncio.create_task(desk.apply(*reversed(milestones)))
        await until_someone_waits(desk)
    await other
    for dose_id in doses:
        dose = await desk.dose(dose_id)
        assert (dose.slot_state, dose.shipment.state) == (slotting_pb2.Slot.CONFIRMED, Shipment.DELIVERED)
        assert numbers([event.sequence for event in await desk.published(f"doses/{dose_id}")])


async def test_reading_the_logs_again_into_an_empty_schema_gives_the_same_state(
    desk: Desk, databases: Databases
) -> None:
    slots = [slot_event("d", "held", 1, 1), slot_event("d", "confirmed", 2, 2), slot_event("e", partner=HARBOR)]
    milestones = [
        reported(MilestoneKind.COLLECTED, 3),
        reported(MilestoneKind.DELIVERED, 5, event_id="wrong"),
        reported(MilestoneKind.DELIVERED, 5, event_id="wrong", retracted=True),
        reported(MilestoneKind.OUT_FOR_DELIVERY, None, shipment_references=["urn:parcel:2"]),
        reported(MilestoneKind.ARRIVED, 4, shipment_references=["nobody's"]),
    ]
    await desk.apply_each(slots)
    await desk.apply(milestones[0])
    await desk.attach("d")
    await desk.apply(*milestones[1:])
    await desk.attach("e", "urn:parcel:2")
    await desk.attach("d", TRACKING, "urn:parcel:2")
    before = [await desk.dose(dose_id) for dose_id in "de"]
    told = [sorted(await desk.told(dose_id)) for dose_id in "de"]
    attached = [event for event in await desk.published() if event.type.endswith("attached.v1")]

    other = await Database.connect(await databases.prepared("status", status_schema), "status", pool_size=2)
    anew = Desk(other)
    # Topic by topic, in the one order that always works: what there is, what was reported, what was attached.
    for event in (*slots, *milestones, *attached, *attached):
        await anew.apply(event)
    assert [await anew.dose(dose_id) for dose_id in "de"] == before
    assert [sorted(await anew.told(dose_id)) for dose_id in "de"] == told
    assert await anew.unmatched() == ["ARRIVED@4"]
    await other.close()


async def until_someone_waits(desk: Desk, least: int = 1) -> None:
    """Returns when so many sessions wait for a lock."""
    async with asyncio.timeout(20):
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        while await desk.database.pool.fetchval(waiting) < least:
            await asyncio.sleep(0)
