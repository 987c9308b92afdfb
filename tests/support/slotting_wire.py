"""A wire to PostgreSQL that a test can cut, even between a commit and the news of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

from tests.support.slotting_desk import PATIENCE_S


class Wire:
    """Forwards connections to the server until it is cut."""

    def __init__(self, dsn: str) -> None:
        parts = urlsplit(dsn)
        place = parse_qs(parts.query)
        self._socket = f"{place['host'][0]}/.s.PGSQL.{place['port'][0]}"
        self._database = parts.path
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server
        self.dsn = ""
        self.cut_after = b""  # text of a statement; its answer is never delivered
        self.cuts = 0

    async def start(self) -> None:
        """Listens, at the same place again if it was cut before."""
        port = urlsplit(self.dsn).port or 0
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", port)
        port = self._server.sockets[0].getsockname()[1]
        self.dsn = f"postgresql://postgres@127.0.0.1:{port}{self._database}"

    def cut(self) -> None:
        """Ends all connections and takes no new ones."""
        self._server.close()
        self._cut_open()

    def _cut_open(self) -> None:
        for writer in self._open:
            writer.transport.abort()
        self._open.clear()

    async def _forward(self, from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        from_server, to_server = await asyncio.open_unix_connection(self._socket)
        self._open |= {to_client, to_server}
        answers = asyncio.create_task(self._pipe(from_server, to_client))
        while data := await _read(from_client):
            if self.cut_after and self.cut_after in data:
                await self._lose_the_answer(data, answers, from_server, to_server)
                break
            to_server.write(data)
        to_client.transport.abort()
        to_server.transport.abort()

    async def _lose_the_answer(
        self,
        data: bytes,
        answers: "asyncio.Task[None]",
        from_server: asyncio.StreamReader,
        to_server: asyncio.StreamWriter,
    ) -> None:
        answers.cancel()
        await asyncio.gather(answers, return_exceptions=True)
        self.cut_after = b""
        to_server.write(data)
        async with asyncio.timeout(PATIENCE_S):
            await from_server.read(65536)  # the server has done it; nobody is told
        self.cuts += 1

    @staticmethod
    async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await _read(reader):
            writer.write(data)
        writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(65536)
    except OSError:
        return b""


@asynccontextmanager
async def a_wire(dsn: str) -> AsyncIterator[Wire]:
    """A wire to the database's server."""
    wire = Wire(dsn)
    await wire.start()
    yield wire
    wire.cut()
