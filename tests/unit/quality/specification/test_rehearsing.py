"""A new version of a specification is tried on past batches before it is signed."""

from services.quality.domain.specification import ChangedOutcome, Outcome, PastBatch, TestClass, rehearse
from tests.unit.quality.specification.builders import TEN_ML, a_result, a_rule, a_specification, at_least, at_most

OLD = a_specification(a_rule(at_least("95")), a_rule(at_most("2"), test="unbound", test_class=TestClass.BEFORE_USE))


def batch(name: str, purity: str, unbound: str = "1") -> PastBatch:
    return PastBatch(name, (a_result(purity), a_result(unbound, "unbound", "r2")), TEN_ML)


def test_each_verdict_that_would_change_is_told_and_no_other() -> None:
    new = a_specification(a_rule(at_least("97")), OLD.rules[1], version=2)
    past = [batch("b1", "99"), batch("b2", "96"), batch("b3", "90")]
    assert rehearse(OLD, new, past) == (
        ChangedOutcome("b2", "purity", Outcome.PASS, Outcome.FAIL, ("96 % is not within ≥ 97.",)),
        ChangedOutcome("b2", "BEFORE_DISPATCH", Outcome.PASS, Outcome.FAIL),
        ChangedOutcome("b2", "OVERALL", Outcome.PASS, Outcome.FAIL),
    )


def test_a_test_that_comes_or_goes_is_a_change() -> None:
    only_purity = a_specification(OLD.rules[0], version=2)
    gone = rehearse(OLD, only_purity, [batch("b1", "99")])
    assert [(each.subject, each.before, each.after) for each in gone] == [
        ("unbound", Outcome.PASS, None),
        ("BEFORE_USE", Outcome.PASS, None),
    ]
    assert gone[0].sentences == ("1 % is within ≤ 2.",)
    come = rehearse(only_purity, OLD, [batch("b1", "99")])
    assert [(each.subject, each.before, each.after) for each in come] == [
        ("unbound", None, Outcome.PASS),
        ("BEFORE_USE", None, Outcome.PASS),
    ]


def test_the_same_rules_change_nothing() -> None:
    assert rehearse(OLD, OLD, [batch("b1", "99"), batch("b2", "10")]) == ()
    assert rehearse(OLD, OLD, []) == ()
