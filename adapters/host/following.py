"""Which names a round of a poll asks for: those that go on and are due, as many as the account may in a day."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.host.pacing import due
from adapters.host.values import Account
from services.kernel.clock import Clock
from services.kernel.db import Connection, Database

# What was referred to longer ago is asked for no more: no dose lives so long.
FOLLOWED = timedelta(days=30)
ROWS_AT_ONCE = 500

# Of several things of ours that the other side knows by one name the longest-lived counts; one of which nobody knows
# how long it lives counts as that. How long ago it was asked for is the machine's time, as the rounds are.
_NAMES = """
SELECT r.theirs, CASE WHEN bool_and(r.ends_at IS NOT NULL) THEN max(r.ends_at) END AS ends_at,
    clock_timestamp() - max(a.asked_at) AS since_asked
FROM reference r LEFT JOIN asked a ON a.account = $5 AND a.poll = $6 AND a.theirs = r.theirs
WHERE r.port = $1 AND r.partner = $2 AND r.theirs > $3 AND r.since >= $4 AND NOT r.ended
GROUP BY r.theirs ORDER BY r.theirs LIMIT $7
"""
_NOTE = """
INSERT INTO asked (account, poll, theirs, asked_at) SELECT $1, $2, t, clock_timestamp() FROM unnest($3::text[]) AS t
ON CONFLICT (account, poll, theirs) DO UPDATE SET asked_at = excluded.asked_at
"""
# Days are UTC, by the machine's clock, as those of vendors are.
_CALLED = """
INSERT INTO called (account, day, number) VALUES ($1, (clock_timestamp() AT TIME ZONE 'UTC')::date, $2)
ON CONFLICT (account, day) DO UPDATE SET number = called.number + excluded.number RETURNING number
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Polling:
    """A poll of an account: how long its rounds are, and how many names the account may ask for in a day."""

    account: Account
    name: str
    every: timedelta
    calls_per_day: int | None = None


class Round:
    """One round of a poll: hands out names, and remembers which were asked for once their answers are kept."""

    def __init__(self, database: Database, clock: Clock, polling: Polling) -> None:
        self._database, self._clock, self._polling = database, clock, polling
        self._asked: list[str] = []

    async def __call__(self, after: str, limit: int) -> Sequence[str]:
        """The names after one, in order, at most so many; see `adapters.outbound.Following`."""
        async with self._database.transaction() as conn:
            room = await self._room(conn, limit)
            found = await self._due(conn, after, room) if room else []
            if found and self._polling.calls_per_day is not None:
                await self._count(conn, len(found), self._polling.calls_per_day)
        self._asked += found
        return found

    async def keep(self) -> None:
        """What was asked for is kept, so it is not due again at once."""
        if self._asked:
            account = self._polling.account.id
            await self._database.pool.execute(_NOTE, account, self._polling.name, list(set(self._asked)))
        self._asked.clear()

    async def _room(self, conn: Connection, limit: int) -> int:
        """How many may still be asked for today; waits for whoever else asks for the account right now."""
        most, account = self._polling.calls_per_day, self._polling.account.id
        if most is None:
            return limit
        return max(0, min(limit, most - await conn.fetchval(_CALLED, account, 0)))

    async def _count(self, conn: Connection, number: int, most: int) -> None:
        account = self._polling.account.id
        if await conn.fetchval(_CALLED, account, number) >= most:
            log.warning("%s of %s waits for tomorrow: %d calls a day", self._polling.name, account, most)

    async def _due(self, conn: Connection, after: str, limit: int) -> list[str]:
        now, account = self._clock.now(), self._polling.account
        found: list[str] = []
        while len(found) < limit:
            rows = await conn.fetch(
                _NAMES,
                account.port.name,
                account.partner,
                after,
                now - FOLLOWED,
                account.id,
                self._polling.name,
                ROWS_AT_ONCE,
            )
            found += [row["theirs"] for row in rows if self._is_due(row, now)]
            if len(rows) < ROWS_AT_ONCE:
                break
            after = rows[-1]["theirs"]
        return found[:limit]

    def _is_due(self, row: Any, now: datetime) -> bool:
        left = row["ends_at"] - now if row["ends_at"] is not None else None
        return due(self._polling.every, left, row["since_asked"])
