"""Capacity's runs as it published them: the newest version wins."""

from collections.abc import Sequence
from datetime import datetime

from doselane.capacity.v1 import capacity_pb2

from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.timestamps import instant
from services.planning.domain.resources import OpenRun
from services.planning.events import runs

_PUT = """
INSERT INTO capacity_run (name, version, end_of_synthesis_at, standing, document) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (name) DO UPDATE SET version = excluded.version, end_of_synthesis_at = excluded.end_of_synthesis_at,
    standing = excluded.standing, document = excluded.document
WHERE capacity_run.version < excluded.version"""


async def take_in_all(conn: Connection, batch: Sequence[Event]) -> None:
    """Applies a batch of capacity's events, in any order."""
    rows = []
    for event in batch:
        run, version = runs.run_in(event)
        end_at = instant(run.end_of_synthesis_time, "end_of_synthesis_time")
        rows.append((run.name, version, end_at, runs.stands(run), run.SerializeToString()))
    await conn.executemany(_PUT, rows)


async def take_in(conn: Connection, event: Event) -> None:
    """Applies one event."""
    await take_in_all(conn, (event,))


async def standing(conn: Connection, from_at: datetime) -> tuple[OpenRun, ...]:
    """The runs whose end of synthesis is not before an instant, with the deliveries that proposals gave them."""
    rows = await conn.fetch(
        "SELECT r.document, coalesce(p.delivery, '') AS delivery FROM capacity_run r"
        " LEFT JOIN proposed_run p ON p.run = r.name"
        " WHERE r.standing AND r.end_of_synthesis_at >= $1 ORDER BY r.end_of_synthesis_at, r.name",
        from_at,
    )
    return tuple(runs.open_run(capacity_pb2.Run.FromString(row["document"]), row["delivery"]) for row in rows)


async def known(conn: Connection, names: Sequence[str]) -> set[str]:
    """Which of some runs capacity has published, whatever became of them."""
    rows = await conn.fetch("SELECT name FROM capacity_run WHERE name = ANY ($1)", list(names))
    return {row["name"] for row in rows}
