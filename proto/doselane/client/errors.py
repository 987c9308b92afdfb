"""What can become of a call: one exception a kind, with the reason, the facts and what to do.

The kind says what the caller can do about it, and so which exception it is; `reason` is finer and for programs.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import grpc
import grpc.aio
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from doselane.remedies import remedy

DETAILS_KEY = "grpc-status-details-bin"


class CallError(Exception):
    """A call did not do what was asked.

    `message` is for people, `reason` for programs, `facts` (texts) for both. `violations` are pairs of a field of the
    request and what is wrong with it. `retry_after_s` is how long to wait, where the gateway says so. `request_id` is
    the id under which the call was made, where it has one: whoever repeats the call with it acts once.
    """

    kind: ClassVar[str] = "UNKNOWN"
    remedy_of_kind: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        reason: str = "",
        facts: Mapping[str, str] | None = None,
        violations: Sequence[tuple[str, str]] = (),
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.reason, self.facts = message, reason, dict(facts or {})
        self.violations, self.retry_after_s = tuple(violations), retry_after_s
        self.request_id = ""

    @property
    def remedy(self) -> str:
        """What to do about it, in a sentence: of the reason, or else of the kind."""
        return remedy(self.reason) or self.remedy_of_kind

    def __str__(self) -> str:
        told = f"{self.reason}: {self.message}" if self.reason else self.message
        return f"{told} What to do: {self.remedy}" if self.remedy else told


class InvalidRequest(CallError):
    """The request is wrong in itself; `violations` say where."""

    kind, remedy_of_kind = "INVALID", "Mend what is named, and ask again."


class ResourceNotFound(CallError):
    """Nothing of that name exists, as far as the caller may see."""

    kind = "NOT_FOUND"
    remedy_of_kind = "See that the name is right and belongs to your organisation."


class CallRefused(CallError):
    """A rule says no; the reason says which, the facts say why. Asking again will not help."""

    kind, remedy_of_kind = "REFUSED", "See the facts: what was asked for cannot be had as it was asked."


class ResourceChanged(CallError):
    """The resource changed since it was read."""

    kind, remedy_of_kind = "STALE", "Read it again, and decide anew."


class NotPermitted(CallError):
    """The caller is known and may not."""

    kind, remedy_of_kind = "DENIED", "Ask for a token with the scope that the call needs."


class NotAuthenticated(CallError):
    """The caller is not known: no token, one that is no good, or an issuer that gives none."""

    kind = "UNAUTHENTICATED"
    remedy_of_kind = "Get a new token, or see that client id, secret and issuer are right."


class GatewayBusy(CallError):
    """There was no room; the call was not begun."""

    kind = "BUSY"

    @property
    def remedy(self) -> str:
        """When to ask again."""
        return _later(self.retry_after_s)


class GatewayAway(CallError):
    """The gateway, or the issuer of tokens, cannot be reached for now."""

    kind = "UNAVAILABLE"

    @property
    def remedy(self) -> str:
        """When to ask again, and under which id."""
        return _again(_later(self.retry_after_s), self.request_id)


class DeadlinePassed(GatewayAway):
    """The call did not end in the time it was given; whether it took effect is not known."""


class GatewayFault(CallError):
    """The gateway failed in a way that is no matter of the request."""

    kind, remedy_of_kind = "INTERNAL", "Tell whoever runs the gateway, with the reference if there is one."


class CallNotServed(CallError):
    """The gateway at this address does not serve the call."""

    kind = "UNIMPLEMENTED"
    remedy_of_kind = "See that the address is the gateway's; it may be of an older version."


_Code = grpc.StatusCode
_ERROR_OF_CODE: Mapping[int, type[CallError]] = {
    code.value[0]: kind
    for code, kind in {
        _Code.INVALID_ARGUMENT: InvalidRequest,
        _Code.OUT_OF_RANGE: InvalidRequest,
        _Code.NOT_FOUND: ResourceNotFound,
        _Code.FAILED_PRECONDITION: CallRefused,
        _Code.ALREADY_EXISTS: CallRefused,
        _Code.ABORTED: ResourceChanged,
        _Code.PERMISSION_DENIED: NotPermitted,
        _Code.UNAUTHENTICATED: NotAuthenticated,
        _Code.RESOURCE_EXHAUSTED: GatewayBusy,
        _Code.UNAVAILABLE: GatewayAway,
        _Code.DEADLINE_EXCEEDED: DeadlinePassed,
        _Code.UNIMPLEMENTED: CallNotServed,
    }.items()
}


def error_of(status: Status) -> CallError:
    """The exception that a status stands for: of a failed call, or of one result in a batch."""
    info, violations, wait = ErrorInfo(), [], None
    for detail in status.details:
        if detail.Is(ErrorInfo.DESCRIPTOR):
            detail.Unpack(info)
        elif detail.Is(BadRequest.DESCRIPTOR):
            said = BadRequest.FromString(detail.value)
            violations = [(each.field, each.description) for each in said.field_violations]
        elif detail.Is(RetryInfo.DESCRIPTOR):
            wait = RetryInfo.FromString(detail.value).retry_delay.ToTimedelta().total_seconds()
    kind = _ERROR_OF_CODE.get(status.code, GatewayFault)
    message = status.message or "The gateway gave no reason."
    return kind(message, info.reason, dict(info.metadata), violations, wait)


def error_of_call(failed: grpc.aio.AioRpcError) -> CallError:
    """The exception that a failed gRPC call stands for."""
    status = Status(code=failed.code().value[0], message=failed.details() or "")
    for key, value in failed.trailing_metadata() or ():
        if key == DETAILS_KEY and isinstance(value, bytes):
            try:
                status = Status.FromString(value)
            except DecodeError:
                pass  # Somebody between us and the gateway wrote it; the code still says what it was.
    return error_of(status)


def _later(seconds: float | None) -> str:
    return (
        f"Try again in {seconds:g} s." if seconds else "Try again in a moment; if it lasts, ask who runs the gateway."
    )


def _again(words: str, request_id: str) -> str:
    return f"{words} Repeat it with the request id {request_id}, so that it acts once." if request_id else words
