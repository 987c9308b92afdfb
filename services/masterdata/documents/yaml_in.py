"""Resources out of a YAML text: the form of protobuf JSON, each mistake named with its field and line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from services.kernel import proto_json, timestamps
from services.kernel.errors import GatewayError, Invalid, InvalidFields
from services.kernel.proto_json import OutOfRange, Unfit
from services.kernel.proto_names import choices_of, field_named
from services.kernel.yaml_tree import Node, not_yaml, tree_of
from services.masterdata.documents.kinds import KINDS, ResourceKind
from services.masterdata.domain.fields import Violation

TEXT_BYTES_MAX = 4 * 1024 * 1024
_KIND_OF_COLLECTION = {kind.collection: kind for kind in KINDS}
_STEP = re.compile(r"(\w+)|\[(\d+)\]")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ZERO_IN_FRONT = re.compile("-?0[0-9]+")
_IN_GROUPS = re.compile("-?[0-9]+(?:_[0-9]+)+(?:[.][0-9_]+)?")
_NUMBER_OF_ENUM = re.compile("[0-9]{1,9}")
_FRACTIONS = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
_NUMBERS = (
    *_FRACTIONS,
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
)


@dataclass(frozen=True, slots=True)
class TextResource:
    """A resource of the text; `at` is where it stands, such as `sites[2]`."""

    kind: ResourceKind
    name: str
    at: str
    message: Any


@dataclass(frozen=True, slots=True)
class Text:
    """What a text holds, in its order."""

    tree: Node
    entries: tuple[TextResource, ...]

    def located(self, error: GatewayError) -> GatewayError:
        """The same error with the line, if it names a field of the text."""
        return _located(error, self.tree)


def read(text: str) -> Text:
    """The resources of a text; raises all that is wrong with its form at once."""
    if len(text.encode()) > TEXT_BYTES_MAX:
        raise Invalid("yaml must be at most 4 MiB; import it in parts.", field="yaml", bytes_max=TEXT_BYTES_MAX)
    tree = tree_of(text)
    if tree.entries is None:
        raise not_yaml("it must be a mapping of collections, such as `sites:`", tree.line)
    found: list[TextResource] = []
    violations: list[Violation] = []
    for collection, node in tree.entries.items():
        kind = _KIND_OF_COLLECTION.get(collection)
        if kind is None:
            known = ", ".join(_KIND_OF_COLLECTION)
            violations.append((collection[:80] or "yaml", f"is no collection; there are {known}"))
        elif node.items is not None:
            for index, item in enumerate(node.items):
                found.append(_entry(kind, item, f"{collection}[{index}]", violations))
        elif not node.is_null:
            violations.append((collection, "must be a list"))
    violations += _twice(found)
    if violations:
        raise _located(InvalidFields(violations), tree)
    return Text(tree, tuple(found))


def _entry(kind: ResourceKind, node: Node, at: str, violations: list[Violation]) -> TextResource:
    message = kind.message()
    violations += _fill(message, node, at)
    name: str = message.name  # type: ignore[attr-defined]  # all kinds have one
    if not kind.has_name(name) and node.entries is not None:
        violations.append((f"{at}.name", f"must look like {kind.pattern}"))
    return TextResource(kind, name, at, message)


def _twice(entries: list[TextResource]) -> Iterator[Violation]:
    first: dict[str, str] = {}
    for entry in entries:
        other = first.setdefault(entry.name, entry.at)
        if other != entry.at and entry.name:
            yield f"{entry.at}.name", f"is that of {other} too"


def _fill(message: Message, node: Node, at: str) -> Iterator[Violation]:
    """Writes a mapping into a message."""
    if node.entries is None:
        yield at, "must be a mapping of fields"
        return
    spellings: dict[str, str] = {}
    for key, value in node.entries.items():
        field, where = field_named(message.DESCRIPTOR, key), f"{at}.{key[:80]}"
        if field is None:
            yield where, f"is no field of a {message.DESCRIPTOR.name}"
        elif spellings.setdefault(field.name, key) != key:
            yield where, f"is {spellings[field.name]} in another spelling"
        elif value.is_null:
            continue
        elif (group := field.containing_oneof) and message.WhichOneof(group.name) not in (None, field.name):
            yield where, f"cannot be stated beside {message.WhichOneof(group.name)}"
        elif field.is_repeated and value.items is None:
            yield where, "must be a list"
        elif field.is_repeated:
            yield from _fill_list(message, field, value, where)
        elif _is_structure(field):
            getattr(message, field.name).SetInParent()
            yield from _fill(getattr(message, field.name), value, where)
        else:
            yield from _put(message, field, value, where)


def _fill_list(message: Any, field: FieldDescriptor, node: Node, at: str) -> Iterator[Violation]:
    values = getattr(message, field.name)
    for index, item in enumerate(node.items or ()):
        where = f"{at}[{index}]"
        if _is_structure(field):
            yield from _fill(values.add(), item, where)
            continue
        alone = type(message)()
        yield from _put(alone, field, item, where)
        values.extend(getattr(alone, field.name))


def _put(message: Message, field: FieldDescriptor, node: Node, at: str) -> Iterator[Violation]:
    """Writes a single value, as protobuf JSON has it."""
    if node.text is None:
        yield at, f"must be {_wanted(field)}, not a list or a mapping"
        return
    try:
        if field.message_type is not None:
            at_time = getattr(message, field.name)
            at_time.seconds, at_time.nanos = timestamps.read(node.text)
        elif field.is_repeated:
            getattr(message, field.name).append(_value(field, node))
        else:
            setattr(message, field.name, _value(field, node))
    except OutOfRange as wrong:
        yield at, f"{wrong}, not {node.text[:80]!r}"
    except Unfit:
        yield at, f"must be {_wanted(field)}, not {node.text[:80]!r}{_hint(field, node.text)}"
    except ValueError as wrong:
        yield at, f"{wrong}, not {node.text[:80]!r}"


def _value(field: FieldDescriptor, node: Node) -> Any:
    """A text is what stands there. A number is written as in JSON: 010, 7_400, 0x10 and 1:30 are other numbers to
    other readers of YAML, so they are none here; true and false have no other names, for the same reason."""
    text = node.text or ""
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return proto_json.scalar(field, None if node.quoted else {"true": True, "false": False}.get(text))
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM and _NUMBER_OF_ENUM.fullmatch(text):
        return proto_json.scalar(field, int(text))
    if field.cpp_type in _NUMBERS and not _JSON_NUMBER.fullmatch(text):
        raise Unfit
    return proto_json.scalar(field, text)


def _wanted(field: FieldDescriptor) -> str:
    if field.enum_type is not None:
        return choices_of(field.enum_type)
    if field.message_type is not None:
        return "an instant such as 2027-03-01T08:00:00Z"
    if field.cpp_type in (FieldDescriptor.CPPTYPE_STRING, FieldDescriptor.CPPTYPE_BOOL):
        return "a text" if field.cpp_type == FieldDescriptor.CPPTYPE_STRING else "true or false"
    return "a number as JSON writes it" if field.cpp_type in _FRACTIONS else "a whole number as JSON writes it"


def _hint(field: FieldDescriptor, text: str) -> str:
    """How a number was probably meant that some readers of YAML take for another."""
    if field.cpp_type not in _NUMBERS:
        return ""
    if _ZERO_IN_FRONT.fullmatch(text):
        return "; some readers take a zero in front for octal, so write none"
    return "; write its figures without _" if _IN_GROUPS.fullmatch(text) else ""


def _is_structure(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.full_name != "google.protobuf.Timestamp"


def _located(error: GatewayError, tree: Node) -> GatewayError:
    if isinstance(error, InvalidFields):
        told = InvalidFields([(at, f"{wrong} (line {_line(tree, at)})") for at, wrong in error.violations])
        told.facts = {**told.facts, "line": str(_line(tree, told.violations[0][0]))}
        return told
    at = error.facts.get("field", "")
    if at and at.partition("[")[0] in _KIND_OF_COLLECTION:
        error.facts = {**error.facts, "line": str(_line(tree, at))}
    return error


def _line(tree: Node, at: str) -> int:
    """The line of the deepest part of the text on the way to a field."""
    node = tree
    for key, index in _STEP.findall(at):
        if index:
            below = node.items[int(index)] if node.items and int(index) < len(node.items) else None
        else:
            below = _below(node, key)
        if below is None:
            break
        node = below
    return node.line


def _below(node: Node, key: str) -> Node | None:
    entries = node.entries or {}
    return next((value for name, value in entries.items() if key in (name, _snake(name))), None)


def _snake(name: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
