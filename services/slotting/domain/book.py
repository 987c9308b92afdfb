"""The book of one run: who may take how much, and what is taken. Here overbooking is made impossible."""

from collections.abc import Container
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from services.kernel.activity import Nuclide
from services.kernel.visibility import EVERYONE, NOBODY
from services.network import NOTHING, Capacity
from services.slotting.domain import refusals


class RunState(IntEnum):
    """Where a run stands in the ledger; the numbers are stored."""

    PLANNED = 1
    OPEN = 2
    IN_PRODUCTION = 4
    PRODUCED = 5
    CANCELLED = 6
    FAILED = 7

    @property
    def withdrawn(self) -> bool:
        """True if nothing of the run is left."""
        return self in (RunState.CANCELLED, RunState.FAILED)

    @property
    def begun(self) -> bool:
        """True once production has begun: nothing of the run is pre-booked for anybody any more."""
        return self in (RunState.IN_PRODUCTION, RunState.PRODUCED)


class Audience(IntEnum):
    """Which partners may know of a run; it only grows, and the numbers are stored.

    A pool that was cut to nothing still shows, with nothing in it: who saw the run before must hear of the cut.
    """

    NOBODY = 0  # it was never open
    HOLDERS = 1  # those with an allotment
    ALL = 2  # there is, or was, a pool to claim from


class Allocation(NamedTuple):
    """What one slot has taken, and from where."""

    allotment: Capacity
    pool: Capacity


class Run(NamedTuple):
    """The facts of a run that claims are judged by."""

    name: str
    version: int
    state: RunState
    product: str
    nuclide: Nuclide
    end_of_synthesis_at: datetime
    cutoff_at: datetime
    use_by_at: datetime
    vial_kbq_max: int
    loss_fraction: float
    audience: Audience = Audience.NOBODY
    cuts: int = 0  # how often capacity was taken away
    pool_cut: bool = False  # whether it was ever taken from the pool
    facility: str = ""  # where it is made

    def takes_claims(self, now: datetime) -> bool:
        """True while capacity can be claimed, if there is any."""
        return self.state is RunState.OPEN and now < self.cutoff_at


@dataclass(slots=True)
class CommittedSize:
    """A size and what is committed of it; never committed > size."""

    size: Capacity
    committed: Capacity = NOTHING

    @property
    def free(self) -> Capacity:
        """What may still be taken."""
        return self.size.minus(self.committed)


@dataclass(slots=True)
class Allotment(CommittedSize):
    """Capacity pre-booked for one sponsor; what is left belongs to the pool from `release_back_at` on."""

    release_back_at: datetime = field(kw_only=True)
    pledged: Capacity = field(default=NOTHING, kw_only=True)  # the most that was ever promised to the sponsor
    returned: Capacity = field(default=NOTHING, kw_only=True)  # what has gone back to the pool


