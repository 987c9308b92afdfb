"""A bound on what brokers may announce: a frame of Kafka says its length first, and clients wait for all of it.

The client of Kafka has no setting for it (librdkafka has `receive.message.max.bytes`; Java's wants one, KIP-498), so it
would gather up to 2 GiB from whoever stands at an address. We send records and read answers, which are short.
"""

import asyncio
from collections.abc import Callable

FRAME_BYTES_MAX = 4_194_304
_LENGTH_BYTES = 4


class FrameBound(asyncio.Protocol):
    """Stands before a protocol that reads frames; one that is too long ends the connection before a byte of it is kept.

    `refused` is told why, in words.
    """

    def __init__(self, inner: asyncio.Protocol, refused: Callable[[str], None]) -> None:
        self._inner, self._told = inner, refused
        self._transport: asyncio.Transport | None = None
        self._length, self._left, self._over = b"", 0, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Passes on."""
        self._transport = transport  # type: ignore[assignment]  # of TCP or TLS, both of which can be ended
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Passes on."""
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Passes on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Passes on."""
        self._inner.resume_writing()

    def eof_received(self) -> bool | None:
        """Passes on."""
        return self._inner.eof_received()

    def data_received(self, data: bytes) -> None:
        """Passes on what belongs to frames of a good length."""
        if self._over:
            return
        announced = self._first_wrong(data)
        if announced is None:
            self._inner.data_received(data)
            return
        self._over = True
        self._told(f"It announces an answer of {announced} bytes; at most {FRAME_BYTES_MAX} are read.")
        if self._transport is not None:
            self._transport.abort()

    def _first_wrong(self, data: bytes) -> int | None:
        """The length that no frame may have, if one of these bytes' frames has one."""
        at = 0
        while at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left, at = self._left - step, at + step
                continue
            more = data[at : at + _LENGTH_BYTES - len(self._length)]
            self._length, at = self._length + more, at + len(more)
            if len(self._length) == _LENGTH_BYTES:
                self._left, self._length = int.from_bytes(self._length, signed=True), b""
                if not 0 <= self._left <= FRAME_BYTES_MAX:
                    return self._left
        return None
