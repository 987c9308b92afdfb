"""A batch from the end of synthesis to its certification, as laboratories and people see it."""

from datetime import timedelta

import pytest
from doselane.quality.v1 import batch_pb2, quality_pb2
from doselane.quality.v1.events_pb2 import BatchCreated, ResultRefused, SampleRegistered

from services.kernel.errors import GatewayError
from services.kernel.ids import uuid7
from tests.integration.quality.conftest import Door
from tests.support.quality import EOS
from tests.support.quality_news import (
    LAB,
    a_collected_dose,
    a_place,
    a_produced_run,
    a_product,
    a_report,
    a_slot,
    an_attached_shipment,
)

State = batch_pb2.Batch.State


async def made(door: Door) -> batch_pb2.Batch:
    """A batch with one order, its specification signed."""
    await door.hear(a_product(), a_place("facility", "facilities/north"), a_place("site", "sites/lakeside"))
    await door.specify()
    await door.hear(a_slot(), a_produced_run())
    return await door.batch()


async def fill(
    door: Door, batch: str, slot: str = "slots/01a215bf-0000-7000-8000-000000000001", container: str = "V1"
) -> batch_pb2.Vial:
    request = quality_pb2.FillVialRequest(batch=batch, slot=slot, container_id=container, request_id=str(uuid7()))
    return await door.staff().call("FillVial", request)  # type: ignore[no-any-return]


async def test_a_run_that_was_produced_becomes_a_batch_with_its_sample(door: Door) -> None:
    batch = await made(door)
    assert batch.state == State.IN_QC
    assert batch.name == "batches/261201-0001"
    assert (batch.measured.activity_mbq, batch.volume_ul) == (100_000, 100_000)
    assert batch.concentration_mbq_per_ml == pytest.approx(1000)
    assert [(each.test, each.outcome) for each in batch.verdicts] == [
        ("appearance", batch_pb2.Verdict.MISSING),
        ("radiochemical_purity", batch_pb2.Verdict.MISSING),
        ("sterility", batch_pb2.Verdict.MISSING),
    ]
    (registered,) = await door.published("sample.registered")
    sample = SampleRegistered.FromString(registered.data).sample
    assert (sample.name, sample.laboratory) == (f"{batch.name}/samples/1", LAB)
    assert list(sample.tests) == ["appearance", "radiochemical_purity", "sterility"]


async def test_the_same_run_makes_one_batch_however_often_it_is_told(door: Door) -> None:
    await made(door)
    await door.hear(a_produced_run())
    assert len(await door.published("batch.created")) == 1


async def test_a_dose_is_shipped_in_quarantine_certified_on_the_road_and_finally(door: Door) -> None:
    batch = await made(door)
    sample = f"{batch.name}/samples/1"
    vial = await fill(door, batch.name)
    assert vial.administration.activity_mbq == pytest.approx(1000, rel=1e-3)
    await door.hear(a_report("appearance", "complies", "", sample))
    assert (await door.sign("AssessBatch", "designated_person")).state == State.READY_TO_SHIP
    await door.hear(an_attached_shipment(), a_collected_dose())
    await door.hear(a_report("radiochemical_purity", "99.2", "%", sample))
    certified = await door.sign("CertifyBatch", "qualified_person", stage="FOR_USE")
    assert certified.state == State.CERTIFIED_FOR_USE
    await door.hear(a_report("sterility", "complies", "", sample))
    final = await door.sign("CertifyBatch", "qualified_person", stage="FINAL")
    assert final.state == State.CERTIFIED_FINAL
    assert [signature.printed_name for signature in final.signatures] == [
        "designated person",
        "qualified person",
        "qualified person",
    ]
    kinds = [event.type.split(".", 2)[2].removesuffix(".v1") for event in await door.published()]
    assert kinds.index("batch.ready_to_ship") < kinds.index("batch.certified_for_use")


async def test_a_batch_rejected_on_the_road_is_recalled_from_everybody_who_has_it(door: Door) -> None:
    batch = await made(door)
    await fill(door, batch.name)
    await door.hear(a_report("appearance", "complies", "", f"{batch.name}/samples/1"))
    await door.sign("AssessBatch", "designated_person")
    await door.hear(an_attached_shipment(), a_collected_dose())
    rejected = await door.sign("RejectBatch", "qualified_person", reason="particles seen")
    assert (rejected.state, rejected.rejection_reason) == (State.REJECTED, "particles seen")
    notices = await door.staff().call("ListNotices", quality_pb2.ListNoticesRequest(open_only=True))
    told = sorted((notice.partner, notice.patient_reference) for notice in notices.notices)
    assert told == [("partners/northlake", "P-1"), ("partners/northlake", "P-1"), ("partners/swift-courier", "")]
    courier = door.caller("partners/swift-courier", "quality.read", "quality.acknowledge")
    (own,) = (await courier.call("ListNotices", quality_pb2.ListNoticesRequest())).notices
    request = quality_pb2.AcknowledgeNoticeRequest(name=own.name, answer="van stopped", request_id=str(uuid7()))
    answered = await courier.call("AcknowledgeNotice", request)
    assert (answered.answer, answered.acknowledged_by) == ("van stopped", "swift-courier-orchestrator")
    left = await door.staff().call("ListNotices", quality_pb2.ListNoticesRequest(open_only=True))
    assert len(left.notices) == 2


