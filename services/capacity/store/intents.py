"""What the ledger was asked on behalf of a request, so that a repetition after a crash asks exactly the same.

An intent is committed before the ledger is asked, so it stands beside the request that is not answered yet.
"""

from dataclasses import dataclass
from datetime import datetime

from services.kernel import idempotency
from services.kernel.db import Connection
from services.kernel.idempotency import RequestKey


@dataclass(frozen=True, slots=True)
class Intent:
    """What is stored of a request: its answer, or, until it has one, the version that the ledger was asked to cut."""

    answer: bytes | None
    base_version: int


async def begin(conn: Connection, key: RequestKey, asked_at: datetime, base_version: int) -> Intent:
    """Stores that this was asked and of which version, unless both are known from an earlier attempt; what is stored.

    Waits and raises as `services.kernel.idempotency.begin`.
    """
    if await idempotency.begin(conn, key, asked_at) is None:
        await conn.execute(
            "UPDATE request SET base_version = $3 WHERE request_id = $1 AND partner = $2 AND base_version IS NULL",
            key.request_id,
            key.partner,
            base_version,
        )
    stored = await find(conn, key)
    assert stored  # It was stored or locked a moment ago.
    return stored


async def find(conn: Connection, key: RequestKey) -> Intent | None:
    """What is stored of the request, locked; None if it was withdrawn meanwhile."""
    row = await conn.fetchrow(
        "SELECT base_version, answer FROM request WHERE request_id = $1 AND partner = $2 AND body_hash = $3 FOR UPDATE",
        key.request_id,
        key.partner,
        key.body_hash,
    )
    return Intent(row["answer"], row["base_version"]) if row else None


async def stands(conn: Connection, key: RequestKey) -> bool:
    """Whether the ledger may have been asked on behalf of this request."""
    asked = "SELECT base_version FROM request WHERE request_id = $1 AND partner = $2 AND base_version IS NOT NULL"
    return await conn.fetchval(asked, key.request_id, key.partner) is not None


async def withdraw(conn: Connection, key: RequestKey) -> None:
    """Forgets a request that was definitely not carried out, so that it can be asked anew."""
    await conn.execute(
        "DELETE FROM request WHERE request_id = $1 AND partner = $2 AND body_hash = $3 AND answer IS NULL",
        key.request_id,
        key.partner,
        key.body_hash,
    )
