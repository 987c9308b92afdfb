"""Values as the twin keeps them: in the form in which JSON holds them, checked as the facets say, ABAP's way.

Texts that are to be upper case are made so, numbers are kept with all the digits of their scale, and what was not given
has its initial value, which is empty and not null but for dates.
"""

import base64
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapters.sandbox.sap.edmx import TwinField

_TICKS = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/")
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")
_DOUBLE = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_TIME = re.compile(r"PT(\d{2})H(\d{2})M(\d{2})S")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WALL = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RANGES = {"Byte": (0, 255), "SByte": (-128, 127), "Int16": (-(2**15), 2**15 - 1), "Int32": (-(2**31), 2**31 - 1)}
_LITERALS = {
    "DateTime": re.compile(rf"datetime'({_WALL})'"),
    "DateTimeOffset": re.compile(rf"datetimeoffset'({_WALL}(?:Z|[+-]\d\d:\d\d))'"),
    "Time": re.compile(r"time'(PT\d{2}H\d{2}M\d{2}S)'"),
    "Guid": re.compile(r"guid'([0-9a-fA-F-]{36})'"),
    "Decimal": re.compile(r"(-?\d+(?:\.\d+)?)[mM]"),
    "Double": re.compile(r"(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[dD]?"),
    "Int64": re.compile(r"(-?\d+)[lL]"),
    "Binary": re.compile(r"(?:X|binary)'([0-9a-fA-F]*)'"),
    "Boolean": re.compile(r"(true|false)"),
}


class NotAccepted(Exception):
    """A value is not as its property says."""


def stored(field: TwinField, given: Any) -> Any:
    """A value of a body, as it is kept; raises NotAccepted."""
    if given is None:
        if not field.nullable:
            raise NotAccepted(f"Property '{field.name}' must not be null")
        return initial(field)
    return _STORED.get(field.type, _integer)(field, given)


def initial(field: TwinField) -> Any:
    """What a property holds to which nothing was given."""
    if field.type == "Decimal":
        return f"{Decimal(0):.{field.scale or 0}f}"
    initials = {"String": "", "Boolean": False, "Time": "PT00H00M00S", "Double": "0.0000000000000000E+00", "Int64": "0"}
    return initials.get(field.type, 0 if field.type in _RANGES else None)


def of_literal(field: TwinField, text: str) -> Any:
    """The value of a literal in an address, as it is kept; raises NotAccepted for any other way to write it."""
    if field.type == "String":
        if len(text) < 2 or text[0] != "'" or text[-1] != "'" or "'" in text[1:-1].replace("''", ""):
            raise NotAccepted(f"'{text}' is no literal of Edm.String")
        return stored(field, text[1:-1].replace("''", "'"))
    if field.type in _RANGES:
        return stored(field, int(text)) if re.fullmatch(r"-?\d+", text) else _not(field, text)
    found = _LITERALS[field.type].fullmatch(text)
    if found is None:
        return _not(field, text)
    inner = found[1]
    if field.type in ("DateTime", "DateTimeOffset"):
        return _ticks_of(field, inner)
    if field.type == "Boolean":
        return inner == "true"
    if field.type == "Binary":
        return base64.b64encode(bytes.fromhex(inner)).decode()
    return stored(field, inner)


def comparable(field: TwinField, kept: Any) -> Any:
    """A kept value as it compares with others of its property; None is less than all."""
    if kept is None:
        return None
    if field.type in ("Decimal", "Double", "Int64"):
        return Decimal(kept)
    if field.type in ("DateTime", "DateTimeOffset"):
        found = _TICKS.fullmatch(kept)
        return int(found[1]) if found else None
    return kept


def padded(field: TwinField, text: str) -> str:
    """A key that looks like a number has zeros before it up to its length (ALPHA conversion)."""
    return text.zfill(field.length_max) if text.isascii() and text.isdigit() and field.length_max else text


