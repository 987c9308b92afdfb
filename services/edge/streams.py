"""gRPC streams as server-sent events, and how many of them a caller may hold open."""

import asyncio
from collections.abc import AsyncIterator

import grpc.aio
from google.protobuf.message import Message
from starlette.responses import Response

from services.edge.api import Binding
from services.edge.replies import problem_of_call, server_sent, server_sent_end, server_sent_error
from services.kernel.errors import Busy
from services.kernel.shares import Shares

MEDIA_TYPE = "text/event-stream"
STREAM_HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
RETRY_MS = 2000
# An error that comes at once is answered with its status. A stream that has nothing to say yet begins after this,
# so that its reader sees that it is connected.
FIRST_ANSWER_S = 0.5


class TooManyStreams(Busy):
    """The door already holds as many streams as it may, or as many of this caller's as one caller may have."""

    reason = "TOO_MANY_STREAMS"


class Streams:
    """Counts the open streams and tells them when the door closes."""

    def __init__(self, at_once_max: int) -> None:
        self._open = Shares(at_once_max)
        self.stopping = asyncio.Event()

    def enter(self, caller: str) -> None:
        """Counts one in, or refuses it."""
        if not self._open.enter(caller):
            bounds = {"at_once_max": self._open.most, "of_one_caller_max": self._open.share}
            raise TooManyStreams("Too many streams are open.", **bounds, retry_after_ms=5000)

    def leave(self, caller: str) -> None:
        """Counts one out."""
        self._open.leave(caller)


class Events:
    """A gRPC stream as server-sent events. One that `ends` says so: a browser would take it for a broken connection."""

    def __init__(
        self,
        call: "grpc.aio.UnaryStreamCall[Message, Message]",
        streams: Streams,
        caller: str,
        binding: Binding,
        instance: str,
    ) -> None:
        self._call, self._streams, self._caller = call, streams, caller
        self._request, self._instance, self._ends = binding.method.input_type, instance, not binding.goes_on
        self._next: asyncio.Task[Message | None] = asyncio.create_task(self._read())
        self._closed = False

    async def first(self) -> Response | None:
        """Waits a moment for the first answer; the problem, if it is one."""
        await asyncio.wait([self._next], timeout=FIRST_ANSWER_S)
        if self._next.done() and isinstance(error := self._next.exception(), grpc.aio.AioRpcError):
            return problem_of_call(error, self._request, self._instance)
        return None

    async def all(self) -> AsyncIterator[bytes]:
        """The events, until the service ends the stream, the reader leaves, or the door closes."""
        stopping = asyncio.create_task(self._streams.stopping.wait())
        retry_ms: int | None = RETRY_MS
        try:
            yield b": connected\n\n"
            while True:
                await asyncio.wait([self._next, stopping], return_when=asyncio.FIRST_COMPLETED)
                if not self._next.done():
                    return  # The reader connects again, with the id of the last event.
                message = self._next.result()
                if message is None:
                    if self._ends:
                        yield server_sent_end()
                    return
                yield server_sent(message, retry_ms)
                retry_ms = None
                self._next = asyncio.create_task(self._read())
        except grpc.aio.AioRpcError as error:
            yield server_sent_error(problem_of_call(error, self._request, self._instance))
        finally:
            stopping.cancel()
            self.close()

    def close(self) -> None:
        """Cancels the call and gives the place back."""
        if not self._closed:
            self._closed = True
            self._streams.leave(self._caller)
            self._next.cancel()
            self._call.cancel()

    async def _read(self) -> Message | None:
        found = await self._call.read()
        return None if found is grpc.aio.EOF else found
