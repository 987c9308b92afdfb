"""Access tokens of an outside system's own issuer: asked for when one is needed, kept, shared, and renewed."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate

from adapters.grants import Grant
from adapters.host.client.instance import Instance, aim
from adapters.host.client.refusals import token_refusal, told_refusal
from adapters.outbound import Away, Declined
from adapters.waiting import asked_to_wait
from services.kernel.clock import Clock

# A token is replaced so long before it ends that no request on its way can outlive it.
RENEW_BEFORE_S = 60.0
# Salesforce and others refuse an assertion that holds for longer than three minutes.
ASSERTION_LIVES = timedelta(minutes=2, seconds=30)
KEY_BITS_MIN = 2048
# After a no that stays, nobody asks anew for so long.
ASK_AGAIN_S = 30.0
CERTIFICATE_ENDS_SOON = timedelta(days=30)
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


log = logging.getLogger(__name__)


class TokenAuth(httpx.Auth):
    """Sends each request with a token, and once more with a new one if the token turned out to be over.

    It is the `GrantSource` of adapters whose protocol carries the token itself.
    """

    def __init__(self, clock: Clock, secrets: Sequence[str]) -> None:
        self._clock, self._secrets = clock, secrets
        self._grant: Grant | None = None
        self._ends_s = 0.0
        self._refusal, self._ask_again_s = Declined(""), 0.0
        self._one_at_a_time = asyncio.Lock()
        self.instance: Instance | None = None  # where the issuer says which address calls go to

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The request, behind one for a token where that is needed."""
        for attempt in (1, 2):
            # Each token costs a call that vendors count, so those who wait share the one that is fetched.
            async with self._one_at_a_time:
                grant = self._usable()
                if grant is None:
                    answer = yield self._asked()
                    await answer.aread()
                    grant = self._keep(answer)
            request.headers["Authorization"] = f"Bearer {grant.token}"
            if grant.base:
                aim(request, grant.base)
            response = yield request
            if response.status_code != httpx.codes.UNAUTHORIZED or attempt == 2:
                return
            self._forget(grant.token)

    async def grant(self, http: httpx.AsyncClient, refused: str = "") -> Grant:
        """The token for what is no HTTP, with what its issuer said; a new one if the one in force was refused."""
        async with self._one_at_a_time:
            self._forget(refused)
            if (grant := self._usable()) is not None:
                return grant
            asking = self._asked()
            asking.extensions["timeout"] = http.timeout.as_dict()
            try:
                answer = await http.send(asking, auth=None)
            except httpx.TransportError as fault:
                raise Away(f"no token for now: {fault!r}") from fault
            return self._keep(answer)

    def _forget(self, token: str) -> None:
        """This token is over, if it is the one that is in use."""
        if self._grant is not None and self._grant.token == token:
            self._grant = None

    def _usable(self) -> Grant | None:
        over = self._clock.seconds() >= self._ends_s - RENEW_BEFORE_S
        return None if over else self._grant

    def _asked(self) -> httpx.Request:
        if self._clock.seconds() < self._ask_again_s:
            # Whoever asks again and again with what was refused is locked out in the end.
            raise Declined(str(self._refusal))
        return self._asking()

    def _asking(self) -> httpx.Request:
        raise NotImplementedError

    def _ended(self) -> bool:
        """Whether what was asked with holds no more: the machine slept meanwhile, or its clock was set."""
        return False

    def _keep(self, answer: httpx.Response) -> Grant:
        if not answer.is_success:
            raise self._refused(answer)
        try:
            given = answer.json()
            token = given["access_token"]
            # UPS writes the seconds as a text; Salesforce does not say, so its tokens are used until they are refused.
            lives_s = given.get("expires_in")
            ends_s = self._clock.seconds() + float("inf" if lives_s is None else lives_s)
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            if _says_no(answer):
                raise self._refused(answer) from None
            raise Away("the answer to the request for a token cannot be read") from fault
        if not (isinstance(token, str) and token.isascii() and token.isprintable() and token):
            raise Away("the answer to the request for a token cannot be read")
        said = {name: each for name, each in given.items() if isinstance(each, str) and not _is_secret(name)}
        try:
            base = self.instance.base(said) if self.instance is not None else ""
        except Declined as nowhere:
            raise self._final(nowhere) from None
        self._grant, self._ends_s = Grant(token, said, base), ends_s
        return self._grant

    def _refused(self, answer: httpx.Response) -> Away | Declined:
        """What the issuer says (RFC 6749, 5.2), without our secrets: some repeat what they were sent."""
        waits = asked_to_wait(answer.headers)
        if answer.headers.get("content-type", "").startswith("text/html"):
            return Away(f"no token for now: {answer.status_code} and a page instead of an answer", waits)
        try:
            error, description = told_refusal(answer.json())
        except ValueError:
            error = description = ""
        for secret in self._secrets:
            error, description = error.replace(secret, "***"), description.replace(secret, "***")
        refusal = token_refusal(answer.status_code, error, description)
        if isinstance(refusal, Declined):
            # What was asked for too late is no answer to what is asked for in time.
            return Away(f"{refusal}; it was asked for too late") if self._ended() else self._final(refusal)
        refusal.retry_after = waits or refusal.retry_after
        return refusal

    def _final(self, refusal: Declined) -> Declined:
        self._refusal, self._ask_again_s = refusal, self._clock.seconds() + ASK_AGAIN_S
        return refusal


