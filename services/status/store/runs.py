"""What capacity told of runs, kept beside the doses that they make so that neither can miss the other."""

from collections.abc import Iterable, Mapping

from services.kernel.db import Connection
from services.status.domain import Production, RunFact

_LOCK = "SELECT pg_advisory_xact_lock{}(hashtextextended('status runs', 0))"
_PUT = """
INSERT INTO run (name, version, end_of_synthesis_at, cancelled) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET version = excluded.version, end_of_synthesis_at = excluded.end_of_synthesis_at,
    cancelled = excluded.cancelled
WHERE run.version < excluded.version
RETURNING true
"""


async def lock_runs(conn: Connection, *, to_change: bool) -> None:
    """Until the transaction ends, what is known of runs stays as it is; comes before every other lock.

    News of runs are few, so those that bring some wait for all others, and nobody else waits for anybody.
    """
    await conn.execute(_LOCK.format("" if to_change else "_shared"))


async def put_run(conn: Connection, fact: RunFact) -> bool:
    """Stores what is newer than what is known; whether it is."""
    made = fact.production
    known = await conn.fetchval(_PUT, fact.run, fact.version, made.end_of_synthesis_at, made.cancelled)
    return bool(known)


async def productions(conn: Connection, runs: Iterable[str]) -> Mapping[str, Production]:
    """What is known of these runs."""
    rows = await conn.fetch(
        "SELECT name, end_of_synthesis_at, cancelled FROM run WHERE name = ANY ($1)", list(set(runs))
    )
    return {row["name"]: Production(row["end_of_synthesis_at"], row["cancelled"]) for row in rows}


async def shipped_of(conn: Connection, run: str) -> list[str]:
    """The doses of a run to which a shipment is attached."""
    rows = await conn.fetch("SELECT id FROM dose WHERE run = $1 AND courier IS NOT NULL", run)
    return [row["id"] for row in rows]
