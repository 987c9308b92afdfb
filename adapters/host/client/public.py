"""The way to addresses that a partner names: public ones only, checked where they are resolved, and no other after.

Who names an address could have us ask what stands inside our own walls, and a name may lead elsewhere the next time.
"""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from adapters.host.client.bounded import BoundedTransport

CONNECT_S_MAX = 5.0
ANSWER_S_MAX = 20.0
ANSWER_BYTES_MAX = 64 << 10

_NAT64 = IPv6Network("64:ff9b::/96")

Address = IPv4Address | IPv6Address


class AddressRefused(httpx.UnsupportedProtocol):
    """Nothing is sent there, whoever asks for it."""


def public_client(*, loopback: bool) -> httpx.AsyncClient:
    """A client without credentials. `loopback`: this machine may be reached too, also without TLS, in a sandbox."""
    # A connection that is kept was made for one name, and would serve another that leads to the same address.
    limits = httpx.Limits(max_connections=32, max_keepalive_connections=0)
    plain = httpx.AsyncHTTPTransport(verify=httpx.create_ssl_context(), limits=limits, trust_env=False)
    return httpx.AsyncClient(
        transport=PublicTransport(BoundedTransport(plain, ANSWER_BYTES_MAX), loopback=loopback),
        headers={"accept-encoding": "identity"},
        timeout=httpx.Timeout(ANSWER_S_MAX, connect=CONNECT_S_MAX),
        follow_redirects=False,  # A redirect could point anywhere.
        trust_env=False,
    )


class PublicTransport(httpx.AsyncBaseTransport):
    """Resolves each name itself, refuses it if any of its addresses is not public, and goes to one that was checked."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, loopback: bool) -> None:
        self._inner, self._loopback = inner, loopback

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; raises AddressRefused where nothing is sent, ConnectError where the name leads nowhere."""
        address = (await addresses(request.url, loopback=self._loopback))[0]
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,  # with the name as `Host`
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        """Closes the connections below."""
        await self._inner.aclose()


async def why_not(address: str, *, loopback: bool) -> str:
    """Why nothing is sent to this address; empty if it may be."""
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as wrong:
        return f"It is no address: {wrong}."
    try:
        await addresses(url, loopback=loopback)
    except httpx.TransportError as refused:
        return str(refused)
    return ""


async def addresses(url: httpx.URL, *, loopback: bool) -> Sequence[Address]:
    """What the name in an address leads to, all of it fit to be reached."""
    if url.scheme not in ("https", "http") or not url.host:
        raise AddressRefused("It must be an https address.")
    if url.userinfo or url.fragment:
        raise AddressRefused("It must hold neither a password nor a fragment.")
    found = await _resolved(url.host)
    ours = loopback and all(each.is_loopback for each in found)
    if url.scheme == "http" and not ours:
        raise AddressRefused("It must be an https address.")
    if not ours and not all(map(is_public, found)):
        raise AddressRefused("It leads to an address that is not public.")
    return found


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be meant by it; what stands for an IPv4 address counts as that."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


async def _resolved(host: str) -> Sequence[Address]:
    try:
        async with asyncio.timeout(CONNECT_S_MAX):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as fault:
        raise httpx.ConnectError(f"Its name {host[:253]!r} leads nowhere.") from fault
    return [ip_address(str(where[0]).partition("%")[0]) for *_, where in found]
