"""The page that a batch is decided on, and what happens on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.network import ResourceVersion
from services.slotting.domain.book import Allotment, Book, CommittedSize
from services.slotting.domain.commands import Command, Cut, RecordShipment, Revise, Withdraw
from services.slotting.domain.network import Network
from services.slotting.domain.rooms import ResourceCounters
from services.slotting.domain.slot import Slot
from services.slotting.domain.standby import Queue, Standby, StandbyState
from services.slotting.domain.vial import FilledVial

CLOCK = "doselane"  # the actor of what the clock alone decides


class LedgerHappened(StrEnum):
    """What can happen to a slot, a run, the network or a standby; the second half of the event type."""

    HELD = "slot.held"
    CONFIRMED = "slot.confirmed"
    RELEASED = "slot.released"
    EXPIRED = "slot.expired"
    MOVED = "slot.moved"
    AT_RISK = "slot.at_risk"
    FULFILLED = "slot.fulfilled"
    FULFILMENT_WITHDRAWN = "slot.fulfilment_withdrawn"
    LOST = "slot.lost"
    REPLACED = "slot.replaced"
    CUT = "run.cut"
    CONFLICTED = "network.conflicted"
    STANDBY_JOINED = "standby.joined"
    STANDBY_OFFERED = "standby.offered"
    STANDBY_SERVED = "standby.served"
    STANDBY_LEFT = "standby.left"
    STANDBY_LAPSED = "standby.lapsed"


# What has happened to a standby is where it stands now.
_OF_STANDBY: Mapping[StandbyState, LedgerHappened] = {
    StandbyState.WAITING: LedgerHappened.STANDBY_JOINED,
    StandbyState.OFFERED: LedgerHappened.STANDBY_OFFERED,
    StandbyState.SERVED: LedgerHappened.STANDBY_SERVED,
    StandbyState.LEFT: LedgerHappened.STANDBY_LEFT,
    StandbyState.LAPSED: LedgerHappened.STANDBY_LAPSED,
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: a slot as it is after it (and the run it left, or the cause of its loss), a cut, a
    conflict, or a standby."""

    what: LedgerHappened
    slot: Slot | None = None
    from_run: str = ""
    cut: "CutOutcome | None" = None
    conflict: "Conflict | None" = None
    standby: Standby | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class CutOutcome:
    """What a cut did to a run: the book as it is now and the slots that lost their place."""

    book: Book
    conflicts: tuple[UUID, ...]
    command: Cut
    cut_at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change of the network that left slots at risk; `number` counts those of its resource."""

    command: Revise
    number: int
    slots: tuple[Slot, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class MovedTogether:
    """Slots after they moved in one step, in the order asked."""

    slots: tuple[Slot, ...]


Outcome = Slot | Standby | CutOutcome | MovedTogether | None


@dataclass(frozen=True, slots=True)
class PageMemo:
    """What a page was before several commands that are done together, or not at all."""

    books: Mapping[str, tuple[CommittedSize, dict[str, Allotment]]]
    rooms: Mapping[str, int]
    slots: Mapping[UUID, Slot]
    touched: Mapping[UUID, Slot]
    created: int
    happenings: int


@dataclass(slots=True)
class UnitOfWork:
    """What a batch is decided on: books, slots and places as they were after the locks were taken, and the instant.

    `overdue` are the holds of the page's books that had run out; `standing` the slots in the book of each
    run that is to be cut or withdrawn, oldest first; `resting` the slots that rest on a resource that is to be revised.
    """

    now: datetime
    books: dict[str, Book]
    slots: dict[UUID, Slot]
    network: Network = field(default_factory=Network)
    rooms: ResourceCounters = field(default_factory=ResourceCounters)
    overdue: list[Slot] = field(default_factory=list)
    standing: Mapping[str, list[Slot]] = field(default_factory=dict)
    resting: list[UUID] = field(default_factory=list)
    created: list[Slot] = field(default_factory=list)
    touched: dict[UUID, Slot] = field(default_factory=dict)
    revised: list[tuple[ResourceVersion, int]] = field(default_factory=list)  # and how many conflicts there were so far
    queue: Queue = field(default_factory=Queue)
    # By name: all that were filled for the slots that are to be moved.
    vials: dict[str, FilledVial] = field(default_factory=dict)
    told: list[FilledVial] = field(default_factory=list)  # what has been heard of vials, to be stored
    happenings: list[Happening] = field(default_factory=list)

    def put(self, what: LedgerHappened, slot: Slot, from_run: str = "", cause: str = "") -> Slot:
        """Record a change of a slot."""
        if slot.version == 1:
            self.created.append(slot)
        else:
            self.touched[slot.id] = slot
        self.slots[slot.id] = slot
        self.happenings.append(Happening(what, slot, from_run, cause=cause))
        return slot

    def change(
        self,
        what: LedgerHappened,
        slot: Slot,
        command: Command | RecordShipment | Revise | Withdraw | None,
        *,
        cause: str = "",
        **changes: Any,
    ) -> Slot:
        """Record the next version of a slot, with who and why."""
        after = replace(
            slot,
            version=slot.version + 1,
            updated_at=self.now,
            actor=command.actor if command else CLOCK,
            reason=command.reason if command else "",
            by_staff=command is not None and command.by_staff(slot.demand.partner),
            **changes,
        )
        return self.put(what, after, slot.demand.run if after.demand.run != slot.demand.run else "", cause)

    def standing_on(self, run: str) -> list[Slot]:
        """The slots in the run's book, oldest first: those that were loaded, and those that were made since."""
        made = (slot for slot in self.created if slot.demand.run == run)
        found = {slot.id: self.slots.get(slot.id, slot) for slot in (*self.standing.get(run, ()), *made)}
        return [slot for slot in found.values() if slot.in_book and slot.demand.run == run]

    def keep(self, slot: Slot, **changes: Any) -> None:
        """Record where a slot stands now, if that is nothing that anybody outside could see: same version, no event."""
        after = replace(self.slots.get(slot.id, slot), **changes)
        self.touched[slot.id] = self.slots[slot.id] = after

    def put_standby(self, standby: Standby) -> Standby:
        """Record a change of a standby."""
        self.happenings.append(Happening(_OF_STANDBY[standby.state], standby=standby))
        return self.queue.put(standby)

    def memo(self) -> PageMemo:
        """What moves change of the page, to go back to."""
        books = {name: book.memo() for name, book in self.books.items()}
        rooms = self.rooms.memo(self.rooms)
        numbers = len(self.created), len(self.happenings)
        return PageMemo(books, rooms, dict(self.slots), dict(self.touched), *numbers)

    def restore(self, memo: PageMemo) -> None:
        """Go back to a memo."""
        for name, accounts in memo.books.items():
            self.books[name].restore(accounts)
        self.rooms.restore(dict(memo.rooms))
        self.slots, self.touched = dict(memo.slots), dict(memo.touched)
        del self.created[memo.created :]
        del self.happenings[memo.happenings :]

    def free(self, slot: Slot) -> None:
        """Give back all that a slot holds: in its run's book, and in each of its places."""
        if slot.in_book:
            self.books[slot.demand.run].give_back(slot.demand.partner, slot.allocation, self.now)
            self.rooms.give_back(slot.reservations.places)
