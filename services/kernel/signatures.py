"""Signing in a transaction: the person, what they were shown, the key that seals, and the rows that are kept for good.

A service whose records are signed has the table `signature` in its own schema; the README shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Annotated

from pydantic import AfterValidator, SecretStr, TypeAdapter

from services.kernel import signing
from services.kernel.db import Connection
from services.kernel.signer import Signer
from services.kernel.signing import KEY_BYTES_MIN, SealedSignature, Signature, SigningRequest

_SEALED: TypeAdapter[SealedSignature] = TypeAdapter(SealedSignature)
_EARLIER = """
SELECT value FROM signature WHERE record = $1 OR (subject = $2 AND signed_at >= $3) OR token_id = $4 ORDER BY number"""
_ALL = "SELECT record, value FROM signature ORDER BY record, number"
_PUT = """
INSERT INTO signature (record, subject, signed_at, token_id, value) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (token_id) DO NOTHING RETURNING true"""


def _long_enough(given: SecretStr) -> SecretStr:
    try:
        size = len(bytes.fromhex(given.get_secret_value()))
    except ValueError:
        size = 0
    if size < KEY_BYTES_MIN:
        raise ValueError(f"must be {KEY_BYTES_MIN} bytes or more, as hexadecimal digits")
    return given


# In settings: what seals signatures, 32 bytes or more, as hexadecimal digits.
SignatureKey = Annotated[SecretStr, AfterValidator(_long_enough)]


@dataclass(frozen=True, slots=True)
class SealingKeys:
    """The key by which signatures are sealed, and its name."""

    key_id: str
    key: bytes = field(repr=False)

    @staticmethod
    def of(key_id: str, digits: str) -> "SealingKeys":
        """The key of the settings, of hexadecimal digits."""
        return SealingKeys(key_id, bytes.fromhex(digits))


@dataclass(frozen=True, slots=True)
class Pen:
    """Somebody who signs what they were shown, by its hash. `roles_of`: who may sign with which meaning."""

    signer: Signer
    shown: str
    keys: SealingKeys
    roles_of: Mapping[str, Sequence[str]]

    async def sign(self, conn: Connection, record: str, current: str, meaning: str, now: datetime) -> Signature:
        """The signature, sealed and stored in the caller's transaction, which holds the lock on the record."""
        asked = SigningRequest(record, self.shown, meaning)
        since = now - max(self.signer.step_up.idle_max, self.signer.step_up.max_age)
        known = await earlier(conn, record, self.signer.subject, since, self.signer.token_id)
        signature = signing.sign(asked, current, self.signer, now, [each.signature for each in known], self.roles_of)
        of_record = [each for each in known if each.signature.record == record]
        previous = of_record[-1].seal if of_record else ""
        sealed = signing.seal(signature, previous, self.keys.key_id, self.keys.key)
        if not await put(conn, sealed):
            raise signing.TokenUsed("This token has signed; each signature wants a new one.")
        return signature


async def earlier(
    conn: Connection, record: str, subject: str, since: datetime, token_id: str
) -> tuple[SealedSignature, ...]:
    """All signatures of a record, those of a signer since an instant, and any by the same token; oldest first."""
    rows = await conn.fetch(_EARLIER, record, subject, since, token_id)
    return tuple(_SEALED.validate_json(row["value"]) for row in rows)


async def put(conn: Connection, sealed: SealedSignature) -> bool:
    """Stores a signature for good; False if its token has signed before."""
    made = sealed.signature
    row = (made.record, made.signer, made.signed_at, made.token_id, _SEALED.dump_json(sealed).decode())
    return bool(await conn.fetchval(_PUT, *row))


async def gaps(conn: Connection) -> list[str] | None:
    """The records of which a signature is gone or was put in; None in a schema in which nothing is signed."""
    if not await conn.fetchval("SELECT to_regclass('signature')"):
        return None
    of_record = groupby(await conn.fetch(_ALL), key=lambda row: str(row["record"]))
    kept = {record: [_SEALED.validate_json(row["value"]) for row in rows] for record, rows in of_record}
    return [record for record, sealed in kept.items() if signing.broken_links(sealed)]
