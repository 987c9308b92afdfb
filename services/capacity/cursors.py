"""Cursors of watches: bound to the caller, and sealed, as a bare position in the log would count what others do."""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.capacity.store import Store
from services.kernel.errors import Invalid

_NONCE_BYTES = 12
_POSITION_BYTES = 8
_LENGTH_MAX = 200


class Cursors:
    """Seals positions of the event log and opens them again, with the key that all copies of the service share."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cipher: AESGCM | None = None

    async def ready(self) -> "Cursors":
        """Reads the key, once."""
        if self._cipher is None:
            self._cipher = AESGCM(await self._store.cursor_key())
        return self

    def seal(self, position: int, viewer: str) -> str:
        """The cursor of a position, for one viewer."""
        assert self._cipher is not None
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, position.to_bytes(_POSITION_BYTES), viewer.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    async def open(self, cursor: str, viewer: str) -> int:
        """The position in a cursor of the viewer's; Invalid for any other, and for one that lies in the future."""
        assert self._cipher is not None
        try:
            if len(cursor) > _LENGTH_MAX:
                raise ValueError
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            position = int.from_bytes(self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], viewer.encode()))
        except (binascii.Error, ValueError, InvalidTag):
            raise Invalid("cursor is not one of this stream's; start without one.", field="cursor") from None
        if position > await self._store.log_end():
            # The log was restored from a backup: what the watcher saw is no longer what happened.
            raise Invalid("cursor is ahead of the log; read the runs again and start without one.", field="cursor")
        return position
