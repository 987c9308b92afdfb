"""All calls that are published, read from the descriptors: a call that is added is swept without a line here."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.edge import api
from services.kernel.rpc import Client
from services.local.gateway import Gateway
from services.local.world import MANUFACTURER

BINDINGS = api.load().bindings
METHODS: Mapping[str, MethodDescriptor] = {binding.method.full_name: binding.method for binding in BINDINGS}
STREAMS = {name: method for name, method in METHODS.items() if method.server_streaming}
LISTS = {name: method for name, method in METHODS.items() if "page_token" in method.input_type.fields_by_name}
SCOPES = sorted({scope for binding in BINDINGS for scope in binding.scopes})


def request_of(method: MethodDescriptor, **fields: Any) -> Message:
    """A request of a call."""
    made: Message = GetMessageClass(method.input_type)(**fields)
    return made


def all_powerful(gateway: Gateway) -> str:
    """A token of the manufacturer's with every scope that there is."""
    return gateway.token(MANUFACTURER, *SCOPES)


class Clients:
    """One client of each service, who all call with one token."""

    def __init__(self, gateway: Gateway, token: str) -> None:
        services = {method.containing_service.full_name: method.containing_service for method in METHODS.values()}
        self._clients = {name: Client(gateway.grpc_target, service, token) for name, service in services.items()}

    async def ask(self, method: MethodDescriptor, request: Message) -> Any:
        """The answer of a call; raises the GatewayError of a refusal."""
        return await self._clients[method.containing_service.full_name].call(method.name, request)

    def stream(self, method: MethodDescriptor, request: Message) -> AsyncIterator[Any]:
        """The answers of a streaming call."""
        return self._clients[method.containing_service.full_name].stream(method.name, request)

    async def __aenter__(self) -> "Clients":
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.close()
