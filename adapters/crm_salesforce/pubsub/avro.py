"""Avro binary, read and written by a schema that came over the wire; both are bounded before the library works on them.

What a value takes in memory is bounded by the bytes of its payload, because a type that takes no byte is refused; the
depth of a value is bounded by its schema, because a type may not hold itself.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import fastavro

from adapters.json_body import read_json
from adapters.manifest import Refused

SCHEMA_BYTES_MAX = 1 << 20
PAYLOAD_BYTES_MAX = 1 << 20  # Salesforce's own bound of an event
DEPTH_MAX = 16
SCHEMAS_KEPT = 64
_DATES = re.compile(r"Data:(DateOnly|TimeOnly)\b")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
_CONTAINERS = {"array": "items", "map": "values"}


@dataclass(frozen=True, slots=True)
class RecordField:
    """A field of a record, in its position; `parts` are the names of the fields below it if it is a compound one."""

    name: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WriterSchema:
    """The schema of an event: the name of its record, its fields in order, and what the library made of it."""

    name: str
    fields: tuple[RecordField, ...]
    parsed: Any
    optional: frozenset[str]  # the fields that may be null
    dates: Mapping[str, str] = field(default_factory=dict)  # those that are days or times of day, and which, by `doc`


@lru_cache(SCHEMAS_KEPT)
def writer_schema(text: str) -> WriterSchema:
    """Reads a schema in Avro's JSON; raises Refused (SCHEMA_UNREADABLE) saying what is wrong."""
    if len(text) > SCHEMA_BYTES_MAX:
        raise _unreadable(f"it has more than {SCHEMA_BYTES_MAX} characters")
    try:
        given = read_json(text.encode())
        bare = _bare(given)
        named: dict[str, Any] = {}
        parsed = fastavro.parse_schema(bare, named)
    except Refused as refused:
        raise refused if refused.reason == "SCHEMA_UNREADABLE" else _unreadable(refused.words) from None
    except UnicodeEncodeError:
        raise _unreadable("it holds half of a surrogate pair") from None
    except (fastavro.schema.SchemaParseException, KeyError, TypeError, ValueError, AttributeError) as wrong:
        # UnknownType is a ValueError.
        raise _unreadable(f"{type(wrong).__name__}: {wrong}") from None
    if not isinstance(parsed, dict) or parsed["type"] != "record":
        raise _unreadable("it is not that of a record")
    _Depth(named).of(parsed)
    fields = tuple(RecordField(each["name"], _parts(each["type"], named)) for each in parsed["fields"])
    optional = frozenset(each["name"] for each in parsed["fields"] if _may_be_null(each["type"]))
    return WriterSchema(parsed["name"].rpartition(".")[2], fields, parsed, optional, _dates(given))


def decode(schema: WriterSchema, payload: bytes) -> dict[str, Any]:
    """The record that a payload holds: whole, and nothing after it. Raises Refused (PAYLOAD_UNREADABLE)."""
    if len(payload) > PAYLOAD_BYTES_MAX:
        raise Refused("PAYLOAD_UNREADABLE", f"The payload has more than {PAYLOAD_BYTES_MAX} bytes.", "/payload")
    source = _Payload(payload)
    try:
        value = fastavro.schemaless_reader(source, schema.parsed, None)
    except EOFError:
        raise _does_not_fit(schema, "it ends before the record does") from None
    except UnicodeDecodeError:
        raise _does_not_fit(schema, f"a text before byte {source.tell()} is not UTF-8") from None
    except IndexError:
        where = f"byte {source.tell()}"
        raise _does_not_fit(schema, f"at {where} it ends, or chooses what the schema does not have") from None
    except (ValueError, OverflowError, TypeError, KeyError) as wrong:
        raise _does_not_fit(schema, f"{wrong} at byte {source.tell()}") from None
    if left := len(payload) - source.tell():
        raise _does_not_fit(schema, f"{left} bytes are left after the record")
    assert isinstance(value, dict)
    _check_texts(value)
    for name, kind in schema.dates.items():
        value[name] = _spelt(kind, value[name])
    return value


def encode(schema: WriterSchema, record: Mapping[str, Any]) -> bytes:
    """The payload of a record; a field that is left out is null. Raises ValueError saying what does not fit."""
    names = {each.name for each in schema.fields}
    if unknown := sorted(record.keys() - names):
        raise ValueError(f"{schema.name} has no field {', '.join(unknown)}")
    if missing := sorted(names - record.keys() - schema.optional):
        raise ValueError(f"{schema.name} requires {', '.join(missing)}")
    whole = {name: record.get(name) for name in names}
    try:
        fastavro.validate(whole, schema.parsed, raise_errors=True)
        target = io.BytesIO()
        fastavro.schemaless_writer(target, schema.parsed, whole)
    except (fastavro.validation.ValidationError, ValueError, TypeError, OverflowError) as wrong:
        raise ValueError(f"{schema.name} does not take it: {wrong}") from None
    return target.getvalue()


