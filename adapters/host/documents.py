"""What adapters keep for accounts, in SQL: documents by kind and name, some of which follow the account's record."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from adapters.record import KeptDocument, Looked
from services.kernel.db import Connection

_COLUMNS = "name, body, created_at, seen, look_at, told_at"
_DUE = f"""
SELECT account, kind, {_COLUMNS} FROM document d
WHERE account = ANY ($1::text[]) AND seen IS NOT NULL
  AND CASE WHEN look_at IS NULL
      THEN EXISTS (SELECT FROM record_end e WHERE e.account = d.account AND e.position > d.seen)
      ELSE look_at <= $2 END
ORDER BY look_at NULLS FIRST, account, name LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class FollowingDocument:
    """A document that follows the record, and whose it is."""

    account: str
    kind: str
    document: KeptDocument


async def put(conn: Connection, account: str, kind: str, document: KeptDocument, most: int) -> str:
    """Keeps a document, in a transaction; answers what is in the way, `exists` or `full`, or nothing."""
    # Two who count at the same time would both find room.
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"documents of {account} {kind}")
    if await one(conn, account, kind, document.name):
        return "exists"
    if await conn.fetchval("SELECT count(*) FROM document WHERE account = $1 AND kind = $2", account, kind) >= most:
        return "full"
    await conn.execute(
        f"INSERT INTO document (account, kind, {_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        account,
        kind,
        document.name,
        json.dumps(document.body),
        document.created_at,
        document.seen,
        document.look_at,
        document.told_at,
    )
    return ""


async def one(conn: Connection, account: str, kind: str, name: str) -> KeptDocument | None:
    """One document."""
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM document WHERE account = $1 AND kind = $2 AND name = $3", account, kind, name
    )
    return _document(row) if row else None


async def page(conn: Connection, account: str, kind: str, within: str, after: str, limit: int) -> list[KeptDocument]:
    """Documents whose names begin with a text, in the order of their names: those after one."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM document WHERE account = $1 AND kind = $2 AND starts_with(name, $3) AND name > $4"
        " ORDER BY name LIMIT $5",
        account,
        kind,
        within,
        after,
        limit,
    )
    return [_document(row) for row in rows]


async def drop(conn: Connection, account: str, kind: str, name: str) -> bool:
    """Forgets a document; False if there is none."""
    return bool(
        await conn.fetchval(
            "DELETE FROM document WHERE account = $1 AND kind = $2 AND name = $3 RETURNING 1", account, kind, name
        )
    )


async def due(conn: Connection, accounts: Sequence[str], now: datetime, limit: int) -> list[FollowingDocument]:
    """Documents that are to look: their time has come, or there is more than they have seen."""
    rows = await conn.fetch(_DUE, list(accounts), now, limit)
    return [FollowingDocument(row["account"], row["kind"], _document(row)) for row in rows]


async def move(conn: Connection, due: FollowingDocument, seen: int, looked: Looked) -> bool:
    """It has come to a position and looks again at an instant. False: somebody else moved or dropped it meanwhile."""
    return bool(
        await conn.fetchval(
            "UPDATE document SET seen = $4, look_at = $5, body = coalesce($6, body)"
            " WHERE account = $1 AND kind = $2 AND name = $3 AND created_at = $7 AND seen = $8"
            " AND look_at IS NOT DISTINCT FROM $9 RETURNING 1",
            due.account,
            due.kind,
            due.document.name,
            seen,
            looked.look_at,
            json.dumps(looked.body) if looked.body is not None else None,
            due.document.created_at,
            due.document.seen,
            due.document.look_at,
        )
    )


async def note_told(conn: Connection, account: str, name: str, at: datetime) -> None:
    """Something was delivered for a document that follows the record."""
    await conn.execute(
        "UPDATE document SET told_at = greatest(told_at, $3) WHERE account = $1 AND name = $2 AND seen IS NOT NULL",
        account,
        name,
        at,
    )


def _document(row: asyncpg.Record) -> KeptDocument:
    body: dict[str, Any] = json.loads(row["body"])
    return KeptDocument(row["name"], body, row["created_at"], row["seen"], row["look_at"], row["told_at"])
