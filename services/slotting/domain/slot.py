"""A slot: a promise of a run's capacity to an order, and the rules of its states."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import NamedTuple
from uuid import UUID

from services.kernel.activity import HALF_LIVES, reference_activity_kbq
from services.network import Capacity
from services.network.refusals import CutoffPassed
from services.slotting.domain import refusals
from services.slotting.domain.book import Allocation, Run, RunState

# A hold may take a quarter of the time left to claim, and never so long that the wait costs more than about
# 3.4 % of the activity (a twentieth of the half-life): 21 minutes for At-211, 8 hours for Lu-177.
HOLD_SHARE_OF_TIME_LEFT = 4
HOLD_SHARE_OF_HALF_LIFE = 20


class State(IntEnum):
    """Where a slot stands; the numbers are those of the published enum and of the database."""

    HELD = 1
    CONFIRMED = 2
    FULFILLED = 3
    RELEASED = 4
    EXPIRED = 5
    LOST = 6


class Risk(IntEnum):
    """What a slot at risk has lost; the numbers are those of the published enum and of the database."""

    NONE = 0
    RUN = 1
    QUALITY_CONTROL = 2
    DEPARTURE = 3
    RECEIVING_WINDOW = 4
    LICENCE = 5
    PRODUCT = 6


class Reservations(NamedTuple):
    """Where a slot has a place beside its run's book (names of counted places), and when its dose travels."""

    qc: str = ""
    departure: str = ""
    window: str = ""
    departure_at: datetime | None = None
    delivery_at: datetime | None = None

    @property
    def places(self) -> tuple[str, ...]:
        """The names of the places that are held."""
        return tuple(filter(None, self[:3]))

    def without_places(self) -> "Reservations":
        """The same journey, with no place held."""
        return self._replace(qc="", departure="", window="")


NO_RESERVATIONS = Reservations()


class Demand(NamedTuple):
    """What a partner wants of a run. Checked for shape before it gets here.

    `departure_at` asks for a certain departure; a slot remembers in its reservations which one it got.
    """

    partner: str
    run: str
    site: str
    lane: str
    activity_mbq: float
    administration_at: datetime
    order_reference: str
    patient_reference: str
    departure_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A promise of capacity. `taking` says what it holds in the run's book, `reservations` where else it has a place.

    At risk because of its run it holds nothing anywhere; because of something else, all but what it has lost.
    `replaces` is the lost slot of its order whose place it has taken, `replaced_by` the one that has taken its own.
    """

    id: UUID
    version: int
    state: State
    product: str
    demand: Demand
    reference_kbq: int
    allocation: Allocation
    hold_until: datetime | None
    created_at: datetime
    updated_at: datetime
    actor: str
    reason: str
    reservations: Reservations = NO_RESERVATIONS
    risk: Risk = Risk.NONE
    replaces: UUID | None = None
    replaced_by: UUID | None = None
    by_staff: bool = False  # known while the change is made; what is stored is what is shown

    @property
    def signature(self) -> tuple[str, str]:
        """Who changed it last and why, for whoever may read the slot: of the manufacturer's staff, nothing."""
        return ("", "") if self.by_staff else (self.actor, self.reason)

    @property
    def at_risk(self) -> bool:
        """True if it has lost something that it stands on."""
        return self.risk is not Risk.NONE

    @property
    def name(self) -> str:
        """The resource name."""
        return f"slots/{self.id}"

    @property
    def etag(self) -> str:
        """Changes with each change of the slot."""
        return f"v{self.version}"

    @property
    def in_book(self) -> bool:
        """True while the slot's taking stands in the run's book and may be given back."""
        return self.state in (State.HELD, State.CONFIRMED) and self.risk is not Risk.RUN

    @property
    def stands(self) -> bool:
        """True while it holds all that it was promised."""
        return self.in_book and not self.at_risk

    def overdue(self, now: datetime) -> bool:
        """True for a hold that has run out, whether or not anybody has noticed."""
        return self.state is State.HELD and self.hold_until is not None and now >= self.hold_until

    def require_open(self, now: datetime) -> None:
        """Refuse what cannot change any more, with the reason that says why."""
        facts = {"slot": self.name, "state": self.state.name}
        if self.state is State.EXPIRED or self.overdue(now):
            raise refusals.HoldExpired("The hold on this slot has expired.", **facts, hold_until_time=self.hold_until)
        if self.state is State.RELEASED:
            raise refusals.AlreadyReleased("This slot was released.", **facts, release_time=self.updated_at)
        if self.state not in (State.HELD, State.CONFIRMED):
            raise refusals.SlotClosed("This slot is closed.", **facts)

    def require_movable(self, now: datetime) -> None:
        """Refuse what can neither move nor be replaced, with the reason why. What is lost is replaced once."""
        if self.state is not State.LOST:
            self.require_open(now)
        elif self.replaced_by is not None:
            facts = {"slot": self.name, "state": self.state.name, "replaced_by": f"slots/{self.replaced_by}"}
            raise refusals.SlotClosed("This slot was lost, and another one has taken its place.", **facts)

    def require_etag(self, etag: str) -> None:
        """Refuse a change by somebody who has seen another version."""
        if etag and etag != self.etag:
            raise refusals.SlotStale("The slot changed since you read it.", slot=self.name, etag=self.etag)


