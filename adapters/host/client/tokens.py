"""Access tokens of an outside system's own issuer: asked for when one is needed, kept, shared, and renewed."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from adapters.grants import Grant
from adapters.outbound import Away, Declined
from services.kernel.clock import Clock

# A token is replaced so long before it ends that no request on its way can outlive it.
RENEW_BEFORE_S = 60.0
# Salesforce and others refuse an assertion that holds for longer than three minutes.
ASSERTION_LIVES = timedelta(minutes=2, seconds=30)
KEY_BITS_MIN = 2048
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class TokenAuth(httpx.Auth):
    """Sends each request with a token, and once more with a new one if the token turned out to be over."""

    def __init__(self, clock: Clock, secrets: Sequence[str]) -> None:
        self._clock, self._secrets = clock, secrets
        self._token, self._ends_s = "", 0.0
        self._said: dict[str, str] = {}
        self._one_at_a_time = asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The request, behind one for a token where that is needed."""
        for attempt in (1, 2):
            # Each token costs a call that vendors count, so those who wait share the one that is fetched.
            async with self._one_at_a_time:
                if self._is_over:
                    answer = yield self._asking()
                    await answer.aread()
                    self._keep(answer)
            token = self._token
            request.headers["Authorization"] = f"Bearer {token}"
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED or attempt == 2:
                return
            if self._token == token:
                self._token = ""

    async def grant(self, http: httpx.AsyncClient, refused: str = "") -> Grant:
        """The token for what is no HTTP, with what its issuer said; a new one if the one in force was refused."""
        async with self._one_at_a_time:
            if refused and refused == self._token:
                self._token = ""
            if self._is_over:
                asking = self._asking()
                asking.extensions["timeout"] = http.timeout.as_dict()
                try:
                    answer = await http.send(asking, auth=None)
                except httpx.TransportError as fault:
                    raise Away(f"no token for now: {fault!r}") from fault
                self._keep(answer)
            return Grant(self._token, self._said)

    @property
    def _is_over(self) -> bool:
        return not self._token or self._clock.seconds() >= self._ends_s - RENEW_BEFORE_S

    def _asking(self) -> httpx.Request:
        raise NotImplementedError

    def _keep(self, answer: httpx.Response) -> None:
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            raise Away(f"no token for now: {answer.status_code}")
        if not answer.is_success:
            raise Declined(f"no token: {self._words(answer)}")
        try:
            given = answer.json()
            token = given["access_token"]
            # UPS writes the seconds as a text; Salesforce does not say, so its tokens are used until they are refused.
            ends_s = self._clock.seconds() + float(given.get("expires_in", "inf"))
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise Away("the answer to the request for a token cannot be read") from fault
        if not (isinstance(token, str) and token.isascii() and token.isprintable() and token):
            raise Away("the answer to the request for a token cannot be read")
        self._token, self._ends_s = token, ends_s
        self._said = {name: said for name, said in given.items() if isinstance(said, str) and "token" not in name}

    def _words(self, answer: httpx.Response) -> str:
        """What the issuer says (RFC 6749, 5.2), without our secrets: some repeat what they were sent."""
        try:
            said = answer.json()
            words = f"{answer.status_code} {said.get('error', '')} {said.get('error_description', '')}".rstrip()
        except (ValueError, AttributeError):
            words = f"{answer.status_code}"
        for secret in self._secrets:
            words = words.replace(secret, "***")
        return words


class OAuthClientCredentials(TokenAuth):
    """Fetches tokens with client credentials (RFC 6749, 4.4)."""

    def __init__(self, clock: Clock, token_url: str, client: str, secret: str) -> None:
        super().__init__(clock, [secret])
        self._token_url, self._basic = token_url, httpx.BasicAuth(client, secret)

    def _asking(self) -> httpx.Request:
        asking = httpx.Request("POST", self._token_url, data={"grant_type": "client_credentials"})
        return next(self._basic.auth_flow(asking))


class OAuthClientPost(TokenAuth):
    """The same with the credentials in the body (RFC 6749, 2.3.1), for issuers such as FedEx's that read no header."""

    def __init__(self, clock: Clock, token_url: str, client: str, secret: str) -> None:
        super().__init__(clock, [secret])
        self._token_url = token_url
        self._form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}

    def _asking(self) -> httpx.Request:
        return httpx.Request("POST", self._token_url, data=self._form)


class JwtBearer(TokenAuth):
    """Fetches tokens with an assertion that is signed with our key (RFC 7523, 2.1; RS256)."""

    def __init__(
        self, clock: Clock, token_url: str, issuer: str, subject: str, audience: str, private_key: str
    ) -> None:
        super().__init__(clock, [])
        self._token_url, self._key = token_url, _rsa_key(private_key)
        self._claims = {"iss": issuer, "sub": subject, "aud": audience}

    def _asking(self) -> httpx.Request:
        now = self._clock.now()
        claims: dict[str, Any] = {**self._claims, "iat": now, "exp": now + ASSERTION_LIVES, "jti": uuid4().hex}
        assertion = jwt.encode(claims, self._key, algorithm="RS256")
        self._secrets = [assertion]
        return httpx.Request("POST", self._token_url, data={"grant_type": JWT_BEARER, "assertion": assertion})


def _rsa_key(pem: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < KEY_BITS_MIN:
        words = (
            f"connection.credentials.private_key must be an RSA key of {KEY_BITS_MIN} bits or more, as PEM, unsealed"
        )
        raise ValueError(words) from None
    return key
