"""Any call over REST: a request message as address, query and body, and a stream's events as texts."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import httpx
from google.protobuf import json_format
from google.protobuf.message import Message

from tests.support.calls import BINDINGS, PATTERN


def asked(method: str, request: Message) -> tuple[str, str, dict[str, Any]]:
    """The HTTP method, the address, and what else httpx has to know of a request of the call `Service/Method`."""
    binding = BINDINGS[method]
    said = json_format.MessageToDict(request, preserving_proto_field_name=True)
    path = PATTERN.sub(lambda found: quote(_take(said, found[1].split("."))), binding.template.text)
    if binding.body == "*":
        return binding.http_method, path, {"json": said}
    sent = {"json": said.pop(binding.body, {})} if binding.body else {}
    return binding.http_method, path, {**sent, "params": list(_query(said))}


async def call(client: httpx.AsyncClient, method: str, request: Message, token: str) -> httpx.Response:
    """The answer to a call."""
    verb, path, sent = asked(method, request)
    return await client.request(verb, path, headers={"authorization": f"Bearer {token}"}, **sent)


async def events(client: httpx.AsyncClient, method: str, request: Message, token: str) -> AsyncIterator[Any]:
    """The data of each event of a stream; raises httpx.HTTPStatusError if there is no stream."""
    verb, path, sent = asked(method, request)
    headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
    async with client.stream(verb, path, headers=headers, **sent) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def _take(said: dict[str, Any], path: list[str]) -> str:
    for part in path[:-1]:
        said = said.setdefault(part, {})
    return str(said.pop(path[-1], ""))


def _query(said: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in said.items():
        if isinstance(value, dict):
            yield from _query(value, f"{prefix}{name}.")
        else:
            for each in value if isinstance(value, list) else [value]:
                yield f"{prefix}{name}", json.dumps(each) if isinstance(each, bool) else str(each)
