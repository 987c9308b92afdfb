"""The published language by its descriptors: which messages a call and an event have, and how they read as JSON."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from doselane.contracts.schemas import SchemaBook
from doselane.type.v1.options_pb2 import Deprecation, deprecated_call, deprecated_field
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

# In the comment of every event's message, so that the words and the contract cannot differ.
_EVENT_TYPE = re.compile(r"`(doselane\.[a-z_]+\.[a-z0-9_]+\.[a-z_]+\.v\d+)`")
_WHOLE, _WHOLE_TEXT = {"type": "integer"}, {"type": "string", "format": "int64"}
_SCALARS: Mapping[int, Mapping[str, Any]] = {
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BYTES: {"type": "string"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number"},
    FieldDescriptor.TYPE_FLOAT: {"type": "number"},
    FieldDescriptor.TYPE_INT32: _WHOLE,
    FieldDescriptor.TYPE_SINT32: _WHOLE,
    FieldDescriptor.TYPE_SFIXED32: _WHOLE,
    FieldDescriptor.TYPE_UINT32: {"type": "integer", "minimum": 0},
    FieldDescriptor.TYPE_FIXED32: {"type": "integer", "minimum": 0},
    FieldDescriptor.TYPE_INT64: _WHOLE_TEXT,
    FieldDescriptor.TYPE_SINT64: _WHOLE_TEXT,
    FieldDescriptor.TYPE_SFIXED64: _WHOLE_TEXT,
    FieldDescriptor.TYPE_UINT64: {"type": "string", "format": "uint64"},
    FieldDescriptor.TYPE_FIXED64: {"type": "string", "format": "uint64"},
}
# Messages that protobuf JSON writes in forms of their own.
_WELL_KNOWN: Mapping[str, Mapping[str, Any]] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?\d+(\.\d{1,9})?s$"},
    "google.protobuf.FieldMask": {"type": "string"},
    "google.protobuf.Struct": {"type": "object"},
    "google.protobuf.Value": {},
    "google.protobuf.ListValue": {"type": "array"},
    "google.protobuf.Empty": {"type": "object"},
    "google.protobuf.Any": {
        "type": "object",
        "properties": {"@type": {"type": "string"}},
        "additionalProperties": True,
    },
}


class Protos:
    """Calls and events, as a descriptor set says they are."""

    def __init__(self, descriptors: FileDescriptorSet) -> None:
        self._pool = descriptor_pool.DescriptorPool()
        for file in descriptors.file:
            self._pool.Add(file)
        self._books: dict[tuple[str, bool], SchemaBook] = {}
        self._descriptors = descriptors

    @cached_property
    def events(self) -> Mapping[str, str]:
        """The full name of the message of each event type."""
        return {
            event: f"{file.package}.{file.message_type[index].name}"
            for file in self._descriptors.file
            for index, event in _event_types(file)
        }

    @cached_property
    def calls(self) -> Mapping[str, MethodDescriptor]:
        """The methods by their gRPC path, `/package.Service/Method`."""
        return {
            f"/{file.package}.{service.name}/{method.name}": self._pool.FindServiceByName(
                f"{file.package}.{service.name}"
            ).methods_by_name[method.name]
            for file in self._descriptors.file
            for service in file.service
        for method in service.method
        }  # fmt: skip

    def method(self, path: str) -> MethodDescriptor:
        """The method of a gRPC path; raises KeyError where there is none."""
        return self.calls["/" + path.strip("/")]

    def request(self, method: MethodDescriptor) -> type[Message]:
        """The message that a method is asked with."""
        return GetMessageClass(method.input_type)

    def response(self, method: MethodDescriptor) -> type[Message]:
        """The message that a method answers with."""
        return GetMessageClass(method.output_type)

    def event(self, event_type: str) -> type[Message]:
        """The message that an event carries; raises KeyError where there is none of the type."""
        return GetMessageClass(self._pool.FindMessageTypeByName(self.events[event_type]))

    def as_json(self, message: Message) -> dict[str, Any]:
        """Protobuf JSON, with fields that have their zero value: a reader may rely on those too."""
        return MessageToDict(message, always_print_fields_with_no_presence=True, descriptor_pool=self._pool)

    def book(self, message: Descriptor, *, wire: bool = False) -> SchemaBook:
        """The schemas of a message and all that it holds, by full name: as JSON, or (`wire`) as the protos have it.

        As the protos have it, names are in snake_case, 64-bit numbers are numbers and instants are messages.
        """
        key = (message.full_name, wire)
        if key not in self._books:
            named: dict[str, Mapping[str, Any]] = {}
            waiting = [message]
            while waiting:
                each = waiting.pop()
                if each.full_name not in named:
                    named[each.full_name] = _object(each, wire=wire)
                    waiting += [field.message_type for field in each.fields if field.message_type]
            self._books[key] = SchemaBook(named)
        return self._books[key]


def reference(message: Descriptor) -> dict[str, Any]:
    """A reference to the schema of a message in its book."""
    return {"$ref": f"#/components/schemas/{message.full_name}"}


def end_of(method: MethodDescriptor) -> dict[str, Any]:
    """What is declared of the end of a call, as documents say it; empty: nothing."""
    options = method.GetOptions()
    return _deprecated(options.deprecated, options, deprecated_call)


def _object(message: Descriptor, *, wire: bool) -> dict[str, Any]:
    if message.full_name in _WELL_KNOWN and not wire:
        return dict(_WELL_KNOWN[message.full_name])
    properties = {field.name if wire else field.json_name: _field(field, wire) for field in message.fields}
    return {"type": "object", "properties": properties}


def _field(field: FieldDescriptor, wire: bool) -> dict[str, Any]:
    schema = _one(field, wire)
    if field.is_repeated:
        is_map = field.message_type and field.message_type.GetOptions().map_entry
        if is_map:
            schema = {"type": "object", "additionalProperties": _one(field.message_type.fields_by_name["value"], wire)}
        else:
            schema = {"type": "array", "items": schema}
    options = field.GetOptions()
    return {**schema, **_deprecated(options.deprecated, options, deprecated_field)}


def _one(field: FieldDescriptor, wire: bool) -> dict[str, Any]:
    if field.message_type:
        return reference(field.message_type)
    if field.enum_type:
        return {"type": "string", "enum": [value.name for value in field.enum_type.values]}
    said = _SCALARS[field.type]
    return dict(_WHOLE if wire and said.get("format") in ("int64", "uint64") else said)


def _deprecated(deprecated: bool, options: Any, extension: Any) -> dict[str, Any]:
    if not deprecated:
        return {}
    told: Deprecation = options.Extensions[extension]
    found: dict[str, Any] = {"deprecated": True}
    if told.replacement:
        found["description"] = f"Use {told.replacement}"
    if told.HasField("sunset_date"):
        day = told.sunset_date
        found["x-sunset"] = date(day.year, day.month, day.day).isoformat()
    return found


def _event_types(file: FileDescriptorProto) -> list[tuple[int, str]]:
    """The event type of each message of an events.proto, by the message's index in it."""
    if not file.name.startswith("doselane/") or not file.name.endswith("/events.proto"):
        return []
    found = []
    for location in file.source_code_info.location:
        # In a file's descriptor, field 4 holds its messages; a path of two parts is a message itself.
        if len(location.path) == 2 and location.path[0] == 4:
            found += [(location.path[1], event) for event in _EVENT_TYPE.findall(location.leading_comments)]
    return found
