"""As much of SOQL as programs write: SELECT … FROM … WHERE a = 'x' AND b IN (…) ORDER BY … LIMIT …"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.sandbox.salesforce.fields import OrgRefused, names_of
from adapters.sandbox.salesforce.org import Org

_QUERY = re.compile(
    r"\s*SELECT\s+(?P<fields>[\w.,\s()]+?)\s+FROM\s+(?P<sobject>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>\w+)(?:\s+(?P<way>ASC|DESC))?)?(?:\s+LIMIT\s+(?P<limit>\d+))?\s*",
    re.IGNORECASE | re.DOTALL,
)
_TEXT = r"'(?:[^'\\]|\\.)*'"
_VALUE = rf"{_TEXT}|LAST_N_DAYS:\d+|null|true|false|-?\d+(?:\.\d+)?|\d{{4}}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)"
_TERM = re.compile(
    rf"\s*(?P<field>\w+)\s*(?P<how>=|!=|>=|<=|>|<|IN)\s*(?P<value>{_VALUE}|\((?:{_VALUE}|\s|,)*\))\s*(?P<and>AND\b|$)",
    re.IGNORECASE,
)
_LITERAL = re.compile(_VALUE, re.IGNORECASE)
_COMPARES: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, "<": lambda a, b: a < b,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SoqlTerm:
    """One condition."""

    field: str
    how: str
    values: Sequence[Any]

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Whether a record keeps it; texts are compared without their case."""
        there = _folded(record.get(self.field))
        if self.how in ("=", "IN"):
            return there in self.values
        if self.how == "!=":
            return there not in self.values
        return there is not None and _COMPARES[self.how](there, self.values[0])


def found(org: Org, soql: str, *, deleted: bool = False) -> list[dict[str, Any]]:
    """The records that a query finds, as they are answered, `deleted` ones too if asked. Raises OrgRefused."""
    asked = _QUERY.fullmatch(soql)
    if asked is None:
        raise OrgRefused("MALFORMED_QUERY", f"unexpected token: {soql[:80]}")
    try:
        made = org.sobject(asked["sobject"])
    except OrgRefused:
        raise OrgRefused("INVALID_TYPE", f"sObject type '{asked['sobject']}' is not supported.") from None
    known = {name.lower(): name for name in (*names_of(made), "IsDeleted")}

    def named(given: str) -> str:
        if given.strip().lower() not in known:
            words = f"No such column '{given.strip()}' on entity '{made.name}'."
            raise OrgRefused("INVALID_FIELD", words)
        return known[given.strip().lower()]

    fields = [named(each) for each in asked["fields"].split(",")]
    terms = [SoqlTerm(named(each.field), each.how, each.values) for each in _terms(org, asked["where"] or "")]
    there = [{**each, "IsDeleted": False} for each in org.records.get(made.name, {}).values()]
    gone = [{**each, "IsDeleted": True} for each in org.bin.get(made.name, {}).values() if deleted]
    records = [each for each in (*there, *gone) if all(term.holds(each) for term in terms)]
    if asked["order"]:
        by = named(asked["order"])
        records.sort(key=lambda each: (each.get(by) is not None, each.get(by)), reverse=asked["way"] == "DESC")
    shown = records[: int(asked["limit"])] if asked["limit"] else records
    where = f"/services/data/v66.0/sobjects/{made.name}"
    return [
        {"attributes": {"type": made.name, "url": f"{where}/{each['Id']}"}, **{name: each.get(name) for name in fields}}
        for each in shown
    ]


def _terms(org: Org, where: str) -> list[SoqlTerm]:
    terms: list[SoqlTerm] = []
    at = 0
    while at < len(where):
        term = _TERM.match(where, at)
        if term is None or (term["and"] and term.end() == len(where)):
            raise OrgRefused("MALFORMED_QUERY", f"unexpected token: {where[at : at + 80]}")
        if term["value"].upper().startswith("LAST_N_DAYS:"):
            days = timedelta(days=int(term["value"].partition(":")[2]))
            begins = (org.clock.now() - days).replace(hour=0, minute=0, second=0, microsecond=0)
            terms.append(SoqlTerm(term["field"], ">=", [_folded(begins.isoformat())]))
        else:
            values = [_literal(each[0]) for each in _LITERAL.finditer(term["value"])]
            terms.append(SoqlTerm(term["field"], term["how"].upper(), values))
        at = term.end()
    return terms


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return _folded(re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r", "t": "\t"}.get(found[1], found[1]),
                              text[1:-1]))  # fmt: skip
    words = {"null": None, "true": True, "false": False}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return float(text)
    except ValueError:
        return text


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
