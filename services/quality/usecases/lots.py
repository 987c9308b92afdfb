"""What quality does about inspection lots of the manufacturer's ERP."""

from dataclasses import replace

from services.kernel.provenance import Provenance
from services.quality.domain.batch import Batch
from services.quality.domain.lots import KnownLot, LotStatement, after, object_to
from services.quality.store import Unit, lots
from services.quality.usecases.judging import save


async def take(unit: Unit, stated: LotStatement, by: Provenance) -> None:
    """Keeps what an ERP states of a lot, and raises what it says against the batch, if that is made already."""
    await lots.lock(unit.conn, stated.production_order)
    before = {each.stated.lot: each for each in await lots.lots(unit.conn, stated.production_order)}
    known = after(before.get(stated.lot), stated)
    if known is None:
        return
    batch = await unit.lock_batch_of_order(stated.production_order)
    await _settle(unit, batch, known, by)


async def catch_up(unit: Unit, batch: Batch, by: Provenance) -> None:
    """Raises what was stated of a batch's lots before it was made. Call with the lots of its order locked."""
    for known in await lots.lots(unit.conn, batch.made.production_order):
        batch = await _settle(unit, batch, known, by) or batch


async def _settle(unit: Unit, batch: Batch | None, known: KnownLot, by: Provenance) -> Batch | None:
    """Keeps the lot, and raises its deviation if there is one to raise; the batch after it."""
    told = replace(by, reason=f"told by {known.stated.told_by}")
    changed = object_to(batch, known, told) if batch else None
    await lots.put(unit.conn, replace(known, raised=known.raised or changed is not None))
    return await save(unit, changed, told) if changed else batch
