"""Telling of milestones that have not come in their time."""

from services.distribution.domain import changing
from services.distribution.store import Store
from services.distribution.usecases.fleet import by_system
from services.kernel.clock import Clock

AT_ONCE_MAX = 100
_DUE = """
SELECT name FROM shipment WHERE next_due_at < $1 ORDER BY next_due_at LIMIT $2"""


async def tell_overdue(store: Store, clock: Clock) -> int:
    """Tells once of each milestone that is overdue by now; answers of how many shipments."""
    told = 0
    while found := await store.database.pool.fetch(_DUE, clock.now(), AT_ONCE_MAX):
        for row in found:
            async with store.unit("") as unit:
                changed = changing.fall_due(await unit.lock_one(row["name"]), by_system(clock.now()))
                if changed is not None:
                    await unit.save([changed])
                    told += 1
    return told
