"""What a token must look like: the form of a signed JWT (RFC 7515, 7519, 8725, 9068), judged before its signature."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from services.kernel.errors import Unauthenticated
from services.kernel.jwks import ALGORITHMS

CLOCK_SKEW_S = 30
TOKEN_BYTES_MAX = 8192
# A token that is good for longer was not made for one session of a program; if it leaks, nobody can take it back.
LIFE_S_MAX = 31 * 86_400

# RFC 9068 says at+jwt; issuers from before it say JWT, or nothing. Tokens for other uses (id+jwt, logout+jwt) say so.
_TYPES = frozenset({"at+jwt", "jwt"})
_PART = re.compile("[A-Za-z0-9_-]+")
# WSO2 names its keys by an encoded SHA-256 thumbprint and the algorithm, in 92 characters; RFC 7515 has no limit.
_NAME_OF_KEY = re.compile("[ -~]{1,256}")


class TokenMissing(Unauthenticated):
    """The call carries no bearer token."""

    reason = "TOKEN_MISSING"


class TokenMalformed(Unauthenticated):
    """The token cannot be read, or a part of it is missing or has the wrong shape; a fact says which."""

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


def read_header(token: str) -> dict[str, Any]:
    """The token's header, once its form is that of an access token with one of our algorithms and readable claims.

    Keys inside the token (jwk, jku, x5u, x5c) are not looked at: keys come from the issuer's key set alone.
    """
    if len(token) > TOKEN_BYTES_MAX:
        raise TokenMalformed("The token is too long.", bytes_max=TOKEN_BYTES_MAX)
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenMalformed("The token is not a signed JSON Web Token: header, claims and signature, a dot between.")
    header = _object(parts[0], "header")
    _object(parts[1], "claims")
    _check_header(header)
    _decoded(parts[2], "signature")
    return header


def check_times(claims: Mapping[str, Any], now: float) -> None:
    """Refuses a token whose time is over, has not begun, or has no sensible end."""
    for claim in ("exp", "nbf", "iat"):
        seconds_in(claims, claim)
    if now >= claims["exp"] + CLOCK_SKEW_S:
        raise TokenExpired("The token has expired.", claim="exp")
    for claim in ("nbf", "iat"):
        if now < claims.get(claim, 0) - CLOCK_SKEW_S:
            raise TokenExpired("The token is not valid yet.", claim=claim)
    if claims["exp"] > now + LIFE_S_MAX + CLOCK_SKEW_S:
        raise TokenMalformed("The token is good for too long.", claim="exp", days_max=LIFE_S_MAX // 86_400)


def seconds_in(claims: Mapping[str, Any], claim: str) -> float:
    """A time in the token, in seconds since 1970; 0 if there is none."""
    value = claims.get(claim, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise TokenMalformed("A time in the token is not a number of seconds.", claim=claim)
    return value


def scopes_in(claims: Mapping[str, Any], claim: str) -> frozenset[str]:
    """The scopes: a text with one blank (U+0020, and no other) between them (RFC 6749), or a list, as Okta has it."""
    said = claims.get(claim, "")
    scopes = said.split(" ") if isinstance(said, str) else said
    if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
        raise TokenMalformed("The scopes must be a text with blanks between them, or a list of texts.", claim=claim)
    return frozenset(scopes) - {""}


def _check_header(header: Mapping[str, Any]) -> None:
    if header.get("alg") not in ALGORITHMS:
        raise TokenSignature("The token's algorithm is not accepted.", accepted=" ".join(ALGORITHMS))
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in _TYPES:
        raise TokenMalformed("The token is not an access token: its `typ` must be at+jwt or JWT.", header="typ")
    for extension in ("crit", "b64", "zip", "enc"):
        if extension in header:
            raise TokenMalformed("The token's header asks for an extension that is not known.", header=extension)
    if "kid" in header and not (isinstance(header["kid"], str) and _NAME_OF_KEY.fullmatch(header["kid"])):
        raise TokenMalformed("The name of the token's key must be 1 to 256 printable ASCII characters.", header="kid")


def _object(part: str, called: str) -> dict[str, Any]:
    try:
        found = json.loads(_decoded(part, called).decode(), object_pairs_hook=_without_repeats, parse_constant=_refused)
    except (ValueError, RecursionError) as wrong:
        raise TokenMalformed(f"The token's {called} cannot be read, or has a name twice.", part=called) from wrong
    if not isinstance(found, dict):
        raise TokenMalformed(f"The token's {called} must be a JSON object.", part=called)
    return found


def _decoded(part: str, called: str) -> bytes:
    """The bytes of a part, which has one spelling only: no padding, no other alphabet, no bits left over."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) if _PART.fullmatch(part) else b""
    except binascii.Error:
        raw = b""
    if base64.urlsafe_b64encode(raw).decode().rstrip("=") != part or not part:
        raise TokenMalformed(f"The token's {called} must be base64url without padding.", part=called)
    return raw


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Readers differ in which of two values they take, so whoever signed one may have meant the other (RFC 7519, 4).
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
