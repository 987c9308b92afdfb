"""What is served: every call of the published protos that has an HTTP binding, read from the descriptor set."""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

from doselane.described import comments, descriptors
from doselane.type.v1.options_pb2 import TextBody, required_scope, signing, text_answer, text_body
from google.api.annotations_pb2 import http
from google.api.http_pb2 import HttpRule
from google.api.resource_pb2 import resource
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.edge.templates import Template
from services.kernel.deprecation import Uses

PACKAGE = "doselane."


@dataclass(frozen=True)
class Binding:
    """One call under one address. `body` is `*` (the whole request), a field, or nothing."""

    method: MethodDescriptor
    http_method: str
    template: Template
    body: str
    scopes: tuple[str, ...]
    text_body: TextBody | None = None
    text_answer: TextBody | None = None
    signer_roles: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.http_method} {self.template.text}"

    @property
    def streams(self) -> bool:
        """Whether it answers with a stream."""
        return bool(self.method.server_streaming)

    @property
    def goes_on(self) -> bool:
        """Whether its stream can be taken up again at a cursor; one that cannot has an end."""
        return "cursor" in self.method.input_type.fields_by_name

    @cached_property
    def masked(self) -> Descriptor:
        """What a field mask of its request is about: the resource in the body, or else what is answered."""
        field = self.method.input_type.fields_by_name.get(self.body)
        return field.message_type if field and field.message_type else self.method.output_type

    @cached_property
    def deprecated(self) -> Uses:
        """What of it will go away."""
        return Uses(self.method)

    @cached_property
    def request(self) -> type[Message]:
        """The class of its request."""
        return GetMessageClass(self.method.input_type)

    @cached_property
    def response(self) -> type[Message]:
        """The class of its response."""
        return GetMessageClass(self.method.output_type)

    @cached_property
    def grpc_path(self) -> str:
        """What gRPC calls it."""
        return f"/{self.method.containing_service.full_name}/{self.method.name}"


@dataclass(frozen=True)
class Api:
    """All bindings, with what their authors wrote about them."""

    bindings: tuple[Binding, ...]
    comments: Mapping[str, str]  # by full name of the declaration
    singular_of: Mapping[str, str]  # slots: slot
    pattern_of: Mapping[str, str]  # slot: slots/{slot}

    def comment(self, full_name: str) -> str:
        """What the proto says of a declaration."""
        return self.comments.get(full_name, "")


@cache
def load() -> Api:
    """Reads the descriptor set that is generated beside the stubs; it has the comments, which the stubs lack.

    Once a process: the protos do not change while it runs.
    """
    described = descriptors()
    ours = [file for file in described.file if file.package.startswith(PACKAGE)]
    for file in ours:
        importlib.import_module(file.name.removesuffix(".proto").replace("/", ".") + "_pb2")
    said = {name: text for file in described.file for name, text in comments(file)}
    patterns = tuple(_patterns(ours))
    return Api(tuple(bindings_of(ours)), said, dict(_singulars(patterns)), {_last(each): each for each in patterns})


def bindings_of(described: Iterable[FileDescriptorProto]) -> Iterator[Binding]:
    """The calls with an HTTP binding in the files of these descriptions, which are in the pool."""
    pool = descriptor_pool.Default()
    for file in described:
        for service in file.service:
            for declared in service.method:
                method = pool.FindMethodByName(f"{file.package}.{service.name}.{declared.name}")
                scopes = method.GetOptions().Extensions[required_scope]
                rule = method.GetOptions().Extensions[http]
                for each in (rule, *rule.additional_bindings):
                    if verb := each.WhichOneof("pattern"):
                        yield _binding(method, verb, each, scopes)


def _binding(method: MethodDescriptor, verb: str, rule: HttpRule, scopes: str) -> Binding:
    kind, path = (rule.custom.kind, rule.custom.path) if verb == "custom" else (verb.upper(), getattr(rule, verb))
    return Binding(
        method,
        kind,
        Template.compile(path),
        rule.body,
        tuple(scopes.split()),
        text_body=_text(method, text_body, method.input_type),
        text_answer=_text(method, text_answer, method.output_type),
        signer_roles=tuple(method.GetOptions().Extensions[signing].roles),
    )


def _text(method: MethodDescriptor, option: Any, carrier: Descriptor) -> TextBody | None:
    if not method.GetOptions().HasExtension(option):
        return None
    said: TextBody = method.GetOptions().Extensions[option]
    require_text(said, carrier)
    return said


def require_text(said: TextBody, carrier: Descriptor) -> None:
    """Raises ValueError if a call says that a field is a text, and it is not: a fault in a proto."""
    field = carrier.fields_by_name.get(said.field)
    if field is None or field.type != FieldDescriptor.TYPE_STRING or field.is_repeated:
        raise ValueError(f"{carrier.full_name} has no text `{said.field}`")


def _patterns(described: Iterable[FileDescriptorProto]) -> Iterator[str]:
    """What the names of the resources look like: `slots/{slot}`."""
    for file in described:
        for message in file.message_type:
            yield from message.options.Extensions[resource].pattern


def _singulars(patterns: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What one member of a collection is called."""
    for pattern in patterns:
        for collection, member in pairwise(pattern.split("/")):
            if member.startswith("{"):
                yield collection, member.strip("{}")


def _last(pattern: str) -> str:
    return pattern.rpartition("/")[2].strip("{}")
