"""Values of OData V2: what is written is what is read, digit for digit, and what does not fit is refused."""

import base64
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.erp_sap.odata.literals import of_json, to_json, to_uri
from adapters.erp_sap.odata.model import EdmType, TypedField
from adapters.erp_sap.odata.values import ValueFault, padded_key

WALL = datetime.fromisoformat("2026-12-03T00:00")
GUID = UUID("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9")


def a_field(kind: EdmType, **limits: Any) -> TypedField:
    return TypedField("Field", kind, **limits)


DAY = a_field(EdmType.DATE_TIME, is_date=True)
# type and limits, value, in an address, in JSON
BOTH: list[tuple[TypedField, Any, str, Any]] = [
    (a_field(EdmType.STRING), "it's", "'it''s'", "it's"),
    (a_field(EdmType.STRING, length_max=1), "", "''", ""),
    (a_field(EdmType.DATE_TIME), WALL, "datetime'2026-12-03T00:00:00'", "/Date(1796256000000)/"),
    (DAY, WALL.date(), "datetime'2026-12-03T00:00:00'", "/Date(1796256000000)/"),
    (
        a_field(EdmType.DATE_TIME, is_date=True),
        date(1969, 12, 31),
        "datetime'1969-12-31T00:00:00'",
        "/Date(-86400000)/",
    ),
    (
        a_field(EdmType.DATE_TIME_OFFSET),
        datetime(2026, 12, 3, 8, tzinfo=UTC),
        "datetimeoffset'2026-12-03T08:00:00Z'",
        "/Date(1796284800000+0000)/",
    ),
    (
        a_field(EdmType.DATE_TIME_OFFSET),
        datetime(1969, 12, 31, 23, 59, 59, 999000, UTC),
        "datetimeoffset'1969-12-31T23:59:59.999Z'",
        "/Date(-1+0000)/",
    ),
    (a_field(EdmType.TIME), timedelta(hours=8, minutes=30), "time'PT08H30M00S'", "PT08H30M00S"),
    (a_field(EdmType.TIME), timedelta(hours=24), "time'PT24H00M00S'", "PT24H00M00S"),
    (a_field(EdmType.DECIMAL), Decimal("1.5"), "1.5M", "1.5"),
    (
        a_field(EdmType.DECIMAL, precision=13, scale=3),
        Decimal("-9999999999.999"),
        "-9999999999.999M",
        "-9999999999.999",
    ),
    (a_field(EdmType.DECIMAL), Decimal("1" * 40), f"{'1' * 40}M", "1" * 40),
    (a_field(EdmType.INT64), -(2**63), "-9223372036854775808L", "-9223372036854775808"),
    (a_field(EdmType.DOUBLE), Decimal("1.5"), "1.5d", "1.5"),
    (a_field(EdmType.SINGLE), Decimal("0.1"), "0.1f", "0.1"),
    (a_field(EdmType.INT16), 5, "5", 5),
    (a_field(EdmType.INT32), -(2**31), "-2147483648", -(2**31)),
    (a_field(EdmType.BYTE), 255, "255", 255),
    (a_field(EdmType.SBYTE), -128, "-128", -128),
    (a_field(EdmType.BOOLEAN), True, "true", True),
    (a_field(EdmType.GUID), GUID, f"guid'{GUID}'", str(GUID)),
    (a_field(EdmType.BINARY), b"\x0a\xff", "X'0aff'", base64.b64encode(b"\x0a\xff").decode()),
]


@pytest.mark.parametrize(("field", "value", "uri", "in_json"), BOTH, ids=range(len(BOTH)))
def test_each_type_is_written_by_both_tables_and_read_by_that_of_json(
    field: TypedField, value: Any, uri: str, in_json: Any
) -> None:
    assert (to_uri(field, value), to_json(field, value)) == (uri, in_json)
    assert of_json(field, in_json) == value
    assert type(of_json(field, in_json)) is type(value)


def test_there_is_no_type_that_is_not_written() -> None:
    assert {each.type for each, *_ in BOTH} == set(EdmType)


