"""Errors over HTTP: problem details (RFC 9457) with the same kind, reason and facts as everywhere else."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
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


class HttpProblem(HTTPException):
    """What a door itself refuses, with a status that no kind of error has.

    An HTTPException, so that no framework makes another error of it. All arguments are given by position, so that it
    can be pickled.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        facts: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.reason, self.facts = reason, facts or {}


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
    facts = dict(facts or {})
    if status in (429, 503):
        facts.setdefault("retry_after_ms", str(1000 * RETRY_AFTER_S))  # Not every reader sees headers.
    body: dict[str, Any] = {
        "type": f"urn:doselane:problem:{reason}",
        "title": title_of(reason),
        "status": status,
        "detail": detail,
        "reason": reason,
        "facts": facts,
        "instance": instance,
        "trace_id": current_trace_id(),
    }
    added: dict[str, str] = {"cache-control": "no-store", **(headers or {})}
    if status in (429, 503):
        added.setdefault("retry-after", retry_after(facts))
    if status == HTTPStatus.UNAUTHORIZED:
        added.setdefault("www-authenticate", _challenge(reason, detail, facts))
    if status == HTTPStatus.FORBIDDEN and "scope" in facts:
        added.setdefault("www-authenticate", f'Bearer error="insufficient_scope", scope="{facts["scope"]}"')
    return Response(json.dumps(body, ensure_ascii=False).encode(), status, added, MEDIA_TYPE)


def retry_after(facts: Mapping[str, str]) -> str:
    """The header of that name, in whole seconds: never sooner than the facts say, and at least one."""
    wait_ms = int(facts.get("retry_after_ms", 1000 * RETRY_AFTER_S))
    return str(max(1, -(-wait_ms // 1000)))


def problem_of(error: GatewayError, instance: str = "") -> Response:
    """A GatewayError as a response."""
    return problem(STATUS_OF_KIND[error.kind], error.reason, error.message, error.facts, instance=instance)


def problem_of_http(error: HTTPException, instance: str = "") -> Response:
    """An HTTPException, of ours or of the framework's, as a response."""
    reason, detail = getattr(error, "reason", ""), str(error.detail)
    if not reason:
        reason, detail = _WORDS.get(error.status_code, (HTTPStatus(error.status_code).name, detail))
    facts = getattr(error, "facts", None)
    return problem(error.status_code, reason, detail, facts, instance=instance, headers=error.headers)


_WORDS: Mapping[int, tuple[str, str]] = {
    404: ("ROUTE_NOT_FOUND", "Nothing is served at this address."),
    405: ("METHOD_NOT_ALLOWED", "This address does not take this method; see the header `allow`."),
}


def title_of(reason: str) -> str:
    """A reason in words: RUN_FULL is `Run full`."""
    return reason.replace("_", " ").capitalize()


def _challenge(reason: str, detail: str, facts: Mapping[str, str]) -> str:
    """What RFC 6750 wants: no error code when there was no token at all; and RFC 9470, when a person must step up."""
    if reason == "TOKEN_MISSING":
        return "Bearer"
    shown = detail.encode("ascii", "replace").decode().replace("\\", "").replace('"', "'")
    if {"acr_values", "max_age"} <= facts.keys():
        asked = f'acr_values="{facts["acr_values"]}", max_age="{facts["max_age"]}"'
        return f'Bearer error="insufficient_user_authentication", error_description="{shown}", {asked}'
    return f'Bearer error="invalid_token", error_description="{shown}"'
