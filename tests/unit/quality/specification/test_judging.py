"""A value keeps its rule, breaks it, or does neither for certain."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.quality.domain.specification import Facts, NumberFound, Outcome, WordsFound
from services.quality.domain.specification.criteria import (
    LimitBound,
    Limits,
    NumberEquality,
    Presence,
    TextEquality,
    VolumeLimit,
)
from services.quality.domain.specification.rules import Combining, Measurable
from services.quality.domain.specification.values import rounded
from tests.unit.quality.specification.builders import (
    a_result,
    a_rule,
    at_least,
    at_most,
    between,
    bound,
    outcome,
    verdict,
)

PASS, FAIL, INDETERMINATE, INVALID = Outcome.PASS, Outcome.FAIL, Outcome.INDETERMINATE, Outcome.INVALID
ENDOTOXIN = VolumeLimit(Decimal(175), "IU")


@pytest.mark.parametrize(
    ("limits", "value", "expected"),
    [
        # The illustrations of USP General Notices 7.20.
        (at_least("98.0"), "97.96", PASS),
        (at_least("98.0"), "97.92", FAIL),
        (at_least("98.0"), "97.95", PASS),
        (at_most("101.5"), "101.55", FAIL),
        (at_most("101.5"), "101.46", PASS),
        (at_most("101.5"), "101.45", PASS),
        (at_most("0.02"), "0.025", FAIL),
        (at_most("0.02"), "0.015", PASS),
        (at_most("0.02"), "0.027", FAIL),
        (at_most("3"), "3.5", FAIL),
        (at_most("3"), "3.4", PASS),
        (at_most("3"), "2.5", PASS),
        # The digits of the limit decide, not those of the result.
        (at_least("95"), "94.5", PASS),
        (at_least("95"), "94.49", FAIL),
        (at_least("95.0"), "94.9", FAIL),
        (Limits(low=bound("95", inclusive=False)), "95.4", FAIL),
        (Limits(low=bound("95", inclusive=False)), "95.5", PASS),
        (Limits(high=bound("10", inclusive=False)), "9.5", FAIL),
        (Limits(high=bound("10", inclusive=False)), "9.49", PASS),
        (between("4", "8"), "8.4", PASS),
        (between("4", "8"), "8.5", FAIL),
        (between("4", "8"), "3.5", PASS),
        (between("4", "8"), "3.49", FAIL),
        # Not rounded.
        (Limits(low=LimitBound(Decimal(95))), "94.999", FAIL),
        (Limits(low=LimitBound(Decimal(95))), "95", PASS),
        (Limits(low=LimitBound(Decimal(95), inclusive=False)), "95", FAIL),
        (Limits(high=LimitBound(Decimal(95))), "95.001", FAIL),
        (Limits(high=LimitBound(Decimal(95), inclusive=False)), "95", FAIL),
        (NumberEquality(Decimal("7.0"), 1), "7.04", PASS),
        (NumberEquality(Decimal("7.0"), 1), "6.94", FAIL),
    ],
)
def test_a_number_is_rounded_to_the_digits_of_the_limit_and_then_compared(
    limits: Limits, value: str, expected: Outcome
) -> None:
    assert outcome(limits, value) == expected


@pytest.mark.parametrize(
    ("limits", "value", "expected"),
    [
        (at_most("17.5"), "<20", INDETERMINATE),
        (at_most("17.5"), "<10", PASS),
        (at_most("17.5"), "<17.5", PASS),
        (at_most("17.5"), "≤17.5", PASS),
        (at_most("17.5"), "≤17.6", INDETERMINATE),
        (at_most("17.5"), "<17.52", INDETERMINATE),  # a bound is not rounded
        (at_most("175"), ">175", FAIL),
        (at_most("175"), "≥175", INDETERMINATE),
        (at_most("175"), ">174", INDETERMINATE),
        (at_most("175"), ">176", FAIL),
        (Limits(high=bound("175", inclusive=False)), "≥175", FAIL),
        (Limits(high=bound("175", inclusive=False)), "<175", PASS),
        (Limits(high=bound("175", inclusive=False)), "≤175", INDETERMINATE),
        (at_least("95"), ">95", PASS),
        (at_least("95"), ">99", PASS),
        (at_least("95"), ">90", INDETERMINATE),
        (at_least("95"), "<95", FAIL),
        (at_least("95"), "≤95", INDETERMINATE),
        (Limits(low=bound("95", inclusive=False)), "≤95", FAIL),
        (Limits(low=bound("95", inclusive=False)), "≥95", INDETERMINATE),
        (Limits(low=bound("95", inclusive=False)), ">95", PASS),
        (between("4", "8"), ">4", INDETERMINATE),
        (between("4", "8"), "<3", FAIL),
        (between("4", "8"), ">8", FAIL),
        (at_most("17.5"), "ND", INDETERMINATE),
        (at_most("17.5"), "< LLOQ", INDETERMINATE),
        (at_most("17.5"), "> ULOQ", INDETERMINATE),
    ],
)
def test_a_censored_result_is_compared_as_what_it_is(limits: Limits, value: str, expected: Outcome) -> None:
    assert outcome(limits, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ND", PASS),
        ("< LLOQ", PASS),
        ("< LOD", PASS),
        ("0.01", PASS),
        ("0.3", PASS),
        ("> ULOQ", FAIL),
        ("3", FAIL),
        ("2", FAIL),
    ],
)
def test_bounds_of_the_method_that_the_rule_knows_are_used(value: str, expected: Outcome) -> None:
    measurable = Measurable(Decimal("0.05"), Decimal("0.2"), Decimal(2))
    assert outcome(at_most("0.5"), value, measurable=measurable) == expected


def test_a_number_beyond_what_the_method_can_measure_is_a_bound() -> None:
    measurable = Measurable(lowest=Decimal(5), highest=Decimal(20))
    assert outcome(at_most("17.5"), "25", measurable=measurable) == FAIL
    assert outcome(at_most("30"), "25", measurable=measurable) == INDETERMINATE
    assert outcome(at_most("30"), "20", measurable=measurable) == PASS
    assert outcome(at_least("3"), "4", measurable=measurable) == INDETERMINATE
    assert outcome(at_least("3"), "5", measurable=measurable) == PASS
    found = verdict(a_rule(at_most("30"), measurable=measurable), a_result("25")).verdicts[0]
    assert found.sentences == ("25 %, beyond what the method can measure (>20 %), may or may not be within ≤ 30.",)
    # What is not detected is below what can be measured, if nobody says what can be detected.
    assert outcome(at_most("5"), "ND", measurable=measurable) == PASS


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("MBq/mL", "1000", PASS),
        ("GBq/mL", "1.0", PASS),
        ("mCi/mL", "27.027", PASS),  # 999.999
        ("mCi/mL", "25.6", FAIL),  # 947.2
        ("mCi/mL", "<20", FAIL),
        ("mCi/mL", ">28", INDETERMINATE),
        ("kBq/µL", "1050.4", PASS),
        ("kBq/µL", "1050.5", FAIL),
        ("MBq", "1000", INVALID),
        ("mAU", "1000", INVALID),
        ("Mbq/mL", "1000", INVALID),
        (None, "1000", INVALID),
        ("", "1000", INVALID),
    ],
)
def test_results_in_other_units_are_converted_or_invalid(unit: str | None, value: str, expected: Outcome) -> None:
    rule = a_rule(between("950", "1050"), unit="MBq/mL")
    assert verdict(rule, a_result(value, unit=unit)).overall == expected


@pytest.mark.parametrize("unit", [None, "", "pH", "[pH]"])
def test_a_ph_needs_no_unit(unit: str | None) -> None:
    assert verdict(a_rule(between("4", "8"), unit="pH"), a_result("7", unit=unit)).overall == PASS


@pytest.mark.parametrize(
    ("volume", "unit", "value", "expected"),
    [
        ("10", "IU/mL", "17.5", PASS),
        ("10", "IU/mL", "17.51", FAIL),  # nothing is rounded
        ("12.5", "IU/mL", "14.0", PASS),
        ("12.5", "IU/mL", "14.1", FAIL),
        ("7", "EU/mL", "25", PASS),
        ("10", "[iU]/mL", "<20", INDETERMINATE),
        ("8", "IU/mL", "<20", PASS),
        ("10", "IU/mL", ">17.5", FAIL),
        ("10", "IU/mL", "ND", INDETERMINATE),
        ("3", "IU/mL", "58.3333333333", PASS),  # 175/3 has no last digit
        ("3", "IU/mL", "58.3333333334", FAIL),
        ("3", "IU/mL", "<58.3333333334", INDETERMINATE),
        ("10", "IU/V", "175", PASS),
        ("10", "EU/V", "176", FAIL),
        (None, "IU/V", "175", PASS),
        (None, "IU/mL", "1", INDETERMINATE),
        ("0", "IU/mL", "1", INDETERMINATE),
        ("-1", "IU/mL", "1", INDETERMINATE),
        ("10", "[EU]/mL", "1", INVALID),
        ("10", "MBq/mL", "1", INVALID),
        ("10", None, "1", INVALID),
    ],
)
def test_a_limit_for_the_whole_volume_changes_with_the_volume(
    volume: str | None, unit: str | None, value: str, expected: Outcome
) -> None:
    facts = Facts(volume_ml=None if volume is None else Decimal(volume))
    assert verdict(a_rule(ENDOTOXIN, unit="IU/mL"), a_result(value, unit=unit), facts=facts).overall == expected


def test_a_volume_limit_in_other_units_and_without_its_end() -> None:
    exclusive = VolumeLimit(Decimal(2), "mg", inclusive=False)
    facts = Facts(volume_ml=Decimal(4))
    rule = a_rule(exclusive, unit="mg/mL")
    assert verdict(rule, a_result("500", unit="µg/mL"), facts=facts).overall == FAIL
    assert verdict(rule, a_result("499.9", unit="µg/mL"), facts=facts).overall == PASS
    assert verdict(rule, a_result("1900", unit="µg"), facts=facts).overall == PASS
    assert "≤" not in str(exclusive)


def test_what_can_be_measured_of_a_concentration_counts_for_the_whole_volume() -> None:
    rule = a_rule(ENDOTOXIN, unit="IU/mL", measurable=Measurable(lowest=Decimal("0.05"), highest=Decimal(5)))
    assert verdict(rule, a_result("0.01", unit="IU/mL")).overall == PASS
    assert verdict(rule, a_result("6", unit="IU/mL")).overall == INDETERMINATE
    assert verdict(rule, a_result("60", unit="IU/V")).overall == PASS
    (told,) = verdict(rule, a_result("0.04", unit="IU/mL")).verdicts[0].sentences
    assert told.startswith("0.04 IU/mL, beyond what the method can measure (<0.05 IU/mL), is within ")
    assert told.endswith(" ≤ 175 IU in the whole volume of 10 mL.")


def test_the_mean_of_a_volume_limit_may_mix_its_units() -> None:
    rule = a_rule(ENDOTOXIN, unit="IU/mL", replicates=2, combining=Combining.MEAN)
    two = [a_result("20", unit="IU/mL"), a_result("140", unit="IU/V", source="r2", replicate=2)]
    assert verdict(rule, *two).overall == PASS
    assert verdict(rule, *two, facts=Facts(volume_ml=Decimal(11))).overall == FAIL
    assert verdict(rule, *two, facts=Facts()).overall == INDETERMINATE


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("94.0", "95.0"), PASS),  # 94.5
        (("94.0", "94.9"), FAIL),
        (("94", "95", "95"), PASS),
        (("94", "94", "95"), FAIL),
        (("94", ">95"), INDETERMINATE),
        (("95", ">95"), PASS),
        (("94", "<95"), FAIL),
        (("96", "<95"), INDETERMINATE),
        (("ND", "96"), INDETERMINATE),
    ],
)
def test_a_mean_is_computed_exactly_rounded_last_and_no_more_certain_than_its_parts(
    values: tuple[str, ...], expected: Outcome
) -> None:
    assert outcome(at_least("95"), *values, combining=Combining.MEAN) == expected


def test_each_replicate_must_pass_where_no_mean_is_asked() -> None:
    assert outcome(at_least("95"), "94.0", "96.0") == FAIL
    assert outcome(at_least("95"), "95.0", "96.0") == PASS
    assert outcome(at_least("95"), "<96", "96.0") == INDETERMINATE


def test_the_mean_says_what_it_was_made_from() -> None:
    rule = a_rule(at_least("95"), replicates=3, combining=Combining.MEAN)
    values = [a_result(text, source=text, replicate=number) for number, text in enumerate(("94", "95", "95.5"), 1)]
    told = verdict(rule, *values).verdicts[0].sentences
    assert told == ("the mean of 94 %, 95 %, 95.5 % (about 94.83333333), rounded 95, is within ≥ 95.",)


def test_a_sentence_shows_what_rounding_made_of_a_number() -> None:
    assert verdict(a_rule(at_least("95")), a_result("94.5")).verdicts[0].sentences == (
        "94.5 %, rounded 95, is within ≥ 95.",
    )
    assert verdict(a_rule(at_least("95")), a_result("94")).verdicts[0].sentences == ("94 % is not within ≥ 95.",)
    both = Limits(bound("4.0"), bound("8"))
    assert verdict(a_rule(both, unit="pH"), a_result("7.25", unit=None)).verdicts[0].sentences == (
        "7.25 pH, rounded 7 or 7.3, is within ≥ 4.0 and ≤ 8.",
    )
    strict = Limits(bound("4", inclusive=False), bound("8", inclusive=False))
    assert str(strict) == "> 4 and < 8"


@pytest.mark.parametrize(
    ("criterion", "words", "expected"),
    [
        (TextEquality(("Clear, colourless",)), "clear,  COLOURLESS", PASS),
        (TextEquality(("a", "b")), "b", PASS),
        (TextEquality(("a", "b")), "c", FAIL),
        (Presence(), "Complies", PASS),
        (Presence(), "does  not comply", FAIL),
        (Presence(), "hm", INVALID),
        (Presence(("sterile",), ("growth",)), "complies", INVALID),
        (Presence(("sterile",), ("growth",)), "Growth", FAIL),
    ],
)
def test_words_are_compared_without_case_and_never_guessed(
    criterion: TextEquality | Presence, words: str, expected: Outcome
) -> None:
    rule = a_rule(criterion, unit=None)
    assert verdict(rule, a_result(WordsFound(words), unit=None)).overall == expected


def test_words_for_a_number_and_a_number_for_words_are_invalid() -> None:
    words, number = WordsFound("fine"), NumberFound(Decimal(1))
    told = verdict(a_rule(at_least("95")), a_result(words)).verdicts[0]
    assert (told.outcome, told.sentences) == (INVALID, ("Result r1 says 'fine' where a number is asked for.",))
    told = verdict(a_rule(Presence(), unit=None), a_result(number)).verdicts[0]
    assert (told.outcome, told.sentences) == (INVALID, ("Result r1 is 1 where words are asked for.",))
    assert verdict(a_rule(at_least("95"), replicates=2, combining=Combining.MEAN), a_result(words), a_result("99", source="r2", replicate=2)).overall == INVALID  # fmt: skip  # noqa: E501


@pytest.mark.parametrize(("method", "expected"), [("HPLC", PASS), (" hplc ", PASS), (None, PASS), ("TLC", INVALID)])
def test_a_result_by_another_method_is_invalid(method: str | None, expected: Outcome) -> None:
    rule = a_rule(at_least("95"), method="HPLC")
    assert verdict(rule, a_result("99", method=method)).overall == expected
    pair = [a_result("99", method=method), a_result("99", method=method, source="r2", replicate=2)]
    assert verdict(a_rule(at_least("95"), method="HPLC", combining=Combining.MEAN), *pair).overall == expected


def test_a_rule_without_a_unit_judges_nothing() -> None:
    """The reader refuses such a rule; one that was made otherwise must not let anything pass."""
    assert verdict(a_rule(at_least("95"), unit=None), a_result("99")).overall == INVALID


def test_a_rule_in_a_unit_that_no_volume_turns_into_its_amount_judges_nothing() -> None:
    """The reader refuses it too. One result and the mean of two are INVALID; an amount is judged as ever."""
    unlike = "% measures fraction and IU/mL endotoxin per volume: neither is the other."
    words = f"The rule asks for an amount in IU: {unlike}"
    (one,) = verdict(a_rule(ENDOTOXIN), a_result("1")).verdicts
    assert (one.outcome, one.sentences) == (INVALID, (words,))
    two = [a_result("1"), a_result("2", source="r2", replicate=2)]
    for combining in Combining:
        (found,) = verdict(a_rule(ENDOTOXIN, replicates=2, combining=combining), *two).verdicts
        assert found.outcome == INVALID
        assert words in found.sentences
    assert verdict(a_rule(ENDOTOXIN), a_result("1", unit="IU/V")).overall == PASS


CENTS = st.integers(-100_000, 100_000).map(lambda cents: Decimal(cents) / 1000)


@given(CENTS, st.integers(-1000, 1000), st.integers(0, 2), st.booleans(), st.booleans())
@example(Decimal("-2.5"), -3, 0, True, True)
@example(Decimal("-2.5"), -3, 0, False, True)
@example(Decimal("0.5"), 0, 0, True, True)
@example(Decimal("-0.5"), 0, 0, True, False)
def test_moving_the_limit_by_half_a_digit_is_the_same_as_rounding_the_number(
    value: Decimal, limit: int, digits: int, inclusive: bool, lower: bool
) -> None:
    edge = Decimal(limit).scaleb(-digits)
    shown = rounded(value, digits)
    bound_ = LimitBound(edge, inclusive, digits)
    if lower:
        limits, expected = Limits(low=bound_), shown >= edge if inclusive else shown > edge
    else:
        limits, expected = Limits(high=bound_), shown <= edge if inclusive else shown < edge
    assert (limits.rounding.holds(value), limits.rounding.holds(Fraction(value))) == (expected, expected)


@given(CENTS, CENTS, st.sampled_from(["<", "≤", ">", "≥"]), CENTS)
def test_a_censored_verdict_is_what_every_value_it_stands_for_would_get(
    low: Decimal, width: Decimal, operator: str, edge: Decimal
) -> None:
    limits = Limits(LimitBound(low), LimitBound(low + abs(width)))
    expected = outcome(limits, f"{operator}{edge}")
    tiny = Decimal("0.0001")
    inside = {"<": [edge - tiny], "≤": [edge], ">": [edge + tiny], "≥": [edge]}[operator]
    away = Decimal(1000) if operator in ">≥" else Decimal(-1000)
    stands_for = [*inside, edge + away, *(each for each in (low, low + abs(width)) if _beyond(operator, each, edge))]
    seen = {limits.exact.holds(each) for each in stands_for}
    assert expected == {frozenset({True}): PASS, frozenset({False}): FAIL}.get(frozenset(seen), INDETERMINATE)


def _beyond(operator: str, value: Decimal, edge: Decimal) -> bool:
    return {"<": value < edge, "≤": value <= edge, ">": value > edge, "≥": value >= edge}[operator]
