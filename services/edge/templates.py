"""Path templates of google.api.http: `/v1/{name=slots/*}:confirm` matched against an address, and told to OpenAPI."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

_VARIABLE = re.compile(r"\{([\w.]+)(?:=([^}]+))?\}")


@dataclass(frozen=True)
class Template:
    """A compiled template. `fields` are the request's fields that the path carries, such as `name` or `site.name`."""

    text: str
    pattern: re.Pattern[str]
    fields: tuple[str, ...]

    @classmethod
    def compile(cls, text: str) -> "Template":
        """Reads a template; one that cannot be read is a fault in a proto."""
        pattern, fields, end = "", [], 0
        for found in _VARIABLE.finditer(text):
            pattern += re.escape(text[end : found.start()]) + f"({_expression(found[2] or '*')})"
            fields.append(found[1])
            end = found.end()
        if any(mark in text[end:] for mark in "{}*"):
            raise ValueError(f"{text} is not a path template")
        return cls(text, re.compile(pattern + re.escape(text[end:])), tuple(fields))

    @property
    def collection(self) -> str:
        """The collection that the addresses begin with, `slots`: no variable stands for it."""
        return self.collection_of(_VARIABLE.sub(lambda found: found[2] or "", self.text))

    @staticmethod
    def collection_of(path: str) -> str:
        """The same of an address: what follows the version, up to an id or a verb."""
        return path.split("/", 3)[2].partition(":")[0] if path.count("/") > 1 else ""

    def match(self, raw_path: str) -> dict[str, str] | None:
        """The fields in an address as it was sent, still percent-encoded; None if it is another address."""
        found = self.pattern.fullmatch(raw_path)
        return dict(zip(self.fields, map(unquote, found.groups()), strict=True)) if found else None

    def openapi(self, singular_of: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        """The path as OpenAPI writes it, `/v1/slots/{slot}:confirm`, and the names of its parameters."""
        names: list[str] = []

        def shown(found: re.Match[str]) -> str:
            segments = (found[2] or "*").split("/")
            for index, segment in enumerate(segments):
                if segment in ("*", "**"):
                    name = singular_of.get(segments[index - 1], segments[index - 1].removesuffix("s")) if index else ""
                    names.append(name or found[1].replace(".", "_"))
                    segments[index] = f"{{{names[-1]}}}"
            return "/".join(segments)

        return _VARIABLE.sub(shown, self.text), tuple(names)


def _expression(segments: str) -> str:
    """One variable's segments as a regular expression. A colon begins the verb, so none is inside a name."""
    parts = (re.escape(part) for part in segments.split("/"))
    return "/".join({r"\*": "[^/:]+", r"\*\*": "[^:]+"}.get(part, part) for part in parts)
