"""The gRPC client: calls by name, with a deadline, and errors that are the same as the server's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_random_exponential

from services.kernel.agent_consents import CONSENT_HEADER
from services.kernel.rpc.handler import UNARY_DEADLINE_S
from services.kernel.rpc.server import MESSAGE_BYTES_MAX, METADATA_BOUNDS
from services.kernel.rpc.status import DETAILS_KEY, DeadlineExceeded, error_of, read_status
from services.kernel.telemetry import current_traceparent

Token = str | Callable[[], str | Awaitable[str]] | None

CHANNEL_OPTIONS = (
    *METADATA_BOUNDS,
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # Two clients in one process must not share a connection by accident: each is its own limit and its own fate.
    ("grpc.use_local_subchannel_pool", 1),
    # Retries are ours, so that they are seen, counted and bounded by the deadline.
    ("grpc.enable_retries", 0),
    # The services behind a headless name are several pods; the default stays with the first.
    ("grpc.lb_policy_name", "round_robin"),
)


class Client:
    """Calls one service at `target`. `token` is a text, or a function (or coroutine function) that answers one."""

    def __init__(
        self,
        target: str,
        service: ServiceDescriptor,
        token: Token = None,
        *,
        credentials: grpc.ChannelCredentials | None = None,
        channel: grpc.aio.Channel | None = None,
    ) -> None:
        self._token, self._owned = token, channel is None
        if channel is None:
            channel = (
                grpc.aio.secure_channel(target, credentials, options=CHANNEL_OPTIONS)
                if credentials
                else grpc.aio.insecure_channel(target, options=CHANNEL_OPTIONS)
            )
        self._channel = channel
        self._calls = {method.name: _bound(channel, service, method) for method in service.methods}

    async def call(
        self,
        method: str,
        request: Message,
        *,
        timeout_s: float = UNARY_DEADLINE_S,
        token: str | None = None,
        consent: str = "",
    ) -> Any:
        """Makes a call and answers its response; raises the GatewayError that the server raised.

        `consent` is a person's, sealed, for what an automated agent changes. A server that is away is tried again with
        growing gaps, never past the deadline.
        """
        loop, made = asyncio.get_running_loop(), self._calls[method]
        deadline = loop.time() + timeout_s
        metadata = await self._metadata(token)
        if consent:
            metadata = (*metadata, (CONSENT_HEADER, consent))
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(_is_away),
                wait=wait_random_exponential(multiplier=0.05, max=1.0),
                stop=lambda state: _would_pass(deadline, loop.time(), state),
                reraise=True,
            ):
                with attempt:
                    return await made(request, timeout=deadline - loop.time(), metadata=metadata)
        except grpc.aio.AioRpcError as error:
            raise gateway_error(error) from error
        raise DeadlineExceeded("The call was given no time.")

    async def stream(
        self, method: str, request: Message, *, timeout_s: float | None = None, token: str | None = None
    ) -> AsyncIterator[Any]:
        """Yields the answers of a streaming call. Leaving the loop cancels it."""
        call = self._calls[method](request, timeout=timeout_s, metadata=await self._metadata(token))
        try:
            async for answer in call:
                yield answer
        except grpc.aio.AioRpcError as error:
            raise gateway_error(error) from error
        finally:
            call.cancel()

    async def close(self) -> None:
        """Closes the channel, unless it was given."""
        if self._owned:
            await self._channel.close()

    async def run(self) -> None:
        """Waits until the service ends, and then closes the channel: for the background of whoever needs the client."""
        async with self:
            await asyncio.Event().wait()

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _metadata(self, token: str | None) -> tuple[tuple[str, str], ...]:
        found: Any = token or self._token
        if callable(found):
            found = found()
        if isawaitable(found):
            found = await found
        traced = (("traceparent", current_traceparent()),)
        return (*traced, ("authorization", f"Bearer {found}")) if found else traced


def gateway_error(error: grpc.aio.AioRpcError) -> Exception:
    """The GatewayError behind a failed call, rebuilt from its trailers."""
    trailers: Mapping[str, Any] = dict(error.trailing_metadata() or ())
    return error_of(read_status(error.code(), error.details() or "", trailers.get(DETAILS_KEY)))


def _bound(channel: grpc.aio.Channel, service: ServiceDescriptor, method: MethodDescriptor) -> Callable[..., Any]:
    make = channel.unary_stream if method.server_streaming else channel.unary_unary
    bound: Callable[..., Any] = make(
        f"/{service.full_name}/{method.name}",
        request_serializer=GetMessageClass(method.input_type).SerializeToString,
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )
    return bound


def _is_away(error: BaseException) -> bool:
    return isinstance(error, grpc.aio.AioRpcError) and error.code() is grpc.StatusCode.UNAVAILABLE


def _would_pass(deadline: float, now: float, state: RetryCallState) -> bool:
    return now + state.upcoming_sleep >= deadline
