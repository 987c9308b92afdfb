"""What stands in a YAML text means one thing: where versions of YAML read it differently, it is refused or a text."""

from typing import Any

import pytest
from doselane.masterdata.v1 import resources_pb2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.kernel.errors import GatewayError, InvalidFields
from services.masterdata.documents import yaml_in


def read_product(field: str, written: str) -> Any:
    """The value of a product's field that is written so."""
    [entry] = yaml_in.read(f"products:\n- name: products/a\n  {field}: {written}\n").entries
    return getattr(entry.message, field)


def refused(text: str) -> str:
    with pytest.raises(InvalidFields) as found:
        yaml_in.read(text)
    [(_, wrong)] = found.value.violations
    return wrong


@pytest.mark.parametrize("written", ["7400", '"7400"', "7.4e3", "'7.4e3'", "7400.0", "74000E-1"])
def test_a_number_is_written_as_in_json(written: str) -> None:
    assert read_product("qc_minutes", written) == 7400
    assert read_product("activity_nominal_mbq", written) == 7400.0


# Octal in YAML 1.1 and ten in 1.2; figures in groups, in sixties, and of other bases; and what few would call a number.
READ_DIFFERENTLY = ["010", "0o10", "7_400", "0x1F", "0b11", "1:30", "190:20:30", "+5", "5.", ".5", "1e", "1,5", "١"]
NO_NUMBERS = [
    *READ_DIFFERENTLY,
    ".inf",
    "-.Inf",
    ".nan",
    "NaN",
    "Infinity",
    "true",
    "yes",
    "2027-03-01",
    "''",
    "- 1",
    "|\n   7",
]


@pytest.mark.parametrize("field", ["qc_minutes", "vial_reference_activity_max_kbq", "activity_nominal_mbq"])
@pytest.mark.parametrize("written", [each for each in NO_NUMBERS if not each.startswith(("|", "- "))])
def test_what_other_readers_take_for_another_number_is_none(field: str, written: str) -> None:
    assert "as JSON writes it" in refused(f"products:\n- name: products/a\n  {field}: {written}")


WHOLE = "must be a whole number as JSON writes it, not"
NO_ZERO = "; some readers take a zero in front for octal, so write none"


@pytest.mark.parametrize(("field", "written", "told"), [
    ("qc_minutes", "010", f"{WHOLE} '010'{NO_ZERO}"),
    ("qc_minutes", "00", f"{WHOLE} '00'{NO_ZERO}"),
    ("qc_minutes", "-010", f"{WHOLE} '-010'{NO_ZERO}"),
    ("qc_minutes", "7_400", f"{WHOLE} '7_400'; write its figures without _"),
    ("vial_reference_activity_max_kbq", "20_000_000", f"{WHOLE} '20_000_000'; write its figures without _"),
    ("activity_nominal_mbq", "7_4.5", "must be a number as JSON writes it, not '7_4.5'; write its figures without _"),
    ("qc_minutes", "0o10", f"{WHOLE} '0o10'"),
    ("qc_minutes", "1.5", f"{WHOLE} '1.5'"),
    ("qc_minutes", "2147483648", "must be from -2147483648 to 2147483647, not '2147483648'"),
    ("qc_minutes", "-2147483649", "must be from -2147483648 to 2147483647, not '-2147483649'"),
    ("qc_minutes", "3e9", "must be from -2147483648 to 2147483647, not '3e9'"),
    ("vial_reference_activity_max_kbq", "9223372036854775808",
     "must be from -9223372036854775808 to 9223372036854775807, not '9223372036854775808'"),
    ("activity_nominal_mbq", "1e999", "is too large a number, not '1e999'"),
])  # fmt: skip
def test_a_number_that_is_none_or_too_large_is_told_so_in_its_own_words(field: str, written: str, told: str) -> None:
    assert refused(f"products:\n- name: products/a\n  {field}: {written}") == f"{told} (line 3)"


@pytest.mark.parametrize(
    "written", [*READ_DIFFERENTLY, "yes", "No", "on", "TRUE", "12:30:45", "2027-03-01", "1.10", "=", "<<"]
)
def test_a_text_is_what_stands_there_also_without_quotes(written: str) -> None:
    assert read_product("display_name", written) == written


@pytest.mark.parametrize("written", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_written_in_the_five_ways_of_yaml_and_in_quotes_it_is_a_text(written: str) -> None:
    assert read_product("display_name", written) == ""
    assert read_product("display_name", f'"{written}"') == written


@pytest.mark.parametrize("written", ["yes", "no", "on", "off", "y", "True", "FALSE", "1", '"true"', "'false'"])
def test_true_and_false_have_one_spelling(written: str) -> None:
    text = f"lanes:\n- name: lanes/a\n  legs:\n  - accepts_class_7: {written}"
    assert "must be true or false" in refused(text)


@pytest.mark.parametrize(
    "written", ["2027-03-01", "2027-03-01 08:00:00Z", "2027-03-01T08:00:00", "2027-03-01T08:00:00+25:00", "1798790400"]
)
def test_an_instant_says_its_offset(written: str) -> None:
    text = f"lanes:\n- name: lanes/a\n  valid_until_time: {written}"
    assert "must be an instant such as" in refused(text)


def test_a_field_stands_there_once_in_either_spelling() -> None:
    wrong = refused("products:\n- name: products/a\n  qc_minutes: 1\n  qcMinutes: 2")
    assert wrong == "is qc_minutes in another spelling (line 4)"


@pytest.mark.parametrize("key", ["<<", '"qc_minutes\\0"', '"qc_minutes\\0x"', '"qc_minutes "', "qcminutes", '""'])
def test_what_is_no_name_of_a_field_is_no_field(key: str) -> None:
    assert "is no field of a Product" in refused(f"products:\n- name: products/a\n  {key}: 1")


@pytest.mark.parametrize(
    "written", ['"NUCLIDE_LU_177\\0"', '"NUCLIDE_LU_177\\0x"', "nuclide_lu_177", "99", "1.0", "''"]
)
def test_a_value_of_a_list_of_words_is_one_of_them(written: str) -> None:
    assert "must be one of" in refused(f"products:\n- name: products/a\n  nuclide: {written}")


FIELDS = [field.name for field in resources_pb2.Product.DESCRIPTOR.fields] + [
    "colour",
    "qcMinutes",
    "",
    "a\0",
    "licences",
]
VALUES = st.text(max_size=12) | st.sampled_from(
    [*NO_NUMBERS, "~", "[1]", "{a: b}", "[[]]", "1e9999999999", '"\\ud800"']
)
TEXTS = st.lists(st.tuples(st.sampled_from(FIELDS), VALUES), max_size=4).map(
    lambda pairs: "products:\n- name: products/a\n" + "".join(f"  {key}: {value}\n" for key, value in pairs)
)


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=60), TEXTS, st.text("[]{}:-,&*!|>'\"%@`?#~ \n\tab\0", max_size=60)))
@example("?")
def test_whatever_is_written_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        yaml_in.read(text)
    except GatewayError as told:
        assert told.facts["field"] and int(told.facts["line"]) >= 1
        assert told.message.encode() and all(value.encode() for value in told.facts.values())
