"""gRPC over TLS, and over TLS where the client shows a certificate too."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from doselane.slotting.v1 import slotting_pb2 as pb

from services.kernel import rpc
from services.kernel.errors import Unavailable
from services.kernel.process import ListenSettings
from services.kernel.rpc import Tls
from services.kernel.settings import load
from tests.integration.kernel_door.conftest import SLOTTING
from tests.support.tokens import anything


def a_certificate(name: str) -> tuple[bytes, bytes]:
    """A key and a certificate that vouches for itself, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, certificate.public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def tls() -> Tls:
    return Tls(*a_certificate("server"))


@pytest.fixture(scope="module")
def own() -> tuple[bytes, bytes]:
    return a_certificate("client")


async def ask(issuer, twin, tls: Tls, token: str, *credentials: bytes | None) -> pb.Slot:
    server = rpc.Server("127.0.0.1:0", issuer.verifier(), tls=tls, judge=anything)
    server.add(SLOTTING, twin)
    await server.start()
    trusted = grpc.ssl_channel_credentials(*credentials)
    try:
        async with rpc.Client(f"127.0.0.1:{server.port}", SLOTTING, token, credentials=trusted) as client:
            return await client.call("GetSlot", pb.GetSlotRequest(name="slots/1"), timeout_s=3)
    finally:
        await server.stop(0)


async def test_a_client_that_trusts_the_certificate_is_served(issuer, twin, token, tls):
    assert (await ask(issuer, twin, tls, token, tls.certificate)).name == "slots/1"


async def test_a_client_that_does_not_is_not(issuer, twin, token, tls, own):
    with pytest.raises(Unavailable):
        await ask(issuer, twin, tls, token, own[1])


async def test_where_clients_must_show_theirs_one_that_does_is_served(issuer, twin, token, tls, own):
    mutual = replace(tls, client_ca=own[1])
    assert (await ask(issuer, twin, mutual, token, tls.certificate, *own)).name == "slots/1"


async def test_and_one_that_does_not_is_not(issuer, twin, token, tls, own):
    with pytest.raises(Unavailable):
        await ask(issuer, twin, replace(tls, client_ca=own[1]), token, tls.certificate)


def test_the_files_come_from_the_settings(tmp_path, tls):
    (tmp_path / "key").write_bytes(tls.key)
    (tmp_path / "certificate").write_bytes(tls.certificate)
    environ = {"DOSELANE_TLS_KEY": str(tmp_path / "key"), "DOSELANE_TLS_CERTIFICATE": str(tmp_path / "certificate")}
    assert load(ListenSettings, environ, ListenSettings.PREFIX).tls() == tls
    assert load(ListenSettings, {}, ListenSettings.PREFIX).tls() is None