async def test_a_sterility_test_that_fails_a_fortnight_later_starts_the_call_tree(door: Door) -> None:
    batch = await made(door)
    sample = f"{batch.name}/samples/1"
    await fill(door, batch.name)
    await door.hear(a_report("appearance", "complies", "", sample))
    await door.sign("AssessBatch", "designated_person")
    await door.hear(an_attached_shipment(), a_collected_dose(), a_report("radiochemical_purity", "99", "%", sample))
    await door.sign("CertifyBatch", "qualified_person", stage="FOR_USE")
    door.clock.advance(timedelta(days=14))
    await door.hear(a_report("sterility", "does not comply", "", sample))
    assert (await door.batch()).state == State.FAILED_AFTER_USE
    notices = (await door.staff().call("ListNotices", quality_pb2.ListNoticesRequest())).notices
    assert {notice.kind for notice in notices} == {2}
    assert [notice.partner for notice in notices] == ["partners/northlake", "partners/northlake"]


async def test_a_result_that_is_taken_back_opens_what_was_decided_on_it(door: Door) -> None:
    batch = await made(door)
    sample = f"{batch.name}/samples/1"
    await door.hear(a_report("appearance", "complies", "", sample))
    await door.sign("AssessBatch", "designated_person")
    await door.hear(a_report("appearance", "complies", "", sample, state="RETRACTED"))
    batch = await door.batch()
    assert batch.state == State.IN_QC
    assert batch.verdicts[0].outcome == batch_pb2.Verdict.MISSING


async def test_a_record_that_changed_since_it_was_shown_is_not_signed(door: Door) -> None:
    batch = await made(door)
    await door.hear(a_report("appearance", "complies", "", f"{batch.name}/samples/1"))
    request = quality_pb2.AssessBatchRequest(
        name=batch.name, record_sha256=batch.record_sha256, request_id=str(uuid7())
    )
    with pytest.raises(GatewayError) as refused:
        await door.signer("designated_person").call("AssessBatch", request)
    assert refused.value.reason == "RECORD_CHANGED"


async def test_a_decision_replays_to_the_same(door: Door) -> None:
    batch = await made(door)
    await door.hear(a_report("appearance", "complies", "", f"{batch.name}/samples/1"))
    decisions = await door.staff().call("ListDecisions", quality_pb2.ListDecisionsRequest(batch=batch.name))
    assert [decision.name for decision in decisions.decisions] == [f"{batch.name}/decisions/1"]
    again = await door.staff().call(
        "ReplayDecision", quality_pb2.ReplayDecisionRequest(name=f"{batch.name}/decisions/1")
    )
    assert again.alike
    assert again.decision == decisions.decisions[0]


async def test_what_is_missing_says_who_owes_it_until_when(door: Door) -> None:
    batch = await made(door)
    path = await door.staff().call("GetCriticalPath", quality_pb2.GetCriticalPathRequest(name=batch.name))
    departure = EOS + timedelta(hours=6)
    items = {item.item: item for item in path.items}
    assert items["test:appearance"].owner == "laboratory"
    assert items["test:appearance"].latest_time.ToDatetime(EOS.tzinfo) == departure
    assert items["vial"].slot == "slots/01a215bf-0000-7000-8000-000000000001"
    assert items["test:radiochemical_purity"].latest_time.ToDatetime(EOS.tzinfo) == EOS + timedelta(days=2)
    assert not items["test:sterility"].HasField("latest_time")
    assert {"signature:DISPATCH_ASSESSED", "signature:CERTIFIED_FOR_USE", "signature:CERTIFIED_FINAL"} <= set(items)


async def test_a_sponsor_sees_its_own_batch_without_the_yield_and_nobody_elses(door: Door) -> None:
    batch = await made(door)
    sponsor = door.caller()
    seen = await sponsor.call("GetBatch", quality_pb2.GetBatchRequest(name=batch.name))
    assert not seen.HasField("measured") and not seen.record_sha256 and not seen.HasField("volume_ul")
    [created] = await door.published("batch.created")
    assert list(BatchCreated.FromString(created.data).audience) == ["partners/northlake"]
    other = door.caller("partners/harbor")
    with pytest.raises(GatewayError) as refused:
        await other.call("GetBatch", quality_pb2.GetBatchRequest(name=batch.name))
    assert refused.value.reason == "BATCH_UNKNOWN"
    assert not (await other.call("ListBatches", quality_pb2.ListBatchesRequest())).batches


async def test_a_text_that_no_database_holds_is_kept_all_the_same_and_told_of(door: Door) -> None:
    batch = await made(door)
    sample = f"{batch.name}/samples/1"
    await door.hear(a_report("radiochemical_purity", "99\0.2", "%", sample, test_code="RCP\0"))
    (refused,) = await door.published("result.refused")
    result = ResultRefused.FromString(refused.data).result
    assert (result.value, result.reason) == ("99\ufffd.2", "RESULT_UNREADABLE")
