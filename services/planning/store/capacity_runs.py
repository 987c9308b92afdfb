"""Capacity's runs as it published them: the newest version wins."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from doselane.capacity.v1 import capacity_pb2

from services.kernel.db import Connection
from services.kernel.event import Event
from services.kernel.projection import Projection
from services.kernel.timestamps import instant
from services.network.reading import run_in
from services.planning.domain.resources import OpenRun
from services.planning.events import runs


class CapacityRun(NamedTuple):
    """A row; `standing`: neither cancelled nor failed."""

    name: str
    version: int
    end_of_synthesis_at: datetime
    standing: bool
    document: bytes


_runs = Projection("capacity_run", CapacityRun)


async def take_in_all(conn: Connection, batch: Sequence[Event]) -> None:
    """Applies a batch of capacity's events, in any order."""
    told = (found for event in batch if (found := run_in(event)))
    await _runs.put(conn, (_row(run, version) for run, version in told))


def _row(run: capacity_pb2.Run, version: int) -> CapacityRun:
    end_at = instant(run.end_of_synthesis_time, "end_of_synthesis_time")
    return CapacityRun(run.name, version, end_at, runs.stands(run), run.SerializeToString())


async def standing(conn: Connection, from_at: datetime) -> tuple[OpenRun, ...]:
    """The runs whose end of synthesis is not before an instant, with the deliveries that proposals gave them."""
    rows = await conn.fetch(
        "SELECT r.document, coalesce(p.delivery, '') AS delivery FROM capacity_run r"
        " LEFT JOIN proposed_run p ON p.run = r.name"
        " WHERE r.standing AND r.end_of_synthesis_at >= $1 ORDER BY r.end_of_synthesis_at, r.name",
        from_at,
    )
    return tuple(runs.open_run(capacity_pb2.Run.FromString(row["document"]), row["delivery"]) for row in rows)


async def known(conn: Connection, names: Sequence[str]) -> dict[str, CapacityRun]:
    """Which of some runs capacity has published, whatever became of them."""
    return await _runs.of(conn, names)
