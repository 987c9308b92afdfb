"""The gateway for programs that know no coroutines: the same calls, which block until they are answered."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, TypeVar

from doselane.client.gateway import Gateway
from doselane.client.tokens import TokenSource

Each = TypeVar("Each")


class BlockingGateway:
    """As `Gateway`, and takes what that takes; `SlottingServiceStub(blocking_gateway)` is a stub whose calls block.

    One may serve several threads. What it does runs on an event loop in a thread of its own, until it is closed.
    """

    def __init__(self, address: str, token: TokenSource | str, **options: Any) -> None:
        self.calls = Gateway(address, token, **options)  # for stubs that `items` and `follow` are given
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="doselane client", daemon=True)
        self._thread.start()

    def __enter__(self) -> "BlockingGateway":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection and ends the thread; streams end."""
        if not self._loop.is_closed():
            self._waited(self.calls.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    def unary_unary(self, *method: Any, **more: Any) -> Callable[..., Any]:
        """What a generated stub makes its calls of: `call(request)`, with `timeout` in seconds if need be."""
        call = self.calls.unary_unary(*method, **more)

        def blocking(request: Any, *, timeout: float | None = None) -> Any:
            return self._waited(_awaited(call, request, timeout))

        return blocking

    def unary_stream(self, *method: Any, **more: Any) -> Callable[..., Iterator[Any]]:
        """The same for a stream of answers: `for answer in call(request)`."""
        call = self.calls.unary_stream(*method, **more)

        def blocking(request: Any, *, timeout: float | None = None) -> Iterator[Any]:
            return self.each(call(request, timeout=timeout))

        return blocking

    def each(self, told: AsyncIterator[Each]) -> Iterator[Each]:
        """What `items` or `follow` tell, one after the other: `each(items(Stub(gateway.calls).ListSlots, request))`."""
        try:
            while True:
                try:
                    yield self._waited(_next(told))
                except StopAsyncIteration:
                    return
        finally:
            if not self._loop.is_closed():
                self._waited(_ended(told))

    def _waited(self, work: Coroutine[Any, Any, Each]) -> Each:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()  # also if whoever waits was interrupted
            raise


async def _awaited(call: Callable[..., Any], request: Any, timeout_s: float | None) -> Any:
    return await call(request, timeout=timeout_s)


async def _next(told: AsyncIterator[Each]) -> Each:
    return await anext(told)


async def _ended(told: AsyncIterator[Any]) -> None:
    if (close := getattr(told, "aclose", None)) is not None:
        await close()
