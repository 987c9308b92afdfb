"""What laboratories told of a batch, and what of it counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.quality.domain.judging import Opinion, Weighed, judge_reported, laboratory_of, source_of
from services.quality.domain.samples import AnalysisStage, ReportedResult, Sample, invalid_since
from services.quality.domain.specification import Facts, NumberFound, Outcome, Specification, TestClass, TestRule
from services.quality.domain.specification.criteria import LimitBound, Limits, Presence
from tests.support.quality import BATCH, EOS, a_reported_result, a_sample

PURITY = TestRule(
    "radiochemical_purity",
    TestClass.BEFORE_USE,
    Limits(low=LimitBound(Decimal(95), True, 0)),
    unit="%",
    source="the tests",
)
STERILITY = TestRule("sterility", TestClass.AFTER_USE, Presence(), source="the tests")
SPECIFICATION = Specification("lu-ligand", 1, "products/lu-ligand", "edition", (PURITY, STERILITY))


def test_a_laboratory_is_told_from_an_analysis_whatever_the_analysis_is_called() -> None:
    for name in ("R-1", "T9bc4/RCP"):
        assert laboratory_of(source_of(a_reported_result(result_id=name))) == "partners/lab"


def judged(*reported: ReportedResult, samples: Sequence[Sample] = (a_sample(),)) -> Opinion:
    return judge_reported(SPECIFICATION, reported, samples, Facts())


def only(opinion: Opinion) -> Weighed:
    (weighed,) = opinion.weighed
    return weighed


def purity(opinion: Opinion) -> Outcome:
    return opinion.verdicts[0].outcome


def test_a_verified_result_counts_and_is_judged() -> None:
    opinion = judged(a_reported_result())
    assert only(opinion) == Weighed(a_reported_result())
    assert [(each.test, each.outcome) for each in opinion.verdicts] == [
        ("radiochemical_purity", Outcome.PASS),
        ("sterility", Outcome.MISSING),
    ]
    assert opinion.verdicts[0].results == (source_of(a_reported_result()),)
    assert [each.test_class for each in opinion.verdicts] == [TestClass.BEFORE_USE, TestClass.AFTER_USE]


def test_a_result_outside_the_limits_fails_and_says_why() -> None:
    opinion = judged(a_reported_result(value="94.4"))
    assert purity(opinion) is Outcome.FAIL
    assert "95" in opinion.verdicts[0].explanation


REASON_OF = {
    AnalysisStage.UNKNOWN: "STATE_UNKNOWN",
    AnalysisStage.PRELIMINARY: "NOT_VERIFIED",
    AnalysisStage.PENDING: "PENDING",
    AnalysisStage.RETRACTED: "RETRACTED",
    AnalysisStage.REJECTED: "REJECTED_BY_LABORATORY",
    AnalysisStage.INVALIDATED: "SAMPLE_INVALIDATED",
}


def test_every_stage_but_the_verified_one_is_covered_here() -> None:
    assert {*REASON_OF, AnalysisStage.VERIFIED} == {*AnalysisStage}


@pytest.mark.parametrize("stage", REASON_OF)
def test_what_is_not_verified_does_not_count(stage: AnalysisStage) -> None:
    opinion = judged(a_reported_result(stage=stage))
    assert (only(opinion).reason, purity(opinion)) == (REASON_OF[stage], Outcome.MISSING)
    assert only(opinion).detail
    assert opinion.inputs.results == ()


@pytest.mark.parametrize("stage", AnalysisStage)
def test_a_result_that_is_repeated_counts_no_more_however_far_the_repetition_has_come(stage: AnalysisStage) -> None:
    first = a_reported_result()
    repeated = a_reported_result(result_id="again", replaces=first.result_id, stage=stage, value="94")
    opinion = judged(first, repeated)
    assert [each.reason for each in opinion.weighed] == ["REPLACED", REASON_OF.get(stage, "")]
    assert purity(opinion) is (Outcome.FAIL if stage is AnalysisStage.VERIFIED else Outcome.MISSING)


def test_the_repetition_of_another_laboratory_replaces_nothing() -> None:
    first = a_reported_result()
    other = a_reported_result("sterility", "", laboratory="partners/other", replaces=first.result_id)
    assert judged(first, other).weighed[0].reason == ""


def test_no_result_of_an_invalidated_sample_counts() -> None:
    opinion = judged(a_reported_result(), samples=(a_sample(invalidated_at=EOS + timedelta(hours=3)),))
    assert (only(opinion).reason, purity(opinion)) == ("SAMPLE_INVALIDATED", Outcome.MISSING)


@pytest.mark.parametrize(("minutes", "reason"), [(-1, "SAMPLE_INVALIDATED"), (0, "SAMPLE_INVALIDATED"), (1, "")])
def test_what_is_found_after_the_sample_was_declared_invalid_counts(minutes: int, reason: str) -> None:
    invalid = a_sample(invalidated_at=EOS + timedelta(hours=3))
    copied = a_reported_result(captured_at=EOS + timedelta(hours=3, minutes=minutes), verified_at=None)
    assert only(judged(copied, samples=(invalid,))).reason == reason


def test_what_is_found_nobody_knows_when_does_not_count_once_its_sample_is_invalid() -> None:
    invalid = a_sample(invalidated_at=EOS + timedelta(hours=3))
    assert only(judged(a_reported_result(captured_at=None), samples=(invalid,))).reason == "SAMPLE_INVALIDATED"


def test_another_sample_of_the_batch_takes_its_place() -> None:
    samples = (a_sample(invalidated_at=EOS + timedelta(hours=3)), a_sample(2))
    second = a_reported_result(result_id="second", sample=f"{BATCH}/samples/2")
    opinion = judged(a_reported_result(), second, samples=samples)
    assert [each.reason for each in opinion.weighed] == ["SAMPLE_INVALIDATED", ""]
    assert purity(opinion) is Outcome.PASS


def test_a_result_of_no_sample_of_ours_does_not_count() -> None:
    assert only(judged(a_reported_result(sample=""))).reason == "SAMPLE_UNKNOWN"
    assert only(judged(a_reported_result(sample="batches/9/samples/1"))).reason == "SAMPLE_UNKNOWN"


def test_a_result_dated_before_its_sample_does_not_count() -> None:
    early = only(judged(a_reported_result(captured_at=EOS - timedelta(seconds=1))))
    assert early.reason == "BEFORE_SAMPLE"
    assert only(judged(a_reported_result(captured_at=EOS))).reason == ""
    assert only(judged(a_reported_result(captured_at=None))).reason == ""


@pytest.mark.parametrize("which", ["captured_at", "verified_at"])
def test_a_result_dated_later_than_it_was_told_does_not_count_but_clocks_may_differ(which: str) -> None:
    told_at = a_reported_result().received_at
    within = told_at + timedelta(minutes=5)
    assert only(judged(a_reported_result(**{"verified_at": None, which: within}))).reason == ""
    opinion = judged(a_reported_result(**{"verified_at": None, which: within + timedelta(microseconds=1)}))
    assert (only(opinion).reason, purity(opinion)) == ("DATED_IN_FUTURE", Outcome.MISSING)
    assert opinion.inputs.results == ()


def test_a_result_that_was_verified_before_it_was_found_is_not_the_one_that_was_verified() -> None:
    found_at = EOS + timedelta(hours=2)
    earlier = found_at - timedelta(minutes=5)
    assert only(judged(a_reported_result(verified_at=earlier))).reason == ""
    weighed = only(judged(a_reported_result(verified_at=earlier - timedelta(microseconds=1))))
    assert (weighed.reason, weighed.detail) == ("VERIFIED_BEFORE_FOUND", "It was verified before it was found.")
    assert only(judged(a_reported_result(captured_at=None, verified_at=earlier))).reason == ""


def test_nobody_declares_a_sample_invalid_from_a_later_instant_on() -> None:
    told = a_reported_result(stage=AnalysisStage.INVALIDATED)
    assert invalid_since(told) == told.captured_at
    for captured_at in (None, told.received_at + timedelta(days=1)):
        assert invalid_since(replace(told, captured_at=captured_at)) == told.received_at


def test_a_result_of_a_test_that_nobody_asked_for_is_kept_and_named() -> None:
    weighed = only(judged(a_reported_result("filter_integrity")))
    assert (weighed.reason, weighed.detail) == ("TEST_UNKNOWN", "The specification has no test 'filter_integrity'.")
    assert "'RCP-7'" in only(judged(a_reported_result("", test_code="RCP-7"))).detail


@pytest.mark.parametrize(("mark", "value"), [(",", "95,4"), (".", "95.4"), ("", "95.4"), ("", "95,4")])
def test_a_decimal_comma_is_read_where_it_can_mean_nothing_else(mark: str, value: str) -> None:
    opinion = judged(a_reported_result(value=value, decimal_mark=mark))
    (read,) = opinion.inputs.results
    assert read.value == NumberFound(Decimal("95.4"))


@pytest.mark.parametrize(("mark", "value"), [("", "1,234"), (".", "95,4"), (",", "95.4"), ("", "about 95"), ("", "")])
def test_what_could_mean_two_things_or_nothing_does_not_count(mark: str, value: str) -> None:
    opinion = judged(a_reported_result(value=value, decimal_mark=mark))
    assert (only(opinion).reason, purity(opinion)) == ("RESULT_UNREADABLE", Outcome.MISSING)
    assert only(opinion).detail


def test_a_mark_that_is_none_makes_a_value_unreadable() -> None:
    weighed = only(judged(a_reported_result(decimal_mark="'")))
    assert (weighed.reason, weighed.detail) == ("VALUE_UNREADABLE", '"\'" is no decimal mark.')


def test_one_that_cannot_be_read_spoils_no_other() -> None:
    opinion = judged(a_reported_result(value="?", result_id="bad"), a_reported_result())
    assert [each.reason for each in opinion.weighed] == ["RESULT_UNREADABLE", ""]
    assert purity(opinion) is Outcome.PASS


def test_a_result_is_taken_over_as_the_laboratory_told_it() -> None:
    told = a_reported_result(replicate=None, captured_at=None, unit="", method="")
    (read,) = judged(told).inputs.results
    assert (read.source, read.test, read.verified) == ("partners/lab/radiochemical_purity-1", told.test, True)
    assert (read.replicate, read.instant, read.unit, read.method) == (1, told.received_at, None, None)
    (full,) = judged(replace(told, replicate=2, captured_at=EOS, unit="%", method="HPLC")).inputs.results
    assert (full.replicate, full.instant, full.unit, full.method) == (2, EOS, "%", "HPLC")


def test_the_same_inputs_come_to_the_same_whatever_the_order() -> None:
    one, two = a_reported_result(), a_reported_result("sterility", "complies")
    assert judged(one, two).verdicts == judged(two, one).verdicts
