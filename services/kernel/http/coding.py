"""How a body may be encoded: as it is, in UTF-8. One check for every door."""

import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from services.kernel.http.problem import HttpProblem

ACCEPTED = {"accept-encoding": "identity"}
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
# Also in the long form of RFC 2231 (`charset*=`), which nobody reads either.
_CHARSET = re.compile(r";\s*charset[*\d]*\s*=\s*\"?([^\";]*)", re.IGNORECASE | re.ASCII)


def check_coding(content_encoding: str, content_type: str) -> None:
    """Raises HttpProblem for a content coding or a charset that nobody here reads."""
    codings = [coding.strip().lower() for coding in content_encoding.split(",")]
    if any(coding not in ("", "identity") for coding in codings):
        detail = f"A body encoded as {content_encoding[:40]!r} is not read; send it as it is."
        facts = {"field": "content-encoding", "accepted": "identity"}
        raise HttpProblem(415, "ENCODING_NOT_SUPPORTED", detail, facts, ACCEPTED)
    for charset in _CHARSET.findall(content_type):
        if charset.strip().lower() not in _CHARSETS:
            facts = {"field": "content-type", "accepted": "utf-8"}
            detail = f"A body in {charset[:40]!r} is not read; send UTF-8."
            raise HttpProblem(415, "CHARSET_NOT_SUPPORTED", detail, facts, ACCEPTED)


def codings_of(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str]:
    """The content coding and the content type that a request declares."""
    found = {name: value.decode("latin-1") for name, value in headers if name in (b"content-encoding", b"content-type")}
    return found.get(b"content-encoding", ""), found.get(b"content-type", "")


class Codings:
    """Refuses bodies that nobody here reads."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] == "http":
            check_coding(*codings_of(scope["headers"]))
        await self._app(scope, receive, send)
