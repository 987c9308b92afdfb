"""The fields of an organisation's objects, and which values they take. Pure.

Codes and words of errors are those that Salesforce's documentation shows.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

_BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")
_TEXTS = frozenset({"string", "textarea", "email", "phone", "url"})
_NUMBERS = frozenset({"double", "currency", "percent", "int"})
SYSTEM_FIELDS = ("Id", "CreatedDate", "LastModifiedDate")


class OrgRefused(Exception):
    """What was asked for is not done, for this reason."""

    def __init__(self, code: str, message: str, *fields: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields, self.status = code, message, fields, status


class OrgUnreadable(OrgRefused):
    """A value cannot even be read, so the whole call is refused."""


@dataclass(frozen=True, slots=True)
class OrgField:
    """A field of an object."""

    name: str
    type: str = "string"
    length: int = 255
    precision: int = 18
    scale: int = 3
    required: bool = False
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    words: tuple[str, ...] = ()
    restricted: bool = True
    refers_to: str = ""  # of a reference: the object
    may_create: bool = True
    may_update: bool = True
    visible: bool = True  # to the log-in's user


@dataclass(frozen=True, slots=True)
class OrgObject:
    """An object, as its users see it."""

    name: str
    prefix: str  # of its ids
    fields: tuple[OrgField, ...]
    may_create: bool = True
    may_update: bool = True
    may_delete: bool = True

    def field(self, name: str) -> OrgField | None:
        """A field by its name, whose case does not matter; None if the user sees none."""
        return next((each for each in self.fields if each.name.lower() == name.lower() and each.visible), None)


def value_of(known: OrgField, value: Any) -> Any:
    """What is kept of a value, of all types but references. Raises OrgRefused, or OrgUnreadable for the whole call."""
    kind = known.type
    if kind in _TEXTS or kind == "picklist":
        return _text(known, value)
    if kind in _NUMBERS:
        return _number(known, value)
    if kind == "boolean":
        return _of(bool, known, value)
    if kind in ("datetime", "date"):
        return _instant(known, value)
    raise AssertionError(f"{known.name} is of a type that this twin does not know: {kind}")


def is_id(value: Any) -> bool:
    """Whether it has the form of an id: 15 letters and digits, or 18."""
    return isinstance(value, str) and bool(_ID.fullmatch(value))


def case_safe(prefix: str, number: int) -> str:
    """An id of 18 characters, the last three of which say which letters are capitals."""
    digits = ""
    for _ in range(12):
        number, digit = divmod(number, 62)
        digits = _BASE_62[digit] + digits
    return with_suffix(prefix + digits)


def with_suffix(id_15: str) -> str:
    """The 18 characters of an id of 15."""
    parts = (id_15[start : start + 5] for start in (0, 5, 10))
    return id_15 + "".join(
        _SUFFIX[sum(1 << at for at, letter in enumerate(part) if letter.isupper())] for part in parts
    )


def key_of(known: OrgField, value: Any) -> str:
    """What is the same for two values that count as one."""
    if known.type in _NUMBERS:
        return str(float(value))
    return str(value) if known.case_sensitive else str(value).casefold()


def as_typed(known: OrgField, value: str) -> Any:
    """A value out of an address."""
    return float(value) if known.type in _NUMBERS else value


def _text(known: OrgField, value: Any) -> str:
    if not isinstance(value, str):
        raise _unreadable(known, value)
    if known.words and known.restricted and value not in known.words:
        words = f"{known.name}: bad value for restricted picklist field: {value}"
        raise OrgRefused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", words, known.name)
    if len(value) > known.length:
        words = f"{known.name}: data value too large: {value[:80]} (max length={known.length})"
        raise OrgRefused("STRING_TOO_LONG", words, known.name)
    return value


def _number(known: OrgField, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unreadable(known, value)
    if abs(value) >= 10 ** (known.precision - known.scale):
        raise OrgRefused("NUMBER_OUTSIDE_VALID_RANGE", f"{known.name}: value outside of valid range", known.name)
    return round(value, known.scale)


def _instant(known: OrgField, value: Any) -> str:
    text = _of(str, known, value)
    try:
        if known.type == "date":
            return date.fromisoformat(text).isoformat()
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _unreadable(known, value) from None
    if at.tzinfo is None:
        raise _unreadable(known, value)
    return at.isoformat()


def _of(kind: type, known: OrgField, value: Any) -> Any:
    if not isinstance(value, kind):
        raise _unreadable(known, value)
    return value


def _unreadable(known: OrgField, value: Any) -> OrgUnreadable:
    what = "VALUE_STRING" if isinstance(value, str) else "VALUE_NUMBER"
    words = f"Cannot deserialize instance of {known.type} from {what} value {value} or request may be missing a field"
    return OrgUnreadable("JSON_PARSER_ERROR", words)


def objects_of(*objects: OrgObject) -> Mapping[str, OrgObject]:
    """Objects by their names."""
    return {each.name: each for each in objects}


def names_of(made: OrgObject) -> Sequence[str]:
    """All fields that the user sees, with those that every object has."""
    return [*SYSTEM_FIELDS, *(each.name for each in made.fields if each.visible)]
