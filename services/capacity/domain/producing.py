"""A run that is made: production begins, synthesis ends and is measured, or manufacture fails."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.capacity.domain import refusals
from services.capacity.domain.run import (
    Allotment,
    BatchMeasurement,
    Changed,
    CutOfRun,
    Provenance,
    Run,
    RunHappened,
    State,
    total,
)
from services.capacity.domain.versions import next_version, require_state
from services.kernel.activity import REFERENCE_ACTIVITY_KBQ_MAX, yielded_activity_kbq
from services.kernel.errors import InvalidFields
from services.network import Capacity

STARTABLE = frozenset({State.OPEN, State.CLOSED})
# Nobody may have told of the start. A run that still takes claims has not been made, though: that is a slip.
ENDABLE = frozenset({State.CLOSED, State.IN_PRODUCTION})

# A field of the request, and what is wrong with it.
Violation = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Ending:
    """When a synthesis ended, what was measured then, and whether an end far off the plan is accepted."""

    ended_at: datetime
    measured: BatchMeasurement
    accept_deviation: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """When manufacture failed (None: when it is recorded), and what, in the words of who reported it."""

    failed_at: datetime | None
    cause: str


def start(run: Run, started_at: datetime, by: Provenance) -> Changed:
    """Production has begun: from now on nothing more of the run is claimed, whether or not its cut-off has come."""
    if run.stored_state is State.IN_PRODUCTION:
        raise refusals.AlreadyStarted(
            "Production of this run has begun already.", run=run.name, start_time=run.manufacture.started_at
        )
    require_state(run, by.at, STARTABLE)
    _refuse(_in_time("start_time", started_at, run.created_at, by.at))
    manufacture = replace(run.manufacture, started_at=started_at)
    begun = next_version(run, by, stored_state=State.IN_PRODUCTION, manufacture=manufacture)
    return Changed(RunHappened.PRODUCTION_STARTED, begun)


def require_complete(run: Run, ending: Ending, now: datetime) -> None:
    """Refuse an end of synthesis that this run cannot have had."""
    if run.stored_state is State.PRODUCED:
        raise refusals.AlreadyProduced(
            "The end of this run's synthesis was recorded already.", run=run.name, **_facts_of(run)
        )
    require_state(run, now, ENDABLE)
    _refuse(_in_ending(run, ending, now))
    off = abs(ending.ended_at - run.end_of_synthesis_at)
    if run.end_tolerance is not None and off > run.end_tolerance and not ending.accept_deviation:
        raise refusals.EndOfSynthesisOffPlan(
            "Synthesis ended further from the plan than the product tolerates. Accept the deviation to go on.",
            run=run.name,
            planned_time=run.end_of_synthesis_at,
            end_of_synthesis_time=ending.ended_at,
            tolerance_minutes=run.end_tolerance // timedelta(minutes=1),
        )


def yielded(run: Run, measured: BatchMeasurement) -> Capacity:
    """What the batch is to the ledger, at the planned end of synthesis; vials that nobody counted are as pledged."""
    kbq = yielded_activity_kbq(measured.kbq, measured.measured_at, run.end_of_synthesis_at, run.nuclide)
    return Capacity(kbq, run.pledged.vials if measured.vials is None else measured.vials)


def falls_short(run: Run, measured: BatchMeasurement) -> bool:
    """Whether less was measured than is pledged."""
    return not yielded(run, measured).covers(run.pledged)


def left_by(run: Run, measured: BatchMeasurement) -> CutOfRun:
    """What is left of a run by its yield: never more than was pledged, since a surplus is promised to nobody."""
    return shared(run, run.pledged.least(yielded(run, measured)))


def shared(run: Run, pledged: Capacity) -> CutOfRun:
    """What is left of a run that yields less, as a cut that nobody says the allotments of.

    The pool gives first. If the allotments do not fit either, each keeps the same share of what it had. All sizes are
    named, so that asking for it again, once it is done, asks for exactly the same.
    """
    has = total(allotment.size for allotment in run.allotments)
    return CutOfRun(pledged, {each.partner: _shared(each, pledged, has) for each in run.allotments})


def complete(run: Run, ending: Ending, conflicting_slots: tuple[str, ...], by: Provenance) -> Changed:
    """The run after an end of synthesis that `require_complete` allows, and less of it if that is what was measured."""
    left = left_by(run, ending.measured)
    manufacture = replace(run.manufacture, ended_at=ending.ended_at, measured=ending.measured)
    allotments = tuple(replace(each, size=left.allotments[each.partner]) for each in run.allotments)
    produced = next_version(
        run, by, stored_state=State.PRODUCED, manufacture=manufacture, pledged=left.pledged, allotments=allotments
    )
    return Changed(RunHappened.PRODUCED, produced, conflicting_slots)


def require_fail(run: Run, failure: Failure, now: datetime) -> None:
    """Refuse a failure that this run cannot have had."""
    if run.stored_state is State.FAILED:
        raise refusals.AlreadyFailed(
            "The failure of this run was recorded already.", run=run.name, fail_time=run.manufacture.failed_at
        )
    require_state(run, now, ENDABLE)
    if failure.failed_at is not None:
        _refuse(_in_time("fail_time", failure.failed_at, _begun(run), now))


def fail(run: Run, failure: Failure, conflicting_slots: tuple[str, ...], by: Provenance) -> Changed:
    """The run after a failure. Its figures stay as a record of the plan; the state says that all is gone."""
    failed_at = failure.failed_at or max(by.at, _begun(run))
    manufacture = replace(run.manufacture, failed_at=failed_at, failure_cause=failure.cause)
    failed = next_version(run, by, stored_state=State.FAILED, manufacture=manufacture)
    return Changed(RunHappened.FAILED, failed, conflicting_slots)


def told(run: Run, fact: datetime | Ending | Failure, by: Provenance) -> Changed | None:
    """What an outside system told of a run: a start, an end or a failure. None if that is known already."""
    made = run.manufacture
    if isinstance(fact, Ending):
        if (made.ended_at, made.measured) == (fact.ended_at, fact.measured):
            return None
        require_complete(run, fact, by.at)
        return complete(run, fact, (), by)
    if isinstance(fact, Failure):
        if (made.failed_at, made.failure_cause) == (fact.failed_at, fact.cause):
            return None
        require_fail(run, fact, by.at)
        return fail(run, fact, (), by)
    return None if made.started_at == fact else start(run, fact, by)


def _shared(allotment: Allotment, pledged: Capacity, allotted: Capacity) -> Capacity:
    size = allotment.size
    return Capacity(
        size.kbq if allotted.kbq <= pledged.kbq else size.kbq * pledged.kbq // allotted.kbq,
        size.vials if allotted.vials <= pledged.vials else size.vials * pledged.vials // allotted.vials,
    )


def _in_ending(run: Run, ending: Ending, now: datetime) -> Iterator[Violation]:
    measured_at = ending.measured.measured_at
    if ending.ended_at <= _begun(run):
        yield "end_of_synthesis_time", "must be after production began"
    if ending.ended_at > now:
        yield "end_of_synthesis_time", "must not be in the future"
    if measured_at < ending.ended_at:
        yield "measured.measure_time", "must not be before end_of_synthesis_time"
    if measured_at > now:
        yield "measured.measure_time", "must not be in the future"
    elif not 1 <= yielded(run, ending.measured).kbq <= REFERENCE_ACTIVITY_KBQ_MAX:
        yield "measured.activity_kbq", f"must be from 1 up to {REFERENCE_ACTIVITY_KBQ_MAX} at the end of synthesis"


def _begun(run: Run) -> datetime:
    """Nothing of a run ends before it."""
    return run.manufacture.started_at or run.created_at


def _in_time(field: str, at: datetime, earliest: datetime, now: datetime) -> Iterator[Violation]:
    if at > now:
        yield field, "must not be in the future"
    if at < earliest:
        yield field, "must not be before the run was planned, or begun"


def _refuse(found: Iterator[Violation]) -> None:
    violations = list(found)
    if violations:
        raise InvalidFields(violations)


def _facts_of(run: Run) -> dict[str, object]:
    measured = run.manufacture.measured
    return {
        "end_of_synthesis_time": run.manufacture.ended_at,
        "activity_kbq": measured.kbq if measured else None,
        "measure_time": measured.measured_at if measured else None,
    }
