"""Watching runs: the service's own event log, as one caller may see it."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from doselane.capacity.v1 import capacity_pb2

from services.capacity import events
from services.capacity.domain import Run, RunHappened
from services.capacity.store import Store
from services.kernel import event_log
from services.kernel.event_log import Logged
from services.kernel.watching import Look, Sighting, with_signs_of_life

_CUT = f"{events.TOPIC}.{RunHappened.CUT}.v1"


@dataclass(frozen=True, slots=True)
class RunWatcher:
    """Who watches what; `partner` None: as operators see it."""

    partner: str | None
    product: str = ""


async def watch_runs(
    watcher: RunWatcher, after: int | None, store: Store, keep_alive: timedelta
) -> AsyncIterator[Sighting[capacity_pb2.Run]]:
    """What changed after a position (None: after now), and then each change as it comes, without end.

    The first sighting is a sign of life, so that the watcher knows from where on it has heard of everything.
    """
    position = await store.log_end() if after is None else after
    yield Sighting(position)
    async for sighting in with_signs_of_life(_looks(watcher, position, store), position, keep_alive):
        yield sighting


async def _looks(watcher: RunWatcher, position: int, store: Store) -> AsyncGenerator[Look[capacity_pb2.Run], None]:
    async for batch in event_log.follow(store.database, position):
        yield Look(batch[-1].position, await _sightings(watcher, batch, store))


async def _sightings(watcher: RunWatcher, batch: Sequence[Logged], store: Store) -> list[Sighting[capacity_pb2.Run]]:
    """What the watcher may see of a batch, judged at the instant of each change, so that a replay shows the same."""
    runs = [(logged, run) for logged in batch if (run := events.run_in(logged.event)) is not None]
    wanted = [(logged, run) for logged, run in runs if watcher.product in ("", run.product)]
    if watcher.partner is None:
        return [Sighting(logged.position, events.full_message(run, run.changed.at)) for logged, run in wanted]
    opened = await store.with_audience(run for _, run in wanted)
    found = []
    for (logged, _), run in zip(wanted, opened, strict=True):
        message = events.message_for(run, watcher.partner, run.changed.at)
        if message and not await _same_as_before(logged, run, message, watcher.partner, store):
            found.append(Sighting(logged.position, message))
    return found


async def _same_as_before(logged: Logged, run: Run, message: capacity_pb2.Run, partner: str, store: Store) -> bool:
    """True for a cut that changed nothing the partner sees: to tell it would tell of another sponsor's allotment."""
    if logged.event.type != _CUT:
        return False
    before = await store.at_version(run.name, run.version - 1)
    if before is None:
        return False
    [before] = await store.with_audience([before])
    return events.message_for(before, partner, run.changed.at) == message
