"""The descriptor set that is generated beside the stubs, and the comments in it, which the stubs lack."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet


def descriptors() -> FileDescriptorSet:
    """All published protos, those that they import included."""
    return FileDescriptorSet.FromString((files("doselane") / "descriptors.binpb").read_bytes())


def comments(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    """The full name of each declaration of a file, and what its comment says."""
    names = dict(_paths(file))
    for location in file.source_code_info.location:
        name, text = names.get(tuple(location.path)), location.leading_comments or location.trailing_comments
        if name and text.strip():
            yield name, " ".join(text.split())


def _paths(file: FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """The path of each declaration in its file, as SourceCodeInfo writes it, and its full name."""
    for index, message in enumerate(file.message_type):
        yield from _message_paths((4, index), f"{file.package}.{message.name}", message)
    for index, enum in enumerate(file.enum_type):
        yield from _enum_paths((5, index), f"{file.package}.{enum.name}", enum)
    for index, service in enumerate(file.service):
        name = f"{file.package}.{service.name}"
        yield (6, index), name
        for number, method in enumerate(service.method):
            yield (6, index, 2, number), f"{name}.{method.name}"


def _message_paths(path: tuple[int, ...], name: str, message: DescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    parts: list[tuple[int, Any]] = [(2, message.field), (8, message.oneof_decl)]
    for number, declared in parts:
        yield from (((*path, number, index), f"{name}.{each.name}") for index, each in enumerate(declared))
    for index, inner in enumerate(message.nested_type):
        yield from _message_paths((*path, 3, index), f"{name}.{inner.name}", inner)
    for index, enum in enumerate(message.enum_type):
        yield from _enum_paths((*path, 4, index), f"{name}.{enum.name}", enum)


def _enum_paths(path: tuple[int, ...], name: str, enum: EnumDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    yield from (((*path, 2, index), f"{name}.{value.name}") for index, value in enumerate(enum.value))
