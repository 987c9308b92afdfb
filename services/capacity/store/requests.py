"""What was asked and answered, so that each call can be repeated and acts only once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.kernel.db import Connection
from services.kernel.errors import RequestMismatch


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a call safe to repeat: its id and partner name it, `body_hash` tells a twin from a stranger."""

    partner: str
    request_id: UUID
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """What is stored of a request: its answer, or, until it has one, the version that the ledger was asked to cut."""

    answer: bytes | None
    base_version: int | None


async def begin(conn: Connection, once: Once, asked_at: datetime, base_version: int | None = None) -> Asked:
    """Stores that this was asked, or finds that it was: waits for a twin that is being answered right now.

    Raises RequestMismatch if the request id was used with another body.
    """
    asked = None
    while asked is None:  # A twin may be withdrawn between the two statements.
        await conn.execute(
            "INSERT INTO request (partner, request_id, body_hash, base_version, asked_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT DO NOTHING",
            once.partner,
            once.request_id,
            once.body_hash,
            base_version,
            asked_at,
        )
        asked = await find(conn, once)
    return asked


async def find(conn: Connection, once: Once) -> Asked | None:
    """What is stored of the request, locked; None if nothing is, or no longer."""
    row = await conn.fetchrow(
        "SELECT body_hash, base_version, answer FROM request WHERE request_id = $1 AND partner = $2 FOR UPDATE",
        once.request_id,
        once.partner,
    )
    if row is None:
        return None
    if row["body_hash"] != once.body_hash:
        raise RequestMismatch(
            "This request id was used before with another body; use a new one.", request_id=once.request_id
        )
    return Asked(row["answer"], row["base_version"])


async def answer(conn: Connection, once: Once, answer: bytes) -> None:
    """Stores the answer, for every repetition."""
    await conn.execute(
        "UPDATE request SET answer = $3 WHERE request_id = $1 AND partner = $2", once.request_id, once.partner, answer
    )


async def withdraw(conn: Connection, once: Once) -> None:
    """Forgets a request that was definitely not carried out, so that it can be asked anew."""
    await conn.execute(
        "DELETE FROM request WHERE request_id = $1 AND partner = $2 AND body_hash = $3 AND answer IS NULL",
        once.request_id,
        once.partner,
        once.body_hash,
    )
