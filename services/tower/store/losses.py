"""What is recorded of doses at risk, and all that the report of a loss is made of."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.kernel.db import Connection
from services.kernel.stored import Stored
from services.tower.domain.board import DoseVerdict
from services.tower.domain.loss import LossReport, RecordedMoves, loss_report
from services.tower.domain.refusals import LossReportUnknown
from services.tower.domain.rescue import KnownMove
from services.tower.store.consents import CONSENTS
from services.tower.store.escalations import ESCALATIONS
from services.tower.store.unit import ENTRIES, INCIDENTS

_MOVES = Stored(tuple[KnownMove, ...])
# Of each the newest, or the oldest, where there are more.
ROWS_MAX = 1000
_ASKED = """
value -> 'terms' ->> 'dose' = $1 AND value ->> 'explanation' <> '' ORDER BY created_at LIMIT $2"""
_LAST = """
SELECT DISTINCT ON (dose) dose, value FROM recorded_moves WHERE dose = ANY ($1) ORDER BY dose, recorded_at DESC"""
_PUT = """
INSERT INTO recorded_moves (dose, recorded_at, value) VALUES ($1, $2, $3)
ON CONFLICT (dose, recorded_at) DO UPDATE SET value = excluded.value"""


async def record_moves(conn: Connection, known: Mapping[str, Sequence[KnownMove]], now: datetime) -> None:
    """Records which moves are known of doses from now on, where that is something else than before."""
    if not known:
        return
    last = {row["dose"]: _MOVES.read(row["value"]) for row in await conn.fetch(_LAST, list(known))}
    told = {dose: tuple(sorted(moves, key=_place)) for dose, moves in known.items()}
    rows = [(dose, now, _MOVES.text(moves)) for dose, moves in told.items() if moves != last.get(dose, ())]
    await conn.executemany(_PUT, rows)


def _place(move: KnownMove) -> tuple[str, str, datetime]:
    return move.run, move.lane, move.departure_at or move.until_at


async def find_loss(conn: Connection, dose: str, viewer: str | None) -> LossReport:
    """The report of a dose that is lost; of one that is not, or that the viewer may not see, there is none."""
    entry = await ENTRIES.find(conn, dose, viewer)
    if entry is None or entry.verdict is not DoseVerdict.LOST:
        raise LossReportUnknown("There is no report of a loss by this name.", name=f"lossReports/{dose}")
    incidents = await INCIDENTS.select(conn, "doses @> ARRAY[$1] ORDER BY opened_at LIMIT $2", dose, ROWS_MAX)
    names = [each.name for each in incidents]
    escalations = await ESCALATIONS.select(conn, "incident = ANY ($1) ORDER BY created_at LIMIT $2", names, ROWS_MAX)
    asked = await CONSENTS.select(conn, _ASKED, dose, ROWS_MAX)
    report = loss_report(
        entry,
        await _recorded(conn, dose),
        incidents,
        [each for each in escalations if viewer is None or not each.sponsor or each.partner == viewer],
        asked,
    )
    return report.seen_by(viewer)


async def _recorded(conn: Connection, dose: str) -> list[RecordedMoves]:
    rows = await conn.fetch(
        "SELECT recorded_at, value FROM recorded_moves WHERE dose = $1 ORDER BY recorded_at DESC LIMIT $2",
        dose,
        ROWS_MAX,
    )
    return [RecordedMoves(row["recorded_at"], _MOVES.read(row["value"])) for row in rows]
