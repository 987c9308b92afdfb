"""Planning a run: everything that a plan must fulfil, each violation reported with its field."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.capacity.domain.run import Allotment, Changed, Happened, Provenance, Run, State, total
from services.kernel.activity import LIFE_MAX, LOSS_FRACTION_MAX, REFERENCE_ACTIVITY_KBQ_MAX, Nuclide
from services.kernel.calendar import RANGE
from services.kernel.errors import InvalidFields
from services.network import Capacity

# A field of the request, and what is wrong with it.
Violation = tuple[str, str]

VIALS_MAX = 2**31 - 1
ALLOTMENTS_MAX = 1000
# Forecasts reach two years ahead, and nothing is planned that nobody can have asked for.
PLANNED_AHEAD_MAX = timedelta(days=2 * 366)

_AN_INSTANT = f"must be an instant {RANGE}"

_SEGMENT = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
_PRODUCT = re.compile(f"products/{_SEGMENT}")
_LINE = re.compile(f"facilities/{_SEGMENT}/lines/{_SEGMENT}")
# As in tokens: an allotment for a name that no token can carry would never be claimed.
_PARTNER = re.compile("partners/[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class AllotmentDraft:
    """An allotment as asked for; None is what was not stated, or cannot be read."""

    partner: str
    size: Capacity | None
    release_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class AskedRun:
    """A run as asked for, nothing checked yet; None is what was not stated, or cannot be read."""

    product: str
    nuclide: Nuclide | None
    line: str
    end_of_synthesis_at: datetime | None
    claim_cutoff_at: datetime | None
    use_by_at: datetime | None
    pledged: Capacity | None
    allotments: tuple[AllotmentDraft, ...]
    vial_kbq_max: int
    loss_fraction: float
    production_order: str = ""


def plan_run(name: str, draft: AskedRun, by: Provenance, shelf_life: timedelta = LIFE_MAX) -> Changed:
    """Plan a run, or raise everything that is wrong with the draft. The shelf life is the product's."""
    violations = [
        *_in_names(draft),
        *_in_instants(draft, by.at, shelf_life),
        *_in_amounts(draft),
        *_in_allotments(draft),
    ]
    if violations:
        raise InvalidFields(violations)
    # Nothing is None any more; the assertions say so to the type checker.
    assert draft.nuclide and draft.pledged
    assert draft.end_of_synthesis_at and draft.claim_cutoff_at and draft.use_by_at
    run = Run(
        name=name,
        product=draft.product,
        nuclide=draft.nuclide,
        line=draft.line,
        end_of_synthesis_at=draft.end_of_synthesis_at,
        claim_cutoff_at=draft.claim_cutoff_at,
        use_by_at=draft.use_by_at,
        pledged=draft.pledged,
        allotments=tuple(sorted(map(_allotment, draft.allotments), key=lambda allotment: allotment.partner)),
        vial_kbq_max=draft.vial_kbq_max,
        loss_fraction=draft.loss_fraction,
        production_order=draft.production_order,
        stored_state=State.PLANNED,
        version=1,
        created_at=by.at,
        changed=by,
    )
    return Changed(Happened.CREATED, run)


def _in_names(draft: AskedRun) -> Iterator[Violation]:
    if not _PRODUCT.fullmatch(draft.product):
        yield ("run.product", "must look like products/{product}")
    if draft.nuclide is None:
        yield ("run.nuclide", "must be a nuclide that Doselane knows")
    if not _LINE.fullmatch(draft.line):
        yield ("run.line", "must look like facilities/{facility}/lines/{line}")


