"""Where a partner may have something sent: to public addresses only, in whatever disguise another one comes."""

import asyncio
from ipaddress import ip_address
from typing import Any

import pytest
import yarl

from services.kernel.public_addresses import AddressRefused, addresses, is_public, read, why_not

NOT_PUBLIC = "It leads to an address that is not public."
NOT_HTTPS = "It must be an https address."
NOT_FOUR = "An IPv4 address is written as four decimal numbers."
NOT_ASCII = "It must be an https address in ASCII, without blanks or backslashes."
NO_PASSWORD = "It must hold neither a password nor a fragment."
UNREADABLE = "Its host and port cannot be read."
NO_HOST = "Its host must be a name in ASCII or an address."
NO_IPV6 = "What stands in brackets is no IPv6 address."
PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(("address", "public"), [
    (PUBLIC, True),
    ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
    ("::ffff:93.184.215.14", True),
    ("64:ff9b::5db8:d70e", True),
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
    ("::10.0.0.1", False),
    ("fe80::1", False),
    ("fe80::1%eth0", False),
    ("2606:2800:21f:cb07::1%1", False),
    ("fec0::1", False),
    ("fd00::1", False),
    ("ff0e::1", False),
    ("::ffff:10.0.0.1", False),
    ("::ffff:127.0.0.1", False),
    ("64:ff9b::a00:1", False),
    ("64:ff9b:1::a00:1", False),
    ("2002:a00:1::", False),
    ("2001:0:0:0:0:0:f5ff:fffe", False),
    ("2606:2800:21f:cb07:0:5efe:a00:1", False),
    ("2606:2800:21f:cb07:200:5efe:a00:1", False),
])  # fmt: skip
def test_only_what_anybody_can_reach_is_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


def leads_to(monkeypatch: pytest.MonkeyPatch, *found: str) -> list[Any]:
    asked_for: list[Any] = []

    async def getaddrinfo(*asked: Any, **more: Any) -> list[Any]:
        asked_for.append(asked[0])
        return [(0, 0, 0, "", (each, 0)) for each in found]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return asked_for


@pytest.mark.parametrize(("found", "refused"), [
    ([PUBLIC], ""),
    (["10.0.0.1"], NOT_PUBLIC),
    ([PUBLIC, "10.0.0.1"], NOT_PUBLIC),
    ([PUBLIC, "127.0.0.1"], NOT_PUBLIC),
    (["::ffff:169.254.169.254"], NOT_PUBLIC),
    (["fe80::1%eth0"], NOT_PUBLIC),
    ([], NOT_PUBLIC),
])  # fmt: skip
async def test_all_addresses_of_a_name_must_be_public(
    monkeypatch: pytest.MonkeyPatch, found: list[str], refused: str
) -> None:
    asked_for = leads_to(monkeypatch, *found)
    assert await why_not("https://partner.example/hook", loopback=False) == refused
    assert await why_not("https://partner.example/hook", loopback=True) == refused
    assert asked_for == ["partner.example", "partner.example"]


async def test_a_name_that_leads_to_this_machine_is_taken_in_a_sandbox_only(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, "127.0.0.1", "::1", "127.0.0.1")
    assert [str(each) for each in await addresses("http://localhost:8080", loopback=True)] == ["127.0.0.1", "::1"]
    assert await why_not("http://localhost:8080", loopback=False) == NOT_HTTPS
    assert await why_not("https://localhost:8080", loopback=False) == NOT_PUBLIC


async def test_a_name_that_leads_nowhere_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async def getaddrinfo(*asked: Any, **more: Any) -> list[Any]:
        raise OSError(8, "not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    assert await why_not("https://partner.example/hook", loopback=False) == (
        "Its name 'partner.example' leads nowhere."
    )


