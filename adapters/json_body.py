"""Reads a JSON body that a stranger sent: exactly what JSON allows, or a refusal that says what is wrong and where."""

import codecs
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from adapters.manifest import Refused

DEPTH_MAX = 64

# Escapes of what is allowed in JSON and in no text that we could store or pass on: U+0000 and lone surrogates.
_SUSPICIOUS = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_OPENING = bytes(set(range(256)) - set(b"[{"))
_NO_MORE: tuple[None, None] = (None, None)


def read_json(body: bytes, number: Callable[[str], Any] = float) -> Any:
    """The value in `body`; raises Refused, naming the place as a JSON pointer where there is one.

    `number` makes a number of a text that is no whole one: Decimal, where each digit counts.
    """
    text = _text(body)
    try:
        value = _decoded(text, _decoder(_once, number))
    except _Repeated:
        raise _repeated(text) from None
    if len(body.translate(None, _OPENING)) > DEPTH_MAX and _is_too_deep(value):
        raise _too_deep(next(pointer(*steps) for steps, _ in _walk(value) if len(steps) > DEPTH_MAX))
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


def _decoder(objects: Callable[[list[tuple[str, Any]]], Any], number: Callable[[str], Any]) -> json.JSONDecoder:
    if (objects, number) == (_once, float):
        return _PLAIN  # To make one takes as long as to read a small body.
    return json.JSONDecoder(object_pairs_hook=objects, parse_float=number, parse_constant=_no_constant)


_PLAIN = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def _decoded(text: str, decoder: json.JSONDecoder) -> Any:
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as wrong:
        place = f"line {wrong.lineno}, column {wrong.colno}"
        raise Refused("BODY_NOT_JSON", f"The body is not JSON: {wrong.msg} at {place}.") from None
    except ValueError:
        # Python reads no integer of thousands of digits: it takes time that grows with their square.
        raise Refused("NUMBER_TOO_LONG", "A number has more digits than can be read.") from None
    except RecursionError:
        raise _too_deep("") from None


def _repeated(text: str) -> Refused:
    """Reads the text once more, now only to find the place. What follows may not be JSON at all, and is told then."""
    repeated: list[tuple[dict[str, Any], str]] = []

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            repeated[:] = [(found, _first_repeated(pairs))]
        return found

    try:
        value = _decoded(text, _decoder(made, float))
    except Refused as refused:
        return refused
    # Of several the one that ends last: no name around it is repeated, so the value still holds it.
    ((wanted, name),) = repeated
    above = next(pointer(*steps) for steps, found in _walk(value) if found is wanted)
    return Refused("KEY_REPEATED", "A name stands twice in one object.", f"{above}/{escape(name)}")


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
    for steps, found in _walk(value):
        for text in found if isinstance(found, dict) else (found,):
            if isinstance(text, str) and ("\0" in text or _LONE_SURROGATE.search(text)):
                detail = "A text holds U+0000 or half of a surrogate pair, which no text can hold."
                raise Refused("TEXT_NOT_STORABLE", detail, pointer(*steps))


def _too_deep(place: str) -> Refused:
    return Refused("NESTED_TOO_DEEP", f"The body is nested more than {DEPTH_MAX} deep.", place)


def _walk(value: Any) -> Iterator[tuple[list[str | int], Any]]:
    """Each value with the steps to it, which hold until the next one is asked for.

    Without recursion, because strangers choose the depth; and a place is written only for what is told, because a name
    may be long and have millions of values below it.
    """
    steps: list[str | int] = []
    yield steps, value
    waiting = [_below(value)]
    while waiting:
        step, found = next(waiting[-1], _NO_MORE)
        if step is None:
            waiting.pop()
            del steps[-1:]
            continue
        steps.append(step)
        yield steps, found
        waiting.append(_below(found))


def _below(value: Any) -> Iterator[tuple[str | int | None, Any]]:
    if isinstance(value, dict):
        return iter(value.items())
    return iter(enumerate(value)) if isinstance(value, list) else iter(())


def is_number(value: object) -> bool:
    """Whether the value is a number that a double can hold; `true` is none, and 1e999 is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
