"""The vials that quality has told of."""

from collections.abc import Iterable, Sequence

from services.kernel.db import Connection
from services.slotting.domain import Asked, FilledVial, Move, RecordVial, Slot
from services.slotting.domain.commands import each_of

_SAVE = """
    INSERT INTO vial SELECT * FROM unnest($1::vial[])
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, slot = excluded.slot, run = excluded.run,
        filled_mbq = excluded.filled_mbq, filled_at = excluded.filled_at, has_left = excluded.has_left,
        surplus = excluded.surplus, volume_ul = excluded.volume_ul
"""


async def load_vials(
    connection: Connection, commands: Sequence[Asked], resting: Iterable[Slot] = ()
) -> dict[str, FilledVial]:
    """The vials of slots that the commands move, and those that they speak of; also of slots that rest on what changes.
    No round trip if there are none.

    Read after the runs were locked, under whose locks they are written.
    """
    slots = [f"slots/{command.slot_id}" for command in each_of(commands) if isinstance(command, Move)]
    slots += [command.vial.slot for command in commands if isinstance(command, RecordVial)]
    slots += [slot.name for slot in resting]
    if not slots:
        return {}
    rows = await connection.fetch("SELECT * FROM vial WHERE slot = ANY ($1)", slots)
    return {row["name"]: FilledVial(*row) for row in rows}


async def save_vials(connection: Connection, vials: Sequence[FilledVial]) -> None:
    """Write what was heard of vials."""
    await connection.execute(_SAVE, vials)
