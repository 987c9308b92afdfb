"""Messages as JSON: word for word what the library writes, of every event and of every kind of value."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, struct_pb2, timestamp_pb2, wrappers_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.kernel.json_writer import json_text
from services.streams.events import FEED_TYPES
from services.streams.events.copies import data_name
from services.streams.events.endpoints import _fill

NOW = datetime(2027, 3, 1, 12, 0, 0, 250_000, UTC)
LONG = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED
Kind = descriptor_pb2.FieldDescriptorProto


def by_the_library(message: Message) -> str:
    return json.dumps(MessageToDict(message), ensure_ascii=False, separators=(",", ":"))


@pytest.fixture(scope="module")
def everything() -> Callable[[], Any]:
    """A message with a field of each kind, single and repeated, maps by each kind of key, and itself."""
    file = descriptor_pb2.FileDescriptorProto(name="everything.proto", package="everything", syntax="proto3")
    made = file.message_type.add(name="Everything")
    kinds = {name: number for name, number in Kind.Type.items() if name not in ("TYPE_GROUP", "TYPE_MESSAGE")}
    for number, (name, kind) in enumerate(kinds.items(), 1):
        more = {"type_name": "everything.Mood"} if name == "TYPE_ENUM" else {}
        for place, (prefix, label) in enumerate((("a_", Kind.LABEL_OPTIONAL), ("many_", LONG))):
            made.field.add(name=prefix + name.lower(), number=number + 50 * place, type=kind, label=label, **more)
        if name in ("TYPE_FLOAT", "TYPE_DOUBLE", "TYPE_BYTES", "TYPE_ENUM"):
            continue
        entry = made.nested_type.add(name=f"By{name.title().replace('_', '')}Entry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=kind, label=Kind.LABEL_OPTIONAL)
        entry.field.add(
            name="value", number=2, type=Kind.TYPE_MESSAGE, label=Kind.LABEL_OPTIONAL, type_name="everything.Everything"
        )
        made.field.add(
            name=f"by_{name.lower()}", number=number + 100, type=Kind.TYPE_MESSAGE, label=LONG,
            type_name=f"everything.Everything.{entry.name}",
        )  # fmt: skip
    mood = file.enum_type.add(name="Mood")
    for number, name in enumerate(("MOOD_UNSPECIFIED", "MOOD_GOOD")):
        mood.value.add(name=name, number=number)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("everything.Everything"))


SCALARS: dict[str, tuple[Any, ...]] = {
    "double": (7400.0, 0.1, -0.0, 1e300, 1e-7, 1e16, float("inf"), float("-inf"), float("nan"), 5e-324),
    "float": (0.1, 7400.0, 16777217.0, 3.4e38, 1e-45, float("inf"), float("nan"), 1 / 3),
    "int64": (-(1 << 63), (1 << 63) - 1, 1), "uint64": ((1 << 64) - 1,), "int32": (-(1 << 31), 7), "fixed64": (1,),
    "fixed32": ((1 << 32) - 1,), "sfixed32": (-1,), "sfixed64": (-1,), "sint32": (-1,), "sint64": (-1,),
    "uint32": (7,), "bool": (True, False), "enum": (1, 0, 99),
    "bytes": (b"", b"\xff\x00a", b"ab"),
    "string": ("", 'a"b\\c/\b\f\n\r\t\x00\x1f\x7f', "\u00e9\u2028\u2029\U0001f402", "</script>"),
}  # fmt: skip


def test_each_kind_of_value_is_written_as_the_library_does(everything: Callable[[], Any]) -> None:
    for kind, values in SCALARS.items():
        message = everything()
        getattr(message, f"many_type_{kind}").extend(values)
        for value in values:
            setattr(message, f"a_type_{kind}", value)
            assert json_text(message) == by_the_library(message), (kind, value)
            if hasattr(message, f"by_type_{kind}"):
                getattr(message, f"by_type_{kind}")[value].a_type_string = "x"
                assert json_text(message) == by_the_library(message), (kind, value)
    assert json_text(everything()) == "{}"


@pytest.mark.parametrize(("seconds", "nanos"), [
    (0, 0), (0, 1), (1_800_000_000, 250_000_000), (1_800_000_000, 250_000), (86_399, 999_999_999), (86_400, 1_000),
    (253_402_300_799, 999_999_999), (951_782_400, 0), (-1, 0), (-62_135_596_800, 5), (1_700_000_000, 10),
])  # fmt: skip
def test_instants_are_written_to_the_digit(seconds: int, nanos: int) -> None:
    message = timestamp_pb2.Timestamp(seconds=seconds, nanos=nanos)
    assert json_text(message) == by_the_library(message)


@pytest.mark.parametrize(("seconds", "nanos"), [
    (253_402_300_800, 0), (-62_135_596_801, 0), (0, -1), (0, 1_000_000_000),
])  # fmt: skip
def test_what_is_no_instant_is_refused_as_by_the_library(seconds: int, nanos: int) -> None:
    message = timestamp_pb2.Timestamp(seconds=seconds, nanos=nanos)
    for write in (by_the_library, json_text):
        with pytest.raises(ValueError, match="Timestamp"):
            write(message)


def test_types_with_a_json_of_their_own_have_it() -> None:
    for message in (
        duration_pb2.Duration(seconds=3, nanos=5), wrappers_pb2.StringValue(value="x"),
        struct_pb2.Struct(fields={"a": struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)}),
    ):  # fmt: skip
        assert json_text(message) == by_the_library(message)


def test_every_event_that_partners_are_told_of_is_written_as_by_the_library(tell: Callable[[str], None]) -> None:
    count = 0
    for event_type in sorted(FEED_TYPES):
        descriptor: Descriptor = descriptor_pool.Default().FindMessageTypeByName(data_name(event_type))
        for message in _filled(descriptor):
            assert json_text(message) == by_the_library(message), event_type
            count += 1
    tell(f"{count} messages were written alike")


def _filled(descriptor: Descriptor) -> Iterator[Message]:
    message = GetMessageClass(descriptor)()
    yield message
    _fill(message, NOW)
    yield message
