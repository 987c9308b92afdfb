"""Judges what counts by one rule: where the value may lie is compared with where it must.

What is remembered here, in `criteria`, `rules` and `units` pays in the bench case `quality rules`.
"""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from services.quality.domain.specification.criteria import (
    LimitBound,
    Limits,
    NumberEquality,
    Presence,
    TextEquality,
    VolumeLimit,
    folded,
)
from services.quality.domain.specification.evaluation import (
    FAIL,
    INDETERMINATE,
    INVALID,
    PASS,
    Outcome,
    Saying,
    sentence,
)
from services.quality.domain.specification.intervals import Exact, Interval, at, mean_of
from services.quality.domain.specification.results import Facts, Result
from services.quality.domain.specification.rules import WITHOUT_BOUNDS, Measurable, TestRule
from services.quality.domain.specification.units import UnitRefused, ratio, unit_of
from services.quality.domain.specification.values import (
    EXACT,
    CensoredFound,
    FoundValue,
    LimitOfMethod,
    NumberFound,
    Side,
    WordsFound,
    plain,
    rounded,
)

Judged = tuple[Outcome, Saying]
BELOW, ABOVE = Side
OF_WORDS = (TextEquality, Presence)


class Estimate(NamedTuple):
    """Where the true value lies, in the unit of the rule, and how the result was written."""

    interval: Interval | None  # None: it is the number
    number: Exact | None  # the value itself, where it is known
    told: Saying

    @property
    def where(self) -> Interval:
        """The interval in which it lies."""
        if self.interval is not None:
            return self.interval
        assert self.number is not None
        return at(self.number)


class Unjudgeable(Exception):
    """The result cannot be judged by the rule; the text says why. Never leaves this package."""


def of_one(rule: TestRule, result: Result, facts: Facts) -> Judged:
    """What one result comes to."""
    criterion, value = rule.criterion, result.value
    if type(criterion) is Limits and type(value) is NumberFound and as_asked(rule, result, value.value):
        outcome = PASS if criterion.rounding.holds(value.value) else FAIL
        return outcome, (_as_it_is, (value, rule.unit, criterion, outcome))
    try:
        if result.method != rule.method:
            check_method(rule, result)
        if isinstance(criterion, OF_WORDS):
            return _words(criterion, result)
        if isinstance(criterion, VolumeLimit):
            return _in_volume(rule, criterion, [result], facts)
        return against_limits(limits_of(rule), estimate(result, _unit(rule), rule.measurable))
    except Unjudgeable as wrong:
        return INVALID, (str, (str(wrong),))


def as_asked(rule: TestRule, result: Result, number: Decimal) -> bool:
    """Whether a number came in the rule's own unit, by its own method and within its range, as most do."""
    if rule.unit is None or result.unit != rule.unit or (rule.method and result.method != rule.method):
        return False
    return rule.measurable is WITHOUT_BOUNDS or rule.measurable.range.holds(number)


def _as_it_is(value: NumberFound, unit: str, limits: Limits, outcome: Outcome) -> str:
    return _compared(Estimate(None, value.value, (_written, (value, unit))), limits, outcome)


def of_mean(rule: TestRule, results: list[Result], facts: Facts) -> Judged:
    """What the mean of several results comes to."""
    try:
        for result in results:
            check_method(rule, result)
        if isinstance(rule.criterion, VolumeLimit):
            return _in_volume(rule, rule.criterion, results, facts)
        unit = _unit(rule)
        return against_limits(limits_of(rule), mean([estimate(result, unit, rule.measurable) for result in results]))
    except Unjudgeable as wrong:
        return INVALID, (str, (str(wrong),))


def limits_of(rule: TestRule) -> Limits:
    """The limits of a rule that has some."""
    if isinstance(rule.criterion, NumberEquality):
        return rule.criterion.limits
    assert isinstance(rule.criterion, Limits)
    return rule.criterion


def against_limits(limits: Limits, found: Estimate) -> Judged:
    """Compare: a number is rounded to each limit's digits first, a censored value is compared as it is."""
    outcome = _placed(limits.exact if found.number is None else limits.rounding, found)
    return outcome, (_compared, (found, limits, outcome))


def estimate(result: Result, unit: str, measurable: Measurable) -> Estimate:
    """Where the true value lies in a unit; Unjudgeable if that cannot be said."""
    factor, value = _factor(result, unit), result.value
    if isinstance(value, NumberFound):
        number: Exact = value.value if factor == 1 else Fraction(value.value) * factor
        beyond = None if measurable is WITHOUT_BOUNDS else _beyond(number, measurable)
        if beyond is None:
            return Estimate(None, number, (_written, (value, result.unit or unit)))
        told = (_out_of_range, (value, result.unit or unit, beyond, unit))
        return Estimate(_open(beyond, 1, measurable), None, told)
    if isinstance(value, CensoredFound):
        return Estimate(_open(value, factor, measurable), None, (_written, (value, result.unit or unit)))
    raise Unjudgeable(f"Result {result.source} says {value.text[:80]!r} where a number is asked for.")


