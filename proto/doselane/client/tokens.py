"""Where a client has its access token from: a text, a file, or the client credentials with which one is fetched."""

import asyncio
import math
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import httpx

from doselane.client.errors import GatewayAway, NotAuthenticated

# A token is fetched anew when less than this share of its life, and less than so long, is left.
FRESH_SHARE, FRESH_S_MAX = 0.2, 60.0
# What RFC 6749 leaves open: an issuer need not say for how long its token is good.
LIFE_S = 300.0
ISSUER_AWAY = "ISSUER_AWAY"
ISSUER_TIMEOUT = httpx.Timeout(15, connect=10)


class TokenSource(Protocol):
    """Gives the token of each call."""

    async def token(self) -> str:
        """A token that is good now. Raises NotAuthenticated, or GatewayAway where none can be had for now."""
        ...

    def discard(self, token: str) -> None:
        """This token was refused: do not give it again, if there is another way."""
        ...


class StaticToken:
    """One token, for as long as it is good."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        """The token."""
        return self._token

    def discard(self, token: str) -> None:
        """There is no other."""


class TokenFile:
    """A file that somebody else keeps fresh, such as a projected service account; it is read for each call."""

    def __init__(self, path: Path | str) -> None:
        self._path = Path(path)

    async def token(self) -> str:
        """What the file holds now."""
        return self._read()

    def discard(self, token: str) -> None:
        """The next call reads the file again anyway."""

    def _read(self) -> str:
        try:
            found = self._path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise NotAuthenticated(f"The token cannot be read: {fault}", "TOKEN_FILE") from fault
        if not found:
            raise NotAuthenticated(f"{self._path} holds no token.", "TOKEN_FILE")
        return found


class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749, section 4.4): fetched once for all calls, anew before the end.

    Of many calls at once one fetches and the others wait for it. A token that is still good is given while the
    issuer is away.

    `clock` counts the seconds by which a token grows old. The default does not count those that a machine sleeps, on
    Linux, nor those by which the clock of a sandbox was moved on; another may.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        *,
        scope: str = "",
        ca_file: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._client_id, self._secret = token_url, client_id, client_secret
        self._scope, self._ca_file, self._clock = scope, ca_file, clock
        self._token, self._fresh_until_s, self._good_until_s = "", -math.inf, -math.inf
        self._fetching = asyncio.Lock()

    def __repr__(self) -> str:
        return f"ClientCredentials({self._url!r}, {self._client_id!r})"

    async def token(self) -> str:
        """A token that is good now."""
        if self._clock() < self._fresh_until_s:
            return self._token
        async with self._fetching:
            if self._clock() >= self._fresh_until_s:
                try:
                    await self._fetch()
                except GatewayAway:
                    if self._clock() >= self._good_until_s:
                        raise
        return self._token

    def discard(self, token: str) -> None:
        """The next call fetches another; unless one was fetched meanwhile."""
        if token == self._token:
            self._fresh_until_s = self._good_until_s = -math.inf

    async def _fetch(self) -> None:
        # The clock is asked before, so that the way of the answer does not make the token look younger.
        asked_at = self._clock()
        self._token, life_s = _granted(self._url, await self._ask())
        self._good_until_s = asked_at + life_s
        self._fresh_until_s = self._good_until_s - min(FRESH_S_MAX, life_s * FRESH_SHARE)

    async def _ask(self) -> httpx.Response:
        form = {"grant_type": "client_credentials", **({"scope": self._scope} if self._scope else {})}
        verify = ssl.create_default_context(cafile=self._ca_file or None)
        try:
            # A redirect would carry the secret to wherever it points.
            async with httpx.AsyncClient(timeout=ISSUER_TIMEOUT, follow_redirects=False, verify=verify) as http:
                return await http.post(self._url, data=form, auth=(self._client_id, self._secret))
        except (httpx.TransportError, httpx.InvalidURL, OSError, ValueError) as fault:
            words = f"No token can be had: {self._url} cannot be reached ({type(fault).__name__}: {fault})."
            raise GatewayAway(words, ISSUER_AWAY) from fault


def _granted(url: str, answer: httpx.Response) -> tuple[str, float]:
    """The token in an answer, and for how many seconds it is good."""
    try:
        said = answer.json()
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    token, life = said.get("access_token"), said.get("expires_in")
    if answer.is_success and isinstance(token, str) and token:
        if isinstance(life, int | float) and not isinstance(life, bool) and life > 0:
            return token, float(life)
        return token, LIFE_S
    words = " ".join(str(said[name]) for name in ("error", "error_description") if said.get(name))
    told = f"{url} gives no token: {answer.status_code} {words or answer.reason_phrase}".strip()
    if answer.status_code == 429 or answer.is_server_error:
        raise GatewayAway(told, ISSUER_AWAY, retry_after_s=_seconds(answer.headers.get("retry-after", "")))
    raise NotAuthenticated(told, "TOKEN_REFUSED")


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None
