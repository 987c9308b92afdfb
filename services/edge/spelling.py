"""Services name fields as the protos do; whoever asks over HTTP reads their JSON names."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

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


def statuses_as_json(answered: Message, request: Descriptor) -> None:
    """The same, in place, for the errors inside an answer: the results of a batch carry one each."""
    for inside in _statuses_in(answered):
        inside.message = as_json(request, inside.message)
        for packed in inside.details:
            if packed.Is(ErrorInfo.DESCRIPTOR):
                info = ErrorInfo.FromString(packed.value)
                respelled_facts = facts_as_json(request, info.metadata)
                info.metadata.update(respelled_facts)
                packed.Pack(info)
            elif packed.Is(BadRequest.DESCRIPTOR):
                wrong = BadRequest.FromString(packed.value)
                for each in wrong.field_violations:
                    each.field, each.description = as_json(request, each.field), as_json(request, each.description)
                packed.Pack(wrong)


def _statuses_in(message: Message) -> Iterator[Status]:
    if isinstance(message, Status):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type and _has_statuses(field.message_type):
            for each in value if field.is_repeated else (value,):
                yield from _statuses_in(each)


@cache
def _has_statuses(message: Descriptor) -> bool:
    return Status.DESCRIPTOR.full_name in _kinds_in(message, set())


def _kinds_in(message: Descriptor, seen: set[str]) -> set[str]:
    """The full names of a message and of what it holds, as far as no map stands between."""
    if message.full_name not in seen and not message.GetOptions().map_entry:
        seen.add(message.full_name)
        for field in message.fields:
            if field.message_type:
                _kinds_in(field.message_type, seen)
    return seen


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