class OAuthClientCredentials(TokenAuth):
    """Fetches tokens with client credentials (RFC 6749, 4.4), for a scope where the issuer wants one."""

    def __init__(self, clock: Clock, token_url: str, client: str, secret: str, scope: str = "") -> None:
        super().__init__(clock, [secret])
        self._token_url, self._basic = token_url, httpx.BasicAuth(client, secret)
        self._form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})

    def _asking(self) -> httpx.Request:
        asking = httpx.Request("POST", self._token_url, data=self._form)
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
        self,
        clock: Clock,
        token_url: str,
        issuer: str,
        subject: str,
        audience: str,
        private_key: str,
        certificate: str = "",
    ) -> None:
        """With the certificate that the issuer knows of our key, its end is noticed before the issuer refuses it."""
        super().__init__(clock, [])
        self._token_url, self._key = token_url, _rsa_key(private_key)
        self._claims = {"iss": issuer, "sub": subject, "aud": audience}
        self._certificate_ends = _end_of(certificate, self._key) if certificate else None
        self._assertion_ends_s = 0

    def _asking(self) -> httpx.Request:
        now = self._clock.now()
        if self._certificate_ends is not None:
            self._look_at(self._certificate_ends, now)
        self._assertion_ends_s = int((now + ASSERTION_LIVES).timestamp())
        claims: dict[str, Any] = {**self._claims, "iat": now, "exp": self._assertion_ends_s, "jti": uuid4().hex}
        assertion = jwt.encode(claims, self._key, algorithm="RS256")
        self._secrets = [assertion]
        return httpx.Request("POST", self._token_url, data={"grant_type": JWT_BEARER, "assertion": assertion})

    def _ended(self) -> bool:
        return self._clock.seconds() >= self._assertion_ends_s

    def _look_at(self, ends: datetime, now: datetime) -> None:
        step = "give the app at the issuer a new one, and the account its key and certificate"
        if now >= ends:
            raise Declined(f"no token: the signing certificate of {self._claims['iss']} ended at {ends}; {step}")
        if ends - now < CERTIFICATE_ENDS_SOON:
            log.warning("the signing certificate of %s ends at %s; %s", self._claims["iss"], ends, step)


def _says_no(answer: httpx.Response) -> bool:
    """Whether a success is an error all the same, as some issuers answer."""
    try:
        said = answer.json()
    except ValueError:
        return False
    return isinstance(said, dict) and "access_token" not in said and bool(said.get("error") or said.get("errors"))


def _is_secret(field: str) -> bool:
    return "token" in field or field == "signature"


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


def _end_of(pem: str, key: RSAPrivateKey) -> datetime:
    try:
        certificate = load_pem_x509_certificate(pem.encode())
        fits = certificate.public_key() == key.public_key()
    except (ValueError, UnsupportedAlgorithm):
        fits = False
    if not fits:
        raise ValueError("connection.credentials.certificate must be the certificate of private_key, as PEM") from None
    return certificate.not_valid_after_utc
