"""What an operation may answer beside its success, with the reasons that the protos and the door let foresee."""

from collections.abc import Iterator
from typing import Any

from services.edge.api import Binding
from services.edge.openapi.headers import headers_of

_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_TOLD = {
    "400": "The request is wrong; `facts.field` says where.",
    "401": "No valid token came with the request.",
    "403": "The token does not carry the scope.",
    "404": "Nothing of that name, as far as the caller may see.",
    "406": "The header `accept` wants what this address does not answer with.",
    "408": "The request did not come in time.",
    "409": "A rule says no, or it changed since it was read; `reason` and `facts` say why.",
    "429": "Too much at once, in all or of this caller; see `Retry-After`.",
    "431": "The head of the request, or its token, is too long.",
    "500": "A fault of ours; `facts.reference` is what to quote.",
    "501": "The service behind this address does not serve this call yet.",
    "503": "The service is away for now; see `Retry-After`.",
    "504": "The call did not end in its time; whether it took effect is not known. Repeat it with its id.",
}
_OF_BODIES = {
    "412": "A precondition such as `If-Match` cannot be promised here.",
    "413": "The body is larger than this address takes.",
    "415": "The body is of a kind, in a charset or a content coding that this call does not take.",
}


def problems(binding: Binding) -> dict[str, Any]:
    """The responses of an operation that are errors, by status."""
    told = dict(sorted({**_TOLD, **(_OF_BODIES if binding.body else {})}.items()))
    reasons = _reasons(binding)
    described = {status: f"{text}{_listed(reasons.get(status, ()))}" for status, text in told.items()}
    described["default"] = "Any other problem."
    return {
        status: {"description": text, "headers": headers_of(status, binding), "content": _CONTENT}
        for status, text in described.items()
    }


def _reasons(binding: Binding) -> dict[str, tuple[str, ...]]:
    """The reasons that can be told from the request alone; a service may have others, and its calls say which."""
    return {
        "400": ("INVALID_ARGUMENT", "FIELD_UNKNOWN", "HEADER_REPEATED", *_of_the_body(binding)),
        "401": ("TOKEN_MISSING", "TOKEN_MALFORMED", "TOKEN_EXPIRED", *_of_signing(binding, "STEP_UP_REQUIRED")),
        "403": ("SCOPE_MISSING", *_of_signing(binding, "SIGNER_ROLE_MISSING", "SIGNER_NOT_A_PERSON")),
        "404": ("NOT_FOUND",),
        "409": tuple(_of_changes(binding)),
        "406": ("NOT_ACCEPTABLE",),
        "408": ("HEAD_TOO_SLOW", "BODY_TOO_SLOW"),
        "412": ("PRECONDITION_NOT_SUPPORTED",),
        "413": ("BODY_TOO_LARGE",),
        "415": ("UNSUPPORTED_MEDIA_TYPE", "CHARSET_NOT_SUPPORTED", "ENCODING_NOT_SUPPORTED"),
        "429": ("SERVER_FULL", "TOO_MANY_STREAMS") if binding.streams else ("SERVER_FULL",),
        "431": ("HEADERS_TOO_LARGE",),
        "500": ("INTERNAL",),
        "501": ("NOT_SERVED",),
        "503": ("UNAVAILABLE", "SERVICE_AWAY"),
        "504": ("DEADLINE_EXCEEDED",),
    }


def _of_signing(binding: Binding, *reasons: str) -> tuple[str, ...]:
    return reasons if binding.signer_roles else ()


def _of_the_body(binding: Binding) -> tuple[str, ...]:
    if not binding.body:
        return ("BODY_NOT_EXPECTED",)
    return ("JSON_MALFORMED", "BODY_NOT_UTF8") if binding.text_body else ("JSON_MALFORMED",)


def _of_changes(binding: Binding) -> Iterator[str]:
    fields = binding.method.input_type.fields_by_name
    if "request_id" in fields:
        yield "REQUEST_MISMATCH (the `requestId` was used for another request)"
    resource = fields.get(binding.body)
    inner = resource.message_type.fields_by_name if resource and resource.message_type else {}
    if {"etag", "base_version"} & {*fields, *inner}:
        yield "STALE (read again)"
    if "accept_conflicts" in fields:
        yield "CONFLICT or CAPACITY_CONFLICT (`facts` name the promised slots)"


def _listed(reasons: tuple[str, ...]) -> str:
    return f" Reasons: {', '.join(reasons)}." if reasons else ""
