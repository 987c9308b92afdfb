"""Vials at the door: what is filled, what is refused, and what becomes of a vial when its slot changes."""

import asyncio
from datetime import timedelta

import pytest
from doselane.quality.v1 import batch_pb2
from doselane.quality.v1.events_pb2 import VialChanged
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from tests.integration.quality.conftest import Door
from tests.support.quality import EOS
from tests.support.quality_news import HARBOR, a_collected_dose, a_produced_run, a_report, a_slot, an_attached_shipment

RELEASED = {"state": slotting_pb2.Slot.RELEASED}


async def told(door: Door) -> list[batch_pb2.Vial]:
    return [VialChanged.FromString(event.data).vial for event in await door.published("vial.changed")]


async def test_a_filled_vial_is_published_and_listed_to_its_sponsor_alone(door: Door) -> None:
    batch = await door.made()
    await door.hear(a_slot("slots/01a215bf-0000-7000-8000-000000000002", partner=HARBOR))
    vial, other = await door.fill(), await door.fill("slots/01a215bf-0000-7000-8000-000000000002", "V2")
    assert await told(door) == [vial, other]
    listed = await door.read("ListVials", batch=batch.name)
    assert list(listed.vials) == [vial, other]
    own = await door.read("ListVials", door.caller(), batch=batch.name)
    assert list(own.vials) == [vial]


async def test_what_would_be_filled_is_foreseen_and_nothing_is_changed(door: Door) -> None:
    await door.made()
    foreseen = await door.fill(validate_only=True)
    assert await told(door) == []
    assert (await door.fill()).volume_ul == foreseen.volume_ul


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"slot": "slots/01a215bf-0000-7000-8000-000000000009"}, "SLOT_UNKNOWN"),
        ({"volume_ul": 499}, "FILL_VOLUME_OUT_OF_RANGE"),
        ({"volume_ul": 20_001}, "FILL_VOLUME_OUT_OF_RANGE"),
        ({"fill_time": stamp(EOS - timedelta(seconds=1))}, "FILL_TIME_NOT_VALID"),
        ({"fill_time": stamp(EOS + timedelta(hours=5))}, "FILL_TIME_NOT_VALID"),
        ({"etag": "v99"}, "STALE"),
        ({"batch": "batches/other"}, "BATCH_UNKNOWN"),
    ],
)
async def test_what_cannot_be_filled_is_refused_with_the_reason(
    door: Door, fields: dict[str, object], reason: str
) -> None:
    batch = await door.made()
    given = {"batch": batch.name, "slot": "slots/01a215bf-0000-7000-8000-000000000001", "container_id": "V1", **fields}
    for validate_only in (True, False):
        if "etag" not in fields or not validate_only:
            assert (await door.refusal("FillVial", validate_only=validate_only, **given)).reason == reason
    assert await told(door) == []


async def test_a_slot_is_filled_once_and_a_container_used_once(door: Door) -> None:
    batch = (await door.made()).name
    await door.hear(a_slot("slots/01a215bf-0000-7000-8000-000000000002"))
    await door.fill()
    again = await door.refusal(
        "FillVial", batch=batch, slot="slots/01a215bf-0000-7000-8000-000000000001", container_id="V2"
    )
    used = await door.refusal(
        "FillVial", batch=batch, slot="slots/01a215bf-0000-7000-8000-000000000002", container_id="V1"
    )
    assert (again.reason, used.reason) == ("SLOT_NOT_FILLABLE", "CONTAINER_USED")


async def test_of_two_who_fill_one_slot_at_once_one_does(door: Door) -> None:
    await door.made()
    answers = await asyncio.gather(door.fill(container="V1"), door.fill(container="V2"), return_exceptions=True)
    refused = [each for each in answers if isinstance(each, GatewayError)]
    assert [each.reason for each in refused] == ["SLOT_NOT_FILLABLE"]
    assert len(await told(door)) == 1


