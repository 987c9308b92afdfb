"""What changes of the board and of incidents, for whoever watches."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

from doselane.tower.v1 import board_pb2, events_pb2, incident_pb2

from services.kernel import event_log
from services.kernel.event_log import Logged
from services.kernel.watching import Look, Sighting, with_signs_of_life
from services.tower.events import seen_by
from services.tower.store import Store

# What of an event of the log a watcher is told; None: nothing.
Eyes: TypeAlias = Callable[[Logged], Any]
_UPDATED = "doselane.tower.incident.updated.v1"


def watch_board(store: Store, partner: str | None, after: int, keep_alive: timedelta) -> AsyncIterator[Sighting[Any]]:
    """The entries that changed after a position, and then each change as it comes, without end."""
    return _watch(store, partial(_entry_seen, partner), after, keep_alive)


def watch_incidents(
    store: Store, partner: str | None, after: int, keep_alive: timedelta
) -> AsyncIterator[Sighting[Any]]:
    """The incidents that changed after a position, and then each change as it comes, without end."""
    return _watch(store, partial(_incident_seen, partner), after, keep_alive)


async def _watch(store: Store, eyes: Eyes, position: int, keep_alive: timedelta) -> AsyncIterator[Sighting[Any]]:
    yield Sighting(position)
    async for sighting in with_signs_of_life(_looks(store, eyes, position), position, keep_alive):
        yield sighting


async def _looks(store: Store, eyes: Eyes, position: int) -> AsyncGenerator[Look[Any], None]:
    async for found in event_log.follow(store.database, position):
        seen = ((logged.position, eyes(logged)) for logged in found)
        yield Look(found[-1].position, [Sighting(place, told) for place, told in seen if told is not None])


def _entry_seen(partner: str | None, logged: Logged) -> board_pb2.BoardEntry | None:
    event = logged.event
    if not event.subject.startswith("boardEntries/") or partner not in (None, event.partner):
        return None
    # Every event of an entry has it as its first field, so one message reads them all.
    return events_pb2.BoardEntryChanged.FromString(event.data).board_entry


def _incident_seen(partner: str | None, logged: Logged) -> incident_pb2.Incident | None:
    event = logged.event
    if not event.subject.startswith("incidents/"):
        return None
    said = events_pb2.IncidentUpdated.FromString(event.data)
    owners = {each.partner for each in said.incident.affected_doses}
    if event.type == _UPDATED:
        owners = set(said.concerned_partners)  # what is new may be about others' doses
    return seen_by(partner, said.incident) if partner is None or partner in owners else None
