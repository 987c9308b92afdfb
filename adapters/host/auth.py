"""How an outside system proves who it is: a header key, HTTP Basic, a bearer token, or a signature over the raw body.

Every comparison takes the same time whether it fails early or late. Two secrets may be live at once, so that one can be
exchanged without a gap. What is wrong is never said in detail to someone who may only be guessing.
"""

import base64
import binascii
import hmac
import logging
import secrets as random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from services.kernel.errors import Unauthenticated
from services.kernel.identity import TokenVerifier, bearer

NOT_THIS_ACCOUNT = "There is no such account, or the credential does not fit it."
SECRETS_MAX = 2
SECRET_CHARACTERS_MIN = 16


# All the ways there are. One answer for every account and for none: it must not tell which accounts there are.
CHALLENGE = 'Basic realm="push", charset="UTF-8", Bearer realm="push", ApiKey realm="push", Signature realm="push"'

log = logging.getLogger(__name__)


class CredentialWrong(Unauthenticated):
    """What came with the push does not prove that it is the account's."""

    reason = "CREDENTIAL_WRONG"


class Credential(Protocol):
    """One way to prove who pushes."""

    def needs_body(self, headers: Mapping[str, str]) -> bool:
        """Whether only the body can prove it; if not, it is checked before anything of the body is read."""
        ...

    async def check(self, headers: Mapping[str, str], body: "Signed", partner: str) -> str:
        """The actor, for the record; raises Unauthenticated or Denied."""
        ...


class Signed(Protocol):
    """A body that a signature may have been made over, in whatever way it was read."""

    def hmac_sha256(self, secret: bytes) -> bytes:
        """The code that the secret gives for the body."""
        ...


class HeaderKey:
    """A key in a header, as UPS sends its `credential`."""

    def __init__(self, header: str, secrets: Sequence[str]) -> None:
        self._header, self._secrets = header.lower(), _as_many(secrets)

    def needs_body(self, headers: Mapping[str, str]) -> bool:
        """Never."""
        return False

    async def check(self, headers: Mapping[str, str], body: Signed, partner: str) -> str:
        """Compares the header with each live key."""
        _require(_any_equal(headers.get(self._header, "").encode("latin-1"), self._secrets))
        return ""


class Basic:
    """User and password of HTTP Basic."""

    def __init__(self, user: str, secrets: Sequence[str]) -> None:
        self._pairs = _as_many([f"{user}:{secret}" for secret in secrets])

    def needs_body(self, headers: Mapping[str, str]) -> bool:
        """Never."""
        return False

    async def check(self, headers: Mapping[str, str], body: Signed, partner: str) -> str:
        """Compares user and password with each live pair."""
        scheme, _, encoded = headers.get("authorization", "").partition(" ")
        try:
            pair = base64.b64decode(encoded.strip(), validate=True) if scheme.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            pair = b""
        _require(_any_equal(pair, self._pairs))
        return ""


class BearerToken:
    """A token of our issuer, which the other side got with its client credentials."""

    def __init__(self, verifier: TokenVerifier, scope: str) -> None:
        self._verifier, self._scope = verifier, scope

    def needs_body(self, headers: Mapping[str, str]) -> bool:
        """Never."""
        return False

    async def check(self, headers: Mapping[str, str], body: Signed, partner: str) -> str:
        """Checks token, scope, and that it speaks for the account's partner."""
        try:
            caller = await self._verifier.verify(bearer(headers.get("authorization")))
        except Unauthenticated as wrong:
            log.info("a token was refused at the push door: %s", wrong.reason)
            raise CredentialWrong(NOT_THIS_ACCOUNT) from wrong
        # Another partner's token must not tell whether the account exists.
        _require(caller.partner == partner)
        caller.require(self._scope)
        return caller.actor


class BodySignature:
    """HMAC-SHA256 over the body as it came, in a header."""

    def __init__(self, header: str, secrets: Sequence[str], encoding: str = "hex", prefix: str = "") -> None:
        self._header, self._prefix, self._encoding = header.lower(), prefix, encoding
        self._secrets = _as_many(secrets)

    def needs_body(self, headers: Mapping[str, str]) -> bool:
        """Where there is something like a signature; else there is nothing to compare the body with."""
        return headers.get(self._header, "").startswith(self._prefix) and self._header in headers

    async def check(self, headers: Mapping[str, str], body: Signed, partner: str) -> str:
        """Compares the signature with the one that each live secret gives."""
        given = headers.get(self._header, "")
        sent = given[len(self._prefix) :].strip()
        expected = [self._written(body.hmac_sha256(secret)) for secret in self._secrets]
        equal = _any_equal((sent.lower() if self._encoding == "hex" else sent).encode("latin-1"), expected)
        _require(given.startswith(self._prefix) and equal)
        return ""

    def _written(self, code: bytes) -> bytes:
        return code.hex().encode() if self._encoding == "hex" else base64.b64encode(code)


def credential(options: Any, verifier: TokenVerifier, scope: str) -> Credential:
    """Reads the `auth` of an account; raises ValueError saying what is wrong with it."""
    if not isinstance(options, dict) or options.get("type") not in _FIELDS:
        raise ValueError(f"auth must be an object whose type is one of {', '.join(_FIELDS)}")
    kind = options["type"]
    required, allowed = _FIELDS[kind]
    wrong = [f"auth.{name} is missing" for name in required if name not in options]
    wrong += [f"there is no auth.{name} for {kind}" for name in options if name not in {"type", *required, *allowed}]
    wrong += [f"auth.{name} must be a text" for name in options if name != "secrets" and not _is_text(options[name])]
    if "secrets" in options:
        wrong += _wrong_secrets(options["secrets"])
    if options.get("encoding", "hex") not in ("hex", "base64"):
        wrong.append("auth.encoding must be hex or base64")
    if wrong:
        raise ValueError("; ".join(wrong))
    given = {name: value for name, value in options.items() if name != "type"}
    return BearerToken(verifier, scope) if kind == "bearer_jwt" else _MAKERS[kind](**given)


_FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "header_key": (("header", "secrets"), ()),
    "basic": (("user", "secrets"), ()),
    "bearer_jwt": ((), ()),
    "hmac_sha256": (("header", "secrets"), ("encoding", "prefix")),
}
_MAKERS: Mapping[str, Any] = {"header_key": HeaderKey, "basic": Basic, "hmac_sha256": BodySignature}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def _wrong_secrets(secrets: object) -> list[str]:
    if not isinstance(secrets, list) or not 1 <= len(secrets) <= SECRETS_MAX:
        return [f"auth.secrets must be a list of 1 to {SECRETS_MAX} texts"]
    if not all(_is_text(secret) and len(secret) >= SECRET_CHARACTERS_MIN for secret in secrets):
        return [f"each of auth.secrets must be a text of at least {SECRET_CHARACTERS_MIN} ASCII characters"]
    return []


def _as_many(given: Sequence[str]) -> list[bytes]:
    """The secrets, made up to the most that there may be with some that nobody knows: each costs a comparison."""
    missing = SECRETS_MAX - len(given)
    return [secret.encode() for secret in given] + [random.token_bytes() for _ in range(missing)]


def _any_equal(given: bytes, expected: Sequence[bytes]) -> bool:
    # All are compared, whichever fits: the time must not tell which of two live secrets it was.
    return sum(hmac.compare_digest(given, each) for each in expected) > 0


def _require(holds: bool) -> None:
    if not holds:
        raise CredentialWrong(NOT_THIS_ACCOUNT)
