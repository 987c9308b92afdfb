"""What the verifier asks of us, answered by the running gateway."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grpc
from doselane.contracts.events import TYPE
from doselane.contracts.pact import InteractionKind, read_pact
from doselane.contracts.protos import Protos
from google.protobuf import descriptor_pool
from google.protobuf.json_format import MessageToDict, ParseDict
from google.rpc.status_pb2 import Status

from services.kernel.bus import cloudevents
from services.local.contracts.calls import GatewayCalls
from services.local.contracts.door import Answer, Asked
from services.local.contracts.feed import EventFeed
from services.local.contracts.generators import with_state_values
from services.local.contracts.states import Given, States

STATUS_DETAILS = "grpc-status-details-bin"


class EventUnnamed(LookupError):
    """The contract does not say which event it means."""


class CallUnnamed(LookupError):
    """The contract does not say which call it means, or names none of ours."""


class Bridge:
    """Answers for one contract file; the verifier plays one interaction after the other."""

    def __init__(self, file: Path, calls: GatewayCalls, feed: EventFeed, protos: Protos) -> None:
        self._file, self._calls, self._feed, self._protos = file, calls, feed, protos
        self._states, self._given, self._named = States(calls), Given(), list[str]()

    def state(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Brings about a state, and answers the values that the requests of the contract may use."""
        if asked["action"] == "teardown":
            self._given, self._named = Given(), []
            return {}
        if asked["state"]:
            self._named.append(asked["state"])
            self._given = self._given.and_then(self._states.bring_about(asked["state"], asked.get("params") or {}))
        return dict(self._given.values)

    def message(self, asked: Mapping[str, Any]) -> Answer:
        """The message: the answer of a gRPC call where the contract has a request, else an event."""
        if request := asked.get("request"):
            return self._call(request)
        return self._event(self._type_of(str(asked["description"])))

    def forward(self, asked: Asked) -> Answer:
        """An HTTP request, passed on to REST: only for those that want to see the answer on its way."""
        return self._calls.rest(asked)

    def _type_of(self, description: str) -> str:
        """Which event is meant, as the file says: the core hands on no metadata."""
        alike = [
            each
            for each in read_pact(self._file).interactions
            if each.kind is InteractionKind.EVENT and each.description == description
        ]
        if not alike:
            raise EventUnnamed(f"The contract has no message {description!r}.")
        # Pact tells interactions of one description apart by their states.
        here = next((each for each in alike if sorted(each.states) == sorted(self._named)), alike[0])
        found = here.answers[0].header(TYPE)
        if found not in self._protos.events:
            raise EventUnnamed(f"{description!r} names no event of ours by `{TYPE}`: {found!r}")
        return str(found)

    def _call(self, request: Mapping[str, Any]) -> Answer:
        contents, metadata = with_state_values(request, self._given.values)
        if address := metadata.get("sse-path"):  # the same call over REST, as its stream begins
            return self._calls.first_event(address, metadata.get("authorization", ""))
        path = "/" + metadata.get("grpc-method", "").strip("/")
        if path not in self._protos.calls:
            raise CallUnnamed(
                "The request's metadata must name a call of ours by `grpc-method`, /package.Service/Method;"
                f" it says {metadata.get('grpc-method') or 'nothing'!r}."
            )
        method = self._protos.method(path)
        asked = ParseDict(contents, self._protos.request(method)()).SerializeToString()
        try:
            answer = self._calls.raw(path, asked, metadata.get("authorization", ""), streaming=method.server_streaming)
        except grpc.RpcError as error:
            return _refusal(error)
        return Answer(self._protos.as_json(self._protos.response(method).FromString(answer)), {"grpc-status": "OK"})

    def _event(self, event_type: str) -> Answer:
        event = self._feed.first(event_type, self._given.events.get(event_type, lambda _: True))
        headers = {name: value.decode() for name, value in cloudevents.headers(event)}
        # On the topic the value is protobuf; the contract shows the same message as JSON.
        del headers["content-type"]
        return Answer(self._protos.as_json(self._protos.event(event_type).FromString(event.data)), headers)


def _refusal(error: grpc.RpcError) -> Answer:
    """A refused call as google.rpc.Status, with its details as a client reads them."""
    trailers = dict(error.trailing_metadata() or ())
    status = Status(code=error.code().value[0], message=error.details() or "")
    if STATUS_DETAILS in trailers:
        status = Status.FromString(trailers[STATUS_DETAILS])
    contents = MessageToDict(status, descriptor_pool=descriptor_pool.Default())
    return Answer(contents, {"grpc-status": error.code().name})
