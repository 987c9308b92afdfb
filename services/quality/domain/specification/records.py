"""Specifications, results, facts and evaluations as plain JSON values and back: what a stored decision holds.

Numbers travel as texts, so that no digit is lost, and instants in UTC.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from services.quality.domain.specification.criteria import (
    Criterion,
    LimitBound,
    Limits,
    NumberEquality,
    Presence,
    TextEquality,
    Trend,
    VolumeLimit,
)
from services.quality.domain.specification.evaluation import Evaluation, RuleVerdict
from services.quality.domain.specification.results import Facts, Reading, Result, Standing
from services.quality.domain.specification.rules import (
    WITHOUT_BOUNDS,
    Combining,
    Measurable,
    Specification,
    TestClass,
    TestRule,
)
from services.quality.domain.specification.values import (
    CensoredFound,
    FoundValue,
    LimitOfMethod,
    NumberFound,
    Side,
    WordsFound,
)

Json = dict[str, Any]


def of_specification(specification: Specification) -> Json:
    """A specification as JSON."""
    return {
        "name": specification.name,
        "version": specification.version,
        "product": specification.product,
        "edition": specification.edition,
        "note": specification.note,
        "rules": [_of_rule(rule) for rule in specification.rules],
    }


def specification_from(data: Json) -> Specification:
    """The specification that was written."""
    rules = tuple(_rule_from(rule) for rule in data["rules"])
    named = {name: data[name] for name in ("name", "version", "product", "edition", "note")}
    return Specification(**named, rules=rules)


def of_result(result: Result) -> Json:
    """A result as JSON."""
    return {
        "source": result.source,
        "test": result.test,
        "value": of_value(result.value),
        "instant": _of_instant(result.instant),
        "verified": result.verified,
        "replicate": result.replicate,
        "unit": result.unit,
        "method": result.method,
        "standing": str(result.standing),
        "replaces": result.replaces,
    }


def result_from(data: Json) -> Result:
    """The result that was written."""
    return Result(
        data["source"],
        data["test"],
        value_from(data["value"]),
        _instant_from(data["instant"]),
        data["verified"],
        data["replicate"],
        data["unit"],
        data["method"],
        Standing(data["standing"]),
        data["replaces"],
    )


def of_value(value: FoundValue) -> Json:
    """A value as JSON: `number`, `words`, or a bound with its side."""
    if isinstance(value, NumberFound):
        return {"number": str(value.value)}
    if isinstance(value, WordsFound):
        return {"words": value.text}
    bound = {"limit": str(value.bound)} if isinstance(value.bound, LimitOfMethod) else {"bound": str(value.bound)}
    return {"side": str(value.side), "inclusive": value.inclusive, **bound}


def value_from(data: Json) -> FoundValue:
    """The value that was written."""
    if "number" in data:
        return NumberFound(Decimal(data["number"]))
    if "words" in data:
        return WordsFound(data["words"])
    bound = LimitOfMethod(data["limit"]) if "limit" in data else Decimal(data["bound"])
    return CensoredFound(Side(data["side"]), bound, data["inclusive"])


def of_facts(facts: Facts) -> Json:
    """Facts as JSON."""
    return {
        "sampled_at": None if facts.sampled_at is None else _of_instant(facts.sampled_at),
        "volume_ml": _text(facts.volume_ml),
        "earlier": {
            test: [{"batch": each.batch, "value": str(each.value), "unit": each.unit} for each in readings]
            for test, readings in facts.earlier.items()
        },
    }


def facts_from(data: Json) -> Facts:
    """The facts that were written."""
    earlier = {
        test: tuple(Reading(each["batch"], Decimal(each["value"]), each["unit"]) for each in readings)
        for test, readings in data["earlier"].items()
    }
    sampled_at = None if data["sampled_at"] is None else _instant_from(data["sampled_at"])
    return Facts(sampled_at, _number(data["volume_ml"]), MappingProxyType(earlier))


def of_inputs(results: Iterable[Result], facts: Facts) -> Json:
    """What a decision was made from, the results in an order of their own."""
    written = [of_result(result) for result in results]
    written.sort(key=lambda each: (each["test"], each["replicate"], each["source"], repr(each)))
    return {"results": written, "facts": of_facts(facts)}


def of_evaluation(evaluation: Evaluation) -> Json:
    """An evaluation as JSON, to be stored, shown and compared."""
    return {
        "specification": evaluation.specification,
        "version": evaluation.version,
        "overall": str(evaluation.overall),
        "classes": {str(each): str(outcome) for each, outcome in evaluation.by_class.items()},
        "tests": [_of_verdict(verdict) for verdict in evaluation.verdicts],
        "not_asked": [each.source for each in evaluation.not_asked],
    }


def _of_verdict(verdict: RuleVerdict) -> Json:
    return {
        "test": verdict.test,
        "class": str(verdict.test_class),
        "outcome": str(verdict.outcome),
        "sentences": list(verdict.sentences),
        "required": verdict.required,
        "rests_on": list(verdict.rests_on),
        "aside": [{"source": each.source, "reason": str(each.reason)} for each in verdict.aside],
    }


def _of_rule(rule: TestRule) -> Json:
    measurable = rule.measurable
    return {
        "test": rule.test,
        "class": str(rule.test_class),
        "criterion": _of_criterion(rule.criterion),
        "unit": rule.unit,
        "method": rule.method,
        "title": rule.title,
        "replicates": rule.replicates,
        "combine": str(rule.combining),
        "required": rule.required,
        "measurable": [_text(measurable.detection_limit), _text(measurable.lowest), _text(measurable.highest)],
        "source": rule.source,
    }


def _rule_from(data: Json) -> TestRule:
    return TestRule(
        data["test"],
        TestClass(data["class"]),
        _criterion_from(data["criterion"]),
        data["unit"],
        data["method"],
        data["title"],
        data["replicates"],
        Combining(data["combine"]),
        data["required"],
        _measurable_from(data["measurable"]),
        data["source"],
    )


def _measurable_from(data: list[str | None]) -> Measurable:
    return Measurable(*(_number(each) for each in data)) if any(data) else WITHOUT_BOUNDS


def _of_criterion(criterion: Criterion) -> Json:
    match criterion:
        case Limits():
            return {"limits": _of_limits(criterion)}
        case NumberEquality(value, digits):
            return {"equals": str(value), "digits": digits}
        case VolumeLimit(amount, unit, inclusive):
            return {"in_volume": str(amount), "unit": unit, "inclusive": inclusive}
        case TextEquality(texts):
            return {"texts": list(texts)}
        case Presence(accepted, rejected):
            return {"accepted": list(accepted), "rejected": list(rejected)}
        case Trend(of, warning, breaches, batches):
            return {"trend": of, "warning": _of_limits(warning), "breaches": breaches, "batches": batches}


def _criterion_from(data: Json) -> Criterion:
    match data:
        case {"limits": limits}:
            return _limits_from(limits)
        case {"equals": value, "digits": digits}:
            return NumberEquality(Decimal(value), digits)
        case {"in_volume": amount, "unit": unit, "inclusive": inclusive}:
            return VolumeLimit(Decimal(amount), unit, inclusive)
        case {"texts": texts}:
            return TextEquality(tuple(texts))
        case {"accepted": accepted, "rejected": rejected}:
            return Presence(tuple(accepted), tuple(rejected))
        case {"trend": of, "warning": warning, "breaches": breaches, "batches": batches}:
            return Trend(of, _limits_from(warning), breaches, batches)
    raise ValueError(f"no criterion: {data}")


def _of_limits(limits: Limits) -> Json:
    return {"low": _of_bound(limits.low), "high": _of_bound(limits.high)}


def _limits_from(data: Mapping[str, Any]) -> Limits:
    return Limits(_bound_from(data["low"]), _bound_from(data["high"]))


def _of_bound(bound: LimitBound | None) -> list[Any] | None:
    return None if bound is None else [str(bound.value), bound.inclusive, bound.digits]


def _bound_from(data: list[Any] | None) -> LimitBound | None:
    return None if data is None else LimitBound(Decimal(data[0]), data[1], data[2])


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _of_instant(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _instant_from(text: str) -> datetime:
    return datetime.fromisoformat(text)
