"""Proposals: read, saved with their events, leased to the worker that works them out."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from asyncpg import Record
from doselane.planning.v1 import planning_pb2

from services.kernel import outbox
from services.kernel.db import Connection, Database
from services.kernel.event import Event
from services.planning.domain.demand import Bucket
from services.planning.domain.plan import PlannedRun, Serves
from services.planning.domain.proposals import Proposal, ProposalUnknown, State
from services.planning.events.proposals import message_of, proposal_of

_COLUMNS = "name, state, version, events, created_at, solve_seconds_max, document"
# Of those that nobody works on, or whose worker has gone silent, the oldest; by the database's clock, one for all.
_TAKE = """
UPDATE proposal SET worker = $1, leased_until = clock_timestamp() + $2::interval, attempts = attempts + 1,
    began_at = clock_timestamp(), phase = 'loading', objective = NULL, bound = NULL
WHERE name = (SELECT name FROM proposal
    WHERE state = 'SOLVING' AND (leased_until IS NULL OR leased_until < clock_timestamp())
    ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING name, attempts"""
_KEEP = """
UPDATE proposal SET leased_until = clock_timestamp() + $3::interval, phase = coalesce($4, phase),
    objective = coalesce($5, objective), bound = coalesce($6, bound)
WHERE name = $1 AND worker = $2 AND state = 'SOLVING'"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a proposal is."""

    state: State
    phase: str
    elapsed_s: float
    objective: float | None
    bound: float | None


async def load(conn: Connection, name: str, *, lock: bool = False) -> Proposal:
    """A proposal with what its runs became; with `lock`, nobody else changes it until this transaction ends."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM proposal WHERE name = $1{' FOR UPDATE' if lock else ''}", name)
    if row is None:
        raise ProposalUnknown("There is no such proposal.", proposal=name)
    names = await conn.fetch("SELECT id, run FROM proposed_run WHERE proposal = $1", name)
    return replace(await _proposal(row), run_names={each["id"]: each["run"] for each in names})


async def take_turn(conn: Connection) -> None:
    """Waits until no proposal begins to be accepted and no delivery changes, and keeps it so for this transaction.

    Two proposals may want the same line, or one a delivery that is being cancelled: the second must see the first.
    """
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('doselane planning accept', 0))")


async def state(conn: Connection, name: str) -> State:
    """Where a proposal stands; it stays there until this transaction ends."""
    return State(await conn.fetchval("SELECT state FROM proposal WHERE name = $1 FOR SHARE", name))


async def page(
    conn: Connection, states: Sequence[str], after: tuple[datetime, str] | None, size: int
) -> list[Proposal]:
    """Proposals, newest first, without their runs and coverage."""
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM proposal WHERE (cardinality($1::text[]) = 0 OR state = ANY ($1))"
        " AND ($2::timestamptz IS NULL OR (created_at, name) < ($2, $3::text))"
        " ORDER BY created_at DESC, name DESC LIMIT $4",
        list(states),
        *(after or (None, "")),
        size,
    )
    return [await _proposal(row) for row in rows]


async def insert(conn: Connection, proposal: Proposal) -> None:
    """Stores a new proposal."""
    await conn.execute(
        f"INSERT INTO proposal ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        proposal.name,
        proposal.state.value,
        proposal.version,
        proposal.events,
        proposal.created_at,
        proposal.solve_seconds_max,
        message_of(proposal).SerializeToString(),
    )


async def save(conn: Connection, proposal: Proposal, event: Event | None) -> None:
    """Stores a proposal after a change, together with its event, if it has one. The row must be locked."""
    done = await conn.execute(
        "UPDATE proposal SET state = $2, version = $3, events = $4, document = $5 WHERE name = $1 AND version = $3 - 1",
        proposal.name,
        proposal.state.value,
        proposal.version,
        proposal.events,
        message_of(proposal).SerializeToString(),
    )
    if done != "UPDATE 1":
        raise AssertionError(f"{proposal.name} was changed without its lock")
    if event is not None:
        await outbox.append(conn, [event])


async def save_serves(conn: Connection, name: str, runs: Sequence[PlannedRun]) -> None:
    """Remembers which demand each run covers, so that an edit begins from there."""
    told = {run.id: [[*_bucket_key(bucket), doses] for bucket, doses in run.serves] for run in runs}
    await conn.execute("UPDATE proposal SET serves = $2::jsonb WHERE name = $1", name, json.dumps(told))


async def serves(conn: Connection, name: str) -> Mapping[str, Serves]:
    """Which demand each run covered when the proposal was last judged."""
    # As JSON and not as part of the document: whom a run serves is no part of what is published.
    told = json.loads(await conn.fetchval("SELECT serves::text FROM proposal WHERE name = $1", name))
    return {
        run: tuple(
            (Bucket(partner, product, region, date.fromisoformat(week), firm, wanted), doses)
            for partner, product, region, week, firm, wanted, doses in buckets
        )
        for run, buckets in told.items()
    }


async def waiting(conn: Connection) -> int:
    """How many proposals are being worked out, or wait for it."""
    count: int = await conn.fetchval("SELECT count(*) FROM proposal WHERE state = 'SOLVING'")
    return count


async def progress(database: Database, name: str) -> Progress:
    """How far a proposal is."""
    row = await database.pool.fetchrow(
        "SELECT state, phase, objective, bound, extract(epoch FROM clock_timestamp() - began_at)::float8 AS elapsed_s"
        " FROM proposal WHERE name = $1",
        name,
    )
    if row is None:
        raise ProposalUnknown("There is no such proposal.", proposal=name)
    return Progress(State(row["state"]), row["phase"], row["elapsed_s"] or 0.0, row["objective"], row["bound"])


async def take(database: Database, worker: UUID, lease: timedelta) -> tuple[str, int] | None:
    """Leases the oldest proposal that nobody works on, and answers its name and how often it was taken."""
    row = await database.pool.fetchrow(_TAKE, worker, lease)
    return (row["name"], row["attempts"]) if row else None


async def keep(
    database: Database,
    name: str,
    worker: UUID,
    lease: timedelta,
    phase: str | None = None,
    objective: float | None = None,
    bound: float | None = None,
) -> bool:
    """Keeps the lease and notes how far the work is; False if it is the worker's no longer, or was stopped."""
    done = await database.pool.execute(_KEEP, name, worker, lease, phase, objective, bound)
    return done == "UPDATE 1"


async def held_by(conn: Connection, name: str, worker: UUID) -> bool:
    """Whether the work is still the worker's; the row must be locked."""
    held: bool | None = await conn.fetchval("SELECT worker = $2 FROM proposal WHERE name = $1", name, worker)
    return bool(held)


async def became(conn: Connection, proposal: str, run: PlannedRun, name: str) -> None:
    """Notes the run that a run of a proposal became."""
    await conn.execute(
        "INSERT INTO proposed_run (proposal, id, run, delivery) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        proposal,
        run.id,
        name,
        run.delivery,
    )


async def untold(conn: Connection) -> list[Proposal]:
    """Accepted proposals, or those being accepted, of whose runs capacity has not told all yet."""
    rows = await conn.fetch(
        "SELECT name FROM proposal WHERE state = 'ACCEPTING' OR state = 'ACCEPTED' AND EXISTS ("
        "SELECT FROM proposed_run p WHERE p.proposal = proposal.name"
        " AND NOT EXISTS (SELECT FROM capacity_run r WHERE r.name = p.run))"
    )
    return [await load(conn, row["name"]) for row in rows]


def _bucket_key(bucket: Bucket) -> tuple[str, str, str, str, int, int]:
    return (bucket.partner, bucket.product, bucket.region, bucket.week.isoformat(), bucket.firm, bucket.doses)


async def _proposal(row: Record) -> Proposal:
    return await asyncio.to_thread(_read, row)  # a year's plan is megabytes, and the loop has other work


def _read(row: Record) -> Proposal:
    message = planning_pb2.Proposal.FromString(row["document"])
    return proposal_of(message, row["version"], row["events"], row["solve_seconds_max"])
