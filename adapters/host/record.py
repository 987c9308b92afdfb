"""The record of an account in SQL: which events came to count, in the order in which they did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from adapters.record import RecordedMessage, RecordSpan
from services.kernel.db import Connection

# The end of each record is moved on first, and by that locked, accounts in one order: who comes later waits.
_APPEND = """
WITH given AS (
    SELECT account, message_id, indexes::int[] AS indexes, row_number() OVER (PARTITION BY account ORDER BY n) AS nth,
           count(*) OVER (PARTITION BY account) AS many
    FROM unnest($1::text[], $2::uuid[], $3::text[]) WITH ORDINALITY AS g(account, message_id, indexes, n)
), ends AS (
    INSERT INTO record_end AS e (account, position, at)
    SELECT account, count(*), $4 FROM given GROUP BY account ORDER BY account
    ON CONFLICT (account) DO UPDATE SET position = e.position + excluded.position, at = greatest(e.at, excluded.at)
    RETURNING account, position, at
)
INSERT INTO record (account, position, message_id, indexes, at)
SELECT account, ends.position - many + nth, message_id, indexes, ends.at FROM given JOIN ends USING (account)
"""
# The first row is answered however large it is; then no more than so many bytes of bodies.
_READ = """
SELECT position, indexes, at, source, body, body_bytes FROM (
    SELECT r.position, r.indexes, r.at, m.source, m.body, m.body_bytes,
           sum(m.body_bytes) OVER (ORDER BY r.position) - m.body_bytes AS before
    FROM record r JOIN message m USING (message_id)
    WHERE r.account = $1 AND r.position > $2 AND ($3::bigint IS NULL OR r.position <= $3)
      AND ($4::timestamptz IS NULL OR r.at >= $4) AND ($5::timestamptz IS NULL OR r.at < $5)
      AND ($6::uuid[] IS NULL OR r.message_id = ANY ($6)) AND ($7::bigint[] IS NULL OR r.position = ANY ($7))
    ORDER BY r.position LIMIT $8
) AS found WHERE before < $9 ORDER BY position
"""


@dataclass(frozen=True, slots=True)
class RecordRow:
    """Events of one message that count from now on."""

    account: str
    message_id: UUID
    indexes: Sequence[int]


async def append(conn: Connection, rows: Sequence[RecordRow], at: datetime) -> None:
    """Adds to the records of accounts. Last in a transaction: until it ends, nobody else can add to them."""
    await conn.execute(
        _APPEND,
        [row.account for row in rows],
        [row.message_id for row in rows],
        ["{" + ",".join(map(str, row.indexes)) + "}" for row in rows],
        at,
    )


async def read(
    conn: Connection, account: str, span: RecordSpan, messages: Sequence[UUID] | None, limit: int, bytes_max: int
) -> list[RecordedMessage]:
    """A part of the record, in its order: at most so many messages and, after the first, so many bytes."""
    rows = await conn.fetch(
        _READ,
        account,
        span.after,
        span.until,
        span.since,
        span.before,
        list(messages) if messages is not None else None,
        list(span.positions) if span.positions is not None else None,
        limit,
        bytes_max,
    )
    return [_recorded(row) for row in rows]


async def end(conn: Connection, account: str, before: datetime | None = None) -> int:
    """The last position, or the last one before an instant; 0 where nothing is recorded."""
    if before is None:
        return await conn.fetchval("SELECT position FROM record_end WHERE account = $1", account) or 0
    found: int | None = await conn.fetchval(
        "SELECT position FROM record WHERE account = $1 AND at < $2 ORDER BY at DESC, position DESC LIMIT 1",
        account,
        before,
    )
    return found or 0


def _recorded(row: asyncpg.Record) -> RecordedMessage:
    return RecordedMessage(
        position=row["position"],
        indexes=tuple(row["indexes"]),
        at=row["at"],
        webhook=row["source"],
        body=row["body"] or b"",
    )
