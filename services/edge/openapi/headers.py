"""Headers of answers, described once."""

from typing import Any

_INTEGER = {"type": "integer", "format": "int32", "minimum": 1}
_TEXT = {"type": "string"}

HEADERS: dict[str, Any] = {
    "CacheControl": {"description": "`no-store`: an answer is true of its instant only.", "schema": _TEXT},
    "RequestId": {"description": "The request's `x-request-id`, or one that the door gave it.", "schema": _TEXT},
    "RetryAfter": {"description": "Seconds to wait before the next try.", "schema": _INTEGER},
    "TraceId": {"description": "The trace to quote when asking about this answer.", "schema": _TEXT},
    "WwwAuthenticate": {
        "description": "What is wrong with the token (RFC 6750), or how to step up (RFC 9470).",
        "schema": _TEXT,
    },
}
_ALWAYS = {"x-request-id": "RequestId", "x-trace-id": "TraceId"}
_OF_STATUS = {
    "200": {"cache-control": "CacheControl"},
    "401": {"www-authenticate": "WwwAuthenticate"},
    "403": {"www-authenticate": "WwwAuthenticate"},
    "429": {"retry-after": "RetryAfter"},
    "503": {"retry-after": "RetryAfter"},
}


def headers_of(status: str) -> dict[str, Any]:
    """The headers of answers with a status."""
    named = {**_ALWAYS, **_OF_STATUS.get(status, {})}
    return {header: {"$ref": f"#/components/headers/{name}"} for header, name in named.items()}
