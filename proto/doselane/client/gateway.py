"""A gateway at one address, as the generated stubs see it: a channel whose calls carry a token, retry and explain.

`SlottingServiceStub(gateway)` is the generated stub; its calls are coroutines (or, where the answer is a stream,
asynchronous iterators) that raise `CallError`.
"""

import asyncio
import random
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit

import grpc
import grpc.aio
from google.protobuf.message import Message
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from doselane.client.errors import (
    CallError,
    DeadlinePassed,
    GatewayAway,
    GatewayBusy,
    NotAuthenticated,
    error_of_call,
)
from doselane.client.requests import may_be_repeated, with_request_id
from doselane.client.tokens import ISSUER_AWAY, StaticToken, TokenSource

CALL_S_MAX = 30.0
# No single try takes more of that, so that one that is lost leaves time for the next.
TRY_S_MAX = 10.0
PAUSE_S_MAX = 5.0
MESSAGE_BYTES_MAX = 4 * 1024 * 1024


class Gateway:
    """A gateway at `address` (`https://host[:port]`, or `http://` for one without TLS), spoken to as `token` says.

    `root_certificates` (PEM) replace the machine's; `client_certificate` is key and chain (PEM) for mutual TLS.
    `call_s_max` bounds each call with all its tries, unless the call says otherwise.
    """

    def __init__(
        self,
        address: str,
        token: TokenSource | str,
        *,
        root_certificates: bytes | None = None,
        client_certificate: tuple[bytes, bytes] | None = None,
        call_s_max: float = CALL_S_MAX,
    ) -> None:
        self._target, self._is_secure = target_of(address)
        self.address, self.call_s_max = address, call_s_max
        self._source: TokenSource = StaticToken(token) if isinstance(token, str) else token
        self._roots, self._certificate = root_certificates, client_certificate
        self._opened: grpc.aio.Channel | None = None

    async def __aenter__(self) -> "Gateway":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def token(self) -> str:
        """The token with which a call would be made now."""
        return await self._source.token()

    async def close(self) -> None:
        """Closes the connection; streams end."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    def unary_unary(
        self,
        path: str,
        request_serializer: Any = None,
        response_deserializer: Any = None,
        _registered_method: bool = False,
    ) -> Callable[..., Awaitable[Any]]:
        """What a generated stub makes its calls of: `await call(request)`, with `timeout` in seconds if need be."""

        async def call(request: Message, *, timeout: float | None = None) -> Any:
            made = self._channel().unary_unary(path, request_serializer, response_deserializer)
            return await self._repeated(made, path, request, timeout)

        return call

    def unary_stream(
        self,
        path: str,
        request_serializer: Any = None,
        response_deserializer: Any = None,
        _registered_method: bool = False,
    ) -> Callable[..., AsyncGenerator[Any, None]]:
        """The same for a stream of answers: `async for answer in call(request)`; one connection, no retry."""

        async def stream(request: Message, *, timeout: float | None = None) -> AsyncGenerator[Any, None]:
            made = self._channel().unary_stream(path, request_serializer, response_deserializer)
            token = await self._source.token()
            call = made(request, timeout=timeout, metadata=_metadata(token))
            try:
                async for answer in call:
                    yield answer
            except grpc.aio.AioRpcError as failed:
                raise self._told(error_of_call(failed), token) from failed
            finally:
                call.cancel()

        return stream

    async def _repeated(self, made: Any, path: str, request: Message, timeout_s: float | None) -> Any:
        """Makes one logical call: under one id, as often as it helps, in the time there is."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + (timeout_s or self.call_s_max)
        asked, request_id = with_request_id(request)
        repeatable = may_be_repeated(path.rpartition("/")[2], asked)

        def over(state: RetryCallState) -> bool:
            return loop.time() + state.upcoming_sleep >= deadline_s

        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception(lambda error: passes(error, repeatable)), wait=pause, stop=over, reraise=True
            ):
                with attempt:
                    # Whoever says how long a call may take knows that one try may take it.
                    left_s = max(0.0, deadline_s - loop.time())
                    return await self._tried(made, path, asked, left_s if timeout_s else min(left_s, TRY_S_MAX))
        except CallError as error:
            error.request_id = request_id
            raise
        raise AssertionError("unreachable: the last try raises")

    async def _tried(self, made: Any, path: str, request: Message, try_s: float) -> Any:
        """One try; a token that is refused is replaced once, where another can be had."""
        token = await self._source.token()
        try:
            return await self._once(made, path, request, token, try_s)
        except NotAuthenticated:
            renewed = await self._source.token()
            if renewed == token:
                raise
        return await self._once(made, path, request, renewed, try_s)

    async def _once(self, made: Any, path: str, request: Message, token: str, try_s: float) -> Any:
        call = made(request, timeout=try_s, metadata=_metadata(token))
        try:
            answer = await call
            _warn_of_the_end(path, await call.trailing_metadata())
        except grpc.aio.AioRpcError as failed:
            raise self._told(error_of_call(failed), token) from failed
        return answer

    def _told(self, error: CallError, token: str) -> CallError:
        if isinstance(error, NotAuthenticated) and error.reason.startswith("TOKEN_"):
            self._source.discard(token)
        return error

    def _channel(self) -> grpc.aio.Channel:
        # Opened at the first call, because a channel belongs to the loop in which it is opened.
        if self._opened is None:
            options = (
                ("grpc.primary_user_agent", f"doselane-python/{_version()}"),
                ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
                ("grpc.keepalive_time_ms", 30_000),
                ("grpc.keepalive_timeout_ms", 10_000),
                # Retries are ours, so that they keep their id, are bounded, and go by what the gateway says.
                ("grpc.enable_retries", 0),
            )
            if self._is_secure:
                key, chain = self._certificate or (None, None)
                secured = grpc.ssl_channel_credentials(self._roots, key, chain)
                self._opened = grpc.aio.secure_channel(self._target, secured, options=options)
            else:
                self._opened = grpc.aio.insecure_channel(self._target, options=options)
        return self._opened


