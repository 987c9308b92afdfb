"""The issuer's public keys (RFC 7517): given once, or fetched and kept fresh."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.kernel.authorities import usual_context
from services.kernel.errors import Unavailable

# Signatures made with a private key only: no shared secrets, and never "none".
ALGORITHMS = ("EdDSA", "ES256", "RS256")
RSA_BITS_MIN = 2048  # RFC 7518, section 3.3
REFRESH_S = 300.0
UNKNOWN_KEY_REFRESH_S = 5.0
FETCH_TIMEOUT_S = 5.0
JWKS_BYTES_MAX = 1 << 20

log = logging.getLogger(__name__)

KeySet = dict[tuple[str | None, str], jwt.PyJWK]


class IssuerAway(Unavailable):
    """The issuer's keys could not be fetched, so no new token can be checked for now."""

    reason = "ISSUER_AWAY"


class JwksSource(Protocol):
    """Where keys come from."""

    @property
    def on_withdrawal(self) -> list[Callable[[], None]]:
        """Called when a key was withdrawn: what it had signed must then be checked again."""
        ...

    async def key(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key of that name for that algorithm; without a name, the only key for it."""
        ...

    def refresh_if_due(self) -> None:
        """Starts a refresh in the background when the keys are old; never waits."""
        ...


class StaticJwks:
    """Keys that do not change while the process runs."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.on_withdrawal: list[Callable[[], None]] = []
        self._keys = read_keys(document)
        if not self._keys:
            raise ValueError(f"The key set has no usable key; accepted are {', '.join(ALGORITHMS)}.")

    @classmethod
    def from_text(cls, text: str) -> "StaticJwks":
        """Keys from the JSON itself, or from the file of that name."""
        return cls(json.loads(text if text.lstrip().startswith("{") else Path(text).read_text()))

    async def key(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key of that name for that algorithm."""
        return find(self._keys, kid, algorithm)

    def refresh_if_due(self) -> None:
        """Nothing to do."""


class HttpJwks:
    """Keys fetched from the issuer.

    Fetched first when first needed, again every five minutes, and when a token names an unknown key, but then at most
    once in five seconds. When the issuer is away, the keys known before stay good.
    """

    def __init__(
        self, url: str, *, client: httpx.AsyncClient | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._url, self._now = url, now
        self._client = client or httpx.AsyncClient(timeout=FETCH_TIMEOUT_S, verify=usual_context())
        self._keys: KeySet = {}
        self._entries: set[str] = set()
        self._fetched_at = self._tried_at = float("-inf")
        self._running: asyncio.Task[None] | None = None
        self.on_withdrawal: list[Callable[[], None]] = []

    async def key(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key of that name for that algorithm, fetching once more if it is not known."""
        found = find(self._keys, kid, algorithm)
        if found is None and (self._running or self._now() - self._tried_at >= UNKNOWN_KEY_REFRESH_S):
            await asyncio.shield(self._refresh())
            found = find(self._keys, kid, algorithm)
        if found is None and not self._keys:
            raise IssuerAway(
                "The issuer's keys cannot be had for now.", retry_after_ms=int(UNKNOWN_KEY_REFRESH_S * 1000)
            )
        return found

    def refresh_if_due(self) -> None:
        """Starts a refresh in the background when the keys are five minutes old."""
        now = self._now()
        if self._keys and now - self._fetched_at >= REFRESH_S and now - self._tried_at >= UNKNOWN_KEY_REFRESH_S:
            self._refresh()

    async def close(self) -> None:
        """Ends a running fetch and the connection."""
        if self._running:
            self._running.cancel()
        await self._client.aclose()

    def _refresh(self) -> "asyncio.Task[None]":
        """The running fetch, started if there is none, so that a thousand callers make one request."""
        if self._running is None:
            self._tried_at = self._now()
            self._running = asyncio.create_task(self._fetch())
            self._running.add_done_callback(self._done)
        return self._running

    def _done(self, _: object) -> None:
        self._running = None

    async def _fetch(self) -> None:
        try:
            async with self._client.stream("GET", self._url, headers={"accept": "application/json"}) as answer:
                answer.raise_for_status()
                body = b""
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > JWKS_BYTES_MAX:
                        raise ValueError("The key set is too large.")
            document = json.loads(body)
            keys, entries = read_keys(document), {json.dumps(entry, sort_keys=True) for entry in document["keys"]}
            if not keys:
                raise ValueError("The key set has no usable key.")
        except (httpx.HTTPError, ValueError, AttributeError, KeyError, TypeError) as wrong:
            log.warning("The issuer's keys could not be fetched: %s", wrong, extra={"url": self._url})
            return
        withdrawn = self._entries - entries
        self._keys, self._entries, self._fetched_at = keys, entries, self._now()
        if withdrawn:
            for forget in self.on_withdrawal:
                forget()


def read_keys(document: Mapping[str, Any]) -> KeySet:
    """The keys that can check signatures by one of our algorithms; others are passed over, as RFC 7517 asks."""
    keys: KeySet = {}
    for entry in document.get("keys", ()):
        try:
            if entry.get("use", "sig") != "sig" or not isinstance(entry.get("kid", ""), str):
                continue
            key = jwt.PyJWK(entry)
        except (jwt.PyJWTError, ValueError, AttributeError, TypeError):
            continue
        too_short = isinstance(key.key, RSAPublicKey) and key.key.key_size < RSA_BITS_MIN
        if key.algorithm_name in ALGORITHMS and not too_short:
            keys[entry.get("kid"), key.algorithm_name] = key
    return keys


def find(keys: KeySet, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
    """The key of that name for that algorithm; without a name, the only key for it."""
    if kid is not None:
        return keys.get((kid, algorithm))
    fitting = [key for (_, name), key in keys.items() if name == algorithm]
    return fitting[0] if len(fitting) == 1 else None
