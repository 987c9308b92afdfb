"""What can be asked of the ledger. Every change of capacity, by whichever path, is one of these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.slotting.domain.book import Amount, Book
from services.slotting.domain.slot import Demand


@dataclass(frozen=True, slots=True)
class Command:
    """Who asks, and how a repetition is known: (`partner`, `request_id`) names it, `body_hash` tells twins apart."""

    partner: str
    actor: str
    reason: str
    operator: bool
    request_id: UUID
    body_hash: bytes


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
    """Take a place on another run and free the old one. Unset fields keep what the slot has."""

    run: str
    lane: str | None
    administration: tuple[float, datetime] | None


@dataclass(frozen=True, slots=True)
class Cut(Command):
    """Lower or withdraw a run's capacity. Sizes not named stay; the pool gives first."""

    run: str
    pledged: Amount
    allotments: Mapping[str, Amount]
    cancel: bool
    accept_conflicts: bool
    validate_only: bool
    base_version: int


@dataclass(frozen=True, slots=True)
class Project:
    """What capacity says of a run: the book as it would be with nothing taken."""

    book: Book
    run: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "run", self.book.run.name)


@dataclass(frozen=True, slots=True)
class Settle:
    """Nothing but what the clock has already decided: overdue holds expire, allotments are released back."""

    run: str
