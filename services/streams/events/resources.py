"""Events of master data, which belong to no partner: who hears of a resource, as what, and when of nothing.

Master data says in each event who may know of the resource. What a partner is told goes by what it was told before:
a resource that it may know of from now on is created for it, one that it may know of no more is deleted. A change of
which it sees nothing, such as another sponsor that may order a product, is not told to it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from services.kernel.event import Event
from services.network.reading import RESOURCE_EVENTS
from services.streams.domain import EventCopy
from services.streams.events.copies import audience_of, copy_of

_CREATED, _UPDATED, _DELETED = (f"doselane.masterdata.resource.{what}.v1" for what in ("created", "updated", "deleted"))


class ToldResource(NamedTuple):
    """A resource as its last event told it, and the partners that know of it."""

    name: str
    version: int
    partners: list[str]
    message: bytes


def told_resource(event: Event) -> ToldResource | None:
    """What is known of a resource after an event; None if the event is of none."""
    if event.type not in RESOURCE_EVENTS:
        return None
    message = RESOURCE_EVENTS[event.type].FromString(event.data)
    partners = [] if event.type == _DELETED else sorted(set(message.audience))
    return ToldResource(event.subject, message.version, partners, message.resource.SerializeToString())


def resource_copies(event: Event, told: ToldResource, before: ToldResource | None) -> Iterator[EventCopy]:
    """The copies of all who hear of an event of a resource. Of one that is older than what was told nobody does."""
    if before is not None and before.version >= told.version:
        return
    knew = set(before.partners if before else audience_of(event) if event.type == _DELETED else ())
    for partner in told.partners:
        after = _seen(event, _UPDATED if partner in knew else _CREATED, told, partner)
        if partner in knew and before and _seen(event, _UPDATED, before, partner).data == after.data:
            continue
        yield after
    for partner in sorted(knew - set(told.partners)):
        yield _seen(event, _DELETED, before or told, partner)


def _seen(event: Event, event_type: str, told: ToldResource, partner: str) -> EventCopy:
    """What a partner gets to see of a resource, as an event of a type."""
    message = RESOURCE_EVENTS[event_type]()
    message.resource.MergeFromString(told.message)
    return copy_of(replace(event, type=event_type, data=message.SerializeToString()), partner)
