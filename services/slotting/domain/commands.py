"""What can be asked of the ledger. Every change of capacity, by whichever path, is one of these."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.network import Capacity, ResourceVersion
from services.slotting.domain.book import Book
from services.slotting.domain.slot import Demand, State
from services.slotting.domain.vial import FilledVial


@dataclass(frozen=True, slots=True)
class Command:
    """Who asks, and how a repetition is known: (`partner`, `request_id`) names it, `body_hash` tells twins apart."""

    partner: str
    actor: str
    reason: str
    operator: bool
    request_id: UUID
    body_hash: bytes

    def by_staff(self, partner: str) -> bool:
        """Whether the manufacturer's staff asks for what is the partner's: who that is, and in which words, is not for
        the partner to read."""
        return self.operator and self.partner != partner


@dataclass(frozen=True, slots=True)
class Claim(Command):
    """A slot, final at once. `slot_id` is the id that it gets."""

    slot_id: UUID
    demand: Demand


@dataclass(frozen=True, slots=True)
class Hold(Claim):
    """A slot for a while."""

    lasting: timedelta


@dataclass(frozen=True, slots=True)
class Join(Claim):
    """A hold as soon as there is room, as `slot_id` if that is now; until then the order waits as `standby_id`."""

    standby_id: UUID


@dataclass(frozen=True, slots=True)
class Leave(Command):
    """Wait no longer."""

    standby_id: UUID
    etag: str


@dataclass(frozen=True, slots=True)
class OnSlot(Command):
    """Base of what is asked of a slot that exists."""

    slot_id: UUID
    etag: str


@dataclass(frozen=True, slots=True)
class Confirm(OnSlot):
    """Turn a hold into a promise."""


@dataclass(frozen=True, slots=True)
class Release(OnSlot):
    """Give a slot back."""


@dataclass(frozen=True, slots=True)
class Move(OnSlot):
    """Take other places and free the old ones. Unset fields keep what the slot has; a lane is kept with its centre."""

    run: str
    lane: str | None
    administration: tuple[float, datetime] | None
    site: str | None = None
    departure_at: datetime | None = None
    replacement_id: UUID | None = None  # of the slot that takes its place, if its dose is gone
    gives_up: bool = False  # a hold is released instead

    def demand_of(self, demand: Demand) -> Demand:
        """What is wanted after the move."""
        site = self.site or demand.site
        lane = demand.lane if self.lane is None and site == demand.site else self.lane or ""
        activity_mbq, administration_at = self.administration or (demand.activity_mbq, demand.administration_at)
        return demand._replace(
            run=self.run,
            site=site,
            lane=lane,
            activity_mbq=activity_mbq,
            administration_at=administration_at,
            departure_at=self.departure_at,
        )


@dataclass(frozen=True, slots=True)
class MoveTogether(Command):
    """Several moves in one step, one after the other: all of them, or none. Each is asked by who asks for all.

    `exchange`: first all leave their places, so that they can take those of each other.
    """

    moves: tuple[Move, ...]
    exchange: bool = False


@dataclass(frozen=True, slots=True)
class Cut(Command):
    """Lower or withdraw a run's capacity. Sizes not named stay; the pool gives first."""

    run: str
    pledged: Capacity
    allotments: Mapping[str, Capacity]
    cancel: bool
    accept_conflicts: bool
    validate_only: bool
    base_version: int
    failed: bool = False  # with `cancel`: its manufacture failed


@dataclass(frozen=True, slots=True)
class Project:
    """What capacity says of a run: the book as it would be with nothing taken. Who changed it, and why, goes with the
    slots that lose their place by it."""

    book: Book
    actor: str = ""
    reason: str = ""
    run: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "run", self.book.run.name)


@dataclass(frozen=True, slots=True)
class Revise:
    """What master data says of a resource; who changed it, and why, goes with the slots that this puts at risk."""

    change: ResourceVersion
    actor: str
    reason: str

    def by_staff(self, partner: str) -> bool:
        """Always: nobody else changes master data."""
        return True


@dataclass(frozen=True, slots=True)
class Settle:
    """Nothing but what the clock has already decided: overdue holds expire, allotments are released back."""

    run: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """What a run yielded may not be used: its batch was rejected, or failed a test. Who said so, and why, goes with the
    slots that this puts at risk."""

    run: str
    actor: str
    reason: str

    def by_staff(self, partner: str) -> bool:
        """Always: nobody else decides about batches."""
        return True


@dataclass(frozen=True, slots=True)
class RecordVial:
    """What quality says of a vial: filled for a slot, left, or not wanted any more. It changes no capacity; a slot
    whose vial is filled moves by what decay leaves of it."""

    vial: FilledVial


@dataclass(frozen=True, slots=True)
class RecordShipment:
    """What became of doses on their way: `state` is what their slots become. FULFILLED: they were delivered; LOST: they
    are lost, by `cause`; CONFIRMED: a delivery that was told before is withdrawn."""

    slots: tuple[UUID, ...]
    state: State
    actor: str
    reason: str
    cause: str = ""

    def by_staff(self, partner: str) -> bool:
        """Always: who carries a dose, or has looked for it, is not the sponsor's to read in its slot."""
        return True


def each_of(commands: "Iterable[Asked]") -> "Iterator[Asked]":
    """The commands, and of those that are done together each one instead."""
    for command in commands:
        if isinstance(command, MoveTogether):
            yield from command.moves
        else:
            yield command


Asked = Command | Project | RecordShipment | RecordVial | Revise | Settle | Withdraw
