"""Certificates of ours by which a partner's brokers know us (mTLS), each with its private key."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificates


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """`chain`: certificates in PEM, ours first; `key`: the private key of the first, in PEM. Both empty: none."""

    chain: str = ""
    key: str = field(default="", repr=False)

    def __bool__(self) -> bool:
        return bool(self.chain or self.key)

    def check(self, now: datetime) -> None:
        """Raises ValueError, beginning with the field's name, unless brokers can know us by it now."""
        if not self:
            return
        if not self.chain:
            raise ValueError("client_certificates: they are needed if there is a key")
        if not self.key:
            raise ValueError("client_key: it is needed, and again where address or certificates have changed")
        ours = self._certificates()[0]
        if self._public_key() != _written(ours):
            raise ValueError("client_key: it does not belong to the first of the certificates")
        if now >= ours.not_valid_after_utc:
            raise ValueError(f"client_certificates: the first of them ended at {ours.not_valid_after_utc.isoformat()}")
        if now < ours.not_valid_before_utc:
            raise ValueError(
                f"client_certificates: the first of them begins at {ours.not_valid_before_utc.isoformat()}"
            )

    def ended(self, now: datetime) -> str:
        """When our certificate ended, in words; empty as long as it has not, and if there is none."""
        if not self.chain:
            return ""
        ends_at = self._certificates()[0].not_valid_after_utc
        return f"our certificate for these brokers ended at {ends_at.isoformat()}" if now >= ends_at else ""

    def _certificates(self) -> Sequence[Certificate]:
        try:
            return load_pem_x509_certificates(self.chain.encode())
        except ValueError:
            raise ValueError("client_certificates: they are no certificates in PEM") from None

    def _public_key(self) -> bytes:
        try:
            found = load_pem_private_key(self.key.encode(), None).public_key()
        except TypeError:  # the library's way to say that it wants a password
            raise ValueError("client_key: it must not be sealed with a password") from None
        except (ValueError, UnsupportedAlgorithm):
            raise ValueError("client_key: it is no private key in PEM") from None
        return found.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


NO_CERTIFICATE = ClientCertificate()


def _written(certificate: Certificate) -> bytes:
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("client_certificates: the first of them has a key of a kind that is not known") from None
