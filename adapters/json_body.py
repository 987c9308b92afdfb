"""Reads a JSON body that a stranger sent: exactly what JSON allows, or a refusal that says what is wrong and where."""

import codecs
import json
import math
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from adapters.manifest import Refused

DEPTH_MAX = 64

# Escapes of what is allowed in JSON and in no text that we could store or pass on: U+0000 and lone surrogates.
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_OPENING = bytes(set(range(256)) - set(b"[{"))


def read_json(body: bytes) -> Any:
    """The value in `body`; raises Refused, naming the place as a JSON pointer where there is one."""
    text = _text(body)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as wrong:
        place = f"line {wrong.lineno}, column {wrong.colno}"
        raise Refused("BODY_NOT_JSON", f"The body is not JSON: {wrong.msg} at {place}.") from None
    except ValueError:
        # Python reads no integer of thousands of digits: it takes time that grows with their square.
        raise Refused("NUMBER_TOO_LONG", "A number has more digits than can be read.") from None
    except RecursionError:
        raise _too_deep("") from None
    except _Repeated:
        raise Refused("KEY_REPEATED", "A name stands twice in one object.", _place_of_repeated(text)) from None
    if len(body.translate(None, _OPENING)) > DEPTH_MAX and _is_too_deep(value):
        raise _too_deep(next(place for place, depth, _ in _walk(value) if depth > DEPTH_MAX))
    if _SUSPICIOUS.search(body):
        _check_texts(value)
    return value


def pointer(*steps: object) -> str:
    """The JSON pointer (RFC 6901) that takes these steps."""
    return "".join(f"/{escape(str(step))}" for step in steps)


def escape(step: str) -> str:
    """One step of a JSON pointer."""
    return step.replace("~", "~0").replace("/", "~1")


def _text(body: bytes) -> str:
    if not body.strip():
        raise Refused("BODY_EMPTY", "The body is empty.")
    try:
        # RFC 8259 lets a reader pass over a byte order mark.
        return body.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise Refused("BODY_NOT_UTF8", f"The body is not UTF-8: byte {wrong.start}.") from None


def _no_constant(name: str) -> NoReturn:
    raise Refused("BODY_NOT_JSON", f"The body is not JSON: {name} is not a number in JSON.")


class _Repeated(Exception):
    """A name stands twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Repeated
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def _place_of_repeated(text: str) -> str:
    """Reads the text once more, now only to find the place."""
    repeated: list[tuple[dict[str, Any], str]] = []

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            repeated.append((found, _first_repeated(pairs)))
        return found

    value = json.loads(text, object_pairs_hook=made)
    wanted, key = repeated[0]
    place = next((place for place, _, found in _walk(value) if found is wanted), "")
    return f"{place}/{escape(key)}"


def _first_repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    return next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]


def _is_too_deep(value: Any) -> bool:
    """Looks level by level, which is quick: a stranger may send millions of lists, each of them empty."""
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        inner = (each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list))
        level = [below for each in inner for below in each if isinstance(below, dict | list)]
        if not level:
            return False
    return True


def _check_texts(value: Any) -> None:
    for place, _, found in _walk(value):
        for text in found if isinstance(found, dict) else (found,):
            if isinstance(text, str) and ("\0" in text or _LONE_SURROGATE.search(text)):
                detail = "A text holds U+0000 or half of a surrogate pair, which no text can hold."
                raise Refused("TEXT_NOT_STORABLE", detail, place)


def _too_deep(place: str) -> Refused:
    return Refused("NESTED_TOO_DEEP", f"The body is nested more than {DEPTH_MAX} deep.", place)


def _walk(value: Any) -> Iterator[tuple[str, int, Any]]:
    """Each value with its JSON pointer and depth; without recursion, because strangers choose the depth."""
    waiting = [("", 0, value)]
    while waiting:
        place, depth, found = waiting.pop()
        yield place, depth, found
        if isinstance(found, dict):
            waiting.extend((f"{place}/{escape(key)}", depth + 1, below) for key, below in found.items())
        elif isinstance(found, list):
            waiting.extend((f"{place}/{at}", depth + 1, below) for at, below in enumerate(found))


def is_number(value: object) -> bool:
    """Whether the value is a number that a double can hold; `true` is none, and 1e999 is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
