"""Says what in a newer OpenAPI document would break a program that was written for an older one.

It knows the direction of each value: a response may gain fields and lose none; a request may gain optional fields and
lose none, for a removed one would be refused as unknown. What the older document says may be gone by a day
(`x-sunset`) may, from that day on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
Direction = Literal["request", "response"]
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pair:
    """One place in both documents, which a reader gets (`response`) or sends (`request`)."""

    where: str
    old: Json
    new: Json
    direction: Direction = "response"

    def at(self, step: str, old: Json, new: Json) -> "Pair":
        return Pair(f"{self.where}{step}", old, new, self.direction)


class Comparison:
    """Compares two documents; `breaks` says each break with its place."""

    def __init__(self, old: Json, new: Json, today: date = date.min) -> None:
        self._old, self._new, self._today = old, new, today
        self._compared: set[tuple[str, str, Direction]] = set()

    def breaks(self) -> list[str]:
        """Everything that an older program would notice."""
        return list(self._operations())

    def schemas(self, pair: "Pair") -> Iterator[str]:
        """The same of two schemas of these documents."""
        yield from self._schema(pair)

    def _operations(self) -> Iterator[str]:
        for path, operations in self._old.get("paths", {}).items():
            for method in METHODS:
                if method not in operations:
                    continue
                now = self._new.get("paths", {}).get(path, {}).get(method)
                where = f"{method.upper()} {path}"
                if now is None:
                    if not self._may_go(operations[method]):
                        yield f"{where}: removed"
                    continue
                if operations[method].get("operationId") != now.get("operationId"):
                    yield f"{where}: operationId changed, which renames the call in generated clients"
                yield from self._operation(Pair(where, operations[method], now))

    def _operation(self, pair: Pair) -> Iterator[str]:
        yield from self._parameters(pair)
        yield from self._request(pair)
        for status, answer in pair.old.get("responses", {}).items():
            now = pair.new.get("responses", {}).get(status)
            if now is None:
                yield f"{pair.where} {status}: response removed"
                continue
            yield from self._contents(pair.at(f" {status}", self._resolved(answer, old=True), self._resolved(now)))

    def _parameters(self, pair: Pair) -> Iterator[str]:
        before = {(each["in"], each["name"]): each for each in self._list(pair.old, "parameters", old=True)}
        now = {(each["in"], each["name"]): each for each in self._list(pair.new, "parameters")}
        for key, parameter in before.items():
            if key not in now:
                if not self._may_go(parameter):
                    yield f"{pair.where} {key[1]}: {key[0]} parameter removed"
                continue
            if now[key].get("required") and not parameter.get("required"):
                yield f"{pair.where} {key[1]}: parameter has become required"
            schemas = (parameter.get("schema", {}), now[key].get("schema", {}))
            yield from self._schema(Pair(f"{pair.where} {key[1]}", *schemas, "request"))
        for key in now.keys() - before.keys():
            if now[key].get("required"):
                yield f"{pair.where} {key[1]}: a new parameter is required"

    def _request(self, pair: Pair) -> Iterator[str]:
        old = self._resolved(pair.old.get("requestBody", {}), old=True)
        new = self._resolved(pair.new.get("requestBody", {}))
        if new.get("required") and not old.get("required"):
            yield f"{pair.where}: a body has become required"
        yield from self._contents(Pair(f"{pair.where} body", old, new, "request"))

    def _contents(self, pair: Pair) -> Iterator[str]:
        for media, content in pair.old.get("content", {}).items():
            now = pair.new.get("content", {}).get(media)
            if now is None:
                yield f"{pair.where}: {media} removed"
            else:
                yield from self._schema(pair.at("", content.get("schema", {}), now.get("schema", {})))

    def _schema(self, pair: Pair) -> Iterator[str]:
        names = (_name(pair.old), _name(pair.new))
        if all(names):
            # Schemas may hold themselves, and the same one stands in many places: each pair is looked at once.
            if (*names, pair.direction) in self._compared:
                return
            self._compared.add((*names, pair.direction))
        old, new = self._resolved(pair.old, old=True), self._resolved(pair.new)
        yield from self._value(pair.at("", old, new))
        yield from self._properties(pair.at("", old, new))
        if "items" in old:
            yield from self._schema(pair.at("[]", old["items"], new.get("items", {})))
        if isinstance(old.get("additionalProperties"), Mapping):
            values = new.get("additionalProperties")
            yield from self._schema(
                pair.at("{}", old["additionalProperties"], values if isinstance(values, Mapping) else {})
            )

    def _value(self, pair: Pair) -> Iterator[str]:
        for keyword in ("type", "format", "contentEncoding", "const"):
            if keyword in pair.old and pair.old[keyword] != pair.new.get(keyword):
                yield f"{pair.where}: {keyword} was {pair.old[keyword]}, is {pair.new.get(keyword, 'not said')}"
        if gone := [value for value in pair.old.get("enum", ()) if value not in pair.new.get("enum", (value,))]:
            yield f"{pair.where}: values removed: {', '.join(map(str, gone))}"

    def _properties(self, pair: Pair) -> Iterator[str]:
        for name, schema in pair.old.get("properties", {}).items():
            if name not in pair.new.get("properties", {}):
                if not self._may_go(schema):
                    yield f"{pair.where}.{name}: field removed"
            else:
                yield from self._schema(pair.at(f".{name}", schema, pair.new["properties"][name]))
        before, now = set(pair.old.get("required", ())), set(pair.new.get("required", ()))
        changed = now - before if pair.direction == "request" else before - now
        word = "has become required" if pair.direction == "request" else "is not always there any more"
        for name in sorted(changed):
            yield f"{pair.where}.{name}: field {word}"

    def _may_go(self, old: Json) -> bool:
        return "x-sunset" in old and date.fromisoformat(old["x-sunset"]) <= self._today

    def _list(self, operation: Json, key: str, *, old: bool = False) -> list[Json]:
        return [self._resolved(each, old=old) for each in operation.get(key, ())]

    def _resolved(self, node: Json, *, old: bool = False) -> Json:
        """What a reference stands for; `allOf` parts, by which a reference gets its own description, as one."""
        if "$ref" in node:
            found: Any = self._old if old else self._new
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            return self._resolved(found, old=old)
        if "allOf" in node:
            merged: dict[str, Any] = {key: value for key, value in node.items() if key != "allOf"}
            for part in node["allOf"]:
                merged = _both(self._resolved(part, old=old), merged)
            return merged
        return node


def _both(first: Json, second: Json) -> dict[str, Any]:
    """Two schemas that hold together: the properties of both, and of one that both have, what both say."""
    merged = {**first, **second}
    if "properties" in first and "properties" in second:
        shared = {name: {**first["properties"].get(name, {}), **each} for name, each in second["properties"].items()}
        merged["properties"] = {**first["properties"], **shared}
    if "required" in first or "required" in second:
        merged["required"] = [*first.get("required", ()), *second.get("required", ())]
    return merged


def _name(node: Json) -> str:
    """The schema that a place refers to: by itself, or by the one part of an `allOf` that adds a description."""
    parts = node.get("allOf", ())
    return node.get("$ref") or (parts[0].get("$ref", "") if len(parts) == 1 else "")


def breaks(old: Json, new: Json, today: date = date.min) -> list[str]:
    """What a program written for `old` would notice in `new`, and was not told of by `today`; empty when nothing."""
    return Comparison(old, new, today).breaks()