def mean(estimates: list[Estimate]) -> Estimate:
    """Where the mean lies of values that lie where the estimates say."""
    interval = mean_of([each.where for each in estimates])
    number = interval.low if all(each.number is not None for each in estimates) else None
    return Estimate(interval, number, (_mean_of, (tuple(estimates), number)))


_VERBS = {
    PASS: "is within",
    FAIL: "is not within",
    INDETERMINATE: "may or may not be within",
}


def _placed(must: Interval, found: Estimate) -> Outcome:
    if found.number is not None:
        return PASS if must.holds(found.number) else FAIL
    if must.covers(found.where):
        return PASS
    return FAIL if must.misses(found.where) else INDETERMINATE


def _compared(found: Estimate, limits: Limits, outcome: Outcome) -> str:
    rounding = "" if found.number is None else _rounding(found.number, limits)
    return f"{sentence(found.told)}{rounding} {_VERBS[outcome]} {limits}."


def _rounding(number: Exact, limits: Limits) -> str:
    shown = {_shown(number, bound) for bound in (limits.low, limits.high) if bound and bound.digits is not None}
    changed = sorted(text for text in shown if text != plain(number))
    return f", rounded {' or '.join(changed)}," if changed else ""


def _written(value: FoundValue, unit: str) -> str:
    return f"{value} {unit}"


def _out_of_range(value: FoundValue, unit: str, beyond: CensoredFound, rule_unit: str) -> str:
    return f"{value} {unit}, beyond what the method can measure ({beyond} {rule_unit}),"


def _mean_of(estimates: tuple[Estimate, ...], number: Exact | None) -> str:
    told = f"the mean of {', '.join(sentence(each.told) for each in estimates)}"
    return told if number is None else f"{told} ({plain(number)})"


def _shown(number: Exact, bound: LimitBound) -> str:
    assert bound.digits is not None
    return plain(rounded(number, bound.digits))


def _unit(rule: TestRule) -> str:
    if rule.unit is None:
        raise Unjudgeable(f"The rule of {rule.test} does not say its unit.")
    return rule.unit


def check_method(rule: TestRule, result: Result) -> None:
    """Unjudgeable if the result says that it was found by another method than the rule's."""
    if not rule.method or not result.method:
        return
    if folded(rule.method) != folded(result.method):
        raise Unjudgeable(
            f"Result {result.source} was found by {result.method[:80]!r}; the rule asks for {rule.method!r}."
        )


def _factor(result: Result, wanted: str) -> Fraction | int:
    if result.unit == wanted or (result.unit in (None, "") and wanted == "pH"):
        return 1
    if result.unit is None:
        raise Unjudgeable(f"Result {result.source} does not say its unit; the rule asks for {wanted}.")
    try:
        return _converting(result.unit, wanted)
    except UnitRefused as wrong:
        raise Unjudgeable(f"Result {result.source}: {wrong.message}") from wrong


@lru_cache(maxsize=1024)
def _converting(unit: str, wanted: str) -> Fraction:
    return ratio(unit_of(unit), unit_of(wanted))


def _beyond(number: Exact, measurable: Measurable) -> CensoredFound | None:
    if measurable.lowest is not None and number < measurable.lowest:
        return CensoredFound(BELOW, measurable.lowest)
    if measurable.highest is not None and number > measurable.highest:
        return CensoredFound(ABOVE, measurable.highest)
    return None


def _open(value: CensoredFound, factor: Fraction | int, measurable: Measurable) -> Interval:
    """Where a censored value lies: anywhere beyond its bound, and simply anywhere if nobody knows the bound."""
    bound = value.bound
    if isinstance(bound, LimitOfMethod):
        bound_in_rule = _known(bound, measurable)
        if bound_in_rule is None:
            return Interval()
        edge: Exact = bound_in_rule
    else:
        edge = bound if factor == 1 else Fraction(bound) * factor
    if value.side is BELOW:
        return Interval(None, edge, True, value.inclusive)
    return Interval(edge, None, value.inclusive, True)


