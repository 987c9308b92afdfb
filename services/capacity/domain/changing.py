"""Changing a run: open, cut, cancel, and taking over what the ledger of slotting already decided."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.capacity.domain import refusals
from services.capacity.domain.producing import Failure, fail
from services.capacity.domain.run import Allotment, Changed, CutOfRun, Provenance, Run, RunHappened, State, total
from services.capacity.domain.versions import next_version, require_state
from services.kernel.activity import LIFE_MAX
from services.kernel.errors import Invalid
from services.network import Capacity
from services.network.refusals import AllotmentsExceedPledge, AllotmentUnknown, CapacityWouldGrow, CutoffPassed

# A run that has closed can still be cut or cancelled: production begins after the cut-off, and it is then that a
# line fails or yields less. What was promised to patients must change visibly at any time.
CANCELLABLE = frozenset({State.PLANNED, State.OPEN, State.CLOSED})
# What is lost in production, or in dispensing after it, is cut too; what is in production fails and is not cancelled.
CUTTABLE = CANCELLABLE | {State.IN_PRODUCTION, State.PRODUCED}


@dataclass(frozen=True, slots=True)
class LedgerCut:
    """A cut that the ledger made. With `at`, the sizes are the ledger's own figures of that instant. `version` is the
    run's version there after it; None: not told."""

    pledged: Capacity
    allotments: Mapping[str, Capacity]
    cancelled: bool
    failed: bool = False
    conflicting_slots: tuple[str, ...] = ()
    at: datetime | None = None
    version: int | None = None


def open_run(run: Run, by: Provenance, shelf_life: timedelta = LIFE_MAX) -> Changed:
    """Open a planned run for claims. The shelf life is the product's, which may have become known or shorter since."""
    require_state(run, by.at, frozenset({State.PLANNED}))
    if run.use_by_at > run.end_of_synthesis_at + shelf_life:
        raise refusals.ShelfLifeExceeded(
            "The run would be used for longer than its product may be.",
            run=run.name,
            use_by_time=run.use_by_at,
            use_by_time_max=run.end_of_synthesis_at + shelf_life,
        )
    if by.at >= run.claim_cutoff_at:
        raise CutoffPassed(
            "The claim cut-off of this run has passed; it would open closed.",
            run=run.name,
            claim_cutoff_time=run.claim_cutoff_at,
        )
    opened = next_version(run, by, stored_state=State.OPEN, opened_at=by.at, pool_at_opening=run.pool.claimable)
    return Changed(RunHappened.OPENED, opened)


def require_cut(run: Run, cut: CutOfRun, now: datetime) -> None:
    """Refuse a cut that this run cannot take."""
    require_state(run, now, CUTTABLE)
    _require_no_growth(run, "pledged", run.pledged, cut.pledged)
    _require_known_allotments(run, cut)
    held = {allotment.partner: allotment.size for allotment in run.allotments}
    if cut.pledged == run.pledged and all(held[partner] == size for partner, size in cut.allotments.items()):
        raise refusals.NothingToCut("The run can yield no more than that already.", run=run.name)
    left = total({**held, **cut.allotments}.values())
    if not cut.pledged.covers(left):
        raise AllotmentsExceedPledge(
            "The allotments would add up to more than is pledged; name smaller ones.",
            run=run.name,
            field="allotments",
            pledged_kbq=cut.pledged.kbq,
            pledged_vials=cut.pledged.vials,
            allotted_kbq=left.kbq,
            allotted_vials=left.vials,
        )


def cut(run: Run, lower: CutOfRun, conflicting_slots: tuple[str, ...], by: Provenance) -> Changed:
    """The run after a cut that `require_cut` allows and the ledger has made."""
    allotments = tuple(
        replace(allotment, size=lower.allotments.get(allotment.partner, allotment.size)) for allotment in run.allotments
    )
    after = next_version(run, by, pledged=lower.pledged, allotments=allotments)
    return Changed(RunHappened.CUT, after, conflicting_slots)


