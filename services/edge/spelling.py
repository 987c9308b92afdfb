"""Services name fields as the protos do; whoever asks over HTTP reads their JSON names."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from google.protobuf.descriptor import Descriptor

from services.kernel.errors import Invalid

_WORD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
# Facts whose values are texts about fields. What else a fact holds belongs to whoever wrote it.
_SPELLED = ("field", "violations")


def as_json(request: Descriptor, text: str) -> str:
    """A path or a sentence with the request's fields in lowerCamelCase."""
    names = _json_names(request)
    return _WORD.sub(lambda found: names.get(found[0], found[0]), text)


def facts_as_json(request: Descriptor, facts: Mapping[str, str]) -> dict[str, str]:
    """The same for the facts that name fields."""
    return {name: as_json(request, value) if name in _SPELLED else value for name, value in facts.items()}


def respelled(wrong: Invalid, request: Descriptor) -> Invalid:
    """The same error as its caller would have spelled it."""
    wrong.message, wrong.facts = as_json(request, wrong.message), facts_as_json(request, wrong.facts)
    return wrong


@cache
def _json_names(request: Descriptor) -> Mapping[str, str]:
    return dict(_fields_of(request, set()))


def _fields_of(message: Descriptor, seen: set[str]) -> Iterator[tuple[str, str]]:
    """The fields of a message and of what it holds."""
    if message.full_name in seen:
        return
    seen.add(message.full_name)
    for field in message.fields:
        yield field.name, field.json_name
        if field.message_type:
            yield from _fields_of(field.message_type, seen)
