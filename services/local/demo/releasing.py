"""Batches are released by people who sign: filled, assessed, certified or rejected; and who must be told is told."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from doselane.capacity.v1 import capacity_pb2
from doselane.quality.v1 import batch_pb2, critical_path_pb2, document_pb2, notice_pb2, quality_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.message import Message

from services.kernel.errors import Stale
from services.kernel.ids import uuid7
from services.kernel.timestamps import stamp
from services.local import clock
from services.local.demo.doors import Program, Signatory
from services.local.demo.laboratory import Laboratory, chemists_tests
from services.local.demo.planning import until
from services.local.world import ASSAY

Say = Callable[[str], None]
JUDGED_WITHIN_S = 180.0
State, Verdict = batch_pb2.Batch.State, batch_pb2.Verdict
OF_A_DOSE = (
    type_pb2.DOCUMENT_KIND_LABEL,
    type_pb2.DOCUMENT_KIND_DANGEROUS_GOODS_DECLARATION,
    type_pb2.DOCUMENT_KIND_CONSIGNMENT_NOTE,
)
# Of a dose in its lead pot and overpack, as a survey meter reads it.
SURFACE_USV_H, ONE_METRE_USV_H, GROSS_WEIGHT_G, INSTRUMENT = 18.0, 0.6, 6800, "survey meter 4"


@dataclass(slots=True)
class Lot:
    """What is released together: a run, the slots it is made for, and what its laboratory finds that is odd.

    `passed_on`: it is tested by a contract laboratory.
    """

    run: capacity_pb2.Run
    slots: Sequence[slotting_pb2.Slot]
    odd: Mapping[str, str] = field(default_factory=dict)
    passed_on: bool = False
    name: str = ""  # of its batch, once there is one

    @property
    def number(self) -> str:
        """The lot number."""
        return self.name.removeprefix("batches/")


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works at quality: at the bench, and who may sign."""

    control: Program
    designated: Signatory
    qualified: Signatory


