"""What Salesforce's errors mean: what passes by itself, what stays, and what nobody knows. Pure.

Errors of a call are an array of `errorCode`, those of a record in a list have `statusCode`; the codes are the same.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.outbound import Away, Declined, Uncertain

# What is used up of a day's calls comes free hour by hour.
LIMIT_PAUSE = timedelta(minutes=15)
# Too many calls that take long at once, by whomever: free again when one of them ends.
CROWD_PAUSE = timedelta(seconds=30)
SESSION_PAUSE = timedelta(minutes=5)

# What passes by itself, and how long it takes at least; what is in no table stays.
_PASSES: Mapping[str, timedelta | None] = {
    "UNABLE_TO_LOCK_ROW": None,
    "SERVER_UNAVAILABLE": None,
    "REQUEST_RUNNING_TOO_LONG": None,
    "QUERY_TIMEOUT": None,
    "REQUEST_LIMIT_EXCEEDED": LIMIT_PAUSE,
    # The token is renewed once before this is believed.
    "INVALID_SESSION_ID": SESSION_PAUSE,
    # Not this one was at fault: it was rolled back with another, or its turn did not come.
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": None,
    "PROCESSING_HALTED": None,
}
# The call may have been carried out before it broke.
_UNKNOWN = frozenset({"UNKNOWN_EXCEPTION"})
_LIMIT = "REQUEST_LIMIT_EXCEEDED"
_CROWD = re.compile(r"\s*Concurrent", re.IGNORECASE)
# What a trigger or a flow met on another record is told under its own code, with this one in the words.
_LOCKED = "UNABLE_TO_LOCK_ROW"
_LOCKED_WITHIN = re.compile(rf"\b{_LOCKED}\b")
GONE = 410

Fault = Away | Declined | Uncertain


@dataclass(frozen=True, slots=True)
class SalesforceError:
    """One error as Salesforce tells it."""

    code: str
    message: str
    fields: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Code, message, and the fields concerned."""
        said = f"{self.code}: {self.message}" if self.message else self.code
        return f"{said} ({', '.join(self.fields)})" if self.fields else said

    @property
    def uses_up_the_day(self) -> bool:
        """Whether the calls of a day are used up; calls at once have a limit of the same code."""
        return self.code == _LIMIT and not _CROWD.match(self.message)

    @property
    def passing(self) -> str:
        """The code by which it passes by itself, or stays."""
        return _LOCKED if _LOCKED_WITHIN.search(self.message) else self.code

    @property
    def wait(self) -> timedelta | None:
        """How long it takes at least to pass, as far as anybody knows."""
        return CROWD_PAUSE if self.code == _LIMIT and not self.uses_up_the_day else _PASSES.get(self.passing)


class Ambiguous(Declined):
    """The external id is that of several records, so nothing was written."""


def errors_of(body: Any) -> list[SalesforceError]:
    """The errors in a body, whichever spelling it has; none if it tells of none."""
    listed = body if isinstance(body, list) else [body]
    return [_error(each) for each in listed if isinstance(each, dict) and _code(each)]


def fault_of(errors: Sequence[SalesforceError], words: str = "") -> Fault:
    """What follows from errors: one that stays makes the whole a no, for the rest would not help."""
    said = "; ".join(each.words for each in errors) or words or "no reason was given"
    codes = [each.passing for each in errors]
    if any(code in _UNKNOWN for code in codes):
        return Uncertain(said)
    if not codes or any(code not in _PASSES for code in codes):
        return Declined(said)
    waits = [each.wait for each in errors if each.wait is not None]
    return Away(said, max(waits, default=None))


def answer_fault(status: int, reason: str, body: Any, *, changes: bool) -> Fault:
    """What follows from an answer that is no success; `body` is its JSON, or None if it is none, such as a page."""
    errors = errors_of(body)
    words = f"{status} {reason}"
    if status == GONE:
        said = errors[0].words if errors else words
        return Declined(f"{said}; this version of the API is retired: name a newer one in the account's options")
    if errors:
        fault = fault_of(errors)
        if isinstance(fault, Declined) and status in (429, 503):
            return Away(f"{words}: {fault}")
        if isinstance(fault, Declined) and status >= 500:  # it broke, whatever it is called: no refusal
            fault = Uncertain(f"{words}: {fault}")
        return Away(str(fault)) if isinstance(fault, Uncertain) and not changes else fault
    if status == 300:
        paths = ", ".join(map(str, body)) if isinstance(body, list) else words
        return Ambiguous(f"the external id is that of several records: {paths}")
    if status == 503 or status == 429:
        return Away(f"{words}: Salesforce cannot be used for now")
    if status >= 500 or status < 300:
        lost = f"{words}, and no JSON that can be understood"
        return Uncertain(lost) if changes else Away(lost)
    # A page, or JSON without a code, instead of the API's errors: of a proxy or of maintenance: no refusal.
    return Away(f"{words}, and it is not Salesforce's API that answers")


def json_of(content: bytes) -> Any:
    """The JSON of a body, with a byte order mark or without; None if it is none."""
    try:
        return json.loads(content)
    except ValueError:
        return None


def _code(error: Mapping[str, Any]) -> str:
    return str(error.get("errorCode") or error.get("statusCode") or "")


def _error(error: Mapping[str, Any]) -> SalesforceError:
    fields = error.get("fields")
    listed = tuple(map(str, fields)) if isinstance(fields, list) else ()
    return SalesforceError(_code(error), str(error.get("message") or ""), listed)
