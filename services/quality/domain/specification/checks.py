"""What is wrong with a specification, all at once: where, what, and what to do."""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from services.quality.domain.specification.criteria import (
    LimitBound,
    Limits,
    NumberEquality,
    Presence,
    TextEquality,
    Trend,
    VolumeLimit,
)
from services.quality.domain.specification.rules import Combining, Specification, TestRule
from services.quality.domain.specification.units import MeasurementUnit, UnitRefused, unit_of
from services.quality.domain.specification.values import decimals_of, plain

# As results bear it, in all our words (`doselane.lims.v1`, `doselane.quality.v1`).
TEST_PATTERN = "[a-z][a-z0-9_]{0,62}"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something wrong in a specification. `path` names the field as the text does, such as `tests[2].unit`."""

    path: str
    wrong: str
    mend: str


def mistakes_in(specification: Specification, known_tests: Collection[str] | None = None) -> list[Mistake]:
    """Everything that is wrong; a test must be one of `known_tests`, if these are given."""
    found = list(_of_tests(specification, known_tests))
    for position, rule in enumerate(specification.rules):
        found += _of_rule(rule, specification, f"tests[{position}]")
    return found


def _of_tests(specification: Specification, known_tests: Collection[str] | None) -> Iterator[Mistake]:
    if not specification.rules:
        yield Mistake("tests", "there is no test", "a batch that nothing is asked of passes by itself: add its tests")
    times = Counter(rule.test for rule in specification.rules)
    for position, rule in enumerate(specification.rules):
        if times[rule.test] > 1:
            times[rule.test] = 0  # told once
            yield Mistake(f"tests[{position}].test", f"{rule.test!r} is there more than once", "keep one rule a test")
        path, watched = f"tests[{position}].test", isinstance(rule.criterion, Trend)
        if not re.fullmatch(TEST_PATTERN, rule.test):
            yield Mistake(path, f"{rule.test[:80]!r} is no name of a test", "write lower-case letters, digits and _")
        elif known_tests is not None and rule.test not in known_tests and not watched:
            near = difflib.get_close_matches(rule.test, sorted(known_tests), 1)
            meant = f"is {near[0]!r} meant? If it is new" if near else "if it is new"
            yield Mistake(path, f"{rule.test!r} is no known test", f"{meant}, list it under introduces")


def _of_rule(rule: TestRule, specification: Specification, path: str) -> Iterator[Mistake]:
    if not rule.source:
        yield Mistake(f"{path}.source", "it does not say where its limit comes from", "name the text and its edition")
    if rule.replicates < 1:
        yield Mistake(f"{path}.replicates", "there must be one at least", "say how many results are asked for")
    match rule.criterion:
        case Limits() as limits:
            yield from _of_limits(limits, f"{path}.limits")
            yield from _of_measured(rule, limits, path)
        case NumberEquality() as equality:
            yield from _of_digits(equality.limits.low, f"{path}.equals")
            yield from _of_measured(rule, equality.limits, path)
        case VolumeLimit() as limit:
            yield from _of_volume(rule, limit, path)
        case Trend() as trend:
            yield from _of_trend(rule, trend, specification, path)
        case TextEquality() | Presence():
            yield from _of_words(rule, path)


def _of_limits(limits: Limits, path: str) -> Iterator[Mistake]:
    if limits.low is None and limits.high is None:
        yield Mistake(path, "there is no limit", "give at_least, more_than, at_most or less_than")
    elif limits.exact.empty or limits.rounding.empty:
        yield Mistake(path, f"no number is {limits}", "the lower limit must not be above the upper one")
    yield from _of_digits(limits.low, path)
    yield from _of_digits(limits.high, path)


def _of_digits(bound: LimitBound | None, path: str) -> Iterator[Mistake]:
    if bound is not None and bound.digits is not None and decimals_of(bound.value) > bound.digits:
        yield Mistake(
            path,
            f"the limit {plain(bound.value)} has more digits than the {bound.digits} that results are rounded to",
            "round to the limit's digits at least, or write the limit with fewer",
        )


def _of_measured(rule: TestRule, limits: Limits, path: str) -> Iterator[Mistake]:
    unit, mistakes = _unit(rule, path)
    yield from mistakes
    if unit is not None and unit.dimension == "endotoxin per volume":
        yield Mistake(
            f"{path}.limits",
            "a limit of endotoxin for each millilitre holds for one volume only",
            "give the amount for the whole volume, such as in_volume: {at_most: 175, unit: IU}",
        )
    measurable = rule.measurable
    if limits.high and measurable.lowest is not None and limits.high.value < measurable.lowest:
        yield Mistake(f"{path}.measurable.lowest", "it is above the upper limit: nothing could pass", "mend one")
    if limits.low and measurable.highest is not None and limits.low.value > measurable.highest:
        yield Mistake(f"{path}.measurable.highest", "it is below the lower limit: nothing could pass", "mend one")
    yield from _of_range(rule, path)


def _of_range(rule: TestRule, path: str) -> Iterator[Mistake]:
    measurable = rule.measurable
    ends = [each for each in (measurable.detection_limit, measurable.lowest, measurable.highest) if each is not None]
    if ends != sorted(ends):
        yield Mistake(f"{path}.measurable", "its figures contradict one another", "write them rising")


def _unit(rule: TestRule, path: str) -> tuple[MeasurementUnit | None, list[Mistake]]:
    if rule.unit is None:
        return None, [Mistake(f"{path}.unit", "a rule of numbers must say its unit", "add it, such as unit: '%'")]
    try:
        return unit_of(rule.unit), []
    except UnitRefused as wrong:
        return None, [Mistake(f"{path}.unit", wrong.message.rstrip("."), "use a unit that is known")]


def _of_volume(rule: TestRule, limit: VolumeLimit, path: str) -> Iterator[Mistake]:
    unit, mistakes = _unit(rule, path)
    yield from mistakes
    yield from _of_range(rule, path)
    if limit.amount <= 0:
        yield Mistake(f"{path}.in_volume", "the amount must be above 0", "give what the whole volume may hold")
    try:
        amount = unit_of(limit.unit)
    except UnitRefused as wrong:
        yield Mistake(f"{path}.in_volume.unit", wrong.message.rstrip("."), "use a unit that is known")
        return
    if unit is not None and unit.dimension != f"{amount.dimension} per volume":
        yield Mistake(
            f"{path}.unit",
            f"{unit.symbol} is not {amount.symbol} for each volume",
            f"results are compared with the whole by the volume: say {amount.symbol}/mL",
        )


def _of_trend(rule: TestRule, trend: Trend, specification: Specification, path: str) -> Iterator[Mistake]:
    watched = specification.by_test.get(trend.of)
    if watched is None:
        yield Mistake(f"{path}.trend.of", f"{trend.of!r} is no test of this specification", "name one that is")
    elif not isinstance(watched.criterion, Limits | NumberEquality):
        yield Mistake(f"{path}.trend.of", f"{trend.of!r} has no limits on numbers", "a trend needs figures")
    if not 1 <= trend.breaches <= trend.batches:
        yield Mistake(f"{path}.trend", "breaches must be from 1 to batches", "say how many of how many batches")
    if rule.unit is not None:
        yield Mistake(f"{path}.unit", "a trend has the unit of the test that it watches", "leave it out")
    yield from _of_limits(trend.warning, f"{path}.trend.warning")


def _of_words(rule: TestRule, path: str) -> Iterator[Mistake]:
    if rule.unit is not None:
        yield Mistake(f"{path}.unit", "words have no unit", "leave it out, or give limits")
    if rule.combining is Combining.MEAN:
        yield Mistake(f"{path}.combine", "words have no mean", "say each")
    if isinstance(rule.criterion, Presence) and (both := rule.criterion.good & rule.criterion.bad):
        listed = ", ".join(sorted(both))
        yield Mistake(f"{path}.presence", f"it accepts and rejects the same: {listed}", "take it out of one list")
