"""Access tokens by which we prove to brokers who we are (SASL/OAUTHBEARER, RFC 7628), asked for at their issuer."""

import asyncio
import base64
import json
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlencode

import httpx
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError
from pydantic import SecretStr

ANSWER_S_MAX = 10.0
# A token is replaced so long before its end that none ends on its way to a broker.
RENEW_BEFORE_S = 60.0
LIVES_S_UNLESS_SAID = 300.0
FAULT_CHARACTERS_SHOWN = 200
# RFC 6750's characters and more; what else came would be read by brokers as something beside the token.
_TOKEN = re.compile(r"[!-~]{1,65536}")


class NoBrokerToken(KafkaConnectionError):  # type: ignore[misc]  # untyped
    """The issuer gave no token. Clients take it for a broker that cannot be reached, and wait it out."""

    @property
    def why(self) -> str:
        """What is wrong, in words."""
        return str(self.args[0])


# Sends a form with these headers, and answers status and body; raises OSError, in words, if nobody answers.
TokenPost = Callable[[str, Mapping[str, str], bytes], Awaitable[tuple[int, bytes]]]


async def post_anywhere(url: str, headers: Mapping[str, str], form: bytes) -> tuple[int, bytes]:
    """To an address of our own settings, which nobody needs to judge."""
    try:
        async with httpx.AsyncClient(timeout=ANSWER_S_MAX) as http:
            answer = await http.post(url, content=form, headers=dict(headers))
    except httpx.HTTPError as fault:
        raise OSError(repr(fault)) from fault
    return answer.status_code, answer.content


class BrokerTokens(AbstractTokenProvider):  # type: ignore[misc]  # untyped
    """Client credentials (RFC 6749, 4.4). A token is kept while it lasts; all connections share it."""

    def __init__(
        self, url: str, client_id: str, secret: SecretStr, scope: str = "", post: TokenPost = post_anywhere
    ) -> None:
        self._url, self._client_id, self._secret, self._scope, self._post = url, client_id, secret, scope, post
        self._token, self._renew_at_s = "", 0.0
        self._one_at_a_time = asyncio.Lock()

    @property
    def to_be_renewed(self) -> bool:
        """Whether the token that was given is near its end."""
        return bool(self._token) and time.monotonic() >= self._renew_at_s

    async def token(self) -> str:
        """A token that holds for a minute at least, if tokens live for two. NoBrokerToken if there is none."""
        async with self._one_at_a_time:
            if time.monotonic() >= self._renew_at_s:
                await self._ask()
            return self._token

    async def _ask(self) -> None:
        form = {"grant_type": "client_credentials", **({"scope": self._scope} if self._scope else {})}
        proof = base64.b64encode(f"{self._client_id}:{self._secret.get_secret_value()}".encode()).decode()
        headers = {
            "accept": "application/json",
            "authorization": f"Basic {proof}",
            "content-type": "application/x-www-form-urlencoded",
        }
        began = time.monotonic()
        try:
            status, body = await self._post(self._url, headers, urlencode(form).encode())
        except OSError as fault:
            raise NoBrokerToken(f"no token: {self._url} does not answer: {fault}") from fault
        try:
            if not 200 <= status < 300:
                raise ValueError(body.decode(errors="replace")[:FAULT_CHARACTERS_SHOWN])
            self._token, lives_s = _told(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
            shown = fault if not 200 <= status < 300 else type(fault).__name__
            raise NoBrokerToken(f"no token: {self._url} answered {status}: {shown}") from fault
        # Of one that lives for less than two minutes, half its life.
        self._renew_at_s = began + max(lives_s - RENEW_BEFORE_S, lives_s / 2)


def _told(said: Mapping[str, object]) -> tuple[str, float]:
    """The token of an answer, and for how many seconds it lives; any of these errors of reading if it has none."""
    token, lives_s = str(said["access_token"]), float(said.get("expires_in", LIVES_S_UNLESS_SAID))  # type: ignore[arg-type]
    if _TOKEN.fullmatch(token) is None or not 0 <= lives_s < math.inf:
        raise ValueError("no token, or no life")
    return token, lives_s
