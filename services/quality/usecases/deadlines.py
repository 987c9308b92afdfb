"""The critical path of a batch, and telling of deadlines that come near."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.kernel import outbox
from services.kernel.clock import Clock
from services.kernel.event import Event
from services.quality import events
from services.quality.domain.batch import Batch
from services.quality.domain.critical_path import MissingItem, PathFacts, crossed, missing
from services.quality.domain.documents import missing_documents
from services.quality.store import Store, Unit
from services.quality.store.unit import BATCH

# Nothing sets an end to the final certification, and nobody waits for a batch that expired long ago.
_WAITED_FOR = """
SELECT value FROM batch WHERE state IN ('IN_QC', 'READY_TO_SHIP') AND expires_at > $1::timestamptz - interval '1 day'
ORDER BY name"""


async def critical_path(unit: Unit, batch: Batch, partner: str | None) -> list[MissingItem]:
    """What a batch still needs; a partner is told of its own doses only."""
    (found,) = (await _paths(unit, batch, [partner])).values()
    return found


async def _paths(unit: Unit, batch: Batch, partners: Sequence[str | None]) -> Mapping[str | None, list[MissingItem]]:
    """What a batch still needs for the doses of each of these partners; None: for all doses."""
    orders, vials = await unit.orders(batch.made.run), await unit.vials(batch.name)
    documents = await unit.documents(batch.name)
    found = {}
    for partner in partners:
        own = [order for order in orders if partner in (None, order.partner)]
        filled = [vial for vial in vials if partner in (None, vial.partner)]
        found[partner] = missing(PathFacts(batch, own, filled, list(missing_documents(batch, filled, documents))))
    return found


async def tell_deadlines(store: Store, clock: Clock) -> None:
    """Tells once of each threshold that an item's time has crossed, for all batches that somebody waits for."""
    for name in await _not_told(store, clock.now()):
        async with store.unit("") as unit:
            await _tell(unit, await unit.lock_batch(name), clock.now())


async def _not_told(store: Store, now: datetime) -> list[str]:
    """The batches of which there is something to tell. A look that finds nothing locks and commits nothing."""
    found = []
    async with store.reading() as conn:
        unit = Unit(conn, "")
        for row in await conn.fetch(_WAITED_FOR, now):
            batch = BATCH.read(row["value"])
            paths = await _paths(unit, batch, [None, *await unit.audience(batch)])
            due = {
                (item.item, item.slot, item.latest_at, each, partner or "")
                for partner, items in paths.items()
                for item in items
                for each in crossed(item, batch.created_at, now)
            }
            if due and not due <= await unit.told(batch):
                found.append(batch.name)
    return found


async def _tell(unit: Unit, batch: Batch, now: datetime) -> None:
    told: list[Event] = []
    subject = events.critical_path_subject(batch.name)
    for partner, items in (await _paths(unit, batch, [None, *await unit.audience(batch)])).items():
        for item in items:
            percents = [
                each
                for each in crossed(item, batch.created_at, now)
                if await unit.note_told(batch, item, each, partner or "")
            ]
            if percents:  # of several that were crossed at once, the last one says it all
                number = await unit.next_number(subject)
                told.append(events.deadline_event(batch.name, item, min(percents), number, now, partner or ""))
    if told:
        await outbox.append(unit.conn, told)
