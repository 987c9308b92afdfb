"""Consents as rows: found, listed, and saved with their events."""

from collections.abc import Collection, Sequence
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.tower.domain.consent import Consent, ConsentChange, ConsentState
from services.tower.domain.refusals import ConsentUnknown
from services.tower.events.consents import consent_event

CONSENT = Stored(Consent)
# As Consent.as_of says it.
_STATE_NOW = f"""CASE WHEN state IN ({ConsentState.ASKED:d}, {ConsentState.GIVEN:d}) AND valid_until <= $1
    THEN {ConsentState.EXPIRED:d} ELSE state END"""
_LIST = f"""
SELECT value FROM consent WHERE ($2::text IS NULL OR partner = $2)
AND (cardinality($3::smallint[]) = 0 OR {_STATE_NOW} = ANY ($3))
AND ($4::timestamptz IS NULL OR (created_at, name) < ($4, $5))
ORDER BY created_at DESC, name DESC LIMIT $6"""
_STANDING = f"""
SELECT value FROM consent WHERE partner = ANY ($1) AND valid_until > $2
AND state IN ({ConsentState.ASKED:d}, {ConsentState.GIVEN:d}) ORDER BY created_at, name"""
_PUT = """
INSERT INTO consent (name, partner, state, valid_until, created_at, version, value) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (name) DO UPDATE SET state = excluded.state, version = excluded.version, value = excluded.value"""


async def find_consent(conn: Connection, name: str, viewer: str | None, *, lock: bool = False) -> Consent:
    """A consent; what the viewer may not see does not exist. With `lock` nobody else changes it meanwhile."""
    text = await conn.fetchval(
        "SELECT value FROM consent WHERE name = $1 AND ($2::text IS NULL OR partner = $2)"
        + (" FOR UPDATE" if lock else ""),
        name,
        viewer,
    )
    if text is None:
        raise ConsentUnknown("There is no such consent.", name=name)
    return CONSENT.read(text)


async def list_consents(
    conn: Connection,
    viewer: str | None,
    states: Sequence[int],
    now: datetime,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Consent]:
    """The consents that fit, newest first, as they stand at an instant."""
    rows = await conn.fetch(_LIST, now, viewer, list(states), *(after or (None, None)), limit)
    return [CONSENT.read(row["value"]).as_of(now) for row in rows]


async def standing_consents(conn: Connection, partners: Collection[str], now: datetime) -> list[Consent]:
    """What these partners were asked or have given, and whose time is not over, oldest first."""
    return [CONSENT.read(row["value"]) for row in await conn.fetch(_STANDING, sorted(partners), now)]


async def save_consents(conn: Connection, changes: Sequence[ConsentChange], traceparent: str) -> None:
    """Stores changes of consents with their events."""
    for change in changes:
        each = change.consent
        row = (each.name, each.partner, int(each.state), each.valid_until, each.created_at, each.version)
        await conn.execute(_PUT, *row, CONSENT.text(each))
    await outbox.append(conn, [consent_event(change, traceparent) for change in changes])
