"""What speaks against a move that slotting does not know of: departures that were refused, runs without isotope."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from services.kernel.db import Connection
from services.tower.domain.known import BatchPhase, RunStanding
from services.tower.domain.rescuing import RescueMove

_DENIED = """
SELECT DISTINCT d.lane, d.departure_at FROM denial d
JOIN unnest($1::text[], $2::timestamptz[]) AS w (lane, departure_at)
ON (d.lane, d.departure_at) = (w.lane, w.departure_at) AND NOT d.delayed"""
_WITHOUT_ISOTOPE = f"""
SELECT DISTINCT r.name FROM run r JOIN supply s ON s.runs && ARRAY[r.name]
WHERE r.name = ANY ($1) AND r.state <> {RunStanding.PRODUCED:d}"""

_MADE = f"""
SELECT r.name FROM run r WHERE r.name = ANY ($1) AND r.state = {RunStanding.PRODUCED:d} AND NOT EXISTS (
    SELECT FROM batch b WHERE b.run = r.name AND (b.state = {BatchPhase.REJECTED:d} OR b.failed_tests <> '{{}}'))"""


class BarredWays(NamedTuple):
    """Runs and departures that no dose is sent to."""

    runs: Collection[str]
    departures: Collection[tuple[str, datetime]]

    def bars(self, move: RescueMove) -> bool:
        """Whether a move leads there."""
        return move.run in self.runs or (move.lane, move.departure_at) in self.departures


async def barred_ways(conn: Connection, moves: Iterable[RescueMove]) -> BarredWays:
    """What of these moves' runs and departures is barred."""
    every = list(moves)
    ways = sorted({(move.lane, move.departure_at) for move in every})
    denied = await conn.fetch(_DENIED, [lane for lane, _ in ways], [at for _, at in ways])
    without = await conn.fetch(_WITHOUT_ISOTOPE, sorted({move.run for move in every}))
    return BarredWays({row["name"] for row in without}, {(row["lane"], row["departure_at"]) for row in denied})


async def made_runs(conn: Connection, moves: Iterable[RescueMove]) -> set[str]:
    """The runs of these moves that are made, and of whose batches nothing is known that speaks against using them."""
    rows = await conn.fetch(_MADE, sorted({move.run for move in moves}))
    return {row["name"] for row in rows}
