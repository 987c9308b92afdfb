"""Another side of a few lines, on a socket of its own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from services.kernel.http import HttpServer

Answering = Callable[[Request], Any]


@asynccontextmanager
async def other_side(answering: Answering, **tls: Any) -> AsyncIterator[str]:
    """Another side that answers everything in its own way; its address."""
    methods = ["GET", "POST", "PUT"]
    app = Starlette(routes=[Route("/{path:path}", answering, methods=methods)])
    server = HttpServer(app, "127.0.0.1:0", ssl_options=tls or None)
    await server.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.port}"
    finally:
        await server.stop(0)
