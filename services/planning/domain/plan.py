"""A plan: runs, what they pledge, and which demand they and the open runs cover."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.network import Capacity
from services.planning.domain.demand import Bucket

# Doses of buckets that one run covers.
Serves: TypeAlias = tuple[tuple[Bucket, int], ...]


@dataclass(frozen=True, slots=True)
class Allotted:
    """What an agreement pre-books of a planned run."""

    partner: str
    capacity: Capacity
    release_back_at: datetime
    agreement: str


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run that a plan would make."""

    id: str
    product: str
    line: str
    start_at: datetime
    end_of_synthesis_at: datetime
    delivery: str
    pledged: Capacity
    claim_cutoff_at: datetime
    serves: Serves = ()
    allotments: tuple[Allotted, ...] = ()


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Runs by start, and what is covered by runs that are open already (by their names)."""

    runs: tuple[PlannedRun, ...] = ()
    open_serve: tuple[tuple[str, Serves], ...] = ()

    def covered(self) -> Mapping[Bucket, int]:
        """Doses covered of each bucket."""
        found: Counter[Bucket] = Counter()
        for serves in (*(run.serves for run in self.runs), *(serves for _, serves in self.open_serve)):
            for bucket, doses in serves:
                found[bucket] += doses
        return found