def target_of(address: str) -> tuple[str, bool]:
    """Host and port that an address names, and whether it is spoken to over TLS. ValueError says what is wrong."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"{address!r} is no address such as https://grpc.doselane.northlake.example")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}", parts.scheme == "https"


def passes(error: BaseException, repeatable: bool) -> bool:
    """Whether a failure passes by itself, and the call may be made again: a rule of Doselane that said no never is."""
    if isinstance(error, GatewayBusy):
        return bool(error.reason)  # Said by the gateway: not begun. Without a reason it is about the size of a message.
    # Without a token nothing was asked yet. DeadlinePassed is a GatewayAway too: a try that was lost.
    return isinstance(error, GatewayAway) and (repeatable or error.reason == ISSUER_AWAY)


def pause(state: RetryCallState) -> float:
    """Seconds until the next try: as long as the gateway asks for, and more each time, with chance in it."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, CallError) and error.retry_after_s else 0.0
    grown = min(PAUSE_S_MAX, 0.1 * 2.0 ** min(state.attempt_number, 16))
    return asked + random.uniform(0.1, 1.0) * grown if not isinstance(error, DeadlinePassed) else 0.0


def _metadata(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def _warn_of_the_end(path: str, told: Any) -> None:
    """Says that a call, or a field of it, will go away, as its answer told: `make` and tests show such warnings."""
    said = dict(told or ())
    if "deprecation" in said:
        until = f", and may be gone on {said['sunset']}" if "sunset" in said else ""
        more = f" See {said['link']}." if "link" in said else ""
        warnings.warn(f"{path}, or a field of it, is deprecated{until}.{more}", DeprecationWarning, stacklevel=2)


def _version() -> str:
    try:
        return version("doselane")
    except PackageNotFoundError:
        return "unknown"
