"""What laboratories told of a batch, judged by its specification. The same inputs always come to the same."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from services.kernel.errors import Invalid
from services.quality.domain.batch import TestVerdict
from services.quality.domain.samples import AnalysisStage, ReportedResult, Sample
from services.quality.domain.specification import (
    DecimalMark,
    Evaluation,
    Facts,
    Result,
    Specification,
    evaluate,
    value_in,
)
from services.quality.domain.specification.counting import SetAside

# Clocks differ: what is dated later than it was told by no more than this was told at once.
CLOCKS_DIFFER_MAX = timedelta(minutes=5)

# What a laboratory may say of its numbers; none: the mark is found in them.
_DECIMAL_MARKS = frozenset({"", *DecimalMark})

# Why a reported result is not shown to the rules, by the laboratory's own word.
_STAGE_SAYS: Mapping[AnalysisStage, tuple[str, str]] = {
    AnalysisStage.UNKNOWN: ("STATE_UNKNOWN", "The laboratory's state of the analysis is not known to us."),
    AnalysisStage.PRELIMINARY: ("NOT_VERIFIED", "The laboratory has not verified it."),
    AnalysisStage.PENDING: ("PENDING", "The analysis is still to be made."),
    AnalysisStage.RETRACTED: ("RETRACTED", "The laboratory took it back."),
    AnalysisStage.REJECTED: ("REJECTED_BY_LABORATORY", "The laboratory will not make the analysis."),
    AnalysisStage.INVALIDATED: ("SAMPLE_INVALIDATED", "The laboratory declared the sample invalid."),
}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A reported result, and why it does not count; without a reason it does."""

    reported: ReportedResult
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a verdict on a batch depends on beside its specification."""

    results: tuple[Result, ...]
    facts: Facts


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the rules say of a batch, by which inputs, and what became of each reported result."""

    evaluation: Evaluation
    inputs: Inputs
    weighed: tuple[Weighed, ...]

    @property
    def verdicts(self) -> tuple[TestVerdict, ...]:
        """The verdict on each test, in the order of the specification."""
        return verdicts_of(self.evaluation)


def judge_reported(
    specification: Specification, reported: Iterable[ReportedResult], samples: Iterable[Sample], facts: Facts
) -> Opinion:
    """Reads what laboratories told, and lets the rules judge it. What cannot be read does not count."""
    reported, known = tuple(reported), {sample.name: sample for sample in samples}
    # A laboratory that repeats an analysis doubts it, however far the repetition has come.
    replaced = {source_of(each, each.replaces) for each in reported if each.replaces}
    results: dict[str, Result] = {}
    weighed: dict[str, Weighed] = {}
    for each in reported:
        source = source_of(each)
        try:
            _require_counting(each, known, replaced)
            results[source] = _result(specification, each)
            weighed[source] = Weighed(each)
        except Invalid as fault:
            weighed[source] = Weighed(each, fault.facts.get("why", fault.reason), fault.message)
    inputs = Inputs(tuple(results.values()), facts)
    evaluation = evaluate(specification, inputs.results, facts)
    for aside in _set_aside(evaluation):
        weighed[aside.source] = Weighed(weighed[aside.source].reported, aside.reason, aside.sentence)
    return Opinion(evaluation, inputs, tuple(weighed.values()))


def _set_aside(evaluation: Evaluation) -> Iterator[SetAside]:
    """The results that the rules themselves did not count."""
    yield from evaluation.not_asked
    for verdict in evaluation.verdicts:
        yield from verdict.aside


def verdicts_of(evaluation: Evaluation) -> tuple[TestVerdict, ...]:
    """An evaluation as a batch keeps it."""
    return tuple(
        TestVerdict(each.test, each.test_class, each.outcome, " ".join(each.sentences), each.required, each.rests_on)
        for each in evaluation.verdicts
    )


def source_of(reported: ReportedResult, result_id: str = "") -> str:
    """One name of an analysis, whichever laboratory made it."""
    return f"{reported.laboratory}/{result_id or reported.result_id}"


def laboratory_of(source: str) -> str:
    """The laboratory, `partners/…`, of a name that `source_of` gave: its own ids may hold slashes."""
    return "/".join(source.split("/", 2)[:2])


class ResultNotCounted(Invalid):
    """The reported result is not shown to the rules; the fact `why` is the reason for programs."""

    reason = "NOT_COUNTED"


def _require_counting(reported: ReportedResult, samples: Mapping[str, Sample], replaced: Container[str]) -> None:
    sample = samples.get(reported.sample)
    if sample is None:
        raise ResultNotCounted("It names none of our samples.", why="SAMPLE_UNKNOWN")
    if source_of(reported) in replaced:
        raise ResultNotCounted("The laboratory repeats the analysis.", why="REPLACED")
    stage = AnalysisStage.INVALIDATED if _is_of_an_invalid_sample(reported, sample) else reported.stage
    if stage is not AnalysisStage.VERIFIED:
        why, words = _STAGE_SAYS[stage]
        raise ResultNotCounted(words, why=why)
    _require_plausible_times(reported, sample)


def _require_plausible_times(reported: ReportedResult, sample: Sample) -> None:
    """A sample is taken, then tested, then the result is verified, and then it is told. An instant that is not known
    contradicts nothing."""
    captured_at, verified_at = reported.captured_at, reported.verified_at
    if captured_at and captured_at < sample.taken_at:
        raise ResultNotCounted("It is dated before its sample was taken.", why="BEFORE_SAMPLE")
    if any(at and at - reported.received_at > CLOCKS_DIFFER_MAX for at in (captured_at, verified_at)):
        raise ResultNotCounted("It is dated later than it was told.", why="DATED_IN_FUTURE")
    if captured_at and verified_at and captured_at - verified_at > CLOCKS_DIFFER_MAX:
        raise ResultNotCounted("It was verified before it was found.", why="VERIFIED_BEFORE_FOUND")


def _is_of_an_invalid_sample(reported: ReportedResult, sample: Sample) -> bool:
    """Whether it was found before its sample was declared invalid, or nobody says when: a laboratory goes on under the
    same name of ours with a copy of the sample, and copies the old results with it."""
    if sample.invalidated_at is None:
        return False
    return reported.captured_at is None or reported.captured_at <= sample.invalidated_at


def _result(specification: Specification, reported: ReportedResult) -> Result:
    rule = specification.by_test.get(reported.test)
    if rule is None:
        raise ResultNotCounted(
            f"The specification has no test {reported.test or reported.test_code!r}.", why="TEST_UNKNOWN"
        )
    if reported.decimal_mark not in _DECIMAL_MARKS:
        raise ResultNotCounted(f"{reported.decimal_mark!r} is no decimal mark.", why="VALUE_UNREADABLE")
    mark = DecimalMark(reported.decimal_mark) if reported.decimal_mark else None
    return Result(
        source=source_of(reported),
        test=reported.test,
        value=value_in(reported.value, rule.numeric, mark),
        instant=reported.captured_at or reported.received_at,
        verified=True,
        replicate=reported.replicate or 1,
        unit=reported.unit or None,
        method=reported.method or None,
    )
