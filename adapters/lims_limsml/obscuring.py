"""How LIMSML hides the values of a header: RC4 under a key that follows from the message, so it protects nothing.

Whoever sees the message can read them. They go over TLS, and into no log and no store.
"""

import hashlib
from functools import cache

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher

PASSWORD_CHARACTERS_MIN = 10
_POLYNOMIAL = 79764919
_ALL_ONES = 0xFFFFFFFF
_KEPT_BYTES, _KEY_BYTES = 5, 16


def key_of(transactions: str) -> bytes:
    """The key: 40 bits of a digest of a checksum of the transactions, each as a document of its own."""
    hyphened = checksum(transactions.encode("ascii")).to_bytes(4, "big").hex("-").upper()
    digest = hashlib.md5(hyphened.encode(), usedforsecurity=False).digest()
    return digest[:_KEPT_BYTES].ljust(_KEY_BYTES, b"\0")


def obscured(key: bytes, text: str) -> str:
    """A text as the header has it: hexadecimal digits of its UTF-16."""
    cipher = Cipher(ARC4(key), mode=None).encryptor()
    return (cipher.update(text.encode("utf-16-le")) + cipher.finalize()).hex()


def padded(password: str) -> str:
    """A password as it is sent: ten characters at least."""
    return password.ljust(PASSWORD_CHARACTERS_MIN)


def checksum(data: bytes) -> int:
    """A CRC of 32 bits that shifts to the right with a polynomial that is written for shifting to the left."""
    found, table = _ALL_ONES, _table()
    for byte in data:
        found = (found >> 8) ^ table[(found ^ byte) & 0xFF]
    return found ^ _ALL_ONES


@cache
def _table() -> tuple[int, ...]:
    return tuple(_shifted(byte) for byte in range(256))


def _shifted(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ _POLYNOMIAL if value & 1 else value >> 1
    return value
