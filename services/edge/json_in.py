"""Protobuf JSON into messages, strictly: what does not fit is refused with the place where it stands.

The library's own reader takes an empty list for a message, `true` for a number and an hour of 25, and often cannot
say where it stopped. A claim for a dose deserves a better answer.
"""

import json
from difflib import get_close_matches
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel import proto_json, proto_names, timestamps
from services.kernel.errors import Invalid
from services.kernel.proto_json import Unfit

DEPTH_MAX = 32
NAME_SHOWN_MAX = 200
_TIMESTAMP = Timestamp.DESCRIPTOR.full_name
_GONE = object()
# Messages that many write as a text, which protobuf JSON does not.
_LIKE = {
    "google.type.Date": '{"year": 2027, "month": 3, "day": 1}',
    "google.type.TimeOfDay": '{"hours": 8, "minutes": 30}',
    "google.type.Interval": '{"startTime": "2027-03-01T08:00:00Z", "endTime": "2027-03-08T08:00:00Z"}',
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
        where = f"{path}.{name}" if path else name or '""'
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
    try:
        return proto_json.scalar(field, item)
    except Unfit as wrong:
        raise _wrong(where, str(wrong)) from None


def _set_message(message: Message, item: Any, where: str, depth: int) -> None:
    if isinstance(message, Timestamp):
        try:
            message.seconds, message.nanos = timestamps.read(item)
        except ValueError as wrong:
            raise _wrong(where, str(wrong)) from None
    else:
        read(message, item, where, depth + 1)


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
