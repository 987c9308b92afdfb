"""Where calls go, if not to the account's own address but to one that the issuer of the token names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from adapters.outbound import Declined

_FIELDS = frozenset({"field", "hosts"})


@dataclass(frozen=True, slots=True)
class Instance:
    """The field of the token's answer that names the address, and the hosts that it may name.

    `*.my.salesforce.com` stands for every host below it; only vendors can have one there.
    """

    field: str
    hosts: Sequence[str]

    def base(self, said: Mapping[str, str]) -> str:
        """The address that the answer names. Raises Declined, and no token goes anywhere, if it is not allowed."""
        named = said.get(self.field, "")
        url = httpx.URL(named) if is_url(named) else None
        if url is None or url.userinfo or url.query or url.fragment or url.path not in ("", "/"):
            raise Declined(f"the token came without an address to go to: {self.field} is {named[:200]!r}")
        if not any(_fits(url.host, each) for each in self.hosts):
            words = f"{self.field} names {url.host[:200]!r}, which is none of connection.instance.hosts"
            raise Declined(f"{words}; add it there if it is the vendor's")
        return f"{url.scheme}://{url.netloc.decode()}"


def instance(options: Any) -> Instance:
    """Reads `connection.instance`; raises ValueError."""
    given = options if isinstance(options, dict) else {}
    field, hosts = given.get("field"), given.get("hosts")
    listed = isinstance(hosts, list) and bool(hosts) and all(_is_host(each) for each in hosts)
    if given.keys() != _FIELDS or not (isinstance(field, str) and field) or not listed:
        words = "connection.instance must be an object: field, of the answer that brings a token, and hosts, a list"
        raise ValueError(f"{words} of names such as lakeside.my.salesforce.com or *.my.salesforce.com")
    return Instance(field, tuple(map(str.lower, given["hosts"])))


def aim(request: httpx.Request, base: str) -> None:
    """Sends the request to this address, whatever address it had; path and query stay."""
    to = httpx.URL(base)
    request.url = request.url.copy_with(scheme=to.scheme, host=to.host, port=to.port)
    request.headers["Host"] = to.netloc.decode()


def is_url(given: object) -> bool:
    """Whether secrets may go there: by https, or to this machine, where a twin stands in for the vendor."""
    if not isinstance(given, str):
        return False
    try:
        url = httpx.URL(given)
    except httpx.InvalidURL:
        return False
    return bool(url.host) and (
        url.scheme == "https" or (url.scheme == "http" and url.host in ("127.0.0.1", "localhost"))
    )


def _fits(host: str, allowed: str) -> bool:
    if allowed.startswith("*."):
        return host.endswith(allowed[1:]) and host != allowed[2:]
    return host == allowed


def _is_host(given: object) -> bool:
    """A name, or all below one that has two parts at least: `*.com` is nobody's."""
    if not isinstance(given, str):
        return False
    name = given.removeprefix("*.")
    parts = name.split(".")
    return all(part.replace("-", "").isalnum() and part.isascii() for part in parts) and (
        name == given or len(parts) > 1
    )
