"""The values that EPCIS fields take, each with the check that GS1's JSON Schema makes."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, FailFast, Field
from pydantic_core import PydanticCustomError

from adapters.json_body import is_number

# A field without a value. Its type does not allow None, so an explicit `null` is refused, as the schema does.
ABSENT: Any = None

_CHARACTER = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]?[0-9])"
_GROUP = r"[0-9A-Fa-f]{1,4}"
_LAST_32_BITS = rf"(?:{_GROUP}:{_GROUP}|{_BYTE}(?:\.{_BYTE}){{3}})"
_IPV6 = "|".join(
    [rf"(?:{_GROUP}:){{6}}{_LAST_32_BITS}", rf"::(?:{_GROUP}:){{5}}{_LAST_32_BITS}"]
    + [
        rf"(?:(?:{_GROUP}:){{0,{before}}}{_GROUP})?::(?:{_GROUP}:){{{4 - before}}}{_LAST_32_BITS}"
        for before in range(5)
    ]
    + [rf"(?:(?:{_GROUP}:){{0,5}}{_GROUP})?::{_GROUP}", rf"(?:(?:{_GROUP}:){{0,6}}{_GROUP})?::"]
)
_HOST = rf"(?:\[(?:{_IPV6}|v[0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+)\]|(?:(?![:@]){_CHARACTER})*)"
_AUTHORITY = rf"(?:(?:(?!@){_CHARACTER})*@)?{_HOST}(?::[0-9]*)?"
# RFC 3986, the rule `URI`: absolute, ASCII only. `ext1:colour` and `urn:epc:id:…` are URIs, `colour` is none.
_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*:"
    rf"(?://{_AUTHORITY}(?:/{_CHARACTER}*)*|/(?:{_CHARACTER}+(?:/{_CHARACTER}*)*)?|{_CHARACTER}+(?:/{_CHARACTER}*)*|)"
    rf"(?:\?(?:{_CHARACTER}|[/?])*)?(?:\#(?:{_CHARACTER}|[/?])*)?"
)
_DATE_TIME = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
_OF_CBV = re.compile(r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/")
_OF_GS1_WEB_VOCABULARY = re.compile(r"https?://(?:www\.)?gs1\.org/voc/")


def is_uri(text: str) -> bool:
    """Whether the text is an absolute URI."""
    return _URI.fullmatch(text) is not None


def instant(text: str) -> datetime:
    """The instant of a checked date-time; digits beyond the microsecond are cut."""
    return datetime.fromisoformat(text.upper())


def _uri(text: str) -> str:
    if not is_uri(text):
        raise PydanticCustomError("uri", "must be an absolute URI, with a scheme")
    return text


def checked_date_time(text: str) -> str:
    """The text, if it is a date and time with its offset."""
    try:
        if _DATE_TIME.fullmatch(text) and instant(text):
            return text
    except ValueError:
        pass  # 30 February has the shape of a date and is none.
    raise PydanticCustomError("date-time", "must be a date and time with its offset, such as 2026-11-22T09:00:00.000Z")


def _matching(pattern: str, words: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise PydanticCustomError("pattern", words)  # type: ignore[arg-type]
        return text

    return AfterValidator(check)


def _word_or_uri(known: frozenset[str], reserved: re.Pattern[str]) -> AfterValidator:
    def check(text: str) -> str:
        if text in known:
            return text
        if reserved.match(text):
            raise PydanticCustomError("word", "must be the bare word where the vocabulary is GS1's own")
        if not is_uri(text):
            raise PydanticCustomError("word", "must be a word of the vocabulary or a URI")
        return text

    return AfterValidator(check)


def _one_of(known: Iterable[str]) -> AfterValidator:
    allowed = frozenset(known)
    words = "must be one of " + ", ".join(sorted(allowed))

    def check(text: str) -> str:
        if text not in allowed:
            raise PydanticCustomError("enum", words)  # type: ignore[arg-type]
        return text

    return AfterValidator(check)


def _unique(values: list[Any]) -> list[Any]:
    if len({json.dumps(value, sort_keys=True) for value in values}) != len(values):
        raise PydanticCustomError("unique", "must not repeat an item")
    return values


def _number(value: Any) -> float:
    if not is_number(value):
        raise PydanticCustomError("number", "must be a number of ordinary size")
    return float(value)


Uri = Annotated[str, AfterValidator(_uri)]
DateTime = Annotated[str, AfterValidator(checked_date_time)]
Offset = Annotated[str, _matching(r"[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)", "must be an offset such as +02:00")]
Version = Annotated[str, _matching(r"[0-9]+(?:\.[0-9]+)*", "must be a version such as 2.0")]
UnitCode = Annotated[str, _matching(r"[A-Z0-9]{2,3}", "must be a unit code of UN/CEFACT, such as CEL")]
HexBinary = Annotated[str, _matching(r"[A-Fa-f0-9]+", "must be hexadecimal digits")]
Decimal = Annotated[Any, AfterValidator(_number)]
Action = Annotated[str, _one_of(("OBSERVE", "ADD", "DELETE"))]
Item = TypeVar("Item")
# Of a list only the first mistake is said: a stranger may send a million of them.
Many = Annotated[list[Item], FailFast()]
UniqueUris = Annotated[Many[Uri], AfterValidator(_unique)]


def word_or_uri(known: frozenset[str], reserved: re.Pattern[str] = _OF_CBV) -> AfterValidator:
    """A bare word of a GS1 vocabulary, or a URI of somebody else's."""
    return _word_or_uri(known, reserved)


def measurement_or_uri(known: frozenset[str]) -> AfterValidator:
    """A bare word of the GS1 Web Vocabulary, or a URI of somebody else's."""
    return _word_or_uri(known, _OF_GS1_WEB_VOCABULARY)


def unique_list(item: Any) -> Any:
    """A list with at least one item and none twice."""
    return Annotated[Many[item], Field(min_length=1), AfterValidator(_unique)]


def _checked(fits: Callable[[Any], bool], words: str) -> AfterValidator:
    def check(value: Any) -> Any:
        if not fits(value):
            raise PydanticCustomError("shape", words)  # type: ignore[arg-type]
        return value

    return AfterValidator(check)


def _is_uri(value: Any) -> bool:
    return isinstance(value, str) and is_uri(value)


def _is_context(value: Any) -> bool:
    if not isinstance(value, list):
        return _is_uri(value) or isinstance(value, dict)
    return all(_is_uri(item) or isinstance(item, dict) for item in value) and bool(_unique(value) or not value)


def _are_uris(value: Any) -> bool:
    return all(map(_is_uri, value)) if isinstance(value, list) else _is_uri(value)


Context = Annotated[Any, _checked(_is_context, "must be a URI, an object, or a list of these without repetition")]
UriOrUris = Annotated[Any, _checked(_are_uris, "must be a URI or a list of URIs")]
Attribute = Annotated[
    Any,
    _checked(
        lambda value: isinstance(value, str | dict) or (isinstance(value, int | float) and not isinstance(value, bool)),
        "must be a number, a text or an object",
    ),
]
Ilmd = Annotated[dict[str, Any], _checked(lambda value: all(map(is_uri, value)), "must have URIs for names")]
