"""What was answered to which request, so that a repetition gets the same bytes again."""

from datetime import datetime
from uuid import UUID

from services.kernel.db import Connection
from services.kernel.errors import RequestMismatch


async def begin_request(
    conn: Connection, partner: str, request_id: UUID, body_hash: bytes, asked_at: datetime
) -> bytes | None:
    """The answer that was given before, or None for a new request, which is then this transaction's to answer.

    A twin that is being answered by another transaction is waited for.
    """
    before = None
    while before is None:  # An old one may be forgotten between the two statements.
        mine = await conn.fetchval(
            "INSERT INTO request (partner, request_id, body_hash, asked_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT DO NOTHING RETURNING true",
            partner,
            request_id,
            body_hash,
            asked_at,
        )
        if mine:
            return None
        before = await conn.fetchrow(
            "SELECT body_hash, answer FROM request WHERE partner = $1 AND request_id = $2", partner, request_id
        )
    if before["body_hash"] != body_hash:
        raise RequestMismatch(
            "This request id was used before with another body; use a new one.", request_id=request_id
        )
    answer: bytes = before["answer"]
    return answer


async def end_request(conn: Connection, partner: str, request_id: UUID, answer: bytes) -> None:
    """Keeps the answer of a request that this transaction began."""
    await conn.execute(
        "UPDATE request SET answer = $3 WHERE partner = $1 AND request_id = $2", partner, request_id, answer
    )
