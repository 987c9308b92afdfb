"""Every call there is, with a request made from what its proto says: later calls are covered without a line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.edge import api
from services.edge.api import Binding
from services.edge.openapi.examples import Examples
from services.kernel.ids import uuid7

API = api.load()
BINDINGS: Mapping[str, Binding] = {
    f"{each.method.containing_service.name}/{each.method.name}": each for each in API.bindings
}
SERVICES: Mapping[str, ServiceDescriptor] = {
    each.method.containing_service.name: each.method.containing_service for each in API.bindings
}
METHODS: Mapping[str, MethodDescriptor] = {
    f"{name}/{method.name}": method for name, service in SERVICES.items() for method in service.methods
}
STREAMS = [name for name, method in METHODS.items() if method.server_streaming]
# All that some call needs, so that the binding to the partner answers and not the lack of a scope; but not the staff's.
SCOPES = tuple(sorted({scope for each in API.bindings for scope in each.scopes} - {"operator", "clock.advance"}))
_EXAMPLES = Examples(API)
_NAME = re.compile(r"([a-zA-Z]+)/[^/]+(/availability)?")
PATTERN = re.compile(r"\{([\w.]+)=([^}]+)\}")


def request_for(method: str, names: Mapping[str, str]) -> Message:
    """A request of the call `Service/Method` in which each name of a resource is the one of its collection in `names`;
    it carries a request id of its own."""
    described = METHODS[method]
    said = _EXAMPLES.object_of(described.input_type)
    for path, pattern in _in_address(method):
        _put(said, path.split("."), pattern.replace("*", "none"))
    _renew(said)
    made: Message = json_format.ParseDict(_renamed(said, names), GetMessageClass(described.input_type)())
    return made


def _in_address(method: str) -> Iterator[tuple[str, str]]:
    if method in BINDINGS:
        yield from PATTERN.findall(BINDINGS[method].template.text)


def _put(said: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        said = said.setdefault(part, {})
    said.setdefault(path[-1], value)


def _renew(said: Any) -> None:
    if isinstance(said, list):
        for each in said:
            _renew(each)
    elif isinstance(said, dict):
        if "requestId" in said:
            said["requestId"] = str(uuid7())
        for each in said.values():
            _renew(each)


def _renamed(said: Any, names: Mapping[str, str]) -> Any:
    if isinstance(said, dict):
        return {key: _renamed(value, names) for key, value in said.items()}
    if isinstance(said, list):
        return [_renamed(value, names) for value in said]
    if isinstance(said, str) and (found := _NAME.fullmatch(said)) and found[1] in names:
        return names[found[1]] + (found[2] or "")
    return said
