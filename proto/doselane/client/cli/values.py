"""Texts of options as values of fields."""

from pathlib import Path
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp


class Unreadable(ValueError):
    """A text is no value of its field; the words go on from the option's name."""


_WANTED = {
    "google.protobuf.Timestamp": "must be an instant such as 2026-12-01T08:30:00Z, with its zone",
    "google.protobuf.Duration": "must be seconds such as 7200s",
}


def value_of(described: FieldDescriptor, said: Any) -> Any:
    """The value that an option says, by the rules of protobuf JSON. Raises Unreadable."""
    message, enum = described.message_type, described.enum_type
    if enum:
        return enum.values_by_name[said].number
    if described.type == FieldDescriptor.TYPE_BYTES:
        return _content(said)
    return _read(message, said) if message else said


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as wrong:
        raise Unreadable(f"must be the path of a file that can be read: {wrong.strerror}") from None


def instant(text: str) -> Timestamp:
    """The instant that a text says. Raises Unreadable."""
    found: Timestamp = _read(Timestamp.DESCRIPTOR, text)
    return found


def _read(described: Descriptor, said: Any) -> Any:
    try:
        return json_format.ParseDict(said, GetMessageClass(described)())
    except (json_format.ParseError, ValueError, OverflowError):
        raise Unreadable(_WANTED[described.full_name]) from None
