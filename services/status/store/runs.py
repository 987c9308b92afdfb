"""What capacity told of runs, kept beside the doses that they make so that neither can miss the other."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from doselane.slotting.v1.slotting_pb2 import Slot

from services.kernel.db import Connection
from services.kernel.projection import Projection
from services.status.domain import Production, RunFact

_LOCK = "SELECT pg_advisory_xact_lock{}(hashtextextended('status runs', 0))"


class RunProduction(NamedTuple):
    """A row of what capacity told."""

    name: str
    version: int
    end_of_synthesis_at: datetime | None
    cancelled: bool


_runs = Projection("run", RunProduction)


async def lock_runs(conn: Connection, *, to_change: bool) -> None:
    """Until the transaction ends, what is known of runs stays as it is; comes before every other lock.

    News of runs are few, so those that bring some wait for all others, and nobody else waits for anybody.
    """
    await conn.execute(_LOCK.format("" if to_change else "_shared"))


async def put_run(conn: Connection, fact: RunFact) -> bool:
    """Stores what is newer than what is known; whether it is."""
    made = fact.production
    return bool(
        await _runs.put(conn, [RunProduction(fact.run, fact.version, made.end_of_synthesis_at, made.cancelled)])
    )


async def productions(conn: Connection, runs: Iterable[str]) -> Mapping[str, Production]:
    """What is known of these runs."""
    known = await _runs.of(conn, set(runs))
    return {run.name: Production(run.end_of_synthesis_at, run.cancelled) for run in known.values()}


async def doses_of(conn: Connection, run: str, *, shipped: bool) -> list[str]:
    """The doses of a run that are held or promised; or those with a shipment, whatever became of them."""
    chosen = "courier IS NOT NULL" if shipped else f"slot_state IN ({Slot.HELD}, {Slot.CONFIRMED})"
    rows = await conn.fetch(f"SELECT id FROM dose WHERE run = $1 AND {chosen}", run)
    return [row["id"] for row in rows]