@pytest.mark.parametrize(
    ("field", "given_", "value"),
    [
        (a_field(EdmType.DATE_TIME), "/Date(0+0000)/", datetime.fromisoformat("1970-01-01")),
        (a_field(EdmType.DATE_TIME_OFFSET), "/Date(0)/", datetime(1970, 1, 1, tzinfo=UTC)),
        (a_field(EdmType.DATE_TIME_OFFSET), "/Date(0+0060)/", datetime(1970, 1, 1, tzinfo=UTC)),
        (a_field(EdmType.DATE_TIME_OFFSET), "/Date(-1-0330)/", datetime(1969, 12, 31, 23, 59, 59, 999000, UTC)),
        (a_field(EdmType.DOUBLE), "1.5000000000000000E+00", Decimal("1.5")),
        (a_field(EdmType.DOUBLE), Decimal("0.1"), Decimal("0.1")),
        (a_field(EdmType.DOUBLE), 2, Decimal(2)),
        (a_field(EdmType.DECIMAL), "000123.4500", Decimal("123.45")),
        (a_field(EdmType.INT32), "5", 5),
        (a_field(EdmType.GUID), str(GUID).upper(), GUID),
        (a_field(EdmType.TIME), "PT8H", timedelta(hours=8)),
        (a_field(EdmType.TIME), "P0DT8H30M0S", timedelta(hours=8, minutes=30)),
        (a_field(EdmType.TIME), "P0Y0M0DT0H0M1.5S", timedelta(seconds=1.5)),
        (a_field(EdmType.STRING, length_max=1), "longer", "longer"),
        (a_field(EdmType.STRING, nullable=False), None, None),
    ],
)
def test_what_servers_write_otherwise_is_read_too(field: TypedField, given_: Any, value: Any) -> None:
    assert of_json(field, given_) == value


def test_an_offset_is_in_minutes_and_says_only_how_an_instant_is_shown() -> None:
    read = of_json(a_field(EdmType.DATE_TIME_OFFSET), "/Date(0+0090)/")
    assert isinstance(read, datetime)
    assert read.isoformat() == "1970-01-01T01:30:00+01:30"


