"""Settings of a process: one small frozen dataclass, read from the environment, every mistake reported at once."""

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

T = TypeVar("T")


class SettingsError(Exception):
    """The environment does not fit. `problems` has one sentence a variable, and so has the text."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The settings are wrong:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and greatest value allowed, both inclusive: `Annotated[int, Bounds(1, 100)]`. Timedeltas count seconds."""

    least: float | None = None
    greatest: float | None = None

    def problem(self, value: float) -> str | None:
        """What is wrong with `value`, if anything is."""
        if self.least is not None and not value >= self.least:
            return f"must be at least {self.least:g}"
        if self.greatest is not None and not value <= self.greatest:
            return f"must be at most {self.greatest:g}"
        return None


class Secret(str):
    """A text that is never shown: neither by repr nor in a log record nor in an error about it.

    The value itself is `secret.reveal()`. A variable `NAME_FILE` may name a file that holds it instead.
    """

    __slots__ = ()

    def reveal(self) -> str:
        """The value, for the one place that needs it."""
        return str.__str__(self)

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)


def load(cls: type[T], environ: Mapping[str, str], prefix: str) -> T:
    """Builds `cls` from the variables `PREFIX_FIELD`; a field with a default may be missing.

    Types: str, int, float, bool, Path, timedelta (seconds), Secret, enums by value, `X | None`, `tuple[X, ...]`
    (separated by commas), `Mapping[str, X]` (`name=value` separated by commas), and dataclasses of these, whose
    variables carry the field's name in their prefix, or the class's own `PREFIX: ClassVar[str]`. Raises one
    SettingsError with every problem.
    """
    problems: list[str] = []
    found = _load(cls, environ, prefix.rstrip("_") + "_", problems)
    if problems:
        raise SettingsError(problems)
    return typing.cast(T, found)


def _load(cls: type[Any], environ: Mapping[str, str], prefix: str, problems: list[str]) -> object:
    hints = typing.get_type_hints(cls, include_extras=True)
    values: dict[str, object] = {}
    before = len(problems)
    for field in dataclasses.fields(cls):
        kind, name = hints[field.name], prefix + field.name.upper()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind):
            own = getattr(kind, "PREFIX", None)  # What all processes share carries its prefix with it.
            values[field.name] = _load(kind, environ, f"{own or name}_", problems)
            continue
        text = _text(kind, environ, name, problems)
        if text is not None:
            try:
                values[field.name] = _value(kind, text)
            except ValueError as wrong:
                problems.append(f"{name} {wrong}{_shown(kind, text)}.")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            problems.append(f"{name} is missing{_hint(name, environ, prefix)}.")
    if len(problems) > before:
        return None
    try:
        return cls(**values)
    except ValueError as wrong:  # A dataclass may check in __post_init__ what one variable alone cannot show.
        problems.append(f"{prefix}*: {wrong}")
        return None


def _text(kind: object, environ: Mapping[str, str], name: str, problems: list[str]) -> str | None:
    """The variable's text; an empty one counts as missing, because that is how charts and compose files unset one."""
    text = environ.get(name, "")
    if _is_secret(kind) and not text and (path := environ.get(name + "_FILE", "")):
        try:
            return Path(path).read_text().strip()
        except OSError as wrong:
            problems.append(f"{name}_FILE cannot be read: {wrong.strerror}.")
            return None
    return text or None


def _value(kind: Any, text: str) -> object:
    """`text` as `kind`; a ValueError's message continues a sentence that begins with the variable's name."""
    origin = get_origin(kind)
    if origin is Annotated:
        base, *rules = get_args(kind)
        value = _value(base, text)
        measured = value.total_seconds() if isinstance(value, timedelta) else value
        for rule in rules:
            if isinstance(rule, Bounds) and (problem := rule.problem(typing.cast(float, measured))):
                raise ValueError(problem)
        return value
    if origin in (Union, types.UnionType):
        return _value(next(part for part in get_args(kind) if part is not type(None)), text)
    if origin is tuple:
        return tuple(_value(get_args(kind)[0], part.strip()) for part in text.split(",") if part.strip())
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(get_args(kind)[1], text)
    if issubclass(kind, Enum):
        return _one_of(kind, text)
    if kind not in _READERS:
        raise TypeError(f"settings cannot have the type {kind}")
    return _READERS[kind](text)


def _mapping(kind: Any, text: str) -> dict[str, object]:
    pairs = [part.strip() for part in text.split(",") if part.strip()]
    if any("=" not in pair for pair in pairs):
        raise ValueError("must be name=value pairs separated by commas")
    return {key.strip(): _value(kind, value.strip()) for key, _, value in (pair.partition("=") for pair in pairs)}


def _one_of(kind: type[Enum], text: str) -> Enum:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(str(member.value) for member in kind)}") from None


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
        raise ValueError("must be true or false")
    return text.lower() in ("true", "1", "yes")


def _number(kind: Callable[[str], float], words: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            raise ValueError(f"must be {words}") from None
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError(f"must be {words}")
        return value

    return read


_READERS: dict[Any, Callable[[str], object]] = {
    str: str,
    Secret: Secret,
    Path: lambda text: Path(text).expanduser(),
    bool: _bool,
    int: _number(int, "a whole number"),
    float: _number(float, "a number"),
    timedelta: lambda text: timedelta(seconds=_number(float, "a number of seconds")(text)),
}


def _is_secret(kind: object) -> bool:
    return kind is Secret or Secret in get_args(kind)


def _shown(kind: object, text: str) -> str:
    """The wrong value, so that the mistake is seen; a secret's never, nor what carries a password like a URL."""
    return "" if _is_secret(kind) or "@" in text else f", not {text[:80]!r}"


def _hint(name: str, environ: Mapping[str, str], prefix: str) -> str:
    near = get_close_matches(name, [key for key in environ if key.startswith(prefix)], n=1, cutoff=0.85)
    return f" (is {near[0]} a slip of the pen?)" if near else ""
