"""A standby: an order that waits for capacity of a run, and what it reads as at an instant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from uuid import UUID, uuid4

from services.slotting.domain.book import Run
from services.slotting.domain.slot import Demand


class StandbyState(IntEnum):
    """Where a standby stands; the numbers are those of the published enum and of the database."""

    WAITING = 1
    OFFERED = 2
    SERVED = 3
    LEFT = 4
    LAPSED = 5


@dataclass(frozen=True, slots=True)
class Standby:
    """An order that waits for capacity of a run. While it is OFFERED, `slot_id` is a hold that stands on that run."""

    id: UUID
    version: int
    state: StandbyState
    demand: Demand
    slot_id: UUID | None
    answer_until: datetime | None
    created_at: datetime
    updated_at: datetime
    actor: str
    reason: str
    by_staff: bool = False  # known while the change is made; what is stored is what is shown

    @property
    def signature(self) -> tuple[str, str]:
        """Who changed it last and why, for whoever may read the standby: of the manufacturer's staff, nothing."""
        return ("", "") if self.by_staff else (self.actor, self.reason)

    @property
    def name(self) -> str:
        """The resource name."""
        return f"standbys/{self.id}"

    @property
    def etag(self) -> str:
        """Changes with each change of the standby."""
        return f"v{self.version}"

    @property
    def open(self) -> bool:
        """True while it waits, or has been offered something."""
        return self.state in (StandbyState.WAITING, StandbyState.OFFERED)

    def as_of(self, now: datetime, run: Run) -> "Standby":
        """The standby as it reads at an instant, whether or not anybody has noticed what the clock has decided."""
        closed = self.state is StandbyState.WAITING and not run.takes_claims(now)
        unanswered = self.state is StandbyState.OFFERED and self.answer_until is not None and now >= self.answer_until
        return replace(self, state=StandbyState.LAPSED) if closed or unanswered else self


@dataclass(slots=True)
class Queue:
    """The standbys that a page's runs have open, and those that were asked for; what a batch changes is `touched`.

    `priorities` are those of the agreements in force, by sponsor and product; `new_id` makes the ids of slots.
    """

    standbys: dict[UUID, Standby] = field(default_factory=dict)
    priorities: Mapping[tuple[str, str], int] = field(default_factory=dict)
    new_id: Callable[[], UUID] = uuid4
    touched: dict[UUID, Standby] = field(default_factory=dict)

    def put(self, standby: Standby) -> Standby:
        """Record a change of a standby."""
        self.standbys[standby.id] = self.touched[standby.id] = standby
        return standby
