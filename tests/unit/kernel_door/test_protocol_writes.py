"""How often an answer costs a write: the connection is a transport that notes them."""

import asyncio
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from services.kernel.http.connections import Connections
from services.kernel.http.protocol import BoundedProtocol, Patience

REQUEST = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"
HEAD = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]}


class Noted(asyncio.Transport):
    """Takes what is written and keeps it, one item a write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = asyncio.Event()

    def write(self, data: Any) -> None:
        assert not self.closed.is_set()
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closed.is_set()

    def close(self) -> None:
        self.closed.set()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is no buffer."""


async def written(answer: Any, until: asyncio.Event) -> list[bytes]:
    """What an application that answers so has written by the time that it says so."""
    config = uvicorn.Config(answer, http="httptools", access_log=False, server_header=False, date_header=False)
    config.load()
    protocol = BoundedProtocol(Connections(None), Patience(), config=config, server_state=ServerState(), app_state={})
    transport = Noted()
    protocol.connection_made(transport)
    protocol.data_received(REQUEST)
    async with asyncio.timeout(30):
        await until.wait()
    await asyncio.sleep(0)
    found = transport.written.copy()
    protocol.connection_lost(None)
    return found


async def test_head_and_body_of_an_answer_go_out_in_one_write() -> None:
    done = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(HEAD)
        await send({"type": "http.response.body", "body": b"told"})
        done.set()

    (whole,) = await written(app, done)
    assert whole.endswith(b"content-length: 4\r\n\r\ntold")


async def test_the_head_of_a_stream_does_not_wait_for_what_comes_later() -> None:
    headed = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(HEAD)
        await asyncio.sleep(0)
        headed.set()
        await asyncio.Event().wait()

    (head,) = await written(app, headed)
    assert head.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("size", [64 << 10, (64 << 10) + 1])
async def test_what_is_large_is_not_copied_to_go_with_its_head(size: int) -> None:
    done = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(HEAD | {"headers": [(b"content-length", b"%d" % size)]})
        await send({"type": "http.response.body", "body": b"x" * size})
        done.set()

    pieces = await written(app, done)
    assert b"".join(pieces).endswith(b"\r\n\r\n" + b"x" * size)
    assert len(pieces) == (1 if size <= 64 << 10 else 2)


async def test_an_answer_that_breaks_off_after_its_head_still_shows_the_head() -> None:
    done = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(HEAD)
        asyncio.get_running_loop().call_soon(done.set)
        raise RuntimeError("broken off")

    (head,) = await written(app, done)
    assert head.startswith(b"HTTP/1.1 200")
