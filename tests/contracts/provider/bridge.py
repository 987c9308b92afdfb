"""Where the verifier asks us: brings about states, makes the gRPC call of a message, finds the event of another."""

import base64
import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.json_format import MessageToDict, ParseDict
from google.rpc.status_pb2 import Status

from services.kernel.bus import cloudevents
from tests.contracts.files import interaction
from tests.contracts.provider.calls import Calls
from tests.contracts.provider.feed import Feed
from tests.contracts.provider.generators import with_state_values
from tests.contracts.provider.states import Given, States
from tests.contracts.provider.wire import Wire

STATUS_DETAILS = "grpc-status-details-bin"


class Bridge:
    """Answers for one contract file; the verifier asks for one interaction after the other."""

    def __init__(self, file: Path, calls: Calls, feed: Feed, wire: Wire) -> None:
        self._file, self._calls, self._feed, self._wire = file, calls, feed, wire
        self._states, self._given = States(calls), Given()
        self.faults: list[str] = []

    def state(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Brings about a state, and answers the values that the requests of the contract may use."""
        if asked["action"] == "teardown":
            self._given = Given()
            return {}
        if asked["state"]:
            self._given = self._given.and_then(self._states.bring_about(asked["state"], asked.get("params") or {}))
        return self._given.values

    def message(self, asked: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
        """Contents and metadata of the message: the answer of a call where there is a request, else an event."""
        if request := asked.get("request"):
            return self._call(request)
        return self._event(interaction(self._file, asked["description"])["metadata"]["ce_type"])

    def _call(self, request: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
        contents, metadata = with_state_values(request, self._given.values)
        method = self._wire.method(metadata["grpc-method"])
        asked = ParseDict(contents, self._wire.request(method)()).SerializeToString()
        try:
            answer = self._calls.raw(
                metadata["grpc-method"], asked, metadata.get("authorization", ""), streaming=method.server_streaming
            )
        except grpc.RpcError as error:
            return _refusal(error)
        return self._wire.as_json(self._wire.response(method).FromString(answer)), {"grpc-status": "OK"}

    def _event(self, event_type: str) -> tuple[Any, dict[str, str]]:
        fits = self._given.events.get(event_type, lambda _: True)
        event = self._feed.first(event_type, fits)
        headers = {name: value.decode() for name, value in cloudevents.headers(event)}
        # On the topic the value is protobuf; the contract shows the same message as JSON.
        del headers["content-type"]
        return self._wire.as_json(self._wire.event(event_type).FromString(event.data)), headers


class Door:
    """The bridge behind HTTP on a free port of this machine, for as long as the context lasts."""

    def __init__(self, bridge: Bridge) -> None:
        handler = type("Handler", (_Handler,), {"bridge": bridge})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="contract bridge", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    def __enter__(self) -> "Door":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bridge: ClassVar[Bridge]

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")
        try:
            if self.path == "/states":
                self._answer(self.bridge.state(asked), {})
            else:
                self._answer(*self.bridge.message(asked))
        except Exception as fault:  # noqa: BLE001 - whatever it is, it belongs into the verdict
            where = asked.get("state") or asked.get("description")
            self.bridge.faults.append(f"{where}: {type(fault).__name__}: {fault}")
            self.send_error(500)

    def _answer(self, contents: Any, metadata: Mapping[str, str]) -> None:
        body = json.dumps(contents).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if metadata:
            carried = json.dumps({**metadata, "contentType": "application/json"}).encode()
            self.send_header("pact-message-metadata", base64.b64encode(carried).decode())
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stays silent: the verdict says what matters."""


def _refusal(error: grpc.RpcError) -> tuple[Any, dict[str, str]]:
    """A refused call as google.rpc.Status, with its details as a client reads them."""
    trailers = dict(error.trailing_metadata() or ())
    status = Status(code=error.code().value[0], message=error.details() or "")
    if STATUS_DETAILS in trailers:
        status = Status.FromString(trailers[STATUS_DETAILS])
    contents = MessageToDict(status, descriptor_pool=descriptor_pool.Default())
    return contents, {"grpc-status": error.code().name}
