"""Our strict reader of protobuf JSON agrees with the library's on all that the library writes."""

from datetime import UTC, datetime

import pytest
from doselane.courier.v1 import courier_pb2
from doselane.slotting.v1 import slotting_pb2 as pb
from doselane.type.v1 import type_pb2
from google.protobuf import json_format
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from services.edge.json_in import FieldUnknown, JsonMalformed, read, read_text
from services.kernel.errors import Invalid
from services.kernel.timestamps import read as timestamp

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
instants = st.builds(Timestamp, seconds=st.integers(-2_208_988_800, 7_258_118_400), nanos=st.integers(0, 999_999_999))
# JSON knows one NaN; the bits that tell one NaN from another cannot come back.
floats = st.floats(allow_nan=False) | st.just(float("nan"))
readings = st.builds(
    courier_pb2.SensorReading, value=st.none() | floats, text=texts, time=st.none() | instants, minimum=floats
)
pushes = st.builds(
    courier_pb2.Push,
    name=texts,
    state=st.integers(0, 4),
    receive_time=st.none() | instants,
    body=st.binary(max_size=20),
    body_bytes=st.integers(-(1 << 63), (1 << 63) - 1),
    notes=st.lists(
        st.builds(courier_pb2.PushNote, index=st.integers(-(1 << 31), (1 << 31) - 1), warnings=st.lists(texts)),
        max_size=3,
    ),
)


@given(st.one_of(readings, pushes))
def test_what_the_library_writes_is_read_as_it_was(message):
    read_back = type(message)()
    read(read_back, read_text(json_format.MessageToJson(message).encode()))
    assert read_back.SerializeToString(deterministic=True) == message.SerializeToString(deterministic=True)


@given(instants)
def test_instants_are_read_as_the_library_reads_them(instant):
    assert timestamp(instant.ToJsonString()) == (instant.seconds, instant.nanos)


def test_an_offset_is_taken_off():
    at = datetime(2026, 12, 1, 6, 30, tzinfo=UTC).timestamp()
    assert timestamp("2026-12-01T12:00:00.5+05:30") == (at, 500_000_000)
    assert timestamp("2026-11-30T23:30:00-07:00") == (at, 0)


def test_null_is_a_field_that_is_not_set():
    message = pb.ClaimSlotRequest()
    read(message, {"demand": None, "reason": None})
    assert message == pb.ClaimSlotRequest()


def test_an_empty_object_is_a_message_that_is_set():
    message = pb.ClaimSlotRequest()
    read(message, {"demand": {}})
    assert message.HasField("demand")


def test_two_members_of_a_oneof_are_one_too_many():
    with pytest.raises(Invalid) as refused:
        read(pb.BatchClaimSlotsResult(), {"slot": {}, "error": {}})
    assert refused.value.facts["field"] == "error"


@pytest.mark.parametrize("value", [1, 1.0, "1", "0001", "1.0", 10e-1, "10e-1", "0.1e1", "1E0", "1e+0", "100e-2"])
def test_a_whole_number_may_be_written_in_several_ways(value):
    message = pb.ListSlotsRequest()
    read(message, {"pageSize": value})
    assert message.page_size == 1


@pytest.mark.parametrize(
    "value",
    [
        *[
            1.5,
            True,
            "",
            "1.5",
            "15e-1",
            " 1",
            "0x1",
            "+1",
            "1_0",
            "1.",
            ".5e1",
            "1e",
            "1e1.0",
            "1e999",
            "1e9999999999",
        ],
        *["٣", [], 1 << 31, -(1 << 31) - 1, "9" * 19, "2147483648", "2147483648.0", 2147483648.0, 1e300, "-2.2e9"],
    ],
)
def test_what_is_no_whole_number_of_its_size_is_refused(value):
    with pytest.raises(Invalid) as refused:
        read(pb.ListSlotsRequest(), {"pageSize": value})
    assert refused.value.facts["field"] == "pageSize"


@pytest.mark.parametrize("value", [20_000_000, "20000000", "2e7", 2e7, "2E+7", "20.0e6", "200000000e-1"])
def test_kilobecquerel_may_be_written_as_numbers_are_in_other_places(value):
    assert read_whole(value) == 20_000_000


def test_a_whole_number_in_quotes_is_exact_to_its_last_digit():
    assert read_whole("9223372036854775807") == (1 << 63) - 1
    assert read_whole("9.223372036854775807e18") == (1 << 63) - 1
    assert read_whole("-9223372036854775808.0") == -(1 << 63)
    with pytest.raises(Invalid):
        read_whole("9223372036854775807.5")


def read_whole(value: object) -> int:
    message = type_pb2.Capacity()
    read(message, {"referenceActivityKbq": value})
    return message.reference_activity_kbq


NO_NAMES = [
    "demand\0",
    "demand\0x",
    "\0demand",
    "\ud800",
    "demand\udfff",
    "dëmand",
    "demand ",
    "",
    "demand.run",
    "d" * 500,
]


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_no_field_whatever_it_begins_with(name):
    with pytest.raises(FieldUnknown) as refused:
        read(pb.ClaimSlotRequest(), {name: {}})
    assert refused.value.facts["field"].isprintable() or "\0" in name


@pytest.mark.parametrize("name", ["CONFIRMED\0", "CONFIRMED\0x", "\ud800", "confirmed", "", "1", "CONFIRMED\n"])
def test_what_is_no_name_is_no_value_of_an_enum(name):
    with pytest.raises(Invalid) as refused:
        read(pb.ListSlotsRequest(), {"states": ["CONFIRMED", name]})
    assert refused.value.facts["field"] == "states[1]"


def test_a_name_that_is_there_twice_is_told_as_far_as_it_helps():
    name = "n" * 101
    with pytest.raises(JsonMalformed) as wrong:
        read_text(f'{{"a": 1, "{name}": 1, "{name}": 2}}'.encode())
    assert wrong.value.facts["name"] == name[:100]
    assert f" {name[:100]} is" in wrong.value.message
