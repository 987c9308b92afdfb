"""Which results count, and what tests, classes and the batch come to."""

from datetime import timedelta
from decimal import Decimal

import pytest

from services.quality.domain.specification import (
    Evaluation,
    Facts,
    Outcome,
    Reading,
    Result,
    Specification,
    Standing,
    TestClass,
    WordsFound,
    evaluate,
)
from services.quality.domain.specification.counting import NotCounted
from services.quality.domain.specification.criteria import Presence, TextEquality, Trend
from services.quality.domain.specification.rules import Combining
from tests.unit.quality.specification.builders import (
    SAMPLED,
    TEN_ML,
    a_result,
    a_rule,
    a_specification,
    at_least,
    at_most,
    between,
    verdict,
)

PASS, FAIL, INDETERMINATE, MISSING, INVALID = (
    Outcome.PASS, Outcome.FAIL, Outcome.INDETERMINATE, Outcome.MISSING, Outcome.INVALID,
)  # fmt: skip
PURITY = a_rule(at_least("95"))


def aside(evaluation: Evaluation) -> list[tuple[str, NotCounted]]:
    return [(each.source, each.reason) for told in evaluation.verdicts for each in told.aside]


def test_a_test_without_a_result_is_missing() -> None:
    found = verdict(PURITY)
    assert (found.overall, found.verdicts[0].sentences) == (MISSING, ("No result of purity counts yet.",))
    assert found.verdicts[0].rests_on == ()


def test_a_verdict_names_the_results_that_it_rests_on() -> None:
    told = verdict(PURITY, a_result("99", source="abc")).verdicts[0]
    assert (told.outcome, told.rests_on, told.aside) == (PASS, ("abc",), ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"verified": False}, NotCounted.UNVERIFIED),
        ({"standing": Standing.RETRACTED}, NotCounted.RETRACTED),
        ({"standing": Standing.INVALIDATED}, NotCounted.INVALIDATED),
        ({"instant": SAMPLED - timedelta(microseconds=1)}, NotCounted.BEFORE_SAMPLE),
    ],
)
def test_what_does_not_count_is_missing_and_says_why(changes: dict[str, object], reason: NotCounted) -> None:
    found = verdict(PURITY, a_result("99", **changes))
    assert (found.overall, aside(found)) == (MISSING, [("r1", reason)])
    assert found.verdicts[0].sentences[0] == "No result of purity counts yet."
    assert found.verdicts[0].sentences[1] == found.verdicts[0].aside[0].sentence
    assert found.verdicts[0].sentences[1].startswith("Result r1 of purity does not count: ")


def test_a_result_of_the_instant_of_sampling_counts_and_an_unknown_instant_refuses_none() -> None:
    assert verdict(PURITY, a_result("99", instant=SAMPLED)).overall == PASS
    early = a_result("99", instant=SAMPLED - timedelta(days=1))
    assert verdict(PURITY, early, facts=Facts()).overall == PASS


def test_a_retest_takes_the_place_of_what_it_replaces() -> None:
    old, new = a_result("90"), a_result("99", source="r2", replaces="r1")
    found = verdict(PURITY, old, new)
    assert (found.overall, aside(found)) == (PASS, [("r1", NotCounted.REPLACED)])
    assert verdict(PURITY, new, old) == found


@pytest.mark.parametrize("changes", [{"verified": False}, {"standing": Standing.RETRACTED}])
def test_a_replaced_result_counts_no_more_even_if_its_retest_does_not_count_yet(changes: dict[str, object]) -> None:
    found = verdict(PURITY, a_result("99"), a_result("99", source="r2", replaces="r1", **changes))
    assert found.overall == MISSING
    assert aside(found)[0] == ("r1", NotCounted.REPLACED)


def test_a_retest_may_be_replaced_in_its_turn_and_none_by_itself() -> None:
    chain = [a_result("90"), a_result("91", source="r2", replaces="r1"), a_result("99", source="r3", replaces="r2")]
    assert verdict(PURITY, *chain).verdicts[0].rests_on == ("r3",)
    assert verdict(PURITY, a_result("99", replaces="r1")).overall == MISSING


def test_the_same_result_twice_counts_once() -> None:
    found = verdict(PURITY, a_result("99"), a_result("99"))
    assert (found.overall, found.verdicts[0].rests_on) == (PASS, ("r1",))


def test_one_id_with_two_contents_is_invalid_until_it_is_cleared_up() -> None:
    one, two = a_result("99"), a_result("98")
    found = verdict(PURITY, one, two)
    assert found.overall == INVALID
    assert [each.reason for each in found.verdicts[0].aside] == [NotCounted.CONTRADICTED] * 2
    assert verdict(PURITY, two, one, two) == found
    other = a_result("99", source="r2")
    assert verdict(PURITY, one, two, other).overall == INVALID
    assert verdict(PURITY, one, two, other).verdicts[0].rests_on == ("r2",)


