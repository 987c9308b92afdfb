"""A gRPC channel that answers with what a contract says, to show that its consumer's program works on just that."""

import json
from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from pact import Pact

from tests.contracts.consumers.over_grpc import Refusal
from tests.contracts.files import text_of


class RecordedChannel:
    """Answers one interaction, and takes no call but that one. `answers` are the messages of the methods."""

    def __init__(self, contract: Pact, description: str, answers: Mapping[str, type[Message]]) -> None:
        every: list[dict[str, Any]] = json.loads(text_of(contract))["interactions"]
        (self._said,) = [each for each in every if each["description"] == description]
        self._answers = answers

    def __call__(self, method: str, request: Message) -> Message:
        """Answers as the contract does."""
        asked, (answered,) = self._said["request"], self._said["response"]
        assert method == asked["metadata"]["grpc-method"]
        assert MessageToDict(request) == asked["contents"]["content"]
        content = answered["contents"]["content"]
        if answered["metadata"]["grpc-status"] != "OK":
            raise Refusal(ParseDict(content, Status()))
        # Strict: a field that the protos do not have, or of another type, is an error in the contract.
        return ParseDict(content, self._answers[method]())
