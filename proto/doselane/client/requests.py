"""What is known of a request before it is made: whether it may be repeated, and the id that makes it act once."""

import os
import time
from typing import TypeVar
from uuid import UUID

from google.protobuf.message import Message

Asked = TypeVar("Asked", bound=Message)

REQUEST_ID = "request_id"
# Calls that only read, by their first word, as the names of the calls go (AIP-131, 132, 136).
READS = ("Compare", "Export", "Get", "List", "Preview", "Rehearse", "Search", "Watch")


def with_request_id(request: Asked) -> tuple[Asked, str]:
    """The request with an id, where it takes one and has none, and that id; a batch gets one for each of its requests.

    A copy: the message of the caller, made into two calls, is two calls.
    """
    fields = request.DESCRIPTOR.fields_by_name
    if REQUEST_ID in fields:
        if not request.request_id:  # type: ignore[attr-defined]
            request = _copy(request)
            request.request_id = str(uuid7())  # type: ignore[attr-defined]
        return request, str(request.request_id)  # type: ignore[attr-defined]
    batch = fields.get("requests")
    if batch is not None and batch.message_type and REQUEST_ID in batch.message_type.fields_by_name:
        request = _copy(request)
        for each in request.requests:  # type: ignore[attr-defined]
            each.request_id = each.request_id or str(uuid7())
    return request, ""


def may_be_repeated(call: str, request: Message) -> bool:
    """Whether a call that may have been done may be made again: it reads, or its id makes it act once."""
    fields = request.DESCRIPTOR.fields_by_name
    return call.startswith(READS) or REQUEST_ID in fields or "requests" in fields


def uuid7() -> UUID:
    """A new id that sorts by its millisecond (RFC 9562), which the gateway's tables like best."""
    head, tail = time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10), "big")
    return UUID(int=(head << 80) | (0x7 << 76) | (tail >> 68 << 64) | (0b10 << 62) | (tail & ((1 << 62) - 1)))


def _copy(request: Asked) -> Asked:
    copied = type(request)()
    copied.CopyFrom(request)
    return copied
