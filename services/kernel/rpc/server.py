"""The gRPC server: each method is wrapped once, when it is registered, with all that every call needs.

Token, scope, deadline, bound on what runs at once, errors, metrics and trace are in one function and not in a chain
of interceptors, because at 15,000 calls a second each layer of coroutines is a tenth of the time there is.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from doselane.type.v1.options_pb2 import required_scope, signing
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.kernel import telemetry as telemetry_module
from services.kernel.agent_consents import changes
from services.kernel.deprecation import Uses
from services.kernel.errors import Invalid
from services.kernel.identity import TokenVerifier
from services.kernel.quotas import Quotas
from services.kernel.rpc.handler import Gate, Judge, Method, stream_handler, unary_handler
from services.kernel.rpc.open_streams import OpenStreams
from services.kernel.rpc.shape import require_shape
from services.kernel.telemetry import Telemetry

MESSAGE_BYTES_MAX = 4 * 1024 * 1024
# A token has 8 KiB at most, and the library refuses at random what is above the first of these and below the second.
METADATA_BYTES_MAX = 16 * 1024
METADATA_BOUNDS = (
    ("grpc.max_metadata_size", METADATA_BYTES_MAX),
    ("grpc.absolute_max_metadata_size", METADATA_BYTES_MAX),
)
UNARY_AT_ONCE_MAX = 10_000
STREAMS_AT_ONCE_MAX = 2_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files of the server's key and certificate; with `client_ca`, only clients with a certificate of it."""

    key: bytes
    certificate: bytes
    client_ca: bytes | None = None

    def credentials(self) -> grpc.ServerCredentials:
        """What gRPC wants of it."""
        return grpc.ssl_server_credentials(
            [(self.key, self.certificate)], self.client_ca, require_client_auth=self.client_ca is not None
        )


class Server:
    """Serves the services added to it, with health and reflection beside them."""

    def __init__(
        self,
        listen: str,
        verifier: TokenVerifier,
        telemetry: Telemetry | None = None,
        *,
        reuse_port: bool = False,
        tls: Tls | None = None,
        unary_at_once_max: int = UNARY_AT_ONCE_MAX,
        streams_at_once_max: int = STREAMS_AT_ONCE_MAX,
        judge: Judge = require_shape,
        quotas: Quotas | None = None,
    ) -> None:
        self._listen, self._tls, self._reuse_port = listen, tls, reuse_port
        self._telemetry = telemetry or telemetry_module.current()
        self._unary = Gate(verifier, self._telemetry, unary_at_once_max, judge, quotas)
        self._streams = Gate(verifier, self._telemetry, streams_at_once_max, judge, quotas)
        self._open_streams = OpenStreams(verifier)
        self._handlers: dict[str, grpc.RpcMethodHandler] = {}
        self._services: list[str] = []
        self._health = health.aio.HealthServicer()
        self._server: grpc.aio.Server | None = None
        self._tending: asyncio.Task[None] | None = None
        self.port = 0

    def add(self, descriptor: ServiceDescriptor, servicer: object) -> None:
        """Serves `descriptor` with the methods of `servicer`; refuses if one is missing or has no scope."""
        for method in descriptor.methods:
            function = getattr(servicer, method.name, None)
            if function is None:
                raise TypeError(f"{type(servicer).__name__} does not serve {method.full_name}")
            self._handlers[f"/{descriptor.full_name}/{method.name}"] = self._handler(method, function)
        self._services.append(descriptor.full_name)

    async def start(self) -> None:
        """Listens; `port` then tells where."""
        self._server = grpc.aio.server(options=_options(self._reuse_port))
        self._server.add_generic_rpc_handlers((_Handlers(self._handlers),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (*self._services, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server, _Pool())  # type: ignore[arg-type]
        self.port = (
            self._server.add_secure_port(self._listen, self._tls.credentials())
            if self._tls
            else self._server.add_insecure_port(self._listen)
        )
        # What the handlers of the calls start inherits this context, and so the telemetry.
        with self._telemetry.active():
            await self._server.start()
            self._tending = asyncio.create_task(self._open_streams.run())
        await self.serving(True)

    async def serving(self, yes: bool) -> None:
        """Says by grpc.health.v1 whether calls may be sent here."""
        state = health_pb2.HealthCheckResponse.SERVING if yes else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ("", *self._services):
            await self._health.set(name, state)

    async def stop(self, grace_s: float) -> None:
        """Takes no more calls, lets those that run end for `grace_s`, then cancels them."""
        if self._server is None:
            return
        if self._tending:
            self._tending.cancel()
        await self._health.enter_graceful_shutdown()
        await self._server.stop(grace_s)

    def _handler(self, descriptor: MethodDescriptor, function: Callable[..., Any]) -> grpc.RpcMethodHandler:
        scope = descriptor.GetOptions().Extensions[required_scope]
        if not scope:
            raise TypeError(f"{descriptor.full_name} has no (doselane.type.v1.required_scope), so it is not served")
        if descriptor.client_streaming:
            raise TypeError(f"{descriptor.full_name} streams requests, which no call of ours needs")
        if descriptor.server_streaming and descriptor.GetOptions().HasExtension(signing):
            raise TypeError(f"{descriptor.full_name} signs, so it must have one answer")
        method = Method(
            name=descriptor.full_name,
            scope=scope,
            request=GetMessageClass(descriptor.input_type),
            response=GetMessageClass(descriptor.output_type),
            function=function,
            signer_roles=signer_roles(descriptor),
            deprecated=Uses(descriptor) or None,
            changes=changes(descriptor),
        )
        with suppress(Invalid):  # Its rules are read now, and not while the first caller waits.
            self._unary.judge(method.request())
        # Messages are read and written by our wrapper, so that a body that cannot be read gets a clear answer.
        if descriptor.server_streaming:
            return grpc.unary_stream_rpc_method_handler(stream_handler(method, self._streams, self._open_streams))
        return grpc.unary_unary_rpc_method_handler(unary_handler(method, self._unary))


class _Handlers(grpc.GenericRpcHandler):
    """One look-up for all our services; the library asks each registered handler in turn."""

    def __init__(self, handlers: dict[str, grpc.RpcMethodHandler]) -> None:
        self._handlers = handlers

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """The handler of a method, or None if it is not ours."""
        return self._handlers.get(handler_call_details.method)


class _Pool:
    """The descriptor pool, which also finds calls and fields; the library's own finds only what stands in a file."""

    def __getattr__(self, name: str) -> Any:
        return getattr(descriptor_pool.Default(), name)

    def FindFileContainingSymbol(self, symbol: str) -> Any:
        """The file in which a symbol, or what it is a part of, stands."""
        try:
            return descriptor_pool.Default().FindFileContainingSymbol(symbol)
        except KeyError:
            return descriptor_pool.Default().FindFileContainingSymbol(symbol.rpartition(".")[0])


def signer_roles(method: MethodDescriptor) -> tuple[str, ...]:
    """The roles that may make a call that signs; none for any other call."""
    options = method.GetOptions()
    roles = tuple(options.Extensions[signing].roles)
    if options.HasExtension(signing) and not roles:
        raise TypeError(f"{method.full_name} signs, but no role may")
    return roles


def _options(reuse_port: bool) -> Sequence[tuple[str, int]]:
    return (
        *METADATA_BOUNDS,
        ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
        ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
        ("grpc.so_reuseport", int(reuse_port)),
        # A watch may be silent for long: the server pings, and lets clients ping as often as every ten seconds.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.http2.max_ping_strikes", 3),
    )