def ticks(at: datetime) -> int:
    """Milliseconds since 1970."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _ticks_of(field: TwinField, text: str) -> str:
    try:
        at = datetime.fromisoformat(re.sub(r"(\.\d{6})\d", r"\1", text))
    except ValueError:
        return str(_not(field, text))
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return f"/Date({ticks(at)}{'+0000' if field.type == 'DateTimeOffset' else ''})/"


def _text(field: TwinField, given: Any) -> str:
    if not isinstance(given, str):
        raise _wrong(field, given)
    if field.length_max is not None and len(given.encode("utf-16-le")) // 2 > field.length_max:
        raise NotAccepted(f"Property '{field.name}' at offset '0' has invalid value '{given[:80]}'")
    return given.upper() if field.is_upper_case else given


def _boolean(field: TwinField, given: Any) -> bool:
    return given if isinstance(given, bool) else _not(field, given)


def _integer(field: TwinField, given: Any) -> int:
    low, high = _RANGES[field.type]
    if isinstance(given, bool) or not isinstance(given, int) or not low <= given <= high:
        raise _wrong(field, given)
    return given


def _int64(field: TwinField, given: Any) -> str:
    if not isinstance(given, str) or not re.fullmatch(r"-?\d{1,19}", given) or abs(int(given)) > 2**63 - 1:
        raise _wrong(field, given)
    return str(int(given))


def _decimal(field: TwinField, given: Any) -> str:
    if not isinstance(given, str) or not _DECIMAL.fullmatch(given):
        raise _wrong(field, given)
    number, scale = Decimal(given), field.scale or 0
    whole, _, fraction = given.lstrip("-").partition(".")
    # Where a parameter has one number as precision and scale, it is its scale (see the README).
    room = None if field.precision is None or field.precision == field.scale else field.precision - scale
    if len(fraction.rstrip("0")) > scale or (room is not None and len(whole.lstrip("0")) > room):
        raise _wrong(field, given)
    sign = "-" if number < 0 else ""
    kept = fraction.ljust(scale, "0")[:scale]
    return f"{sign}{whole.lstrip('0') or '0'}{f'.{kept}' if kept else ''}"


def _double(field: TwinField, given: Any) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | float) or not _DOUBLE.fullmatch(str(given)):
        raise _wrong(field, given)
    return f"{float(given):.16E}"


def _date_time(field: TwinField, given: Any) -> str:
    found = _TICKS.fullmatch(given) if isinstance(given, str) else None
    if found is None or (found[2] and field.type == "DateTime"):
        raise _wrong(field, given)
    number = int(found[1])
    if field.is_date and number % 86_400_000:
        raise NotAccepted(f"Property '{field.name}' holds a day, and '{given}' has a time of day")
    return f"/Date({number}{'+0000' if field.type == 'DateTimeOffset' else ''})/"


def _time(field: TwinField, given: Any) -> str:
    found = _TIME.fullmatch(given) if isinstance(given, str) else None
    if found is None or int(found[1]) > 24 or int(found[2]) > 59 or int(found[3]) > 59:
        raise _wrong(field, given)
    return str(given)


def _guid(field: TwinField, given: Any) -> str:
    if not isinstance(given, str) or not _GUID.fullmatch(given):
        raise _wrong(field, given)
    return given.lower()


def _binary(field: TwinField, given: Any) -> str:
    try:
        base64.b64decode(given, validate=True)
    except (ValueError, TypeError):
        raise _wrong(field, given) from None
    return str(given)


def _wrong(field: TwinField, given: Any) -> NotAccepted:
    return NotAccepted(f"Property '{field.name}' of type Edm.{field.type} has invalid value {given!r:.80}")


def _not(field: TwinField, given: Any) -> Any:
    raise _wrong(field, given)


_STORED = {
    "String": _text,
    "Boolean": _boolean,
    "Int64": _int64,
    "Decimal": _decimal,
    "Double": _double,
    "Single": _double,
    "DateTime": _date_time,
    "DateTimeOffset": _date_time,
    "Time": _time,
    "Guid": _guid,
    "Binary": _binary,
}
