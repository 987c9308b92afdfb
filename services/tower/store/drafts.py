"""Drafts as rows: found, listed, and saved with their events."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.tower.domain.draft import Draft, DraftState
from services.tower.domain.refusals import DraftUnknown
from services.tower.events.drafts import draft_event

DRAFT = Stored(Draft)
# As Draft.as_of says it.
_STATE_NOW = f"""CASE WHEN state IN ({DraftState.WAITING:d}, {DraftState.CONSENTED:d}) AND expires_at <= $1
    THEN {DraftState.EXPIRED:d} ELSE state END"""
_LIST = f"""
SELECT value FROM draft WHERE ($2::text IS NULL OR partner = $2)
AND (cardinality($3::smallint[]) = 0 OR {_STATE_NOW} = ANY ($3))
AND ($4::timestamptz IS NULL OR (created_at, name) < ($4, $5))
ORDER BY created_at DESC, name DESC LIMIT $6"""
_WAITING = f"""
SELECT count(*) FROM draft WHERE partner = $1 AND expires_at > $2
AND state IN ({DraftState.WAITING:d}, {DraftState.CONSENTED:d})"""
_PUT = """
INSERT INTO draft (name, partner, state, expires_at, created_at, version, value) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (name) DO UPDATE SET state = excluded.state, version = excluded.version, value = excluded.value"""


async def find_draft(conn: Connection, name: str, viewer: str | None, *, lock: bool = False) -> Draft:
    """A draft; what the viewer may not see does not exist. With `lock` nobody else changes it meanwhile."""
    text = await conn.fetchval(
        "SELECT value FROM draft WHERE name = $1 AND ($2::text IS NULL OR partner = $2)"
        + (" FOR UPDATE" if lock else ""),
        name,
        viewer,
    )
    if text is None:
        raise DraftUnknown("There is no such draft.", name=name)
    return DRAFT.read(text)


async def list_drafts(
    conn: Connection,
    viewer: str | None,
    states: Sequence[int],
    now: datetime,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Draft]:
    """The drafts that fit, newest first, as they stand at an instant."""
    rows = await conn.fetch(_LIST, now, viewer, list(states), *(after or (None, None)), limit)
    return [DRAFT.read(row["value"]).as_of(now) for row in rows]


async def drafts_waiting(conn: Connection, partner: str, now: datetime) -> int:
    """How many drafts of a partner wait, or could be carried out."""
    return int(await conn.fetchval(_WAITING, partner, now))


async def save_draft(conn: Connection, draft: Draft, traceparent: str) -> None:
    """Stores a draft with the event of its change."""
    row = (draft.name, draft.partner, int(draft.state), draft.expires_at, draft.created_at, draft.version)
    await conn.execute(_PUT, *row, DRAFT.text(draft))
    await outbox.append(conn, [draft_event(draft, traceparent)])
