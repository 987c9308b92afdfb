"""Who receives webhooks in a bench: a process of its own that answers 204 to whatever comes."""

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection

import uvloop
from aiohttp import web

ALL_WITHIN_S = 300


class WebhookReceiver:
    """The process of the receiver of webhooks."""

    def __init__(self, url: str, pipe: Connection) -> None:
        self.url, self._pipe = url, pipe

    async def all_of(self, count: int) -> Mapping[str, float]:
        """When each event arrived first, once so many have."""
        async with asyncio.timeout(ALL_WITHIN_S):
            while True:
                self._pipe.send(count)
                if (arrived := await asyncio.to_thread(self._pipe.recv)) is not None:
                    return dict(arrived)
                await asyncio.sleep(0.1)


@asynccontextmanager
async def webhook_receiver() -> AsyncIterator[WebhookReceiver]:
    """A receiver in a process of its own, until the block ends."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=receive, args=(theirs,), daemon=True)
    process.start()
    try:
        yield WebhookReceiver(f"http://127.0.0.1:{await asyncio.to_thread(ours.recv)}", ours)
    finally:
        process.kill()
        process.join()


def receive(pipe: Connection) -> None:
    """The process: says its port, then, whenever it is asked, when each event arrived if so many have; until killed."""
    uvloop.run(_receive(pipe))


async def _receive(pipe: Connection) -> None:
    arrived: dict[str, float] = {}

    async def take(request: web.Request) -> web.Response:
        await request.read()
        arrived.setdefault(request.headers.get("webhook-id", ""), time.perf_counter())
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/{path}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    pipe.send(runner.addresses[0][1])
    while True:
        count = await asyncio.to_thread(pipe.recv)
        pipe.send(arrived if len(arrived) >= count else None)
