"""Where a partner may have something sent: to public addresses only, whatever leads there."""

import asyncio
from ipaddress import ip_address
from typing import Any

import httpx
import pytest

from adapters.host.client.public import AddressRefused, PublicTransport, is_public, why_not


@pytest.mark.parametrize(("address", "public"), [
    ("93.184.215.14", True),
    ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
    ("::ffff:93.184.215.14", True),
    ("127.0.0.1", False),
    ("10.1.2.3", False),
    ("172.16.0.1", False),
    ("192.168.1.1", False),
    ("169.254.169.254", False),
    ("100.64.0.1", False),
    ("0.0.0.0", False),
    ("224.0.0.1", False),
    ("240.0.0.1", False),
    ("255.255.255.255", False),
    ("::1", False),
    ("::", False),
    ("fe80::1", False),
    ("fd00::1", False),
    ("ff0e::1", False),
    ("::ffff:10.0.0.1", False),
    ("64:ff9b::a00:1", False),
    ("2002:a00:1::", False),
    ("2001:0:0:0:0:0:f5ff:fffe", False),
])  # fmt: skip
def test_only_what_anybody_can_reach_is_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


def leads_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def getaddrinfo(*asked: Any, **more: Any) -> list[Any]:
        return [(0, 0, 0, "", (each, 0)) for each in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(("addresses", "refused"), [
    (["93.184.215.14"], ""),
    (["10.0.0.1"], "It leads to an address that is not public."),
    (["93.184.215.14", "10.0.0.1"], "It leads to an address that is not public."),
    (["93.184.215.14", "127.0.0.1"], "It leads to an address that is not public."),
])  # fmt: skip
async def test_all_addresses_of_a_name_must_be_public(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], refused: str
) -> None:
    leads_to(monkeypatch, *addresses)
    assert await why_not("https://partner.example/epcis", loopback=False) == refused
    assert await why_not("https://partner.example/epcis", loopback=True) == refused


@pytest.mark.parametrize(("address", "loopback", "taken"), [
    ("https://127.0.0.1/x", True, True),
    ("http://127.0.0.1:8080/x", True, True),
    ("http://[::1]:8080/x", True, True),
    ("https://127.0.0.1/x", False, False),
    ("http://93.184.215.14/x", True, False),
    ("https://93.184.215.14/x", False, True),
    ("https://10.0.0.1/x", True, False),
    ("https://0x7f000001/x", False, False),
    ("https://user:word@93.184.215.14/x", False, False),
    ("https://93.184.215.14/x#y", False, False),
    ("ftp://93.184.215.14/x", False, False),
    ("//93.184.215.14/x", False, False),
    ("https:///x", False, False),
    ("https://[::1/x", False, False),
    ("", False, False),
])  # fmt: skip
async def test_an_address_is_taken_or_refused_with_a_reason(address: str, loopback: bool, taken: bool) -> None:
    assert (await why_not(address, loopback=loopback) == "") is taken


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
    with pytest.raises(AddressRefused):
        await client.post("https://partner.example:8443/epcis", content=b"{}")
    assert len(reached) == 1
