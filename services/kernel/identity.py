"""Who calls: OAuth 2.0 bearer tokens (JWT), checked against the issuer's published keys."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import jwt

from services.kernel.errors import Denied, Unauthenticated
from services.kernel.jwks import ALGORITHMS, HttpJwks, JwksSource, StaticJwks

OPERATOR_SCOPE = "operator"
CLOCK_SKEW_S = 30
TOKEN_BYTES_MAX = 8192
CACHED_TOKENS_MAX = 10_000

_PARTNER = re.compile(r"partners/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ACTOR_LENGTH_MAX = 128


class TokenMissing(Unauthenticated):
    """The call carries no bearer token."""

    reason = "TOKEN_MISSING"


class TokenMalformed(Unauthenticated):
    """The token cannot be read, or a claim is missing or has the wrong shape; the fact `claim` says which."""

    reason = "TOKEN_MALFORMED"


class TokenExpired(Unauthenticated):
    """The token's time is over, or has not begun."""

    reason = "TOKEN_EXPIRED"


class TokenSignature(Unauthenticated):
    """No key of the issuer made this signature."""

    reason = "TOKEN_SIGNATURE"


class TokenIssuer(Unauthenticated):
    """Another issuer than ours made the token."""

    reason = "TOKEN_ISSUER"


class TokenAudience(Unauthenticated):
    """The token was made for somebody else."""

    reason = "TOKEN_AUDIENCE"


class ScopeMissing(Denied):
    """The token is good but does not carry the scope the call needs; the fact `scope` names it."""

    reason = "SCOPE_MISSING"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and for which partner."""

    partner: str
    actor: str
    scopes: frozenset[str]

    @property
    def operator(self) -> bool:
        """Whether the caller is the manufacturer's own staff, who see all partners."""
        return OPERATOR_SCOPE in self.scopes

    def may_see(self, partner: str) -> bool:
        """Whether what belongs to `partner` exists for this caller."""
        return self.partner == partner or OPERATOR_SCOPE in self.scopes

    def require(self, scope: str) -> None:
        """Refuses unless the token carries `scope`."""
        if scope not in self.scopes:
            raise ScopeMissing("The token does not carry the scope that this call needs.", scope=scope)


@dataclass(frozen=True)
class IdentitySettings:
    """Whose tokens are good; variables DOSELANE_IDENTITY_ISSUER, …_JWKS (an address, a file or the JSON itself)."""

    PREFIX: ClassVar[str] = "DOSELANE_IDENTITY"

    issuer: str
    jwks: str
    audience: str = "doselane"

    def verifier(self) -> "TokenVerifier":
        """The verifier that these settings describe."""
        fetched = self.jwks.startswith(("https://", "http://"))
        keys: JwksSource = HttpJwks(self.jwks) if fetched else StaticJwks.from_text(self.jwks)
        return TokenVerifier(keys, self.issuer, self.audience)


class TokenVerifier:
    """Checks tokens. A checked one is remembered until it expires, so that a repeat costs a look-up."""

    def __init__(
        self, jwks: JwksSource, issuer: str, audience: str = "doselane", *, now: Callable[[], float] = time.time
    ) -> None:
        self._jwks, self._issuer, self._audience, self._now = jwks, issuer, audience, now
        self._checked: dict[str, tuple[Caller, float]] = {}
        self._generation = jwks.generation

    def remembered(self, token: str) -> Caller | None:
        """The caller of a token that was checked before and has not expired; the quick way."""
        found = self._checked.get(token)
        if found is None or found[1] <= self._now() or self._generation != self._jwks.generation:
            return None
        return found[0]

    def refresh_if_due(self) -> None:
        """Has the issuer's keys fetched again in the background when they are old."""
        self._jwks.refresh_if_due()

    async def verify(self, token: str) -> Caller:
        """The caller whom `token` speaks for; raises Unauthenticated with the reason."""
        self._jwks.refresh_if_due()
        caller = self.remembered(token)
        if caller is None:
            caller, expiry = await self._check(token)
            self._remember(token, caller, expiry)
        return caller

    async def _check(self, token: str) -> tuple[Caller, float]:
        if len(token) > TOKEN_BYTES_MAX:
            raise TokenMalformed("The token is too long.", bytes_max=TOKEN_BYTES_MAX)
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as wrong:
            raise TokenMalformed("The token is not a JSON Web Token.") from wrong
        if header.get("alg") not in ALGORITHMS:
            raise TokenSignature("The token's algorithm is not accepted.", accepted=" ".join(ALGORITHMS))
        key = await self._jwks.key(header.get("kid"), header["alg"])
        if key is None:
            raise TokenSignature("The token's key is not one of the issuer's.", kid=str(header.get("kid"))[:64])
        claims = self._decode(token, key)
        return _caller(claims), float(claims["exp"]) + CLOCK_SKEW_S

    def _decode(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        try:
            # Times are checked below, by our own clock, so that tests need not wait for them.
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                options={
                    "require": ["iss", "aud", "exp", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidIssuerError as wrong:
            raise TokenIssuer("The token is from another issuer.", expected=self._issuer) from wrong
        except jwt.InvalidAudienceError as wrong:
            raise TokenAudience("The token is for another audience.", expected=self._audience) from wrong
        except jwt.MissingRequiredClaimError as wrong:
            raise TokenMalformed("The token lacks a claim.", claim=wrong.claim) from wrong
        except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError, jwt.InvalidKeyError) as wrong:
            raise TokenSignature("The token's signature is not right.") from wrong
        except jwt.InvalidTokenError as wrong:
            raise TokenMalformed("The token cannot be read.") from wrong
        self._check_times(claims)
        return claims

    def _check_times(self, claims: dict[str, Any]) -> None:
        now = self._now()
        for claim in ("exp", "nbf"):
            value = claims.get(claim, 0)
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
                raise TokenMalformed("A time in the token is not a number of seconds.", claim=claim)
        if now >= claims["exp"] + CLOCK_SKEW_S:
            raise TokenExpired("The token has expired.", claim="exp")
        if now < claims.get("nbf", 0) - CLOCK_SKEW_S:
            raise TokenExpired("The token is not valid yet.", claim="nbf")

    def _remember(self, token: str, caller: Caller, expiry: float) -> None:
        if self._generation != self._jwks.generation:  # A key was withdrawn: what it had signed is not good any more.
            self._checked.clear()
            self._generation = self._jwks.generation
        if len(self._checked) >= CACHED_TOKENS_MAX:
            del self._checked[next(iter(self._checked))]
        self._checked[token] = (caller, expiry)


def bearer(authorization: str | None) -> str:
    """The token in an Authorization header (RFC 6750; the scheme's case does not matter)."""
    if not authorization:
        raise TokenMissing("The call needs a bearer token in `authorization`.")
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing("`authorization` must be `Bearer` and a token.")
    return token


def _caller(claims: dict[str, Any]) -> Caller:
    actor, partner, scope = claims["sub"], claims.get("partner"), claims.get("scope", "")
    # Both are stored with every change, so neither may carry what a database or a log line cannot.
    if not isinstance(actor, str) or not 0 < len(actor) <= _ACTOR_LENGTH_MAX or not actor.isprintable():
        raise TokenMalformed("The subject must be a printable name.", claim="sub")
    if not isinstance(partner, str) or not _PARTNER.fullmatch(partner):
        raise TokenMalformed("The token must say which partner it speaks for, partners/{partner}.", claim="partner")
    if not isinstance(scope, str):
        raise TokenMalformed("The scope must be a text with blanks between the scopes.", claim="scope")
    return Caller(partner, actor, frozenset(scope.split()))
