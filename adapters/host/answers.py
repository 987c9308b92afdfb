"""What the door answers: the message as JSON, or a problem (RFC 9457), in the profile of the outside system."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from doselane.exchange.v1.exchange_pb2 import Message

from adapters.host.values import ReceivedMessage, Verdict
from adapters.manifest import Refused, Reply, ResponseProfile
from services.kernel.http.problem import title_of
from services.kernel.telemetry import current_trace_id

PUSH_HEADER = "Doselane-Push"
PLAIN = ResponseProfile()

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_STATE_NAMES: Mapping[int, str] = {value: name for name, value in Message.State.items()}


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


def problem_reply(problem: Problem, profile: ResponseProfile, instance: str) -> Reply:
    """A problem as an answer."""
    facts = {name: value for name, value in (("push", problem.push), ("place", problem.place)) if value}
    body = {
        "type": profile.problem_type(problem.status, problem.reason),
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
    written = profile.problem(body) if profile.problem else json.dumps(body, ensure_ascii=False).encode()
    return Reply(problem.status, tuple(headers), written, profile.problem_media_type)


def message_json(received: ReceivedMessage, found: Verdict | None, partner_field: str) -> bytes:
    """A message in protobuf's JSON, without its body, in the words of its port.

    By hand: the library takes longer than all the rest of a push (bench case `push stored`).
    """
    at = received.received_at
    shown: dict[str, object] = {
        "name": received.name,
        partner_field: received.partner,
        "adapter": received.adapter,
        "receiveTime": at.isoformat(timespec="microseconds" if at.microsecond else "seconds").replace("+00:00", "Z"),
        "state": _STATE_NAMES[found.state if found else Message.RECEIVED],
    }
    if found and found.reason:
        shown["reason"] = found.reason
    if found and found.detail:
        shown["detail"] = found.detail
    if found and found.notes:
        shown["notes"] = [_note(note.index, note.event_id, note.kind, list(note.warnings)) for note in found.notes]
    shown["bodySha256"] = received.body_sha256.hex()
    shown["bodyBytes"] = str(received.body_bytes)
    return _encode(shown).encode()


def _note(index: int, event_id: str, kind: str, warnings: list[str]) -> dict[str, object]:
    shown: dict[str, object] = {"index": index} if index else {}
    if event_id:
        shown["eventId"] = event_id
    if kind:
        shown["kind"] = kind
    if warnings:
        shown["warnings"] = warnings
    return shown
