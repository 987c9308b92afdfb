"""A gRPC server that answers by a script: the other end of the client, a few lines long."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass

from services.kernel.errors import GatewayError
from services.kernel.rpc.handler import abort
from services.kernel.rpc.status import status_of

Answer = Callable[[Any, grpc.aio.ServicerContext], Awaitable[Any] | AsyncIterator[Any]]


class ScriptedServer:
    """Answers each call by what is next in `script` under its name: a message, an exception, or a function.

    For a stream it is a list of these; the stream ends after the last. What was asked, with its token, is in `asked`.
    """

    def __init__(self) -> None:
        self.script: dict[str, list[Any]] = {}
        self.asked: list[tuple[str, Any, str]] = []
        self.address, self._server = "", grpc.aio.server()

    def requests(self, name: str) -> list[Any]:
        """The requests of a call, in order."""
        return [request for called, request, _ in self.asked if called == name]

    async def start(self, services: Sequence[ServiceDescriptor], port: int) -> None:
        """Serves these services."""
        self._server.add_generic_rpc_handlers(tuple(self.handlers(each) for each in services))
        self.address = f"http://127.0.0.1:{self._server.add_insecure_port(f'127.0.0.1:{port}')}"
        await self._server.start()

    async def stop(self) -> None:
        """Ends all calls at once."""
        await self._server.stop(0)

    async def _next(self, name: str, request: Any, context: grpc.aio.ServicerContext) -> Any:
        headers = dict(context.invocation_metadata() or ())
        self.asked.append((name, request, headers.get("authorization", "").removeprefix("Bearer ")))
        return self.script[name].pop(0) if len(self.script[name]) > 1 else self.script[name][0]

    def handlers(self, service: ServiceDescriptor) -> grpc.GenericRpcHandler:
        """What a server needs of a service."""
        return grpc.method_handlers_generic_handler(
            service.full_name, {each.name: self._handler(each) for each in service.methods}
        )

    def _handler(self, method: Any) -> grpc.RpcMethodHandler:
        async def one(request: Any, context: grpc.aio.ServicerContext) -> Any:
            return await _said(await self._next(method.name, request, context), request, context)

        async def many(request: Any, context: grpc.aio.ServicerContext) -> AsyncIterator[Any]:
            for each in await self._next(method.name, request, context):
                yield await _said(each, request, context)

        read = GetMessageClass(method.input_type).FromString
        write = GetMessageClass(method.output_type).SerializeToString
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(many, read, write)
        return grpc.unary_unary_rpc_method_handler(one, read, write)


async def _said(answer: Any, request: Any, context: grpc.aio.ServicerContext) -> Any:
    if isinstance(answer, GatewayError):
        await abort(context, status_of(answer))
    if isinstance(answer, grpc.StatusCode):
        await context.abort(answer, "as scripted")
    return await answer(request, context) if callable(answer) else answer


@asynccontextmanager
async def a_scripted_server(*services: ServiceDescriptor, port: int = 0) -> AsyncIterator[ScriptedServer]:
    """A server of these services on a port of its own."""
    scripted = ScriptedServer()
    await scripted.start(services, port)
    try:
        yield scripted
    finally:
        await scripted.stop()
