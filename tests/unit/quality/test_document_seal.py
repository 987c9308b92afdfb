"""The key that seals documents, as an operator gives it; and what the service makes with it."""

from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from services.local.seal import sandbox_seal
from services.quality.document_seal import document_seal
from services.quality.documents.facts import DocumentHead
from services.quality.settings import Settings
from services.quality.usecases.document_facts import Dossier, PackageAsked
from services.quality.usecases.documents import Publisher
from tests.support.quality import EOS, a_batch

HEAD = DocumentHead("batch_record-1", 1, EOS)


def test_a_key_and_its_certificate_make_a_seal() -> None:
    seal = document_seal(sandbox_seal())
    assert seal is not None
    assert seal.certificate.public_key() == seal.private_key.public_key()


def test_without_a_key_nothing_is_sealed() -> None:
    assert document_seal("") is None


@pytest.mark.parametrize(
    ("pem", "wrong"),
    [
        ("no key at all", "must be a private key"),
        (sandbox_seal().partition("-----BEGIN CERTIFICATE")[0], "must be a private key"),
        (
            sandbox_seal().partition("-----BEGIN CERTIFICATE")[0]
            + "-----BEGIN CERTIFICATE"
            + sandbox_seal().partition("-----BEGIN CERTIFICATE")[2],
            "must begin with the certificate of its own key",
        ),
    ],
    ids=["no PEM", "no certificate", "another's certificate"],
)
def test_what_is_no_key_with_its_certificate_is_refused_without_being_shown(pem: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong) as refused:
        document_seal(pem)
    assert pem[:20] not in str(refused.value)


def test_the_settings_say_what_is_wrong_with_a_seal() -> None:
    with pytest.raises(ValueError, match="in PEM"):
        Settings(signature_key="11" * 32, document_seal="nothing")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0, 31, 32])
def test_the_key_of_signatures_is_long_enough(size: int) -> None:
    if size < 32:
        with pytest.raises(ValueError, match="32 bytes or more"):
            Settings(signature_key="11" * size)  # type: ignore[arg-type]
    else:
        Settings(signature_key="11" * size)  # type: ignore[arg-type]


def test_what_is_published_is_sealed_and_hashed_with_its_seal() -> None:
    publisher = Publisher(document_seal(sandbox_seal()))
    dossier = Dossier(a_batch(verdicts=()), None, (), {}, {}, {}, {})
    made = publisher.publish("BATCH_RECORD", dossier, None, PackageAsked(), HEAD)
    (embedded,) = PdfFileReader(BytesIO(made.pdf.content)).embedded_signatures
    assert embedded.self_reported_timestamp == EOS
    plain = publisher.render("BATCH_RECORD", dossier, None, PackageAsked(), HEAD)
    assert made.pdf.content.startswith(plain.pdf.content)
    assert made.pdf.sha256 != plain.pdf.sha256
    assert made.twin == plain.twin
