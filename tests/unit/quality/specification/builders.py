"""Rules and results with everything that does not matter filled in."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from services.quality.domain.specification import (
    Evaluation,
    Facts,
    FoundValue,
    Outcome,
    Result,
    Specification,
    TestClass,
    TestRule,
    evaluate,
    value_in,
)
from services.quality.domain.specification.criteria import Criterion, LimitBound, Limits
from services.quality.domain.specification.values import decimals_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SAMPLED = datetime(2026, 3, 2, 10, tzinfo=UTC)
TEN_ML = Facts(sampled_at=SAMPLED, volume_ml=Decimal(10))


def bound(text: str, inclusive: bool = True) -> LimitBound:
    """A limit that results are rounded to the digits of."""
    return LimitBound(Decimal(text), inclusive, decimals_of(Decimal(text)))


def at_least(text: str) -> Limits:
    return Limits(low=bound(text))


def at_most(text: str) -> Limits:
    return Limits(high=bound(text))


def between(low: str, high: str) -> Limits:
    return Limits(bound(low), bound(high))


def a_rule(criterion: Criterion, test: str = "purity", **changes: object) -> TestRule:
    rule = TestRule(test, TestClass.BEFORE_DISPATCH, criterion, unit="%", source="a text")
    return replace(rule, **changes)  # type: ignore[arg-type]


def a_specification(*rules: TestRule, version: int = 1) -> Specification:
    return Specification("ligand", version, "products/ligand", "edition", rules)


def a_result(value: FoundValue | str, test: str = "purity", source: str = "r1", **changes: object) -> Result:
    """A verified result; a text is read as a number or bound."""
    found = value_in(value, numeric=True) if isinstance(value, str) else value
    result = Result(source, test, found, NOON, verified=True, unit="%")
    return replace(result, **changes)  # type: ignore[arg-type]


def verdict(rule: TestRule, *results: Result, facts: Facts = TEN_ML) -> Evaluation:
    return evaluate(a_specification(rule), results, facts)


def outcome(criterion: Criterion, *values: str, facts: Facts = TEN_ML, **changes: object) -> Outcome:
    """What results with these values come to, one a replicate."""
    unit = changes.get("unit", "%")
    results = [
        a_result(value, source=f"r{number}", replicate=number, unit=unit) for number, value in enumerate(values, 1)
    ]
    return verdict(a_rule(criterion, replicates=len(values), **changes), *results, facts=facts).overall
