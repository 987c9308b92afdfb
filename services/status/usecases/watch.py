"""Following timelines: one dose by the numbers of its entries, which have no gaps, all doses of a caller by their
position in the service's event log."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta
from typing import TypeAlias

from services.kernel import event_log
from services.kernel.db import Database
from services.kernel.watching import Look, Sighting, with_signs_of_life
from services.status import events, store

READ_ENTRIES = 100
POLL_S = 1.0  # stands behind the wake-up call
POLL_DEAF_S = 0.05  # while nobody can call
PAUSE_S = 0.005  # news of other doses wakes every watcher; each looks at most so often


Entry: TypeAlias = events.TimelineEntry
Looks: TypeAlias = AsyncGenerator[Look[Entry], None]


async def watch_dose(
    database: Database, dose_id: str, after: int, keep_alive: timedelta
) -> AsyncIterator[Sighting[Entry]]:
    """The entries of a dose after a number, and then each as it comes. The caller made sure that the dose is his."""
    looks = _looks_at_dose(database, dose_id, after)
    first = await anext(looks)
    for sighting in first.sightings or (Sighting(after),):
        yield sighting
    async for sighting in with_signs_of_life(looks, first.place, keep_alive):
        yield sighting


async def watch_doses(
    database: Database, partner: str | None, after: int | None, keep_alive: timedelta
) -> AsyncIterator[Sighting[Entry]]:
    """The entries of all doses of a partner (None: of all) after a place in the log (None: from now on), as they come.

    The first sighting is a sign of life, so that the watcher has a place to go on from before anything happens.
    """
    place = await event_log.end(database.pool) if after is None else after
    yield Sighting(place)
    async for sighting in with_signs_of_life(_looks_at_log(database, partner, place), place, keep_alive):
        yield sighting


async def _looks_at_dose(database: Database, dose_id: str, place: int) -> Looks:
    """The dose's entries in batches; the first look comes at once, even if there is nothing to see."""
    loop, call = asyncio.get_running_loop(), database.listen()
    first = True
    while True:
        seen, looked_at_s = call.calls, loop.time()
        entries = await store.list_entries(database.pool, dose_id, place, READ_ENTRIES)
        if entries or first:
            place = entries[-1].number if entries else place
            yield Look(place, [Sighting(each.number, events.entry_message(dose_id, each)) for each in entries])
            first = False
        else:
            await call.wait(seen, POLL_S if database.listening else POLL_DEAF_S)
            await asyncio.sleep(max(0.0, looked_at_s + PAUSE_S - loop.time()))


async def _looks_at_log(database: Database, partner: str | None, place: int) -> Looks:
    """The log's batches, as far as the partner may see them."""
    async for batch in event_log.follow(database, place):
        told = [
            Sighting(each.position, events.entry_in(each.event))
            for each in batch
            if each.event.type == events.DOSE_UPDATED and partner in (None, each.event.partner)
        ]
        yield Look(batch[-1].position, told)
