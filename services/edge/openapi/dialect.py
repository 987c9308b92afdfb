"""One document in the two versions that readers want: 3.1 for today's tools, 3.0 for Salesforce External Services."""

from typing import Any

VERSION_3_0 = "3.0.3"
VERSION_3_1 = "3.1.0"


# Formats of numbers that are texts in JSON: Salesforce External Services might take them for the type that they name.
_NUMBERS_AS_TEXTS = ("int64", "uint64")


def as_3_0(document: dict[str, Any]) -> dict[str, Any]:
    """The document is written in the form of 3.0; only 64-bit numbers are plain texts."""
    plain: dict[str, Any] = _plain({**document, "openapi": VERSION_3_0})
    return plain


def as_3_1(document: dict[str, Any]) -> dict[str, Any]:
    """Schemas are JSON Schema 2020-12: a reference may have neighbours, and base64 is told by its encoding."""
    dialect = {"jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base"}
    translated: dict[str, Any] = as_2020_12({**document, "openapi": VERSION_3_1, **dialect})
    translated["info"]["license"] = {"name": "Apache License 2.0", "identifier": "Apache-2.0"}
    return translated


def as_2020_12(part: Any) -> Any:
    """A part of a document that is written in the form of 3.0, with its schemas as JSON Schema 2020-12 has them."""
    if isinstance(part, list):
        return [as_2020_12(each) for each in part]
    if not isinstance(part, dict):
        return part
    inner = {name: as_2020_12(value) for name, value in part.items()}
    alone = inner.get("allOf")
    if isinstance(alone, list) and len(alone) == 1 and "$ref" in alone[0]:
        del inner["allOf"]
        return {**alone[0], **inner}
    if inner.get("type") == "string" and inner.get("format") == "byte":
        del inner["format"]
        return {**inner, "contentEncoding": "base64"}
    for edge in ("Minimum", "Maximum"):
        if inner.get(f"exclusive{edge}") is True:
            inner[f"exclusive{edge}"] = inner.pop(edge.lower())
    return inner


def _plain(part: Any) -> Any:
    if isinstance(part, list):
        return [_plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    number = part.get("type") == "string" and part.get("format") in _NUMBERS_AS_TEXTS
    return {name: _plain(value) for name, value in part.items() if not (number and name == "format")}
