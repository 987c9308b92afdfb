"""What Salesforce External Services wants of an OpenAPI 3.0 document, as rules that find what breaks them."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from services.edge.openapi.apex import is_reserved

Document = dict[str, Any]
Faults = Iterator[str]

CHARACTERS_MAX = 10_000_000
DESCRIPTION_MAX = 1333
OPERATIONS_MAX = OBJECTS_MAX = 3000
PROPERTIES_MAX = 400_000
_METHODS = ("get", "post", "put", "patch", "delete")
_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*", re.ASCII)
_TYPES = {
    # `uuid` and `byte` are texts to whoever does not know them; what names another type, as `int64` does, may not be.
    "string": {None, "date", "date-time", "binary", "uuid", "byte"},
    "integer": {None, "int32", "int64"},
    "number": {None, "float", "double"},
    "boolean": {None},
    "object": {None},
    "array": {None},
}
# Every status that the door answers a call with, whatever the call.
_STATUSES = {
    "200",
    "400",
    "401",
    "403",
    "404",
    "406",
    "408",
    "409",
    "429",
    "431",
    "500",
    "501",
    "503",
    "504",
    "default",
}
_STATUSES_OF_BODIES = {"412", "413", "415"}
# What a header says and no program of theirs can read, and the words by which a body's schema says it too. The rest is
# about the connection, or for people who look for an answer's trace.
_SAID_IN_BODY = {
    "etag": "etag",
    "retry-after": "retry_after_ms",
    "www-authenticate": "acr_values",
    "location": "name",
}
# How much of the quota is left helps whoever paces himself; what is refused for it, the body says.
_NOT_NEEDED = {"cache-control", "x-request-id", "x-trace-id", "ratelimit", "ratelimit-policy"}
# What is no news of one answer but of the call, or of a field that it takes: the document itself says it.
_SAID_IN_DOCUMENT = {"deprecation", "sunset", "link"}


def broken_rules(document: Document) -> dict[str, list[str]]:
    """By the name of a rule, the places that break it."""
    found = {rule.__name__.strip("_"): list(rule(document)) for rule in RULES}
    return {name: places for name, places in found.items() if places}


def _version(document: Document) -> Faults:
    if not document["openapi"].startswith("3.0."):
        yield document["openapi"]


def _size(document: Document) -> Faults:
    schemas = document["components"]["schemas"].values()
    for what, count, most in (
        ("characters", len(json.dumps(document)), CHARACTERS_MAX),
        ("operations", len(list(_operations(document))), OPERATIONS_MAX),
        ("objects", len(schemas), OBJECTS_MAX),
        ("properties", sum(len(each.get("properties", ())) for each in schemas), PROPERTIES_MAX),
    ):
        if count > most:
            yield f"{count} {what}"


def _operation_names(document: Document) -> Faults:
    names = [operation.get("operationId", "") for _, _, operation in _operations(document)]
    yield from (name for name in names if not _NAME.fullmatch(name) or is_reserved(name))
    yield from _twice(names)


def _schema_names(document: Document) -> Faults:
    names = list(document["components"]["schemas"])
    yield from (name for name in names if not _NAME.fullmatch(name) or is_reserved(name))
    yield from _twice(names)


def _property_names(document: Document) -> Faults:
    """Words of Apex get a prefix there (`z0time`), other characters a code, so only what then is one name is wrong."""
    for name, schema in document["components"]["schemas"].items():
        yield from (f"{name}.{each}" for each in _twice(schema.get("properties", ())))
        yield from (f"{name}.{each}" for each in schema.get("properties", ()) if not re.match(r"@?[A-Za-z]", each))


def _parameters(document: Document) -> Faults:
    for place, _, operation in _operations(document):
        names = [each.get("name", "") for each in operation["parameters"]]
        yield from (f"{place} {each}" for each in _twice(names))
        for each in operation["parameters"]:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", each.get("name", "")) or "schema" not in each:
                yield f"{place} {each.get('name')}"
            if each.get("in") not in ("path", "query", "header"):
                yield f"{place} {each.get('name')} in {each.get('in')}"


def _descriptions(document: Document) -> Faults:
    for place, part in _parts(document):
        if isinstance(part.get("description"), str) and len(part["description"]) > DESCRIPTION_MAX:
            yield place


def _methods(document: Document) -> Faults:
    for path, operations in document["paths"].items():
        yield from (f"{method} {path}" for method in operations if method not in _METHODS)


def _bodies(document: Document) -> Faults:
    for place, method, operation in _operations(document):
        if method == "get" and "requestBody" in operation:
            yield place


def _discriminators(document: Document) -> Faults:
    yield from (place for place, part in _parts(document) if "discriminator" in part)


def _objects(document: Document) -> Faults:
    """All of them have a name of their own, in components/schemas."""
    for place, part in _parts(document):
        named = re.fullmatch(r"/components/schemas/[^/]+", place)
        if not named and (part.get("type") == "object" or isinstance(part.get("properties"), dict)):
            yield place


def _types(document: Document) -> Faults:
    for place, schema in _schemas(document):
        kind = schema.get("type")
        if "$ref" in schema or {"allOf", "oneOf", "anyOf"} & schema.keys():
            continue
        if kind not in _TYPES or schema.get("format") not in _TYPES[kind]:
            yield f"{place} {kind} {schema.get('format')}"
        elif kind == "array" and not schema.get("items"):
            yield f"{place} without items"


def _references(document: Document) -> Faults:
    for place, part in _parts(document):
        target: Any = document
        for step in str(part.get("$ref", "#")).removeprefix("#").strip("/").split("/"):
            target = target if not step else target.get(step) if isinstance(target, dict) else None
        if target is None:
            yield place


def _statuses(document: Document) -> Faults:
    for place, _, operation in _operations(document):
        wanted = _STATUSES | (_STATUSES_OF_BODIES if "requestBody" in operation else set())
        yield from (f"{place} {each}" for each in sorted(wanted - operation["responses"].keys()))
        for status, response in operation["responses"].items():
            schemas = [each["schema"] for each in response.get("content", {}).values()]
            if status != "200" and schemas != [{"$ref": "#/components/schemas/Problem"}]:
                yield f"{place} {status} is no problem"


def _headers_only(document: Document) -> Faults:
    """What a header of an answer says, a body says too, or the call's own description."""
    for place, _, operation in _operations(document):
        known = _NOT_NEEDED | (_SAID_IN_DOCUMENT if _ends(document, operation) else set())
        for status, response in operation["responses"].items():
            told = json.dumps([_reached(document, each["schema"]) for each in response.get("content", {}).values()])
            for header in response.get("headers", {}):
                if header not in known and _SAID_IN_BODY.get(header, header) not in told:
                    yield f"{place} {status} {header}"


