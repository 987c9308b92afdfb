"""What callers ask, as the use cases take it; its shape was judged by the proto's rules before."""

from doselane.status.v1 import status_pb2

from services.kernel.errors import Invalid
from services.kernel.idempotency import request_key_of
from services.kernel.identity import Caller
from services.status.events import REFERENCE_LENGTH_MAX
from services.status.store import DoseFilter
from services.status.usecases import AttachRequest, SettleRequest

ALL_DOSES = "doses/-"


def dose_id_of(name: str) -> str:
    """The id in `doses/{dose}`."""
    return name.removeprefix("doses/")


def attach_request_of(request: status_pb2.AttachShipmentRequest, caller: Caller) -> AttachRequest:
    """What is to be attached to which dose."""
    return AttachRequest(
        dose_id=dose_id_of(request.name),
        courier=request.courier,
        references=_references(request.references),
        etag=request.etag,
        reason=request.reason,
        request_key=request_key_of(request, caller),
    )


def settle_request_of(request: status_pb2.SettleMilestoneRequest, caller: Caller) -> SettleRequest:
    """Which milestone is to be settled, and how."""
    return SettleRequest(
        dose_id=dose_id_of(request.name),
        milestone_event_id=request.milestone_event_id,
        counts=request.verdict == status_pb2.SettleMilestoneRequest.ACCEPTED,
        etag=request.etag,
        reason=request.reason,
        request_key=request_key_of(request, caller),
    )


def filter_of(request: status_pb2.ListDosesRequest, caller: Caller) -> DoseFilter:
    """Which doses to list: never another partner's."""
    return DoseFilter(
        caller.viewer,
        request.run,
        request.order_reference,
        tuple(sorted(set(request.shipment_states))),
        request.implausible_only,
    )


def _references(texts: object) -> tuple[str, ...]:
    """The shipment's names, each once, in their order."""
    references = tuple(dict.fromkeys(str(text).strip() for text in texts))  # type: ignore[attr-defined]
    for index, reference in enumerate(references):
        if not 1 <= len(reference) <= REFERENCE_LENGTH_MAX or not reference.isprintable():
            raise Invalid(
                f"references[{index}] must be 1 to {REFERENCE_LENGTH_MAX} printable characters.",
                field=f"references[{index}]",
            )
    return references
