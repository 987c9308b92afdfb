"""A query: what its parameters ask for, read from an address or from JSON, and which events it means. Pure."""

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from adapters.courier_epcis.query.fields import FIELDS, Measured, RecordedEvent
from adapters.courier_epcis.query.parameters import VALUES_MAX, parameter, wrong
from adapters.courier_epcis.query.patterns import NamePattern
from adapters.courier_epcis.query.units import same

ORDERS = ("eventTime", "recordTime")
COUNT_MAX = 1 << 31
PARAMETERS_MAX = 100
# What a query holds beside its parameters, in JSON.
_NOT_PARAMETERS = frozenset({"@context", "queryType"})

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One parameter with its values, of which one must fit."""

    field: str
    comparison: str
    values: tuple[Any, ...]
    kind: str = ""

    def fits(self, event: RecordedEvent) -> bool:
        """Whether the event has the field, and one of its values fits."""
        found = FIELDS[self.field](event, self.kind)
        if self.comparison == "EXISTS":
            return any(found)
        return any(self._fits(each, wanted) for each in found for wanted in self.values)

    def _fits(self, value: Any, wanted: Any) -> bool:
        if isinstance(wanted, NamePattern):
            return wanted.fits(value)
        if isinstance(wanted, Measured):
            number = same(value, wanted.unit)
            return number is not None and _COMPARE[self.comparison](number, wanted.number)
        return _COMPARE[self.comparison](value, wanted)


@dataclass(frozen=True, slots=True)
class Query:
    """All conditions must be met; the rest says which of the events, and in which order."""

    conditions: tuple[Condition, ...] = ()
    order_by: str = ""
    ascending: bool = False
    count_limit: int | None = None  # the first so many
    count_max: int | None = None  # more are an error

    def means(self, event: RecordedEvent) -> bool:
        """Whether the event meets all conditions."""
        return all(condition.fits(event) for condition in self.conditions)

    def and_also(self, name: str, *values: str) -> "Query":
        """The query with one more parameter."""
        return replace(self, conditions=(*self.conditions, *_condition(name, list(values))))

    def bound(self, comparison: str) -> datetime | None:
        """The latest GE, or the earliest LT, that is asked of the record time."""
        asked = [
            each.values[0] for each in self.conditions if (each.field, each.comparison) == ("recordTime", comparison)
        ]
        return (max(asked) if comparison == "GE" else min(asked)) if asked else None

    @property
    def event_ids(self) -> tuple[str, ...] | None:
        """The ids that are asked for, in canonical form; None if none are."""
        return next((each.values for each in self.conditions if each.field == "eventID"), None)

    @property
    def needs_all(self) -> bool:
        """Whether nothing can be answered before all events that it means are known."""
        return bool(self.order_by or self.count_max is not None)


def of_address(pairs: Iterable[tuple[str, str]]) -> Query:
    """The query in the parameters of an address: a list is written with `|`, or as the same name again."""
    given: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        given[name].append(value)
    _check_number(len(given))
    found: dict[str, Any] = {}
    for name, values in given.items():
        if name in _CONTROLS or not parameter(name).many:
            if len(values) > 1:
                raise wrong(name, "stands there twice.")
            found[name] = values[0]
        else:
            found[name] = [each for value in values for each in value.split("|")]
    return _query(found)


def of_json(value: Any) -> Query:
    """The query in a JSON object."""
    if not isinstance(value, dict):
        raise wrong("query", "must be a JSON object.")
    found = {name: each for name, each in value.items() if name not in _NOT_PARAMETERS}
    _check_number(len(found))
    for name, each in found.items():
        if name in _CONTROLS:
            continue
        known = parameter(name)
        if known.many and not isinstance(each, list):
            # Of a number GS1's OpenAPI document has one, and its schema of queries a list.
            if isinstance(each, str) or each is None:
                raise wrong(name, "must be a list.")
            found[name] = [each]
    return _query(found)


def _check_number(number: int) -> None:
    if number > PARAMETERS_MAX:
        raise wrong("The query", f"has {number} parameters; at most {PARAMETERS_MAX} are taken.")


def _query(given: Mapping[str, Any]) -> Query:
    query = Query(tuple(each for name in given if name not in _CONTROLS for each in _condition(name, given[name])))
    for name, read in _CONTROLS.items():
        if name in given:
            query = read(query, name, given[name])
    if query.count_limit is not None and query.count_max is not None:
        raise wrong("eventCountLimit", "and maxEventCount exclude each other.")
    if query.count_limit is not None and not query.order_by:
        raise wrong("eventCountLimit", "needs orderBy, which says what comes first.")
    return query


def _condition(name: str, value: Any) -> list[Condition]:
    known = parameter(name)
    values = value if known.many else [value]
    if not values or len(values) > VALUES_MAX:
        raise wrong(name, f"must have 1 to {VALUES_MAX} values.")
    read = tuple(known.read(name, each) for each in values)
    if known.comparison == "EXISTS" and not read[0]:
        return []  # Events are included whether they have it or not.
    return [Condition(known.field, known.comparison, read, known.kind)]


def _order(query: Query, name: str, value: Any) -> Query:
    if value not in ORDERS:
        raise wrong(name, f"must be one of {', '.join(ORDERS)}.")
    return replace(query, order_by=value)


def _direction(query: Query, name: str, value: Any) -> Query:
    if value not in ("ASC", "DESC"):
        raise wrong(name, "must be ASC or DESC.")
    return replace(query, ascending=value == "ASC")


def _count(name: str, value: Any) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) < COUNT_MAX):
        raise wrong(name, "must be a whole number above 0.")
    return int(text)


_CONTROLS: Mapping[str, Callable[[Query, str, Any], Query]] = {
    "orderBy": _order,
    "orderDirection": _direction,
    "eventCountLimit": lambda query, name, value: replace(query, count_limit=_count(name, value)),
    "maxEventCount": lambda query, name, value: replace(query, count_max=_count(name, value)),
}
