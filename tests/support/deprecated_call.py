"""Calls and fields that will go away, as small as there can be, as a proto of ours would describe them."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from doselane.type.v1.options_pb2 import Deprecation, deprecated_call, deprecated_field, required_scope
from google.api.annotations_pb2 import http
from google.api.http_pb2 import HttpRule
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
)
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.type.date_pb2 import Date

from services.edge.api import Api, bindings_of
from services.kernel import rpc
from services.kernel.errors import GatewayError, Kind

PACKAGE = "doselane.tests.deprecation.v1"
SCOPE = "labels.write"
CALL = Deprecation(
    since_date=Date(year=2027, month=3, day=1),
    sunset_date=Date(year=2027, month=9, day=1),
    replacement="`WriteLabel`",
    reason="It prints on one kind of printer only.",
    link="https://doselane.example/changes#print-label",
)
# Begins before the call's end does, ends later, and has no document.
FIELD = Deprecation(
    since_date=Date(year=2027, month=1, day=15),
    sunset_date=Date(year=2027, month=12, day=1),
    replacement="`text`",
)
CALL_HEADERS = {
    "deprecation": "@1803859200",
    "sunset": "Wed, 01 Sep 2027 00:00:00 GMT",
    "link": '<https://doselane.example/changes#print-label>; rel="deprecation"',
}
FIELD_HEADERS = {"deprecation": "@1799971200", "sunset": "Wed, 01 Dec 2027 00:00:00 GMT"}

# A call's name, its address, and whether it is deprecated.
_CALLS = (
    ("WriteLabel", HttpRule(post="/v1/labels:write", body="*"), False),
    ("FindLabels", HttpRule(get="/v1/labels"), False),
    ("PrintLabel", HttpRule(post="/v1/labels:print", body="*"), True),
    ("WatchLabels", HttpRule(get="/v1/labels:watch"), True),
)


class PrinterAway(GatewayError):
    """A refusal that a service might have."""

    kind, reason = Kind.REFUSED, "PRINTER_AWAY"


def described(package: str = PACKAGE) -> FileDescriptorProto:
    """The file that describes them; a test may change it, in a package of its own."""
    file = FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    _fields(file.message_type.add(name="Style"), ("font", ""), ("size", ""), deprecated="size")
    label = file.message_type.add(name="Label")
    _fields(label, ("text", ""), ("title", ""), ("style", f".{package}.Style"), deprecated="title")
    more = label.field.add(name="more", number=4, label=FieldDescriptorProto.LABEL_REPEATED)
    more.type, more.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{package}.Label"
    service = file.service.add(name="LabelService")
    for name, rule, goes in _CALLS:
        call = MethodDescriptorProto(name=name, input_type=f".{package}.Label", output_type=f".{package}.Label")
        call.server_streaming = name.startswith("Watch")
        call.options.Extensions[required_scope] = SCOPE
        call.options.Extensions[http].CopyFrom(rule)
        if goes:
            call.options.deprecated = True
            call.options.Extensions[deprecated_call].CopyFrom(CALL)
        service.method.append(call)
    return file


def _fields(message: DescriptorProto, *fields: tuple[str, str], deprecated: str) -> None:
    for number, (name, kind) in enumerate(fields, 1):
        field = message.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
        field.type = FieldDescriptorProto.TYPE_MESSAGE if kind else FieldDescriptorProto.TYPE_STRING
        if kind:
            field.type_name = kind
        if name == deprecated:
            field.options.deprecated = True
            field.options.Extensions[deprecated_field].CopyFrom(FIELD)


def service_of(file: FileDescriptorProto) -> ServiceDescriptor:
    """The service, added to the pool the first time."""
    pool = descriptor_pool.Default()
    try:
        return pool.FindServiceByName(f"{file.package}.LabelService")
    except KeyError:
        pool.Add(file)
        return pool.FindServiceByName(f"{file.package}.LabelService")


def a_label(**fields: Any) -> Message:
    """A request, which has the shape of the answer."""
    return GetMessageClass(service_of(described()).file.message_types_by_name["Label"])(**fields)


def api() -> Api:
    """The calls as the HTTP door reads them."""
    file = described()
    service_of(file)
    comments = {f"{PACKAGE}.LabelService": "Labels.", f"{PACKAGE}.Label": "A label.", f"{PACKAGE}.Style": "A style."}
    comments |= {f"{PACKAGE}.LabelService.{name}": f"Calls {name}." for name, _, _ in _CALLS}
    for message, names in {"Label": ("text", "title", "style", "more"), "Style": ("font", "size")}.items():
        comments |= {f"{PACKAGE}.{message}.{name}": f"The {name}." for name in names}
    return Api(tuple(bindings_of([file])), comments, {}, {})


class LabelServicer:
    """Answers with what it was asked; refuses the text `away`."""

    async def WriteLabel(self, request: Message, call: rpc.Call) -> Message:
        return _answered(request)

    FindLabels = PrintLabel = WriteLabel

    async def WatchLabels(self, request: Message, call: rpc.Call) -> AsyncIterator[Message]:
        yield _answered(request)


def _answered(request: Any) -> Message:
    if request.text == "away":
        raise PrinterAway("The printer is away.")
    answer: Message = request
    return answer


def headers_told(pairs: Sequence[tuple[str, Any]] | Any) -> dict[str, str]:
    """What headers or metadata say of an end, and nothing else of them."""
    return {name: value for name, value in pairs if name in ("deprecation", "sunset", "link")}
