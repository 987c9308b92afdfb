"""The HTTP server: uvicorn, with our bounds on connections, and a stop in order."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from services.kernel.http.connections import Connections
from services.kernel.http.protocol import BoundedProtocol, Patience

KEEP_ALIVE_S = 75
BACKLOG = 4096
DATE_EVERY_S = 1.0


class HttpServer:
    """Serves one ASGI application; a `Part` of a process."""

    def __init__(
        self,
        app: ASGIApp,
        listen: str,
        *,
        on_stop: Callable[[], None] | None = None,
        ssl_options: dict[str, Any] | None = None,
        connections_max: int | None = None,
        proxies: Sequence[str] = (),
        patience: Patience | None = None,
    ) -> None:
        """`proxies` are the addresses or networks of those whose word on where a request came from is taken."""
        self._listen, self._on_stop = listen, on_stop
        self._config = uvicorn.Config(
            app,
            http=partial(BoundedProtocol, Connections(connections_max), patience or Patience()),  # type: ignore[arg-type]
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
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
        # Named as TCP, as asyncio sends at once (TCP_NODELAY) only on a socket whose protocol it is told: else the body
        # of an answer waits some 40 ms for the acknowledgement of its head.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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
        self._server.leave()
        await self._serving


class _Server(uvicorn.Server):
    """Leaves the process's signals to the process, looks up once a second instead of ten times, and ends when told."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """Ends the main loop."""
        self.should_exit = True
        self._leaving.set()

    async def main_loop(self) -> None:
        """Keeps the date that answers carry, until told to end."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), DATE_EVERY_S)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends at once where nobody is connected; uvicorn's own first waits for a tenth of a second."""
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        await asyncio.sleep(0)  # who was let in at this moment is there now
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            await server.wait_closed()
        await self.lifespan.shutdown()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield
