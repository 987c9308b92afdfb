"""Evaluates all results of a batch by a specification: the same inputs always come to the same."""

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from services.quality.domain.specification.counting import Counted, NotCounted, SetAside, counted
from services.quality.domain.specification.criteria import Trend
from services.quality.domain.specification.evaluation import (
    INVALID,
    MISSING,
    PASS,
    Evaluation,
    RuleVerdict,
    Saying,
    worse,
    worst,
)
from services.quality.domain.specification.judging import Judged, of_mean, of_one
from services.quality.domain.specification.results import Facts, Result
from services.quality.domain.specification.rules import Combining, Specification, TestRule
from services.quality.domain.specification.trending import of_trend


def evaluate(specification: Specification, results: Iterable[Result], facts: Facts) -> Evaluation:
    """Judge each test by what counts, and from that each class and the whole."""
    found = counted(results, specification.by_test, facts.sampled_at)
    verdicts = tuple([_verdict(rule, found, specification, facts) for rule in specification.rules])
    by_class = dict.fromkeys(specification.classes, PASS)
    overall = PASS if by_class else MISSING
    for each in verdicts:
        if each.outcome is not PASS and each.holds_up:
            by_class[each.test_class] = worse(by_class[each.test_class], each.outcome)
            overall = worse(overall, each.outcome)
    return Evaluation(
        specification.name,
        specification.version,
        verdicts,
        MappingProxyType(by_class),
        overall,
        found.not_asked,
    )


def _verdict(rule: TestRule, found: Counted, specification: Specification, facts: Facts) -> RuleVerdict:
    results, aside = found.by_test[rule.watched], found.aside.get(rule.watched, ())
    if rule.alone and len(results) == 1 and not aside:  # as most are
        of_it, saying = of_one(rule, results[0], facts)
        return RuleVerdict(rule.test, rule.test_class, of_it, (saying,), rule.required, (results[0].source,))
    said = _judged(rule, results, specification, facts)
    if aside or not len(said) == len(results) == rule.replicates == 1:
        said += _unclear(rule, results, aside)
        if not said or len(results) < rule.replicates:
            said += _missing(rule, results, aside)
    outcome = said[0][0] if len(said) == 1 else worst([outcome for outcome, _ in said])
    assert outcome is not None  # either something counts or something is missing
    rests_on, sayings = tuple([result.source for result in results]), tuple([saying for _, saying in said])
    return RuleVerdict(rule.test, rule.test_class, outcome, sayings, rule.required, rests_on, tuple(aside))


def _judged(rule: TestRule, results: list[Result], specification: Specification, facts: Facts) -> list[Judged]:
    if isinstance(rule.criterion, Trend):
        watched = specification.by_test[rule.criterion.of]
        return [of_trend(rule.criterion, watched, results, facts)] if len(results) >= watched.replicates else []
    if rule.replicates > 1 and rule.combining is Combining.MEAN:
        return [of_mean(rule, results, facts)] if len(results) >= rule.replicates else []
    return [of_one(rule, result, facts) for result in results]


def _unclear(rule: TestRule, results: list[Result], aside: Sequence[SetAside]) -> list[Judged]:
    """What the laboratory must clear up first: two results for one replicate, one id with two contents."""
    replicates = [result.replicate for result in results]
    twice = sorted({replicate for replicate in replicates if replicates.count(replicate) > 1})
    said: list[Saying] = [(_twice, (rule.test, replicate)) for replicate in twice]
    said += [(_why_aside, (each,)) for each in aside if each.reason is NotCounted.CONTRADICTED]
    return [(INVALID, saying) for saying in said]


def _missing(rule: TestRule, results: list[Result], aside: Sequence[SetAside]) -> list[Judged]:
    """What has not come, and what came and does not count."""
    said: list[Saying] = [(_count, (rule.test, rule.replicates, len(results)))]
    said += [(_why_aside, (each,)) for each in aside if each.reason is not NotCounted.CONTRADICTED]
    return [(MISSING, saying) for saying in said]


def _twice(test: str, replicate: int) -> str:
    return f"Replicate {replicate} of {test} has two results, and neither replaces the other."


def _why_aside(aside: SetAside) -> str:
    return aside.sentence


def _count(test: str, wanted: int, there: int) -> str:
    if wanted == 1 and not there:
        return f"No result of {test} counts yet."
    return f"{there} of {wanted} replicates of {test} count."
