"""The Avro schemas of change events and platform events, and what a change event says in them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HEADER = "ChangeEventHeader"
NAMESPACE = "com.sforce.eventbus"
CHANGE_TYPES = (
    "CREATE UPDATE DELETE UNDELETE GAP_CREATE GAP_UPDATE GAP_DELETE GAP_UNDELETE GAP_OVERFLOW SNAPSHOT".split()
)
_HEADER_TYPES: Mapping[str, Any] = {
    "entityName": "string",
    "recordIds": {"type": "array", "items": "string"},
    "changeType": {"type": "enum", "name": "ChangeType", "symbols": CHANGE_TYPES},
    "changeOrigin": "string",
    "transactionKey": "string",
    "sequenceNumber": "int",
    "commitTimestamp": "long",
    "commitNumber": "long",
    "commitUser": "string",
    "nulledFields": {"type": "array", "items": "string"},
    "diffFields": {"type": "array", "items": "string"},
    "changedFields": {"type": "array", "items": "string"},
}


@dataclass(frozen=True, slots=True)
class CompoundField:
    """The type of a compound field, such as an address: its name, and its parts with their Avro types."""

    name: str
    parts: Mapping[str, str]


# A field's name, with its Avro type or its parts.
ObjectFields = Mapping[str, str | CompoundField]


def change_topic_name(entity: str) -> str:
    """`TreatmentOrder__c` gives `TreatmentOrder__ChangeEvent`, `Account` gives `AccountChangeEvent`."""
    return f"{entity[:-1]}ChangeEvent" if entity.endswith("__c") else f"{entity}ChangeEvent"


def change_schema(entity: str, fields: ObjectFields) -> dict[str, Any]:
    """The schema of an object's change events: the header at position 0, then each field, which may be null."""
    header = {"type": "record", "name": HEADER, "fields": _listed(_HEADER_TYPES)}
    known: set[str] = set()
    named = {name: _field_type(kind, known) for name, kind in fields.items()}
    return _record(change_topic_name(entity), [{"name": HEADER, "type": header}, *_nullable(named)])


def event_schema(name: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a platform event: who made it and when, then its own fields, which may be null."""
    standing = _listed({"CreatedDate": "long", "CreatedById": "string"})
    return _record(name, [*standing, *_nullable(fields)])


def as_json(schema: Mapping[str, Any]) -> str:
    """A schema as GetSchema gives it."""
    return json.dumps(schema, separators=(",", ":"))


def field_lists(fields: ObjectFields, marks: Mapping[str, Collection[str]], *, digits: int = 0) -> dict[str, list[str]]:
    """The header's lists for paths such as `Name` and `Address.City`, each bitmap at least so many digits wide."""
    return {name: _bitmaps(list(fields), fields, paths, digits) for name, paths in marks.items()}


def values_at(fields: ObjectFields, record: Mapping[str, Any], paths: Collection[str]) -> dict[str, Any]:
    """The record's values at these paths; everything else is null, as on the wire."""
    found: dict[str, Any] = {}
    for name, kind in fields.items():
        value = record.get(name)
        if isinstance(kind, CompoundField):
            parts = {part: (value or {}).get(part) if f"{name}.{part}" in paths else None for part in kind.parts}
            found[name] = parts if any(f"{name}.{part}" in paths for part in kind.parts) else None
        else:
            found[name] = value if name in paths else None
    return found


def flattened(fields: ObjectFields, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record's values by path; what is missing is null."""
    found: dict[str, Any] = {}
    for name, kind in fields.items():
        value = record.get(name)
        if isinstance(kind, CompoundField):
            found |= {f"{name}.{part}": (value or {}).get(part) for part in kind.parts}
        else:
            found[name] = value
    return found


def _bitmaps(names: Sequence[str], fields: ObjectFields, paths: Collection[str], digits: int) -> list[str]:
    top = [1 + position for position, name in enumerate(names) if name in paths]
    found = [_hexadecimal(top, digits)] if top else []
    for position, name in enumerate(names):
        kind = fields[name]
        if isinstance(kind, CompoundField):
            below = [number for number, part in enumerate(kind.parts) if f"{name}.{part}" in paths]
            found += [f"{1 + position}-{_hexadecimal(below, digits)}"] if below else []
    return found


def _hexadecimal(positions: Sequence[int], digits: int) -> str:
    """Bits in bytes, the first field's in the lowest place of the last byte."""
    content = bytearray(max(positions) // 8 + 1)
    for position in positions:
        content[-1 - position // 8] |= 1 << position % 8
    return "0x" + content.hex().upper().rjust(digits, "0")


def _field_type(kind: str | CompoundField, known: set[str]) -> Any:
    if not isinstance(kind, CompoundField):
        return kind
    if kind.name in known:
        return kind.name  # As Avro wants it: a type is defined where it first stands.
    known.add(kind.name)
    return {"type": "record", "name": kind.name, "fields": _nullable(kind.parts)}


def _record(name: str, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "record", "name": name, "namespace": NAMESPACE, "fields": fields}


def _listed(types: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "type": kind} for name, kind in types.items()]


def _nullable(types: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "type": ["null", kind], "default": None} for name, kind in types.items()]
