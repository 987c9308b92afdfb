"""A run: one planned manufacture, what it can yield, and who may see how much of it."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.kernel.activity import Nuclide
from services.kernel.errors import Stale
from services.kernel.provenance import Provenance
from services.kernel.visibility import EVERYONE, NOBODY, visible
from services.network import Capacity


class State(StrEnum):
    """Where a run stands. All but CLOSED are stored; CLOSED is OPEN after the cut-off, by the clock."""

    PLANNED = "PLANNED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    IN_PRODUCTION = "IN_PRODUCTION"
    PRODUCED = "PRODUCED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"


def total(amounts: Iterable[Capacity]) -> Capacity:
    """The sum of each figure."""
    kbq = vials = 0
    for amount in amounts:
        kbq, vials = kbq + amount.kbq, vials + amount.vials
    return Capacity(kbq, vials)


@dataclass(frozen=True, slots=True)
class Allotment:
    """Capacity pre-booked for one sponsor; from `release_back_at` on, what is left of it belongs to the pool."""

    partner: str
    size: Capacity
    release_back_at: datetime


@dataclass(frozen=True, slots=True)
class BatchMeasurement:
    """What a batch measured after synthesis; None is what nobody said."""

    kbq: int
    measured_at: datetime
    volume_ul: int | None = None
    vials: int | None = None


@dataclass(frozen=True, slots=True)
class Manufacture:
    """What is known of how a run was made; None is what is not known."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    measured: BatchMeasurement | None = None
    failed_at: datetime | None = None
    failure_cause: str = ""


NOT_BEGUN = Manufacture()


@dataclass(frozen=True, slots=True)
class Run:
    """One planned manufacture, in full."""

    name: str
    product: str
    nuclide: Nuclide
    line: str
    end_of_synthesis_at: datetime
    claim_cutoff_at: datetime
    use_by_at: datetime
    pledged: Capacity
    allotments: tuple[Allotment, ...]
    vial_kbq_max: int
    loss_fraction: float
    stored_state: State
    version: int
    created_at: datetime
    changed: Provenance
    opened_at: datetime | None = None
    # Whether there was a pool to claim from when the run opened; decides who may know of the run (see `visible_to`).
    pool_at_opening: bool = False
    # Who may know of its product, as master data says now; nobody while there is none. In no event either.
    product_audience: Container[str] = NOBODY
    # How far the end of synthesis may be from the plan, as master data says of the product; None: it says nothing.
    end_tolerance: timedelta | None = None
    manufacture: Manufacture = NOT_BEGUN
    production_order: str = ""  # the ERP's own name of what makes the run

    @property
    def pool(self) -> Capacity:
        """What is not allotted, as planned. What allotments gave back is known to slotting's ledger alone."""
        return self.pledged.minus(total(allotment.size for allotment in self.allotments))

    @property
    def etag(self) -> str:
        """Changes with each change of the run."""
        return f"v{self.version}"

    def state_at(self, now: datetime) -> State:
        """Where the run stands at an instant: an open run is closed from its cut-off on, whoever looks."""
        if self.stored_state is State.OPEN and now >= self.claim_cutoff_at:
            return State.CLOSED
        return self.stored_state

    def visible_to(self, partner: str, now: datetime) -> bool:
        """True if the partner may know of the run: once it was opened, if there is, or was, something to claim, and if
        it may know of the product.

        A pool that was cut to nothing still shows, with nothing in it: who saw the run before must hear of the cut.
        """
        return visible(partner, self._audience(now), self.product_audience)

    def _audience(self, now: datetime) -> Container[str]:
        """Who may know of the run as far as it decides that itself."""
        if self.opened_at is None:
            return NOBODY
        if self.pool_at_opening or any(each.release_back_at <= now and each.size.claimable for each in self.allotments):
            return EVERYONE
        return frozenset(each.partner for each in self.allotments)

    def require_etag(self, etag: str) -> None:
        """Refuse a change by somebody who has seen another version."""
        if etag and etag != self.etag:
            raise Stale("The run changed since you read it.", run=self.name, etag=self.etag)


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """Who may know of a product since a version of it, nobody once it is deleted; how long a dose of it may be used
    after the end of synthesis, and how far that may be from the plan (None: nothing is said). Then what a run of it is
    planned with where nobody says otherwise; None: not heard of since that is kept."""

    name: str
    version: int
    partners: tuple[str, ...]
    shelf_life: timedelta
    end_tolerance: timedelta | None = None
    nuclide: Nuclide | None = None
    vial_kbq_max: int | None = None
    loss_fraction: float | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A run as one viewer may see it. `whole` is False for partners: pledge, line, version and changes stay hidden, and
    so does what was measured; and the pool from the start of production on, since it would tell the yield.

    Not even the version or the instant of the last change is shown to a partner, because they would tell it when
    another sponsor's allotment changed.
    """

    run: Run
    state: State
    allotments: tuple[Allotment, ...]
    whole: bool


def view_of(run: Run, partner: str | None, now: datetime) -> View | None:
    """The run as `partner` may see it at an instant, None if it may not; without a partner, as operators see it."""
    if partner is None:
        return View(run, run.state_at(now), run.allotments, whole=True)
    if not run.visible_to(partner, now):
        return None
    own = tuple(allotment for allotment in run.allotments if allotment.partner == partner)
    return View(run, run.state_at(now), own, whole=False)


@dataclass(frozen=True, slots=True)
class CutOfRun:
    """What is to be left of a run: the pledge, and the sizes of the allotments that change.

    `release_back_at` are the instants that came with the allotments: a cut does not change them, so they must be right.
    """

    pledged: Capacity
    allotments: Mapping[str, Capacity] = field(default_factory=dict)
    release_back_at: Mapping[str, datetime] = field(default_factory=dict)


class RunHappened(StrEnum):
    """What can happen to a run; the second half of the event type."""

    CREATED = "run.created"
    OPENED = "run.opened"
    CUT = "run.cut"
    CANCELLED = "run.cancelled"
    PRODUCTION_STARTED = "run.production_started"
    PRODUCED = "run.produced"
    FAILED = "run.failed"


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of a run: what happened, the run after it, and the slots that lost their place by it."""

    what: RunHappened
    run: Run
    conflicting_slots: tuple[str, ...] = ()