def test_three_contents_of_one_id_are_three_contradictions() -> None:
    three = [a_result(value) for value in ("97", "98", "99", "98")]
    assert len(verdict(PURITY, *three).verdicts[0].aside) == 3


def test_two_results_for_one_replicate_are_invalid_if_neither_replaces_the_other() -> None:
    found = verdict(PURITY, a_result("99"), a_result("98", source="r2"))
    assert found.overall == INVALID
    assert found.verdicts[0].sentences[-1] == ("Replicate 1 of purity has two results, and neither replaces the other.")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("99",), MISSING),
        (("90",), FAIL),
        (("99", "99"), PASS),
        (("99", "90"), FAIL),
        (("99", "99", "99"), PASS),
        (("99", "99", "90"), FAIL),
    ],
)
def test_each_of_the_replicates_asked_for_must_be_there_and_pass(values: tuple[str, ...], expected: Outcome) -> None:
    rule = a_rule(at_least("95"), replicates=2)
    results = [a_result(value, source=str(number), replicate=number) for number, value in enumerate(values)]
    assert verdict(rule, *results).overall == expected


@pytest.mark.parametrize(
    ("values", "expected"), [((), MISSING), (("90",), MISSING), (("89", "99"), FAIL), (("93", "98", "99"), PASS)]
)
def test_a_mean_waits_for_all_its_replicates(values: tuple[str, ...], expected: Outcome) -> None:
    rule = a_rule(at_least("95"), replicates=2, combining=Combining.MEAN)
    results = [a_result(value, source=str(number), replicate=number) for number, value in enumerate(values)]
    found = verdict(rule, *results)
    assert found.overall == expected
    if len(values) == 1:
        assert found.verdicts[0].sentences == ("1 of 2 replicates of purity count.",)


def test_of_several_outcomes_the_worst_is_that_of_all() -> None:
    order = [FAIL, INVALID, INDETERMINATE, MISSING, PASS]
    values = {FAIL: "90", INDETERMINATE: "<99", PASS: "99"}
    rules = [a_rule(at_least("95"), test=str(each)) for each in order]
    results = [a_result(value, test=str(each), source=str(each)) for each, value in values.items()]
    results.append(a_result(WordsFound("?"), test=str(INVALID), source="x"))
    for first in range(len(order)):
        assert evaluate(a_specification(*rules[first:]), results, TEN_ML).overall == order[first]


def test_each_class_has_an_outcome_of_its_own() -> None:
    specification = three_classes()
    words = WordsFound("complies")
    results = [a_result("99"), a_result("90", "ph", "r2"), a_result(words, "sterility", "r3", unit=None)]
    found = evaluate(specification, results, TEN_ML)
    assert dict(found.by_class) == {
        TestClass.BEFORE_DISPATCH: PASS,
        TestClass.BEFORE_USE: FAIL,
        TestClass.AFTER_USE: PASS,
    }
    assert found.passed(TestClass.BEFORE_DISPATCH)
    assert found.passed(TestClass.BEFORE_DISPATCH, TestClass.AFTER_USE)
    assert not found.passed(TestClass.BEFORE_DISPATCH, TestClass.BEFORE_USE)
    assert found.overall == FAIL
    assert (found.specification, found.version) == ("ligand", 1)


def three_classes() -> Specification:
    return a_specification(
        a_rule(at_least("95")),
        a_rule(at_most("8"), test="ph", test_class=TestClass.BEFORE_USE),
        a_rule(Presence(), test="sterility", test_class=TestClass.AFTER_USE, unit=None),
    )


def test_a_class_of_which_nothing_is_asked_is_not_told_and_keeps_nothing_back() -> None:
    found = verdict(PURITY, a_result("99"))
    assert list(found.by_class) == [TestClass.BEFORE_DISPATCH]
    assert found.passed(*TestClass)
    assert not verdict(PURITY, a_result("90")).passed(*TestClass)


def test_an_optional_test_that_did_not_come_is_let_go_and_one_that_did_must_pass() -> None:
    extra = a_rule(at_most("2"), test="extra", required=False)
    specification = a_specification(PURITY, extra)
    good, bad = a_result("1", "extra", "e"), a_result("5", "extra", "e")
    assert evaluate(specification, [a_result("99")], TEN_ML).overall == PASS
    assert evaluate(specification, [a_result("99"), good], TEN_ML).overall == PASS
    assert evaluate(specification, [a_result("99"), bad], TEN_ML).overall == FAIL
    unverified = a_result("5", "extra", "e", verified=False)
    assert evaluate(specification, [a_result("99"), unverified], TEN_ML).overall == PASS
    assert verdict(extra).by_class == {TestClass.BEFORE_DISPATCH: PASS}


