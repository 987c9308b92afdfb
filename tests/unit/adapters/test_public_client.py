"""The client for addresses that partners name goes to the address that was checked."""

import asyncio
from typing import Any

import httpx
import pytest

from adapters.host.client.public import PublicTransport


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
