"""Doses under their locks, and the one way to save them: with their new entries and events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from doselane.slotting.v1.slotting_pb2 import Slot

from services.kernel import outbox
from services.kernel.db import Connection
from services.kernel.event import Event
from services.status.domain import Dose, Entry
from services.status.store.rows import DOSE_COLUMNS, ENTRY_COLUMNS, dose_of, dose_row, entry_row


def _places(columns: str, first: int = 1) -> str:
    return ", ".join(f"${place}" for place in range(first, first + columns.count(",") + 1))


_LOCK = "SELECT pg_advisory_xact_lock{}(hashtextextended('status doses', 0))"
# A dose that was delivered may still be recalled, and one that was lost may be found: news of its batch are news of it.
_CONCERNED = (Slot.HELD, Slot.CONFIRMED, Slot.FULFILLED, Slot.LOST)
_CHANGING = DOSE_COLUMNS.removeprefix("id, ")
_INSERT_DOSE = f"INSERT INTO dose ({DOSE_COLUMNS}) VALUES ({_places(DOSE_COLUMNS)})"
_UPDATE_DOSE = f"UPDATE dose SET ({_CHANGING}) = ROW ({_places(_CHANGING, 2)}) WHERE id = $1"
_INSERT_ENTRY = f"INSERT INTO timeline (dose_id, {ENTRY_COLUMNS}) VALUES ({_places('dose_id, ' + ENTRY_COLUMNS)})"


@dataclass(slots=True)
class Saving:
    """What a batch of facts did."""

    new: list[Dose] = field(default_factory=list)
    changed: list[Dose] = field(default_factory=list)
    entries: list[tuple[str, Entry]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


async def lock_doses_of_all(conn: Connection, *, alone: bool) -> None:
    """Until the transaction ends, no dose comes to stand on another run while somebody tells all doses of one.

    News of runs and batches are few, so those that bring some are `alone`, and nobody else waits for anybody.
    """
    await conn.execute(_LOCK.format("" if alone else "_shared"))


async def promised_doses(conn: Connection, run: str) -> list[str]:
    """The doses of a run that are held, promised, delivered or lost."""
    rows = await conn.fetch("SELECT id FROM dose WHERE run = $1 AND slot_state = ANY ($2)", run, _CONCERNED)
    return [row["id"] for row in rows]


async def lock_doses(conn: Connection, dose_ids: Iterable[str]) -> dict[str, Dose]:
    """The doses of these ids that exist, locked until the transaction ends; in one order, against deadlocks."""
    rows = await conn.fetch(
        f"SELECT {DOSE_COLUMNS} FROM dose WHERE id = ANY ($1) ORDER BY id FOR UPDATE", sorted(set(dose_ids))
    )
    return {row["id"]: dose_of(row) for row in rows}


async def told_sources(conn: Connection, wanted: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (dose, source) already have an entry."""
    rows = await conn.fetch(
        "SELECT dose_id, source FROM timeline"
        " JOIN unnest($1::text[], $2::text[]) AS w (dose_id, source) USING (dose_id, source)",
        [dose_id for dose_id, _ in wanted],
        [source for _, source in wanted],
    )
    return {(row["dose_id"], row["source"]) for row in rows}


async def save(conn: Connection, saving: Saving) -> None:
    """Writes doses, entries and events. It fails, to be tried again, if another process made a dose meanwhile."""
    if saving.new:
        await conn.executemany(_INSERT_DOSE, map(dose_row, saving.new))
    if saving.changed:
        await conn.executemany(_UPDATE_DOSE, map(dose_row, saving.changed))
    if saving.entries:
        await conn.executemany(_INSERT_ENTRY, [entry_row(dose_id, entry) for dose_id, entry in saving.entries])
    await outbox.append(conn, saving.events)
