"""Media types: whether a body is JSON or the text of its call, and which of the two an answer shall be."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from doselane.type.v1.options_pb2 import TextBody
from starlette.exceptions import HTTPException

from services.edge.api import Binding

JSON = "application/json"
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE | re.ASCII)
# Their rules for what is absent or null are not ours: taken as plain JSON, a patch would clear what it does not name.
_PATCHES = ("application/merge-patch+json", "application/json-patch+json")
# What RFC 9512 calls deprecated, and most tools still send.
_ALIASES = {"application/yaml": ("application/x-yaml", "text/yaml", "text/x-yaml")}
_CHARSETS = ("", "utf-8", "utf8", "us-ascii", "ascii")
_QUALITY = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)


class MediaTypeNotTaken(HTTPException):
    """The body is declared to be of a kind that the call does not take. An HTTPException, because no kind is 415."""

    def __init__(self, message: str, content_type: str, accepted: str) -> None:
        super().__init__(415, message, {"accept": accepted})
        self.facts = {"field": "content-type", "content_type": content_type[:100], "accepted": accepted}


class BodyTooLarge(HTTPException):
    """The text is longer than its call takes."""

    def __init__(self, bytes_max: int) -> None:
        super().__init__(413, f"The body is larger than {bytes_max} bytes.")
        self.facts = {"body_bytes_max": str(bytes_max)}


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
    """Whether the body is the text of the call, and not JSON; raises MediaTypeNotTaken if it is neither."""
    text, content_type = binding.text_body, headers.get("content-type", "")
    declared = MediaType.read(content_type)
    if text and _is(declared.name, text.media_type):
        if declared.parameters.get("charset", "") not in _CHARSETS:
            raise MediaTypeNotTaken("The text must be UTF-8; its charset is another.", content_type, text.media_type)
        return True
    if not body or (_JSON.fullmatch(declared.name) and declared.name not in _PATCHES):
        return False
    accepted = f"{JSON}, {text.media_type}" if text else JSON
    message = f"The header `content-type` must say what the body is: {accepted.replace(', ', ' or ')}."
    if declared.name in _PATCHES:
        message = "Send application/json. What it does not name is cleared, unless a field mask names what to change."
    raise MediaTypeNotTaken(message, content_type, accepted)


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
