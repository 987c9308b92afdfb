"""What a batch and its doses still need, who owes it, and the last instant at which it may come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from services.quality.domain.batch import ENDED, Batch, State
from services.quality.domain.specification import Outcome, TestClass
from services.quality.domain.vials import Order, Vial


class PathGate(StrEnum):
    """What a missing item holds up."""

    DISPATCH = "DISPATCH"
    USE = "USE"
    FINAL = "FINAL"


class Owner(StrEnum):
    """Who owes it."""

    LABORATORY = "laboratory"
    QUALITY_CONTROL = "quality_control"
    QUALITY_ASSURANCE = "quality_assurance"
    DESIGNATED_PERSON = "designated_person"
    QUALIFIED_PERSON = "qualified_person"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class MissingItem:
    """One thing that is missing. Without `latest_at` nothing sets an end to it."""

    item: str
    owner: Owner
    gate: PathGate
    latest_at: datetime | None = None
    slot: str = ""
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class PathFacts:
    """All that the critical path of a batch goes by. `missing_documents`: kind and slot; without a slot the batch's."""

    batch: Batch
    orders: Sequence[Order]
    vials: Sequence[Vial]
    missing_documents: Sequence[tuple[str, str]]


_GATE_OF: Mapping[TestClass, PathGate] = {
    TestClass.BEFORE_DISPATCH: PathGate.DISPATCH,
    TestClass.BEFORE_USE: PathGate.USE,
    TestClass.AFTER_USE: PathGate.FINAL,
}
# Where a batch has passed a gate, nothing is missing for it any more.
_PASSED: Mapping[State, frozenset[PathGate]] = {
    State.IN_QC: frozenset(),
    State.READY_TO_SHIP: frozenset({PathGate.DISPATCH}),
    State.CERTIFIED_FOR_USE: frozenset({PathGate.DISPATCH, PathGate.USE}),
    State.CERTIFIED_FINAL: frozenset(PathGate),
}
# A laboratory owes what has not come; quality control what came and does not pass.
_OWNER_OF: Mapping[Outcome, Owner] = {
    Outcome.MISSING: Owner.LABORATORY,
    Outcome.INVALID: Owner.LABORATORY,
    Outcome.INDETERMINATE: Owner.QUALITY_CONTROL,
    Outcome.FAIL: Owner.QUALITY_CONTROL,
}


def missing(facts: PathFacts) -> list[MissingItem]:
    """What is missing, most urgent first; what nothing sets an end to comes last."""
    if facts.batch.state in ENDED:
        return []
    passed = _PASSED[facts.batch.state]
    items = [item for item in _items(facts) if item.gate not in passed]
    return sorted(items, key=lambda item: (item.latest_at is None, item.latest_at or _NEVER, item.gate, item.item))


_NEVER = datetime.max.replace(tzinfo=UTC)


def _items(facts: PathFacts) -> Iterator[MissingItem]:
    deadlines = {gate: _deadline(facts, gate) for gate in PathGate}
    yield from _tests(facts.batch, deadlines)
    yield from _documents(facts, deadlines)
    yield from _vials(facts)
    for number in facts.batch.open_deviations:
        yield _due(f"deviation:{number}", Owner.QUALITY_ASSURANCE, PathGate.USE, deadlines, "The deviation is open.")
    yield from _signatures(facts.batch, deadlines)


def _tests(batch: Batch, deadlines: Mapping[PathGate, tuple[datetime | None, str]]) -> Iterator[MissingItem]:
    if batch.specified is None:
        words = "The product has no signed specification."
        yield _due("specification", Owner.QUALITY_ASSURANCE, PathGate.DISPATCH, deadlines, words)
    for verdict in batch.verdicts:
        if not verdict.passed:
            owner, gate = _OWNER_OF[verdict.outcome], _GATE_OF[verdict.test_class]
            yield _due(f"test:{verdict.test}", owner, gate, deadlines, f"{verdict.outcome}: {verdict.explanation}")


def _documents(facts: PathFacts, deadlines: Mapping[PathGate, tuple[datetime | None, str]]) -> Iterator[MissingItem]:
    leaves = {order.slot: order.departure_at for order in facts.orders}
    for kind, slot in facts.missing_documents:
        if slot:
            words = "The document of this dose is missing."
            latest_at = leaves.get(slot)
            yield MissingItem(f"document:{kind}", Owner.QUALITY_CONTROL, PathGate.DISPATCH, latest_at, slot, words)
        else:
            words = "The document is missing."
            yield _due(f"document:{kind}", Owner.QUALITY_CONTROL, PathGate.DISPATCH, deadlines, words)


def _vials(facts: PathFacts) -> Iterator[MissingItem]:
    filled = {vial.slot for vial in facts.vials if not vial.surplus}
    for order in facts.orders:
        if order.confirmed and order.slot not in filled:
            words = "No vial is filled for the slot."
            yield MissingItem("vial", Owner.PRODUCTION, PathGate.DISPATCH, order.departure_at, order.slot, words)


def _signatures(batch: Batch, deadlines: Mapping[PathGate, tuple[datetime | None, str]]) -> Iterator[MissingItem]:
    if batch.terms.designated_person:
        words = "A designated person has to assess the batch."
        yield _due("signature:DISPATCH_ASSESSED", Owner.DESIGNATED_PERSON, PathGate.DISPATCH, deadlines, words)
    if batch.terms.qualified_person:
        words = "A Qualified Person has to certify the batch."
        yield _due("signature:CERTIFIED_FOR_USE", Owner.QUALIFIED_PERSON, PathGate.USE, deadlines, words)
        yield _due("signature:CERTIFIED_FINAL", Owner.QUALIFIED_PERSON, PathGate.FINAL, deadlines, words)


def _due(
    item: str, owner: Owner, gate: PathGate, deadlines: Mapping[PathGate, tuple[datetime | None, str]], words: str
) -> MissingItem:
    latest_at, slot = deadlines[gate]
    return MissingItem(item, owner, gate, latest_at, slot, words)


def _deadline(facts: PathFacts, gate: PathGate) -> tuple[datetime | None, str]:
    """The first instant at which a dose misses what the gate holds up, and its slot."""
    if gate is PathGate.FINAL:
        return None, ""
    gone = {vial.slot for vial in facts.vials if vial.dispatched_at is not None}
    waiting = [order for order in facts.orders if order.confirmed and (gate is PathGate.USE or order.slot not in gone)]
    return min(((at, order.slot) for order in waiting if (at := _instant(order, gate))), default=(None, ""))


def _instant(order: Order, gate: PathGate) -> datetime | None:
    return order.departure_at if gate is PathGate.DISPATCH else order.administration_at


# Of the time between the making of a batch and a deadline, these shares are still left when it is told of.
THRESHOLDS_PERCENT = (50, 20, 0)


def crossed(item: MissingItem, since: datetime, now: datetime) -> Iterator[int]:
    """The thresholds that an item's time has crossed at an instant, greatest share first."""
    if item.latest_at is None:
        return
    whole, left = item.latest_at - since, item.latest_at - now
    yield from (percent for percent in THRESHOLDS_PERCENT if left * 100 <= whole * percent)
