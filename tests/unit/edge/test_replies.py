"""Answers of calls as HTTP: what a reader finds in them, and what of our own inside it does not."""

import json
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.status.v1 import status_pb2
from google.rpc import code_pb2, error_details_pb2
from google.rpc import status_pb2 as rpc_status

from services.edge import api, replies
from services.kernel.rpc.status import DETAILS_KEY

API = api.load()
BINDINGS = {each.method.name: each for each in API.bindings}
RUN = capacity_pb2.Run(name="runs/lu-1", etag="v3")


def failed(code: grpc.StatusCode, words: str = "At 10.0.0.7:9090.", **info: Any) -> Any:
    """A call that failed, with the reason and facts that the service gave, if it was a service."""
    number = code.value[0]
    status = rpc_status.Status(code=number, message=words)
    if info:
        status.details.add().Pack(error_details_pb2.ErrorInfo(reason=info["reason"], metadata=info["facts"]))
    trailers = ((DETAILS_KEY, status.SerializeToString()),)
    return SimpleNamespace(code=lambda: code, details=lambda: words, trailing_metadata=lambda: trailers)


def test_an_answer_shows_its_whole_shape_and_its_etag_where_clients_look_for_it() -> None:
    reply = replies.json_reply(RUN, replies.json_of(RUN), BINDINGS["GetRun"])
    assert (reply.status_code, reply.headers["etag"], reply.headers["cache-control"]) == (200, '"v3"', "no-store")
    said = json.loads(bytes(reply.body))
    assert (said["name"], said["allotments"], said["state"]) == ("runs/lu-1", [], "STATE_UNSPECIFIED")
    plain = replies.json_reply(capacity_pb2.Run(), b"{}", BINDINGS["GetRun"])
    assert "etag" not in plain.headers and "vary" not in plain.headers


def test_a_call_that_may_answer_with_text_says_that_it_varies() -> None:
    binding = next(each for each in API.bindings if each.text_answer)
    message = binding.method.output_type._concrete_class()
    setattr(message, binding.text_answer.field, "größe")  # type: ignore[union-attr]
    assert replies.json_reply(message, b"{}", binding).headers["vary"] == "accept"
    reply = replies.text_answer(message, binding.text_answer)  # type: ignore[arg-type]
    assert (reply.status_code, bytes(reply.body).decode(), reply.headers["vary"]) == (200, "größe", "accept")
    assert reply.headers["content-type"].startswith(binding.text_answer.media_type)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("INVALID_ARGUMENT", 400), ("OUT_OF_RANGE", 400), ("UNAUTHENTICATED", 401), ("PERMISSION_DENIED", 403),
        ("NOT_FOUND", 404), ("ABORTED", 409), ("ALREADY_EXISTS", 409), ("FAILED_PRECONDITION", 409),
        ("RESOURCE_EXHAUSTED", 429), ("CANCELLED", 499), ("UNIMPLEMENTED", 501), ("UNAVAILABLE", 503),
        ("DEADLINE_EXCEEDED", 504), ("INTERNAL", 500), ("UNKNOWN", 500), ("DATA_LOSS", 500),
    ],
)  # fmt: skip
def test_a_failed_call_has_the_status_of_its_kind_and_no_word_of_a_library(code: str, status: int) -> None:
    refused = replies.refusal_of_call(
        failed(grpc.StatusCode[code]),
        RUN.DESCRIPTOR,
    )
    assert refused.status_code == status
    assert refused.reason and "10.0.0.7" not in str(refused.detail)
    told = failed(grpc.StatusCode[code], "The run is closed.", reason="RUN_STATE", facts={"run": "runs/1"})
    refused = replies.refusal_of_call(told, RUN.DESCRIPTOR)
    assert (refused.status_code, refused.reason, refused.detail, refused.facts) == (
        status,
        "RUN_STATE",
        "The run is closed.",
        {"run": "runs/1"},
    )


def test_fields_are_spelled_as_json_has_them_only_where_a_field_is_named() -> None:
    words = "claim_cutoff_time must be later."
    named = failed(grpc.StatusCode.INVALID_ARGUMENT, words, reason="X", facts={"field": "claim_cutoff_time"})
    refused = replies.refusal_of_call(named, RUN.DESCRIPTOR)
    assert (refused.detail, refused.facts) == ("claimCutoffTime must be later.", {"field": "claimCutoffTime"})
    other = failed(grpc.StatusCode.INVALID_ARGUMENT, words, reason="X", facts={"run": "runs/claim_cutoff_time"})
    assert replies.refusal_of_call(other, RUN.DESCRIPTOR).detail == words


def test_a_failed_call_is_a_problem_that_nobody_keeps() -> None:
    told = failed(grpc.StatusCode.NOT_FOUND, "There is none.", reason="NOT_FOUND", facts={"run": "runs/1"})
    reply = replies.problem_of_call(told, RUN.DESCRIPTOR, "/v1/runs/1")
    said = json.loads(bytes(reply.body))
    assert (reply.status_code, reply.headers["cache-control"], said["instance"]) == (404, "no-store", "/v1/runs/1")
    assert (said["reason"], said["facts"], said["status"]) == ("NOT_FOUND", {"run": "runs/1"}, 404)
    assert grpc.StatusCode.NOT_FOUND.value[0] == code_pb2.NOT_FOUND


def test_a_message_of_a_stream_is_an_event_with_its_cursor_and_what_it_tells() -> None:
    entry = status_pb2.WatchTimelineResponse(cursor="c\n1\r\0", entry=status_pb2.TimelineEntry(summary="a\nb"))
    lines = replies.server_sent(entry, 2000).decode().split("\n")
    assert lines[:3] == ["retry: 2000", "id: c1", "event: entry"]
    assert lines[4:] == ["", ""] and json.loads(lines[3].removeprefix("data: "))["entry"]["summary"] == "a\nb"
    alive = status_pb2.WatchTimelineResponse()
    alive.keep_alive.SetInParent()
    assert replies.server_sent(alive).decode().startswith("event: keepAlive\ndata: {")
    assert replies.server_sent(status_pb2.WatchTimelineResponse()).decode().startswith("event: message\n")
    assert replies.server_sent_end() == b"id: end\nevent: end\ndata: {}\n\n"


def test_the_problem_that_ends_a_stream_is_its_last_event() -> None:
    told = failed(grpc.StatusCode.UNAVAILABLE)
    sent = replies.server_sent_error(replies.problem_of_call(told, RUN.DESCRIPTOR, "/v1/runs:watch"))
    assert sent.startswith(b"event: error\ndata: {") and sent.endswith(b"}\n\n")
    assert json.loads(sent.removeprefix(b"event: error\ndata: "))["reason"] == "SERVICE_AWAY"


def test_members_of_collections_are_called_as_their_names_say() -> None:
    assert API.pattern_of["run"] == "runs/{run}"
    assert [API.singular_of[each] for each in ("runs", "lines", "timelineEntries")] == ["run", "line", "timeline_entry"]
