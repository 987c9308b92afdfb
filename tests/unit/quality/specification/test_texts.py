"""What instruments write is read as what it says, or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.quality.domain.specification import (
    CensoredFound,
    DecimalMark,
    NumberFound,
    Side,
    ValueRefused,
    WordsFound,
    value_in,
)
from services.quality.domain.specification.texts import LENGTH_MAX
from services.quality.domain.specification.values import LimitOfMethod, plain, rounded


def number(text: str, mark: DecimalMark | None = None) -> NumberFound | CensoredFound:
    found = value_in(text, numeric=True, mark=mark)
    assert not isinstance(found, WordsFound)
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("99.20", "99.20"),
        ("  99.2\u00a0", "99.2"),
        ("99,2", "99.2"),
        ("0,234", "0.234"),
        ("1234,5", "1234.5"),
        ("12,34", "12.34"),
        ("1,2345", "1.2345"),
        ("1.234", "1.234"),
        ("-0.5", "-0.5"),
        ("\u22120.5", "-0.5"),
        ("+3", "3"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e3", "1000"),
        ("1,5E-4", "0.00015"),
        ("0", "0"),
    ],
)
def test_a_number_is_read_with_all_its_digits(text: str, value: str) -> None:
    found = number(text)
    assert isinstance(found, NumberFound)
    assert found.value == Decimal(value)
    assert "e" in text.lower() or str(found) == value


@pytest.mark.parametrize("text", ["1,234", "12,345", "-123,456", "<1,234"])
def test_a_comma_that_may_set_off_thousands_needs_a_declared_mark(text: str) -> None:
    with pytest.raises(ValueRefused, match=r"may mean .* or .*: its source must declare"):
        number(text)


def test_a_declared_mark_settles_what_a_comma_is() -> None:
    assert number("1,234", DecimalMark.COMMA) == NumberFound(Decimal("1.234"))
    with pytest.raises(ValueRefused, match=r"holds ',', but its source declares '\.'"):
        number("1,234", DecimalMark.POINT)
    with pytest.raises(ValueRefused, match=r"holds '\.', but its source declares ','"):
        number("1.234", DecimalMark.COMMA)


@pytest.mark.parametrize(
    ("text", "side", "bound", "inclusive"),
    [
        ("<20", Side.BELOW, "20", False),
        ("< 20", Side.BELOW, "20", False),
        ("≤0,5", Side.BELOW, "0.5", True),
        ("<=0.5", Side.BELOW, "0.5", True),
        ("=<0.5", Side.BELOW, "0.5", True),
        (">175", Side.ABOVE, "175", False),
        ("≥ 175", Side.ABOVE, "175", True),
        (">=1e2", Side.ABOVE, "100", True),
        ("=>1", Side.ABOVE, "1", True),
    ],
)
def test_a_censored_result_keeps_its_bound_and_operator(text: str, side: Side, bound: str, inclusive: bool) -> None:
    assert number(text) == CensoredFound(side, Decimal(bound), inclusive)


@pytest.mark.parametrize(
    ("text", "side", "limit"),
    [
        ("ND", Side.BELOW, LimitOfMethod.DETECTION),
        ("n.d.", Side.BELOW, LimitOfMethod.DETECTION),
        ("Not  detected", Side.BELOW, LimitOfMethod.DETECTION),
        ("<LOD", Side.BELOW, LimitOfMethod.DETECTION),
        ("< MDA", Side.BELOW, LimitOfMethod.DETECTION),
        ("< LLOQ", Side.BELOW, LimitOfMethod.QUANTITATION),
        ("<loq", Side.BELOW, LimitOfMethod.QUANTITATION),
        ("> ULOQ", Side.ABOVE, LimitOfMethod.UPPER),
    ],
)
def test_a_bound_without_its_figure_is_kept_as_such(text: str, side: Side, limit: LimitOfMethod) -> None:
    assert number(text) == CensoredFound(side, limit)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("\u00a0", "empty"),
        ("NA", "no result"),
        ("n/a", "no result"),
        ("-", "no result"),
        ("0/0", "nought of nought"),
        ("NaN", "no number"),
        ("Infinity", "no number"),
        ("-inf", "no number"),
        ("#DIV/0!", "fault of a sheet"),
        ("overflow", "beyond which bound"),
        ("1 234", "grouped"),
        ("1,234.5", "grouped"),
        ("1.234.567", "grouped"),
        ("99.2 %", "field of its own"),
        ("99.2%", "field of its own"),
        ("5-7", "field of its own"),
        ("~5", "only about right"),
        ("ca. 5", "only about right"),
        ("> LLOQ", "no number"),
        ("< ULOQ", "no number"),
        ("> LOD", "no number"),
        ("<", "no number"),
        ("< ", "no number"),
        ("<<5", "no number"),
        ("<ND", "no number"),
        ("five", "no number"),
        ("1e99999", "no number"),
        ("1e31", "more digits"),
        ("1e-31", "more digits"),
        ("1" * 41, "more digits"),
        ("٣", "no number"),
        ("1\u0000", "cannot be shown"),
        ("1" * (LENGTH_MAX + 1), "longer than"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueRefused, match=why):
        number(text)


def test_the_largest_and_longest_numbers_are_taken() -> None:
    assert number("1e30") == NumberFound(Decimal("1e30"))
    assert number("0." + "1" * 30) == NumberFound(Decimal("0." + "1" * 30))


def test_words_are_kept_and_what_says_nothing_is_refused() -> None:
    assert value_in("  clear  and\ncolourless ", numeric=False) == WordsFound("clear and colourless")
    assert value_in("177Lu", numeric=False) == WordsFound("177Lu")
    for text in ("", "NA", "pending", "NaN"):
        with pytest.raises(ValueRefused):
            value_in(text, numeric=False)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity"), Decimal("sNaN")])
def test_no_value_can_be_made_of_what_is_no_number(value: Decimal) -> None:
    with pytest.raises(ValueRefused):
        NumberFound(value)
    with pytest.raises(ValueRefused):
        CensoredFound(Side.BELOW, value)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_and_never_anything_else(text: str) -> None:
    try:
        found = number(text)
    except ValueRefused as refused:
        assert refused.message
    else:
        assert isinstance(found, NumberFound | CensoredFound)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_a_written_number_is_read_back(value: Decimal) -> None:
    assert number(f"{value:f}", DecimalMark.POINT) == NumberFound(value)
    assert number(f"{value:f}".replace(".", ","), DecimalMark.COMMA) == NumberFound(value)


def test_values_are_shown_as_people_write_them() -> None:
    assert str(number("1e3")) == "1000"
    assert str(number("≤0.50")) == "<=0.50"
    assert str(number("< LLOQ")) == "<LLOQ"
    assert str(number("ND")) == "<LOD"
    assert str(number("> ULOQ")) == ">ULOQ"
    assert str(number("> 5")) == ">5"
    assert plain(Decimal(1)) == "1"


@pytest.mark.parametrize(
    ("value", "digits", "result"),
    [
        ("0.145", 2, "0.15"),  # as answered by the European Pharmacopoeia to a user's question
        ("0.284", 2, "0.28"),
        ("-2.5", 0, "-3"),
        ("97.96", 1, "98.0"),
        ("98", 1, "98.0"),
    ],
)
def test_halves_are_rounded_away_from_nought(value: str, digits: int, result: str) -> None:
    from fractions import Fraction

    assert str(rounded(Decimal(value), digits)) == result
    assert str(rounded(Fraction(value), digits)) == result
