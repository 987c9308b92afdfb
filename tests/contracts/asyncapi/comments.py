"""The comments of the protos, by the full name of what they describe."""

from collections.abc import Iterator, Mapping

from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet

# Field numbers of descriptor.proto, of which a comment's path is made.
FILE_MESSAGE, FILE_ENUM = 4, 5
MESSAGE_FIELD, MESSAGE_NESTED, MESSAGE_ENUM = 2, 3, 4
ENUM_VALUE = 2

Path = tuple[int, ...]


def comments(descriptors: FileDescriptorSet) -> dict[str, str]:
    """Every comment on a message, a field, an enum or a value."""
    found: dict[str, str] = {}
    for file in descriptors.file:
        said = {tuple(location.path): location.leading_comments for location in file.source_code_info.location}
        for name, path in _declared(file):
            if text := said.get(path, "").strip():
                found[name] = " ".join(text.split())
    return found


def _declared(file: FileDescriptorProto) -> Iterator[tuple[str, Path]]:
    for index, message in enumerate(file.message_type):
        yield from _in_message(message, f"{file.package}.{message.name}", (FILE_MESSAGE, index))
    for index, enum in enumerate(file.enum_type):
        yield from _in_enum(enum, f"{file.package}.{enum.name}", (FILE_ENUM, index))


def _in_message(message: DescriptorProto, name: str, path: Path) -> Iterator[tuple[str, Path]]:
    yield name, path
    for index, field in enumerate(message.field):
        yield f"{name}.{field.name}", (*path, MESSAGE_FIELD, index)
    for index, nested in enumerate(message.nested_type):
        yield from _in_message(nested, f"{name}.{nested.name}", (*path, MESSAGE_NESTED, index))
    for index, enum in enumerate(message.enum_type):
        yield from _in_enum(enum, f"{name}.{enum.name}", (*path, MESSAGE_ENUM, index))


def _in_enum(enum: EnumDescriptorProto, name: str, path: Path) -> Iterator[tuple[str, Path]]:
    yield name, path
    for index, value in enumerate(enum.value):
        yield f"{name}.{value.name}", (*path, ENUM_VALUE, index)


def described(schema: Mapping[str, object], comment: str | None) -> dict[str, object]:
    """A schema with its comment as description; a reference keeps its own beside it in `allOf`."""
    if not comment:
        return dict(schema)
    if "$ref" in schema:
        return {"description": comment, "allOf": [dict(schema)]}
    return {"description": comment, **schema}
