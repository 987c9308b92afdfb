"""How values are written: one table for JSON with both ways, one for addresses, for each type of OData V2.

| type | Python |
|---|---|
| String | str |
| Boolean | bool |
| Byte, SByte, Int16, Int32, Int64 | int |
| Decimal, Double, Single | Decimal, never float: a digit of a dose is not to be lost |
| DateTime | datetime without a zone; date where it is a day |
| DateTimeOffset | datetime with a zone |
| Time | timedelta since midnight |
| Guid | UUID |
| Binary | bytes |

JSON is to be read with `parse_float=Decimal`. What is written must fit the field's limits; what SAP answers is read
whatever its limits say, as long as its form is right.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn
from uuid import UUID

from adapters.erp_sap.odata import times
from adapters.erp_sap.odata.model import EdmType, TypedField
from adapters.erp_sap.odata.values import (
    DIGITS_MAX,
    INTEGERS,
    ValueFault,
    checked_decimal,
    checked_float,
    checked_integer,
    checked_text,
    numeric,
)

Value = str | bool | int | Decimal | datetime | date | timedelta | UUID | bytes

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,1000}(?:\.[0-9]{1,1000})?")
_FLOAT = re.compile(r"[+-]?[0-9]{1,1000}(?:\.[0-9]{1,1000})?(?:[eE][+-]?[0-9]{1,4})?")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def of_json(field: TypedField, given: Any) -> Value | None:
    """The value that an answer holds; None where it holds null. Raises ValueFault."""
    return None if given is None else _JSON[field.type].of(field, given)


def to_json(field: TypedField, value: Value | None) -> Any:
    """The value as it stands in a body. Raises ValueFault where it does not fit."""
    if value is None and not field.nullable:
        raise ValueFault(field, "must have a value")
    return None if value is None else _JSON[field.type].to(field, value)


def to_uri(field: TypedField, value: Value | None) -> str:
    """The value as a literal of an address, not yet percent-encoded. Raises ValueFault where it does not fit."""
    if value is None:
        return "null"
    return _URI[field.type](field, value)


@dataclass(frozen=True, slots=True)
class _Form:
    """One way of writing a type, and of reading it."""

    of: Callable[[TypedField, Any], Value]
    to: Callable[[TypedField, Any], Any]


def _unreadable(field: TypedField, given: object) -> NoReturn:
    raise ValueFault(field, f"{str(given)[:60]!r} cannot be read as {field.type.value}")


def _text_of(field: TypedField, given: object) -> str:
    return given if isinstance(given, str) else _unreadable(field, given)


def _boolean(field: TypedField, given: object) -> bool:
    return given if isinstance(given, bool) else _unreadable(field, given)


def _integer_of(field: TypedField, given: object) -> int:
    if isinstance(given, str) and _INTEGER.fullmatch(given):
        given = int(given)
    return checked_integer(field, given)


def _digits_of(form: re.Pattern[str]) -> Callable[[TypedField, Any], Decimal]:
    def of(field: TypedField, given: object) -> Decimal:
        if isinstance(given, int | Decimal) and not isinstance(given, bool):
            number = Decimal(given)
            return number if number.is_finite() and abs(number.adjusted()) <= DIGITS_MAX else _unreadable(field, given)
        if not (isinstance(given, str) and form.fullmatch(given)):
            _unreadable(field, given)
        return numeric(field, given)

    return of


def _decimal_to(field: TypedField, value: object) -> str:
    return f"{checked_decimal(field, value):f}"


def _float_to(field: TypedField, value: object) -> str:
    return str(checked_float(field, value))


def _guid_of(field: TypedField, given: object) -> UUID:
    return UUID(given) if isinstance(given, str) and _GUID.fullmatch(given) else _unreadable(field, given)


def _guid_to(field: TypedField, value: object) -> str:
    return str(value) if isinstance(value, UUID) else _unreadable(field, value)


def _base64_of(field: TypedField, given: object) -> bytes:
    try:
        return base64.b64decode(_text_of(field, given), validate=True)
    except (binascii.Error, ValueError):
        _unreadable(field, given)


def _bytes(field: TypedField, value: object) -> bytes:
    if not isinstance(value, bytes):
        _unreadable(field, value)
    if field.length_max is not None and len(value) > field.length_max:
        raise ValueFault(field, f"has {len(value)} bytes and may have {field.length_max}")
    return value


def _string_to_uri(field: TypedField, value: object) -> str:
    return "'" + checked_text(field, value).replace("'", "''") + "'"


_DECIMAL_TEXT = _Form(_digits_of(_DECIMAL), _decimal_to)
_FLOAT_TEXT = _Form(_digits_of(_FLOAT), _float_to)
_GUID_TEXT = _Form(_guid_of, _guid_to)
_INT64_TEXT = _Form(_integer_of, lambda field, value: str(checked_integer(field, value)))
_TIME_TEXT = _Form(times.time_of, times.time_to)
_JSON: dict[EdmType, _Form] = {
    **dict.fromkeys(INTEGERS, _Form(_integer_of, checked_integer)),
    EdmType.INT64: _INT64_TEXT,
    EdmType.STRING: _Form(_text_of, checked_text),
    EdmType.BOOLEAN: _Form(_boolean, _boolean),
    EdmType.DECIMAL: _DECIMAL_TEXT,
    EdmType.DOUBLE: _FLOAT_TEXT,
    EdmType.SINGLE: _FLOAT_TEXT,
    EdmType.DATE_TIME: _Form(times.date_time_of_json, times.date_time_to_json),
    EdmType.DATE_TIME_OFFSET: _Form(times.instant_of_json, times.instant_to_json),
    EdmType.TIME: _TIME_TEXT,
    EdmType.GUID: _GUID_TEXT,
    EdmType.BINARY: _Form(_base64_of, lambda field, value: base64.b64encode(_bytes(field, value)).decode()),
}

_URI: dict[EdmType, Callable[[TypedField, Any], str]] = {
    **dict.fromkeys(INTEGERS, _INT64_TEXT.to),
    EdmType.INT64: lambda field, value: f"{checked_integer(field, value)}L",
    EdmType.STRING: _string_to_uri,
    EdmType.BOOLEAN: lambda field, value: str(_boolean(field, value)).lower(),
    EdmType.DECIMAL: lambda field, value: f"{_decimal_to(field, value)}M",
    EdmType.DOUBLE: lambda field, value: f"{_float_to(field, value)}d",
    EdmType.SINGLE: lambda field, value: f"{_float_to(field, value)}f",
    EdmType.DATE_TIME: lambda field, value: f"datetime'{times.date_time_to_uri(field, value)}'",
    EdmType.DATE_TIME_OFFSET: lambda field, value: f"datetimeoffset'{times.instant_to_uri(field, value)}'",
    EdmType.TIME: lambda field, value: f"time'{times.time_to(field, value)}'",
    EdmType.GUID: lambda field, value: f"guid'{_guid_to(field, value)}'",
    EdmType.BINARY: lambda field, value: f"X'{_bytes(field, value).hex()}'",
}
