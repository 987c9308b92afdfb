"""The key that seals the pages of documents, and its certificates, as an operator keeps them."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

from services.quality.documents import SealingKey


def document_seal(pem: str) -> SealingKey | None:
    """The key and its certificates, its own first; None of an empty text. ValueError says what is wrong, without it."""
    if not pem:
        return None
    try:
        key = load_pem_private_key(pem.encode(), None)
        certificate, *chain = load_pem_x509_certificates(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("must be a private key without a password and its certificates, in PEM") from None
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("must be an RSA or an elliptic-curve key")
    if certificate.public_key() != key.public_key():
        raise ValueError("must begin with the certificate of its own key")
    return SealingKey(key, certificate, tuple(chain))
