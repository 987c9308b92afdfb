"""GS1 element strings: check digits, characters, dates, and who may stand with whom."""

import pytest

from services.kernel.errors import Invalid
from services.quality.documents.gs1 import SEPARATOR, check_digit, element_string, human_readable

GTIN = ("01", "09506000134352")


@pytest.mark.parametrize(
    "number", ["02345673", "416000336108", "1234567890128", "12345678901231", "123456789012345675", "09506000134352"]
)
def test_check_digits_are_those_of_gs1s_own_examples(number: str) -> None:
    assert check_digit(number[:-1]) == number[-1]


def test_a_gtin_whose_check_digit_is_wrong_is_refused() -> None:
    with pytest.raises(Invalid, match="csum"):
        element_string([("01", "09506000134353")])


def test_a_separator_stands_after_what_the_dictionary_gives_no_length_and_not_at_the_end() -> None:
    text = element_string([GTIN, ("21", "V-1"), ("7003", "2611291430"), ("10", "L1")])
    assert text == f"010950600013435221V-1{SEPARATOR}70032611291430{SEPARATOR}10L1"
    assert element_string([GTIN, ("17", "261129"), ("10", "L1")]) == "01095060001343521726112910L1"


@pytest.mark.parametrize("lot", ["L#1", "L 1", "Lé", "", "x" * 21, "a\nb", "a\x1db", "L$", "[L]", "L@", "ł"])
def test_a_lot_outside_set_82_is_refused(lot: str) -> None:
    with pytest.raises(Invalid) as refusal:
        element_string([GTIN, ("10", lot)])
    assert refusal.value.facts["field"] == "ai.10"


def test_a_lot_of_all_that_set_82_has_is_taken() -> None:
    allowed = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
    assert len(allowed) == 82
    for start in range(0, len(allowed), 20):
        element_string([GTIN, ("10", allowed[start : start + 20])])


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("2613011200", "yymmdd"),
        ("2602301200", "yymmdd"),
        ("2611001200", "yymmdd"),
        ("2611292400", "hhmi"),
        ("2611291260", "hhmi"),
        ("261129", "length"),
        ("26112914300", "too long"),
        ("26112914３0", "character"),
    ],
)
def test_an_expiry_that_is_no_instant_is_refused(value: str, wrong: str) -> None:
    with pytest.raises(Invalid, match=wrong):
        element_string([GTIN, ("7003", value)])


def test_the_last_minute_of_a_day_is_an_instant() -> None:
    assert element_string([GTIN, ("7003", "2602282359")]).endswith("70032602282359")


@pytest.mark.parametrize(
    ("elements", "wrong"),
    [
        ([("10", "L1")], "must stand with"),
        ([("7003", "2611291430"), ("10", "L1")], "must stand with"),
        ([GTIN, ("21", "S"), ("235", "T")], "exclude"),
        ([("02", "09506000134352")], "must stand with"),
        ([GTIN, ("37", "2")], "exclude"),
        ([GTIN, ("10", "L1"), ("10", "L1")], "twice"),
        ([GTIN, ("9999", "x")], "not known"),
        ([("8010", "ABC")], "too long"),  # its characters are not ours: nothing fits, so nothing is let through
        ([("00", "123456789012345675"), ("4307", "SE")], "asks for a check"),
    ],
)
def test_identifiers_that_cannot_stand_so_are_refused(elements: list[tuple[str, str]], wrong: str) -> None:
    with pytest.raises(Invalid, match=wrong):
        element_string(elements)


def test_patterns_and_combinations_of_the_dictionary_hold() -> None:
    assert element_string([GTIN, ("3103", "000750")]) == "01095060001343523103000750"
    with pytest.raises(Invalid, match="exclude"):
        element_string([GTIN, ("3103", "000750"), ("3102", "000750")])
    assert element_string([GTIN, ("21", "S"), ("250", "T")]).endswith("250T")
    with pytest.raises(Invalid, match="must stand with"):
        element_string([GTIN, ("250", "T")])
    assert element_string([("253", "1234567890128AB")]) == "2531234567890128AB"
    assert element_string([("253", "1234567890128")]) == "2531234567890128"


def test_parentheses_are_for_people() -> None:
    assert human_readable([GTIN, ("10", "L1")]) == ["(01) 09506000134352", "(10) L1"]
