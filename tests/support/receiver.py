"""A receiver of webhooks on a real port: it keeps what it gets, and answers each path as a test wants it."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class ReceivedHook:
    """A webhook as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent in it."""
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def id(self) -> str:
        """Its id, which is the event's."""
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> dict[str, Any]:
        """The event, if the standard's own library finds the signature good; it raises if not."""
        event: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return event


Answering = Callable[[ReceivedHook], Awaitable[web.Response] | web.Response | int]


class Receiver:
    """What came to which path. Without an `answers` of a path, each webhook to it is answered 204."""

    def __init__(self) -> None:
        self.hooks: defaultdict[str, list[ReceivedHook]] = defaultdict(list)
        self.answers: dict[str, Answering] = {}
        self.port = 0
        self.connections = 0
        self._news = asyncio.Condition()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"http://{host}:{self.port}/{path}"

    async def got(self, path: str, count: int) -> list[ReceivedHook]:
        """Waits until so many have come to a path; all that have."""
        return await self.until(path, lambda hooks: len(hooks) >= count)

    async def until(self, path: str, enough: Callable[[list[ReceivedHook]], bool]) -> list[ReceivedHook]:
        """Waits until what has come to a path is enough; all that has."""
        async with asyncio.timeout(WITHIN_S), self._news:
            await self._news.wait_for(lambda: enough(self.hooks[path]))
        return list(self.hooks[path])

    async def handle(self, request: web.Request) -> web.Response:
        """Keeps a webhook and answers it."""
        path = request.match_info["path"]
        hook = ReceivedHook({name.lower(): value for name, value in request.headers.items()}, await request.read())
        async with self._news:
            self.hooks[path].append(hook)
            self._news.notify_all()
        answer = self.answers.get(path, lambda _: 204)(hook)
        if isinstance(answer, int):
            return web.Response(status=answer)
        return answer if isinstance(answer, web.Response) else await answer


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()
