"""Drafts as rows: found, listed, and saved with their events."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.tower.domain.draft import Draft, DraftState
from services.tower.domain.refusals import DraftUnknown
from services.tower.events.drafts import draft_event
from services.tower.store.rows import Rows

DRAFTS = Rows("draft", Draft, "name partner state expires_at created_at version")
# As Draft.as_of says it.
_STATE_NOW = f"""CASE WHEN state IN ({DraftState.WAITING:d}, {DraftState.CONSENTED:d}) AND expires_at <= ${{}}
    THEN {DraftState.EXPIRED:d} ELSE state END = ANY (${{}}::smallint[])"""
_WAITING = f"""
SELECT count(*) FROM draft WHERE partner = $1 AND expires_at > $2
AND state IN ({DraftState.WAITING:d}, {DraftState.CONSENTED:d})"""


async def find_draft(conn: Connection, name: str, viewer: str | None, *, lock: bool = False) -> Draft:
    """A draft; what the viewer may not see does not exist. With `lock` nobody else changes it meanwhile."""
    found = await DRAFTS.find(conn, name, viewer, lock=lock)
    if found is None:
        raise DraftUnknown("There is no such draft.", name=name)
    return found


async def list_drafts(
    conn: Connection,
    viewer: str | None,
    states: Sequence[int],
    now: datetime,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Draft]:
    """The drafts that fit, newest first, as they stand at an instant."""
    found = await DRAFTS.page(conn, viewer, [(_STATE_NOW, now, states)], after, limit)
    return [each.as_of(now) for each in found]


async def drafts_waiting(conn: Connection, partner: str, now: datetime) -> int:
    """How many drafts of a partner wait, or could be carried out."""
    return int(await conn.fetchval(_WAITING, partner, now))


async def save_draft(conn: Connection, draft: Draft, traceparent: str) -> None:
    """Stores a draft with the event of its change."""
    await DRAFTS.put(conn, [draft])
    await outbox.append(conn, [draft_event(draft, traceparent)])
