"""What centres can count on is stated again whenever the board changes, and when more was announced."""

from collections.abc import Sequence
from datetime import datetime

from services.kernel.clock import Clock
from services.tower.domain.board import BoardEntry
from services.tower.domain.statement import state
from services.tower.store import Store, Unit
from services.tower.store.statements import save_statements, statements_due, statements_of

AT_ONCE_MAX = 100


async def restate(unit: Unit, entries: Sequence[BoardEntry], now: datetime) -> None:
    """States again what follows from these entries, in the transaction that changes them."""
    if not entries:
        return
    before = await statements_of(unit.conn, [each.dose for each in entries])
    stated = [state(each, before.get(each.dose), now) for each in entries]
    changed = [each for each in stated if each != before.get(each.dose)]
    new = [each for each in changed if not each.same_as(before.get(each.dose))]
    await save_statements(unit.conn, changed, new, unit.traceparent)


async def restate_due(store: Store, clock: Clock) -> int:
    """States again what was announced for now; answers of how many doses."""
    restated, found = 0, AT_ONCE_MAX
    while found == AT_ONCE_MAX:
        if not await statements_due(store.database.pool, clock.now(), 1):
            break
        async with store.unit("") as unit:
            now = clock.now()
            doses = await statements_due(unit.conn, now, AT_ONCE_MAX)
            entries = await unit.entries(doses)
            await restate(unit, list(entries.values()), now)
        found = len(doses)
        restated += found
    return restated
