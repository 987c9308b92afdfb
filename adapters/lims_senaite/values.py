"""What a result of SENAITE comes to, as one text: operand, detection limits and options looked at first. Pure."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from adapters.lims_senaite.codes import NO_RESULT, OPERANDS, TYPES_OF_TEXT
from adapters.manifest import Refused

NOT_READABLE = "RESULT_NOT_READABLE"


def value_of(analysis: Mapping[str, Any], place: str) -> str:
    """The result as a text, an operand in front; empty if there is none. What would be a guess is refused."""
    result = text_of(analysis, "Result", place)
    if not result or result in NO_RESULT:
        return result
    if options := analysis.get("ResultOptions"):
        return _chosen(result, options, place)
    if is_text(analysis, place):
        return result
    operand = text_of(analysis, "DetectionLimitOperand", place)
    if operand:
        return _with_operand(operand, result, place)
    return _beyond_limits(analysis, result, place)


def is_text(analysis: Mapping[str, Any], place: str) -> bool:
    """Whether a result is words, or a day: then no limit holds for it, even where it looks like a number.

    Releases before 2.6 say so by `StringResult`, later ones by `ResultType`; the field of the others is empty.
    """
    return analysis.get("StringResult") is True or text_of(analysis, "ResultType", place) in TYPES_OF_TEXT


def uncertainty_of(analysis: Mapping[str, Any], value: str, place: str) -> str:
    """The uncertainty as it is written; none for what is censored. One not above zero says that none is stated."""
    uncertainty = text_of(analysis, "Uncertainty", place)
    number = _number(uncertainty)
    not_stated = number is not None and number <= 0
    return "" if not_stated or not value or value[0] in OPERANDS else uncertainty


def text_of(record: Mapping[str, Any], field: str, place: str) -> str:
    """A field that is a text; empty if it is null or left out, which is not zero."""
    given = record.get(field)
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Refused("FIELD_NOT_TEXT", f"{field} must be a text or null.", f"{place}/{field}")
    return given.strip()


def _with_operand(operand: str, result: str, place: str) -> str:
    if operand not in OPERANDS:
        raise Refused(NOT_READABLE, "The operand is neither < nor >.", f"{place}/DetectionLimitOperand")
    return result if result[0] == operand else f"{operand}{result}"


def _beyond_limits(analysis: Mapping[str, Any], result: str, place: str) -> str:
    """A plain number beyond a limit is censored as well, though the number still stands there.

    Below both lower limits it was not detected, between them detected and not quantified. Above, the closer one tells.
    """
    number = _number(result)
    if number is None:
        return result
    for name in ("LowerDetectionLimit", "LowerLimitOfQuantification"):
        if (lower := _limit(analysis, name, place)) and number < lower[0]:
            return f"<{lower[1]}"
    uppers = [_limit(analysis, name, place) for name in ("UpperDetectionLimit", "UpperLimitOfQuantification")]
    upper = min(filter(None, uppers), default=None)
    return f">{upper[1]}" if upper and number > upper[0] else result


def _limit(analysis: Mapping[str, Any], name: str, place: str) -> tuple[Decimal, str] | None:
    """A limit and how it is written; None if there is none."""
    text = text_of(analysis, name, place)
    if not text:
        return None
    number = _number(text)
    if number is None:
        raise Refused(NOT_READABLE, f"{name} is no number.", f"{place}/{name}")
    return number, text


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _chosen(result: str, options: Any, place: str) -> str:
    """The words of what was chosen: its code may look like a number."""
    listed = options if isinstance(options, list) else []
    words = {str(each["ResultValue"]): each.get("ResultText") for each in listed if _is_option(each)}
    chosen = [words.get(code) for code in _codes(result, place)]
    if not chosen or not all(isinstance(each, str) and each for each in chosen):
        raise Refused(NOT_READABLE, "The result is none of its options.", f"{place}/Result")
    return "; ".join(str(each) for each in chosen)


def _is_option(given: Any) -> bool:
    return isinstance(given, dict) and "ResultValue" in given


def _codes(result: str, place: str) -> list[str]:
    """The code of one choice, or those of a list in text."""
    if not result.startswith("["):
        return [result]
    try:
        listed = json.loads(result)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        raise Refused(NOT_READABLE, "The result is no list of options.", f"{place}/Result")
    return [str(each) for each in listed]
