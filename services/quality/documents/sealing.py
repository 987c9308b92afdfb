"""Seals a PDF with a key (PAdES baseline B), so that every later change of its bytes shows.

A seal makes new bytes with a hash of their own; the document's stays that of the bytes which were sealed.
"""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import keys, x509
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "Seal"
# What a seal holds beside certificates, names and the signature itself: digests, algorithms, an instant, lengths.
ATTRIBUTES_BYTES_MAX = 1024


@dataclass(frozen=True, slots=True)
class SealingKey:
    """The key that seals, its certificate, and those that lead from there to a root."""

    private_key: CertificateIssuerPrivateKeyTypes
    certificate: Certificate
    chain: tuple[Certificate, ...] = ()

    @property
    def seal_bytes_max(self) -> int:
        """How large a seal can become: its certificates, its issuer's name twice more, a signature, and what else.

        Without it the library would set each seal twice, the first one only to see how large it is.
        """
        named = sum(len(one.public_bytes(Encoding.DER)) for one in (self.certificate, *self.chain))
        issuers = 2 * len(self.certificate.issuer.public_bytes())
        # Of all kinds of keys no signature is longer than that: ECDSA writes two numbers of the key's size.
        signature = getattr(self.private_key, "key_size", 512) // 4 + 16
        return named + issuers + signature + ATTRIBUTES_BYTES_MAX


async def seal_pdf(pdf: bytes, key: SealingKey, reason: str, sealed_at: datetime) -> bytes:
    """The same document with a seal that says why and when it was set; what was there before stays untouched in it."""
    meta = PdfSignatureMetadata(
        field_name=FIELD, reason=reason, md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    sealed = BytesIO()
    await _SignerAt(sealed_at, meta, _signer(key)).async_sign_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)),
        output=sealed,
        bytes_reserved=2 * key.seal_bytes_max,  # it is written as hexadecimal digits
    )
    return sealed.getvalue()


def _signer(key: SealingKey) -> SimpleSigner:
    registry = SimpleCertificateStore()
    registry.register_multiple([_certificate(one) for one in (key.certificate, *key.chain)])
    private = key.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SimpleSigner(
        signing_cert=_certificate(key.certificate),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=registry,
    )


class _SignerAt(PdfSigner):  # type: ignore[misc]  # the library has no types
    """Signs at an instant that was passed in: no part of the gateway reads another clock than its own."""

    def __init__(self, at: datetime, *given: Any) -> None:
        super().__init__(*given)
        self._at = at

    def init_signing_session(self, *given: Any, **named: Any) -> Any:
        """The library's own, at the instant."""
        session = super().init_signing_session(*given, **named)
        session.system_time = self._at
        return session


def _certificate(certificate: Certificate) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(Encoding.DER))
