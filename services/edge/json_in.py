"""Protobuf JSON into messages, strictly: what does not fit is refused with the place where it stands.

The library's own reader takes an empty list for a message, `true` for a number and an hour of 25, and often cannot
say where it stopped. A claim for a dose deserves a better answer.
"""

import base64
import binascii
import json
import math
import re
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel import proto_names, timestamps
from services.kernel.errors import Invalid

DEPTH_MAX = 32
NAME_SHOWN_MAX = 200
_TIMESTAMP = Timestamp.DESCRIPTOR.full_name
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN", re.ASCII)
# The same where whole numbers are wanted, at a length that no 64 bits need and no exponent can blow up.
_WHOLE = re.compile(r"-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_GONE = object()
# Messages that many write as a text, which protobuf JSON does not.
_LIKE = {
    "google.type.Date": '{"year": 2027, "month": 3, "day": 1}',
    "google.type.TimeOfDay": '{"hours": 8, "minutes": 30}',
    "google.type.Interval": '{"startTime": "2027-03-01T08:00:00Z", "endTime": "2027-03-08T08:00:00Z"}',
}
_RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(1 << 31), (1 << 31) - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, (1 << 32) - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(1 << 63), (1 << 63) - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, (1 << 64) - 1),
}


class JsonMalformed(Invalid):
    """The body is not JSON; the facts say where it stops being."""

    reason = "JSON_MALFORMED"


class FieldUnknown(Invalid):
    """The request has no such field; `field` names it."""

    reason = "FIELD_UNKNOWN"


