"""The table of replays: which messages are read again, and how far that has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any
from uuid import UUID

from adapters.host.listing import Wanted
from services.kernel.db import Connection

ACCEPTED, REFUSED, REPEATED, FAILED = "accepted", "refused", "repeated", "failed"


class ReplayState(IntEnum):
    """How far a replay has come."""

    RUNNING = 1
    DONE = 2
    CANCELLED = 3


@dataclass(frozen=True, slots=True)
class Replay:
    """Messages of an account that are read again."""

    id: UUID
    wanted: Wanted
    reason: str
    actor: str
    traceparent: str
    created_at: datetime
    state: ReplayState = ReplayState.RUNNING
    total: int | None = None
    after_id: UUID | None = None
    last_id: UUID | None = None
    accepted: int = 0
    refused: int = 0
    repeated: int = 0
    failed: int = 0
    finished_at: datetime | None = None


# The oldest that nobody else works on. Leases are the machine's time, as everywhere.
_TAKE = """
UPDATE replay SET holder = $1, lease_until = clock_timestamp() + $3 WHERE replay_id = (
    SELECT replay_id FROM replay
    WHERE state = 1 AND account = ANY ($2)
      AND (holder = $1 OR lease_until IS NULL OR lease_until < clock_timestamp())
    ORDER BY replay_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *
"""
# Only who holds it moves it, and nobody once it has ended: what was counted is counted with the place, or not at all.
_MOVE = """
UPDATE replay SET after_id = $3, accepted = accepted + $4, refused = refused + $5, repeated = repeated + $6,
    failed = failed + $7, lease_until = clock_timestamp() + $8
WHERE replay_id = $1 AND holder = $2 AND state = 1 RETURNING *
"""


async def add(conn: Connection, replay: Replay) -> None:
    """A replay more, for whoever comes first to it."""
    wanted = replay.wanted
    await conn.execute(
        "INSERT INTO replay (replay_id, account, partner, start_at, end_at, states, reasons, sources, reason, actor,"
        " traceparent, created_at, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
        replay.id,
        wanted.account,
        wanted.partner,
        wanted.start,
        wanted.end,
        list(wanted.states),
        list(wanted.reasons),
        list(wanted.sources),
        replay.reason,
        replay.actor,
        replay.traceparent,
        replay.created_at,
    )


async def take(conn: Connection, holder: UUID, accounts: Sequence[str], lease: timedelta) -> Replay | None:
    """One to work on, held until the lease ends."""
    row = await conn.fetchrow(_TAKE, holder, list(accounts), lease)
    return _replay(row) if row else None


async def counted(conn: Connection, replay: Replay, holder: UUID, total: int, first: UUID, last: UUID) -> Replay | None:
    """The replay once it is known what it will read; None if it is no longer the holder's."""
    row = await conn.fetchrow(
        "UPDATE replay SET total = $3, after_id = $4, last_id = $5"
        " WHERE replay_id = $1 AND holder = $2 AND state = 1 RETURNING *",
        replay.id,
        holder,
        total,
        UUID(int=max(0, first.int - 1)),
        last,
    )
    return _replay(row) if row else None


async def move(
    conn: Connection, replay: Replay, holder: UUID, after: UUID, ends: Mapping[str, int], lease: timedelta
) -> Replay | None:
    """Goes on after some were read; None if it is no longer the holder's, or has ended."""
    numbers = [ends.get(each, 0) for each in (ACCEPTED, REFUSED, REPEATED, FAILED)]
    row = await conn.fetchrow(_MOVE, replay.id, holder, after, *numbers, lease)
    return _replay(row) if row else None


async def finish(conn: Connection, replay_id: UUID, state: ReplayState, now: datetime) -> None:
    """Ends a replay that runs; of one that has ended nothing is changed."""
    await conn.execute(
        "UPDATE replay SET state = $2, finished_at = $3, lease_until = NULL WHERE replay_id = $1 AND state = 1",
        replay_id,
        int(state),
        now,
    )


async def one(conn: Connection, replay_id: UUID) -> Replay | None:
    """One replay."""
    row = await conn.fetchrow("SELECT * FROM replay WHERE replay_id = $1", replay_id)
    return _replay(row) if row else None


async def page(conn: Connection, before: UUID | None, limit: int) -> list[Replay]:
    """Replays, newest first."""
    rows = await conn.fetch(
        "SELECT * FROM replay WHERE $1::uuid IS NULL OR replay_id < $1 ORDER BY replay_id DESC LIMIT $2", before, limit
    )
    return [_replay(row) for row in rows]


def _replay(row: Any) -> Replay:
    wanted = Wanted(
        partner=row["partner"],
        account=row["account"],
        sources=row["sources"],
        states=row["states"],
        reasons=row["reasons"],
        start=row["start_at"],
        end=row["end_at"],
    )
    same = (
        "reason", "actor", "traceparent", "created_at", "total", "after_id", "last_id", "accepted", "refused",
        "repeated", "failed", "finished_at",
    )  # fmt: skip
    return Replay(
        id=row["replay_id"], wanted=wanted, state=ReplayState(row["state"]), **{name: row[name] for name in same}
    )
