"""Certificates by which a partner's brokers know us: what is wrong with one is said with its field."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificates

from services.kernel.clock import SystemClock
from services.streams.client_tls import tls_of
from services.streams.domain.client_certificate import NO_CERTIFICATE, ClientCertificate
from services.streams.domain.kafka_destination import BrokerAccess
from tests.support.certificates import Authority, texts

NOW = SystemClock().now()  # certificates are made by the machine's time
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> ClientCertificate:
    """A certificate that is good from a month ago until tomorrow, with its authority's behind it."""
    authority = Authority(tmp_path_factory.mktemp("ours"))
    chain, key = texts(authority.issue("doselane"))
    return ClientCertificate(chain + authority.file.read_text(), key)


def _sealed(key: str) -> str:
    read = load_pem_private_key(key.encode(), None)
    return read.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hunter2")).decode()


def _other(_: str) -> str:
    made = ed25519.Ed25519PrivateKey.generate()
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_a_good_one_is_used_and_none_is_asked_for(ours: ClientCertificate) -> None:
    ours.check(NOW)
    NO_CERTIFICATE.check(NOW)
    assert ours and not NO_CERTIFICATE and ours.ended(NOW) == NO_CERTIFICATE.ended(NOW + 99 * DAY) == ""
    context = tls_of(BrokerAccess(certificate=ours))
    assert context is not None and context.check_hostname
    assert ours.key not in repr(BrokerAccess(certificate=ours))


@pytest.mark.parametrize(("change", "wrong"), [
    (lambda key: "", "client_key: it is needed"), (lambda key: "none", "client_key: it is no private key in PEM"),
    (lambda key: "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----", "client_key: it is no private key"),
    (_sealed, "client_key: it must not be sealed with a password"),
    (_other, "client_key: it does not belong to the first of the certificates"),
])  # fmt: skip
def test_a_key_that_is_none_or_another_ones_is_said(
    ours: ClientCertificate, change: Callable[[str], str], wrong: str
) -> None:
    with pytest.raises(ValueError, match=f"^{wrong}"):
        replace(ours, key=change(ours.key)).check(NOW)


def test_what_is_wrong_with_certificates_is_said(ours: ClientCertificate) -> None:
    for chain, wrong in (("", "needed if there is a key"), ("none", "no certificates in PEM")):
        with pytest.raises(ValueError, match=f"^client_certificates: they are {wrong}"):
            replace(ours, chain=chain).check(NOW)
    first, last = ours.chain.split("-----END CERTIFICATE-----\n", 1)
    turned = f"{last}{first}-----END CERTIFICATE-----\n"
    with pytest.raises(ValueError, match=r"^client_key: it does not belong to the first"):
        replace(ours, chain=turned).check(NOW)


def test_one_that_has_ended_or_not_begun_is_refused_to_the_second(ours: ClientCertificate) -> None:
    ends = load_pem_x509_certificates(ours.chain.encode())[0].not_valid_after_utc
    begins, second = ends - 31 * DAY, timedelta(seconds=1)
    for at, wrong in ((ends, "ended at"), (ends + DAY, "ended at"), (begins - second, "begins at")):
        with pytest.raises(ValueError, match=f"^client_certificates: the first of them {wrong} "):
            ours.check(at)
    for at in (begins, ends - second):
        ours.check(at)
        assert ours.ended(at) == ""
    assert ours.ended(ends).startswith("our certificate for these brokers ended at ")
