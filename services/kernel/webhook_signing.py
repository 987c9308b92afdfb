"""Signatures of webhooks, after Standard Webhooks 1.0.0 (standardwebhooks.com), and the keys that make them."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_BYTES = 32  # an Ed25519 seed, and the secrets that we make
SECRET_BYTES = range(24, 64 + 1)  # what the standard wants of an HMAC secret, whoever made it


class SignatureKind(IntEnum):
    """How webhooks are signed."""

    HMAC_SHA256 = 1  # with a secret that both sides have: `v1`
    ED25519 = 2  # with a key that only we have; the receiver has its public half: `v1a`


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key of an endpoint. `expires_at`: until then it signs beside the key that replaced it; None: the newest."""

    kind: SignatureKind
    raw: bytes
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.kind is SignatureKind.HMAC_SHA256 and len(self.raw) not in SECRET_BYTES:
            raise ValueError(f"A secret has {SECRET_BYTES[0]} to {SECRET_BYTES[-1]} bytes.")
        if self.kind is SignatureKind.ED25519 and len(self.raw) != KEY_BYTES:
            raise ValueError(f"A key has {KEY_BYTES} bytes.")

    def __repr__(self) -> str:
        return f"SigningKey({self.kind.name})"

    @property
    def secret(self) -> str:
        """The key in the standard's spelling: `whsec_…`, or `whsk_…` for one that only we may have."""
        return ("whsec_" if self.kind is SignatureKind.HMAC_SHA256 else "whsk_") + _base64(self.raw)

    @property
    def public(self) -> str:
        """The public half, `whpk_…`; empty for a secret that has none."""
        if self.kind is SignatureKind.HMAC_SHA256:
            return ""
        public = Ed25519PrivateKey.from_private_bytes(self.raw).public_key()
        return "whpk_" + _base64(public.public_bytes(Encoding.Raw, PublicFormat.Raw))

    def live(self, now: datetime) -> bool:
        """Whether it signs."""
        return self.expires_at is None or now < self.expires_at


class WebhookSigner:
    """Signs with each key that is live, as a receiver may know any of them."""

    def __init__(self, keys: Sequence[SigningKey]) -> None:
        self._signing = [_signing(key) for key in keys]

    def headers(self, webhook_id: str, at: datetime, body: bytes) -> dict[str, str]:
        """The three headers of the standard. The id is the event's and stays the same when it is sent again."""
        at_s = str(int(at.timestamp()))
        content = b".".join((webhook_id.encode(), at_s.encode(), body))
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": at_s,
            "webhook-signature": " ".join(sign(content) for sign in self._signing),
        }


def _signing(key: SigningKey) -> Callable[[bytes], str]:
    if key.kind is SignatureKind.ED25519:
        private = Ed25519PrivateKey.from_private_bytes(key.raw)
        return lambda content: "v1a," + _base64(private.sign(content))
    begun = hmac.new(key.raw, digestmod=hashlib.sha256)

    def sign(content: bytes) -> str:
        signing = begun.copy()  # a fourth of the time that beginning anew takes
        signing.update(content)
        return "v1," + _base64(signing.digest())

    return sign


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