def test_a_specification_that_asks_nothing_lets_nothing_pass() -> None:
    assert evaluate(a_specification(), [], TEN_ML).overall == MISSING


def test_results_that_nobody_asked_for_are_told_and_change_nothing() -> None:
    found = verdict(PURITY, a_result("99"), a_result("1", "colour", "c"))
    assert found.overall == PASS
    assert [(each.source, each.reason) for each in found.not_asked] == [("c", NotCounted.NOT_ASKED)]
    assert found.not_asked[0].sentence == ("Result c of colour does not count: the specification has no such test.")
    assert found.of("colour") is None
    told = found.of("purity")
    assert told is not None
    assert told.test == "purity"


def test_text_results_of_a_rule_are_told() -> None:
    found = verdict(a_rule(TextEquality(("blue",)), unit=None), a_result(WordsFound("red"), unit=None))
    assert found.verdicts[0].sentences == ("'red' is not 'blue'.",)


TREND = a_rule(Trend("purity", at_least("97"), breaches=2, batches=3), test="trend", unit=None)


def trend(now: str, *earlier: str, unit: str = "%", of: Result | None = None) -> Outcome:
    facts = Facts(earlier={"purity": tuple(Reading(f"b{n}", Decimal(each), unit) for n, each in enumerate(earlier))})
    results = [of or a_result(now)]
    told = evaluate(a_specification(PURITY, TREND), results, facts).of("trend")
    assert told is not None
    return told.outcome


@pytest.mark.parametrize(
    ("now", "earlier", "expected"),
    [
        ("99", (), PASS),
        ("96", (), PASS),
        ("96", ("96",), FAIL),
        ("96", ("98", "98"), PASS),
        ("96", ("96", "98"), FAIL),
        ("98", ("96", "96"), FAIL),
        ("98", ("96", "96", "98"), PASS),  # three are looked at, the newest last
        ("96", ("96", "98", "98"), PASS),
        ("96.5", ("96.4", "98"), PASS),  # 96.5 is rounded to 97
        ("<99", ("96", "98"), INDETERMINATE),
        ("<99", ("98", "98"), PASS),
        ("<97", ("96", "98"), FAIL),
    ],
)
def test_a_trend_counts_the_last_batches_beyond_the_warning(
    now: str, earlier: tuple[str, ...], expected: Outcome
) -> None:
    assert trend(now, *earlier) == expected


def test_a_trend_converts_earlier_readings_and_refuses_what_it_cannot() -> None:
    assert trend("96", "960000", "980000", unit="ppm") == FAIL
    assert trend("96", "980000", "980000", unit="ppm") == PASS
    assert trend("96", "96", unit="mAU") == INVALID
    assert trend("", "96", of=a_result(WordsFound("?"))) == INVALID
    assert trend("", of=a_result("99", verified=False)) == MISSING


def test_a_trend_of_one_batch_looks_at_no_earlier_one() -> None:
    alone = a_rule(Trend("purity", at_least("97"), breaches=1, batches=1), test="trend", unit=None)
    facts = Facts(earlier={"purity": (Reading("b", Decimal(90), "%"),)})
    assert evaluate(a_specification(PURITY, alone), [a_result("98")], facts).overall == PASS
    assert evaluate(a_specification(PURITY, alone), [a_result("96")], facts).overall == FAIL


def test_a_trend_takes_the_mean_of_replicates_when_they_are_all_there() -> None:
    watched = a_rule(at_least("90"), replicates=2)
    one = a_rule(Trend("purity", at_least("97"), breaches=1, batches=3), test="trend", unit=None)
    pair = [a_result("96", replicate=1), a_result("98", source="r2", replicate=2)]
    found = evaluate(a_specification(watched, one), pair, Facts())
    assert [each.outcome for each in found.verdicts] == [PASS, PASS]
    assert evaluate(a_specification(watched, one), pair[:1], Facts()).overall == MISSING
    told = found.of("trend")
    assert told is not None
    assert told.sentences == ("0 of the last 1 batches are beyond the warning ≥ 97 of purity; 1 would be too many.",)
    assert told.rests_on == ("r1", "r2")
    assert str(one.criterion) == "fewer than 1 of 3 batches beyond the warning ≥ 97 of purity"


def test_a_trend_is_invalid_if_the_method_was_another() -> None:
    watched = a_rule(between("90", "100"), method="HPLC")
    found = evaluate(a_specification(watched, TREND), [a_result("99", method="TLC")], Facts())
    assert [each.outcome for each in found.verdicts] == [INVALID, INVALID]
