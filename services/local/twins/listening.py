"""How a twin listens."""

from contextlib import AsyncExitStack

from starlette.types import ASGIApp

from services.kernel.http import HttpServer

GRACE_S = 1.0


async def listen(app: ASGIApp, host: str, until: AsyncExitStack) -> str:
    """Answers on a free port until the stack is closed; the address."""
    api = HttpServer(app, f"{host}:0")
    await api.start()
    until.push_async_callback(api.stop, GRACE_S)
    return f"http://{host}:{api.port}"