class BatchRelease:
    """The way of lots from the end of synthesis to a certificate, a recall or a call tree."""

    def __init__(self, staff: Staff, laboratory: Laboratory, say: Say) -> None:
        self.staff, self.laboratory, self.say = staff, laboratory, say

    async def fill(self, lot: Lot) -> None:
        """A vial for each slot, by the concentration of the batch; and what is missing before the first may leave."""
        batch = await self._batch_of(lot.run.name)
        lot.name = batch.name
        await self._pass_on(lot)
        volumes = [await self.fill_vial(lot, slot, number) for number, slot in enumerate(lot.slots, 1)]
        path = await self._ask("GetCriticalPath", quality_pb2.GetCriticalPathRequest(name=lot.name))
        first: critical_path_pb2.MissingItem = path.items[0]
        self.say(
            f"  {lot.number}: filled {', '.join(f'{volume / 1000:.2f}' for volume in volumes)} mL; "
            f"{len(path.items)} things are missing, the first until {_hour(first.latest_time)} UTC "
            f"({first.item}, owed by {first.owner.replace('_', ' ')})."
        )

    async def assess(self, lot: Lot) -> None:
        """What is due before dispatch comes in, the pack is issued, and a designated person lets the batch go."""
        await self._tested(lot, batch_pb2.BEFORE_DISPATCH)
        # One after the other: each waits for the batch's lock anyway, and all at once some would wait past their time.
        await self._issue(lot, type_pb2.DOCUMENT_KIND_BATCH_RECORD)
        for slot in lot.slots:
            await self.issue_papers(lot, slot)
        batch = await self._sign(lot, self.staff.designated, "AssessBatch", quality_pb2.AssessBatchRequest)
        self._tell_signed(batch, "may leave in quarantine")

    async def issue_papers(self, lot: Lot, slot: slotting_pb2.Slot) -> None:
        """What goes with a dose."""
        for kind in OF_A_DOSE:
            await self._issue(lot, kind, slot.name)

    async def decide(self, lot: Lot) -> bool:
        """What is due before use comes in while doses are on the road. True: certified for use; False: rejected."""
        batch = await self._tested(lot, batch_pb2.BEFORE_USE)
        failed = [each for each in batch.verdicts if each.outcome == Verdict.FAIL]
        if failed:
            await self._until_left(lot)
            batch = await self._sign(
                lot, self.staff.qualified, "RejectBatch", quality_pb2.RejectBatchRequest, reason=failed[0].explanation
            )
            self._tell_signed(batch, f"is rejected on the road ({failed[0].test}: {failed[0].explanation.rstrip('.')})")
            return False
        stage = quality_pb2.CertifyBatchRequest.FOR_USE
        batch = await self._sign(
            lot, self.staff.qualified, "CertifyBatch", quality_pb2.CertifyBatchRequest, stage=stage
        )
        await self._issue(lot, type_pb2.DOCUMENT_KIND_CERTIFICATE_OF_ANALYSIS)
        self._tell_signed(batch, "is certified for use")
        return True

    async def conclude(self, lot: Lot) -> bool:
        """The last tests come in, long after use: certified finally, or failed. True: certified."""
        batch = await self._tested(lot, batch_pb2.AFTER_USE)
        if batch.state == State.FAILED_AFTER_USE:
            failed = next(each for each in batch.verdicts if each.outcome == Verdict.FAIL)
            self.say(f"  {lot.number} has failed after use: {failed.test}, {failed.explanation}")
            return False
        stage = quality_pb2.CertifyBatchRequest.FINAL
        batch = await self._sign(
            lot, self.staff.qualified, "CertifyBatch", quality_pb2.CertifyBatchRequest, stage=stage
        )
        self._tell_signed(batch, "is certified finally")
        return True

    async def acknowledge(self, lot: Lot, programs: Collection[Program]) -> None:
        """Everybody who is told of the batch says that they have heard, in the order in which they are called."""
        told = await self.notices(lot)
        for notice in sorted(told, key=lambda notice: (notice.slot, notice.role)):
            partner = next(program for program in programs if program.partner == notice.partner)
            await self._acknowledge(notice, partner)

    async def notices(self, lot: Lot) -> Sequence[notice_pb2.Notice]:
        """Who was told of a batch."""
        request = quality_pb2.ListNoticesRequest(batch=lot.name, page_size=1000)
        answer: quality_pb2.ListNoticesResponse = await self._ask("ListNotices", request)
        return answer.notices

    async def batch(self, lot: Lot) -> batch_pb2.Batch:
        """A batch as it stands."""
        found: batch_pb2.Batch = await self._ask("GetBatch", quality_pb2.GetBatchRequest(name=lot.name))
        return found

    async def vials(self, lot: Lot) -> Sequence[batch_pb2.Vial]:
        """The doses of a batch."""
        answer: quality_pb2.ListVialsResponse = await self._ask(
            "ListVials", quality_pb2.ListVialsRequest(batch=lot.name)
        )
        return answer.vials

    async def _batch_of(self, run: str) -> batch_pb2.Batch:
        """Quality hears of a run that was produced by an event, a moment after capacity has answered."""
        request = quality_pb2.ListBatchesRequest(run=run)
        answer = await until(lambda: self._ask("ListBatches", request), lambda found: bool(found.batches))
        batch: batch_pb2.Batch = answer.batches[0]
        return batch

    async def _pass_on(self, lot: Lot) -> None:
        """A contract laboratory is asked for what ours has no time to test."""
        if lot.passed_on:
            tests = chemists_tests(lot.run.product)
            request = quality_pb2.RegisterSampleRequest(
                batch=lot.name, tests=tests, laboratory=ASSAY, request_id=str(uuid7())
            )
            sample: batch_pb2.Sample = await self._ask("RegisterSample", request)
            self.laboratory.pass_on(lot.name, sample.name)

    async def fill_vial(self, lot: Lot, slot: slotting_pb2.Slot, number: int) -> int:
        """The vial of a slot, so many in its lot; its volume in microlitres."""
        request = quality_pb2.FillVialRequest(
            batch=lot.name, slot=slot.name, container_id=f"{lot.number}-{number:02}", request_id=str(uuid7())
        )
        vial: batch_pb2.Vial = await self._ask("FillVial", request)
        return vial.volume_ul

    async def _tested(self, lot: Lot, due: "batch_pb2.TestClass") -> batch_pb2.Batch:
        """The laboratory tells what it found in the tests of a class; the batch, once all of it is judged."""
        batch = await self.batch(lot)
        tests = [each.test for each in batch.verdicts if each.test_class == due]
        stream = self.staff.control.stream("QualityService", "WatchBatches", quality_pb2.WatchBatchesRequest())
        async with asyncio.timeout(JUDGED_WITHIN_S), aclosing(cast("AsyncGenerator[Any]", stream)) as changes:
            await anext(changes)  # at the latest a sign of life: the stream stands, and misses nothing from here on
            await self.laboratory.tell(lot.run.product, lot.name, tests, lot.odd)
            batch = await self.batch(lot)
            while not _judged(batch, due):
                changed = await anext(changes)
                if changed.batch.name == lot.name:
                    batch = changed.batch
        return batch

    async def _issue(self, lot: Lot, kind: "type_pb2.DocumentKind", slot: str = "") -> None:
        request = quality_pb2.IssueDocumentRequest(batch=lot.name, kind=kind, slot=slot, request_id=str(uuid7()))
        if kind in OF_A_DOSE[1:]:
            request.package.CopyFrom(_reading(await clock.now(self.staff.control)))
        await self._ask("IssueDocument", request)

    async def _sign(
        self, lot: Lot, signatory: Signatory, method: str, request: type[Message], **fields: object
    ) -> batch_pb2.Batch:
        """Signs the batch as it is now; if it changes meanwhile, what it has become is read, and signed anew."""

        async def once() -> batch_pb2.Batch:
            shown = await self.batch(lot)
            asked = request(name=lot.name, record_sha256=shown.record_sha256, request_id=str(uuid7()), **fields)
            signed: batch_pb2.Batch = await signatory.sign("QualityService", method, asked)
            return signed

        try:
            return await once()
        except Stale:
            return await once()

    async def _until_left(self, lot: Lot) -> None:
        """A courier's word that it has the doses of the lot reaches quality by events."""
        doses = {slot.name for slot in lot.slots}
        await until(
            lambda: self.vials(lot),
            lambda vials: all(vial.HasField("dispatch_time") for vial in vials if vial.slot in doses),
        )

    async def _acknowledge(self, notice: notice_pb2.Notice, by: Program) -> None:
        answer = ANSWERS[notice.kind, notice.role]
        request = quality_pb2.AcknowledgeNoticeRequest(name=notice.name, answer=answer, request_id=str(uuid7()))
        done: notice_pb2.Notice = await by.call("QualityService", "AcknowledgeNotice", request)
        about = f"{notice.site.removeprefix('sites/')}, patient {notice.patient_reference or 'not told'}"
        self.say(
            f"    {notice_pb2.Notice.Role.Name(notice.role).lower()} {by.partner.removeprefix('partners/')} "
            f"({about}): acknowledged, “{done.answer}”"
        )

    async def _ask(self, method: str, request: Message) -> Any:
        return await self.staff.control.call("QualityService", method, request)

    def _tell_signed(self, batch: batch_pb2.Batch, what: str) -> None:
        by = batch.signatures[-1]
        number = batch.name.removeprefix("batches/")
        self.say(f"  {number} {what}; signed by {by.printed_name} at {_hour(by.sign_time)} UTC.")