def _known(bound: LimitOfMethod, measurable: Measurable) -> Decimal | None:
    if bound is LimitOfMethod.UPPER:
        return measurable.highest
    if bound is LimitOfMethod.DETECTION and measurable.detection_limit is not None:
        return measurable.detection_limit
    return measurable.lowest  # what is not detected is less than what can be told in figures


def _words(criterion: TextEquality | Presence, result: Result) -> Judged:
    if not isinstance(result.value, WordsFound):
        raise Unjudgeable(f"Result {result.source} is {result.value} where words are asked for.")
    text = folded(result.value.text)
    if isinstance(criterion, TextEquality):
        outcome = PASS if text in criterion.folded else FAIL
    elif text in criterion.good:
        outcome = PASS
    elif text in criterion.bad:
        outcome = FAIL
    else:
        raise Unjudgeable(f"Result {result.source} says {result.value.text[:80]!r}, which the rule does not know.")
    return outcome, (_worded, (result.value.text[:80], criterion, outcome))


def _worded(text: str, criterion: TextEquality | Presence, outcome: Outcome) -> str:
    return f"{text!r} {'is' if outcome is PASS else 'is not'} {criterion}."


def _in_volume(rule: TestRule, criterion: VolumeLimit, results: list[Result], facts: Facts) -> Judged:
    """What is an amount is compared as it is; a concentration is an amount once the volume is known."""
    volume_ml = facts.volume_ml if facts.volume_ml is not None and facts.volume_ml > 0 else None
    found = [_part(rule, criterion, result) for result in results]
    if volume_ml is None and any(unit != criterion.unit for _, unit in found):
        return INDETERMINATE, (_volume_unknown, (tuple(results), criterion))
    if len(found) == 1:
        together, unit = found[0]
        allowed = _allowed(criterion.amount, criterion.unit, criterion.inclusive, unit, volume_ml)
    else:
        together = mean([_scaled(each, _in_whole(unit, criterion.unit, volume_ml)) for each, unit in found])
        allowed = criterion.allowed
    outcome = _placed(allowed, together)
    return outcome, (_of_whole, (together, criterion, facts.volume_ml, outcome))


def _part(rule: TestRule, criterion: VolumeLimit, result: Result) -> tuple[Estimate, str]:
    """An estimate in the unit in which it is compared: that of the amount, or else that of the rule."""
    if result.unit is not None and _measures_the_same(result.unit, criterion.unit):
        return estimate(result, criterion.unit, WITHOUT_BOUNDS), criterion.unit
    unit = _unit(rule)
    return estimate(result, unit, rule.measurable), unit


@lru_cache(maxsize=1024)
def _in_whole(unit: str, amount_unit: str, volume_ml: Decimal | None) -> Fraction:
    """How much the whole holds for one of a unit; the volume is needed where the unit is for each millilitre.

    Unjudgeable if the unit, which is the rule's own, is none of the amount for each volume.
    """
    if unit == amount_unit:
        return Fraction(1)
    assert volume_ml is not None
    try:
        return _converting(unit, f"{amount_unit}/mL") * Fraction(volume_ml)
    except UnitRefused as wrong:
        raise Unjudgeable(f"The rule asks for an amount in {amount_unit}: {wrong.message}") from wrong


@lru_cache(maxsize=1024)
def _allowed(amount: Decimal, amount_unit: str, inclusive: bool, unit: str, volume_ml: Decimal | None) -> Interval:
    """What is within the limit, in the unit of the result."""
    each = Fraction(amount) / _in_whole(unit, amount_unit, volume_ml)
    short = EXACT.divide(Decimal(each.numerator), Decimal(each.denominator))
    # Decimals are compared faster; where none is exact the fraction stays.
    return Interval(None, short if short == each else each, True, inclusive)


def _scaled(found: Estimate, factor: Fraction) -> Estimate:
    number = None if found.number is None else Fraction(found.number) * factor
    return Estimate(found.where.scaled(factor), number, found.told)


def _volume_unknown(results: tuple[Result, ...], criterion: VolumeLimit) -> str:
    told = ", ".join(f"{result.value} {result.unit}" for result in results)
    return f"{told} cannot be compared with {criterion}: the volume is not known."


def _of_whole(found: Estimate, criterion: VolumeLimit, volume_ml: Decimal | None, outcome: Outcome) -> str:
    volume = f" of {volume_ml} mL" if volume_ml is not None else ""
    return f"{sentence(found.told)} {_VERBS[outcome]} {criterion}{volume}."


@lru_cache(maxsize=1024)
def _measures_the_same(one: str, other: str) -> bool:
    try:
        return one != other + "/mL" and unit_of(one).dimension == unit_of(other).dimension
    except UnitRefused as wrong:
        raise Unjudgeable(wrong.message) from wrong
