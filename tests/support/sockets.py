"""Requests as bytes on a socket: what no client library would send."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

PATIENCE_S = 90.0


class Answer(NamedTuple):
    """What came back: status, headers with names in lower case, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> Any:
        """The problem details in the body."""
        assert self.headers["content-type"] == "application/problem+json", self
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """The problem's reason."""
        return str(self.problem["reason"])


class Raw:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, *lines: str, body: bytes = b"") -> None:
        """Sends lines, the empty one that ends a head, and a body."""
        self.writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1") + body)
        await self.writer.drain()

    async def answer(self, *, head: bool = False) -> Answer:
        """Reads one answer, with as much of a body as its length says; an answer to HEAD has none."""
        async with asyncio.timeout(PATIENCE_S):
            first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await self.reader.readexactly(0 if head else int(headers.get("content-length", 0)))
            return Answer(int(first.split()[1]), headers, body)

    async def ended(self) -> bytes:
        """Waits until the other side closes the connection, and answers what came before that."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


@asynccontextmanager
async def connection(port: int, address: str = "127.0.0.1") -> AsyncIterator[Raw]:
    """A connection to a port of this machine, from one of its addresses."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()


async def ask(port: int, *lines: str, body: bytes = b"") -> Answer:
    """The answer to one request on a connection of its own."""
    async with connection(port) as raw:
        await raw.send(*lines, body=body)
        return await raw.answer(head=lines[0].startswith("HEAD"))
