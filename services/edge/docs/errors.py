"""The pages of errors: every reason with what it means, how it travels, and what to do about it."""

from collections.abc import Iterable, Iterator, Mapping

from doselane.remedies import remedy, what_to_do

from services.edge.docs.markdown import plain, table
from services.edge.docs.reasons import Reason, ReasonStatus
from services.kernel.errors import Kind
from services.kernel.http.problem import STATUS_OF_KIND
from services.kernel.rpc.status import CODE_OF_KIND

_OF_KIND = {
    Kind.INVALID: ("The request is wrong in itself.", "Mend it; the same request fails again."),
    Kind.NOT_FOUND: ("Nothing of that name, as far as you may see.", "Check the name."),
    Kind.REFUSED: ("A rule says no; the facts say why.", "Ask for something else; the same request may fail again."),
    Kind.STALE: ("It changed since you read it.", "Read it again, then repeat with what you read."),
    Kind.DENIED: ("You are known and may not.", "Use a token with the right."),
    Kind.UNAUTHENTICATED: ("You are not known.", "Get a new token."),
    Kind.BUSY: ("A bounded queue is full; nothing was begun.", "Wait as long as is said, then repeat."),
    Kind.UNAVAILABLE: ("A fault that passes by itself.", "Repeat with the same `requestId`, with growing pauses."),
}
_INTRODUCTION = """# Errors

Over HTTP an error is a problem document (RFC 9457), over gRPC a `google.rpc.Status` with an `ErrorInfo`. Both have the
same `reason` for programs, the same `facts` for both, and words for people. Decide on the reason; the words may change.

```json
{"type": "urn:doselane:problem:RUN_FULL", "title": "Run full", "status": 409, "reason": "RUN_FULL",
 "detail": "…", "facts": {"run": "runs/…"}, "instance": "/v1/slots:claim", "trace_id": "…"}
```

`trace_id` is what to quote when you ask about an error. `facts.field` names the field at fault, `facts.retry_after_ms`
says how long to wait.

## Kinds

The gRPC code says which kind of error it is, and so what a program can do.

"""

_PUSHED = """# Errors of the push door

What the push door answers to couriers, laboratories, ERP and CRM systems, beside the [errors of calls](errors.md).

"""


def pages(reasons: Mapping[str, Reason]) -> Iterator[tuple[str, str, str]]:
    """Path, title and text of the page of what calls answer, and of the page of what the push door answers."""
    kinds = (
        (f"`{kind}`", f"`{CODE_OF_KIND[kind].name}`", str(STATUS_OF_KIND[kind]), *told)
        for kind, told in _OF_KIND.items()
    )
    text = _INTRODUCTION + table(("kind", "gRPC", "HTTP", "means", "what to do"), kinds)
    called = {name: each for name, each in reasons.items() if not each.pushed}
    yield "reference/errors.md", "Errors", f"{text}\n## Reasons\n\n{_table(called.items())}"
    pushed = {name: each for name, each in reasons.items() if each.pushed}
    yield "reference/push-errors.md", "Errors of the push door", f"{_PUSHED}{_table(pushed.items())}"


def _table(reasons: Iterable[tuple[str, Reason]]) -> str:
    told = what_to_do()
    rows = (
        (_named(name), plain(_means(name, each, told)), plain(remedy(name)), _statuses(each.statuses))
        for name, each in reasons
    )
    return table(("reason", "means", "what to do", "kind, gRPC, HTTP"), rows)


def _named(name: str) -> str:
    return f'<span id="{name.lower()}">`{name}`</span>'


def _means(name: str, reason: Reason, told: Mapping[str, str | Mapping[str, str]]) -> str:
    said = told.get(name)
    return " ".join(dict.fromkeys(reason.means)) or (said["means"] if isinstance(said, Mapping) else "")


def _statuses(statuses: Iterable[ReasonStatus]) -> str:
    """Each status once; what only HTTP says is left out where a kind says the same status."""
    kinds = [status for status in sorted(statuses) if status.kind]
    alone = [
        status for status in sorted(statuses) if not status.kind and status.http not in {each.http for each in kinds}
    ]
    return "; ".join(
        ", ".join(filter(None, (status.kind, status.grpc, str(status.http)))) for status in (*kinds, *alone)
    )
