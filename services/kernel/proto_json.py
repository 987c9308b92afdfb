"""Single values of protobuf JSON, read strictly: what does not fit is refused, and said what would.

The library's own reader takes `true` for a number, `1_0` and figures of other scripts.
"""

import base64
import binascii
import math
import re
from decimal import Decimal
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from services.kernel.proto_names import choices_of, value_named

_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN", re.ASCII)
# The same where whole numbers are wanted, at a length that no 64 bits need and no exponent can blow up.
_WHOLE = re.compile(r"-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_FLOAT_MAX = (2 - 2**-23) * 2.0**127
_RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(1 << 31), (1 << 31) - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, (1 << 32) - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(1 << 63), (1 << 63) - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, (1 << 64) - 1),
}


class Unfit(ValueError):
    """A value does not fit its field; the text goes on from the field's name: "must be a whole number"."""


class OutOfRange(Unfit):
    """A number is one, and too small or too large for its field."""


def scalar(field: FieldDescriptor, item: Any) -> Any:
    """The Python value of a field that is no message; raises Unfit."""
    kind = field.cpp_type
    if kind in _RANGES:
        return _whole(item, *_RANGES[kind])
    if kind == FieldDescriptor.CPPTYPE_DOUBLE:
        return _number(item, math.inf)
    if kind == FieldDescriptor.CPPTYPE_FLOAT:
        return _number(item, _FLOAT_MAX)
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        if not isinstance(item, bool):
            raise Unfit("must be true or false")
        return item
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return _enum(field.enum_type, item)
    if not isinstance(item, str):
        raise Unfit("must be a text")
    return _bytes(item) if field.type == FieldDescriptor.TYPE_BYTES else _text(item)


def _whole(item: Any, least: int, greatest: int) -> int:
    """Protobuf JSON writes 64-bit numbers as texts, because JavaScript has none; both ways are read for all.

    So are fractions and exponents, in both, if the value is whole: 1.0, 2e7 and "2e7".
    """
    value: int | None = None
    if isinstance(item, str) and _WHOLE.fullmatch(item):
        exact = Decimal(item)
        value = int(exact) if exact == exact.to_integral_value() else None
    elif isinstance(item, int) and not isinstance(item, bool):
        value = item
    elif isinstance(item, float) and item.is_integer():
        value = int(item)
    if value is None:
        raise Unfit("must be a whole number")
    if not least <= value <= greatest:
        raise OutOfRange(f"must be from {least} to {greatest}")
    return value


def _number(item: Any, greatest: float) -> float:
    is_number = isinstance(item, int | float) and not isinstance(item, bool)
    # float() would also read " 1_000 " and "infinity", which no other reader of protobuf JSON does.
    if not is_number and not (isinstance(item, str) and _NUMBER.fullmatch(item)):
        raise Unfit("must be a number")
    try:
        value = float(item)
    except OverflowError:
        value = math.inf
    if item in ("Infinity", "-Infinity"):
        return value
    if math.isinf(value) or abs(value) > greatest:
        raise OutOfRange("is too large a number")
    return value


def _enum(values: EnumDescriptor, item: Any) -> int:
    """Only values that are known, also as numbers: a guess about a dose is worse than an error."""
    if isinstance(item, str) and (named := value_named(values, item)):
        return int(named.number)
    if isinstance(item, int) and not isinstance(item, bool) and any(item == each.number for each in values.values):
        return item
    raise Unfit(f"must be {choices_of(values)}")


def _text(item: str) -> str:
    try:
        item.encode()
    except UnicodeEncodeError:
        raise Unfit("has half of a character pair") from None
    return item


def _bytes(item: str) -> bytes:
    try:
        padded = item + "=" * (-len(item) % 4)
        return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise Unfit("must be base64") from None
