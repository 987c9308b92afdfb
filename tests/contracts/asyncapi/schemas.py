"""JSON Schemas of protobuf messages in their JSON form (protobuf's canonical mapping)."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from tests.contracts.asyncapi.comments import described

Schema = dict[str, Any]

_SCALARS: Mapping[int, Schema] = {
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string", "contentEncoding": "base64"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number"},
    FieldDescriptor.TYPE_INT32: {"type": "integer"},
    FieldDescriptor.TYPE_UINT32: {"type": "integer"},
    # JSON has no 64-bit integers, so protobuf writes them as text.
    FieldDescriptor.TYPE_INT64: {"type": "string", "pattern": "^-?[0-9]+$"},
    FieldDescriptor.TYPE_UINT64: {"type": "string", "pattern": "^[0-9]+$"},
}
_WELL_KNOWN: Mapping[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?s$"},
    "google.protobuf.Any": {"type": "object", "required": ["@type"], "properties": {"@type": {"type": "string"}}},
}


def schemas_of(roots: list[Descriptor], comments: Mapping[str, str]) -> dict[str, Schema]:
    """The schemas of these messages and of all that they hold, by full name."""
    found: dict[str, Schema] = {}
    waiting: list[Descriptor | EnumDescriptor] = list(roots)
    while waiting:
        kind = waiting.pop()
        if kind.full_name in found or kind.full_name in _WELL_KNOWN:
            continue
        if isinstance(kind, EnumDescriptor):
            found[kind.full_name] = _enum(kind, comments)
            continue
        found[kind.full_name] = _message(kind, comments)
        waiting += [
            field.message_type or field.enum_type for field in kind.fields if field.message_type or field.enum_type
        ]
    return dict(sorted(found.items()))


def reference(name: str) -> Schema:
    """Where the schema of a message stands in the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def _message(kind: Descriptor, comments: Mapping[str, str]) -> Schema:
    properties = {
        field.json_name: described(_field(field), comments.get(f"{kind.full_name}.{field.name}"))
        for field in kind.fields
    }
    return described({"type": "object", "properties": properties}, comments.get(kind.full_name))


def _field(field: FieldDescriptor) -> Schema:
    if field.message_type and field.message_type.GetOptions().map_entry:
        return {"type": "object", "additionalProperties": _single(field.message_type.fields_by_name["value"])}
    one = _single(field)
    return {"type": "array", "items": one} if field.is_repeated else one


def _single(field: FieldDescriptor) -> Schema:
    kind = field.message_type or field.enum_type
    if kind is None:
        return dict(_SCALARS[field.type])
    return dict(_WELL_KNOWN.get(kind.full_name) or reference(kind.full_name))


def _enum(kind: EnumDescriptor, comments: Mapping[str, str]) -> Schema:
    values = [f"{value.name}: {comments.get(f'{kind.full_name}.{value.name}', '')}" for value in kind.values]
    told = " ".join([comments.get(kind.full_name, ""), *values]).strip()
    # No `enum` keyword: values may be added, and a reader must take one that it does not know.
    return {"description": told, "type": "string", "examples": [value.name for value in kind.values if value.number]}