class _Payload(io.BytesIO):
    """A length below zero would make the library read all there is."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            raise EOFError("a length is below zero")
        return super().read(size)


def _bare(node: Any) -> Any:
    """The schema without what does not shape the binary: texts, defaults, aliases, and logical types."""
    if isinstance(node, str):
        return node
    if isinstance(node, list):
        if not node or any(isinstance(each, list) for each in node):
            raise _unreadable("a union is empty, or stands in a union")
        return [_bare(each) for each in node]
    if not isinstance(node, dict):
        raise _unreadable(f"{str(node)[:40]!r} is no type")
    kind = node.get("type")
    if isinstance(kind, dict | list):
        return _bare(kind)
    if not isinstance(kind, str):
        raise _unreadable(f"{str(kind)[:40]!r} is no type")
    if (below := _CONTAINERS.get(kind)) is not None:
        return {"type": kind, below: _bare(node[below])}
    if kind not in _SHAPES:
        return kind
    shape, is_right = _SHAPES[kind]
    if not (isinstance(node.get("name"), str) and isinstance(node.get("namespace", ""), str) and is_right(node[shape])):
        raise _unreadable(f"{str(node.get('name'))[:100]!r} has no name, or its {shape} cannot be")
    made: dict[str, Any] = {name: node[name] for name in ("type", "name", "namespace", shape) if name in node}
    if kind == "record":
        made["fields"] = [{"name": each["name"], "type": _bare(each["type"])} for each in node["fields"]]
    return made


def _are_fields(given: Any) -> bool:
    return (
        isinstance(given, list)
        and bool(given)
        and all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in given)
        and len({each["name"] for each in given}) == len(given)
    )


def _are_symbols(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(isinstance(each, str) for each in given)


def _is_size(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 0 < given <= PAYLOAD_BYTES_MAX


# What each named type must have. Without a field, a symbol or a byte a value would take no room in the payload.
_SHAPES = {"record": ("fields", _are_fields), "enum": ("symbols", _are_symbols), "fixed": ("size", _is_size)}


class _Depth:
    """How deep a value can be nested; refuses what has no end, and what takes no byte and so could come without end."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        self._named, self._known, self._open = named, dict[str, int](), set[str]()

    def of(self, node: Any, *, in_union: bool = False) -> int:
        if isinstance(node, str) and node in self._named:
            return self._of_named(node)
        if isinstance(node, list):
            return max((self.of(each, in_union=True) for each in node), default=0)
        kind = node if isinstance(node, str) else node["type"]
        if kind == "null" and not in_union:
            raise _unreadable("null stands alone, and takes no byte")
        if kind in _CONTAINERS:
            return self._bounded(1 + self.of(node[_CONTAINERS[kind]]))
        return 0 if kind in _PRIMITIVES else self._of_named(node["name"])

    def _of_named(self, name: str) -> int:
        if name in self._open:
            raise _unreadable(f"{name} holds itself")
        if name not in self._known:
            self._open.add(name)
            self._known[name] = self._bounded(self._of_definition(self._named[name]))
            self._open.discard(name)
        return self._known[name]

    def _of_definition(self, node: Any) -> int:
        return 1 + max(self.of(each["type"]) for each in node["fields"]) if node["type"] == "record" else 0

    def _bounded(self, depth: int) -> int:
        if depth > DEPTH_MAX:
            raise _unreadable(f"it is nested more than {DEPTH_MAX} deep")
        return depth


def _dates(given: Any) -> dict[str, str]:
    """The fields of which `doc` says `Data:DateOnly…` or `Data:TimeOnly…`: their type is that of an instant."""
    while isinstance(given.get("type"), dict):  # as `_bare` takes it
        given = given["type"]
    told = {each["name"]: _DATES.match(str(each.get("doc", ""))) for each in given["fields"]}
    return {name: found[1] for name, found in told.items() if found}


def _spelt(kind: str, value: Any) -> Any:
    """A day or a time of day as REST spells it; what is none stays as it came."""
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    try:
        at = _EPOCH + timedelta(milliseconds=value)
    except OverflowError:
        return value
    return at.date().isoformat() if kind == "DateOnly" else f"{at.time().isoformat('milliseconds')}Z"


def _parts(node: Any, named: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of the one record that a compound field is; of several none, as positions would be unclear."""
    branches = [named.get(each, each) if isinstance(each, str) else each for each in _branches(node)]
    records = [each for each in branches if isinstance(each, dict) and each["type"] == "record"]
    return tuple(each["name"] for each in records[0]["fields"]) if len(records) == 1 else ()


def _branches(node: Any) -> list[Any]:
    return node if isinstance(node, list) else [node]


def _may_be_null(node: Any) -> bool:
    return "null" in _branches(node)


def _check_texts(value: Any) -> None:
    if isinstance(value, str) and "\0" in value:
        raise Refused("TEXT_NOT_STORABLE", "A text holds U+0000, which no text can hold.", "/payload")
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _check_texts(each)
        if isinstance(value, dict):
            _check_texts(list(value))


def _unreadable(words: str) -> Refused:
    return Refused("SCHEMA_UNREADABLE", f"The schema cannot be used: {words}.", "/schema")


def _does_not_fit(schema: WriterSchema, words: str) -> Refused:
    return Refused("PAYLOAD_UNREADABLE", f"The payload does not fit the schema {schema.name}: {words}.", "/payload")
