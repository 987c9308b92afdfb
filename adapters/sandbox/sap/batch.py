"""`$batch` on the twin's side: parts in order, change sets all or nothing, strict about how a batch is written."""

import re
from collections.abc import Callable, Mapping, Sequence

from adapters.sandbox.sap.calls import TwinCall, TwinResult
from adapters.sandbox.sap.refusals import INVALID, GatewayRefusal, refused
from adapters.sandbox.sap.service import TwinODataService
from adapters.sandbox.sap.system import SapSystem

_REQUEST = re.compile(r"(GET|POST|PUT|PATCH|MERGE|DELETE) (\S+) HTTP/1\.1")
_BOUNDARY = re.compile(r'multipart/mixed\s*;\s*boundary="?([^";\s]+)"?', re.IGNORECASE)
Spell = Callable[[GatewayRefusal], TwinResult]


class TwinBatch:
    """Carries out the parts of a batch. `spell` writes a refusal as the service would."""

    def __init__(self, system: SapSystem, service: TwinODataService, spell: Spell) -> None:
        self._system, self._service, self._spell = system, service, spell
        self._sets = 0

    def answer(self, content_type: str, body: bytes) -> TwinResult:
        """The answer to all; raises GatewayRefusal where the batch itself cannot be read."""
        chunks = [self._part(headers, rest) for headers, rest in _parts(content_type, body)]
        return TwinResult(202, _joined("RESP", chunks), {"content-type": "multipart/mixed; boundary=RESP"})

    def _part(self, headers: Mapping[str, str], rest: bytes) -> str:
        kind = headers.get("content-type", "")
        if kind.lower().startswith("multipart/mixed"):
            return self._change_set(kind, rest)
        call, _ = _call(headers, rest)
        if call.method != "GET":
            return _http(self._spell(refused(INVALID, "A change must stand in a change set")), "")
        return _http(self._answered(call), "")

    def _change_set(self, content_type: str, body: bytes) -> str:
        calls = [_call(headers, rest) for headers, rest in _parts(content_type, body)]
        made: dict[str, str] = {}
        answers: list[str] = []
        content_id = ""
        try:
            with self._system.unit():
                for call, content_id in calls:
                    if call.method == "GET":
                        raise refused(INVALID, "A change set holds no GET")
                    result = self._service.answer(_addressed(call, made))
                    made[content_id] = result.headers.get("location", "").rpartition("/")[2]
                    answers.append(_http(result, content_id))
        except GatewayRefusal as refusal:
            refusal.content_id = content_id
            return _http(self._spell(refusal), "")
        self._sets += 1
        boundary = f"CSRESP{self._sets}"
        return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n{_joined(boundary, answers)}"

    def _answered(self, call: TwinCall) -> TwinResult:
        try:
            return self._service.answer(call)
        except GatewayRefusal as refusal:
            return self._spell(refusal)


def _parts(content_type: str, body: bytes) -> list[tuple[Mapping[str, str], bytes]]:
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise refused(INVALID, "The boundary of the batch is missing")
    boundary = found[1].encode()
    if not body.rstrip().endswith(b"--" + boundary + b"--"):
        raise refused(INVALID, "The batch does not end with its boundary")
    # A line that begins with the boundary is one (RFC 2046, 5.1.1), so another boundary must not begin with it.
    chunks = re.split(rb"(?:^|\r\n)--" + re.escape(boundary) + rb"(?:--(?=\r\n|$))?", body)
    if any(not chunk.startswith(b"\r\n") for chunk in chunks[1:-1]):
        raise refused(INVALID, "A line begins with the boundary and does not end with it")
    if b"\n" in body.replace(b"\r\n", b""):
        raise refused(INVALID, "Lines of a batch end with CR and LF")
    return [_head(chunk.removeprefix(b"\r\n")) for chunk in chunks[1:-1]]


def _head(chunk: bytes) -> tuple[Mapping[str, str], bytes]:
    head, _, rest = chunk.partition(b"\r\n\r\n")
    lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n") if line)
    return {name.strip().lower(): value.strip() for name, _, value in lines}, rest


def _call(headers: Mapping[str, str], rest: bytes) -> tuple[TwinCall, str]:
    if headers.get("content-type") != "application/http" or headers.get("content-transfer-encoding") != "binary":
        raise refused(INVALID, "A part of a batch is application/http with binary encoding")
    line, _, after = rest.partition(b"\r\n")
    found = _REQUEST.fullmatch(line.decode("latin-1"))
    if found is None:
        raise refused(INVALID, f"A part of the batch is no request: {line[:80]!r}")
    # A request without headers has the empty line at once.
    inner, body = ({}, after[2:]) if after.startswith(b"\r\n") else _head(after)
    path, _, query = found[2].partition("?")
    if (length := inner.get("content-length")) is not None:
        body = body[: int(length)]
    return TwinCall(found[1], path, query, inner, body), headers.get("content-id", "")


def _addressed(call: TwinCall, made: Mapping[str, str]) -> TwinCall:
    """An address that begins with `$1` means what the operation of that name made."""
    if not call.path.startswith("$"):
        return call
    name, _, rest = call.path[1:].partition("/")
    if not made.get(name):
        raise refused(INVALID, f"No operation before this one has the Content-ID {name}")
    path = f"{made[name]}/{rest}" if rest else made[name]
    return TwinCall(call.method, path, call.query, call.headers, call.body)


def _http(result: TwinResult, content_id: str) -> str:
    """An answer as a part. Its headers are in lower case, and the length counts the inner message."""
    words = {200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 404: "Not Found"}
    content = result.content.decode()
    headers = {**result.headers, "content-length": str(len(result.content)), "dataserviceversion": "2.0"}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    inner = f"HTTP/1.1 {result.status} {words.get(result.status, 'Error')}\r\n{lines}\r\n{content}"
    outer = f"Content-Type: application/http\r\nContent-Length: {len(inner.encode())}\r\n"
    named = f"Content-ID: {content_id}\r\n" if content_id else ""
    return f"{outer}content-transfer-encoding: binary\r\n{named}\r\n{inner}"


def _joined(boundary: str, chunks: Sequence[str]) -> str:
    return "".join(f"--{boundary}\r\n{chunk}\r\n" for chunk in chunks) + f"--{boundary}--"
