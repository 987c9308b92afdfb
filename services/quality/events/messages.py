"""Quality's values as protobuf, as far as a viewer may see them."""

from datetime import datetime

from doselane.quality.v1 import batch_pb2, critical_path_pb2, document_pb2, notice_pb2, specification_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.nuclides import PROTO_OF_NUCLIDE
from services.kernel.provenance import Provenance
from services.kernel.signing import Signature
from services.kernel.timestamps import stamp
from services.quality.domain.batch import Batch, Deviation, TestVerdict
from services.quality.domain.critical_path import MissingItem
from services.quality.domain.decision import StoredDecision
from services.quality.domain.documents import DocumentVersion
from services.quality.domain.judging import Weighed
from services.quality.domain.notices import Notice, NoticeRole
from services.quality.domain.samples import Sample
from services.quality.domain.specified import SpecificationVersion
from services.quality.domain.vials import Vial


def batch_message(batch: Batch, record_sha256: str = "", *, whole: bool = True) -> batch_pb2.Batch:
    """A batch; not `whole`: without what only operators see."""
    made, concentration = batch.made, batch.concentration_mbq_per_ml(batch.made.measured_at)
    message = batch_pb2.Batch(
        name=batch.name,
        run=made.run,
        product=made.product,
        nuclide=PROTO_OF_NUCLIDE[made.nuclide],  # type: ignore[arg-type]
        state=batch_pb2.Batch.State.Value(batch.state),
        end_of_synthesis_time=stamp(made.end_of_synthesis_at),
        concentration_mbq_per_ml=concentration,
        expire_time=stamp(made.expires_at),
        specification=batch.specified.name if batch.specified else "",
        specification_version=batch.specified.version if batch.specified else None,
        verdicts=map(verdict_message, batch.verdicts),
        deviations=map(_deviation, batch.deviations),
        signatures=map(signature_message, batch.signatures),
        rejection_reason=batch.rejection_reason,
        etag=batch.etag,
        create_time=stamp(batch.created_at),
        update_time=stamp(batch.changed.at),
    )
    message.measured.CopyFrom(_activity(made.measured_mbq, made.measured_at))
    if made.volume_ul is not None:
        message.volume_ul = made.volume_ul
    message.record_sha256, message.production_order = record_sha256, made.production_order
    message.last_change.CopyFrom(change_message(batch.changed))
    return message if whole else partner_view(message)


def partner_view(batch: batch_pb2.Batch) -> batch_pb2.Batch:
    """A published batch without what only operators see."""
    for field in ("measured", "volume_ul", "record_sha256", "last_change", "production_order"):
        batch.ClearField(field)  # type: ignore[arg-type]
    return batch


def verdict_message(verdict: TestVerdict) -> batch_pb2.Verdict:
    """A verdict."""
    return batch_pb2.Verdict(
        test=verdict.test,
        test_class=batch_pb2.TestClass.Value(verdict.test_class),
        outcome=batch_pb2.Verdict.Outcome.Value(verdict.outcome),
        explanation=verdict.explanation,
        required=verdict.required,
        results=verdict.results,
    )


def _deviation(deviation: Deviation) -> batch_pb2.Deviation:
    return batch_pb2.Deviation(
        number=deviation.number,
        description=deviation.description,
        raise_time=stamp(deviation.raised_at),
        conclusion=deviation.conclusion,
        close_time=maybe(deviation.closed_at),
    )


def signature_message(signature: Signature) -> batch_pb2.Signature:
    """A signature."""
    return batch_pb2.Signature(
        signer=signature.signer,
        printed_name=signature.printed_name,
        role=signature.role,
        meaning=batch_pb2.Signature.Meaning.Value(signature.meaning),
        sign_time=stamp(signature.signed_at),
        record_sha256=signature.record_sha256,
        authentication_time=stamp(signature.authenticated_at),
    )


def vial_message(vial: Vial) -> batch_pb2.Vial:
    """A vial."""
    return batch_pb2.Vial(
        name=vial.name,
        slot=vial.slot,
        partner=vial.partner,
        fill_time=stamp(vial.filled_at),
        volume_ul=vial.volume_ul,
        filled=_activity(vial.filled_mbq, vial.filled_at),
        administration=_activity(vial.administration_mbq, vial.administration_at),
        dispatch_time=maybe(vial.dispatched_at),
        create_time=stamp(vial.created_at),
        surplus_time=maybe(vial.surplus_since),
    )


def sample_message(sample: Sample) -> batch_pb2.Sample:
    """A sample."""
    return batch_pb2.Sample(
        name=sample.name,
        tests=sample.tests,
        sample_time=stamp(sample.taken_at),
        product=sample.product,
        laboratory=sample.laboratory,
        invalidated=sample.invalidated_at is not None,
        create_time=stamp(sample.created_at),
    )


