"""The local server that the verifier asks for states, for messages, and for HTTP answers that a test looks into."""

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Protocol

STATES, MESSAGES = "/_contract/states", "/_contract/messages"
HOST = "127.0.0.1"


def message_of(description: str) -> str:
    """How a fault with a message begins, by the description of its interaction."""
    return f"{MESSAGES} ({description})"


@dataclass(frozen=True, slots=True)
class Asked:
    """An HTTP request of a contract."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A message or an HTTP answer: what a contract says something of."""

    contents: Any
    metadata: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    media_type: str = "application/json"


class Answering(Protocol):
    """Who answers behind the door."""

    def state(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Brings about a state; answers its values."""
        ...

    def message(self, asked: Mapping[str, Any]) -> Answer:
        """The message that the interaction speaks of."""
        ...

    def forward(self, asked: Asked) -> Answer:
        """The answer to an HTTP request."""
        ...


class ContractDoor:
    """Someone who answers, behind HTTP on a free port of this machine, for as long as the context lasts."""

    def __init__(self, answering: Answering) -> None:
        self.faults: list[str] = []
        handler = type("Handler", (_Handler,), {"answering": answering, "faults": self.faults})
        self._server = ThreadingHTTPServer((HOST, 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """The same as an address."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> "ContractDoor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    answering: ClassVar[Answering]
    faults: ClassVar[list[str]]

    def _any(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            self._send(self._answer(body))
        except Exception as fault:  # noqa: BLE001 - whatever it is, it belongs into the verdict
            self.faults.append(f"{self._asked_by(body)}: {type(fault).__name__}: {fault}")
            # Not 5xx: the core would ask again, with pauses that double, for ten minutes.
            self._send(Answer({"fault": str(fault)}, status=400))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def _answer(self, body: bytes) -> Answer:
        if self.path == STATES:
            return Answer(self.answering.state(json.loads(body)))
        if self.path == MESSAGES:
            return self.answering.message(json.loads(body))
        return self.answering.forward(Asked(self.command, self.path, dict(self.headers), body))

    def _asked_by(self, body: bytes) -> str:
        """The address; of a message with its interaction, as only there it is said."""
        if self.path != MESSAGES:
            return self.path
        try:
            return message_of(str(json.loads(body)["description"]))
        except (ValueError, LookupError, TypeError):
            return self.path

    def _send(self, answer: Answer) -> None:
        body = json.dumps(answer.contents).encode()
        self.send_response(answer.status)
        self.send_header("content-type", answer.media_type)
        self.send_header("content-length", str(len(body)))
        if answer.metadata:
            carried = json.dumps({**answer.metadata, "contentType": answer.media_type}).encode()
            self.send_header("pact-message-metadata", base64.b64encode(carried).decode())
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stays silent: the verdict says what matters."""
