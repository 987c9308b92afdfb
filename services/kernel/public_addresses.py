"""Where others may have something sent by us: to addresses that anybody on the internet can reach, and no other.

Who names an address could have us ask what stands inside our own walls, and a name may lead elsewhere the next time: so
whoever connects asks here each time, and goes to an address that was checked.
"""

import asyncio
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

RESOLVE_S_MAX = 5.0
URL_CHARACTERS_MAX = 2000

# What ends in an IPv4 address and reaches that through a gateway: NAT64 (RFC 6052), and its local use (RFC 8215).
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_ISATAP = (0x00005EFE, 0x02005EFE)  # RFC 5214: before the IPv4 address, behind any prefix
_PRINTABLE = re.compile(r"[!-~]+")
_URL = re.compile(r"(?P<scheme>[A-Za-z]+)://(?P<authority>[^/?#]*)(?:[/?][^#]*)?(?P<fragment>#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?:\[(?P<literal>[^\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")

Address = IPv4Address | IPv6Address


class AddressRefused(ValueError):
    """Nothing is sent there, whoever asks for it; the message says why."""


class NameUnknown(OSError):
    """The name leads nowhere, for now."""


@dataclass(frozen=True, slots=True)
class NamedHost:
    """What an address names: whether by TLS, and a host as a name in ASCII, or as an address."""

    tls: bool
    host: str
    literal: Address | None


async def why_not(url: str, *, loopback: bool) -> str:
    """Why nothing is sent to this address; empty if it may be. `loopback`: this machine may be meant, in a sandbox."""
    try:
        await addresses(url, loopback=loopback)
    except (AddressRefused, NameUnknown) as refused:
        return str(refused)
    return ""


async def addresses(url: str, *, loopback: bool) -> Sequence[Address]:
    """What the name in an address leads to, all of it fit to be reached; raises AddressRefused or NameUnknown."""
    named = read(url)
    found = [named.literal] if named.literal else await resolve(named.host)
    judge(found, tls=named.tls, loopback=loopback)
    return found


def read(url: str) -> NamedHost:
    """What an address names, where all who read it read the same; raises AddressRefused."""
    if len(url) > URL_CHARACTERS_MAX:
        raise AddressRefused(f"It has more than {URL_CHARACTERS_MAX} characters.")
    # Readers take these for a slash, drop them, or turn them into others.
    if _PRINTABLE.fullmatch(url) is None or "\\" in url:
        raise AddressRefused("It must be an https address in ASCII, without blanks or backslashes.")
    parts = _URL.fullmatch(url)
    scheme = parts["scheme"].lower() if parts else ""
    if parts is None or scheme not in ("https", "http"):
        raise AddressRefused("It must be an https address.")
    if "@" in parts["authority"] or parts["fragment"] is not None:
        raise AddressRefused("It must hold neither a password nor a fragment.")
    authority = _AUTHORITY.fullmatch(parts["authority"])
    if authority is None or (authority["port"] and not 0 < int(authority["port"]) < 1 << 16):
        raise AddressRefused("Its host and port cannot be read.")
    if authority["literal"] is not None:
        return NamedHost(scheme == "https", authority["literal"], _ipv6(authority["literal"]))
    return NamedHost(scheme == "https", authority["name"], _ipv4(authority["name"]))


def judge(found: Sequence[Address], *, tls: bool, loopback: bool) -> None:
    """Raises AddressRefused unless all addresses of a name may be reached. One that is not refuses them all."""
    ours = loopback and bool(found) and all(each.is_loopback for each in found)
    if not tls and not ours:
        raise AddressRefused("It must be an https address.")
    if not ours and not (found and all(map(is_public, found))):
        raise AddressRefused("It leads to an address that is not public.")


def is_public(address: Address) -> bool:
    """Whether anybody on the internet may be meant by it; what stands for an IPv4 address counts as that."""
    if isinstance(address, IPv6Address):
        if address.scope_id or address.is_site_local:
            return False
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if any(address in each for each in _NAT64) or int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


async def resolve(host: str) -> Sequence[Address]:
    """All addresses of a name; raises NameUnknown."""
    try:
        async with asyncio.timeout(RESOLVE_S_MAX):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, TimeoutError) as fault:
        raise NameUnknown(f"Its name {host[:253]!r} leads nowhere.") from fault
    return list(dict.fromkeys(ip_address(str(where[0])) for *_, where in found))


def _ipv6(text: str) -> IPv6Address:
    try:
        address = IPv6Address(text)
    except ValueError:
        raise AddressRefused("What stands in brackets is no IPv6 address.") from None
    if address.scope_id is not None:
        raise AddressRefused("Its IPv6 address must not name a zone.")
    return address


def _ipv4(name: str) -> IPv4Address | None:
    """The address that a host is, if it is one in the one spelling that means the same to everybody."""
    labels = name.split(".")
    if not 0 < len(name) <= 253 or not all(map(_LABEL.fullmatch, labels)):
        raise AddressRefused("Its host must be a name in ASCII or an address.")
    if _NUMBER.fullmatch(labels[-1]) is None:
        return None
    try:
        return IPv4Address(name)
    except ValueError:
        # One number, octal, hexadecimal or short forms: who resolves them takes them for addresses.
        raise AddressRefused("An IPv4 address is written as four decimal numbers.") from None
