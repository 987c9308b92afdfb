"""Errors over HTTP: problem details (RFC 9457) with the same kind, reason and facts as everywhere else."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from services.kernel.errors import GatewayError, Kind
from services.kernel.telemetry import current_trace_id

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1
CLIENT_CLOSED_REQUEST = 499

STATUS_OF_KIND: Mapping[Kind, int] = {
    Kind.INVALID: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.DENIED: 403,
    Kind.NOT_FOUND: 404,
    Kind.REFUSED: 409,
    Kind.STALE: 409,
    Kind.BUSY: 429,
    Kind.UNAVAILABLE: 503,
}


def problem(
    status: int,
    reason: str,
    detail: str,
    facts: Mapping[str, str] | None = None,
    *,
    instance: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """One error as a response. What it says of waiting and of tokens it also says in the headers made for that."""
    facts = facts or {}
    body: dict[str, Any] = {
        "type": f"urn:doselane:problem:{reason}",
        "title": title_of(reason),
        "status": status,
        "detail": detail,
        "reason": reason,
        "facts": dict(facts),
        "instance": instance,
        "trace_id": current_trace_id(),
    }
    added: dict[str, str] = {**(headers or {})}
    if status in (429, 503):
        wait_ms = int(facts.get("retry_after_ms") or 1000 * RETRY_AFTER_S)
        added.setdefault("retry-after", str(max(1, -(-wait_ms // 1000))))
    if status == HTTPStatus.UNAUTHORIZED:
        added.setdefault("www-authenticate", _challenge(reason, detail))
    if status == HTTPStatus.FORBIDDEN and "scope" in facts:
        added.setdefault("www-authenticate", f'Bearer error="insufficient_scope", scope="{facts["scope"]}"')
    return Response(json.dumps(body, ensure_ascii=False).encode(), status, added, MEDIA_TYPE)


def problem_of(error: GatewayError, instance: str = "") -> Response:
    """A GatewayError as a response."""
    return problem(STATUS_OF_KIND[error.kind], error.reason, error.message, error.facts, instance=instance)


def title_of(reason: str) -> str:
    """A reason in words: RUN_FULL is `Run full`."""
    return reason.replace("_", " ").capitalize()


def _challenge(reason: str, detail: str) -> str:
    """What RFC 6750 wants: no error code when there was no token at all."""
    if reason == "TOKEN_MISSING":
        return "Bearer"
    shown = detail.encode("ascii", "replace").decode().replace("\\", "").replace('"', "'")
    return f'Bearer error="invalid_token", error_description="{shown}"'
