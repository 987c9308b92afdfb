"""Webhooks over HTTP: to addresses that are checked each time they are resolved, to no other, and without redirects."""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from services.kernel.public_addresses import AddressRefused, judge, read, resolve
from services.streams.domain.endpoint_delivery import RESPONSE_BYTES_MAX
from services.streams.domain.endpoint_retries import WebhookAnswer

ANSWER_S_MAX = 10.0
CONNECT_S_MAX = 5.0
CONNECTIONS_MAX = 512
# Shorter than servers wait for a next request (5 s and more), or one would be sent into a connection that they close.
IDLE_S_MAX = 4.0
USER_AGENT = "doselane-webhooks/1"
# What an address names never changes; where its name leads does, and is asked for and judged each time.
# Bench case `webhooks delivered`.
_place = lru_cache(maxsize=4096)(read)


class WebhookClient:
    """Posts webhooks. `loopback`: this machine may be reached too, also without TLS, in a sandbox."""

    def __init__(self, *, loopback: bool, answer_s_max: float = ANSWER_S_MAX) -> None:
        self._loopback, self._answer_s_max = loopback, answer_s_max
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, bytes_max: int = RESPONSE_BYTES_MAX
    ) -> WebhookAnswer:
        """What came back, of its body so many bytes; never raises for what the other side does."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            place = _place(url)
            if place.literal is not None:  # the connector asks its resolver for names only
                judge([place.literal], tls=place.tls, loopback=self._loopback)
            session = self._session(tls=place.tls)
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                start = await _first_bytes(response, bytes_max)
                asked = response.headers.get("retry-after", "")
                return WebhookAnswer(response.status, _ms(loop.time() - began), start, retry_after=asked)
        except AddressRefused as refused:
            fault = f"refused: {refused}"
        except TimeoutError:
            fault = f"no answer within {self._answer_s_max:g} s"
        except aiohttp.ClientConnectorError as wrong:
            fault = f"no connection: {wrong.os_error.strerror or wrong.os_error}"
        except (aiohttp.ClientError, ValueError) as wrong:
            fault = f"no HTTP answer: {type(wrong).__name__}"
        return WebhookAnswer(None, _ms(loop.time() - began), fault=fault)

    async def close(self) -> None:
        """Closes the connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def _session(self, *, tls: bool) -> aiohttp.ClientSession:
        """With and without TLS apart, as what a name may lead to depends on it."""
        if tls not in self._sessions:
            connector = aiohttp.TCPConnector(
                limit=CONNECTIONS_MAX,
                resolver=_CheckedResolver(tls=tls, loopback=self._loopback),
                use_dns_cache=False,
                keepalive_timeout=IDLE_S_MAX,
            )
            self._sessions[tls] = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=self._answer_s_max, sock_connect=CONNECT_S_MAX),
                headers={"user-agent": USER_AGENT, "accept-encoding": "identity"},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._sessions[tls]


class _CheckedResolver(AbstractResolver):
    """Resolves names to addresses that may be reached; the connector goes to one of these, and asks nobody else."""

    def __init__(self, *, tls: bool, loopback: bool) -> None:
        self._tls, self._loopback = tls, loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name, each time anew; raises AddressRefused or NameUnknown."""
        found = await resolve(host)
        judge(found, tls=self._tls, loopback=self._loopback)
        return [
            ResolveResult(
                hostname=host,
                host=str(each),
                port=port,
                family=socket.AF_INET if each.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for each in found
        ]

    async def close(self) -> None:
        """Holds nothing."""


async def _first_bytes(response: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    """The beginning of a body. The status has said everything by then, so a body that breaks off changes nothing."""
    start = b""
    with suppress(TimeoutError, aiohttp.ClientError):
        while len(start) < bytes_max and (more := await response.content.read(bytes_max - len(start))):
            start += more
    return start


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
