"""Takes the body of a request from the network, within bounds of size and time."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# A sender that is told "too large" before it has sent all reads the answer only if somebody takes the rest from it.
DRAIN_BYTES_MAX = 64 << 20
DRAIN_S_MAX = 10.0


class Disconnected(Exception):
    """The sender went away before it had sent everything."""


@dataclass(frozen=True, slots=True)
class Body:
    """What came. `data` is None when it was more than is taken; `size` is then what was declared or counted."""

    data: bytes | None
    size: int

    def hmac_sha256(self, secret: bytes) -> bytes:
        """The code that the secret gives for the body."""
        return hmac.digest(secret, self.data or b"", "sha256")


async def read_body(receive: Receive, declared: int, bytes_max: int, within_s: float, *, waits: bool) -> Body:
    """Reads a body. `waits`: the sender sends nothing before it is told to (Expect: 100-continue).

    Raises TimeoutError when it takes too long, Disconnected when the sender goes away.
    """
    if declared > bytes_max:
        return Body(None, declared if waits else max(declared, await _drained(receive)))
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole = message.get("body", b"")
        return Body(whole, len(whole)) if len(whole) <= bytes_max else Body(None, len(whole))
    async with asyncio.timeout(within_s):
        return await _read_on(message, receive, bytes_max)


async def _read_on(message: MutableMapping[str, Any], receive: Receive, bytes_max: int) -> Body:
    chunks: list[bytes] = []
    size = 0
    while True:
        if message["type"] != "http.request":
            raise Disconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > bytes_max:
            return Body(None, size + (await _drained(receive) if message.get("more_body") else 0))
        chunks.append(chunk)
        if not message.get("more_body"):
            return Body(b"".join(chunks), size)
        message = await receive()


async def _drained(receive: Receive) -> int:
    size = 0
    try:
        async with asyncio.timeout(DRAIN_S_MAX):
            while size < DRAIN_BYTES_MAX:
                message = await receive()
                size += len(message.get("body", b""))
                if not message.get("more_body"):
                    break
    except TimeoutError:
        pass  # Answered all the same; whether the sender listens is its affair.
    return size
