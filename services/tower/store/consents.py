"""Consents as rows: found, listed, and saved with their events."""

from collections.abc import Collection, Sequence
from datetime import datetime

from services.kernel import outbox
from services.kernel.db import Connection
from services.tower.domain.consent import Consent, ConsentChange, ConsentState
from services.tower.domain.refusals import ConsentUnknown
from services.tower.events.consents import consent_event
from services.tower.store.rows import Rows

CONSENTS = Rows("consent", Consent, "name partner state valid_until created_at version")
# As Consent.as_of says it.
_STATE_NOW = f"""CASE WHEN state IN ({ConsentState.ASKED:d}, {ConsentState.GIVEN:d}) AND valid_until <= ${{}}
    THEN {ConsentState.EXPIRED:d} ELSE state END = ANY (${{}}::smallint[])"""
_STANDING = f"""partner = ANY ($1) AND valid_until > $2
AND state IN ({ConsentState.ASKED:d}, {ConsentState.GIVEN:d}) ORDER BY created_at, name"""


async def find_consent(conn: Connection, name: str, viewer: str | None, *, lock: bool = False) -> Consent:
    """A consent; what the viewer may not see does not exist. With `lock` nobody else changes it meanwhile."""
    found = await CONSENTS.find(conn, name, viewer, lock=lock)
    if found is None:
        raise ConsentUnknown("There is no such consent.", name=name)
    return found


async def list_consents(
    conn: Connection,
    viewer: str | None,
    states: Sequence[int],
    now: datetime,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Consent]:
    """The consents that fit, newest first, as they stand at an instant."""
    found = await CONSENTS.page(conn, viewer, [(_STATE_NOW, now, states)], after, limit)
    return [each.as_of(now) for each in found]


async def standing_consents(conn: Connection, partners: Collection[str], now: datetime) -> list[Consent]:
    """What these partners were asked or have given, and whose time is not over, oldest first."""
    return await CONSENTS.select(conn, _STANDING, sorted(partners), now)


async def save_consents(conn: Connection, changes: Sequence[ConsentChange], traceparent: str) -> None:
    """Stores changes of consents with their events."""
    await CONSENTS.put(conn, [each.consent for each in changes])
    await outbox.append(conn, [consent_event(change, traceparent) for change in changes])
