"""Errors on the wire: kind, reason and facts as a google.rpc.Status with its standard details, and back."""

from collections.abc import Mapping

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from services.kernel.errors import (
    Busy,
    Denied,
    GatewayError,
    Invalid,
    InvalidFields,
    Kind,
    NotFound,
    RuleViolation,
    Stale,
    Unauthenticated,
    Unavailable,
)

DOMAIN = "doselane.io"
DETAILS_KEY = "grpc-status-details-bin"

# A client reads 8 KiB of metadata by default. The message travels twice and the details once, in base64.
FACTS_BYTES_MAX = 3000
MESSAGE_LENGTH_MAX = 500
VIOLATIONS_MAX = 10

CODE_OF_KIND: Mapping[Kind, grpc.StatusCode] = {
    Kind.INVALID: grpc.StatusCode.INVALID_ARGUMENT,
    Kind.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Kind.REFUSED: grpc.StatusCode.FAILED_PRECONDITION,
    Kind.STALE: grpc.StatusCode.ABORTED,
    Kind.DENIED: grpc.StatusCode.PERMISSION_DENIED,
    Kind.UNAUTHENTICATED: grpc.StatusCode.UNAUTHENTICATED,
    Kind.BUSY: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Kind.UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
}
CODE_OF_NUMBER: Mapping[int, grpc.StatusCode] = {code.value[0]: code for code in grpc.StatusCode}


class DeadlineExceeded(Unavailable):
    """The call did not end in the time it was given; whether it took effect is not known."""

    reason = "DEADLINE_EXCEEDED"


class RemoteFault(Unavailable):
    """The called service failed in a way it does not explain."""

    reason = "INTERNAL"


_ERROR_OF_CODE: Mapping[grpc.StatusCode, type[GatewayError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: Invalid,
    grpc.StatusCode.OUT_OF_RANGE: Invalid,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.FAILED_PRECONDITION: RuleViolation,
    grpc.StatusCode.ALREADY_EXISTS: RuleViolation,
    grpc.StatusCode.ABORTED: Stale,
    grpc.StatusCode.PERMISSION_DENIED: Denied,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Busy,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
}


def status_of(error: GatewayError) -> Status:
    """The error as it travels in `grpc-status-details-bin`, and inside the results of a batch."""
    facts, status = _fitting(error.facts), Status(code=CODE_OF_KIND[error.kind].value[0])
    status.message = error.message[:MESSAGE_LENGTH_MAX]
    _pack(status, ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=facts))
    if field := facts.get("field"):
        found = error.violations[:VIOLATIONS_MAX] if isinstance(error, InvalidFields) else ((field, status.message),)
        violations = [
            BadRequest.FieldViolation(field=name, description=wrong, reason=error.reason) for name, wrong in found
        ]
        _pack(status, BadRequest(field_violations=violations))
    if wait := facts.get("retry_after_ms"):
        retry = RetryInfo()
        retry.retry_delay.FromMilliseconds(int(wait))
        _pack(status, retry)
    return status


def fault_status(code: grpc.StatusCode, message: str, reason: str, **facts: str) -> Status:
    """A status that is no GatewayError: a deadline, or a fault of ours."""
    status = Status(code=code.value[0], message=message)
    _pack(status, ErrorInfo(reason=reason, domain=DOMAIN, metadata=facts))
    return status


def error_info(status: Status) -> ErrorInfo:
    """The reason and facts in a status; empty if it has none."""
    info = ErrorInfo()
    for detail in status.details:
        if detail.Is(ErrorInfo.DESCRIPTOR):
            detail.Unpack(info)
    return info


def read_status(code: grpc.StatusCode, message: str, details: bytes | None) -> Status:
    """The status of a failed call, from its trailers; without details, from its code and message alone."""
    status = Status(code=code.value[0], message=message)
    if details:
        try:
            status = Status.FromString(details)
        except DecodeError:
            pass  # Somebody between us and the server wrote the trailer; the code still says what it was.
    return status


def error_of(status: Status) -> GatewayError:
    """The GatewayError that a status stands for, with the sender's reason and facts."""
    info = error_info(status)
    kind = _ERROR_OF_CODE.get(CODE_OF_NUMBER.get(status.code, grpc.StatusCode.UNKNOWN), RemoteFault)
    error = kind(status.message or "The called service gave no reason.")
    error.facts = dict(info.metadata)
    if info.reason:
        # The class is what the caller can act on; the reason is finer and belongs to this one error.
        error.reason = info.reason  # type: ignore[misc]
    return error


def _pack(status: Status, detail: ErrorInfo | BadRequest | RetryInfo) -> None:
    packed = Any()
    packed.Pack(detail)
    status.details.append(packed)


def _fitting(facts: Mapping[str, str]) -> dict[str, str]:
    """As much of the facts as a trailer can carry; what had to be cut is named, never silently gone."""
    room, fitting, cut = FACTS_BYTES_MAX, {}, []
    for name, value in facts.items():
        size = len(value.encode())
        if size > room:
            # A list of names is cut between names, so that what remains is still true.
            kept = value.encode()[:room].decode(errors="ignore")
            value, size = kept.rpartition(",")[0] or kept, room
            cut.append(name)
        fitting[name] = value
        room -= size
    if cut:
        fitting["facts_cut"] = ",".join(cut)
    return fitting
