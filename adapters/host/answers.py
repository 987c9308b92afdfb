"""What the push door answers: the push as JSON, or a problem (RFC 9457), in the manner of the outside system."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from doselane.courier.v1.courier_pb2 import Milestone, Push

from adapters.host.values import Arrival, Verdict
from adapters.manifest import Manner, Refused, Reply
from services.kernel.http.problem import MEDIA_TYPE, title_of
from services.kernel.telemetry import current_trace_id

PUSH_HEADER = "Doselane-Push"
NO_MANNER = Manner()

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_STATE_NAMES: Mapping[int, str] = {value: name for name, value in Push.State.items()}
_KIND_NAMES: Mapping[int, str] = {value: name for name, value in Milestone.Kind.items()}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request was not served."""

    status: int
    reason: str
    detail: str
    push: str = ""  # the name under which it is kept all the same
    place: str = ""  # JSON pointer into the body
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, refusal: Refused) -> "Problem":
        """The problem that a refusal is."""
        return cls(refusal.status, refusal.reason, refusal.words, place=refusal.place)


def problem_reply(problem: Problem, manner: Manner, instance: str) -> Reply:
    """A problem as an answer."""
    facts = {name: value for name, value in (("push", problem.push), ("place", problem.place)) if value}
    body = {
        "type": manner.problem_type(problem.status, problem.reason),
        "title": title_of(problem.reason),
        "status": problem.status,
        "detail": problem.detail,
        "reason": problem.reason,
        "facts": facts,
        "instance": instance,
        "trace_id": current_trace_id(),
    }
    headers = [*problem.headers]
    if problem.push:
        headers.append((PUSH_HEADER, problem.push))
    return Reply(problem.status, tuple(headers), json.dumps(body, ensure_ascii=False).encode(), MEDIA_TYPE)


def push_json(arrival: Arrival, found: Verdict | None) -> bytes:
    """A push in protobuf's JSON, without its body. By hand: the library takes longer than all the rest of a push."""
    at = arrival.received_at
    shown: dict[str, object] = {
        "name": arrival.name,
        "courier": arrival.courier,
        "adapter": arrival.adapter,
        "receiveTime": at.isoformat(timespec="microseconds" if at.microsecond else "seconds").replace("+00:00", "Z"),
        "state": _STATE_NAMES[found.state if found else Push.RECEIVED],
    }
    if found and found.reason:
        shown["reason"] = found.reason
    if found and found.detail:
        shown["detail"] = found.detail
    if found and found.notes:
        shown["notes"] = [_note(note.index, note.event_id, note.kind, list(note.warnings)) for note in found.notes]
    shown["bodySha256"] = arrival.body_sha256.hex()
    shown["bodyBytes"] = str(arrival.body_bytes)
    return _encode(shown).encode()


def _note(index: int, event_id: str, kind: int, warnings: list[str]) -> dict[str, object]:
    shown: dict[str, object] = {"index": index} if index else {}
    if event_id:
        shown["eventId"] = event_id
    if kind:
        shown["kind"] = _KIND_NAMES[kind]
    if warnings:
        shown["warnings"] = warnings
    return shown
