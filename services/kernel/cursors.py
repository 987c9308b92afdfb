"""Cursors of watches: places in a log that a watcher keeps and brings back; bare, they would count what others do."""

import os
from dataclasses import dataclass

from services.kernel.db import Database
from services.kernel.errors import Invalid
from services.kernel.sealing import Cipher

_PLACE_BYTES = 8
_SALT_BYTES = 8  # the same place looks different each time, so that two cursors cannot even be compared


@dataclass(frozen=True, slots=True)
class Cursors:
    """Writes and reads the cursors of one watcher of one thing; those of another watcher or thing are refused."""

    cipher: Cipher
    binding: tuple[bytes, ...]

    @classmethod
    async def of(cls, database: Database, *watched: object) -> "Cursors":
        """The cursors of whoever watches this: name the call, the viewer, and what is watched."""
        return cls(await database.cipher(), (b"cursor", *(str(each).encode() for each in watched)))

    def write(self, place: int) -> str:
        """The cursor of a place."""
        return self.cipher.seal(os.urandom(_SALT_BYTES) + place.to_bytes(_PLACE_BYTES), *self.binding)

    def read(self, cursor: str, end: int) -> int:
        """The place in a cursor; Invalid if it is not one of these, or lies behind the `end`."""
        try:
            place = int.from_bytes(self.cipher.open(cursor, *self.binding)[_SALT_BYTES:])
        except ValueError:
            raise Invalid("cursor is not one of this stream's; start without one.", field="cursor") from None
        if place > end:
            # The database was restored from a backup: what the watcher saw is no longer what happened.
            raise Invalid("cursor is ahead of the log; read all again and start without one.", field="cursor")
        return place
