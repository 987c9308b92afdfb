"""The JSON Schemas of one document, as strict as a comparison needs them, and what they say of a place."""

from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema_rs

Schema = Mapping[str, Any]
_MAPS, _LISTS, _ONES = ("properties",), ("allOf", "anyOf", "oneOf"), ("items", "additionalProperties")
_FORMATS = {
    # As protobuf JSON writes 64-bit numbers.
    "int64": lambda text: _is_whole(text, -(2**63), 2**63 - 1),
    "uint64": lambda text: _is_whole(text, 0, 2**64 - 1),
}


class SchemaBook:
    """The schemas that a document names (`#/components/schemas/…`).

    Of what is sent, all that is required must be there and what is not named is refused, as the gateway does. Of what
    is answered a consumer states the part that it reads, so nothing is required; what is not named is never answered.
    """

    def __init__(self, named: Mapping[str, Schema]) -> None:
        self._named = named
        self._strict: dict[bool, Mapping[str, Schema]] = {}
        self._validators: dict[tuple[str, bool], Any] = {}

    def errors(self, value: Any, schema: Schema, *, sent: bool) -> Sequence[Any]:
        """What is wrong with a value (jsonschema_rs.ValidationError), the first of the value first."""
        return list(self._validator(schema, sent).iter_errors(value))

    def at(self, schema: Schema, place: Sequence[str | int]) -> Schema | None:
        """What the document says of a place within a value of `schema`; None: nothing."""
        found: Schema | None = self.resolved(schema)
        for step in place:
            if found is None:
                return None
            if isinstance(step, int) or (step == "*" and "items" in found):
                inner = found.get("items")
            else:
                inner = found.get("properties", {}).get(step, found.get("additionalProperties"))
                if step == "*" and inner is None and found.get("properties"):
                    return None
            found = self.resolved(inner) if isinstance(inner, Mapping) else None
        return found

    def resolved(self, schema: Schema) -> Schema:
        """What a reference stands for; the parts of an `allOf`, by which a reference gets words of its own, as one."""
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            return {**self.resolved(self._named[name]), **beside}
        if "allOf" in schema:
            merged: dict[str, Any] = {}
            for each in schema["allOf"]:
                merged = {**merged, **self.resolved(each)}
            return {**merged, **{key: value for key, value in schema.items() if key != "allOf"}}
        return schema

    def _validator(self, schema: Schema, sent: bool) -> Any:
        key = (repr(schema), sent)
        if key not in self._validators:
            if sent not in self._strict:
                self._strict[sent] = {name: strict(each, sent=sent) for name, each in self._named.items()}
            whole = {**strict(schema, sent=sent), "components": {"schemas": self._strict[sent]}}
            self._validators[key] = jsonschema_rs.Draft202012Validator(whole, validate_formats=True, formats=_FORMATS)
        return self._validators[key]


def strict(schema: Schema, *, sent: bool, part: bool = False) -> dict[str, Any]:
    """A schema of OpenAPI 3.0 or 3.1 as JSON Schema 2020-12 that refuses what it does not name.

    `part`: it is one of several that hold together, and the others may name more.
    """
    found: dict[str, Any] = {
        key: value for key, value in schema.items() if key not in ("description", "example", "examples", "default")
    }
    for key in _MAPS:
        if key in schema:
            found[key] = {name: strict(each, sent=sent) for name, each in schema[key].items()}
    for key in _LISTS:
        if key in schema:
            several = key == "allOf" and len(schema[key]) > 1
            found[key] = [strict(each, sent=sent, part=several) for each in schema[key]]
    for key in _ONES:
        if isinstance(schema.get(key), Mapping):
            found[key] = strict(schema[key], sent=sent)
    if "properties" in found and not part:
        found.setdefault("additionalProperties", False)
    if not sent:
        found.pop("required", None)
    return _of_2020_12(found)


def _of_2020_12(found: dict[str, Any]) -> dict[str, Any]:
    for edge in ("Minimum", "Maximum"):
        if found.get(f"exclusive{edge}") is True:
            found[f"exclusive{edge}"] = found.pop(edge.lower())
        elif found.get(f"exclusive{edge}") is False:
            del found[f"exclusive{edge}"]
    if found.pop("nullable", False) and "type" in found:
        found["type"] = [found["type"], "null"]
    return found


def _is_whole(text: str, least: int, most: int) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii() and least <= int(text) <= most
