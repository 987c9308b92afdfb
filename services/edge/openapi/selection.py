"""Parts of a document, for readers that want to import no more than they use: by service, with what that refers to."""

from collections.abc import Iterable, Iterator
from typing import Any

from services.kernel.errors import Invalid

_SCHEMAS = "#/components/schemas/"


def selected(document: dict[str, Any], services: Iterable[str]) -> dict[str, Any]:
    """The document with the calls of these services, such as `slotting`; Invalid, naming all, if there is none such."""
    known = {_short(each["name"]): each["name"] for each in document["tags"]}
    asked = {_short(each.strip()) for each in services if each.strip()}
    if unknown := sorted(asked - known.keys()):
        words = f"There is no service {unknown[0][:60]}; there are {', '.join(sorted(known))}."
        raise Invalid(words, field="services")
    wanted = {known[each] for each in asked}
    paths = {
        path: kept
        for path, operations in document["paths"].items()
        if (kept := {verb: each for verb, each in operations.items() if wanted & {*each["tags"]}})
    }
    schemas = document["components"]["schemas"]
    reached: dict[str, Any] = {}
    waiting = list(_referred(paths))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = schemas[name]
            waiting += _referred(schemas[name])
    components = {**document["components"], "schemas": dict(sorted(reached.items()))}
    tags = [each for each in document["tags"] if each["name"] in wanted]
    return {**document, "tags": tags, "paths": paths, "components": components}


def _short(service: str) -> str:
    return service.lower().removesuffix("service")


def _referred(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref" and str(value).startswith(_SCHEMAS):
                yield value.removeprefix(_SCHEMAS)
            else:
                yield from _referred(value)
    elif isinstance(part, list):
        for each in part:
            yield from _referred(each)
