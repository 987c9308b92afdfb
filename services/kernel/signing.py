"""Electronic signatures: who may sign what, and a stored signature that shows when it or its record was changed.

A signature carries name, time and meaning (21 CFR 11.50), is bound to its record by the record's hash (11.70), and
wants a fresh authentication each time: both components at first and after a break, one within a session (11.200).

The seal is an HMAC by a key of the service over the signature and the seal before it on the same record. It proves that
whoever wrote the row had the key, and that no row before a kept one is gone or has changed. It does not prove who held
the key, and that the newest rows are missing it cannot see: keep the last seal elsewhere, as each event does.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import rfc8785

from services.kernel.errors import Denied, GatewayError, Invalid, Kind, Stale, Unauthenticated
from services.kernel.signer import Signer

CLOCK_SKEW = timedelta(seconds=30)
KEY_BYTES_MIN = 32


class RecordNotCanonical(Invalid):
    """The record holds what has no canonical JSON form (RFC 8785), so it has no hash."""

    reason = "RECORD_NOT_CANONICAL"


class WrongRole(Denied):
    """The person has none of the roles in which anything is signed."""

    reason = "WRONG_ROLE"


class MeaningNotAllowed(Denied):
    """The person's role does not sign with this meaning; the fact `roles` says which do."""

    reason = "MEANING_NOT_ALLOWED"


class AuthenticationInFuture(Unauthenticated):
    """The person will have authenticated later than now."""

    reason = "AUTHENTICATION_IN_FUTURE"


class AuthenticationStale(Unauthenticated):
    """The person authenticated too long ago; `acr_values` and `max_age` say how to do so again."""

    reason = "AUTHENTICATION_STALE"


class AuthenticationTooWeak(Unauthenticated):
    """The person authenticated in a way that is not enough to sign."""

    reason = "AUTHENTICATION_TOO_WEAK"


class BothComponentsRequired(Unauthenticated):
    """The first signature, or the first after a break, wants both components (21 CFR 11.200); one was given."""

    reason = "BOTH_COMPONENTS_REQUIRED"


class TokenUsed(Unauthenticated):
    """A token signs once, and this one has signed."""

    reason = "TOKEN_USED"


class AuthenticationUsed(Unauthenticated):
    """An act of authentication signs once; each signature wants one of its own (21 CFR 11.200)."""

    reason = "AUTHENTICATION_USED"


class RecordChanged(Stale):
    """The record is no longer what was shown to the person; show it again."""

    reason = "RECORD_CHANGED"


class AlreadySigned(GatewayError):
    """The record, as it is, has a signature of this meaning; the facts say whose."""

    kind, reason = Kind.REFUSED, "ALREADY_SIGNED"


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """What a person wants to sign: the record, by the hash that was shown to them, and what they mean by it."""

    record: str
    hash_shown: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed what, when, in which role and with which meaning; and how the issuer vouched for them.

    Meanings are a service's own words, roles the scopes of its persons.
    """

    record: str
    record_sha256: str
    signer: str
    printed_name: str
    role: str
    meaning: str
    signed_at: datetime
    authenticated_at: datetime
    acr: str
    token_id: str
    session_id: str


@dataclass(frozen=True, slots=True)
class SealedSignature:
    """A signature as it is stored. `previous` is the seal before it on the same record; empty for the first."""

    signature: Signature
    key_id: str
    previous: str
    seal: str


class Finding(StrEnum):
    """What is wrong with a stored signature."""

    RECORD_CHANGED = "RECORD_CHANGED"
    SIGNATURE_CHANGED = "SIGNATURE_CHANGED"
    KEY_UNKNOWN = "KEY_UNKNOWN"


def record_sha256(record: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over the canonical form of the record's JSON (RFC 8785). The record holds its own name."""
    return hashlib.sha256(_canonical(record)).hexdigest()


def sign(
    request: SigningRequest,
    current_hash: str,
    signer: Signer,
    now: datetime,
    earlier: Iterable[Signature],
    roles_of: Mapping[str, Sequence[str]],
) -> Signature:
    """The signature, or the first rule that refuses it.

    `earlier` holds all signatures of the record, the signer's newest ones (as far back as `idle_max` and `max_age`),
    and any that was made with the same token. `current_hash` is read in the transaction that stores the answer.
    `roles_of`: in which roles a meaning is signed; of several that a person has, the first.
    """
    known = tuple(earlier)
    role = _role(signer, request.meaning, roles_of)
    _require_authentication(signer, now, [each for each in known if each.signer == signer.subject])
    if any(each.token_id == signer.token_id for each in known):
        raise TokenUsed("This token has signed; each signature wants a new one.", **signer.step_up.facts())
    _require_unsigned(request, current_hash, known)
    return Signature(
        record=request.record,
        record_sha256=current_hash,
        signer=signer.subject,
        printed_name=signer.printed_name,
        role=role,
        meaning=str(request.meaning),
        signed_at=now,
        authenticated_at=signer.authenticated_at,
        acr=signer.acr,
        token_id=signer.token_id,
        session_id=signer.session_id,
    )


