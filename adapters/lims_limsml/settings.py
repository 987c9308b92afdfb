"""The options of an account: who we are at this LIMS, and what its site has made of LIMSML."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_PATH = re.compile(r"/(?!/)[\x21-\x7e]*")
# What of a sample a value may hold.
PLACEHOLDERS = frozenset({"sample", "batch", "product"})
RESPONSES = ("system", "data")
_FIELDS = {"user", "password", "path", "log_in", "find", "session_errors", "busy_errors", "decimal_mark"}
_LOG_IN = {"action", "entity", "response_type", "parameters", "fields", "analyses"}
_FIND = {"table", "parameter", "field", "column", "number"}


@dataclass(frozen=True, slots=True)
class LogIn:
    """How this site logs in a sample: its own action, on an entity, with values."""

    action: str
    entity: str = "SAMPLE"
    response_type: str = "system"
    parameters: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    analyses: Mapping[str, str] = field(default_factory=dict)  # our test: their analysis; empty: their template decides


@dataclass(frozen=True, slots=True)
class Find:
    """How this site finds a sample by our reference."""

    table: str
    column: str  # of the rows, in which our reference stands
    parameter: str = ""  # of FIND, that narrows it down; or
    field: str = ""  # a field of the entity, that does
    number: str = "id_numeric"  # the column with their number of the sample


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of an account."""

    user: str = field(repr=False)
    password: str = field(repr=False)
    log_in: LogIn
    find: Find
    path: str = "/"
    session_errors: tuple[str, ...] = ("session",)  # words of an error that says that a session is over
    busy_errors: tuple[str, ...] = ("licence", "license")  # and of one that passes by itself
    decimal_mark: str = ""


def settings(options: Mapping[str, Any]) -> Settings:
    """Reads the options; raises ValueError saying all that is wrong, and never a password."""
    if wrong := list(_wrong(options)):
        raise ValueError("; ".join(wrong))
    given = {name: value for name, value in options.items() if name not in ("log_in", "find")}
    for words in ("session_errors", "busy_errors"):
        if words in given:
            given[words] = tuple(each.lower() for each in given[words])
    return Settings(**given, log_in=LogIn(**options["log_in"]), find=Find(**options["find"]))


def _wrong(options: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"there is no option {name!r}" for name in options if name not in _FIELDS)
    for name in ("user", "password"):
        if not _is_text(options.get(name)):
            yield f"{name} must be a text"
    path = options.get("path", "/")
    if not (isinstance(path, str) and _PATH.fullmatch(path)):
        yield "path must begin with one stroke: it stands below the account's address"
    for name in ("session_errors", "busy_errors"):
        given = options.get(name, ["x"])
        if not (isinstance(given, list) and given and all(map(_is_text, given))):
            yield f"{name} must be a list of texts"
    if options.get("decimal_mark", "") not in ("", ".", ","):
        yield "decimal_mark must be `.` or `,`"
    yield from _wrong_log_in(options.get("log_in"))
    yield from _wrong_find(options.get("find"))


def _wrong_log_in(given: Any) -> Iterator[str]:
    if not isinstance(given, dict):
        yield "log_in must be an object: the action by which this site logs in a sample"
        return
    yield from (f"there is no log_in.{name}" for name in given if name not in _LOG_IN)
    for name in ("action", "entity"):
        if not _is_name(given.get(name, "SAMPLE" if name == "entity" else None)):
            yield f"log_in.{name} must be a name of letters, digits and underscores"
    if given.get("response_type", "system") not in RESPONSES:
        yield f"log_in.response_type must be one of {', '.join(RESPONSES)}"
    values: list[str] = []
    for part in ("parameters", "fields"):
        yield from _wrong_values(f"log_in.{part}", given.get(part, {}), values)
    if not any("{sample}" in value for value in values):
        yield "log_in: one of parameters and fields must hold {sample}, or the sample cannot be found again"
    analyses = given.get("analyses", {})
    if not (isinstance(analyses, dict) and all(map(_is_plain, [*analyses, *analyses.values()]))):
        yield "log_in.analyses must be an object: our test, their analysis"


def _wrong_values(place: str, given: Any, values: list[str]) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{place} must be an object of texts"
        return
    for name, value in given.items():
        if not (_is_name(name) and _is_plain(value)):
            yield f"{place}.{name} must be a name, and a text of printable ASCII"
        elif not _is_template(value):
            yield f"{place}.{name} may hold {', '.join(f'{{{each}}}' for each in sorted(PLACEHOLDERS))}"
        else:
            values.append(value)


def _wrong_find(given: Any) -> Iterator[str]:
    if not isinstance(given, dict):
        yield "find must be an object: the table of samples, and what of it holds our reference"
        return
    yield from (f"there is no find.{name}" for name in given if name not in _FIND)
    for name in ("table", "column"):
        if not _is_name(given.get(name)):
            yield f"find.{name} must be a name of letters, digits and underscores"
    for name in ("parameter", "field", "number"):
        if name in given and not _is_name(given[name]):
            yield f"find.{name} must be a name of letters, digits and underscores"
    if ("parameter" in given) == ("field" in given):
        yield "find: say either the parameter or the field by which this site's FIND narrows down"


def _is_template(value: str) -> bool:
    try:
        return all(
            name is None or (name in PLACEHOLDERS and not form and not turn)
            for _, name, form, turn in Formatter().parse(value)
        )
    except ValueError:
        return False


def _is_text(given: object) -> bool:
    return isinstance(given, str) and bool(given)


def _is_plain(given: object) -> bool:
    return isinstance(given, str) and bool(given) and given.isascii() and given.isprintable()


def _is_name(given: object) -> bool:
    return isinstance(given, str) and bool(_NAME.fullmatch(given))
