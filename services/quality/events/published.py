"""What quality publishes: each change as an event."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from doselane.quality.v1 import events_pb2
from google.protobuf.message import Message

from services.kernel.event import Event
from services.kernel.ids import uuid7
from services.kernel.provenance import Provenance
from services.kernel.timestamps import stamp
from services.quality.domain.batch import Batch, BatchChange, BatchHappened
from services.quality.domain.critical_path import MissingItem
from services.quality.domain.documents import DocumentVersion
from services.quality.domain.judging import Weighed
from services.quality.domain.notices import Notice
from services.quality.domain.samples import Sample
from services.quality.domain.specified import SpecificationVersion
from services.quality.domain.vials import Vial
from services.quality.events import messages

SOURCE = "doselane/quality"
TOPIC = "doselane.quality"
_MESSAGE_OF: Mapping[BatchHappened, Any] = {
    BatchHappened.CREATED: events_pb2.BatchCreated,
    BatchHappened.JUDGED: events_pb2.BatchJudged,
    BatchHappened.READY_TO_SHIP: events_pb2.BatchReadyToShip,
    BatchHappened.REOPENED: events_pb2.BatchReopened,
    BatchHappened.CERTIFIED_FOR_USE: events_pb2.BatchCertifiedForUse,
    BatchHappened.CERTIFIED_FINAL: events_pb2.BatchCertifiedFinal,
    BatchHappened.REJECTED: events_pb2.BatchRejected,
    BatchHappened.FAILED_AFTER_USE: events_pb2.BatchFailedAfterUse,
    BatchHappened.DEVIATED: events_pb2.BatchDeviated,
}


def batch_event(changed: BatchChange, audience: Sequence[str], traceparent: str) -> Event:
    """A change of a batch: the whole batch as it is after it. `audience`: the sponsors that may know of it."""
    batch = changed.batch
    told = messages.batch_message(batch)
    data = _MESSAGE_OF[changed.what](batch=told, version=batch.version, audience=audience)
    return _event(changed.what, batch.name, batch.version, data, batch.changed, traceparent)


def allocated_event(batch: Batch, partner: str, by: Provenance, traceparent: str) -> Event:
    """A sponsor has come to a batch that is made: the batch as it is, for that sponsor alone and as it may see it."""
    data = events_pb2.BatchAllocated(batch=messages.batch_message(batch, whole=False), version=batch.version)
    return _event("batch.allocated", batch.name, batch.version, data, by, traceparent, partner)


def vial_event(vial: Vial, run: str, version: int, by: Provenance, traceparent: str) -> Event:
    """A vial of a run was filled, changed with its slot, or left with its courier."""
    data = events_pb2.VialChanged(vial=messages.vial_message(vial), site=vial.site, run=run)
    return _event("vial.changed", vial.name, version, data, by, traceparent, vial.partner)


def sample_event(sample: Sample, result_until: datetime, version: int, by: Provenance, traceparent: str) -> Event:
    """A sample was registered. After `result_until` a result is of no use."""
    data = events_pb2.SampleRegistered(sample=messages.sample_message(sample), result_until_time=stamp(result_until))
    return _event("sample.registered", sample.name, version, data, by, traceparent, sample.laboratory)


def document_event(document: DocumentVersion, audience: Sequence[str], by: Provenance, traceparent: str) -> Event:
    """A document was issued. `audience`: the sponsors that may see it."""
    data = events_pb2.DocumentIssued(document=messages.document_message(document), audience=audience)
    return _event("document.issued", document.name, 1, data, by, traceparent)


def notice_event(notice: Notice, version: int, by: Provenance, traceparent: str) -> Event:
    """A party is told of a recall or a failure, or has acknowledged it."""
    what, message = (
        ("notice.issued", events_pb2.NoticeIssued)
        if notice.acknowledged_at is None
        else ("notice.acknowledged", events_pb2.NoticeAcknowledged)
    )
    data = message(notice=messages.notice_message(notice, notice.partner))
    return _event(what, notice.name, version, data, by, traceparent, notice.partner)


def deadline_event(
    batch: str, item: MissingItem, left_percent: int, sequence: int, now: datetime, partner: str
) -> Event:
    """The last instant for something comes near, or has passed: for doses of a partner, or of all (empty)."""
    data = events_pb2.DeadlineClosing(batch=batch, item=messages.item_message(item), left_percent=left_percent)
    subject = critical_path_subject(batch)
    return _event("qc.deadline_closing", subject, sequence, data, Provenance(SOURCE, now), "", partner)


def critical_path_subject(batch: str) -> str:
    """What deadlines are told of: they are numbered apart from the batch's own changes."""
    return f"{batch}/criticalPath"


def result_refused_event(weighed: Weighed, sequence: int, by: Provenance, traceparent: str) -> Event:
    """A result came that cannot be counted, and waits to be looked at."""
    data = events_pb2.ResultRefused(
        result=messages.result_message(weighed), sample_references=weighed.reported.references
    )
    subject = result_subject(weighed)
    return _event("result.refused", subject, sequence, data, by, traceparent, weighed.reported.laboratory)


def result_subject(weighed: Weighed) -> str:
    """One name of an analysis, as the subject of events."""
    return f"results/{weighed.reported.laboratory.removeprefix('partners/')}/{weighed.reported.result_id}"


def specification_event(version: SpecificationVersion, by: Provenance, traceparent: str) -> Event:
    """A version of a specification was signed."""
    data = events_pb2.SpecificationSigned(specification=messages.specification_message(version))
    return _event("specification.signed", version.name, version.version, data, by, traceparent)


def _event(
    what: str, subject: str, sequence: int, data: Message, by: Provenance, traceparent: str, partner: str = ""
) -> Event:
    return Event(
        id=uuid7(),
        type=f"{TOPIC}.{what}.v1",
        source=SOURCE,
        subject=subject,
        sequence=sequence,
        time=by.at,
        data=data.SerializeToString(),
        partner=partner,
        actor=by.actor,
        reason=by.reason,
        traceparent=traceparent,
    )
