"""The client for addresses that partners name goes to the address that was checked."""

import asyncio
from typing import Any

import httpx
import pytest

from adapters.host.client.bounded import AnswerRefused
from adapters.host.client.public import PublicTransport, public_client


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def getaddrinfo(*asked: Any, **more: Any) -> list[Any]:
        return [(0, 0, 0, "", (each, 0)) for each in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


async def test_the_address_that_was_checked_is_the_one_that_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    reached: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        reached.append(request)
        return httpx.Response(204)

    leads_to(monkeypatch, "93.184.215.14")
    client = httpx.AsyncClient(transport=PublicTransport(httpx.MockTransport(answered), loopback=False))
    await client.post("https://partner.example:8443/epcis?a=b", content=b"{}")
    (request,) = reached
    assert str(request.url) == "https://93.184.215.14:8443/epcis?a=b"
    assert request.headers["host"] == "partner.example:8443"
    assert request.extensions["sni_hostname"] == "partner.example"
    leads_to(monkeypatch, "10.0.0.1")
    with pytest.raises(httpx.UnsupportedProtocol):
        await client.post("https://partner.example:8443/epcis", content=b"{}")
    assert len(reached) == 1


async def test_a_name_that_leads_nowhere_is_a_connection_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(*asked: Any, **more: Any) -> list[Any]:
        raise OSError(8, "not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    client = httpx.AsyncClient(transport=PublicTransport(httpx.MockTransport(lambda _: None), loopback=False))  # type: ignore[arg-type,return-value]
    with pytest.raises(httpx.ConnectError, match="leads nowhere"):
        await client.post("https://partner.example/epcis")


@pytest.mark.parametrize(("size", "read"), [(64 << 10, True), ((64 << 10) + 1, False)])
async def test_no_connection_serves_two_calls_and_no_answer_of_more_than_64_kibibytes_is_read(
    size: int, read: bool
) -> None:
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)
        except asyncio.IncompleteReadError:
            writer.close()  # as the other side did

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, public_client(loopback=True) as client:
        for _ in range(2):
            if read:
                assert len((await client.get(url)).content) == size
            else:
                with pytest.raises(AnswerRefused):
                    await client.get(url)
    assert connections == 2


async def test_of_more_than_32_calls_at_once_the_others_wait() -> None:
    held, all_held, open_ = 0, asyncio.Event(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal held
        await reader.readuntil(b"\r\n\r\n")
        held += 1
        if held == 32:
            all_held.set()
        await open_.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, public_client(loopback=True) as client:
        calls = [asyncio.create_task(client.get(url)) for _ in range(32)]
        async with asyncio.timeout(60):
            await all_held.wait()
        with pytest.raises(httpx.PoolTimeout):
            await client.get(url, timeout=httpx.Timeout(1, pool=0.01))
        open_.set()
        assert [each.status_code for each in await asyncio.gather(*calls)] == [204] * 32
