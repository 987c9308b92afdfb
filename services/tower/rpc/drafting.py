"""A request that an agent drafts, read from JSON, judged as if it were made, and put into words for people."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from doselane.courier.v1 import courier_pb2
from doselane.described import comments, descriptors
from doselane.planning.v1 import forecast_pb2
from doselane.quality.v1 import quality_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.streams.v1 import endpoint_pb2
from doselane.tower.v1 import tower_pb2
from doselane.type.v1.options_pb2 import withheld
from google.api.field_behavior_pb2 import INPUT_ONLY, field_behavior
from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.agent_consents import can_be_drafted
from services.kernel.errors import Invalid
from services.kernel.idempotency import body_hash, with_plain_id
from services.kernel.ids import uuid7
from services.kernel.rpc import require_shape
from services.tower.domain.draft import DraftedRequest
from services.tower.domain.refusals import CallNotDrafted

REQUEST_ID = "request_id"
_FIELD = "request_json"
CALLS: Mapping[str, MethodDescriptor] = {
    method.full_name: method
    for module in (courier_pb2, forecast_pb2, quality_pb2, slotting_pb2, endpoint_pb2, tower_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if can_be_drafted(method)
}


def drafted_request(call: str, text: str) -> DraftedRequest:
    """The request of a call in a JSON text; CallNotDrafted, or Invalid with what is wrong and where."""
    method = CALLS.get(call)
    if method is None:
        words = "Requests of this call are not drafted: name one that changes something of yours, in full."
        raise CallNotDrafted(words, field="call", call=call)
    request = _read(text, GetMessageClass(method.input_type)())
    if secret := next(_secrets(request, ""), ""):
        words = f"{secret} is a secret, which a draft would keep and show: leave it out, and let a person state it."
        raise Invalid(words, field=_FIELD)
    if not request.request_id:
        request.request_id = str(uuid7())
    request = with_plain_id(request)
    require_shape(request)  # What it says of fields is of the drafted request's.
    said = json_format.MessageToJson(request, indent=2, ensure_ascii=False)
    return DraftedRequest(call, said, body_hash(request).hex(), explained(method, request))


def _read(text: str, request: Any) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        json_format.ParseDict(value, request)
    except (ValueError, RecursionError, json_format.ParseError, TypeError, AttributeError) as wrong:
        raise Invalid(f"request_json is not this call's request: {wrong}", field=_FIELD) from None
    if not isinstance(value, dict):
        raise Invalid("request_json must be a JSON object.", field=_FIELD)
    return request


def _secrets(message: Message, path: str) -> Iterator[str]:
    """The fields with something that callers say and nobody is told."""
    for field, value in message.ListFields():
        options = field.GetOptions().Extensions
        if options[withheld] and INPUT_ONLY in options[field_behavior]:
            yield f"{path}{field.name}"
        elif field.message_type and not field.message_type.GetOptions().map_entry:
            for each in value if field.is_repeated else (value,):
                yield from _secrets(each, f"{path}{field.name}.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number in JSON")


def explained(method: MethodDescriptor, request: Message) -> str:
    """What the call does, by its proto, and with what: a line for each value, in the order of the proto."""
    told = "\n".join(f"{path}: {value}" for path, value in _values(request, "") if path != REQUEST_ID)
    return f"{_comments().get(method.full_name, method.name)}\n{told}"


def _values(message: Message, path: str) -> Iterator[tuple[str, str]]:
    for field, value in message.ListFields():
        name = f"{path}{field.name}"
        if not field.is_repeated:
            yield from _value(field, value, name)
        elif field.message_type and field.message_type.GetOptions().map_entry:
            yield from ((f"{name}[{key}]", str(value[key])) for key in sorted(value))
        else:
            for place, each in enumerate(value):
                yield from _value(field, each, f"{name}[{place}]")


def _value(field: FieldDescriptor, value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Timestamp):
        yield name, value.ToJsonString()
    elif isinstance(value, Message):
        yield from _values(value, f"{name}.")
    elif field.enum_type:
        known = field.enum_type.values_by_number.get(value)
        yield name, known.name if known else str(value)
    else:
        yield name, str(value)


@cache
def _comments() -> Mapping[str, str]:
    return {name: text for file in descriptors().file for name, text in comments(file)}
