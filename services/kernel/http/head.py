"""The head of a request: what is not taken, and how that is told."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from services.kernel.http.problem import problem
from services.kernel.tokens import TOKEN_BYTES_MAX

HEAD_BYTES_MAX = 64 * 1024
AUTHORIZATION_BYTES_MAX = TOKEN_BYTES_MAX + len("Bearer ")

# Headers that we act on, and that have one value. Of two, one reader would take the first and another the last.
SINGLE = frozenset(
    b"authorization content-encoding content-type expect host idempotency-key last-event-id proxy-authorization"
    b" traceparent x-request-id x-request-timeout-ms".split()
)
_HOST = re.compile(rb"(?:[\w.~%!$&'()*+,;=-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?", re.ASCII)


class HeadRefused(Exception):
    """A head is not taken; the rest of what its sender sends is not read."""

    def __init__(self, status: int, reason: str, detail: str, **facts: str) -> None:
        super().__init__(detail)
        self.status, self.reason, self.detail, self.facts = status, reason, detail, facts


def check_head(headers: Sequence[tuple[bytes, bytes]], version: str, *, upgrades: bool) -> None:
    """Raises HeadRefused if a head could mean two things, or something that we do not do."""
    found: dict[bytes, bytes] = {}
    codings: list[bytes] = []
    for name, value in headers:
        if name == b"transfer-encoding":
            codings.append(value.strip().lower())
        elif name in SINGLE:
            if name in found:
                text = name.decode()
                raise HeadRefused(400, "HEADER_REPEATED", f"The header {text} is given twice.", field=text)
            found[name] = value
    if upgrades and (codings or dict(headers).get(b"content-length", b"0") != b"0"):
        # The parser takes what follows for the other protocol, so the body would be lost.
        raise HeadRefused(501, "UPGRADE_NOT_SUPPORTED", "A request with a body cannot ask for another protocol.")
    _check_host(found.get(b"host"), version)
    _check_codings(codings, version)
    if len(found.get(b"authorization", b"")) > AUTHORIZATION_BYTES_MAX:
        bound = {"field": "authorization", "bytes_max": str(AUTHORIZATION_BYTES_MAX)}
        raise HeadRefused(431, "HEADERS_TOO_LARGE", "The header authorization is longer than any token.", **bound)


def too_large() -> HeadRefused:
    """A head, or trailers, or anything else that has no end."""
    return HeadRefused(431, "HEADERS_TOO_LARGE", "The head is too large.", bytes_max=str(HEAD_BYTES_MAX))


def written(why: HeadRefused) -> bytes:
    """The answer, as it goes onto the connection."""
    headers: Mapping[str, str] = {"connection": "close", "cache-control": "no-store"}
    answer = problem(why.status, why.reason, why.detail, why.facts, headers=headers)
    lines = [b"%s: %s" % (name, value) for name, value in answer.raw_headers]
    first = f"HTTP/1.1 {why.status} {HTTPStatus(why.status).phrase}".encode()
    return b"\r\n".join([first, *lines, b"", bytes(answer.body)])


def _check_host(host: bytes | None, version: str) -> None:
    """Of RFC 9112, section 3.2; that there is one only was looked at before."""
    if host is None and version == "1.1":
        raise HeadRefused(400, "HOST_MISSING", "A request of HTTP/1.1 has a header host.", field="host")
    if host is not None and not _HOST.fullmatch(host.strip()):
        raise HeadRefused(400, "HOST_NOT_VALID", "The header host is not a host, or host:port.", field="host")


def _check_codings(codings: list[bytes], version: str) -> None:
    """Of RFC 9112, section 6.1: we know one transfer coding, and HTTP/1.0 knows none."""
    if codings and (version == "1.0" or len(codings) > 1):
        raise HeadRefused(400, "HTTP_MALFORMED", "The header transfer-encoding has no place here, or is given twice.")
    if codings and codings[0] != b"chunked":
        detail = "The only transfer coding that is taken is chunked."
        raise HeadRefused(501, "TRANSFER_CODING_NOT_SUPPORTED", detail, field="transfer-encoding")
