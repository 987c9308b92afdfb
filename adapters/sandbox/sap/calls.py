"""One request to a service of the twin, and its answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from adapters.sandbox.sap.refusals import INVALID, NOT_ALLOWED, GatewayRefusal, refused

_OPTIONS = frozenset(
    {"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$skiptoken", "$inlinecount", "$format"}
)


@dataclass(frozen=True, slots=True)
class TwinCall:
    """One request below the root of a service, percent-decoding still to be done."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class TwinResult:
    """Its answer."""

    status: int
    body: Any = None  # JSON, or text as it is
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """As it goes over the wire."""
        if self.body is None:
            return b""
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False).encode()


def query_of(call: TwinCall) -> dict[str, str]:
    """The options of a query; any that it does not know is refused."""
    query = dict(parse_qsl(call.query, keep_blank_values=True))
    for name in query:
        if name.startswith("$") and name not in _OPTIONS:
            raise refused(INVALID, f"Query option '{name}' is not supported")
    return {name: value for name, value in query.items() if name.startswith("$")}


def whole(query: Mapping[str, str], name: str, otherwise: int) -> int:
    """A number among the options."""
    text = query.get(name)
    if text is None:
        return otherwise
    if not text.isdigit():
        raise refused(INVALID, f"{name} must be a number")
    return int(text)


def listed(text: str | None) -> list[str]:
    """A list with commas."""
    return [each.strip() for each in text.split(",") if each.strip()] if text else []


def body_of(call: TwinCall) -> dict[str, Any]:
    """The entity in a body."""
    if not call.headers.get("content-type", "").lower().startswith("application/json"):
        raise GatewayRefusal(415, INVALID, "Unsupported media type requested")
    try:
        found = json.loads(call.body)
    except ValueError:
        raise refused(INVALID, "Error while parsing an XML/JSON stream") from None
    if not isinstance(found, dict):
        raise refused(INVALID, "The body is no entity")
    return found


def only(call: TwinCall, method: str) -> None:
    """Refuses any other method."""
    if call.method != method:
        raise GatewayRefusal(405, NOT_ALLOWED, f"Method {call.method} is not allowed here")


def as_json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> TwinResult:
    """An answer that is JSON."""
    return TwinResult(status, body, {"content-type": "application/json;charset=utf-8", **(headers or {})})
