"""The parameters of the EPCIS query language (EPCIS 2.0, 8.2.7.1), and how the value of each is read."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import PydanticCustomError

from adapters.courier_epcis.codes import bare
from adapters.courier_epcis.model import words
from adapters.courier_epcis.model.event import EVENT_TYPES
from adapters.courier_epcis.model.values import checked_date_time, instant, is_uri
from adapters.courier_epcis.query.fields import Measured, word
from adapters.courier_epcis.query.patterns import NamePattern
from adapters.manifest import Refused
from services.kernel.references import canonical

VALUES_MAX = 1000
VALUE_CHARACTERS_MAX = 1000

_MEASURED = re.compile(
    r"(EQ|GT|GE|LT|LE)_(value|minValue|maxValue|meanValue|sDev|percValue|percRank|quantity)(?:_([A-Z0-9]{2,3}))?"
)
_TYPED = re.compile(r"EQ_(bizTransaction|source|destination)_(.+)")
_KNOWN_OF: Mapping[str, frozenset[str]] = {
    "bizTransaction": words.BIZ_TRANSACTION_TYPES,
    "source": words.SOURCE_DEST_TYPES,
    "destination": words.SOURCE_DEST_TYPES,
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: the field it asks for, how it compares, and how its values are read."""

    name: str
    field: str
    comparison: str  # EQ, GT, GE, LT, LE, MATCH or EXISTS
    read: Callable[[str, Any], Any]
    many: bool = True  # of several values one must fit
    kind: str = ""  # the type in EQ_bizTransaction_<type>
    unit: str = ""


def wrong(name: str, words: str) -> Refused:
    """A parameter that is none, or whose value is none for it."""
    return Refused("QUERY_PARAMETER_NOT_VALID", f"{name} {words}", status=400)


def parameter(name: str) -> Parameter:
    """The parameter of this name; Refused if the standard has none, or we do not support it."""
    if known := _FIXED.get(name):
        return known
    if (typed := _TYPED.fullmatch(name)) and _is_word(typed[2], _KNOWN_OF[typed[1]]):
        return Parameter(name, typed[1], "EQ", _name, kind=typed[2])
    if measured := _MEASURED.fullmatch(name):
        comparison, field, unit = measured[1], measured[2], measured[3] or ""
        return Parameter(name, field, comparison, _measure(unit), many=comparison == "EQ", unit=unit)
    raise wrong(name[:200], "is no query parameter that this interface supports.")


def _is_word(text: str, known: frozenset[str]) -> bool:
    return bare(text) in known or is_uri(text)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > VALUE_CHARACTERS_MAX:
        raise wrong(name, f"must be a text of 1 to {VALUE_CHARACTERS_MAX} characters.")
    return value


def _uri(name: str, value: Any) -> str:
    text = _text(name, value)
    if not is_uri(text):
        raise wrong(name, f"must be an absolute URI, not {text[:80]!r}.")
    return text


def _name(name: str, value: Any) -> str:
    return canonical(_uri(name, value))


def _any_name(name: str, value: Any) -> str:
    return canonical(_text(name, value))


def _pattern(name: str, value: Any) -> NamePattern:
    return NamePattern(_uri(name, value))


def _word(known: frozenset[str]) -> Callable[[str, Any], str]:
    def read(name: str, value: Any) -> str:
        text = _text(name, value)
        if not _is_word(text, known):
            raise wrong(name, f"must be a word of the vocabulary or a URI, not {text[:80]!r}.")
        return word(text)

    return read


def _event_type(name: str, value: Any) -> str:
    text = _text(name, value)
    if text not in EVENT_TYPES and not is_uri(text):
        raise wrong(name, f"must be one of {', '.join(sorted(EVENT_TYPES))}, or a URI, not {text[:80]!r}.")
    return text


def _action(name: str, value: Any) -> str:
    if value not in ("ADD", "OBSERVE", "DELETE"):
        raise wrong(name, "must be ADD, OBSERVE or DELETE.")
    return str(value)


