"""Where a poll or a stream goes on, held by one process at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from adapters.outbound import storable
from services.kernel.db import Connection

# Who had it may have died. The instants are the machine's, in the database: a clock that is moved on ends no lease.
_TAKE = """
INSERT INTO cursor (account, name, value, holder, lease_until, heard_at)
VALUES ($1, $2, '', $3, clock_timestamp() + $4, $5)
ON CONFLICT (account, name) DO UPDATE SET holder = $3, lease_until = clock_timestamp() + $4
    WHERE cursor.holder = $3 OR cursor.lease_until IS NULL OR cursor.lease_until < clock_timestamp()
RETURNING value
"""
_MOVE = """
UPDATE cursor c SET value = $4, lease_until = clock_timestamp() + $5, heard_at = greatest(c.heard_at, $6),
    fetched_at = greatest(c.fetched_at, $6), failures = 0, fault = '', silent = false, told = c.told + old.silent::int
FROM (SELECT silent, heard_at FROM cursor WHERE account = $1 AND name = $2 FOR UPDATE) AS old
WHERE c.account = $1 AND c.name = $2 AND c.holder = $3
RETURNING old.silent AS was_silent, old.heard_at AS since, c.told
"""
# As above, where no silence ends: then nothing is to be told, and no transaction needed.
_MOVE_HEARD = """
UPDATE cursor SET value = $4, lease_until = clock_timestamp() + $5, heard_at = greatest(heard_at, $6),
    fetched_at = greatest(fetched_at, $6), failures = 0, fault = ''
WHERE account = $1 AND name = $2 AND holder = $3 AND NOT silent
RETURNING true
"""
_NOTE_FAILURE = """
UPDATE cursor c SET failures = c.failures + 1, fault = $3, silent = c.silent OR c.heard_at <= $4,
    told = c.told + (NOT c.silent AND c.heard_at <= $4)::int
FROM (SELECT silent FROM cursor WHERE account = $1 AND name = $2 FOR UPDATE) AS old
WHERE c.account = $1 AND c.name = $2
RETURNING c.silent AND NOT old.silent AS falls_silent, c.heard_at AS since, c.told
"""


class LeaseLost(Exception):
    """Another process goes on from here."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A poll or a stream brings nothing, or does again."""

    since: datetime  # when it was last heard, or began
    told: int  # how many events say so, with the one that follows from this


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a poll or a stream has fared of late."""

    account: str
    name: str
    fetched_at: datetime | None
    failures: int
    fault: str
    silent: bool


async def take(conn: Connection, account: str, name: str, holder: UUID, lease: timedelta, now: datetime) -> str | None:
    """The cursor, held until the lease ends; None while another process has it."""
    return await conn.fetchval(_TAKE, account, name, holder, lease, now)


async def move_unless_silent(
    conn: Connection, account: str, name: str, holder: UUID, value: str, lease: timedelta, now: datetime
) -> bool:
    """Moves the cursor on, and holds it longer; False, and nothing is done, if a silence ends or somebody has it."""
    return bool(await conn.fetchval(_MOVE_HEARD, account, name, holder, value, lease, now))


async def move(
    conn: Connection, account: str, name: str, holder: UUID, value: str, lease: timedelta, now: datetime
) -> Silence | None:
    """Moves the cursor on, and holds it longer; answers the silence that ends with it.

    Raises LeaseLost if somebody else has it now.
    """
    row = await conn.fetchrow(_MOVE, account, name, holder, value, lease, now)
    if row is None:
        raise LeaseLost(f"{name} of {account}")
    return Silence(row["since"], row["told"]) if row["was_silent"] else None


async def hold(conn: Connection, account: str, name: str, holder: UUID, lease: timedelta) -> None:
    """Holds the cursor longer, where nothing comes that would move it."""
    await conn.execute(
        "UPDATE cursor SET lease_until = clock_timestamp() + $4 WHERE account = $1 AND name = $2 AND holder = $3",
        account,
        name,
        holder,
        lease,
    )


async def note_failure(
    conn: Connection, account: str, name: str, words: str, now: datetime, after: timedelta
) -> Silence | None:
    """Counts an attempt that brought nothing; answers the silence that has lasted for so long now, if it is not told.

    Waits for whoever moves the cursor right now, so that a silence is told of once.
    """
    row = await conn.fetchrow(_NOTE_FAILURE, account, name, storable(words), now - after)
    return Silence(row["since"], row["told"]) if row and row["falls_silent"] else None


async def of_accounts(conn: Connection, accounts: Sequence[str]) -> list[SourceStatus]:
    """How the polls and streams of accounts have fared."""
    rows = await conn.fetch(
        "SELECT account, name, fetched_at, failures, fault, silent FROM cursor WHERE account = ANY ($1)",
        list(accounts),
    )
    return [SourceStatus(**row) for row in rows]


async def release(conn: Connection, account: str, name: str, holder: UUID) -> None:
    """Lets go of the cursor, so that another process need not wait for the lease to end."""
    await conn.execute(
        "UPDATE cursor SET lease_until = NULL WHERE account = $1 AND name = $2 AND holder = $3", account, name, holder
    )