def reference_amount(run: Run, demand: Demand) -> Capacity:
    """What the demand takes of the run: one vial, and activity at end of synthesis, rounded up."""
    require_of_use(run, demand.administration_at)
    kbq = reference_activity_kbq(
        demand.activity_mbq, demand.administration_at, run.end_of_synthesis_at, run.nuclide, run.loss_fraction
    )
    if kbq > run.vial_kbq_max:
        raise refusals.DecayedBelowMinimum(
            "No vial of this run can still have the wanted activity at administration.",
            run=run.name,
            wanted_reference_kbq=kbq,
            vial_reference_kbq_max=run.vial_kbq_max,
            administration_time=demand.administration_at,
        )
    return Capacity(kbq, 1)


def require_of_use(run: Run, at: datetime) -> None:
    """A dose is administered after the end of synthesis, and by the run's use-by time."""
    if not run.end_of_synthesis_at < at <= run.use_by_at:
        raise refusals.DecayedBelowMinimum(
            "The dose can be administered only between end of synthesis and the use-by time.",
            run=run.name,
            end_of_synthesis_time=run.end_of_synthesis_at,
            use_by_time=run.use_by_at,
            administration_time=at,
        )


def require_claimable(run: Run, now: datetime) -> None:
    """The run must be open, not in production yet, and before its cut-off."""
    if run.state.begun:
        raise refusals.RunInProduction(
            "Production of this run has begun; it takes no claims any more.", run=run.name, state=run.state.name
        )
    if run.state is RunState.FAILED:
        raise refusals.RunFailed("Manufacture of this run failed.", run=run.name)
    if run.state is not RunState.OPEN:
        raise refusals.RunNotOpen("This run takes no claims.", run=run.name, state=run.state.name)
    require_before_cutoff(run, now)


def require_before_cutoff(run: Run, now: datetime) -> None:
    """Capacity is claimed and given back before the cut-off only."""
    if now >= run.cutoff_at:
        raise CutoffPassed(
            "The claim cut-off of this run has passed.", run=run.name, claim_cutoff_time=run.cutoff_at, now=now
        )


def hold_until(run: Run, asked: timedelta, now: datetime) -> datetime:
    """The end of a hold: as asked, but no longer than the nuclide and the time left allow."""
    half_life = timedelta(seconds=float(HALF_LIVES[run.nuclide].seconds))
    longest = min((run.cutoff_at - now) / HOLD_SHARE_OF_TIME_LEFT, half_life / HOLD_SHARE_OF_HALF_LIFE)
    return now + min(asked, longest)
