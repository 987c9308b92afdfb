"""Contracts over gRPC: how a call, an answer and a refusal are written, and how a program reads a refusal."""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from pact import match

from tests.contracts.consumers.words import EXAMPLE_TOKEN, state_generator

JSON = "application/json"
ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"

# A channel as a partner's program sees it: a method's path and a request in, a response or a status out.
Channel = Callable[[str, Message], Message]


class Refusal(Exception):
    """Doselane said no; a program branches on the reason and shows the facts."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        info = next(_unpacked(detail) for detail in status.details if detail.Is(ErrorInfo.DESCRIPTOR))
        self.code, self.reason, self.facts = status.code, info.reason, dict(info.metadata)


def call(asked: Any, method: str, request: dict[str, Any]) -> Any:
    """A gRPC call: its path and its token travel as metadata, the request as protobuf JSON."""
    asked.with_body(request, JSON)
    asked.with_metadata({"grpc-method": method, "authorization": f"Bearer {EXAMPLE_TOKEN}"})
    asked.with_generators({"metadata": {"authorization": state_generator("Bearer ${token}")}})
    return asked.will_respond_with()


def answered(answer: Any, contents: dict[str, Any]) -> None:
    """The response's contents, as far as the program reads them."""
    answer.with_body(contents, JSON).with_metadata({"grpc-status": "OK"})


def refused(answer: Any, code: int, name: str, reason: str, facts: dict[str, Any]) -> None:
    """A refusal: its code and name as gRPC has them, and Doselane's reason and facts."""
    info = {"@type": ERROR_INFO, "reason": reason, "domain": "doselane.io", "metadata": facts}
    status = {"code": code, "message": match.like("A sentence for people."), "details": match.array_containing([info])}
    answer.with_body(status, JSON).with_metadata({"grpc-status": name})


def _unpacked(detail: Any) -> ErrorInfo:
    info = ErrorInfo()
    detail.Unpack(info)
    return info
