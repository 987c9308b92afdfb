"""Builders of people who sign, and of what they have signed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.kernel import signing
from services.kernel.signer import BOTH_COMPONENTS, Signer, StepUp
from services.kernel.signing import SealedSignature, Signature, SigningRequest, record_sha256, seal
from services.quality.domain.signing import ROLES_OF, Meaning, Role

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
RECORD = {"name": "batches/b1", "activity_mbq": 7400.5, "results": [{"test": "ph", "value": "6.5"}], "closed": True}
HASH = record_sha256(RECORD)
KEY = b"k" * 32


def a_signer(age: timedelta = timedelta(seconds=10), now: datetime = NOON, **changed: object) -> Signer:
    """A Qualified Person who has just authenticated with both components."""
    usual = Signer(
        subject="qualified-person@cdmo",
        printed_name="Qualified Person",
        scopes=frozenset({"quality.sign", Role.QUALIFIED_PERSON}),
        authenticated_at=now - age,
        acr=BOTH_COMPONENTS,
        methods=("pwd",),
        token_id="t-1",
        session_id="s-1",
        step_up=StepUp(),
    )
    return replace(usual, **changed)


def sign(
    request: SigningRequest,
    current_hash: str,
    signer: Signer,
    now: datetime,
    earlier: Iterable[Signature],
    roles_of: Mapping[str, Sequence[str]] = ROLES_OF,
) -> Signature:
    """The signature, by quality's roles."""
    return signing.sign(request, current_hash, signer, now, earlier, roles_of)


def a_request(**changed: object) -> SigningRequest:
    return replace(SigningRequest("batches/b1", HASH, Meaning.CERTIFIED_FINAL), **changed)


def a_signature(**changed: object) -> Signature:
    """What `a_signer` signed at noon."""
    return replace(sign(a_request(), HASH, a_signer(), NOON, ()), **changed)


def sealed(previous: str = "", **changed: object) -> SealedSignature:
    return seal(a_signature(**changed), previous, "k1", KEY)
