"""What the verifier asks of us, answered by the running gateway."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.json_format import MessageToDict, ParseDict
from google.rpc.status_pb2 import Status

from services.kernel.bus import cloudevents
from tests.contracts.files import interaction
from tests.contracts.provider.calls import Calls
from tests.contracts.provider.door import Answer, Asked
from tests.contracts.provider.feed import Feed
from tests.contracts.provider.generators import with_state_values
from tests.contracts.provider.states import Given, States
from tests.contracts.provider.wire import Wire

STATUS_DETAILS = "grpc-status-details-bin"


class Bridge:
    """Answers for one contract file; the verifier plays one interaction after the other."""

    def __init__(self, file: Path, calls: Calls, feed: Feed, wire: Wire) -> None:
        self._file, self._calls, self._feed, self._wire = file, calls, feed, wire
        self._states, self._given = States(calls), Given()

    def state(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Brings about a state, and answers the values that the requests of the contract may use."""
        if asked["action"] == "teardown":
            self._given = Given()
            return {}
        if asked["state"]:
            self._given = self._given.and_then(self._states.bring_about(asked["state"], asked.get("params") or {}))
        return dict(self._given.values)

    def message(self, asked: Mapping[str, Any]) -> Answer:
        """The message: the answer of a gRPC call where the contract has a request, else an event."""
        if request := asked.get("request"):
            return self._call(request)
        return self._event(interaction(self._file, asked["description"])["metadata"]["ce_type"])

    def forward(self, asked: Asked) -> Answer:
        """An HTTP request, passed on to REST: only for those that want to see the answer on its way."""
        return self._calls.rest(asked)

    def _call(self, request: Mapping[str, Any]) -> Answer:
        contents, metadata = with_state_values(request, self._given.values)
        method = self._wire.method(metadata["grpc-method"])
        asked = ParseDict(contents, self._wire.request(method)()).SerializeToString()
        try:
            answer = self._calls.raw(
                metadata["grpc-method"], asked, metadata.get("authorization", ""), streaming=method.server_streaming
            )
        except grpc.RpcError as error:
            return _refusal(error)
        return Answer(self._wire.as_json(self._wire.response(method).FromString(answer)), {"grpc-status": "OK"})

    def _event(self, event_type: str) -> Answer:
        event = self._feed.first(event_type, self._given.events.get(event_type, lambda _: True))
        headers = {name: value.decode() for name, value in cloudevents.headers(event)}
        # On the topic the value is protobuf; the contract shows the same message as JSON.
        del headers["content-type"]
        return Answer(self._wire.as_json(self._wire.event(event_type).FromString(event.data)), headers)


def _refusal(error: grpc.RpcError) -> Answer:
    """A refused call as google.rpc.Status, with its details as a client reads them."""
    trailers = dict(error.trailing_metadata() or ())
    status = Status(code=error.code().value[0], message=error.details() or "")
    if STATUS_DETAILS in trailers:
        status = Status.FromString(trailers[STATUS_DETAILS])
    contents = MessageToDict(status, descriptor_pool=descriptor_pool.Default())
    return Answer(contents, {"grpc-status": error.code().name})
