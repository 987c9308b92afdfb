"""`$batch`: many requests in one, as multipart/mixed; written strictly, read by boundaries, whatever is omitted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message

from adapters.erp_sap.odata.errors import says_no

OPERATIONS_MAX = 1000
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_STATUS = re.compile(rb"HTTP/[0-9](?:\.[0-9])? ([1-5][0-9]{2})(?: .*)?")
_LINE_END = re.compile(rb"\r?\n")


class BatchFault(Exception):
    """A batch cannot be written so, or its answer cannot be read."""


@dataclass(frozen=True, slots=True)
class BatchOperation:
    """One request of a batch; its address is relative to the root of the service."""

    method: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_id: str = ""  # names it: a later one of the same set may use `$1` as its address


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Changes that are done together or not at all; their order is not promised."""

    operations: Sequence[BatchOperation]


@dataclass(frozen=True, slots=True)
class OperationAnswer:
    """The answer to one request."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    content_id: str = ""

    @property
    def is_success(self) -> bool:
        """Whether it was done: the status says so, and the body says nothing else."""
        return 200 <= self.status < 300 and not says_no(self.body)


@dataclass(frozen=True, slots=True)
class ChangeSetAnswer:
    """The answers to the changes of a set in their order, or the one error for which none of them was done."""

    answers: Sequence[OperationAnswer]
    error: OperationAnswer | None = None


BatchPart = BatchOperation | ChangeSet
BatchAnswer = OperationAnswer | ChangeSetAnswer


def written_batch(parts: Sequence[BatchPart], boundary: str) -> tuple[str, bytes]:
    """Content type and body; raises BatchFault. The boundary is changed where a body holds it."""
    flat = [each for part in parts for each in (part.operations if isinstance(part, ChangeSet) else (part,))]
    if not flat or len(flat) > OPERATIONS_MAX:
        raise BatchFault(f"a batch holds 1 to {OPERATIONS_MAX} operations, not {len(flat)}")
    if not _TOKEN.fullmatch(boundary) or len(boundary) > 50:
        raise BatchFault(f"{boundary[:80]!r} cannot be a boundary")
    for part in parts:
        _check(part)
    while any(boundary.encode() in each.body for each in flat):
        boundary += "x"
    chunks = [
        # No boundary begins with another one: a line that begins with a boundary is one (RFC 2046, 5.1.1).
        _multipart(part.operations, f"set_{n}_{boundary}") if isinstance(part, ChangeSet) else _http_part(part)
        for n, part in enumerate(parts, 1)
    ]
    return f"multipart/mixed; boundary={boundary}", _joined(chunks, boundary)


def read_batch(content_type: str, body: bytes, parts: Sequence[BatchPart]) -> list[BatchAnswer]:
    """The answers to the parts, in their order; raises BatchFault where what was answered is not known for sure."""
    found = list(_split(_boundary(content_type), body))
    if len(found) != len(parts):
        raise BatchFault(f"{len(parts)} parts were sent, and {len(found)} answered")
    return [_answer(part, *_headed(each)) for part, each in zip(parts, found, strict=True)]


def _check(part: BatchPart) -> None:
    in_set = isinstance(part, ChangeSet)
    operations = part.operations if isinstance(part, ChangeSet) else (part,)
    if not operations:
        raise BatchFault("a change set holds at least one change")
    ids = [each.content_id for each in operations if each.content_id]
    if len(ids) != len(set(ids)):
        raise BatchFault("a Content-ID stands twice in one change set")
    for each in operations:
        if (each.method == "GET") == in_set:
            raise BatchFault(f"{each.method} stands {'inside' if in_set else 'outside of'} a change set")
        texts = (each.method, each.address, each.content_id, *each.headers, *each.headers.values())
        if any(not text.isascii() or not text.isprintable() for text in texts) or " " in each.address:
            raise BatchFault(f"an address or a header of {each.method} {each.address[:80]!r} cannot be sent")


def _multipart(operations: Sequence[BatchOperation], boundary: str) -> bytes:
    chunks = [_http_part(each) for each in operations]
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode() + _joined(chunks, boundary)


def _joined(chunks: Sequence[bytes], boundary: str) -> bytes:
    opened = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), chunk) for chunk in chunks)
    return opened + b"--%s--\r\n" % boundary.encode()


def _http_part(given: BatchOperation) -> bytes:
    outer = {"Content-Type": "application/http", "Content-Transfer-Encoding": "binary"}
    if given.content_id:
        outer["Content-ID"] = given.content_id
    inner = dict(given.headers)
    if given.method != "GET":
        inner["Content-Length"] = str(len(given.body))
    head = f"{_lines(outer)}\r\n{given.method} {given.address} HTTP/1.1\r\n{_lines(inner)}\r\n"
    return head.encode() + given.body


def _lines(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


def _boundary(content_type: str) -> bytes:
    message = Message()
    message["content-type"] = " ".join(content_type.split())
    boundary = message.get_boundary()
    if message.get_content_maintype() != "multipart" or not boundary or not boundary.isascii():
        raise BatchFault(f"the answer is no multipart with a boundary: {content_type[:80] or 'no content type'}")
    return boundary.encode()


def _split(boundary: bytes, body: bytes) -> Iterator[bytes]:
    """What stands between the boundaries, each at the beginning of a line; the last one must be there.

    A line end before a boundary belongs to it. Lengths that are said count for nothing: some servers count characters.
    Without the last boundary the answer was cut, and where is unknown.
    """
    delimiter = re.compile(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|$)")
    start, at = None, 0
    while found := delimiter.search(body, at):
        if start is not None:
            yield body[start : found.start()] if found.start() > start else b""
        if found[1]:
            return
        line_end = _LINE_END.match(body, found.end())
        start = line_end.end() if line_end else found.end()
        # The line end after a boundary may also be the one before the next.
        at = found.end()
    raise BatchFault("the answer to the batch was cut: its last boundary is missing")


def _headed(part: bytes) -> tuple[dict[str, str], bytes]:
    """Headers, with names in lower case, and what follows the empty line; without one there is nothing.

    A line that begins with a blank goes on with the one before it (RFC 5322, 2.2.3).
    """
    headers: dict[str, str] = {}
    at, last = 0, ""
    while at < len(part):
        ended = _LINE_END.search(part, at)
        line, at = (part[at : ended.start()], ended.end()) if ended else (part[at:], len(part))
        if not line:
            return headers, part[at:]
        if line[:1] in (b" ", b"\t") and last:
            headers[last] = f"{headers[last]} {line.decode('latin-1').strip()}".strip()
            continue
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not _TOKEN.fullmatch(name.strip()):
            raise BatchFault(f"a part of the answer has no header where one must be: {line[:80]!r}")
        last = name.strip().lower()
        headers[last] = value.strip()
    return headers, b""


def _answer(part: BatchPart, headers: Mapping[str, str], rest: bytes) -> BatchAnswer:
    is_set = headers.get("content-type", "").lower().startswith("multipart/")
    if not isinstance(part, ChangeSet):
        if is_set:
            raise BatchFault("a read was answered as a change set")
        return _http_answer(headers, rest)
    if not is_set:
        error = _http_answer(headers, rest)
        if error.is_success:
            raise BatchFault("a change set was answered with one success, so what became of its changes is unknown")
        return ChangeSetAnswer((), error)
    answers = [_http_answer(*_headed(each)) for each in _split(_boundary(headers["content-type"]), rest)]
    failed = next((each for each in answers if not each.is_success), None)
    if failed is not None:  # All or nothing: where one failed none was done, however many are answered.
        return ChangeSetAnswer((), failed)
    if len(answers) != len(part.operations):
        raise BatchFault(f"{len(part.operations)} changes were sent in a set, and {len(answers)} answered")
    return ChangeSetAnswer(_in_order(part.operations, answers))


def _in_order(operations: Sequence[BatchOperation], answers: Sequence[OperationAnswer]) -> Sequence[OperationAnswer]:
    """By Content-ID where all of them have one, else as they came."""
    sent, came = [each.content_id for each in operations], {each.content_id: each for each in answers}
    return [came[each] for each in sent] if all(sent) and came.keys() == set(sent) else answers


def _http_answer(headers: Mapping[str, str], rest: bytes) -> OperationAnswer:
    kind = headers.get("content-type", "application/http").partition(";")[0].strip().lower()
    rest = rest.lstrip(b"\r\n")
    ended = _LINE_END.search(rest)
    first, after = (rest[: ended.start()], rest[ended.end() :]) if ended else (rest, b"")
    status = _STATUS.fullmatch(first.rstrip())
    if kind != "application/http" or status is None:
        raise BatchFault(f"a part of the answer is no HTTP: {first[:80]!r}")
    inner, body = _headed(after)
    # As a header of MIME it has angle brackets, which belong to no id (RFC 2045, 7).
    content_id = (headers.get("content-id") or inner.get("content-id") or "").removeprefix("<").removesuffix(">")
    return OperationAnswer(int(status[1]), inner, body, content_id)
