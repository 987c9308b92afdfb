"""`$filter` as OData V2 writes it: comparisons, and, or, not, and the functions of texts."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from adapters.sandbox.sap.edmx import TwinField, TwinType
from adapters.sandbox.sap.values import NotAccepted, comparable, of_literal, padded

Record = Mapping[str, Any]
Holds = Callable[[Record], bool]
_TOKEN = re.compile(
    r"\s*(?:(?P<literal>(?:[A-Za-z]+)?'(?:[^']|'')*'|-?\d[\w.+-]*)|(?P<name>[A-Za-z_]\w*)|(?P<mark>[(),]))"
)
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda one, other: one == other,
    "ne": lambda one, other: one != other,
    "gt": lambda one, other: None not in (one, other) and one > other,
    "ge": lambda one, other: None not in (one, other) and one >= other,
    "lt": lambda one, other: None not in (one, other) and one < other,
    "le": lambda one, other: None not in (one, other) and one <= other,
}
_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "substringof": lambda text, part: part in text,
}


def filter_of(entity: TwinType, text: str) -> Holds:
    """Whether a record passes; raises NotAccepted."""
    reading = _Reading(entity, text)
    holds = reading.either()
    if reading.token:
        raise NotAccepted(f"Invalid token '{reading.token}' in $filter")
    return holds


class _Reading:
    def __init__(self, entity: TwinType, text: str) -> None:
        self._entity, self._text, self._at = entity, text, 0
        self.token = ""
        self._kind: str | None = None
        self._next()

    def either(self) -> Holds:
        """One of several."""
        holds = self._both()
        while self.token == "or":
            self._next()
            holds = _either(holds, self._both())
        return holds

    def _both(self) -> Holds:
        holds = self._one()
        while self.token == "and":
            self._next()
            holds = _both(holds, self._one())
        return holds

    def _one(self) -> Holds:
        if self.token == "not":
            self._next()
            inner = self._one()
            return lambda record: not inner(record)
        if self.token == "(":
            self._next()
            holds = self.either()
            self._expect(")")
            return holds
        if self.token in _TEXTS:
            return self._text_function()
        field, operator = self._field(), self._take()
        if operator not in _OPERATORS:
            raise NotAccepted(f"Invalid operator '{operator}' in $filter")
        return self._comparison(field, _OPERATORS[operator])

    def _comparison(self, field: TwinField, compare: Callable[[Any, Any], bool]) -> Holds:
        text = self._take()
        wanted = None if text == "null" else comparable(field, of_literal(field, text))
        if field.name in self._entity.key and isinstance(wanted, str):
            wanted = padded(field, wanted)
        return lambda record: compare(comparable(field, record.get(field.name)), wanted)

    def _text_function(self) -> Holds:
        function = self._take()
        self._expect("(")
        if function == "substringof":
            part = self._literal()
            self._expect(",")
            field = self._field()
        else:
            field = self._field()
            self._expect(",")
            part = self._literal()
        self._expect(")")
        if self.token in ("eq", "ne"):  # `substringof(…) eq true`
            is_equal, wanted = self._take() == "eq", self._take() == "true"
            return lambda record: (_TEXTS[function](str(record.get(field.name)), part) == wanted) == is_equal
        return lambda record: _TEXTS[function](str(record.get(field.name)), part)

    def _field(self) -> TwinField:
        name = self._take()
        if name not in self._entity.fields:
            raise NotAccepted(f"Property '{name}' not found in type '{self._entity.name}'")
        if not self._entity.fields[name].filterable:
            raise NotAccepted(f"Property '{name}' is not filterable")
        return self._entity.fields[name]

    def _literal(self) -> str:
        text = self._take()
        if len(text) < 2 or text[0] != "'":
            raise NotAccepted(f"'{text}' is no literal of Edm.String")
        return text[1:-1].replace("''", "'")

    def _expect(self, mark: str) -> None:
        if self.token != mark:
            raise NotAccepted(f"'{mark}' expected in $filter, not '{self.token}'")
        self._next()

    def _take(self) -> str:
        token = self.token
        self._next()
        return token

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._at)
        if found is None and self._text[self._at :].strip():
            raise NotAccepted(f"Invalid $filter at position {self._at}")
        self.token = (found["literal"] or found["name"] or found["mark"]) if found else ""
        self._at = found.end() if found else len(self._text)


def _either(one: Holds, other: Holds) -> Holds:
    return lambda record: one(record) or other(record)


def _both(one: Holds, other: Holds) -> Holds:
    return lambda record: one(record) and other(record)
