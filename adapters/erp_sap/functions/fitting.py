"""Values as a function module takes them: each checked by the WSDL, and refused where it does not fit. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from adapters.erp_sap.functions.signatures import FunctionParameter, FunctionSignature, FunctionValue, canonical

Values = Mapping[str, Any]  # by name, in either style: a value, a mapping of those, or a list of mappings


class UnfitValues(ValueError):
    """Values that a function module does not take: each place with what is wrong."""


def fitted(function: FunctionSignature, values: Values) -> dict[str, Any]:
    """The values under the names of the WSDL. What ABAP takes for not given stands where the WSDL wants something.

    A table that is answered too is given empty: SAP fills only those. Raises UnfitValues naming every place.
    """
    wrong: list[str] = []
    found = dict(_fitted(function.takes, values, function.name, wrong))
    if wrong:
        raise UnfitValues("; ".join(wrong))
    for name, parameter in function.takes.items():
        if parameter.line and parameter.name not in found and name in function.answers:
            found[parameter.name] = {parameter.line: []}
    return found


def missing_places(function: FunctionSignature, takes: Sequence[str], answers: Sequence[str]) -> Iterator[str]:
    """Which of these places, such as `HEADER_DATA.DELIV_NUMB`, the function module has not."""
    for way, places in ((function.takes, takes), (function.answers, answers)):
        for place in places:
            below: Mapping[str, FunctionParameter] = way
            for name in place.split("."):
                if canonical(name) not in below:
                    yield f"{function.name} has no {place}"
                    break
                below = below[canonical(name)].parts


def scale_of(function: FunctionSignature, place: str) -> int:
    """How many digits after the point a value may have."""
    below, found = function.takes, None
    for name in place.split("."):
        found = below[canonical(name)]
        below = found.parts
    return found.value.scale or 0 if found is not None and found.value is not None else 0


def _fitted(parameters: Mapping[str, FunctionParameter], values: Values, place: str, wrong: list[str]) -> Iterator[Any]:
    given = {canonical(name): value for name, value in values.items()}
    wrong.extend(f"{place} has no {name}" for name in values if canonical(name) not in parameters)
    for name, parameter in parameters.items():
        here = f"{place}.{parameter.name}"
        if name in given:
            yield parameter.name, _one(parameter, given[name], here, wrong)
        elif parameter.is_needed:
            yield parameter.name, _initial(parameter)


def _one(parameter: FunctionParameter, value: Any, place: str, wrong: list[str]) -> Any:
    if parameter.line:
        if not isinstance(value, list):
            wrong.append(f"{place} is a table")
            return None
        lines = [dict(_fitted(parameter.parts, each, f"{place}[{n}]", wrong)) for n, each in enumerate(value)]
        return {parameter.line: lines}
    if parameter.value is None:
        if not isinstance(value, Mapping):
            wrong.append(f"{place} is a structure")
            return None
        return dict(_fitted(parameter.parts, value, place, wrong))
    if words := _unfit(parameter.value, value):
        wrong.append(f"{place} {words}")
    return Decimal(format(value, "f")) if isinstance(value, Decimal) else value


def _unfit(form: FunctionValue, value: Any) -> str:
    """Why a value does not fit; empty: it does."""
    if form.base == "decimal":
        if not isinstance(value, Decimal) or not value.is_finite():
            return f"takes a number, not {value!r}"
        _, digits, exponent = value.normalize().as_tuple()
        scale = max(0, -int(exponent))
        whole = max(0, len(digits) + int(exponent)) if any(digits) else 0
        if form.scale is not None and scale > form.scale:
            return f"takes {form.scale} digits after the point, and {value} has {scale}"
        if form.digits is not None and whole > form.digits - (form.scale or 0):
            return f"takes {form.digits - (form.scale or 0)} digits before the point, and {value} has {whole}"
        return ""
    if form.base == "int":
        return "" if isinstance(value, int) and not isinstance(value, bool) else f"takes a whole number, not {value!r}"
    if form.base != "string":
        return f"is of the type {form.base}, which is not written"
    if not isinstance(value, str):
        return f"takes a text, not {value!r}"
    length = len(value.encode("utf-16-le", "surrogatepass")) // 2  # as ABAP counts
    if form.length_max is not None and length > form.length_max:
        return f"takes {form.length_max} characters, and {value[:60]!r} has {length}"
    if form.pattern and re.fullmatch(form.pattern, value, re.ASCII) is None:
        return f"must look like {form.pattern}, and {value[:60]!r} does not"
    return ""


def _initial(parameter: FunctionParameter) -> Any:
    """What ABAP takes for not given."""
    if parameter.line:
        return {parameter.line: []}
    if parameter.value is None:
        return {each.name: _initial(each) for each in parameter.parts.values() if each.is_needed}
    if parameter.value.base == "decimal":
        return Decimal(0)
    if parameter.value.base == "int":
        return 0
    for empty in ("", "0000-00-00", "00:00:00"):
        if not parameter.value.pattern or re.fullmatch(parameter.value.pattern, empty, re.ASCII):
            return empty
    return ""
