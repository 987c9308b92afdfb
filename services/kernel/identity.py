"""Who calls: OAuth 2.0 bearer tokens (JWT), checked against the issuer's published keys."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt
from jwt.exceptions import InvalidJTIError, InvalidSubjectError

from services.kernel.errors import Denied
from services.kernel.jwks import ALGORITHMS, JwksSource
from services.kernel.signer import StepUp
from services.kernel.tokens import (
    CLOCK_SKEW_S,
    TokenAudience,
    TokenIssuer,
    TokenMalformed,
    TokenMissing,
    TokenSignature,
    check_times,
    read_header,
    scopes_in,
)
from services.kernel.visibility import PARTNER_ID

if TYPE_CHECKING:  # It needs to know callers.
    from services.kernel.agent_consents import ConsentSeal

OPERATOR_SCOPE = "operator"
AGENT_SCOPE = "agent"
SCOPE_CLAIM = "scope"
NAME_CLAIM = "name"
STEP_UP = StepUp()
CACHED_TOKENS_MAX = 10_000

_PARTNER = re.compile(f"partners/{PARTNER_ID}")
_ACTOR_LENGTH_MAX = 128
# What is kept of a token for calls that sign, beside the claim with the person's name.
_CLAIMS_OF_SIGNERS = ("auth_time", "acr", "amr", "jti", "sid", "act")


class ScopeMissing(Denied):
    """The token is good but does not carry the scope the call needs; the fact `scope` names it."""

    reason = "SCOPE_MISSING"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and for which partner."""

    partner: str
    actor: str
    scopes: frozenset[str]
    # As the issuer wrote them; `step_up` reads them where somebody signs.
    claims: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def operator(self) -> bool:
        """Whether the caller is the manufacturer's own staff, who see all partners."""
        return OPERATOR_SCOPE in self.scopes

    @property
    def viewer(self) -> str | None:
        """The partner whose eyes the caller sees with; None for operators, who see all."""
        return None if self.operator else self.partner

    def may_see(self, partner: str) -> bool:
        """Whether what belongs to `partner` exists for this caller."""
        return self.partner == partner or OPERATOR_SCOPE in self.scopes

    def require(self, scopes: str) -> None:
        """Refuses unless the token carries all of `scopes`, which have blanks between them."""
        for scope in scopes.split():
            if scope not in self.scopes:
                raise ScopeMissing("The token does not carry the scope that this call needs.", scope=scope)


# A token's caller, the second since 1970 at which the token must be looked at again, and the token.
Known = tuple[Caller, float, str]


class TokenVerifier:
    """Checks tokens. A checked one is remembered until it expires, so that a repeat costs a look-up."""

    def __init__(
        self,
        jwks: JwksSource,
        issuer: str,
        audience: str = "doselane",
        *,
        scope_claim: str = SCOPE_CLAIM,
        name_claim: str = NAME_CLAIM,
        step_up: StepUp = STEP_UP,
        consents: "ConsentSeal | None" = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._jwks, self._issuer, self._audience, self.now = jwks, issuer, audience, now
        self._scope_claim, self._name_claim, self.step_up = scope_claim, name_claim, step_up
        self.consents = consents  # opens what lets automated agents change something; None: they change nothing
        self.withdrawals = 0  # how often the issuer withdrew a key: who was let in before may have to leave
        self._checked: dict[str, Known] = {}
        jwks.on_withdrawal.append(self._forget)

    async def verify(self, token: str) -> Caller:
        """The caller whom `token` speaks for; raises Unauthenticated with the reason."""
        return (await self._known(token))[0]

    async def admit(self, authorization: str | None, scope: str) -> Known:
        """Who sent an Authorization header whose token carries what `scope` names; raises Unauthenticated or Denied."""
        known = await self._known(bearer(authorization))
        known[0].require(scope)
        return known

    def refresh_if_due(self) -> None:
        """Has the issuer's keys fetched again in the background when they are old."""
        self._jwks.refresh_if_due()

    async def _known(self, token: str) -> Known:
        self._jwks.refresh_if_due()
        known = self._checked.get(token)
        if known is None or known[1] <= self.now():
            known = await self._check(token)
            _put(self._checked, token, known)
        return known

    def _forget(self) -> None:
        self.withdrawals += 1
        self._checked.clear()

    async def _check(self, token: str) -> Known:
        header = read_header(token)
        key = await self._jwks.key(header.get("kid"), header["alg"])
        if key is None and "kid" not in header:
            raise TokenMalformed("The token's header lacks `kid`: the issuer has several keys, or none.", header="kid")
        if key is None:
            raise TokenSignature("The token's key is not one of the issuer's.", kid=header["kid"])
        claims = self._decode(token, key)
        check_times(claims, self.now())
        caller = _caller(claims, self._scope_claim, self._name_claim)
        return caller, float(claims["exp"]) + CLOCK_SKEW_S, token

    def _decode(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        # Times are checked elsewhere, by our own clock, so that tests need not wait for them.
        try:
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
        except (InvalidSubjectError, InvalidJTIError) as wrong:
            claim = "sub" if isinstance(wrong, InvalidSubjectError) else "jti"
            raise TokenMalformed("A name in the token must be a text.", claim=claim) from wrong
        except jwt.InvalidTokenError as wrong:
            raise TokenMalformed("The token cannot be read.") from wrong
        return claims


def bearer(authorization: str | None) -> str:
    """The token in an Authorization header (RFC 6750; the scheme's case does not matter)."""
    if not authorization:
        raise TokenMissing("The call needs a bearer token in `authorization`.")
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise TokenMissing("`authorization` must be `Bearer` and a token.")
    return token


def _put(known: dict[str, Known], key: str, value: Known) -> None:
    """Adds to a bounded dictionary; the one who came first goes first."""
    if len(known) >= CACHED_TOKENS_MAX:
        del known[next(iter(known))]
    known[key] = value


def names_partner(text: str) -> bool:
    """Whether this is a partner's name, `partners/{partner}`, as a token could carry it."""
    return _PARTNER.fullmatch(text) is not None


def _caller(claims: dict[str, Any], scope_claim: str, name_claim: str) -> Caller:
    actor, partner = claims["sub"], claims.get("partner")
    # Both are stored with every change, so neither may carry what a database or a log line cannot.
    if not isinstance(actor, str) or not 0 < len(actor) <= _ACTOR_LENGTH_MAX or not actor.isprintable():
        words = f"The subject must be a printable name of 1 to {_ACTOR_LENGTH_MAX} characters."
        raise TokenMalformed(words, claim="sub")
    if not isinstance(partner, str) or not names_partner(partner):
        raise TokenMalformed("The token must say which partner it speaks for, partners/{partner}.", claim="partner")
    if "cnf" in claims:
        # Whoever bound it to a key (RFC 7800) relies on nobody taking it without that key's proof.
        raise TokenMalformed("The token is bound to a key, whose proof is not checked here.", claim="cnf")
    kept = {claim: claims[claim] for claim in _CLAIMS_OF_SIGNERS if claim in claims}
    if name_claim in claims:
        kept["name"] = claims[name_claim]
    return Caller(partner, actor, scopes_in(claims, scope_claim), kept)
