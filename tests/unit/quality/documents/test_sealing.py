"""Sealing: another library's checks find the seal whole, and every change afterwards."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext

from services.quality.documents import SealingKey, batch_record, seal_pdf
from tests.unit.quality.documents.builders import HEAD, a_batch, at, text_of

SEALED_AT = at(26, 10, 5)
DOCUMENT = batch_record(a_batch(), HEAD)


def a_key(
    name: str = "Doselane sandbox seal", private: Any = None, chain: tuple[x509.Certificate, ...] = ()
) -> SealingKey:
    private = private or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(SEALED_AT - timedelta(days=1))
        .not_valid_after(SEALED_AT + timedelta(days=365))
        .add_extension(usage, critical=True)
        .sign(private, SHA256())
    )
    return SealingKey(private, certificate, chain)


async def status_of(pdf: bytes, trusted: SealingKey) -> PdfSignatureStatus:
    root = asn1.Certificate.load(trusted.certificate.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], moment=SEALED_AT, allow_fetching=False)
    (embedded,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    return await async_validate_pdf_signature(embedded, context)


async def test_a_sealed_document_is_valid_trusted_and_untouched_since() -> None:
    key, document = a_key(), batch_record(a_batch(), HEAD)
    sealed = await seal_pdf(document.pdf.content, key, "Batch record of LU26-1126/A", SEALED_AT)
    status = await status_of(sealed, key)
    assert status.bottom_line
    assert status.intact and status.valid and status.trusted
    assert sealed.startswith(document.pdf.content)
    assert text_of(sealed) == text_of(document.pdf.content)
    (embedded,) = PdfFileReader(BytesIO(sealed)).embedded_signatures
    assert embedded.sig_object["/Reason"] == "Batch record of LU26-1126/A"
    assert embedded.self_reported_timestamp == SEALED_AT
    assert embedded.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"


@pytest.mark.parametrize(
    "key",
    [
        a_key(private=ec.generate_private_key(ec.SECP521R1())),
        a_key(private=rsa.generate_private_key(65537, 3072)),
        a_key("N" * 64, chain=tuple(a_key(f"authority {number}").certificate for number in range(4))),
    ],
    ids=["EC", "RSA", "a long name and a chain"],
)
async def test_a_seal_of_any_key_has_room_and_is_set_once(key: SealingKey, monkeypatch: pytest.MonkeyPatch) -> None:
    signed, sign = [], SimpleSigner.async_sign_raw

    async def counted(self: SimpleSigner, *given: Any, **named: Any) -> bytes:
        signed.append(self)
        return await sign(self, *given, **named)

    monkeypatch.setattr(SimpleSigner, "async_sign_raw", counted)
    sealed = await seal_pdf(DOCUMENT.pdf.content, key, "r", SEALED_AT)
    assert len(signed) == 1
    status = await status_of(sealed, key)
    assert status.intact and status.valid


async def test_another_key_is_not_trusted() -> None:
    sealed = await seal_pdf(batch_record(a_batch(), HEAD).pdf.content, a_key(), "r", SEALED_AT)
    status = await status_of(sealed, a_key("somebody else"))
    assert status.intact
    assert not status.trusted


@pytest.mark.parametrize("place", [0.2, 0.5])
async def test_a_changed_byte_breaks_the_seal(place: float) -> None:
    key, document = a_key(), batch_record(a_batch(), HEAD)
    sealed = bytearray(await seal_pdf(document.pdf.content, key, "r", SEALED_AT))
    # Inside a stream, so that the file can still be read and only the seal notices.
    position = sealed.index(b"stream", int(len(document.pdf.content) * place)) + 60
    sealed[position] ^= 1
    assert not (await status_of(bytes(sealed), key)).intact
