"""Errors say a kind, a reason and facts; one place maps kinds to gRPC and HTTP."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What sort of failure it is, and so what the caller can do about it."""

    INVALID = "INVALID"  # the request is wrong; mend it
    NOT_FOUND = "NOT_FOUND"  # nothing of that name, as far as the caller may see
    REFUSED = "REFUSED"  # a rule of the domain says no; the facts say why
    STALE = "STALE"  # it changed since it was read; read again
    DENIED = "DENIED"  # the caller is known and may not
    UNAUTHENTICATED = "UNAUTHENTICATED"  # the caller is not known
    BUSY = "BUSY"  # a bounded queue is full; try again after a pause
    UNAVAILABLE = "UNAVAILABLE"  # a fault that passes by itself; try again


class GatewayError(Exception):
    """Base of all errors that callers see.

    `message` is for people, `reason` for programs, `facts` for both. Facts are rendered as text:
    instants as RFC 3339 in UTC, everything else by `str`. A fact named `field` names the field of
    the request at fault, `retry_after_ms` how long to wait.
    """

    kind: ClassVar[Kind]
    reason: ClassVar[str]

    def __init__(self, message: str, **facts: object) -> None:
        self.message = sendable(message)
        super().__init__(self.message)
        self.facts: Mapping[str, str] = {name: fact_text(value) for name, value in facts.items()}


class Invalid(GatewayError):
    """The request is wrong in itself. `field` says where."""

    kind, reason = Kind.INVALID, "INVALID_ARGUMENT"


class InvalidFields(Invalid):
    """Everything that is wrong with a request, said at once: pairs of a field and what is wrong with it.

    The fact `field` names the first field at fault, the fact `violations` lists all.
    """

    def __init__(self, violations: Sequence[tuple[str, str]]) -> None:
        self.violations = tuple(violations)
        listed = "; ".join(f"{field} {wrong}" for field, wrong in self.violations)
        super().__init__(f"The request is wrong: {listed}.", field=self.violations[0][0], violations=listed)


class RuleViolation(GatewayError):
    """A rule of the domain says no; the facts say why. Each rule has a reason of its own."""

    kind, reason = Kind.REFUSED, "REFUSED"


class RequestMismatch(RuleViolation):
    """A request id was used before with another body."""

    reason = "REQUEST_MISMATCH"


class NotFound(GatewayError):
    """Nothing of that name exists, as far as the caller may see."""

    kind, reason = Kind.NOT_FOUND, "NOT_FOUND"


class Stale(GatewayError):
    """The resource changed since the caller read it."""

    kind, reason = Kind.STALE, "STALE"


class Denied(GatewayError):
    """The caller is known and may not do this."""

    kind, reason = Kind.DENIED, "DENIED"


class Unauthenticated(GatewayError):
    """No valid token, signature or key came with the call."""

    kind, reason = Kind.UNAUTHENTICATED, "UNAUTHENTICATED"


class Busy(GatewayError):
    """A bounded queue is full; the call was not begun."""

    kind, reason = Kind.BUSY, "QUEUE_FULL"


class Unavailable(GatewayError):
    """Something the call needs is away for now."""

    kind, reason = Kind.UNAVAILABLE, "UNAVAILABLE"


def fact_text(value: object) -> str:
    """Render a fact for the wire."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return sendable(str(value))


def sendable(text: str) -> str:
    """The same text, with a question mark for each half of a character pair: an error may quote what no UTF-8 holds."""
    return text.encode("utf-8", "replace").decode()
