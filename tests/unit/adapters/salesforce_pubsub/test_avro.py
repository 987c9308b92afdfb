"""Avro of strangers: read to the last byte or refused, whatever schema and payload they send."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.crm_salesforce.pubsub.avro import DEPTH_MAX, PAYLOAD_BYTES_MAX, decode, encode, writer_schema
from adapters.manifest import Refused

HUGE = b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"  # 2^63 - 1
BELOW_ZERO = b"\x01"  # -1


@contextmanager
def refused(words: str) -> Iterator[pytest.ExceptionInfo[Refused]]:
    """What is refused in words like these."""
    with pytest.raises(Refused) as no:
        yield no
    assert re.search(words, no.value.detail), no.value.detail


def record(*fields: tuple[str, Any], name: str = "R", **more: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": each, "type": kind} for each, kind in fields], **more}


def array(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def read(schema: Any, payload: bytes) -> Any:
    return decode(writer_schema(json.dumps(schema)), payload)


def nested(kind: Any, levels: int) -> Any:
    for _ in range(levels):
        kind = array(kind)
    return kind


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("nonsense", "not JSON"),
        ("", "empty"),
        ("[]", "a union is empty"),
        ('"string"', "not that of a record"),
        ("7", "is no type"),
        ("{}", "'None' is no type"),
        ('{"type":"record","type":"record"}', "stands twice"),
        ("[" * 100 + "]" * 100, "nested more than 64"),
        ('{"a":' * 100_000, "nested|not JSON"),
        (record(), "its fields cannot be"),
        ({"type": "record", "name": "R"}, "fields"),
        ({"type": "record", "name": {}, "fields": []}, "its fields cannot be"),
        (record(("a", "long"), ("a", "long")), "its fields cannot be"),
        (record(("a", "Nope")), "Nope"),
        (record(("a", 5)), "is no type"),
        (record(("a", [])), "a union is empty"),
        (record(("a", [["null"], "int"])), "stands in a union"),
        (record(("a", "null")), "takes no byte"),
        (record(("a", array("null"))), "takes no byte"),
        (record(("a", {"type": "fixed", "name": "F", "size": 0})), "its size cannot be"),
        (record(("a", {"type": "fixed", "name": "F", "size": 1 << 40})), "its size cannot be"),
        (record(("a", {"type": "enum", "name": "E", "symbols": []})), "its symbols cannot be"),
        (record(("a", ["null", "R"])), "R holds itself"),
        (record(("a", ["null", record(("b", ["null", "R"]), name="B")])), "R holds itself"),
        (record(("a", nested("long", DEPTH_MAX + 1))), "nested more than 16 deep"),
        (record(("a", "long"), doc="x" * (1 << 20)), "characters"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_in_words(schema: Any, words: str) -> None:
    with refused(words) as no:
        writer_schema(schema if isinstance(schema, str) else json.dumps(schema))
    assert (no.value.reason, no.value.place) == ("SCHEMA_UNREADABLE", "/schema")


def test_a_type_that_is_named_again_is_the_same_type_with_the_same_parts() -> None:
    address = record(("Street", ["null", "string"]), ("City", ["null", "string"]), name="Address")
    schema = writer_schema(json.dumps(record(("One", ["null", address]), ("Two", ["null", "Address"]))))
    assert [field.parts for field in schema.fields] == [("Street", "City"), ("Street", "City")]
    value = {"One": None, "Two": {"Street": None, "City": "Ede"}}
    assert decode(schema, encode(schema, value)) == value


def test_a_chain_of_types_that_would_grow_without_end_is_read_in_no_time() -> None:
    """Each level holds the one below ten times: written out it would have more values than bytes were ever sent."""
    kinds: Any = "long"
    for level in range(DEPTH_MAX - 1):
        fields = [("f0", kinds), *((f"f{number}", f"L{level - 1}" if level else "long") for number in range(1, 10))]
        kinds = record(*fields, name=f"L{level}")
    began = time.perf_counter()
    with refused("ends before the record does"):
        read(kinds, b"\0" * 1000)
    assert time.perf_counter() - began < 30


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        ("string", b"", "ends before"),
        ("string", b"\x06ab", "ends before"),
        ("string", BELOW_ZERO + b"abc", "ends before"),
        ("string", HUGE + b"abc", "ends before"),
        ("bytes", BELOW_ZERO + b"abc", "ends before"),
        ("string", b"\x04\xff\xfe", "not UTF-8"),
        ("string", b"\x06\xed\xa0\x80", "not UTF-8"),  # half of a surrogate pair
        ("string", b"\x02ab", "1 bytes are left"),
        ("long", b"\xff", "at byte 1 it ends"),
        (["null", "long"], b"\x08", "does not have"),
        (["null", "long"], BELOW_ZERO, ""),
        ({"type": "enum", "name": "E", "symbols": ["A"]}, b"\x08", "does not have"),
        (array("boolean"), HUGE + b"\x01" * 10, "ends before"),
        (array("boolean"), b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + b"\x01" * 10, "ends before"),
        (array(["null", "long"]), HUGE + b"\0" * 100, "ends before"),
        ({"type": "map", "values": "long"}, HUGE + b"\x02a\x02" * 5, "ends before"),
    ],
)
def test_a_payload_that_does_not_fit_is_refused_in_words(kind: Any, payload: bytes, words: str) -> None:
    with refused(words) as no:
        read(record(("a", kind)), payload)
    assert (no.value.reason, no.value.place) == ("PAYLOAD_UNREADABLE", "/payload")
    assert " at 0x" not in no.value.detail


def test_null_may_stand_first_or_last_in_a_union() -> None:
    kinds = record(("a", ["null", "long"]), ("b", ["long", "null"]), ("c", ["string", "null"]))
    schema = writer_schema(json.dumps(kinds))
    assert schema.optional == {"a", "b", "c"}
    for value in ({"a": 7, "b": 8, "c": "x"}, {"a": None, "b": None, "c": None}, {"a": 7, "b": None, "c": "x"}):
        assert decode(schema, encode(schema, value)) == value
    assert read(kinds, b"\0\x02\x02") == {"a": None, "b": None, "c": None}


def test_another_schema_than_the_writers_is_told_and_not_read_wrongly() -> None:
    one = writer_schema(json.dumps(record(("a", ["null", "string"]), ("b", ["null", "long"]))))
    other = json.dumps(record(("b", ["null", "long"]), ("a", ["null", "string"]), name="Other"))
    with refused("does not fit the schema Other"):
        decode(writer_schema(other), encode(one, {"a": "text", "b": 7}))


@pytest.mark.parametrize(
    ("kind", "payload"),
    [(array("string"), b"\x02\x04a\0\0"), ({"type": "map", "values": "string"}, b"\x02\x04a\0\0\0")],
)
def test_what_no_text_can_hold_is_refused(kind: Any, payload: bytes) -> None:
    with pytest.raises(Refused) as no:
        read(record(("a", kind)), payload)
    assert no.value.reason == "TEXT_NOT_STORABLE"


def test_a_payload_beyond_the_bus_is_not_even_read() -> None:
    assert PAYLOAD_BYTES_MAX == 1_048_576
    with refused(str(PAYLOAD_BYTES_MAX)):
        read(record(("a", "bytes")), b"\0" * (PAYLOAD_BYTES_MAX + 1))


def test_logical_types_leave_the_number_as_it_is() -> None:
    at = {"type": "long", "logicalType": "timestamp-micros"}
    assert read(record(("a", at)), HUGE) == {"a": 2**63 - 1}


DAYS = {"type": "record", "name": "E", "fields": [
    {"name": "Day__c", "type": ["null", "long"], "doc": "Data:DateOnly:00N000000000001"},
    {"name": "Time__c", "type": ["null", "long"], "doc": "Data:TimeOnly:00N000000000002"},
    {"name": "At__c", "type": ["null", "long"], "doc": "Data:DateTime:00N000000000003"},
]}  # fmt: skip


@pytest.mark.parametrize("schema", [DAYS, {"type": DAYS}])
def test_a_day_and_a_time_of_day_are_no_instants(schema: Any) -> None:
    written = {"Day__c": 1796256000000, "Time__c": 30600000, "At__c": 1796256000000}
    known = writer_schema(json.dumps(schema))
    assert decode(known, encode(known, written)) == {
        "Day__c": "2026-12-03",
        "Time__c": "08:30:00.000Z",
        "At__c": 1796256000000,
    }
    assert decode(known, encode(known, {})) == dict.fromkeys(written)
    for far in (2**62, -(2**62)):
        assert decode(known, encode(known, {"Day__c": far}))["Day__c"] == far


@given(st.binary(max_size=200))
def test_whatever_bytes_come_they_are_read_or_refused(payload: bytes) -> None:
    inner = record(("s", ["null", "string"]), ("d", "double"), ("m", {"type": "map", "values": "bytes"}), name="I")
    kind = record(("x", ["null", inner, "long"]), ("y", array("string")), ("z", ["boolean", "float"]))
    try:
        read(kind, payload)
    except Refused as refused:
        assert refused.reason in ("PAYLOAD_UNREADABLE", "TEXT_NOT_STORABLE")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["record", "string", "null", "array", "R", "enum"]),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from("type name fields items values symbols size namespace".split()), below)
    ),
    max_leaves=15,
)


@given(JSON)
def test_whatever_schema_comes_it_is_used_or_refused(schema: Any) -> None:
    try:
        writer_schema(json.dumps({"type": "record", "name": "R", "fields": [{"name": "a", "type": schema}]}))
    except Refused as refused:
        assert refused.reason == "SCHEMA_UNREADABLE"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "requires a"),
        ({"a": 1, "b": 2}, "has no field b"),
        ({"a": "text"}, "does not take it"),
        ({"a": True}, "does not take it"),
        ({"a": 2**70}, "does not take it"),
        ({"a": None}, "does not take it"),
    ],
)
def test_a_record_that_does_not_fit_is_not_written(value: dict[str, Any], words: str) -> None:
    schema = writer_schema(json.dumps(record(("a", "long"), ("c", ["null", "string"]))))
    with pytest.raises(ValueError, match=words):
        encode(schema, value)
