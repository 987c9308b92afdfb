"""Media types: whether a body is JSON or the text of its call, and which of the two an answer shall be."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from doselane.type.v1.options_pb2 import TextBody

from services.edge.api import Binding
from services.kernel.http import HttpProblem

JSON = "application/json"
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE | re.ASCII)
# Their rules for what is absent or null are not ours: taken as plain JSON, a patch would clear what it does not name.
_PATCHES = ("application/merge-patch+json", "application/json-patch+json")
# What RFC 9512 calls deprecated, and most tools still send.
_ALIASES = {"application/yaml": ("application/x-yaml", "text/yaml", "text/x-yaml")}
_QUALITY = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)


class MediaType(NamedTuple):
    """A media type or range: `text/csv`, `text/*`, and its parameters."""

    name: str
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, text: str) -> "MediaType":
        """Reads what a header says; whatever it cannot read is no type that anybody takes."""
        name, *rest = (part.strip() for part in text.split(";"))
        pairs = (part.partition("=") for part in rest)
        return cls(name.lower(), {key.strip().lower(): value.strip(' "').lower() for key, _, value in pairs})


def is_text(binding: Binding, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether the body is the text of the call, and not JSON; raises HttpProblem if it is neither."""
    text, content_type = binding.text_body, headers.get("content-type", "")
    declared = MediaType.read(content_type)
    if text and _is(declared.name, text.media_type):
        return True
    if not body or (_JSON.fullmatch(declared.name) and declared.name not in _PATCHES):
        return False
    accepted = f"{JSON}, {text.media_type}" if text else JSON
    message = f"The header `content-type` must say what the body is: {accepted.replace(', ', ' or ')}."
    if declared.name in _PATCHES:
        message = "Send application/json. What it does not name is cleared, unless a field mask names what to change."
    facts = {"field": "content-type", "content_type": content_type[:100], "accepted": accepted}
    raise HttpProblem(415, "UNSUPPORTED_MEDIA_TYPE", message, facts, {"accept": accepted})


def text_wanted(binding: Binding, accept: str) -> TextBody | None:
    """The text that a call shall answer with, if it has one and it is wanted more than JSON; else None for JSON.

    Raises HttpProblem if neither is wanted.
    """
    if (text := binding.text_answer) and wants_text(text, accept):
        return text
    require_accepted(accept, JSON)
    return None


def require_accepted(accept: str, offered: str) -> None:
    """Raises HttpProblem if an `accept` header says what is wanted, and it is not what is offered."""
    if accept.strip() and _wish([MediaType.read(part) for part in accept.split(",")], offered)[0] <= 0:
        facts = {"field": "accept", "offered": offered}
        raise HttpProblem(406, "NOT_ACCEPTABLE", f"This address answers with {offered}.", facts)


def wants_text(text: TextBody, accept: str) -> bool:
    """Whether an `accept` header would rather have the text than JSON (RFC 9110): JSON unless it says so."""
    ranges = [MediaType.read(part) for part in accept.split(",")]
    wish = _wish(ranges, text.media_type)
    return wish[0] > 0 and wish > _wish(ranges, JSON)


def _wish(ranges: list[MediaType], media_type: str) -> tuple[float, int]:
    """How much a type is wanted, and how closely it was named; the closest range decides."""
    kind = media_type.partition("/")[0]
    closest, quality = 0, 0.0
    for each in ranges:
        close = 3 if _is(each.name, media_type) else {f"{kind}/*": 2, "*/*": 1}.get(each.name, 0)
        if close > closest:
            said = each.parameters.get("q", "1")
            closest, quality = close, float(said) if _QUALITY.fullmatch(said) else 0.0
    return quality, closest


def _is(name: str, media_type: str) -> bool:
    return name == media_type or name in _ALIASES.get(media_type, ())