async def test_a_repeated_request_fills_once_and_gets_the_same_answer(door: Door) -> None:
    batch = (await door.made()).name
    request_id = str(uuid7())
    same = {
        "batch": batch,
        "slot": "slots/01a215bf-0000-7000-8000-000000000001",
        "container_id": "V1",
        "request_id": request_id,
    }
    first, again = await door.ask("FillVial", **same), await door.ask("FillVial", **same)
    assert first == again
    assert len(await told(door)) == 1
    other = await door.refusal("FillVial", **{**same, "container_id": "V2"})
    assert other.reason == "REQUEST_MISMATCH"


async def test_a_slot_that_was_released_leaves_a_surplus_vial_and_can_be_filled_anew(door: Door) -> None:
    await door.made(required_documents=["DOCUMENT_KIND_LABEL"])
    await door.fill()
    before = await door.batch()
    await door.hear(a_slot(sequence=2, **RELEASED))
    (_, surplus) = await told(door)
    assert surplus.surplus_time == stamp(door.clock.now())
    assert (await door.batch()).record_sha256 != before.record_sha256
    missing = await door.read("ListDocuments", batch=before.name)
    assert list(missing.missing) == []
    await door.hear(a_slot(sequence=3))
    again = await door.fill(container="V2")
    assert not again.HasField("surplus_time")
    listed = await door.read("ListVials", batch=before.name)
    assert [vial.HasField("surplus_time") for vial in listed.vials] == [True, False]


async def test_a_slot_that_moved_to_another_run_is_filled_from_that_runs_batch(door: Door) -> None:
    await door.made()
    await door.fill()
    later = EOS + timedelta(hours=1)
    await door.hear(a_produced_run("runs/lu-2", end_of_synthesis_time=stamp(later)))
    await door.hear(a_slot(sequence=2, run="runs/lu-2"))
    batches = (await door.read("ListBatches", run="runs/lu-2")).batches
    vial = await door.ask(
        "FillVial", batch=batches[0].name, slot="slots/01a215bf-0000-7000-8000-000000000001", container_id="V1"
    )
    assert vial.name == f"{batches[0].name}/vials/V1"
    assert [each.HasField("surplus_time") for each in await told(door)] == [False, True, False]


async def test_a_later_administration_is_told_with_what_decay_leaves(door: Door) -> None:
    await door.made()
    vial = await door.fill()
    at = EOS + timedelta(days=2) + timedelta(days=6.647)
    await door.hear(
        a_slot(sequence=2, administration=type_pb2.Activity(activity_mbq=500, time=stamp(at))),
    )
    (_, moved) = await told(door)
    assert moved.administration.activity_mbq == pytest.approx(vial.administration.activity_mbq / 2)
    assert (moved.volume_ul, moved.filled) == (vial.volume_ul, vial.filled)


async def test_old_news_of_a_slot_change_no_vial(door: Door) -> None:
    await door.made()
    await door.hear(a_slot(sequence=5))
    await door.fill()
    await door.hear(a_slot(sequence=2, **RELEASED))
    assert len(await told(door)) == 1


async def test_a_courier_named_before_the_vial_was_filled_is_its_courier(door: Door) -> None:
    await door.made()
    await door.hear(an_attached_shipment(), a_collected_dose())
    vial = await door.fill()
    assert vial.dispatch_time == stamp(EOS + timedelta(hours=6))


async def test_a_surplus_vial_that_left_is_recalled(door: Door) -> None:
    batch = await door.made()
    await door.fill()
    await door.hear(a_report("appearance", "complies", "", f"{batch.name}/samples/1"))
    await door.sign("AssessBatch", "designated_person")
    await door.hear(an_attached_shipment(), a_collected_dose(), a_slot(sequence=2, **RELEASED))
    await door.sign("RejectBatch", "qualified_person", reason="particles seen")
    notices = (await door.read("ListNotices")).notices
    assert len(notices) == 3
