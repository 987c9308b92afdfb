"""Access tokens by which we prove to brokers who we are (SASL/OAUTHBEARER, RFC 7628), asked for at their issuer."""

import asyncio
import time

import httpx
from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError
from pydantic import SecretStr

ANSWER_S_MAX = 10.0
# A token is replaced so long before its end that none ends on its way to a broker.
RENEW_BEFORE_S = 60.0
LIVES_S_UNLESS_SAID = 300.0
FAULT_CHARACTERS_SHOWN = 200


class BrokerTokens(AbstractTokenProvider):  # type: ignore[misc]  # untyped
    """Client credentials (RFC 6749, 4.4). A token is kept while it lasts; all connections share it."""

    def __init__(self, url: str, client_id: str, secret: SecretStr, scope: str = "") -> None:
        self._url, self._client_id, self._secret, self._scope = url, client_id, secret, scope
        self._token, self._renew_at_s = "", 0.0
        self._one_at_a_time = asyncio.Lock()

    async def token(self) -> str:
        """A token that holds for a minute at least. KafkaConnectionError, which clients wait out, if there is none."""
        async with self._one_at_a_time:
            if time.monotonic() >= self._renew_at_s:
                await self._ask()
            return self._token

    async def _ask(self) -> None:
        form = {"grant_type": "client_credentials", **({"scope": self._scope} if self._scope else {})}
        began = time.monotonic()
        try:
            async with httpx.AsyncClient(timeout=ANSWER_S_MAX) as http:
                auth = httpx.BasicAuth(self._client_id, self._secret.get_secret_value())
                answer = await http.post(self._url, data=form, auth=auth, headers={"accept": "application/json"})
        except httpx.HTTPError as fault:
            raise KafkaConnectionError(f"no token: {self._url} does not answer: {fault!r}") from fault
        try:
            said = answer.raise_for_status().json()
            self._token, lives_s = str(said["access_token"]), float(said.get("expires_in", LIVES_S_UNLESS_SAID))
        except (httpx.HTTPStatusError, ValueError, KeyError, TypeError, AttributeError) as fault:
            shown = answer.text[:FAULT_CHARACTERS_SHOWN] if answer.is_error else type(fault).__name__
            raise KafkaConnectionError(f"no token: {self._url} answered {answer.status_code}: {shown}") from fault
        # Of one that lives for less than two minutes, half its life.
        self._renew_at_s = began + max(lives_s - RENEW_BEFORE_S, lives_s / 2)
