"""Following a proposal while it is worked out, whichever copy of the service works on it."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import TypeAlias

from services.kernel.watching import Look, Sighting, with_signs_of_life
from services.planning.domain.proposals import Proposal, State
from services.planning.store import Store, proposals
from services.planning.store.proposals import Progress

LOOK_EVERY_S = 0.25
# A watch begins with how far a proposal is now, so there is no place to go on from.
NOWHERE = 0

Step: TypeAlias = Progress | Proposal


def follow(name: str, store: Store, keep_alive: timedelta) -> AsyncGenerator[Sighting[Step], None]:
    """Each step of the work, signs of life in between, and the proposal itself at the end."""
    return with_signs_of_life(_looks(name, store), NOWHERE, keep_alive)


async def _looks(name: str, store: Store) -> AsyncGenerator[Look[Step], None]:
    told: tuple[object, ...] = ()
    while (found := await proposals.progress(store.database, name)).state is State.SOLVING:
        if (news := (found.phase, found.objective, found.bound)) != told:
            told = news
            yield _look(found)
        await asyncio.sleep(LOOK_EVERY_S)
    async with store.reading() as conn:
        ended = await proposals.load(conn, name)
    yield _look(ended)  # without the connection, as whoever watches may take it slowly


def _look(step: Step) -> Look[Step]:
    return Look(NOWHERE, [Sighting(NOWHERE, step)])
