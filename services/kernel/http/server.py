"""The HTTP server: uvicorn, with limits on what a connection may send before a request is complete."""

import asyncio
import contextlib
import socket
from asyncio import TimerHandle
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES_MAX = 64 * 1024
HEAD_S_MAX = 20.0
KEEP_ALIVE_S = 75
LINGER_S = 2.0
BACKLOG = 4096


class HttpServer:
    """Serves one ASGI application; a `Part` of a process."""

    def __init__(
        self,
        app: ASGIApp,
        listen: str,
        *,
        on_stop: Callable[[], None] | None = None,
        ssl_options: dict[str, Any] | None = None,
    ) -> None:
        self._listen, self._on_stop = listen, on_stop
        self._config = uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            backlog=BACKLOG,
            **(ssl_options or {}),
        )
        self._server = _Server(self._config)
        self._serving: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self) -> None:
        """Listens; `port` then tells where."""
        host, _, port = self._listen.rpartition(":")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), int(port)))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        self._serving = asyncio.create_task(self._server.serve([listener]))
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
                raise RuntimeError("The HTTP server ended while it started.")
            await asyncio.sleep(0.005)

    async def stop(self, grace_s: float) -> None:
        """Takes no more connections, lets requests end for `grace_s`, then cancels them."""
        if self._serving is None:
            return
        if self._on_stop:
            self._on_stop()  # Streams end themselves now; else each would use up the whole grace.
        self._config.timeout_graceful_shutdown = max(1, int(grace_s))
        self._server.should_exit = True
        await self._serving


class BoundedProtocol(HttpToolsProtocol):
    """Cuts off who sends a head that is too large, or takes too long over it; the parser alone would keep it all."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection begins, and with it the time for its first head."""
        super().connection_made(transport)
        self._unread = self._head_bytes = 0
        self._in_head, self._cutting = True, False
        self._timer: TimerHandle | None = self.loop.call_later(HEAD_S_MAX, self._cut, _TIMEOUT)

    def data_received(self, data: bytes) -> None:
        """Counts what arrives while a head is not complete."""
        if self._cutting:
            return
        self._unread += len(data)
        super().data_received(data)
        if not self._in_head:
            self._unread = 0
        elif self._unread > HEAD_BYTES_MAX:
            self._cut(_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._timer is None:
            self._timer = self.loop.call_later(HEAD_S_MAX, self._cut, _TIMEOUT)

    def on_url(self, url: bytes) -> None:
        """Counts the address."""
        self._head_bytes += len(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Counts a header."""
        self._head_bytes += len(name) + len(value)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete; one that came in a single piece is judged here."""
        self._in_head = False
        self._stop_timer()
        if self._head_bytes > HEAD_BYTES_MAX:
            self._cut(_TOO_LARGE)
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Passes on what belongs to a request that was begun."""
        if not self._cutting:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Ends a request that was begun."""
        if not self._cutting:
            super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._stop_timer()
        super().connection_lost(exc)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cut(self, status: bytes) -> None:
        """Answers, says that nothing more follows, and takes what is still on its way for a moment.

        Closing at once with bytes unread would reset the connection, and the sender would never see the answer.
        """
        if not (self._cutting or self.transport.is_closing()):
            self._cutting = True
            self._stop_timer()
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            if self.transport.can_write_eof():
                self.transport.write_eof()
            self._timer = self.loop.call_later(LINGER_S, self.transport.close)


_TOO_LARGE = b"431 Request Header Fields Too Large"
_TIMEOUT = b"408 Request Timeout"


class _Server(uvicorn.Server):
    """Leaves the process's signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield
