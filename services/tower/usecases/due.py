"""Verdicts that time alone changes: each entry says when it is to be looked at again."""

from datetime import timedelta

from services.kernel.clock import Clock
from services.tower.store import Store
from services.tower.usecases.judging import judge_again

AT_ONCE_MAX = 100


async def judge_due(store: Store, clock: Clock, delay_max: timedelta) -> int:
    """Judges the doses that are due by now; answers how many they were."""
    judged, found = 0, AT_ONCE_MAX
    while found == AT_ONCE_MAX:
        if not await store.anything_due(clock.now()):
            break
        async with store.unit("") as unit:
            now = clock.now()
            doses = await unit.due(now, AT_ONCE_MAX)
            await judge_again(unit, doses, now, delay_max)
        found = len(doses)
        judged += found
    return judged
