"""The account's access token, for an adapter whose protocol carries it in another way than HTTP does.

The credentials stay the account's and the token the host's: an adapter asks for it with each call, and keeps none.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import httpx

from adapters.outbound import Declined


@dataclass(frozen=True, slots=True)
class Grant:
    """An access token, and what else its issuer said with it."""

    token: str = field(repr=False)
    # What of the answer is text and no token, such as Salesforce's `instance_url` and `id`.
    said: Mapping[str, str] = field(default_factory=dict)
    # Where calls go, such as https://lakeside.my.salesforce.com, if the issuer says so; empty: the account's address.
    base: str = ""


@runtime_checkable
class GrantSource(Protocol):
    """Credentials that are an access token."""

    async def grant(self, http: httpx.AsyncClient, refused: str = "") -> Grant:
        """The token in force; a new one if that is the one that was `refused`. Raises Away or Declined."""
        ...


async def grant(http: httpx.AsyncClient, refused: str = "") -> Grant:
    """The account's access token; a new one if the one in force was `refused`. Raises Away or Declined."""
    if not isinstance(http.auth, GrantSource):
        raise Declined("connection.credentials must be of a kind that fetches access tokens")
    return await http.auth.grant(http, refused)