@dataclass(slots=True)
class Book:
    """One run, its pool and its allotments, as locked in the transaction that decides on them.

    It changes while a batch of commands is decided, so that each command sees what those before it
    took. `settle` must have been called for the batch's instant before anything is taken.
    """

    run: Run
    pool: CommittedSize
    allotments: dict[str, Allotment]
    changed: bool = False  # what is committed, or the size of an account
    redrawn: bool = False  # the facts of the run too

    def settle(self, now: datetime) -> None:
        """Move what released-back allotments have left to the pool: to the second, by the clock of the claim."""
        for allotment in self.allotments.values():
            released_back = now >= allotment.release_back_at
            if not (released_back or self.run.state.begun):
                continue
            if released_back and allotment.size.claimable:
                self._show(Audience.ALL)
            left = allotment.free
            if left != NOTHING:
                allotment.size = allotment.committed
                allotment.returned = allotment.returned.plus(left)
                self.pool.size = self.pool.size.plus(left)
                self.changed = True

    @property
    def audience(self) -> Container[str]:
        """Who may know of the run, as far as it decides that itself."""
        if self.run.audience is Audience.ALL:
            return EVERYONE
        return self.allotments if self.run.audience is Audience.HOLDERS else NOBODY

    def free_for(self, partner: str) -> tuple[Capacity, Capacity]:
        """What is free in the partner's own allotment, and in the pool."""
        own = self.allotments.get(partner)
        return (own.free if own else NOTHING), self.pool.free

    def most_for(self, partner: str) -> Capacity:
        """What the partner could take at most: what is free in its own allotment, and in the pool.

        From a run whose pool is overdrawn, as one that is being cut can be, nobody takes anything.
        """
        own_free, pool_free = self.free_for(partner)
        return own_free.plus(pool_free) if pool_free.covers(NOTHING) else NOTHING

    def share(self, partner: str, wanted: Capacity) -> Allocation:
        """Where the wanted amount would be taken: the partner's own allotment first, then the pool; all or nothing."""
        if not self.most_for(partner).covers(wanted):
            raise refusals.RunFull("The run has not enough capacity left.", **self._why_full(partner, wanted))
        own_free, _ = self.free_for(partner)
        from_own = own_free.least(wanted)
        return Allocation(from_own, wanted.minus(from_own))

    def take(self, partner: str, wanted: Capacity) -> Allocation:
        """Take the wanted amount from where there is room for it."""
        allocation = self.share(partner, wanted)
        if allocation.allotment != NOTHING:
            own = self.allotments[partner]
            own.committed = own.committed.plus(allocation.allotment)
        self.pool.committed = self.pool.committed.plus(allocation.pool)
        self.changed = True
        return allocation

    def give_back(self, partner: str, allocation: Allocation, now: datetime) -> None:
        """Free what a slot had taken, in the accounts that it came from."""
        if allocation.allotment != NOTHING:
            own = self.allotments[partner]
            own.committed = own.committed.minus(allocation.allotment)
        self.pool.committed = self.pool.committed.minus(allocation.pool)
        self.changed = True
        self.settle(now)

    def redraw(self, drawn: "Book", now: datetime) -> None:
        """Take over a newer version of the run: its facts and sizes. What is committed stays."""
        was = self.run
        self.run = drawn.run._replace(audience=was.audience, cuts=was.cuts, pool_cut=was.pool_cut)
        self.pool.size = drawn.pool.size
        for partner, allotment in drawn.allotments.items():
            known = self.allotments.setdefault(partner, replace(allotment))
            known.size, known.release_back_at = allotment.size, allotment.release_back_at
            known.pledged, known.returned = known.pledged.most(allotment.size), NOTHING
        for partner in self.allotments.keys() - drawn.allotments.keys():
            self.allotments[partner].size = self.allotments[partner].returned = NOTHING
        self.redrawn = True
        if self.run.state is RunState.OPEN:
            self._show(Audience.ALL if self.pool.size.claimable else Audience.HOLDERS)
        self.settle(now)

    def has_room_for(self, drawn: "Book", now: datetime) -> bool:
        """Whether all that is committed still has its place in a newer version of the run."""
        trial = replace(self)
        trial.restore(self.memo())
        trial.redraw(drawn, now)
        return all(account.size.covers(account.committed) for account in (trial.pool, *trial.allotments.values()))

    def memo(self) -> tuple[CommittedSize, dict[str, Allotment]]:
        """The accounts as they are, to go back to."""
        return replace(self.pool), {partner: replace(allotment) for partner, allotment in self.allotments.items()}

    def restore(self, memo: tuple[CommittedSize, dict[str, Allotment]]) -> None:
        """Go back to a memo."""
        self.pool, self.allotments = memo

    def _show(self, audience: Audience) -> None:
        """Let more partners know of the run. What was never opened stays unknown, whatever its allotments do."""
        opened = self.run.state is RunState.OPEN or self.run.audience is not Audience.NOBODY
        if opened and self.run.audience < audience:
            self.run = self.run._replace(audience=audience)
            self.redrawn = True

    def because(self, partner: str) -> str:
        """Why there is nothing more for the partner; says nothing of other sponsors."""
        if self.run.pool_cut:
            return "CAPACITY_CUT"
        if partner in self.allotments and self.pool.size == NOTHING:
            return "OWN_ALLOTMENT_USED"
        return "POOL_USED"

    def _why_full(self, partner: str, wanted: Capacity) -> dict[str, object]:
        """The facts of a full run: the caller's own figures and the pool's, never another sponsor's."""
        own_free, pool_free = self.free_for(partner)
        return {
            "run": self.run.name,
            "because": self.because(partner),
            "wanted_kbq": wanted.kbq,
            "wanted_vials": wanted.vials,
            "own_allotment_free_kbq": own_free.kbq,
            "own_allotment_free_vials": own_free.vials,
            "pool_free_kbq": pool_free.kbq,
            "pool_free_vials": pool_free.vials,
        }


def blank(drawn: Book) -> Book:
    """The book of a run before anything was heard of it: no capacity, and known to nobody."""
    return Book(drawn.run._replace(version=0, state=RunState.PLANNED), CommittedSize(NOTHING), {})
