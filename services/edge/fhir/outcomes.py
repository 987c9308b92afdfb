"""Errors as OperationOutcome, and whatever is answered as FHIR JSON."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.edge.fhir.codes import ISSUE_OF_STATUS, REASON_SYSTEM
from services.edge.replies import NO_STORE
from services.kernel.errors import GatewayError
from services.kernel.http.problem import problem_of, problem_of_http

MEDIA_TYPE = "application/fhir+json"
_KEPT_HEADERS = ("www-authenticate", "retry-after", "allow", "accept", "accept-encoding")
# As HTTP has it, and FHIR: what changed since it was read is a precondition that failed.
_STATUS_OF_REASON: Mapping[str, int] = {"STALE": 412}
_ISSUE_OF_REASON: Mapping[str, str] = {"REQUEST_MISMATCH": "conflict", "HAS_APPOINTMENT": "conflict"}


def answer(resource: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A resource as a response."""
    body = json.dumps(resource, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return Response(body, status, {**NO_STORE, **(headers or {})}, MEDIA_TYPE)


def outcome(status: int, reason: str, detail: str, severity: str = "error") -> dict[str, Any]:
    """An error in the words of FHIR: the reason is for programs, the diagnostics for people."""
    code = _ISSUE_OF_REASON.get(reason) or ISSUE_OF_STATUS.get(status, "exception")
    details = {"coding": [{"system": REASON_SYSTEM, "code": reason}]}
    issue = {"severity": severity, "code": code, "details": details, "diagnostics": detail}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def outcome_of(error: GatewayError | HTTPException) -> Response:
    """The answer to an error, with the status and the headers that it has everywhere else."""
    plain = problem_of(error) if isinstance(error, GatewayError) else problem_of_http(error)
    told = json.loads(bytes(plain.body))
    status = _STATUS_OF_REASON.get(told["reason"], plain.status_code)
    headers = {name: plain.headers[name] for name in _KEPT_HEADERS if name in plain.headers}
    return answer(outcome(status, told["reason"], told["detail"]), status, headers)


class Outcomes:
    """Answers what fails before a route is reached: bodies that are too long, or in a coding that nobody reads."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except ClientDisconnect:
            raise
        except (GatewayError, HTTPException) as error:
            if begun:
                raise
            await outcome_of(error)(scope, receive, send)
