"""What values of a field may be, whatever way they are written; a value that does not fit is refused, never cut."""

import struct
from decimal import Decimal, InvalidOperation

from adapters.erp_sap.odata.model import EdmType, TypedField

DIGITS_MAX = 1000
INTEGERS = {
    EdmType.BYTE: (0, 2**8 - 1),
    EdmType.SBYTE: (-(2**7), 2**7 - 1),
    EdmType.INT16: (-(2**15), 2**15 - 1),
    EdmType.INT32: (-(2**31), 2**31 - 1),
    EdmType.INT64: (-(2**63), 2**63 - 1),
}


class ValueFault(Exception):
    """A value does not fit its field, or cannot be read as one of its type."""

    def __init__(self, field: TypedField, words: str) -> None:
        super().__init__(f"{field.name}: {words}")
        self.field = field.name


def checked_text(field: TypedField, value: object) -> str:
    """A text that fits. ABAP counts UTF-16 units, so what lies beyond the basic plane counts twice."""
    if not isinstance(value, str):
        raise ValueFault(field, f"must be a text, and is {type(value).__name__}")
    try:
        units = len(value.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise ValueFault(field, "holds half of a surrogate pair, which is no text") from None
    if "\0" in value:
        raise ValueFault(field, "holds U+0000, which no text in SAP can hold")
    if field.length_max is not None and units > field.length_max:
        raise ValueFault(field, f"has {units} characters and may have {field.length_max}")
    return value


def checked_integer(field: TypedField, value: object) -> int:
    """A whole number within its type."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueFault(field, f"must be a whole number, and is {type(value).__name__}")
    low, high = INTEGERS[field.type]
    if not low <= value <= high:
        raise ValueFault(field, f"must be from {low} to {high}")
    return value


def checked_decimal(field: TypedField, value: object) -> Decimal:
    """A number whose digits fit, without zeros behind the point that the field has no room for."""
    number = _number(field, value)
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    kept = "".join(map(str, digits))
    bare = kept.rstrip("0")
    smallest = (
        exponent + len(kept) - len(bare) if bare else 0
    )  # the place of the last digit that is none of these zeros
    behind, before = (max(0, -smallest), max(0, number.adjusted() + 1)) if bare else (0, 0)
    if behind + before > DIGITS_MAX:
        raise ValueFault(field, f"has more than {DIGITS_MAX} digits")
    if field.scale is not None and behind > field.scale:
        raise ValueFault(field, f"has {behind} digits behind the point and may have {field.scale}")
    if field.precision is not None and before > field.precision - (field.scale or 0):
        room = field.precision - (field.scale or 0)
        raise ValueFault(field, f"has {before} digits before the point and may have {room}")
    if not bare:
        return Decimal(0)
    if field.scale is not None and -exponent > field.scale:
        # Only zeros go. It is done on the text, as arithmetic would round to the context's 28 digits.
        return Decimal(f"{number:f}"[: exponent + field.scale])
    return number


def checked_float(field: TypedField, value: object) -> Decimal:
    """A number that a binary one of the type holds digit for digit: what comes back is what was sent."""
    number = _number(field, value)
    if len(number.as_tuple().digits) > DIGITS_MAX or abs(number.adjusted()) > DIGITS_MAX:
        raise ValueFault(field, f"is no {field.type.value}")
    held = Decimal(repr(float(number))) if field.type is EdmType.DOUBLE else _held_by_single(field, number)
    if held != number:
        raise ValueFault(field, f"has more digits than a {field.type.value} holds, or is too large or small for it")
    return number


def numeric(field: TypedField, text: str) -> Decimal:
    """The number that a text of digits writes, exactly."""
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        raise ValueFault(field, "is no number that can be read") from None


def padded_key(field: TypedField, text: str) -> str:
    """A key as SAP keeps it: one that looks like a number has zeros before it up to its length (ALPHA conversion)."""
    is_number = text.isascii() and text.isdigit()
    return text.zfill(field.length_max) if is_number and field.length_max is not None else text


def _number(field: TypedField, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueFault(field, f"must be an exact number (Decimal or int), and is {type(value).__name__}")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueFault(field, "must be a finite number")
    return number


def _held_by_single(field: TypedField, number: Decimal) -> Decimal:
    try:
        (held,) = struct.unpack("<f", packed := struct.pack("<f", float(number)))
    except OverflowError:
        raise ValueFault(field, "is too large for a Single") from None
    shortest = (f"{held:.{digits}e}" for digits in range(9))
    return next(Decimal(each) for each in shortest if struct.pack("<f", float(each)) == packed)
