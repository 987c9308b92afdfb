"""People who sign in with a browser: authorization codes with PKCE, and refresh tokens that rotate.

RFC 6749 (4.1, 6), RFC 7636 (S256 only), RFC 9207 (`iss` in the answer), RFC 9700 (redirect addresses compared as texts,
each refresh token used once), OpenID Connect Core (the nonce comes back in the ID token).
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar
from urllib.parse import urlencode

from services.local.persons import Reauthentication
from services.local.token_requests import TokenRefused

CODE_LIFETIME_S = 60
REFRESH_LIFETIME_S = 12 * 3600
KEPT_MAX = 1000
OPENID = "openid"
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_ASKED_MAX = 2000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PublicClient:
    """A program in a browser, which can keep no secret: where people may be sent back to, and what it may ask for."""

    redirect_uris: frozenset[str]
    scopes: tuple[str, ...]


class AuthorizationRefused(Exception):
    """A request that is refused before it is known where to send people back to: they are told, nobody else."""


@dataclass(frozen=True, slots=True)
class SignInRequest:
    """What a browser brings to the authorization endpoint, once it was found to be right."""

    client_id: str
    redirect_uri: str
    state: str
    scope: tuple[str, ...] = ()
    challenge: str = ""
    nonce: str = ""

    def answered(self, **fields: str) -> str:
        """The address to send the person back to."""
        state = {"state": self.state} if self.state else {}
        return f"{self.redirect_uri}?{urlencode({**fields, **state})}"


@dataclass(frozen=True, slots=True)
class SignIn:
    """That a person let a client speak for them. All that comes of one sign-in is of one `family`."""

    request: SignInRequest
    proof: Reauthentication
    family: str
    until: float


class Authorizations:
    """The clients, and the codes and refresh tokens that are out. They are kept as hashes, in memory, and bounded."""

    def __init__(self, clients: Mapping[str, PublicClient], now: Callable[[], float]) -> None:
        self.clients, self._now = clients, now
        self._codes: dict[str, SignIn] = {}
        self._refreshes: dict[str, SignIn] = {}
        self._used: dict[str, str] = {}  # hash of a code or a refresh token to its family

    def request(self, query: Mapping[str, str]) -> SignInRequest:
        """What is asked; raises AuthorizationRefused, or TokenRefused for what the client is told in turn."""
        client = self.clients.get(query.get("client_id", ""))
        if client is None:
            raise AuthorizationRefused("No program with this client_id may send people here.")
        if query.get("redirect_uri", "") not in client.redirect_uris:
            raise AuthorizationRefused("This redirect_uri is not registered for the program, letter by letter.")
        if any(len(value) > _ASKED_MAX for value in query.values()):
            raise AuthorizationRefused("A parameter is too long.")
        scope = tuple(each for each in query.get("scope", "").split() if each == OPENID or each in client.scopes)
        asked = SignInRequest(
            query["client_id"],
            query["redirect_uri"],
            query.get("state", ""),
            scope,
            query.get("code_challenge", ""),
            query.get("nonce", ""),
        )
        _require(asked, query)
        return asked

    def grant(self, request: SignInRequest, proof: Reauthentication) -> str:
        """A code for a person who proved who they are: good once, and for a minute."""
        code = secrets.token_urlsafe(32)
        made = SignIn(request, proof, secrets.token_hex(16), self._now() + CODE_LIFETIME_S)
        _keep(self._codes, _hash(code), made)
        return code

    def redeem(self, fields: Mapping[str, str]) -> SignIn:
        """What a code stands for; raises TokenRefused. A code that comes twice ends all that came of it."""
        found = self._taken(self._codes, fields.get("code", ""))
        asked = found.request
        if fields.get("client_id") != asked.client_id or fields.get("redirect_uri") != asked.redirect_uri:
            raise TokenRefused("invalid_grant", "The code was given to another client, or for another address.")
        verifier = fields.get("code_verifier", "")
        if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(challenge_of(verifier), asked.challenge):
            raise TokenRefused("invalid_grant", "code_verifier is not what code_challenge was made of.")
        return found

    def renew(self, fields: Mapping[str, str]) -> SignIn:
        """What a refresh token stands for; raises TokenRefused. One that comes twice was stolen: its family ends."""
        found = self._taken(self._refreshes, fields.get("refresh_token", ""))
        if fields.get("client_id") != found.request.client_id:
            raise TokenRefused("invalid_grant", "The refresh token was given to another client.")
        return found

    def refresh_token(self, signed_in: SignIn, *, first: bool) -> str:
        """The next refresh token of a family; the time until the person signs in again is not made longer by it."""
        token = secrets.token_urlsafe(32)
        until = self._now() + REFRESH_LIFETIME_S if first else signed_in.until
        _keep(self._refreshes, _hash(token), replace(signed_in, until=until))
        return token

    def _taken(self, kept: dict[str, SignIn], secret: str) -> SignIn:
        key = _hash(secret)
        if family := self._used.get(key):
            self._end(family)
        found = kept.pop(key, None)
        if found is None or self._now() >= found.until:
            raise TokenRefused("invalid_grant", "This was used, is too old, or was never given: sign in again.")
        _keep(self._used, key, found.family)
        return found

    def _end(self, family: str) -> None:
        for key in [key for key, each in self._refreshes.items() if each.family == family]:
            del self._refreshes[key]


def challenge_of(verifier: str) -> str:
    """S256 (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _require(asked: SignInRequest, query: Mapping[str, str]) -> None:
    if query.get("response_type") != "code":
        raise TokenRefused("unsupported_response_type", "Only response_type=code is answered.")
    if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(asked.challenge):
        raise TokenRefused("invalid_request", "Send a code_challenge of 43 characters, with the method S256.")
    if not asked.state:
        raise TokenRefused("invalid_request", "Send a state, and compare it when the person comes back.")
    if OPENID in asked.scope and not asked.nonce:
        raise TokenRefused("invalid_request", "Send a nonce with the scope openid.")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _keep(kept: dict[str, T], key: str, value: T) -> None:
    if len(kept) >= KEPT_MAX:
        del kept[next(iter(kept))]
    kept[key] = value