def result_message(weighed: Weighed, *, whole: bool = True) -> batch_pb2.TestResult:
    """A result, and whether it counts; not `whole`: without what only operators see."""
    reported = weighed.reported
    return batch_pb2.TestResult(
        result_id=reported.result_id,
        sample=reported.sample,
        laboratory=reported.laboratory,
        test=reported.test,
        replicate=reported.replicate,
        value=reported.value,
        unit=reported.unit,
        method=reported.method,
        capture_time=maybe(reported.captured_at),
        counts=not weighed.reason,
        reason=weighed.reason,
        detail=weighed.detail,
        receive_time=stamp(reported.received_at),
        message=reported.message if whole else "",
    )


def notice_message(notice: Notice, viewer: str | None = None) -> notice_pb2.Notice:
    """A notice as a party sees it; None: an operator. The patient's pseudonym is its sponsor's alone."""
    private = viewer is None or (viewer == notice.partner and notice.role is not NoticeRole.COURIER)
    return notice_pb2.Notice(
        name=notice.name,
        kind=notice_pb2.Notice.Kind.Value(notice.kind),
        batch=notice.batch,
        slot=notice.slot,
        partner=notice.partner,
        role=notice_pb2.Notice.Role.Value(notice.role),
        site=notice.site,
        patient_reference=notice.patient_reference if private else "",
        explanation=notice.explanation,
        create_time=stamp(notice.created_at),
        acknowledge_time=maybe(notice.acknowledged_at),
        acknowledged_by=notice.acknowledged_by,
        answer=notice.answer,
    )


def document_message(document: DocumentVersion) -> document_pb2.Document:
    """A document without its content."""
    return document_pb2.Document(
        name=document.name,
        kind=type_pb2.DocumentKind.Value(f"DOCUMENT_KIND_{document.kind}"),
        slot=document.slot,
        version=document.version,
        issue_time=stamp(document.issued_at),
        pdf_sha256=document.pdf_sha256,
        twin_sha256=document.twin_sha256,
        twin_media_type=document.twin_media_type,
    )


def missing_message(kind: str, slot: str) -> document_pb2.MissingDocument:
    """A document that the pack lacks."""
    words = f"The dose of {slot} has none." if slot else "The batch has none."
    return document_pb2.MissingDocument(
        kind=type_pb2.DocumentKind.Value(f"DOCUMENT_KIND_{kind}"), slot=slot, explanation=words
    )


def decision_message(decision: StoredDecision, *, whole: bool = True) -> batch_pb2.Decision:
    """A decision; not `whole`: without its inputs, as these tell of others' doses and of earlier batches."""
    return batch_pb2.Decision(
        name=decision.name,
        decide_time=stamp(decision.decided_at),
        specification=decision.specification,
        specification_version=decision.specification_version,
        verdicts=map(verdict_message, decision.verdicts),
        record_sha256=decision.record_sha256,
        record_json=decision.record_json if whole else "",
    )


def item_message(item: MissingItem) -> critical_path_pb2.MissingItem:
    """Something that is missing."""
    return critical_path_pb2.MissingItem(
        item=item.item,
        owner=item.owner,
        gate=critical_path_pb2.MissingItem.Gate.Value(item.gate),
        latest_time=maybe(item.latest_at),
        slot=item.slot,
        explanation=item.explanation,
    )


def specification_message(version: SpecificationVersion, *, whole: bool = True) -> specification_pb2.Specification:
    """A version of a specification; not `whole`: without what only operators see."""
    specification = version.specification
    message = specification_pb2.Specification(
        name=version.name,
        version=version.version,
        state=specification_pb2.Specification.State.SIGNED
        if version.signature
        else specification_pb2.Specification.State.PROPOSED,
        display_name=version.display_name,
        yaml=version.yaml,
        record_sha256=version.record_sha256,
        create_time=stamp(version.created_at),
        etag=version.etag,
    )
    for rule in specification.rules:
        test_class = batch_pb2.TestClass.Value(rule.test_class)
        message.tests.add(
            test=rule.test,
            method=rule.method or "",
            test_class=test_class,
            limits=str(rule.criterion),
            unit=rule.unit or "",
        )
    if version.signature:
        message.signature.CopyFrom(signature_message(version.signature))
    if whole:
        message.last_change.CopyFrom(change_message(version.changed))
    return message


def change_message(by: Provenance) -> type_pb2.Change:
    """Who changed something."""
    return type_pb2.Change(actor=by.actor, time=stamp(by.at), reason=by.reason)


def maybe(at: datetime | None) -> Timestamp | None:
    """An instant, if it is known."""
    return stamp(at) if at else None


def _activity(mbq: float, at: datetime) -> type_pb2.Activity:
    return type_pb2.Activity(activity_mbq=mbq, time=stamp(at))
