"""Milestones find their shipments, whichever came first; repetitions change nothing, races lose nothing."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.distribution.v1 import distribution_pb2, shipment_pb2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.distribution.domain.milestone import MilestoneKind
from services.distribution.usecases.hearing import apply_all
from services.kernel.errors import GatewayError, Invalid
from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.integration.distribution.conftest import Desk
from tests.support.distribution import (
    ARROW,
    HARBOR,
    TRACKING,
    at,
    milestone_event,
    numbers,
    reported,
    run_event,
    slot_event,
    told,
)

Shipment, Reason = shipment_pb2.Shipment, shipment_pb2.Implausibility
IN_TEN_DAYS = 10 * 24 * 60.0
WAY = (
    MilestoneKind.BOOKED,
    MilestoneKind.COLLECTED,
    MilestoneKind.DEPARTED,
    MilestoneKind.ARRIVED,
    MilestoneKind.OUT_FOR_DELIVERY,
    MilestoneKind.DELIVERED,
)
_examples = itertools.count()


async def test_a_shipment_takes_the_milestones_that_came_before(desk: Desk) -> None:
    await desk.apply(
        reported(MilestoneKind.DELIVERED, 3), reported(MilestoneKind.COLLECTED, 1), reported(MilestoneKind.OBSERVED, 2)
    )
    assert len(await desk.unmatched()) == 3
    await desk.apply(slot_event("d"))
    shipment = await desk.attach("d")
    assert shipment == await desk.of("d")
    assert shipment.state == Shipment.DELIVERED
    assert await desk.unmatched() == []
    assert len(await desk.recorded("d")) == 3


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
    shipment = await desk.attach("d", attached, "https://again.example/00/106141412345678908")
    assert list(shipment.references) == [attached, "https://again.example/00/106141412345678908"]
    await desk.apply(reported(MilestoneKind.DELIVERED, 2, shipment_references=pallet[:1]))
    assert (await desk.of("d")).state == Shipment.DELIVERED
    assert await desk.unmatched() == []
    # The pallet's other parcel is another sponsor's.
    seen = [list(each.milestone.shipment_references) for each in await desk.recorded("d")]
    assert seen == [pallet[:1], pallet[:1]]
    request = distribution_pb2.ListShipmentsRequest(reference=pallet[0])
    assert len((await desk.call("ListShipments", request)).shipments) == 1
    await desk.attach("d", "elsewhere")
    assert len(await desk.unmatched()) == 2


async def test_what_is_said_again_changes_nothing(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    first = await desk.attach("d", "a", "b")
    assert await desk.attach("d", "b", "a") == first
    milestone = told(MilestoneKind.DEPARTED, 1, "e", shipment_references=["a"])
    await desk.apply(milestone_event(milestone, minutes=2), milestone_event(milestone, minutes=3))
    await desk.apply(milestone_event(milestone, minutes=4))
    assert (await desk.told("d")).count("milestone.recorded") == 1


async def test_a_repeated_request_gets_the_same_answer_and_another_one_under_its_id_is_refused(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    request_id = str(uuid7())
    answers = await asyncio.gather(*(desk.book("d", request_id=request_id) for _ in range(4)))
    assert all(answer == answers[0] for answer in answers)
    with pytest.raises(GatewayError) as refused:
        await desk.book("d", courier=ARROW, request_id=request_id)
    assert refused.value.reason == "REQUEST_MISMATCH"


async def test_a_stale_etag_is_refused(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    seen = await desk.attach("d")
    await desk.apply(reported(MilestoneKind.COLLECTED))
    with pytest.raises(GatewayError) as refused:
        await desk.attach("d", "other", etag=seen.etag)
    assert refused.value.reason == "STALE"


async def test_references_that_were_attached_by_mistake_can_be_replaced(desk: Desk) -> None:
    await desk.apply(slot_event("d"), slot_event("e", partner=HARBOR))
    await desk.attach("d", "1Z-wrong")
    wrong = {"event_id": "wrong", "shipment_references": ["1Z-wrong"]}
    right = {"event_id": "right", "shipment_references": ["1Z-right"]}
    await desk.apply(reported(MilestoneKind.DELIVERED, 1, **wrong), reported(MilestoneKind.DEPARTED, 2, ARROW, **right))
    shipment = await desk.attach("d", "1Z-right", courier=ARROW)
    assert (shipment.state, shipment.last_milestone.event_id) == (Shipment.IN_TRANSIT, "right")
    assert await desk.unmatched() == ["wrong"]
    assert (await desk.attach("e", "1Z-wrong")).state == Shipment.DELIVERED
    assert await desk.unmatched() == []


async def test_going_back_to_the_first_references_records_no_milestone_twice(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    await desk.attach("d", "1Z-first")
    await desk.apply(reported(MilestoneKind.DELIVERED, 1, event_id="first", shipment_references=["1Z-first"]))
    assert (await desk.attach("d", "1Z-second")).state == Shipment.BOOKED
    assert (await desk.attach("d", "1Z-first")).state == Shipment.DELIVERED
    assert len(await desk.recorded("d")) == 1


async def test_one_milestone_of_two_sponsors_parcels_shows_neither_the_others(desk: Desk) -> None:
    await desk.apply(slot_event("d"), slot_event("e", partner=HARBOR))
    await desk.attach("d", "urn:parcel:1")
    await desk.attach("e", "urn:parcel:2")
    await desk.apply(
        reported(MilestoneKind.DEPARTED, shipment_references=["urn:parcel:1", "urn:parcel:2", "urn:pallet:9"])
    )
    for dose_id, own in (("d", "urn:parcel:1"), ("e", "urn:parcel:2")):
        shipment = await desk.of(dose_id)
        assert shipment.state == Shipment.IN_TRANSIT
        assert list(shipment.last_milestone.shipment_references) == [own]
        assert [list(each.milestone.shipment_references) for each in await desk.recorded(dose_id)] == [[own]]
    name = (await desk.of("d")).name
    assert all(b"urn:parcel:2" not in event.data for event in await desk.published(name))


@pytest.mark.parametrize("retraction_first", [True, False])
async def test_a_retraction_without_references_finds_what_it_retracts(desk: Desk, retraction_first: bool) -> None:
    await desk.apply(slot_event("d"))
    await desk.attach("d")
    wrong = reported(MilestoneKind.DELIVERED, 2, event_id="e")
    retraction = reported(MilestoneKind.OBSERVED, 3, event_id="f", retracts_event_ids=["e"], shipment_references=[])
    await desk.apply(reported(MilestoneKind.DEPARTED, 1))
    await desk.apply_each([retraction, wrong] if retraction_first else [wrong, retraction])
    assert (await desk.of("d")).state == Shipment.IN_TRANSIT
    assert len(await desk.recorded("d")) == 3
    assert await desk.unmatched() == []
    assert ("shipment.delivered" in await desk.told("d")) is not retraction_first


async def test_an_event_that_cannot_be_read_fails_and_leaves_nothing(desk: Desk) -> None:
    with pytest.raises(Invalid):
        await desk.apply(slot_event("d"), slot_event("e", partner=""))
    with pytest.raises(GatewayError) as refused:
        await desk.book("d")
    assert refused.value.reason == "DOSE_UNKNOWN"


# What cannot be true


async def a_shipped_dose(desk: Desk, ready: float = IN_TEN_DAYS) -> None:
    """A dose of a run that is ready so many minutes after noon, with a shipment."""
    await desk.apply(run_event(ready=ready), slot_event("d"))
    await desk.attach("d")


async def doubts(desk: Desk) -> list[str]:
    found = (await desk.of("d")).implausible_milestones
    return [each.implausibility.milestone_event_id for each in found]


async def test_a_journey_before_its_dose_is_made_is_kept_and_marked_and_delivers_nothing(desk: Desk) -> None:
    await a_shipped_dose(desk)
    for number, kind in enumerate(WAY):
        await desk.apply(reported(kind, number))
    shipment = await desk.of("d")
    assert shipment.state == Shipment.BOOKED
    assert [each.milestone.kind for each in shipment.implausible_milestones] == [int(kind) for kind in WAY[1:]]
    marked = [each.implausibility for each in await desk.recorded("d")]
    assert [each.reason for each in marked] == [0, *[Reason.BEFORE_END_OF_SYNTHESIS] * 5]
    assert marked[-1].limit_time == stamp(at(IN_TEN_DAYS))
    request = distribution_pb2.ListShipmentsRequest(implausible_only=True)
    assert len((await desk.call("ListShipments", request)).shipments) == 1


async def test_news_of_the_run_put_a_delivery_in_doubt_and_a_move_takes_it_away(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    await desk.attach("d")
    await desk.apply(reported(MilestoneKind.DELIVERED, 30))
    await desk.apply(run_event(ready=60))
    assert (await desk.of("d")).state == Shipment.BOOKED
    assert (await desk.told("d"))[-2:] == ["shipment.rejudged", "shipment.delivery_withdrawn"]
    before = len(await desk.told("d"))
    await desk.apply(run_event("opened", version=2, ready=60))  # nothing new for the shipment
    assert len(await desk.told("d")) == before
    await desk.apply(run_event("opened", version=3, ready=-60))
    assert (await desk.of("d")).state == Shipment.DELIVERED
    assert await doubts(desk) == []


async def test_what_is_on_its_way_from_a_cancelled_run_is_in_doubt(desk: Desk) -> None:
    await a_shipped_dose(desk, ready=-60)
    await desk.apply(reported(MilestoneKind.DEPARTED, 30))
    await desk.apply(run_event("cancelled", version=2, ready=-60))
    (doubt,) = (await desk.of("d")).implausible_milestones
    assert doubt.implausibility.reason == Reason.RUN_CANCELLED


async def test_a_position_that_the_time_does_not_allow_is_in_doubt(desk: Desk) -> None:
    await a_shipped_dose(desk, ready=-60)
    porto = courier_pb2.Location(latitude_degrees=41.15, longitude_degrees=-8.61)
    sydney = courier_pb2.Location(latitude_degrees=-33.87, longitude_degrees=151.21)
    await desk.apply(reported(MilestoneKind.DEPARTED, 10, location=porto))
    await desk.apply(reported(MilestoneKind.ARRIVED, 120, location=sydney))
    shipment = await desk.of("d")
    assert shipment.last_milestone.kind == MilestoneKind.DEPARTED
    (doubt,) = shipment.implausible_milestones
    assert (doubt.implausibility.reason, doubt.implausibility.limit_time) == (
        Reason.POSITION_NOT_REACHABLE,
        stamp(at(10)),
    )


@pytest.mark.parametrize("counts", [True, False])
async def test_an_operator_settles_a_doubt(desk: Desk, counts: bool) -> None:
    await a_shipped_dose(desk)
    await desk.apply(reported(MilestoneKind.DELIVERED, 30, event_id="e"))
    shipment = await desk.settle("d", "e", counts)
    assert shipment.state == (Shipment.DELIVERED if counts else Shipment.BOOKED)
    assert await doubts(desk) == []
    before = len(await desk.told("d"))
    assert await desk.settle("d", "e", counts) == shipment
    assert len(await desk.told("d")) == before
    with pytest.raises(GatewayError) as refused:
        await desk.settle("d", "never", True)
    assert refused.value.reason == "MILESTONE_NOT_IN_DOUBT"


# Races and orders


async def test_an_attachment_waits_for_a_milestone_that_is_being_stored(desk: Desk) -> None:
    await desk.apply(slot_event("d"))
    await desk.attach("d", "other")
    async with desk.database.transaction() as conn:
        await apply_all(conn, [reported(MilestoneKind.DELIVERED)], desk.clock)
        attaching = asyncio.create_task(desk.attach("d"))
        await until_someone_waits(desk)
        assert not attaching.done()
    assert (await attaching).state == Shipment.DELIVERED
    assert await desk.unmatched() == []


async def test_attachments_and_milestones_that_race_never_miss_each_other(desk: Desk) -> None:
    kinds = (MilestoneKind.COLLECTED, MilestoneKind.DEPARTED, MilestoneKind.ARRIVED, MilestoneKind.DELIVERED)
    for n in range(8):
        dose_id, tracking = f"d{n}", f"{TRACKING}-{n}"
        await desk.apply(slot_event(dose_id))
        found: list[Event] = [
            reported(kind, minutes, event_id=f"{n}-{minutes}", shipment_references=[tracking, f"box-{uuid4()}"])
            for minutes, kind in enumerate(kinds)
        ]
        await asyncio.gather(
            desk.apply(found[0]), desk.apply(*found[1:3]), desk.attach(dose_id, tracking), desk.apply(found[3])
        )
        assert (await desk.of(dose_id)).state == Shipment.DELIVERED
        assert len(await desk.recorded(dose_id)) == 4
    assert await desk.unmatched() == []


FACTS: Sequence[dict[str, object]] = (
    {"kind": MilestoneKind.BOOKED, "minutes": 1},
    {"kind": MilestoneKind.COLLECTED, "minutes": None, "local_time": "20270301 1201"},
    {"kind": MilestoneKind.DEPARTED, "minutes": 3, "expected_delivery_time": at(60)},
    {"kind": MilestoneKind.OBSERVED, "minutes": 4},
    {"kind": MilestoneKind.UNKNOWN, "minutes": 5, "event_id": "judged-twice"},
    {"kind": MilestoneKind.OUT_FOR_DELIVERY, "minutes": 5, "event_id": "judged-twice"},
    {"kind": MilestoneKind.DELIVERED, "minutes": 6, "event_id": "wrong"},
    {"kind": MilestoneKind.DELIVERED, "minutes": 6, "event_id": "wrong", "retracted": True},
    {"kind": MilestoneKind.DELAYED, "minutes": 7, "expected_delivery_time": at(90)},
    {"kind": MilestoneKind.RETURNED, "minutes": 8, "event_id": "wrong-too"},
    {"kind": MilestoneKind.EXCEPTION, "minutes": 8, "retracts_event_ids": ["wrong-too"], "shipment_references": []},
    {"kind": MilestoneKind.ARRIVED, "minutes": 8},
)


def a_history(courier: str) -> list[Event]:
    """All that a courier has to say of a shipment."""
    return [reported(courier=courier, **facts) for facts in FACTS]  # type: ignore[arg-type]


async def outcome(desk: Desk, dose_id: str) -> bytes:
    """The shipment, without what differs by name, or by when and in how many steps it was heard of."""
    shipment = await desk.of(dose_id)
    assert numbers([event.sequence for event in await desk.published(shipment.name)])
    for field in ("name", "courier", "etag", "doses", "create_time", "update_time", "last_change", "prediction"):
        shipment.ClearField(field)
    for entry in shipment.custody:
        entry.to_party = ""
    return shipment.SerializeToString(deterministic=True)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
async def test_any_order_and_repetition_of_all_milestones_ends_in_the_same_shipment(
    desk: Desk, data: st.DataObject
) -> None:
    example = next(_examples)
    straight, shuffled = f"s{example}", f"x{example}"
    courier = {dose_id: f"partners/{dose_id}" for dose_id in (straight, shuffled)}
    await desk.apply(slot_event(straight), slot_event(shuffled))
    await desk.attach(straight, courier=courier[straight])
    await desk.apply_each(a_history(courier[straight]))
    history = a_history(courier[shuffled])
    again = data.draw(st.lists(st.integers(0, len(history) - 1), max_size=5))
    order = data.draw(st.permutations([*range(len(history)), *again]))
    told_so = [replace(history[place], id=uuid7()) for place in order]
    batches, attached_before = data.draw(st.integers(1, 5)), data.draw(st.integers(0, 5))
    for number in range(batches + 1):
        if number == min(attached_before, batches):
            await desk.attach(shuffled, courier=courier[shuffled])
        await desk.apply(*told_so[number * len(told_so) // batches : (number + 1) * len(told_so) // batches])
    assert await outcome(desk, shuffled) == await outcome(desk, straight)


async def until_someone_waits(desk: Desk, least: int = 1) -> None:
    """Returns when so many sessions wait for a lock."""
    async with asyncio.timeout(20):
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        while await desk.database.pool.fetchval(waiting) < least:
            await asyncio.sleep(0)
