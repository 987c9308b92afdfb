"""What surrounds every HTTP request: trace, bounds, access log, metrics, and an answer when all else fails.

Plain ASGI, because a middleware that wraps the body of a stream would end the stream's flow control.
"""

import logging
import re
from collections.abc import Mapping
from time import perf_counter
from typing import Any
from uuid import uuid4

from opentelemetry.trace import SpanKind
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kernel.errors import GatewayError
from services.kernel.http.problem import CLIENT_CLOSED_REQUEST, HttpProblem, problem, problem_of, problem_of_http
from services.kernel.telemetry import Telemetry, current_trace_id, enter, leave, traceparent_of
from services.kernel.traceparent import is_sampled, trace_id

BODY_BYTES_MAX = 1 << 20
SLOW_S = 1.0
# Where in a request's scope a route lays the headers that its answer has, whatever becomes of it: a list of pairs.
ADDED_HEADERS = "doselane.added_headers"

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_REQUEST_ID = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)

log = logging.getLogger("doselane.access")
fault_log = logging.getLogger(__name__)


class Access:
    """The outermost layer: gives each request its trace and id, measures it, logs it, answers when it fails."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry) -> None:
        self._app, self._telemetry = app, telemetry
        self._durations = telemetry.durations(
            "http_server_duration_seconds",
            "Time from a request's start to the end of its answer.",
            "http_request_method",
            "http_route",
            "http_response_status_code",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, headers = perf_counter(), dict(scope["headers"])
        reply = _Reply(send)
        scope[ADDED_HEADERS] = reply.added
        brought = headers.get(b"traceparent")
        traceparent = self._telemetry.continued(brought.decode("latin-1") if brought else None)
        span = None
        if self._telemetry.recording and is_sampled(traceparent):
            span = self._telemetry.start_span(f"{scope['method']} {scope['path']}", traceparent, SpanKind.SERVER)
            traceparent = traceparent_of(span)
        before = enter(self._telemetry, traceparent)
        reply.request_id = _request_id(headers, traceparent)
        try:
            await self._app(scope, receive, reply)
        except ClientDisconnect:
            reply.status = CLIENT_CLOSED_REQUEST
        except Exception as error:  # noqa: BLE001  Whatever it was, the sender gets an answer and the log the cause.
            await self._answer(error, scope, receive, reply)
        finally:
            self._record(scope, reply, perf_counter() - started)
            leave(before)
            if span:
                span.end()

    async def _answer(self, error: Exception, scope: Scope, receive: Receive, reply: "_Reply") -> None:
        if isinstance(error, GatewayError):
            response = problem_of(error, scope["path"])
        elif isinstance(error, HTTPException):
            response = problem_of_http(error, scope["path"])
        else:
            reference = uuid4().hex
            fault_log.error("%s %s failed, reference %s", scope["method"], scope["path"], reference, exc_info=error)
            detail = f"The request failed for a reason of ours. Please quote the reference {reference}."
            response = problem(500, "INTERNAL", detail, {"reference": reference}, instance=scope["path"])
        if reply.begun:
            raise error  # Too late for another answer; the server cuts the connection, which the reader notices.
        await response(scope, receive, reply)

    def _record(self, scope: Scope, reply: "_Reply", seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = getattr(scope.get("route"), "path", "") or "other"
        self._durations.record(seconds, method, route, str(reply.status))
        # What went well is counted above; telling each one would cost more than many a request itself.
        level = logging.DEBUG if reply.status < 400 and seconds < SLOW_S else logging.INFO
        if log.isEnabledFor(level):
            fields = {
                "method": scope["method"],
                "path": scope["path"],
                "status": reply.status,
                "ms": round(seconds * 1000, 2),
                "bytes": reply.bytes,
                "client": (scope.get("client") or ("",))[0],
                "request_id": reply.request_id,
            }
            log.log(level, "%s %s %s", scope["method"], scope["path"], reply.status, extra=fields)


class _Reply:
    """The way back, watched: remembers what was sent and adds the headers every answer has."""

    def __init__(self, send: Send) -> None:
        self._send, self.request_id = send, ""
        self.added: list[tuple[str, str]] = []
        self.status, self.bytes, self.begun = CLIENT_CLOSED_REQUEST, 0, False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun, self.status = True, message["status"]
            added = [
                (b"x-request-id", self.request_id.encode()),
                (b"x-trace-id", current_trace_id().encode()),
                (b"x-content-type-options", b"nosniff"),
                *((name.encode(), value.encode()) for name, value in self.added),
            ]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
        await self._send(message)


class BodyLimit:
    """Refuses bodies that are too large, by their declared length at once, else while they stream in."""

    def __init__(
        self, app: ASGIApp, bytes_max: int = BODY_BYTES_MAX, bytes_max_of: Mapping[str, int] | None = None
    ) -> None:
        self._app, self._bytes_max = app, bytes_max
        # The longest prefix decides, so that a part may have a limit of its own.
        self._of = sorted((bytes_max_of or {}).items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bytes_max = self._limit(scope["path"])
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > bytes_max:
            raise body_too_large(bytes_max)
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > bytes_max:
                raise body_too_large(bytes_max)
            return message

        await self._app(scope, counted, send)

    def _limit(self, path: str) -> int:
        for prefix, bytes_max in self._of:
            if path == prefix or path.startswith(prefix.rstrip("/") + "/"):
                return bytes_max
        return self._bytes_max


def body_too_large(bytes_max: int) -> HttpProblem:
    """What a body larger than so many bytes is told."""
    facts = {"body_bytes_max": str(bytes_max)}
    return HttpProblem(413, "BODY_TOO_LARGE", f"The body is larger than {bytes_max} bytes.", facts)


class Head:
    """Answers HEAD as GET without the body, which the server leaves out; `scope["doselane.head"]` tells a stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET", "doselane.head": True}
        await self._app(scope, receive, send)


def _request_id(headers: Mapping[bytes, Any], traceparent: str) -> str:
    brought = headers.get(b"x-request-id")
    text = brought.decode("latin-1") if brought else ""
    return text if _REQUEST_ID.fullmatch(text) else trace_id(traceparent)
