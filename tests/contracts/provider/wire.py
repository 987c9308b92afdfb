"""The published language by its descriptors: which messages a call and an event have, and how they read as JSON."""

import importlib
import pkgutil
import re
from importlib import resources
from typing import Any

import doselane
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

# In the comment of every event's message, so that the words and the contract cannot differ.
EVENT_TYPE = re.compile(r"`(doselane\.[a-z_]+\.[a-z0-9_]+\.[a-z_]+\.v\d+)`")


class Wire:
    """Calls and events, as the descriptors given say they are; today's, unless a test gives others."""

    def __init__(self, descriptors: FileDescriptorSet) -> None:
        self._pool = descriptor_pool.DescriptorPool()
        for file in descriptors.file:
            self._pool.Add(file)
        self._events = {
            event: f"{file.package}.{file.message_type[index].name}"
            for file in descriptors.file
            for index, event in _event_types(file)
        }

    @property
    def events(self) -> dict[str, str]:
        """The name of the message of each event type."""
        return dict(self._events)

    def method(self, path: str) -> MethodDescriptor:
        """The method of a gRPC path, `/package.Service/Method`."""
        service, _, method = path.strip("/").partition("/")
        return self._pool.FindServiceByName(service).methods_by_name[method]

    def request(self, method: MethodDescriptor) -> type[Message]:
        """The message that a method is asked with."""
        return GetMessageClass(method.input_type)

    def response(self, method: MethodDescriptor) -> type[Message]:
        """The message that a method answers with."""
        return GetMessageClass(method.output_type)

    def event(self, event_type: str) -> type[Message]:
        """The message that an event carries."""
        return GetMessageClass(self._pool.FindMessageTypeByName(self._events[event_type]))

    def as_json(self, message: Message) -> dict[str, Any]:
        """Protobuf JSON, with fields that have their zero value: a reader may rely on those too."""
        return MessageToDict(message, always_print_fields_with_no_presence=True, descriptor_pool=self._pool)


def descriptors_of_today() -> FileDescriptorSet:
    """The protos as they are, with their comments."""
    return FileDescriptorSet.FromString(descriptor_bytes())


def descriptor_bytes() -> bytes:
    """The descriptor set that is generated beside the stubs."""
    return (resources.files(doselane) / "descriptors.binpb").read_bytes()


def load_stubs() -> None:
    """Makes every generated message known, so that an `Any` among the details of an error can be read."""
    for module in pkgutil.walk_packages(doselane.__path__, "doselane."):
        if module.name.endswith("_pb2"):
            importlib.import_module(module.name)


def _event_types(file: FileDescriptorProto) -> list[tuple[int, str]]:
    """The event type of each message of an events.proto, by the message's index in it."""
    if not file.name.startswith("doselane/") or not file.name.endswith("/events.proto"):
        return []
    found = []
    for location in file.source_code_info.location:
        # In a file's descriptor, field 4 holds its messages; a path of two parts is a message itself.
        if len(location.path) == 2 and location.path[0] == 4:
            found += [(location.path[1], event) for event in EVENT_TYPE.findall(location.leading_comments)]
    return found
