"""A subscriber: a web server that keeps what it is sent, and answers as it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from services.kernel.http import HttpServer


@dataclass(frozen=True)
class Told:
    """A request that came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def event_ids(self) -> list[str]:
        """The ids of the events in it, in their order."""
        return [each["eventID"] for each in self.document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]


class Subscriber:
    """Answers 204, or what is next in `answers`: a status, and headers."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.answers: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.port = 0
        self._came = asyncio.Condition()

    def dest(self, path: str) -> str:
        """An address of it; each test has one of its own."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def at(self, path: str) -> list[Told]:
        """What came to an address."""
        return [each for each in self.told if each.path == f"/{path}"]

    async def heard(self, path: str, number: int) -> list[Told]:
        """What came to an address, once it is so many requests."""
        async with asyncio.timeout(60), self._came:
            await self._came.wait_for(lambda: len(self.at(path)) >= number)
        return self.at(path)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        waiting = self.answers.get(scope["path"].strip("/"))
        status, headers = waiting.pop(0) if waiting else (204, {})
        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        async with self._came:
            given = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.told.append(Told(scope["path"], given, body))
            self._came.notify_all()
        await send({"type": "http.response.start", "status": status, "headers": named})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def a_subscriber() -> AsyncIterator[Subscriber]:
    """A subscriber on a port of its own."""
    subscriber = Subscriber()
    server = HttpServer(subscriber, "127.0.0.1:0")
    await server.start()
    subscriber.port = server.port
    try:
        yield subscriber
    finally:
        await server.stop(1)