ANSWERS = {
    (notice_pb2.Notice.RECALL, notice_pb2.Notice.COURIER): "stopped at the hub, set apart",
    (notice_pb2.Notice.RECALL, notice_pb2.Notice.SPONSOR): "patient called off, new order follows",
    (notice_pb2.Notice.RECALL, notice_pb2.Notice.SITE): "the centre will not accept it",
    (notice_pb2.Notice.FAILED_AFTER_USE, notice_pb2.Notice.SPONSOR): "the centre is called",
    (notice_pb2.Notice.FAILED_AFTER_USE, notice_pb2.Notice.SITE): "the physician has the patient under watch",
}


def _judged(batch: batch_pb2.Batch, due: "batch_pb2.TestClass") -> bool:
    return all(each.outcome != Verdict.MISSING for each in batch.verdicts if each.test_class == due)


def _reading(at: datetime) -> document_pb2.PackageReading:
    return document_pb2.PackageReading(
        surface_dose_rate_usv_per_h=SURFACE_USV_H,
        dose_rate_at_one_metre_usv_per_h=ONE_METRE_USV_H,
        measure_time=stamp(at),
        instrument=INSTRUMENT,
        gross_weight_g=GROSS_WEIGHT_G,
    )


def _hour(time: object) -> str:
    at: datetime = time.ToDatetime(tzinfo=UTC)  # type: ignore[attr-defined]
    return f"{at:%A %H:%M}"