def seal(signature: Signature, previous: str, key_id: str, key: bytes) -> SealedSignature:
    """The signature as it is stored, after the one with the seal `previous` on the same record."""
    if len(key) < KEY_BYTES_MIN:
        raise ValueError(f"a key that seals signatures has {KEY_BYTES_MIN} bytes or more")
    unsealed = SealedSignature(signature, key_id, previous, "")
    return replace(unsealed, seal=_seal_of(unsealed, key))


def verify(sealed: SealedSignature, record: Mapping[str, Any], keys: Mapping[str, bytes]) -> tuple[Finding, ...]:
    """What is wrong with a stored signature and the record that it was given for; nothing, if both are as they were."""
    findings = []
    if record_sha256(record) != sealed.signature.record_sha256:
        findings.append(Finding.RECORD_CHANGED)
    if sealed.key_id not in keys:
        findings.append(Finding.KEY_UNKNOWN)
    elif not hmac.compare_digest(_seal_of(sealed, keys[sealed.key_id]).encode(), sealed.seal.encode()):
        findings.append(Finding.SIGNATURE_CHANGED)
    return tuple(findings)


def broken_links(signatures: Sequence[SealedSignature]) -> tuple[int, ...]:
    """Where the signatures of one record, oldest first, do not follow each other: one before is gone or another."""
    before = ["", *(each.seal for each in signatures)]
    return tuple(index for index, each in enumerate(signatures) if each.previous != before[index])


def _role(signer: Signer, meaning: str, roles_of: Mapping[str, Sequence[str]]) -> str:
    known = dict.fromkeys(role for roles in roles_of.values() for role in roles)
    held = [role for role in known if role in signer.scopes]
    if not held:
        raise WrongRole("Whoever signs must have a role that signs.", roles=" ".join(known))
    for role in roles_of.get(meaning, ()):
        if role in held:
            return str(role)
    allowed = " ".join(roles_of.get(meaning, ()))
    raise MeaningNotAllowed("The role does not sign with this meaning.", meaning=meaning, roles=allowed)


def _require_authentication(signer: Signer, now: datetime, own: Sequence[Signature]) -> None:
    asked, age = signer.step_up, now - signer.authenticated_at
    if age < -CLOCK_SKEW:
        raise AuthenticationInFuture("The person has not authenticated yet.", authenticated_at=signer.authenticated_at)
    if age > asked.max_age:
        raise AuthenticationStale("To sign, authenticate again: it is too long ago.", **asked.facts())
    if signer.acr not in (*asked.acr_both, *asked.acr_one):
        raise AuthenticationTooWeak("To sign, authenticate in another way.", **asked.facts())
    if signer.acr not in asked.acr_both and not _in_session(signer, now, own):
        message = "The first signature, and the first after a break, wants both components."
        raise BothComponentsRequired(message, **asked.facts(asked.acr_both))
    if any(each.authenticated_at >= signer.authenticated_at for each in own):
        raise AuthenticationUsed("Authenticate anew for each signature.", **asked.facts())


def _in_session(signer: Signer, now: datetime, own: Sequence[Signature]) -> bool:
    """Whether the person signed in this session before, and not longer ago than a session may idle."""
    same = (each.signed_at for each in own if each.session_id == signer.session_id)
    return any(timedelta(0) <= now - at <= signer.step_up.idle_max for at in same)


def _require_unsigned(request: SigningRequest, current_hash: str, earlier: Iterable[Signature]) -> None:
    if not hmac.compare_digest(request.hash_shown.encode(), current_hash.encode()):
        message = "The record changed since it was shown; show it again."
        raise RecordChanged(message, record=request.record, hash_shown=request.hash_shown, hash=current_hash)
    for each in earlier:
        if (each.record, each.record_sha256, each.meaning) == (request.record, current_hash, request.meaning):
            message = "The record has a signature of this meaning."
            raise AlreadySigned(message, record=each.record, meaning=each.meaning, signer=each.signer)


def _seal_of(sealed: SealedSignature, key: bytes) -> str:
    signature = sealed.signature
    content = {
        "record": signature.record,
        "record_sha256": signature.record_sha256,
        "signer": signature.signer,
        "printed_name": signature.printed_name,
        "role": signature.role,
        "meaning": signature.meaning,
        "signed_at": _text(signature.signed_at),
        "authenticated_at": _text(signature.authenticated_at),
        "acr": signature.acr,
        "token_id": signature.token_id,
        "session_id": signature.session_id,
        "key_id": sealed.key_id,
        "previous": sealed.previous,
    }
    return hmac.new(key, _canonical(content), hashlib.sha256).hexdigest()


def _text(at: datetime) -> str:
    """An instant to the microsecond, which is what the database keeps."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _canonical(value: Mapping[str, Any]) -> bytes:
    try:
        return rfc8785.dumps(dict(value))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError, RecursionError) as wrong:
        raise RecordNotCanonical("The record has no canonical JSON form.") from wrong
