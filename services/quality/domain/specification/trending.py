"""Judges a trend: how many of the last batches lie beyond a warning limit."""

from fractions import Fraction

from services.quality.domain.specification.criteria import Trend
from services.quality.domain.specification.evaluation import FAIL, INDETERMINATE, INVALID, PASS, Outcome
from services.quality.domain.specification.intervals import Exact
from services.quality.domain.specification.judging import (
    Estimate,
    Judged,
    Unjudgeable,
    against_limits,
    as_asked,
    check_method,
    estimate,
    mean,
)
from services.quality.domain.specification.results import Facts, Reading, Result
from services.quality.domain.specification.rules import TestRule
from services.quality.domain.specification.units import UnitRefused, ratio, unit_of
from services.quality.domain.specification.values import NumberFound


def of_trend(trend: Trend, watched: TestRule, results: list[Result], facts: Facts) -> Judged:
    """Fewer than `breaches` of the last `batches` may be beyond the warning; replicates count by their mean.

    Fewer batches than that are judged as they are: what is not there is not beyond.
    """
    try:
        now = _now(watched, results)
        earlier = facts.earlier.get(trend.of, ())[-(trend.batches - 1) :] if trend.batches > 1 else ()
        outcomes = [_outcome(trend, _before(watched, reading)) for reading in earlier]
        outcomes.append(_outcome(trend, now))
    except Unjudgeable as wrong:
        return INVALID, (str, (str(wrong),))
    beyond, unsure = outcomes.count(FAIL), outcomes.count(INDETERMINATE)
    saying = (_told, (trend, len(outcomes), beyond, unsure))
    if beyond >= trend.breaches:
        return FAIL, saying
    return (INDETERMINATE if beyond + unsure >= trend.breaches else PASS), saying


def _told(trend: Trend, batches: int, beyond: int, unsure: int) -> str:
    maybe = f", and {unsure} may be" if unsure else ""
    told = f"{beyond} of the last {batches} batches are beyond the warning {trend.warning} of {trend.of}{maybe}"
    return f"{told}; {trend.breaches} would be too many."


def _now(watched: TestRule, results: list[Result]) -> Estimate | Exact:
    assert watched.unit is not None
    first = results[0]
    if len(results) == 1 and type(first.value) is NumberFound and as_asked(watched, first, first.value.value):
        return first.value.value
    for result in results:
        check_method(watched, result)
    found = [estimate(result, watched.unit, watched.measurable) for result in results]
    return found[0] if len(found) == 1 else mean(found)


def _before(watched: TestRule, reading: Reading) -> Exact:
    assert watched.unit is not None
    if reading.unit == watched.unit:
        return reading.value
    try:
        return Fraction(reading.value) * ratio(unit_of(reading.unit), unit_of(watched.unit))
    except UnitRefused as wrong:
        raise Unjudgeable(f"Batch {reading.batch}: {wrong.message}") from wrong


def _outcome(trend: Trend, found: Estimate | Exact) -> Outcome:
    if isinstance(found, Estimate):
        return against_limits(trend.warning, found)[0]
    return PASS if trend.warning.rounding.holds(found) else FAIL
