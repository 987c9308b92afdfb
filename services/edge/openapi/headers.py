"""Headers of answers, described once."""

from collections.abc import Iterable
from typing import Any

from services.edge.api import Binding

_INTEGER = {"type": "integer", "format": "int32", "minimum": 1}
_TEXT = {"type": "string"}

_HEADERS: dict[str, Any] = {
    "CacheControl": {"description": "`no-store`: an answer is true of its instant only.", "schema": _TEXT},
    "RateLimit": {
        "description": "What is left of the partner's quota: `r` calls, all again in `t` seconds; none for staff.",
        "schema": _TEXT,
    },
    "RateLimitPolicy": {
        "description": "The partner's quota: `q` calls at once, all again in `w` seconds; none for staff.",
        "schema": _TEXT,
    },
    "RequestId": {"description": "The request's `x-request-id`, or one that the door gave it.", "schema": _TEXT},
    "RetryAfter": {"description": "Seconds to wait before the next try.", "schema": _INTEGER},
    "TraceId": {"description": "The trace to quote when asking about this answer.", "schema": _TEXT},
    "WwwAuthenticate": {
        "description": "What is wrong with the token (RFC 6750), or how to step up (RFC 9470).",
        "schema": _TEXT,
    },
}
# Only where a call, or a field that it takes, will go away. The description of that call or field says the same.
_OF_DEPRECATED: dict[str, Any] = {
    "Deprecation": {
        "description": "Since when what was used is deprecated: `@` and seconds since 1970 (RFC 9745).",
        "schema": {"type": "string", "pattern": "^@[0-9]+$"},
    },
    "DeprecationLink": {
        "description": "Documents about it, with the relation `deprecation` (RFC 8288).",
        "schema": _TEXT,
    },
    "Sunset": {"description": "The instant from which on it may be gone, an HTTP-date (RFC 8594).", "schema": _TEXT},
}
_ALWAYS = {"x-request-id": "RequestId", "x-trace-id": "TraceId"}
_OF_QUOTA = {"ratelimit": "RateLimit", "ratelimit-policy": "RateLimitPolicy"}
_OF_STATUS = {
    "200": {"cache-control": "CacheControl", **_OF_QUOTA},
    "401": {"www-authenticate": "WwwAuthenticate"},
    "403": {"www-authenticate": "WwwAuthenticate"},
    "429": {"retry-after": "RetryAfter", **_OF_QUOTA},
    "503": {"retry-after": "RetryAfter"},
}


def headers_of(status: str, binding: Binding) -> dict[str, Any]:
    """The headers of a call's answers with a status."""
    named = {**_ALWAYS, **_OF_STATUS.get(status, {})}
    if binding.deprecated:
        named |= {"deprecation": "Deprecation", "sunset": "Sunset", "link": "DeprecationLink"}
    return {header: {"$ref": f"#/components/headers/{name}"} for header, name in named.items()}


def described_headers(bindings: Iterable[Binding]) -> dict[str, Any]:
    """All that the answers of these calls refer to."""
    return _HEADERS | (_OF_DEPRECATED if any(binding.deprecated for binding in bindings) else {})
