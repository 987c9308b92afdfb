"""Bounds on what an outside system answers."""

from collections.abc import AsyncIterator

import httpx


class AnswerRefused(httpx.RemoteProtocolError):
    """The answer is larger than we read, or packed although we asked for it unpacked: what is in it is unknown."""


class BoundedTransport(httpx.AsyncBaseTransport):
    """Reads no more of an answer than so many bytes, and unpacks nothing: a small answer may hold a large one."""

    def __init__(self, inner: httpx.AsyncBaseTransport, bytes_max: int) -> None:
        self._inner, self._bytes_max = inner, bytes_max

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, whose body ends in AnswerRefused when it is too large."""
        answer = await self._inner.handle_async_request(request)
        coding, length = answer.headers.get("content-encoding", "identity"), answer.headers.get("content-length", "")
        if coding.lower() != "identity" or (length.isdigit() and int(length[:18]) > self._bytes_max):
            await answer.aclose()
            raise AnswerRefused(f"the answer is packed ({coding[:40]}) or larger than {self._bytes_max} bytes")
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        answer.stream = _BoundedStream(answer.stream, self._bytes_max)
        return answer

    async def aclose(self) -> None:
        """Closes the connections below."""
        await self._inner.aclose()


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, bytes_max: int) -> None:
        self._inner, self._bytes_max = inner, bytes_max

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > self._bytes_max:
                raise AnswerRefused(f"the answer is larger than {self._bytes_max} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