WRONG_JSON: list[tuple[TypedField, Any, str]] = [
    (a_field(EdmType.STRING), 1, "cannot be read as Edm.String"),
    (a_field(EdmType.BOOLEAN), 1, "Edm.Boolean"),
    (a_field(EdmType.BYTE), 256, "from 0 to 255"),
    (a_field(EdmType.BYTE), True, "whole number"),
    (a_field(EdmType.INT64), "9223372036854775808", "must be from"),
    (a_field(EdmType.INT32), "5.0", "whole number"),
    (a_field(EdmType.DECIMAL), "1,5", "Edm.Decimal"),
    (a_field(EdmType.DECIMAL), "1E3", "Edm.Decimal"),
    (a_field(EdmType.DECIMAL), "٣", "Edm.Decimal"),
    (a_field(EdmType.DECIMAL), "NaN", "Edm.Decimal"),
    (a_field(EdmType.DECIMAL), True, "Edm.Decimal"),
    (a_field(EdmType.DECIMAL), Decimal("1E+999999"), "Edm.Decimal"),
    (a_field(EdmType.DOUBLE), "INF", "Edm.Double"),
    (a_field(EdmType.DATE_TIME), "/Date(0+0060)/", "has no zone"),
    (a_field(EdmType.DATE_TIME), "/Date(253402300800000)/", "calendar"),
    (a_field(EdmType.DATE_TIME), "/Date(-62135596800001)/", "calendar"),
    (a_field(EdmType.DATE_TIME), "/Date(1)", "Edm.DateTime"),
    (a_field(EdmType.DATE_TIME), "2026-12-03", "Edm.DateTime"),
    (a_field(EdmType.DATE_TIME), f"/Date({'9' * 18})/", "calendar"),
    (a_field(EdmType.DATE_TIME, is_date=True), "/Date(1)/", "which day is meant is unknown"),
    (a_field(EdmType.DATE_TIME_OFFSET), "/Date(0+9999)/", "no zone has"),
    (a_field(EdmType.DATE_TIME_OFFSET), "/Date(-62135596800000-0060)/", "calendar"),
    (a_field(EdmType.TIME), "PT25H00M00S", "0 to 24 hours"),
    (a_field(EdmType.TIME), "PT08H60M00S", "no time of day"),
    (a_field(EdmType.TIME), "PT", "Edm.Time"),
    (a_field(EdmType.TIME), "P1DT0H", "Edm.Time"),
    (a_field(EdmType.TIME), "-PT1H", "Edm.Time"),
    (a_field(EdmType.TIME), "PT00H00M00.1234567S", "finer"),
    (a_field(EdmType.GUID), "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "Edm.Guid"),
    (a_field(EdmType.BINARY), "!", "Edm.Binary"),
]


@pytest.mark.parametrize(("field", "given_", "words"), WRONG_JSON, ids=range(len(WRONG_JSON)))
def test_what_cannot_be_read_is_refused_with_the_name_of_its_field(field: TypedField, given_: Any, words: str) -> None:
    with pytest.raises(ValueFault, match=f"^Field: .*{words}") as fault:
        of_json(field, given_)
    assert fault.value.field == "Field"


WRONG_VALUES: list[tuple[TypedField, Any, str]] = [
    (a_field(EdmType.STRING, length_max=3), "abcd", "has 4 characters and may have 3"),
    (a_field(EdmType.STRING, length_max=1), "😀", "has 2 characters and may have 1"),
    (a_field(EdmType.STRING), "a\0", "U\\+0000"),
    (a_field(EdmType.STRING), "\ud800", "surrogate"),
    (a_field(EdmType.STRING), 1, "must be a text"),
    (a_field(EdmType.STRING, nullable=False), None, "must have a value"),
    (a_field(EdmType.DECIMAL, precision=5, scale=2), Decimal("1000"), "has 4 digits before the point and may have 3"),
    (a_field(EdmType.DECIMAL, precision=5, scale=2), Decimal("1.001"), "has 3 digits behind the point and may have 2"),
    (a_field(EdmType.DECIMAL, precision=5, scale=0), Decimal("0.5"), "may have 0"),
    (a_field(EdmType.DECIMAL), 0.5, "exact number"),
    (a_field(EdmType.DECIMAL), True, "exact number"),
    (a_field(EdmType.DECIMAL), Decimal("NaN"), "finite"),
    (a_field(EdmType.DECIMAL), Decimal("1E+1001"), "more than 1000 digits"),
    (a_field(EdmType.DOUBLE), Decimal("0.12345678901234567890"), "more digits"),
    (a_field(EdmType.DOUBLE), Decimal("1E+400"), "too large"),
    (a_field(EdmType.SINGLE), Decimal("0.123456789"), "more digits"),
    (a_field(EdmType.SINGLE), Decimal("1E+39"), "too large"),
    (a_field(EdmType.INT16), 32768, "from -32768 to 32767"),
    (a_field(EdmType.INT16), Decimal(1), "whole number"),
    (a_field(EdmType.DATE_TIME), WALL.replace(tzinfo=UTC), "has no zone"),
    (a_field(EdmType.DATE_TIME), "2026-12-03", "wall time"),
    (a_field(EdmType.DATE_TIME, is_date=True), WALL, "must be a day"),
    (a_field(EdmType.DATE_TIME), WALL.replace(microsecond=1), "parts of a millisecond"),
    (a_field(EdmType.DATE_TIME, precision=0), WALL.replace(microsecond=500_000), "behind the second and may have 0"),
    (a_field(EdmType.DATE_TIME_OFFSET), WALL, "with a zone"),
    (
        a_field(EdmType.DATE_TIME_OFFSET),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        "calendar",
    ),
    (a_field(EdmType.TIME), timedelta(hours=24, microseconds=1), "0 to 24 hours"),
    (a_field(EdmType.TIME), timedelta(-1), "0 to 24 hours"),
    (a_field(EdmType.TIME), WALL.time(), "timedelta"),
    (a_field(EdmType.GUID), str(GUID), "Edm.Guid"),
    (a_field(EdmType.BINARY, length_max=1), b"ab", "has 2 bytes and may have 1"),
    (a_field(EdmType.BOOLEAN), "true", "Edm.Boolean"),
]


@pytest.mark.parametrize(("field", "value", "words"), WRONG_VALUES, ids=range(len(WRONG_VALUES)))
def test_what_does_not_fit_is_refused_and_never_cut(field: TypedField, value: Any, words: str) -> None:
    with pytest.raises(ValueFault, match=f"^Field: .*{words}"):
        to_json(field, value)


def test_zeros_for_which_there_is_no_room_are_no_digits() -> None:
    field = a_field(EdmType.DECIMAL, precision=5, scale=2)
    assert to_json(field, Decimal("1.50000")) == "1.50"
    assert to_json(field, Decimal("1.000")) == "1.00"
    assert to_json(replace(field, scale=0), Decimal("12.0")) == "12"
    assert to_json(field, Decimal("0E-9")) == "0"
    assert to_json(field, Decimal("-0")) == "0"
    assert to_json(a_field(EdmType.DECIMAL, precision=60, scale=20), Decimal(f"{'9' * 40}.{'9' * 20}000")) == (
        f"{'9' * 40}.{'9' * 20}"
    )
    assert to_json(a_field(EdmType.DECIMAL, precision=6, scale=0), Decimal("1E+5")) == "100000"


def test_a_day_is_its_midnight_where_the_metadata_say_only_that_it_is_a_wall_time() -> None:
    field = a_field(EdmType.DATE_TIME, precision=7)
    assert to_json(field, WALL.date()) == "/Date(1796256000000)/"
    assert of_json(field, "/Date(1796256000000)/") == WALL


def test_nothing_is_written_as_nothing() -> None:
    assert to_json(a_field(EdmType.STRING), None) is None
    assert to_uri(a_field(EdmType.STRING), None) == "null"


def test_keys_that_look_like_numbers_are_one_key_with_and_without_zeros() -> None:
    order = a_field(EdmType.STRING, length_max=10)
    assert padded_key(order, "401") == "0000000401"
    assert [padded_key(order, text) for text in ("0000000401", "4010", "0A1")] == ["0000000401", "0000004010", "0A1"]
    assert padded_key(a_field(EdmType.STRING), "401") == "401"
    assert padded_key(order, "٤") == "٤"


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
walls = st.datetimes(datetime.fromisoformat("0001-01-01"), datetime.fromisoformat("9999-12-30")).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.timedeltas(timedelta(), timedelta(hours=24))
VALUES: dict[EdmType, st.SearchStrategy[Any]] = {
    EdmType.STRING: texts,
    EdmType.BOOLEAN: st.booleans(),
    EdmType.BYTE: st.integers(0, 255),
    EdmType.SBYTE: st.integers(-128, 127),
    EdmType.INT16: st.integers(-(2**15), 2**15 - 1),
    EdmType.INT32: st.integers(-(2**31), 2**31 - 1),
    EdmType.INT64: st.integers(-(2**63), 2**63 - 1),
    EdmType.DECIMAL: st.decimals(
        allow_nan=False, allow_infinity=False, places=20, min_value=-(10**40), max_value=10**40
    ),
    EdmType.DOUBLE: st.floats(allow_nan=False, allow_infinity=False).map(lambda number: Decimal(repr(number))),
    EdmType.SINGLE: st.integers(-(10**6) + 1, 10**6 - 1).map(lambda number: Decimal(number).scaleb(-3)),
    EdmType.DATE_TIME: walls,
    EdmType.DATE_TIME_OFFSET: st.builds(
        lambda at, zone: at.replace(tzinfo=UTC).astimezone(zone),
        st.datetimes(datetime.fromisoformat("0001-01-03"), datetime.fromisoformat("9999-12-29")).map(
            lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
        ),
        zones,
    ),
    EdmType.TIME: times,
    EdmType.GUID: st.uuids(),
    EdmType.BINARY: st.binary(),
}
pairs = st.sampled_from(EdmType).flatmap(lambda kind: VALUES[kind].map(lambda value: (a_field(kind), value)))


@given(pairs)
def test_what_is_written_comes_back(pair: tuple[TypedField, Any]) -> None:
    field, value = pair
    sent = json.dumps(to_json(field, value))
    assert of_json(field, json.loads(sent, parse_float=Decimal)) == value
    assert to_uri(field, value)


@given(st.sampled_from(EdmType), st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.lists(st.none())))
def test_whatever_comes_is_read_or_refused_and_nothing_else_happens(kind: EdmType, anything: Any) -> None:
    field = a_field(kind)
    try:
        of_json(field, anything)
    except ValueFault as fault:
        assert str(fault).startswith("Field: ")