def require_cancel(run: Run, now: datetime) -> None:
    """Refuse to cancel a run that is over."""
    require_state(run, now, CANCELLABLE)


def cancel(run: Run, conflicting_slots: tuple[str, ...], by: Provenance) -> Changed:
    """The run after a cancellation. Its figures stay as a record of the plan; the state says that all is gone."""
    return Changed(RunHappened.CANCELLED, next_version(run, by, stored_state=State.CANCELLED), conflicting_slots)


def converge(run: Run, made: LedgerCut, by: Provenance) -> Changed | None:
    """Take over a cut that the ledger made and this service did not record, or None if there is nothing to take over.

    Runs only ever shrink, so the smaller of each figure is the truth whatever came first: order and repetition of
    what the ledger tells change nothing.

    A fact that was told here while the ledger made a cut of its own has a version that the ledger counts as known. Then
    the ledger has more than is left, and the run is published once more, in a version that it does not know.
    """
    if run.stored_state in (State.CANCELLED, State.FAILED):
        return None if made.cancelled else _told_again(run, made, by)
    if made.failed:
        return fail(run, Failure(None, by.reason), made.conflicting_slots, by)
    if made.cancelled:
        return cancel(run, made.conflicting_slots, by)
    pledged = run.pledged.least(made.pledged)
    allotments = tuple(_taken_over(allotment, made) for allotment in run.allotments)
    if not pledged.covers(total(allotment.size for allotment in allotments)):
        allotments = tuple(
            replace(old, size=old.size.least(made.allotments.get(old.partner, old.size))) for old in run.allotments
        )
    if pledged == run.pledged and allotments == run.allotments:
        return None if run.pledged.covers(made.pledged) and _covers(run, made) else _told_again(run, made, by)
    return Changed(
        RunHappened.CUT, next_version(run, by, pledged=pledged, allotments=allotments), made.conflicting_slots
    )


_AGAIN = {State.CANCELLED: RunHappened.CANCELLED, State.FAILED: RunHappened.FAILED}


def _told_again(run: Run, made: LedgerCut, by: Provenance) -> Changed | None:
    """The run as it is, in a version newer than the ledger's; None if the ledger hears of this one anyway."""
    if made.version is None or made.version < run.version:
        return None
    return Changed(_AGAIN.get(run.stored_state, RunHappened.CUT), next_version(run, by))


def _covers(run: Run, made: LedgerCut) -> bool:
    """Whether no allotment is larger in the ledger."""
    return all(each.size.covers(made.allotments.get(each.partner, each.size)) for each in run.allotments)


def _taken_over(allotment: Allotment, made: LedgerCut) -> Allotment:
    """An allotment as the ledger has it.

    Once released back, the ledger counts only what was claimed of it: that is no cut, and the planned size stays.
    """
    if made.at is not None and allotment.release_back_at <= made.at:
        return allotment
    return replace(allotment, size=allotment.size.least(made.allotments.get(allotment.partner, allotment.size)))


def _require_known_allotments(run: Run, cut: CutOfRun) -> None:
    held = {allotment.partner: allotment for allotment in run.allotments}
    for partner, size in cut.allotments.items():
        if partner not in held:
            raise AllotmentUnknown(
                f"The run has no allotment of {partner}.", run=run.name, partner=partner, field="allotments"
            )
        _require_no_growth(run, f"allotments[{partner}]", held[partner].size, size)
        stated = cut.release_back_at.get(partner)
        if stated is not None and stated != held[partner].release_back_at:
            raise Invalid(
                "A cut cannot change when an allotment is released back; leave it out, or send it as it is.",
                field="allotments.release_back_time",
                partner=partner,
                release_back_time=held[partner].release_back_at,
            )


def _require_no_growth(run: Run, field: str, has: Capacity, asked: Capacity) -> None:
    if not has.covers(asked):
        raise CapacityWouldGrow(
            "A cut may only lower figures.",
            run=run.name,
            field=field,
            has_kbq=has.kbq,
            has_vials=has.vials,
            asked_kbq=asked.kbq,
            asked_vials=asked.vials,
        )
