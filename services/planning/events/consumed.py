"""What planning takes in: versions of master data, and slots."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from doselane.slotting.v1 import events_pb2 as slotting_events
from doselane.slotting.v1 import slotting_pb2

from services.kernel.event import Event
from services.kernel.timestamps import instant
from services.network.reading import RESOURCE_EVENTS, resource_in
from services.planning.domain.weeks import week_of

# A hold is no claim yet, so that `slot.held` is not among them; but a hold's end comes as a version of the slot.
_SLOT_EVENTS: Mapping[str, Any] = {
    "doselane.slotting.slot.confirmed.v1": slotting_events.SlotConfirmed,
    "doselane.slotting.slot.released.v1": slotting_events.SlotReleased,
    "doselane.slotting.slot.expired.v1": slotting_events.SlotExpired,
    "doselane.slotting.slot.moved.v1": slotting_events.SlotMoved,
    "doselane.slotting.slot.at_risk.v1": slotting_events.SlotAtRisk,
}
TYPES = frozenset(RESOURCE_EVENTS.keys() | _SLOT_EVENTS.keys())

__all__ = ["TYPES", "Claimed", "claimed_in", "resource_in"]

# A slot that was lost was wanted all the same, and its sponsor did not give it back.
_COUNTING = frozenset({slotting_pb2.Slot.CONFIRMED, slotting_pb2.Slot.FULFILLED, slotting_pb2.Slot.LOST})


@dataclass(frozen=True, slots=True)
class Claimed:
    """A slot, as far as forecasts are concerned. `counts`: it was claimed and not given back."""

    slot: str
    version: int
    partner: str
    product: str
    site: str
    week_start: date | None
    counts: bool


def claimed_in(event: Event) -> Claimed | None:
    """The slot in an event, as far as forecasts are concerned; None if it holds none."""
    if event.type not in _SLOT_EVENTS:
        return None
    slot: slotting_pb2.Slot = _SLOT_EVENTS[event.type].FromString(event.data).slot
    week = None
    if slot.administration.HasField("time"):
        week = week_of(instant(slot.administration.time, "administration.time"))
    return Claimed(
        slot=event.subject,
        version=event.sequence,
        partner=slot.partner,
        product=slot.product,
        site=slot.site,
        week_start=week,
        counts=slot.state in _COUNTING,
    )
