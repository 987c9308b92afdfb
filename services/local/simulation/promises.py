"""What was promised in a simulation: each order with its slot, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from doselane.slotting.v1 import slotting_pb2

from services.local.simulation.fate import DrawnOrder


class DoseOutcome(StrEnum):
    """What became of an order."""

    TREATED = "TREATED"
    LATE = "LATE"  # delivered, and too late
    REJECTED = "REJECTED"  # delivered or on the road, and not certified for use
    NOT_DELIVERED = "NOT_DELIVERED"


@dataclass(slots=True)
class MadePromise:
    """An order that was acknowledged with a slot."""

    order: DrawnOrder
    slot: slotting_pb2.Slot
    first_administration_at: datetime
    moves: int = 0
    outcome: DoseOutcome | None = None
    notes: list[str] = field(default_factory=list)
    slots: set[str] = field(default_factory=set)  # all that it ever had: of a lost one another has taken the place

    @property
    def dose(self) -> str:
        """The dose's name."""
        return self.slot.name.replace("slots/", "doses/")

    @property
    def administration_at(self) -> datetime:
        """When it is to be administered, as promised now."""
        return at(self.slot.administration.time)

    @property
    def latest_at(self) -> datetime:
        """Until when its patient may be treated for the treatment to count."""
        return self.first_administration_at + self.order.waits

    @property
    def rescued(self) -> bool:
        """Treated, and only because it was moved."""
        return self.moves > 0 and self.outcome is DoseOutcome.TREATED

    def stands_at(self, slot: slotting_pb2.Slot) -> None:
        """Note what slotting says of it now."""
        self.moves += (slot.run, slot.departure_time) != (self.slot.run, self.slot.departure_time)
        self.slot = slot
        self.slots.add(slot.name)


class PromiseBook:
    """All promises, by the name of the slot; and the orders that were refused, with the reason."""

    def __init__(self) -> None:
        self._promises: dict[str, MadePromise] = {}
        self.refused: dict[str, str] = {}

    def add(self, order: DrawnOrder, slot: slotting_pb2.Slot) -> MadePromise:
        """Note an acknowledged order."""
        made = MadePromise(order, slot, at(slot.administration.time), slots={slot.name})
        self._promises[slot.name] = made
        return made

    def of(self, slot: str) -> MadePromise | None:
        """The promise of a slot, or of the lost one whose place it has taken, if it is one of this simulation's."""
        return self._promises.get(slot) or next((each for each in self if slot in each.slots), None)

    def __iter__(self) -> Iterator[MadePromise]:
        return iter(self._promises.values())

    def __len__(self) -> int:
        return len(self._promises)


def at(stamp: object) -> datetime:
    """The instant of a timestamp."""
    return stamp.ToDatetime(tzinfo=UTC)  # type: ignore[attr-defined, no-any-return]
