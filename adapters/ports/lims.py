"""Laboratories: their information management systems tell of results, and are told of samples to test."""

from typing import Any

from doselane.lims.v1.events_pb2 import MessageRefused, ResultReported
from doselane.lims.v1.lims_pb2 import Result
from doselane.quality.v1.events_pb2 import ResultRefused, SampleRegistered

from adapters.manifest import Fact
from adapters.ports import Objection, Port, Reference, Sender
from services.kernel.event import Event

RESULT_REPORTED = "doselane.lims.result.reported.v1"
SAMPLE_REGISTERED = "doselane.quality.sample.registered.v1"
RESULT_REFUSED = "doselane.quality.result.refused.v1"


def fact(index: int, key: str, content: bytes, result: Result, warnings: tuple[str, ...] = ()) -> Fact:
    """A result as a fact."""
    return Fact(
        index=index,
        key=key,
        content=content,
        said=result,
        event_id=result.result_id,
        kind=Result.State.Name(result.state) if result.state else "",
        code=result.state_code,
        references=tuple(result.sample_references),
        warnings=warnings,
    )


def _reported(sender: Sender, result: Any) -> tuple[str, ResultReported]:
    said = ResultReported(laboratory=sender.partner, adapter=sender.adapter, message=sender.message, result=result)
    return RESULT_REPORTED, said


def _refused(sender: Sender, reason: str, detail: str) -> MessageRefused:
    return MessageRefused(
        laboratory=sender.partner, adapter=sender.adapter, message=sender.message, reason=reason, detail=detail
    )


def _refers(event: Event) -> Reference | None:
    if event.type != SAMPLE_REGISTERED:
        return None
    sample = SampleRegistered.FromString(event.data).sample
    return Reference(sample.laboratory, [sample.name], sample.name)


def _objects(event: Event) -> Objection | None:
    if event.type != RESULT_REFUSED:
        return None
    result = ResultRefused.FromString(event.data).result
    return Objection(result.laboratory, result.message, result.result_id, result.reason)


PORT = Port(
    name="lims",
    topic="doselane.lims",
    hears=("doselane.quality",),
    scope="lims.push",
    refused_type="doselane.lims.message.refused.v1",
    reported=_reported,
    refused=_refused,
    refers=_refers,
    objects=_objects,
    unknown_reference="SAMPLE_UNKNOWN",
    partner_field="laboratory",
)