def read_text(body: bytes) -> Any:
    """The JSON value in a body. Names given twice and numbers that JSON does not have are refused."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as wrong:
        raise JsonMalformed(
            f"The body is not JSON: {wrong.msg}.", line=wrong.lineno, column=wrong.colno, position=wrong.pos
        ) from None
    except UnicodeDecodeError as wrong:
        raise JsonMalformed("The body is not UTF-8.", position=wrong.start) from None
    except RecursionError:
        raise JsonMalformed("The body is nested too deeply.", depth_max=DEPTH_MAX) from None
    except ValueError:  # Python refuses whole numbers of thousands of digits.
        raise JsonMalformed("A number in the body is too long.") from None


def read(message: Message, value: object, path: str = "", depth: int = 0) -> None:
    """Sets the fields of `message` from a JSON object."""
    if not isinstance(value, dict):
        like = _LIKE.get(message.DESCRIPTOR.full_name)
        raise _wrong(path or "body", f"must be an object such as {like}" if like else "must be an object")
    if depth > DEPTH_MAX:
        raise _wrong(path, "is nested too deeply")
    seen: dict[str, str] = {}
    for name, item in value.items():
        field = field_named(message.DESCRIPTOR, name, path)
        where = f"{path}.{field.json_name}" if path else field.json_name
        group = field.containing_oneof.name if field.containing_oneof else field.name
        if item is None:
            continue  # Protobuf JSON: null is a field that is not set.
        if group in seen:
            raise _wrong(where, f"excludes {seen[group]}" if seen[group] != field.name else "is given twice")
        seen[group] = field.name
        set_field(message, field, item, where, depth)


def field_named(descriptor: Descriptor, name: str, path: str = "") -> FieldDescriptor:
    """The field of that name, in lowerCamelCase or as the proto writes it."""
    field = proto_names.field_named(descriptor, name)
    if field is None:
        where = f"{path}.{name}" if path else name
        raise FieldUnknown(f"There is no field {where[:200]}.{meant(descriptor, name)}", field=where[:200])
    return field


def meant(descriptor: Descriptor | None, name: str) -> str:
    """A hint at the field that was probably meant, if one has such a name."""
    known = [each.json_name for each in descriptor.fields] if descriptor else []
    near = get_close_matches(name[:NAME_SHOWN_MAX], known, n=1)
    return f" Did you mean {near[0]}?" if near else ""


def set_field(message: Message, field: FieldDescriptor, item: Any, where: str, depth: int = 0) -> None:
    """Sets one field from its JSON value."""
    if _is_map(field):
        _by_library(message, field, item, where)
    elif field.is_repeated:
        if not isinstance(item, list):
            raise _wrong(where, "must be a list")
        target = getattr(message, field.name)
        for index, each in enumerate(item):
            place = f"{where}[{index}]"
            if each is None:
                raise _wrong(place, "must not be null")
            if field.message_type:
                _set_message(target.add(), each, place, depth)
            else:
                target.append(scalar(field, each, place))
    elif field.message_type:
        if field.message_type.full_name.startswith("google.protobuf.") and field.message_type.full_name != _TIMESTAMP:
            _by_library(message, field, item, where)
            return
        inner = getattr(message, field.name)
        inner.SetInParent()
        _set_message(inner, item, where, depth)
    else:
        setattr(message, field.name, scalar(field, item, where))


def scalar(field: FieldDescriptor, item: Any, where: str) -> Any:
    """The Python value of a field that is no message."""
    kind = field.cpp_type
    if kind in _RANGES:
        return _whole(item, *_RANGES[kind], where)
    if kind in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        return _number(item, where)
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        if not isinstance(item, bool):
            raise _wrong(where, "must be true or false")
        return item
    if kind == FieldDescriptor.CPPTYPE_ENUM:
        return _enum(field, item, where)
    if not isinstance(item, str):
        raise _wrong(where, "must be a text")
    return _bytes(item, where) if field.type == FieldDescriptor.TYPE_BYTES else _text(item, where)


def timestamp(text: object, where: str) -> tuple[int, int]:
    """Seconds and nanoseconds of an RFC 3339 instant, which always says its offset."""
    try:
        return timestamps.read(text)
    except ValueError as wrong:
        raise _wrong(where, str(wrong)) from None


def _set_message(message: Message, item: Any, where: str, depth: int) -> None:
    if isinstance(message, Timestamp):
        message.seconds, message.nanos = timestamp(item, where)
    else:
        read(message, item, where, depth + 1)


def _whole(item: Any, least: int, greatest: int, where: str) -> int:
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
        raise _wrong(where, "must be a whole number")
    if not least <= value <= greatest:
        raise _wrong(where, f"must be from {least} to {greatest}")
    return value


def _number(item: Any, where: str) -> float:
    is_number = isinstance(item, int | float) and not isinstance(item, bool)
    # float() would also read " 1_000 " and "infinity", which no other reader of protobuf JSON does.
    if not is_number and not (isinstance(item, str) and _NUMBER.fullmatch(item)):
        raise _wrong(where, "must be a number")
    try:
        value = float(item)
    except OverflowError:
        value = math.inf
    if math.isinf(value) and item not in ("Infinity", "-Infinity"):
        raise _wrong(where, "is too large a number")
    return value


def _enum(field: FieldDescriptor, item: Any, where: str) -> int:
    values = field.enum_type
    if isinstance(item, str) and (named := proto_names.value_named(values, item)):
        return int(named.number)
    if isinstance(item, int) and not isinstance(item, bool) and item in values.values_by_number:
        return item
    raise _wrong(where, f"must be one of {', '.join(values.values_by_name)}")


def _text(item: str, where: str) -> str:
    try:
        item.encode()
    except UnicodeEncodeError:
        raise _wrong(where, "has half of a character pair") from None
    return item


def _bytes(item: str, where: str) -> bytes:
    try:
        padded = item + "=" * (-len(item) % 4)
        return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise _wrong(where, "must be base64") from None


def _by_library(message: Message, field: FieldDescriptor, item: Any, where: str) -> None:
    """Maps and the rarer well-known types, which none of our requests has today."""
    try:
        json_format.ParseDict({field.name: item}, message)
    except (json_format.ParseError, TypeError, ValueError):
        raise _wrong(where, "does not have the form that this field needs") from None


def _is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        left = dict(found)
        twice = next(name for name, _ in pairs if left.pop(name, _GONE) is _GONE)
        raise JsonMalformed(f"The name {twice[:100]} is given twice in one object.", name=twice[:100])
    return found


def _no_constant(name: str) -> Any:
    raise JsonMalformed(f"{name} is not a number in JSON.")


def _wrong(where: str, words: str) -> Invalid:
    return Invalid(f"{where[:200]} {words}.", field=where[:200])
