"""Pages of messages: each message and enum of a package, with every field, as the protos describe them."""

from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any

from google.api.field_behavior_pb2 import OUTPUT_ONLY, REQUIRED, field_behavior
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from services.edge.api import PACKAGE, Api
from services.edge.docs.markdown import anchor, plain, table
from services.edge.openapi.bounds import bounds, in_words
from services.edge.openapi.deprecated import described

FOLDER = "reference/messages"

_WORD_OF_SCALAR = {
    FieldDescriptor.TYPE_BOOL: "true or false",
    FieldDescriptor.TYPE_STRING: "text",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_DOUBLE: "number",
    FieldDescriptor.TYPE_FLOAT: "number",
    FieldDescriptor.TYPE_INT32: "whole number",
    FieldDescriptor.TYPE_UINT32: "whole number",
    FieldDescriptor.TYPE_INT64: "64-bit whole number",
    FieldDescriptor.TYPE_UINT64: "64-bit whole number",
}
_WORDS_OF_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
}
_WORD_OF_MESSAGE = {
    "google.protobuf.Timestamp": "instant",
    "google.protobuf.Duration": "duration",
    "google.protobuf.FieldMask": "field mask",
    "google.protobuf.Struct": "object",
    "google.type.Date": "date",
    "google.type.TimeOfDay": "time of day",
    "google.type.Interval": "interval",
    "google.type.LatLng": "coordinates",
}


def pages(api: Api) -> Iterator[tuple[str, str, str]]:
    """Path, title and text of the page of each package."""
    for package, declared in _packages().items():
        text = f"# Messages of {package}\n\nAs the protos define them; fields are named as in JSON.\n\n"
        text += "".join(_message(api, message) for file in declared for message in _messages(file))
        text += "".join(_enum(api, enum) for file in declared for enum in _enums(file))
        yield page_of(package), package, text


def page_of(package: str) -> str:
    """The page of a package, from the top of the site."""
    return f"{FOLDER}/{package.removeprefix(PACKAGE).removesuffix('.v1')}.md"


def link(of: Descriptor | EnumDescriptor, up: str = "../..") -> str:
    """A link to a message or an enum from a page that is two folders deep; its name alone where it is not ours."""
    if not of.full_name.startswith(PACKAGE):
        return f"`{of.full_name}`"
    return f"[{_short(of)}]({up}/{page_of(of.file.package)}#{anchor(of.full_name)})"


def fields_table(api: Api, fields: Iterable[FieldDescriptor], up: str = "../..") -> str:
    """What there is to know of fields."""
    rows = ((f"`{each.json_name}`", _kind(each, up), plain(described(each, _told(api, each)))) for each in fields)
    return table(("field", "type", "what"), rows)


def _told(api: Api, field: FieldDescriptor) -> str:
    behaviour = field.GetOptions().Extensions[field_behavior]
    marks = [word for mark, word in ((REQUIRED, "**Required.**"), (OUTPUT_ONLY, "*Output only.*")) if mark in behaviour]
    return " ".join(filter(None, [*marks, api.comment(field.full_name), in_words(field), _bounds(bounds(field))]))


def _bounds(said: dict[str, Any]) -> str:
    """Bounds as JSON Schema words them, in plain words."""
    told = [words.format(said[name]) for name, words in _WORDS_OF_BOUNDS.items() if name in said]
    return f"({', '.join(told)})" if told else ""


def _kind(field: FieldDescriptor, up: str) -> str:
    if field.message_type and field.message_type.GetOptions().map_entry:
        key, value = field.message_type.fields
        return f"map of {_kind(key, up)} to {_kind(value, up)}"
    of = field.message_type or field.enum_type
    word = _WORD_OF_MESSAGE.get(of.full_name) or link(of, up) if of else _WORD_OF_SCALAR[field.type]
    return f"list of {word}" if field.is_repeated else word


def _message(api: Api, message: Descriptor) -> str:
    head = f"## {_short(message)} {{ #{anchor(message.full_name)} }}\n\n"
    return f"{head}{plain(api.comment(message.full_name))}\n\n{fields_table(api, message.fields)}\n"


def _enum(api: Api, enum: EnumDescriptor) -> str:
    head = f"## {_short(enum)} {{ #{anchor(enum.full_name)} }}\n\n{plain(api.comment(enum.full_name))}\n\n"
    # Values stand beside their enum, not in it, as C++ scopes them.
    scope = enum.full_name.rpartition(".")[0]
    rows = (
        (f"`{each.name}`", plain(api.comment(f"{enum.full_name}.{each.name}") or api.comment(f"{scope}.{each.name}")))
        for each in enum.values
    )
    return head + table(("value", "what"), rows) + "\n"


def _short(of: Descriptor | EnumDescriptor) -> str:
    return str(of.full_name.removeprefix(f"{of.file.package}."))


def _packages() -> dict[str, list[FileDescriptor]]:
    """The files of each package that has messages; the protos' own order."""
    described = FileDescriptorSet.FromString((files("doselane") / "descriptors.binpb").read_bytes())
    pool, found = descriptor_pool.Default(), dict[str, list[FileDescriptor]]()
    for each in described.file:
        if each.package.startswith(PACKAGE) and each.message_type:
            found.setdefault(each.package, []).append(pool.FindFileByName(each.name))
    return dict(sorted(found.items()))


def _messages(of: FileDescriptor | Descriptor) -> list[Descriptor]:
    inner = of.message_types_by_name.values() if isinstance(of, FileDescriptor) else of.nested_types
    return [each for message in inner if not message.GetOptions().map_entry for each in (message, *_messages(message))]


def _enums(file: FileDescriptor) -> list[EnumDescriptor]:
    own = list(file.enum_types_by_name.values())
    return own + [enum for message in _messages(file) for enum in message.enum_types]
