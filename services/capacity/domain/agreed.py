"""The changes of a run that slotting's ledger must agree to: what is asked of it, and what becomes of the run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.capacity.domain import changing, producing
from services.capacity.domain.changing import LedgerCut
from services.capacity.domain.producing import Ending, Failure
from services.capacity.domain.run import Changed, CutOfRun, Provenance, Run, State
from services.network import NOTHING


class LedgerChange(Protocol):
    """A change that may take a place from a slot."""

    @property
    def fails(self) -> bool:
        """Whether the run is withdrawn because its manufacture failed."""
        ...

    @property
    def cause(self) -> str:
        """Why, where the change itself says so."""
        ...

    def require(self, run: Run, now: datetime) -> None:
        """Refuses first."""
        ...

    def needs_ledger(self, run: Run) -> bool:
        """Whether less would be left of the run than it has."""
        ...

    def left_of(self, run: Run) -> CutOfRun | None:
        """What is to be left of the run; None: nothing, it is withdrawn."""
        ...

    def made(self, run: Run, conflicts: tuple[str, ...], by: Provenance) -> Changed:
        """The run once the ledger has agreed."""
        ...

    def taken_over(self, run: Run, conflicts: tuple[str, ...], by: Provenance) -> Changed | None:
        """The same if the run changed while the ledger was asked; None if there is nothing left to change."""
        ...


@dataclass(frozen=True, slots=True)
class Cutting:
    """Lowering a pledge: the ledger says which promised slots it costs."""

    lower: CutOfRun
    fails: bool = False
    cause: str = ""

    def require(self, run: Run, now: datetime) -> None:
        """Refuses a cut that the run cannot take."""
        changing.require_cut(run, self.lower, now)

    def needs_ledger(self, run: Run) -> bool:
        """Always: only the ledger knows whose places are lost."""
        return True

    def left_of(self, run: Run) -> CutOfRun | None:
        """The pledge and the allotments that the caller wants it to have, whatever was claimed meanwhile."""
        return self.lower

    def made(self, run: Run, conflicts: tuple[str, ...], by: Provenance) -> Changed:
        """The run with the smaller pledge, and the slots at risk by it in its event."""
        return changing.cut(run, self.lower, conflicts, by)

    def taken_over(self, run: Run, conflicts: tuple[str, ...], by: Provenance) -> Changed | None:
        """As the ledger's event would be."""
        made = LedgerCut(self.lower.pledged, self.lower.allotments, cancelled=False, conflicting_slots=conflicts)
        return changing.converge(run, made, by)


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Cancelling a run that is not yet in production: nothing is left of it."""

    fails: bool = False
    cause: str = ""

    def require(self, run: Run, now: datetime) -> None:
        """Refuses to cancel a run that is over, or in production."""
        changing.require_cancel(run, now)

    def needs_ledger(self, run: Run) -> bool:
        """Always: only the ledger knows whose places are lost."""
        return True

    def left_of(self, run: Run) -> CutOfRun | None:
        """None: the ledger withdraws the run altogether."""
        return None

    def made(self, run: Run, conflicts: tuple[str, ...], by: Provenance) -> Changed:
        """The run without any capacity, and the slots at risk by it in its event."""
        return changing.cancel(run, conflicts, by)

    def taken_over(self, run: Run, conflicts: tuple[str, ...], by: Provenance) -> Changed | None:
        """As the ledger's event would be."""
        return changing.converge(run, LedgerCut(NOTHING, {}, cancelled=True, conflicting_slots=conflicts), by)


@dataclass(frozen=True, slots=True)
class Completing:
    """An end of synthesis; the ledger is asked where less was measured than is pledged."""

    ending: Ending
    fails: bool = False
    cause: str = ""

    def require(self, run: Run, now: datetime) -> None:
        """Refuses what the run cannot have had."""
        producing.require_complete(run, self.ending, now)

    def needs_ledger(self, run: Run) -> bool:
        """Whether the yield falls short."""
        return producing.falls_short(run, self.ending.measured)

    def left_of(self, run: Run) -> CutOfRun | None:
        """What the yield leaves of it."""
        return producing.left_by(run, self.ending.measured)

    def made(self, run: Run, conflicts: tuple[str, ...], by: Provenance) -> Changed:
        """The run with what was measured, its pledge lowered where the yield falls short."""
        return producing.complete(run, self.ending, conflicts, by)

    def taken_over(self, run: Run, conflicts: tuple[str, ...], by: Provenance) -> Changed | None:
        """The ledger has what the yield leaves, whatever came between; only a run that is over stays as it is."""
        if run.stored_state in (State.PRODUCED, State.FAILED, State.CANCELLED):
            return None
        return producing.complete(run, self.ending, conflicts, by)


@dataclass(frozen=True, slots=True)
class Failing:
    """A failure of manufacture: the ledger withdraws the run, and says whose places are lost."""

    failure: Failure
    fails: bool = True

    @property
    def cause(self) -> str:
        """What failed: should this process die, the ledger's event still says it."""
        return self.failure.cause

    def require(self, run: Run, now: datetime) -> None:
        """Refuses what the run cannot have had."""
        producing.require_fail(run, self.failure, now)

    def needs_ledger(self, run: Run) -> bool:
        """Always: only the ledger knows whose places are lost."""
        return True

    def left_of(self, run: Run) -> CutOfRun | None:
        """None: the ledger withdraws the run altogether."""
        return None

    def made(self, run: Run, conflicts: tuple[str, ...], by: Provenance) -> Changed:
        """The run without any capacity, with what failed and when."""
        return producing.fail(run, self.failure, conflicts, by)

    def taken_over(self, run: Run, conflicts: tuple[str, ...], by: Provenance) -> Changed | None:
        """As the ledger's event would be."""
        made = LedgerCut(NOTHING, {}, cancelled=True, failed=True, conflicting_slots=conflicts)
        return changing.converge(run, made, by)
