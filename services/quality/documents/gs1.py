"""GS1 element strings, checked against the syntax dictionary that GS1 publishes (it stands beside this file).

The dictionary says for each application identifier its parts, whether a separator follows it, and which identifiers it
must or must not stand with. Only a check that the dictionary names and that is not here is refused, not passed over.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from services.kernel.errors import Invalid

SEPARATOR = "\x1d"  # how a reader sends the FNC1 between two elements
SET_82 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"%&'()*+,-./:;<=>?_")
_DIGITS = frozenset("0123456789")
_PART = re.compile(r"(?P<open>\[)?(?P<type>[NX])(?P<up_to>\.\.)?(?P<length>\d+)\]?(?P<checks>(?:,\w+)*)\]?")


@dataclass(frozen=True, slots=True)
class _Part:
    characters: frozenset[str]
    length_min: int
    length_max: int
    checks: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class _Identifier:
    separated: bool
    parts: tuple[_Part, ...]
    required: tuple[tuple[tuple[str, ...], ...], ...]
    excluded: tuple[str, ...]


def check_digit(digits: str) -> str:
    """The digit that completes a GTIN or an SSCC: weights 3, 1, 3 ... from the right."""
    total = sum(int(digit) * (3 if position % 2 == 0 else 1) for position, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def element_string(elements: Sequence[tuple[str, str]]) -> str:
    """What a symbol holds after its leading FNC1: identifiers and values, with separators where they are due."""
    given = [identifier for identifier, _ in elements]
    for identifier, value in elements:
        _check_value(identifier, value)
        _check_company(identifier, given)
    last = len(elements) - 1
    return "".join(
        identifier + value + (SEPARATOR if _identifier(identifier).separated and position < last else "")
        for position, (identifier, value) in enumerate(elements)
    )


def human_readable(elements: Sequence[tuple[str, str]]) -> list[str]:
    """One line an element, its identifier in parentheses, which are never encoded."""
    return [f"({identifier}) {value}" for identifier, value in elements]


def _check_company(identifier: str, given: Sequence[str]) -> None:
    entry = _identifier(identifier)
    if given.count(identifier) > 1:
        raise Invalid("An application identifier stands twice.", field=f"ai.{identifier}")
    for wanted in entry.required:
        if not any(all(_stands(one, given) for one in together) for together in wanted):
            raise Invalid("This application identifier must stand with another.", field=f"ai.{identifier}")
    if clash := [one for one in given if one != identifier and any(_like(pattern, one) for pattern in entry.excluded)]:
        raise Invalid("These application identifiers exclude each other.", field=f"ai.{identifier}", other=clash[0])


def _stands(pattern: str, given: Sequence[str]) -> bool:
    return any(_like(pattern, one) for one in given)


def _like(pattern: str, identifier: str) -> bool:
    """Whether an identifier fits a pattern such as 310n, whose n is any digit."""
    return len(pattern) == len(identifier) and all(p in ("n", c) for p, c in zip(pattern, identifier, strict=True))


def _check_value(identifier: str, value: str) -> None:
    rest = value
    for part in _identifier(identifier).parts:
        taken, rest = rest[: part.length_max], rest[part.length_max :]
        if not taken and part.optional:
            continue
        if len(taken) < part.length_min or not set(taken) <= part.characters:
            raise _wrong(identifier, value, "has a length or a character that GS1 does not allow there")
        for name in part.checks:
            if not _check(name)(taken):
                raise _wrong(identifier, value, f"fails the check {name}")
    if rest:
        raise _wrong(identifier, value, "is too long")


def _wrong(identifier: str, value: str, why: str) -> Invalid:
    return Invalid(f"The value for ({identifier}) {why}.", field=f"ai.{identifier}", value=repr(value))


def _check(name: str) -> Callable[[str], bool]:
    if name not in _CHECKS:
        raise Invalid("The dictionary asks for a check that is not known here.", check=name)
    return _CHECKS[name]


def _is_date(text: str) -> bool:
    # Day 00 ("the last of the month") is legal in some of the dictionary's dates; it is never printed here.
    try:
        datetime.strptime(f"20{text}", "%Y%m%d")  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return False
    return True


_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "csum": lambda text: check_digit(text[:-1]) == text[-1],
    "gcppos1": lambda text: text[:1].isdigit(),
    "gcppos2": lambda text: text[1:2].isdigit(),
    "yymmdd": _is_date,
    "yymmd0": _is_date,
    "hhmi": lambda text: text[:2] < "24" and text[2:] < "60",
}


def _identifier(identifier: str) -> _Identifier:
    if (found := _dictionary().get(identifier)) is None:
        raise Invalid("This application identifier is not known here.", field=f"ai.{identifier}")
    return found


@cache
def _dictionary() -> Mapping[str, _Identifier]:
    text = (files(__package__) / "gs1-syntax-dictionary.txt").read_text("utf-8")
    return {name: entry for line in text.splitlines() for name, entry in _entries(line)}


def _entries(line: str) -> Iterator[tuple[str, _Identifier]]:
    words = line.partition("#")[0].split()
    if not words:
        return
    flags = words[1] if not words[1][0].isalnum() and words[1][0] != "[" else ""
    parts = tuple(_part(word) for word in words[1:] if _PART.fullmatch(word))
    entry = _Identifier(
        separated="*" not in flags,
        parts=parts,
        required=tuple(_alternatives(word) for word in words if word.startswith("req=")),
        excluded=tuple(one for word in words if word.startswith("ex=") for one in word[3:].split(",")),
    )
    first, _, last = words[0].partition("-")
    for number in range(int(first), int(last or first) + 1):
        yield str(number).zfill(len(first)), entry


def _alternatives(word: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(together.split("+")) for together in word.removeprefix("req=").split(","))


def _part(word: str) -> _Part:
    found = _PART.fullmatch(word)
    assert found is not None  # the caller has matched it
    length = int(found["length"])
    return _Part(
        characters=_DIGITS if found["type"] == "N" else SET_82,
        length_min=1 if found["up_to"] else length,
        length_max=length,
        checks=tuple(found["checks"].split(",")[1:]),
        optional=bool(found["open"]),
    )
