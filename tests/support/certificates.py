"""Keys and certificates for a test: whom we believe, and with what somebody proves who he is."""

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from services.kernel.clock import SystemClock


def a_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def texts(files: tuple[str, str]) -> tuple[str, str]:
    """What stands in a certificate's file and its key's."""
    return Path(files[0]).read_text(), Path(files[1]).read_text()


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, a_key()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority")])
        own = self._built("An authority", self._key).add_extension(x509.BasicConstraints(True, None), True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def issue(self, name: str, *, days: int = 1) -> tuple[str, str]:
        """The files of a certificate and its key; it ends in that many days, or has ended so long ago."""
        key = a_key()
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        made = self._built(name, key, days).add_extension(names, False).sign(self._key, hashes.SHA256())
        files = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        files[0].write_bytes(made.public_bytes(Encoding.PEM))
        files[1].write_text(pem(key))
        return str(files[0]), str(files[1])

    def _built(self, name: str, key: rsa.RSAPrivateKey, days: int = 1) -> x509.CertificateBuilder:
        now, subject = SystemClock().now(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        return (
            x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=days))
        )  # fmt: skip
