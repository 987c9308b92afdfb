"""Random messages of any type, and JSON that is nearly one, from the descriptors, so that every call has them."""

from functools import cache
from random import Random
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st

from services.kernel.calendar import EARLIEST, LATEST

DEPTH_MAX = 4
EARLIEST_S, LATEST_S = int(EARLIEST.timestamp()), int(LATEST.timestamp()) - 1
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_OF_KIND: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(1 << 31), (1 << 31) - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(1 << 63), (1 << 63) - 1),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, (1 << 32) - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, (1 << 64) - 1),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(allow_nan=False) | st.just(float("nan")),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32, allow_nan=False),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
}
# What clients send where something else is wanted, and what looks right to some of them.
ODD: list[Any] = [
    *[None, True, False, 0, -0.0, 1, 1.0, 1.5, 1e3, -1, 1 << 31, 1 << 63, 1 << 64, 1e300, 10**400, [], {}, [[]], [{}]],
    *[
        "",
        "0",
        "-0",
        "1",
        "1.0",
        "1e3",
        "1.5",
        " 1",
        "1 ",
        "+1",
        "01",
        "1_0",
        "0x1",
        "1e999",
        "NaN",
        "Infinity",
        "-inf",
    ],
    *[
        "true",
        "TRUE",
        "null",
        "٣",
        "\0",
        "a\0b",
        "\ud800",
        "x" * 300,
        "====",
        "YQ",
        "YQ==",
        "-_",
        "+/8=",
        "a b",
        {"": 1},
    ],
    *[
        "2027-03-01T08:00:00Z",
        "2027-03-01t08:00:00z",
        "2027-03-01T08:00:00+25:00",
        "2027-03-01 08:00:00Z",
        "2027-03-01",
    ],
    *["2027-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2027-03-01T08:00:60Z", "1.5s"],
    *["2027-03-01T08:00:00.1234567890Z", "2027-03-01T24:00:00Z", "a,b.c", "aB,c", {"a": {"b": None}}, [None], [1, "1"]],
]


@cache
def messages(descriptor: Descriptor, depth: int = 0) -> st.SearchStrategy[Message]:
    """Messages of a type, with any of their fields set to anything that protobuf allows."""
    if descriptor.full_name == "google.protobuf.Timestamp":
        made = st.fixed_dictionaries({"seconds": st.integers(EARLIEST_S, LATEST_S), "nanos": NANOS})
    elif descriptor.full_name == "google.protobuf.Duration":
        made = st.fixed_dictionaries({"seconds": st.integers(0, 315_576_000_000), "nanos": NANOS})
    elif descriptor.full_name == "google.protobuf.FieldMask":
        made = st.fixed_dictionaries(
            {"paths": st.lists(st.sampled_from(["etag", "display_name", "a.b_c"]), max_size=2)}
        )
    else:
        fields = [each for each in descriptor.fields if depth < DEPTH_MAX or not each.message_type]
        made = st.fixed_dictionaries({}, optional={each.name: _values(each, depth) for each in fields})
    return made.map(lambda facts: GetMessageClass(descriptor)(**facts))


NANOS = st.integers(0, 999_999_999)


@cache
def nearly(descriptor: Descriptor) -> st.SearchStrategy[Any]:
    """The JSON of a message in which one value or name, somewhere, is another."""
    plain = messages(descriptor).map(json_format.MessageToDict)
    return st.tuples(plain, st.sampled_from(ODD) | TEXTS, st.randoms(use_true_random=False)).map(_changed)


def _values(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    one = _value(field, depth)
    return st.lists(one, max_size=3) if field.is_repeated else one


def _value(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type:
        return st.deferred(lambda: messages(field.message_type, depth + 1))
    if field.enum_type:
        return st.sampled_from([each.number for each in field.enum_type.values])
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=12)
    return _OF_KIND.get(field.cpp_type, TEXTS)


def _changed(parts: tuple[Any, Any, Any]) -> Any:
    """Walks down at random and puts the odd value, or name, where it stops."""
    value, odd, chance = parts
    inner: Any = value
    while isinstance(inner, dict | list) and inner:
        key = chance.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        if isinstance(inner, dict) and chance.random() < 0.2:
            inner[_odd_name(key, chance)] = inner.pop(key)
            return value
        if not isinstance(inner[key], dict | list) or not inner[key] or chance.random() < 0.3:
            inner[key] = odd
            return value
        inner = inner[key]
    return value


def _odd_name(name: str, chance: Random) -> str:
    return chance.choice(
        [f"{name}\0", f"{name}\0x", f"\ud800{name}", name.upper(), name[:-1], "", f"{name} ", f"{name}.x"]
    )
