"""What callers keep for us and bring back (page tokens, cursors): sealed, so that none can be read or made up."""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

SEALED_CHARACTERS_MAX = 2048


class Cipher:
    """Seals and opens with one key. What is sealed for one use (`bound_to`) cannot be opened for another."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def seal(self, content: bytes, *bound_to: bytes) -> str:
        """The content as letters, digits, `-` and `_`."""
        return _written(self._cipher.encrypt(content, list(bound_to)))

    def open(self, sealed: str, *bound_to: bytes, characters_max: int = SEALED_CHARACTERS_MAX) -> bytes:
        """The content; ValueError if it was not sealed with this key for this use, or is spelled in another way.

        `characters_max`: what is longer is not looked at; of what no caller brings but we keep it may be more.
        """
        if len(sealed) > characters_max:
            raise ValueError("It is longer than any that was sealed.")
        try:
            raw = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
            content = self._cipher.decrypt(raw, list(bound_to))
        except (binascii.Error, InvalidTag) as wrong:
            raise ValueError("It was not sealed here, or not for this.") from wrong
        if _written(raw) != sealed:
            raise ValueError("It is spelled in another way.")
        return content


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
