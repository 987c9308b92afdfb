"""What callers ask, as the use cases take it; shape is checked here, before anything is looked up."""

import re

from doselane.status.v1 import status_pb2

from services.kernel.errors import Invalid
from services.kernel.idempotency import reason_of, request_key_of
from services.kernel.identity import Caller
from services.status.events import REFERENCE_LENGTH_MAX
from services.status.store import DoseFilter
from services.status.usecases import AttachRequest, SettleRequest

ALL_DOSES = "doses/-"
REFERENCES_MAX = 32
_TEXT_LENGTH_MAX = 200

_DOSE_NAME = re.compile(r"doses/([A-Za-z0-9._~-]{1,100})")
_PARTNER_NAME = re.compile(r"partners/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_Verdict = status_pb2.SettleMilestoneRequest
_STATES = frozenset(status_pb2.Shipment.State.values())


def dose_id_of(name: str, field: str = "name") -> str:
    """The id in `doses/{dose}`."""
    found = _DOSE_NAME.fullmatch(name)
    if not found:
        raise Invalid("A dose is named doses/{dose}.", field=field, value=name[:80])
    return found[1]


def attach_request_of(request: status_pb2.AttachShipmentRequest, caller: Caller) -> AttachRequest:
    """What is to be attached to which dose."""
    reason, request_key = reason_of(request), request_key_of(request, caller)
    return AttachRequest(
        dose_id=dose_id_of(request.name),
        courier=courier_of(request.courier),
        references=_references(request.references),
        etag=request.etag,
        reason=reason,
        request_key=request_key,
    )


def settle_request_of(request: status_pb2.SettleMilestoneRequest, caller: Caller) -> SettleRequest:
    """Which milestone is to be settled, and how."""
    reason, request_key = reason_of(request), request_key_of(request, caller)
    if request.verdict not in (_Verdict.ACCEPTED, _Verdict.DISMISSED):
        raise Invalid("verdict must be ACCEPTED or DISMISSED.", field="verdict")
    event_id = request.milestone_event_id
    if not 0 < len(event_id) <= REFERENCE_LENGTH_MAX:
        raise Invalid(f"milestone_event_id has 1 to {REFERENCE_LENGTH_MAX} characters.", field="milestone_event_id")
    return SettleRequest(
        dose_id=dose_id_of(request.name),
        milestone_event_id=event_id,
        counts=request.verdict == _Verdict.ACCEPTED,
        etag=request.etag,
        reason=reason,
        request_key=request_key,
    )


def courier_of(name: str) -> str:
    """A courier's name, checked for shape."""
    if not _PARTNER_NAME.fullmatch(name):
        raise Invalid("A courier is named partners/{partner}.", field="courier", value=name[:80])
    return name


def filter_of(request: status_pb2.ListDosesRequest, caller: Caller) -> DoseFilter:
    """Which doses to list: never another partner's."""
    for state in request.shipment_states:
        if state not in _STATES:
            raise Invalid(
                "shipment_states must be states that a shipment can have.", field="shipment_states", value=state
            )
    return DoseFilter(
        caller.viewer,
        _text(request.run, "run"),
        _text(request.order_reference, "order_reference"),
        tuple(sorted(set(request.shipment_states))),
        request.implausible_only,
    )


def _references(texts: object) -> tuple[str, ...]:
    """The shipment's names, each once, in their order."""
    references = tuple(dict.fromkeys(str(text).strip() for text in texts))  # type: ignore[attr-defined]
    if not 1 <= len(references) <= REFERENCES_MAX:
        raise Invalid(f"references must be 1 to {REFERENCES_MAX}.", field="references", count=len(references))
    for index, reference in enumerate(references):
        if not 1 <= len(reference) <= REFERENCE_LENGTH_MAX or not reference.isprintable():
            raise Invalid(
                f"references[{index}] must be 1 to {REFERENCE_LENGTH_MAX} printable characters.",
                field=f"references[{index}]",
            )
    return references


def _text(text: str, field: str) -> str:
    if len(text) > _TEXT_LENGTH_MAX or not text.isprintable():
        raise Invalid(f"{field} must be at most {_TEXT_LENGTH_MAX} printable characters.", field=field)
    return text
