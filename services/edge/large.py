"""Requests and answers that are large, read and written in a process beside the loop: see `services.kernel.aside`."""

from collections.abc import Mapping

from google.protobuf.message import Message
from starlette.requests import Request

from services.edge.api import Api, Binding, load
from services.edge.replies import json_of
from services.edge.requests import request_of
from services.edge.spelling import respelled, statuses_as_json
from services.kernel.aside import Aside
from services.kernel.errors import Invalid

# A byte of a message takes about four times as long to write as JSON as a byte of JSON takes to read.
WRITING_COSTS = 4

_known: dict[str, Binding] = {}


async def message_of(aside: Aside, caller: str, binding: Binding, request: Request) -> Message:
    """The request message of a call, read here or, if its body is large, beside the loop."""
    body = await request.body()
    headers = dict(request.headers)
    fields, query = request.scope["path_params"], request.scope["query_string"]
    encoded = await aside.work(caller, len(body), _encoded_request, binding.key, fields, query, body, headers)
    return binding.request.FromString(encoded)


async def json_answer(aside: Aside, caller: str, binding: Binding, answered: Message) -> bytes:
    """The answer of a call as JSON, written here or, if it is large, beside the loop."""
    size = answered.ByteSize() * WRITING_COSTS
    return await aside.work(caller, size, _encoded_answer, binding.key, answered.SerializeToString())


def _encoded_request(key: str, path: Mapping[str, str], query: bytes, body: bytes, headers: Mapping[str, str]) -> bytes:
    binding = _bindings()[key]
    try:
        return request_of(binding, path, query, body, headers).SerializeToString()
    except Invalid as wrong:
        raise respelled(wrong, binding.method.input_type) from None


def _encoded_answer(key: str, answered: bytes) -> bytes:
    binding = _bindings()[key]
    message = binding.response.FromString(answered)
    statuses_as_json(message, binding.method.input_type)
    return json_of(message)


def know(api: Api) -> None:
    """Remembers the bindings for this process, at its start: the first request would wait for them."""
    _known.update({binding.key: binding for binding in api.bindings})


def _bindings() -> dict[str, Binding]:
    """What a binding is found by in another process too, where there is none of our objects."""
    if not _known:
        know(load())
    return _known