def _in_instants(draft: AskedRun, now: datetime, shelf_life: timedelta) -> Iterator[Violation]:
    synthesis, cutoff, use_by = draft.end_of_synthesis_at, draft.claim_cutoff_at, draft.use_by_at
    for field, value in (("end_of_synthesis", synthesis), ("claim_cutoff", cutoff), ("use_by", use_by)):
        if value is None:
            yield (f"run.{field}_time", _AN_INSTANT)
    if synthesis is not None and synthesis <= now:
        yield ("run.end_of_synthesis_time", "must be in the future")
    if synthesis is not None and synthesis > now + PLANNED_AHEAD_MAX:
        yield ("run.end_of_synthesis_time", f"must be at most {PLANNED_AHEAD_MAX.days} days ahead")
    if cutoff is not None and cutoff <= now:
        yield ("run.claim_cutoff_time", "must be in the future")
    if cutoff is not None and synthesis is not None and cutoff > synthesis:
        yield ("run.claim_cutoff_time", "must not be after end_of_synthesis_time")
    if use_by is not None and synthesis is not None and use_by <= synthesis:
        yield ("run.use_by_time", "must be after end_of_synthesis_time")
    if use_by is not None and synthesis is not None and use_by > synthesis + shelf_life:
        minutes = shelf_life // timedelta(minutes=1)
        most = "the product's shelf life" if shelf_life < LIFE_MAX else f"{LIFE_MAX.days} days"
        yield ("run.use_by_time", f"must be at most {most} ({minutes} minutes) after end_of_synthesis_time")


def _in_amounts(draft: AskedRun) -> Iterator[Violation]:
    yield from _in_capacity("run.pledged", draft.pledged, least=1)
    if not 1 <= draft.vial_kbq_max <= REFERENCE_ACTIVITY_KBQ_MAX:
        limits = f"must be from 1 up to {REFERENCE_ACTIVITY_KBQ_MAX}"
        yield ("run.vial_reference_activity_max_kbq", limits)
    if not 0.0 <= draft.loss_fraction <= LOSS_FRACTION_MAX:  # NaN fails this too
        yield ("run.loss_fraction", f"must be from 0 up to {LOSS_FRACTION_MAX}")


def _in_allotments(draft: AskedRun) -> Iterator[Violation]:
    if len(draft.allotments) > ALLOTMENTS_MAX:
        yield ("run.allotments", f"must be at most {ALLOTMENTS_MAX}")
        return
    times = Counter(allotment.partner for allotment in draft.allotments)
    for index, allotment in enumerate(draft.allotments):
        field = f"run.allotments[{index}]"
        if not _PARTNER.fullmatch(allotment.partner):
            yield (f"{field}.partner", "must look like partners/{partner}")
        elif times[allotment.partner] > 1:
            yield (f"{field}.partner", "must have only one allotment of the run")
        yield from _in_capacity(f"{field}.capacity", allotment.size, least=1)
        if allotment.release_back_at is None:
            yield (f"{field}.release_back_time", _AN_INSTANT)
        elif draft.claim_cutoff_at is not None and allotment.release_back_at > draft.claim_cutoff_at:
            yield (f"{field}.release_back_time", "must not be after claim_cutoff_time")
    allotted = total(allotment.size for allotment in draft.allotments if allotment.size is not None)
    if draft.allotments and draft.pledged is not None and not draft.pledged.covers(allotted):
        sums = f"{allotted.kbq} kBq and {allotted.vials} vials"
        yield ("run.allotments", f"must not add up to more than is pledged (they are {sums})")


def _in_capacity(field: str, amount: Capacity | None, least: int) -> Iterator[Violation]:
    if amount is None:
        yield (field, "must be stated")
        return
    if not least <= amount.kbq <= REFERENCE_ACTIVITY_KBQ_MAX:
        yield (f"{field}.reference_activity_kbq", f"must be from {least} up to {REFERENCE_ACTIVITY_KBQ_MAX}")
    if not least <= amount.vials <= VIALS_MAX:
        yield (f"{field}.vials", f"must be from {least} up to {VIALS_MAX}")


def in_cut(pledged: Capacity | None, allotments: list[tuple[str, Capacity | None]]) -> list[Violation]:
    """What is wrong with the figures of a cut, whatever the run; nought is allowed."""
    found = list(_in_capacity("pledged", pledged, least=0))
    times = Counter(partner for partner, _ in allotments)
    for index, (partner, size) in enumerate(allotments):
        if times[partner] > 1:
            found.append((f"allotments[{index}].partner", "must be named only once"))
        found += _in_capacity(f"allotments[{index}].capacity", size, least=0)
    return found


def _allotment(draft: AllotmentDraft) -> Allotment:
    assert draft.size and draft.release_back_at
    return Allotment(draft.partner, draft.size, draft.release_back_at)