def _ends(document: Document, operation: dict[str, Any]) -> bool:
    """Whether a call, a parameter or a field of its body says in its description that it will go away."""
    bodies = [each["schema"] for each in operation.get("requestBody", {}).get("content", {}).values()]
    parts = [part for each in bodies for schema in _reached(document, each) for _, part in _parts(schema)]
    told = [each for each in (operation, *operation["parameters"], *parts) if each.get("deprecated") is True]
    return bool(told) and all(each.get("description", "").startswith("Deprecated since ") for each in told)


RULES: tuple[Callable[[Document], Faults], ...] = (
    _version,
    _size,
    _operation_names,
    _schema_names,
    _property_names,
    _parameters,
    _descriptions,
    _methods,
    _bodies,
    _discriminators,
    _objects,
    _types,
    _references,
    _statuses,
    _headers_only,
)


def _operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"{method} {path}", method, operation


def _parts(part: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """All objects of the document but examples, which are data."""
    if isinstance(part, dict):
        yield place, part
        for name, value in part.items():
            if name not in ("example", "examples"):
                yield from _parts(value, f"{place}/{name}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from _parts(value, f"{place}/{index}")


def _schemas(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """All schemas: those with a name, of properties, items, parameters, bodies and answers."""
    for place, part in _parts(document):
        for name in ("schema", "items", "additionalProperties"):
            if isinstance(part.get(name), dict):
                yield f"{place}/{name}", part[name]
        if place == "/components/schemas" or (place.endswith("/properties") and "/schemas/" in place):
            yield from ((f"{place}/{name}", each) for name, each in part.items())


def _reached(document: Document, schema: dict[str, Any]) -> list[Any]:
    """A schema and those it refers to, once each."""
    found: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        for _, part in _parts(waiting.pop()):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name in document["components"]["schemas"] and name not in found:
                found[name] = document["components"]["schemas"][name]
                waiting.append(found[name])
    return [schema, found]


def _twice(names: Any) -> Iterator[str]:
    """Names of which there are two when neither case nor characters that are no letters or digits count."""
    plain = Counter(re.sub(r"[^a-z0-9]", "", name.lower()) for name in names)
    yield from (name for name in names if plain[re.sub(r"[^a-z0-9]", "", name.lower())] > 1)
