"""A batch, from the end of its synthesis to its final certification: rules only.

EU GMP Annex 3 lets a radiopharmaceutical leave in quarantine once a designated person has assessed it, and be used
once a Qualified Person has certified it; sterility is known after use (design rules: Batch).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.kernel.activity import Nuclide, decay
from services.kernel.errors import RuleViolation, Stale
from services.kernel.provenance import Provenance
from services.kernel.signing import Signature
from services.quality.domain import refusals
from services.quality.domain.specification import Outcome, TestClass


class State(StrEnum):
    """Where a batch stands."""

    IN_QC = "IN_QC"
    READY_TO_SHIP = "READY_TO_SHIP"
    CERTIFIED_FOR_USE = "CERTIFIED_FOR_USE"
    CERTIFIED_FINAL = "CERTIFIED_FINAL"
    REJECTED = "REJECTED"
    FAILED_AFTER_USE = "FAILED_AFTER_USE"


USABLE = frozenset({State.CERTIFIED_FOR_USE, State.CERTIFIED_FINAL})
ENDED = frozenset({State.REJECTED, State.FAILED_AFTER_USE})


@dataclass(frozen=True, slots=True)
class TestVerdict:
    """What the rules say of one test. What is optional and has not come holds nothing up."""

    test: str
    test_class: TestClass
    outcome: Outcome
    explanation: str = ""
    required: bool = True
    results: tuple[str, ...] = ()  # ids of the results that it rests on

    @property
    def passed(self) -> bool:
        """Whether it lets a batch go on."""
        return self.outcome is Outcome.PASS or (self.outcome is Outcome.MISSING and not self.required)


@dataclass(frozen=True, slots=True)
class BatchYield:
    """What a run yielded, as production measured it. `volume_ul` is None while it is not known."""

    run: str
    line: str
    product: str
    nuclide: Nuclide
    end_of_synthesis_at: datetime
    measured_mbq: float
    measured_at: datetime
    volume_ul: int | None
    expires_at: datetime
    production_order: str = ""  # the ERP's own name of what made the run


@dataclass(frozen=True, slots=True)
class Specified:
    """The signed version of a specification by which a batch is judged."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class ReleaseTerms:
    """What the product asks of a release: whose signatures, and which documents (kinds of the published enum)."""

    designated_person: bool = True
    qualified_person: bool = True
    documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that was not as it should be. Open until it has a conclusion."""

    number: int
    description: str
    raised_at: datetime
    conclusion: str = ""
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What a run yielded, with everything that was decided about it.

    `decision` is the number of the decision that its verdicts come from; 0 before the first.
    """

    name: str
    made: BatchYield
    state: State
    specified: Specified | None
    terms: ReleaseTerms
    version: int
    created_at: datetime
    changed: Provenance
    verdicts: tuple[TestVerdict, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    signatures: tuple[Signature, ...] = ()
    rejection_reason: str = ""
    decision: int = 0

    @property
    def etag(self) -> str:
        """Changes with each change of the batch."""
        return f"v{self.version}"

    @property
    def open_deviations(self) -> tuple[int, ...]:
        """The numbers of deviations without a conclusion."""
        return tuple(each.number for each in self.deviations if each.closed_at is None)

    def concentration_mbq_per_ml(self, at: datetime) -> float | None:
        """Activity concentration at an instant; None while the volume is not known."""
        if not self.made.volume_ul:
            return None
        elapsed = at - self.made.measured_at
        return decay(self.made.measured_mbq, elapsed, self.made.nuclide) * 1000 / self.made.volume_ul

    def not_passed(self, *classes: TestClass) -> tuple[TestVerdict, ...]:
        """The tests of these classes that have not passed."""
        return tuple(each for each in self.verdicts if each.test_class in classes and not each.passed)

    def require_etag(self, etag: str) -> None:
        """Refuses a change by somebody who has seen another version."""
        if etag and etag != self.etag:
            raise Stale("The batch changed since you read it.", batch=self.name, etag=self.etag)


class BatchHappened(StrEnum):
    """What can happen to a batch; the second half of the event type."""

    CREATED = "batch.created"
    JUDGED = "batch.judged"
    READY_TO_SHIP = "batch.ready_to_ship"
    REOPENED = "batch.reopened"
    CERTIFIED_FOR_USE = "batch.certified_for_use"
    CERTIFIED_FINAL = "batch.certified_final"
    REJECTED = "batch.rejected"
    FAILED_AFTER_USE = "batch.failed_after_use"
    DEVIATED = "batch.deviated"


@dataclass(frozen=True, slots=True)
class BatchChange:
    """One change of a batch: what happened, and the batch after it."""

    what: BatchHappened
    batch: Batch


def create(
    name: str, made: BatchYield, specified: Specified | None, terms: ReleaseTerms, by: Provenance
) -> BatchChange:
    """The batch of a run that was produced."""
    return BatchChange(BatchHappened.CREATED, Batch(name, made, State.IN_QC, specified, terms, 1, by.at, by))


def adopt(batch: Batch, specified: Specified, terms: ReleaseTerms, by: Provenance) -> BatchChange:
    """A batch whose product had no signed specification is judged by the one that it has now."""
    return _changed(BatchHappened.JUDGED, replace(batch, specified=specified, terms=terms), by)


def judge(batch: Batch, verdicts: Iterable[TestVerdict], by: Provenance) -> BatchChange | None:
    """The batch after the rules judged anew; None if nothing is different.

    Rules take back what they allowed, and never give a person's consent: a test before dispatch that no longer passes
    puts a batch back into quality control; one before use takes its certification for use back. What fails after the
    certification may have been given to a patient by then. A rejected batch stays rejected whatever is found later.
    """
    verdicts = tuple(verdicts)
    if verdicts == batch.verdicts:
        return None
    judged = replace(batch, verdicts=verdicts, decision=batch.decision + 1)
    state = _state_after(judged)
    if state is batch.state:
        return _changed(BatchHappened.JUDGED, judged, by)
    what = BatchHappened.FAILED_AFTER_USE if state is State.FAILED_AFTER_USE else BatchHappened.REOPENED
    return _changed(what, replace(judged, state=state), by)


def _state_after(batch: Batch) -> State:
    """Where the verdicts leave a batch that stood at `batch.state`."""
    if batch.state in ENDED or batch.state is State.IN_QC:
        return batch.state
    if batch.state in USABLE and any(each.outcome is Outcome.FAIL for each in batch.verdicts):
        return State.FAILED_AFTER_USE
    if batch.not_passed(TestClass.BEFORE_DISPATCH):
        return State.IN_QC
    if batch.state in USABLE and batch.not_passed(TestClass.BEFORE_USE):
        return State.READY_TO_SHIP
    if batch.state is State.CERTIFIED_FINAL and batch.not_passed(TestClass.AFTER_USE):
        return State.CERTIFIED_FOR_USE
    return batch.state


def require_dispatch(batch: Batch, missing: Iterable[str], now: datetime) -> None:
    """Refuses what may not leave: not in quality control any more, expired, tests open, or documents missing."""
    _require_state(batch, State.IN_QC)
    if now >= batch.made.expires_at:
        raise refusals.BatchExpired("The batch has expired.", batch=batch.name, expire_time=batch.made.expires_at)
    _require_passed(batch, TestClass.BEFORE_DISPATCH)
    if missing := sorted(missing):
        raise refusals.PackIncomplete("Documents are missing.", batch=batch.name, missing=", ".join(missing))


def ready_to_ship(batch: Batch, missing: Iterable[str], signature: Signature | None, by: Provenance) -> BatchChange:
    """The batch may be dispatched in quarantine. Without a signature only if its product asks for none."""
    require_dispatch(batch, missing, by.at)
    return _changed(BatchHappened.READY_TO_SHIP, _signed(replace(batch, state=State.READY_TO_SHIP), signature), by)


def require_use(batch: Batch, now: datetime) -> None:
    """Refuses what may not be certified for use."""
    _require_state(batch, State.READY_TO_SHIP)
    if now >= batch.made.expires_at:
        raise refusals.BatchExpired("The batch has expired.", batch=batch.name, expire_time=batch.made.expires_at)
    _require_passed(batch, TestClass.BEFORE_DISPATCH, TestClass.BEFORE_USE)
    _require_closed(batch)


def certify_for_use(batch: Batch, signature: Signature | None, by: Provenance) -> BatchChange:
    """The batch may be administered, on the condition that the tests after use pass."""
    require_use(batch, by.at)
    return _changed(
        BatchHappened.CERTIFIED_FOR_USE, _signed(replace(batch, state=State.CERTIFIED_FOR_USE), signature), by
    )


def certify_final(batch: Batch, signature: Signature | None, by: Provenance) -> BatchChange:
    """Every test has passed: the batch is certified finally."""
    _require_state(batch, State.CERTIFIED_FOR_USE)
    _require_passed(batch, *TestClass)
    _require_closed(batch)
    return _changed(BatchHappened.CERTIFIED_FINAL, _signed(replace(batch, state=State.CERTIFIED_FINAL), signature), by)


def require_rejectable(batch: Batch) -> None:
    """Refuses to reject what was certified for use, or has ended."""
    _require_state(batch, State.IN_QC, State.READY_TO_SHIP)


def reject(batch: Batch, signature: Signature, by: Provenance) -> BatchChange:
    """The batch is rejected; possible until it is certified for use, also when it is on the road."""
    require_rejectable(batch)
    rejected = replace(batch, state=State.REJECTED, rejection_reason=by.reason)
    return _changed(BatchHappened.REJECTED, _signed(rejected, signature), by)


def raise_deviation(batch: Batch, description: str, by: Provenance) -> BatchChange:
    """A deviation is recorded. That of a batch which was certified for use is recorded too, and stops the final one."""
    if batch.state in ENDED:
        _require_state(batch, *(state for state in State if state not in ENDED))
    deviation = Deviation(len(batch.deviations) + 1, description, by.at)
    return _changed(BatchHappened.DEVIATED, replace(batch, deviations=(*batch.deviations, deviation)), by)


def close_deviation(batch: Batch, number: int, conclusion: str, signature: Signature, by: Provenance) -> BatchChange:
    """A deviation has its conclusion."""
    if number not in batch.open_deviations:
        raise refusals.DeviationUnknown("There is no such open deviation.", batch=batch.name, number=number)
    deviations = tuple(
        replace(each, conclusion=conclusion, closed_at=by.at) if each.number == number else each
        for each in batch.deviations
    )
    return _changed(BatchHappened.DEVIATED, _signed(replace(batch, deviations=deviations), signature), by)


def settle(batch: Batch, missing: Iterable[str], by: Provenance) -> BatchChange | None:
    """What follows by itself where the product asks for no signature; None if nothing does."""
    try:
        if batch.state is State.IN_QC and not batch.terms.designated_person:
            return ready_to_ship(batch, missing, None, by)
        if batch.state is State.READY_TO_SHIP and not batch.terms.qualified_person:
            return certify_for_use(batch, None, by)
        if batch.state is State.CERTIFIED_FOR_USE and not batch.terms.qualified_person:
            return certify_final(batch, None, by)
    except RuleViolation:
        return None
    return None


def _changed(what: BatchHappened, batch: Batch, by: Provenance) -> BatchChange:
    return BatchChange(what, replace(batch, version=batch.version + 1, changed=by))


def _signed(batch: Batch, signature: Signature | None) -> Batch:
    return replace(batch, signatures=(*batch.signatures, signature)) if signature else batch


def _require_state(batch: Batch, *allowed: State) -> None:
    if batch.state not in allowed:
        raise refusals.BatchState(
            f"The batch is {batch.state}; this is possible while it is {' or '.join(allowed)}.",
            batch=batch.name,
            state=batch.state,
        )


def _require_passed(batch: Batch, *classes: TestClass) -> None:
    """A batch without a specification has passed nothing."""
    if batch.specified is None:
        raise refusals.TestsOpen("The product has no signed specification.", batch=batch.name, tests="specification")
    if open_tests := batch.not_passed(*classes):
        named = ", ".join(f"{each.test} {each.outcome}" for each in open_tests)
        raise refusals.TestsOpen(f"Tests have not passed: {named}.", batch=batch.name, tests=named)


def _require_closed(batch: Batch) -> None:
    if batch.open_deviations:
        numbers = ", ".join(map(str, batch.open_deviations))
        raise refusals.DeviationsOpen("Deviations are open.", batch=batch.name, deviations=numbers)
