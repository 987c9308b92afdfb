"""Following a proposal while it is worked out, whichever copy of the service works on it."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

from services.planning.domain.proposals import Proposal, State
from services.planning.store import Store, proposals
from services.planning.store.proposals import Progress

LOOK_EVERY_S = 0.25


async def follow(name: str, store: Store, keep_alive: timedelta) -> AsyncGenerator[Progress | Proposal | None, None]:
    """Each step of the work, None as a sign of life, and the proposal itself at the end."""
    loop, gap_s = asyncio.get_running_loop(), keep_alive.total_seconds()
    told: tuple[object, ...] = ()
    told_at_s = loop.time()
    while True:
        found = await proposals.progress(store.database, name)
        if found.state is not State.SOLVING:
            async with store.reading() as conn:
                ended = await proposals.load(conn, name)
            yield ended  # without the connection, as whoever watches may take it slowly
            return
        news = (found.phase, found.objective, found.bound)
        if news != told:
            told, told_at_s = news, loop.time()
            yield found
        elif loop.time() - told_at_s >= gap_s:
            told_at_s = loop.time()
            yield None
        await asyncio.sleep(min(LOOK_EVERY_S, gap_s))