def read_time(name: str, value: Any) -> datetime:
    """An instant; Refused if it is none."""
    text = _text(name, value)
    # Who forgets to encode the sign of the offset sends a space.
    text = re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", text)
    try:
        return instant(checked_date_time(text))
    except PydanticCustomError as fault:
        raise wrong(name, f"{fault.message()}, not {text[:80]!r}.") from None


def _number(name: str, value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise wrong(name, "must be a number of ordinary size.")
    return number


def _measure(unit: str) -> Callable[[str, Any], Measured]:
    return lambda name, value: Measured(_number(name, value), unit)


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    told = {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower())
    if told is None:
        raise wrong(name, "must be true or false.")
    return told


def _exists(name: str, value: Any) -> bool:
    # Until EPCIS 1.2 the parameter had no value, and GS1's schema of queries still allows none.
    return True if value is None or value == "" else _flag(name, value)


def _hexadecimal(name: str, value: Any) -> str:
    return _text(name, value).lower()


def _in_list(field: str, read: Callable[[str, Any], Any], comparison: str = "EQ") -> Parameter:
    return Parameter(f"{comparison}_{field}", field, comparison, read)


def _between(field: str) -> list[Parameter]:
    return [Parameter(f"{each}_{field}", field, each, read_time, many=False) for each in ("GE", "LT")]


_DISPOSITION = _word(words.DISPOSITIONS)

_LISTED = [
    Parameter("eventType", "eventType", "EQ", _event_type),
    *_between("eventTime"),
    *_between("recordTime"),
    *_between("errorDeclarationTime"),
    *_between("time"),
    *_between("startTime"),
    *_between("endTime"),
    _in_list("action", _action),
    _in_list("bizStep", _word(words.BIZ_STEPS)),
    _in_list("disposition", _DISPOSITION),
    _in_list("persistentDisposition_set", _DISPOSITION),
    _in_list("persistentDisposition_unset", _DISPOSITION),
    _in_list("readPoint", _name),
    _in_list("bizLocation", _name),
    _in_list("transformationID", _any_name),
    _in_list("eventID", _name),
    _in_list("correctiveEventID", _name),
    _in_list("errorReason", _word(words.ERROR_REASONS)),
    # What lies within a place, master data would say. There are none here, so nothing is known to lie within any.
    Parameter("WD_readPoint", "readPoint", "EQ", _name),
    Parameter("WD_bizLocation", "bizLocation", "EQ", _name),
    *(_in_list(field, _pattern, "MATCH") for field in ("epc", "parentID", "inputEPC", "outputEPC", "anyEPC")),
    *(
        _in_list(field, _pattern, "MATCH")
        for field in ("epcClass", "inputEPCClass", "outputEPCClass", "anyEPCClass")
    ),
    Parameter("EXISTS_errorDeclaration", "errorDeclaration", "EXISTS", _exists, many=False),
    Parameter("EXISTS_sensorElementList", "sensorElementList", "EXISTS", _exists, many=False),
    _in_list("type", _word(words.MEASUREMENTS)),
    *(
        _in_list(field, _name)
        for field in ("deviceID", "dataProcessingMethod", "bizRules", "microorganism", "chemicalSubstance", "uriValue")
    ),
    _in_list("stringValue", _text),
    _in_list("hexBinaryValue", _hexadecimal),
    Parameter("EQ_booleanValue", "booleanValue", "EQ", _flag, many=False),
]  # fmt: skip
_FIXED: Mapping[str, Parameter] = {each.name: each for each in _LISTED} | {
    # GS1's schema of queries spells these otherwise than its OpenAPI document.
    "GE_errorDeclaration_Time": next(each for each in _LISTED if each.name == "GE_errorDeclarationTime"),
    "LT_errorDeclaration_Time": next(each for each in _LISTED if each.name == "LT_errorDeclarationTime"),
}
