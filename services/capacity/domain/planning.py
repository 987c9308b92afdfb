"""Planning a run: every rule that a plan must fulfil, each violation reported with its field.

What each field must be like by itself stands in the protos (`capacity.v1.Run`), and is judged before, whoever asks.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.capacity.domain.run import Allotment, Changed, Provenance, Run, RunHappened, State, total
from services.kernel.activity import LIFE_MAX, Nuclide
from services.kernel.errors import InvalidFields
from services.network import Capacity

# A field of the request, and what is wrong with it.
Violation = tuple[str, str]

# Forecasts reach two years ahead, and nothing is planned that nobody can have asked for.
PLANNED_AHEAD_MAX = timedelta(days=2 * 366)


@dataclass(frozen=True, slots=True)
class AskedRun:
    """A run as asked for: its shape was judged, its rules were not."""

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
    production_order: str = ""


def plan_run(name: str, draft: AskedRun, by: Provenance, shelf_life: timedelta = LIFE_MAX) -> Changed:
    """Plan a run, or raise everything that is wrong with the draft. The shelf life is the product's."""
    violations = [*_in_instants(draft, by.at, shelf_life), *_in_allotments(draft)]
    if violations:
        raise InvalidFields(violations)
    run = Run(
        name=name,
        product=draft.product,
        nuclide=draft.nuclide,
        line=draft.line,
        end_of_synthesis_at=draft.end_of_synthesis_at,
        claim_cutoff_at=draft.claim_cutoff_at,
        use_by_at=draft.use_by_at,
        pledged=draft.pledged,
        allotments=tuple(sorted(draft.allotments, key=lambda allotment: allotment.partner)),
        vial_kbq_max=draft.vial_kbq_max,
        loss_fraction=draft.loss_fraction,
        production_order=draft.production_order,
        stored_state=State.PLANNED,
        version=1,
        created_at=by.at,
        changed=by,
    )
    return Changed(RunHappened.CREATED, run)


def _in_instants(draft: AskedRun, now: datetime, shelf_life: timedelta) -> Iterator[Violation]:
    synthesis, cutoff, use_by = draft.end_of_synthesis_at, draft.claim_cutoff_at, draft.use_by_at
    if synthesis <= now:
        yield ("run.end_of_synthesis_time", "must be in the future")
    if synthesis > now + PLANNED_AHEAD_MAX:
        yield ("run.end_of_synthesis_time", f"must be at most {PLANNED_AHEAD_MAX.days} days ahead")
    if cutoff <= now:
        yield ("run.claim_cutoff_time", "must be in the future")
    if cutoff > synthesis:
        yield ("run.claim_cutoff_time", "must not be after end_of_synthesis_time")
    if use_by <= synthesis:
        yield ("run.use_by_time", "must be after end_of_synthesis_time")
    if use_by > synthesis + shelf_life:
        minutes = shelf_life // timedelta(minutes=1)
        most = "the product's shelf life" if shelf_life < LIFE_MAX else f"{LIFE_MAX.days} days"
        yield ("run.use_by_time", f"must be at most {most} ({minutes} minutes) after end_of_synthesis_time")


def _in_allotments(draft: AskedRun) -> Iterator[Violation]:
    times = Counter(allotment.partner for allotment in draft.allotments)
    for index, allotment in enumerate(draft.allotments):
        field = f"run.allotments[{index}]"
        if times[allotment.partner] > 1:
            yield (f"{field}.partner", "must have only one allotment of the run")
        if allotment.release_back_at > draft.claim_cutoff_at:
            yield (f"{field}.release_back_time", "must not be after claim_cutoff_time")
    allotted = total(allotment.size for allotment in draft.allotments)
    if not draft.pledged.covers(allotted):
        sums = f"{allotted.kbq} kBq and {allotted.vials} vials"
        yield ("run.allotments", f"must not add up to more than is pledged (they are {sums})")
