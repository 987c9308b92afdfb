"""Cursors of watches: bound to the watcher, and sealed: a bare position in the log would count what others do."""

import base64
import binascii

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from services.kernel.db import Database
from services.kernel.errors import Invalid
from services.status import store

_PLACE_BYTES = 8
_LENGTH_MAX = 100


class Cursors:
    """Seals places and opens them again, with the key that all copies of the service share."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cipher: AESSIV | None = None

    async def ready(self) -> "Cursors":
        """Reads the key, once."""
        if self._cipher is None:
            self._cipher = AESSIV(await store.cursor_secret(self._database.pool))
        return self

    def seal(self, place: int, watched: str) -> str:
        """The cursor of a place, good only for this watcher and what he watches."""
        assert self._cipher is not None, "ready() comes first"
        sealed = self._cipher.encrypt(place.to_bytes(_PLACE_BYTES), [watched.encode()])
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, cursor: str, watched: str, end: int) -> int:
        """The place in a cursor of this watcher's; Invalid for any other, and for one behind the `end`."""
        assert self._cipher is not None, "ready() comes first"
        try:
            if len(cursor) > _LENGTH_MAX:
                raise ValueError
            sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            place = int.from_bytes(self._cipher.decrypt(sealed, [watched.encode()]))
        except (binascii.Error, ValueError, InvalidTag):
            raise Invalid("cursor is not one of this stream's; start without one.", field="cursor") from None
        if place > end:
            # The database was restored from a backup: what the watcher saw is no longer what happened.
            raise Invalid("cursor is ahead of the log; read the doses again and start without one.", field="cursor")
        return place