@pytest.mark.parametrize(("url", "loopback", "refused"), [
    ("https://127.0.0.1/x", True, ""),
    ("http://127.0.0.1:8080/x", True, ""),
    ("http://[::1]:8080/x", True, ""),
    ("HTTPS://93.184.215.14:8443/x?y=z@w&u=#", False, NO_PASSWORD),
    ("HTTPS://93.184.215.14:8443/x?y=z@w", False, ""),
    ("https://93.184.215.14?y", False, ""),
    ("https://93.184.215.14", False, ""),
    ("https://[2606:2800:21f:cb07::1]:65535/x", False, ""),
    ("https://127.0.0.1/x", False, NOT_PUBLIC),
    ("https://10.0.0.1/x", True, NOT_PUBLIC),
    ("https://[::ffff:127.0.0.1]/x", False, NOT_PUBLIC),
    ("https://[::ffff:7f00:1]/x", False, NOT_PUBLIC),
    ("https://[64:ff9b::7f00:1]/x", False, NOT_PUBLIC),
    ("http://93.184.215.14/x", True, NOT_HTTPS),
    ("http://93.184.215.14/x", False, NOT_HTTPS),
    ("ftp://93.184.215.14/x", False, NOT_HTTPS),
    ("//93.184.215.14/x", False, NOT_HTTPS),
    ("https:93.184.215.14/x", False, NOT_HTTPS),
    ("", False, NOT_ASCII),
    ("https://0x7f000001/x", False, NOT_FOUR),
    ("https://0x5db8d70e/x", False, NOT_FOUR),
    ("https://2130706433/x", False, NOT_FOUR),
    ("https://1572394766/x", False, NOT_FOUR),
    ("https://0177.0.0.1/x", False, NOT_FOUR),
    ("https://127.1/x", False, NOT_FOUR),
    ("https://93.184.215.0x0e/x", False, NOT_FOUR),
    ("https://93.184.215.014/x", False, NOT_FOUR),
    ("https://93.184.215.14.1/x", False, NOT_FOUR),
    ("https://93.184.215.256/x", False, NOT_FOUR),
    ("https://93.184.0x/x", False, NOT_FOUR),
    ("https://user:word@93.184.215.14/x", False, NO_PASSWORD),
    ("https://93.184.215.14@10.0.0.1/x", False, NO_PASSWORD),
    ("https://@93.184.215.14/x", False, NO_PASSWORD),
    ("https://93.184.215.14#@10.0.0.1/x", False, NO_PASSWORD),
    ("https://93.184.215.14/x#", False, NO_PASSWORD),
    ("https://93.184.215.14\\@10.0.0.1/x", False, NOT_ASCII),
    ("https://93.184.215.14/ x", False, NOT_ASCII),
    ("https://93.184.215.14/x\n", False, NOT_ASCII),
    ("https://93.184.215.14/x\t", False, NOT_ASCII),
    ("https://①②⑦.0.0.1/x", False, NOT_ASCII),
    ("https://127。0。0。1/x", False, NOT_ASCII),
    ("https://partner.exämple/x", False, NOT_ASCII),
    ("https://%31%32%37.0.0.1/x", False, NO_HOST),
    ("https:///x", False, NO_HOST),
    ("https://partner..example/x", False, NO_HOST),
    ("https://127.0.0.1./x", False, NO_HOST),
    ("https://-partner.example/x", False, NO_HOST),
    ("https://" + "a" * 64 + ".example/x", False, NO_HOST),
    ("https://" + "a." * 127 + "ab/x", False, NO_HOST),
    ("https://partner.example:/x", False, UNREADABLE),
    ("https://partner.example:0/x", False, UNREADABLE),
    ("https://partner.example:65536/x", False, UNREADABLE),
    ("https://partner.example:80:80/x", False, UNREADABLE),
    ("https://[::1/x", False, UNREADABLE),
    ("https://[::1]10.0.0.1/x", False, UNREADABLE),
    ("https://[fe80::1%25eth0]/x", False, "Its IPv6 address must not name a zone."),
    ("https://[v1.x]/x", False, NO_IPV6),
    ("https://[]/x", False, NO_IPV6),
    ("https://[127.0.0.1]/x", False, NO_IPV6),
])  # fmt: skip
async def test_an_address_is_taken_or_refused_with_a_reason(url: str, loopback: bool, refused: str) -> None:
    assert await why_not(url, loopback=loopback) == refused


@pytest.mark.parametrize("url", [
    "https://partner.example/x", "https://PARTNER.example:8443?x", "https://a_b.example", "https://93.184.215.14/x",
    "https://[2606:2800:21f:cb07::1]/x", "https://xn--exmple-cua.example/", "https://" + "a" * 63 + ".example/x",
])  # fmt: skip
def test_whoever_connects_reads_the_same_host(url: str) -> None:
    place = read(url)
    assert place.host.lower() == yarl.URL(url).raw_host
    assert place.tls
    assert not read(url.replace("https", "http", 1)).tls


def test_an_address_may_have_two_thousand_characters() -> None:
    url = "https://93.184.215.14/"
    assert read(url + "x" * (2000 - len(url))).literal is not None
    with pytest.raises(AddressRefused, match="more than 2000"):
        read(url + "x" * (2001 - len(url)))


def test_a_name_is_at_most_as_long_as_names_can_be() -> None:
    assert read("https://" + "a." * 126 + "b/x").literal is None
    with pytest.raises(AddressRefused):
        read("https://" + "a." * 126 + "bc/x")
