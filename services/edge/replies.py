"""Answers of gRPC calls as HTTP: protobuf JSON, problem details, and server-sent events."""

import json
from collections.abc import Mapping
from typing import Any

import grpc
import grpc.aio
from doselane.type.v1.options_pb2 import TextBody
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from starlette.responses import Response

from services.edge.api import Binding
from services.edge.media import JSON
from services.edge.spelling import as_json, facts_as_json
from services.kernel.http.problem import CLIENT_CLOSED_REQUEST, HttpProblem, problem
from services.kernel.rpc.status import CODE_OF_NUMBER, DETAILS_KEY, error_info, read_status

NO_STORE = {"cache-control": "no-store"}
ENDED = "end"  # Name and id of the last event of a stream that has an end.

STATUS_OF_CODE: Mapping[grpc.StatusCode, int] = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.CANCELLED: CLIENT_CLOSED_REQUEST,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}

# What is said when the status came from the library on the way and not from a service: its own words name hosts,
# ports and libraries, which are nobody's business outside.
WORDS_OF_CODE: Mapping[grpc.StatusCode, tuple[str, str]] = {
    grpc.StatusCode.UNAVAILABLE: ("SERVICE_AWAY", "The service behind this address cannot be reached for now."),
    grpc.StatusCode.DEADLINE_EXCEEDED: (
        "DEADLINE_EXCEEDED",
        "The call did not end in the time it was given; whether it took effect is not known. Repeat it with its id.",
    ),
    grpc.StatusCode.UNIMPLEMENTED: ("NOT_SERVED", "The service behind this address does not serve this call yet."),
    grpc.StatusCode.RESOURCE_EXHAUSTED: ("TOO_LARGE_OR_TOO_MANY", "The message is too large, or there are too many."),
    grpc.StatusCode.CANCELLED: ("CANCELLED", "The call was cancelled."),
}


def value_of(message: Message) -> dict[str, Any]:
    """A message as protobuf JSON, fields without a value included: a reader sees the whole shape every time."""
    found: dict[str, Any] = json_format.MessageToDict(message, always_print_fields_with_no_presence=True)
    return found


def json_of(message: Message) -> bytes:
    """The same as bytes."""
    return json.dumps(value_of(message), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def json_reply(message: Message, written: bytes, binding: Binding) -> Response:
    """A call's answer as JSON; its etag, if it has one, is also told in the header made for that."""
    headers = {**NO_STORE, "vary": "accept"} if binding.text_answer else {**NO_STORE}
    if etag := getattr(message, "etag", ""):
        headers["etag"] = f'"{etag}"'
    return Response(written, 200, headers, JSON)


def text_answer(message: Message, text: TextBody) -> Response:
    """A call's answer as the text that it may be."""
    return Response(getattr(message, text.field).encode(), 200, {**NO_STORE, "vary": "accept"}, text.media_type)


def problem_of_call(error: grpc.aio.AioRpcError, request: Descriptor, instance: str) -> Response:
    """A failed call's answer."""
    refused = refusal_of_call(error, request)
    words = (refused.status_code, refused.reason, str(refused.detail), refused.facts)
    return problem(*words, instance=instance, headers=NO_STORE)


def refusal_of_call(error: grpc.aio.AioRpcError, request: Descriptor) -> HttpProblem:
    """Why a call failed: the reason and facts that the service gave, and fields in the spelling of JSON."""
    status = status_of_call(error)
    info = error_info(status)
    code = CODE_OF_NUMBER.get(status.code, grpc.StatusCode.UNKNOWN)
    reason, detail = info.reason, status.message
    if not reason:
        reason, detail = WORDS_OF_CODE.get(code, ("INTERNAL", "The service behind this address failed."))
    facts = dict(info.metadata)
    if "field" in facts:
        detail, facts = as_json(request, detail), facts_as_json(request, facts)
    return HttpProblem(STATUS_OF_CODE.get(code, 500), reason, detail, facts)


def status_of_call(error: grpc.aio.AioRpcError) -> Status:
    """The status in a failed call's trailers."""
    trailers: Mapping[str, Any] = dict(error.trailing_metadata() or ())
    return read_status(error.code(), error.details() or "", trailers.get(DETAILS_KEY))


def server_sent(message: Message, retry_ms: int | None = None) -> bytes:
    """A message of a stream as one event: its cursor is the id, the member of its oneof that is set is the name."""
    lines = [f"retry: {retry_ms}"] if retry_ms else []
    if cursor := getattr(message, "cursor", ""):
        lines.append(f"id: {_one_line(cursor)}")
    lines.append(f"event: {_event_name(message)}")
    lines.append(
        f"data: {json_of(message).decode()}"
    )  # JSON has no line ends outside of texts, where they are escaped.
    return ("\n".join(lines) + "\n\n").encode()


def server_sent_end() -> bytes:
    """The event that says that a stream has said all; a browser that comes back brings its id."""
    return f"id: {ENDED}\nevent: {ENDED}\ndata: {{}}\n\n".encode()


def server_sent_error(response: Response) -> bytes:
    """The problem that ends a stream."""
    return b"event: error\ndata: " + bytes(response.body) + b"\n\n"


def _event_name(message: Message) -> str:
    for oneof in message.DESCRIPTOR.oneofs:
        if chosen := message.WhichOneof(oneof.name):
            return str(message.DESCRIPTOR.fields_by_name[chosen].json_name)
    return "message"


def _one_line(text: str) -> str:
    return text.replace("\n", "").replace("\r", "").replace("\x00", "")
