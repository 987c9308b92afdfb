"""What a batch still needs, from whom, and until when."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.quality.domain.batch import Batch, Deviation, ReleaseTerms, State
from services.quality.domain.critical_path import MissingItem, Owner, PathFacts, PathGate, crossed, missing
from services.quality.domain.specification import Outcome
from services.quality.domain.vials import Order, Vial
from tests.support.quality import EOS, a_batch, a_vial, an_order, verdicts

DEPARTURE, USE = EOS + timedelta(hours=6), EOS + timedelta(days=2)
GOOD = Outcome.PASS
ALL_PASSED = verdicts(appearance=GOOD, lu177m=GOOD, sterility=GOOD)
NOBODY = ReleaseTerms(designated_person=False, qualified_person=False)


def path(
    batch: Batch,
    orders: Sequence[Order] = (an_order(),),
    vials: Sequence[Vial] = (a_vial(),),
    documents: Sequence[tuple[str, str]] = (),
) -> list[MissingItem]:
    return missing(PathFacts(batch, orders, vials, documents))


def only(batch: Batch, **other: Any) -> MissingItem:
    (item,) = path(batch, **other)
    return item


def a_done_batch(**other: Any) -> Batch:
    return a_batch(terms=NOBODY, **{"verdicts": ALL_PASSED, **other})


def test_a_batch_that_lacks_nothing_has_an_empty_path() -> None:
    assert path(a_done_batch()) == []


@pytest.mark.parametrize(
    ("test", "gate", "latest_at", "slot"),
    [
        ("appearance", PathGate.DISPATCH, DEPARTURE, "slots/1"),
        ("lu177m", PathGate.USE, USE, "slots/1"),
        ("sterility", PathGate.FINAL, None, ""),
    ],
)
def test_a_test_holds_up_what_its_class_says(test: str, gate: PathGate, latest_at: datetime | None, slot: str) -> None:
    passed = {other: GOOD for other in ("appearance", "lu177m", "sterility") if other != test}
    item = only(a_done_batch(verdicts=verdicts(**passed)))
    assert item == MissingItem(f"test:{test}", Owner.LABORATORY, gate, latest_at, slot, "MISSING: ")


@pytest.mark.parametrize(
    ("outcome", "owner"),
    [
        (Outcome.MISSING, Owner.LABORATORY),
        (Outcome.INVALID, Owner.LABORATORY),
        (Outcome.INDETERMINATE, Owner.QUALITY_CONTROL),
        (Outcome.FAIL, Owner.QUALITY_CONTROL),
    ],
)
def test_a_laboratory_owes_what_has_not_come_and_quality_control_what_does_not_pass(
    outcome: Outcome, owner: Owner
) -> None:
    item = only(a_done_batch(verdicts=verdicts(appearance=outcome, lu177m=GOOD, sterility=GOOD)))
    assert item.owner is owner
    assert item.explanation.startswith(outcome)


def test_a_product_without_a_signed_specification_waits_for_quality_assurance() -> None:
    item = only(a_done_batch(specified=None, verdicts=()))
    assert (item.item, item.owner, item.gate) == ("specification", Owner.QUALITY_ASSURANCE, PathGate.DISPATCH)
    assert item.latest_at == DEPARTURE


def test_a_document_of_a_dose_is_due_when_that_dose_leaves_and_the_batchs_when_the_first_does() -> None:
    orders = [an_order(), an_order("slots/2", departure_at=DEPARTURE + timedelta(hours=1))]
    vials = [a_vial(), a_vial("V2", "slots/2")]
    items = path(a_done_batch(), orders, vials, [("LABEL", "slots/2"), ("BATCH_RECORD", "")])
    assert [(each.item, each.latest_at, each.slot) for each in items] == [
        ("document:BATCH_RECORD", DEPARTURE, "slots/1"),
        ("document:LABEL", DEPARTURE + timedelta(hours=1), "slots/2"),
    ]
    assert {(each.owner, each.gate) for each in items} == {(Owner.QUALITY_CONTROL, PathGate.DISPATCH)}


@pytest.mark.parametrize("vials", [(), (a_vial(surplus_since=EOS),)])
def test_a_slot_without_a_vial_waits_for_production(vials: Sequence[Vial]) -> None:
    item = only(a_done_batch(), vials=vials)
    assert (item.item, item.owner, item.gate) == ("vial", Owner.PRODUCTION, PathGate.DISPATCH)
    assert (item.slot, item.latest_at) == ("slots/1", DEPARTURE)


def test_a_slot_that_is_not_confirmed_waits_for_nothing() -> None:
    assert path(a_done_batch(), [an_order(confirmed=False)], ()) == []


def test_an_open_deviation_holds_up_the_use() -> None:
    deviations = (Deviation(1, "seen", EOS, "no effect", EOS), Deviation(2, "seen", EOS))
    item = only(a_done_batch(deviations=deviations))
    assert (item.item, item.owner, item.gate) == ("deviation:2", Owner.QUALITY_ASSURANCE, PathGate.USE)
    assert item.latest_at == USE


def test_people_owe_their_signatures_where_the_product_asks_for_them() -> None:
    items = path(a_batch(verdicts=ALL_PASSED))
    assert [(each.item, each.owner, each.gate, each.latest_at) for each in items] == [
        ("signature:DISPATCH_ASSESSED", Owner.DESIGNATED_PERSON, PathGate.DISPATCH, DEPARTURE),
        ("signature:CERTIFIED_FOR_USE", Owner.QUALIFIED_PERSON, PathGate.USE, USE),
        ("signature:CERTIFIED_FINAL", Owner.QUALIFIED_PERSON, PathGate.FINAL, None),
    ]
    assert [each.item for each in path(a_batch(terms=ReleaseTerms(True, False), verdicts=ALL_PASSED))] == [
        "signature:DISPATCH_ASSESSED"
    ]


@pytest.mark.parametrize(
    ("state", "gates"),
    [
        (State.IN_QC, {PathGate.DISPATCH, PathGate.USE, PathGate.FINAL}),
        (State.READY_TO_SHIP, {PathGate.USE, PathGate.FINAL}),
        (State.CERTIFIED_FOR_USE, {PathGate.FINAL}),
        (State.CERTIFIED_FINAL, set()),
        (State.REJECTED, set()),
        (State.FAILED_AFTER_USE, set()),
    ],
)
def test_nothing_is_missing_for_a_gate_that_was_passed(state: State, gates: set[PathGate]) -> None:
    assert {each.gate for each in path(replace(a_batch(), state=state))} == gates


def test_the_most_urgent_comes_first_and_what_has_no_end_last() -> None:
    items = path(a_batch(), documents=[("BATCH_RECORD", "")])
    ends = [each.latest_at for each in items]
    assert ends == [DEPARTURE] * 3 + [USE] * 2 + [None] * 2
    assert [each.item for each in items][:3] == [
        "document:BATCH_RECORD",
        "signature:DISPATCH_ASSESSED",
        "test:appearance",
    ]


# Which dose sets the end


def due(gate_of: str, orders: Sequence[Order], vials: Sequence[Vial] = ()) -> tuple[datetime | None, str]:
    items = {each.item: each for each in path(a_batch(), orders, vials)}
    return items[gate_of].latest_at, items[gate_of].slot


def test_the_first_dose_that_would_be_missed_sets_the_end() -> None:
    early, late = an_order("slots/2", departure_at=DEPARTURE - timedelta(hours=1)), an_order("slots/1")
    assert due("test:appearance", [late, early]) == (DEPARTURE - timedelta(hours=1), "slots/2")


def test_a_dose_that_has_left_sets_no_end_to_what_holds_up_dispatch_and_still_one_to_use() -> None:
    early = an_order("slots/2", departure_at=DEPARTURE - timedelta(hours=1), administration_at=USE - timedelta(hours=1))
    gone = a_vial("V2", "slots/2", dispatched_at=EOS)
    assert due("test:appearance", [an_order(), early], [gone]) == (DEPARTURE, "slots/1")
    assert due("test:lu177m", [an_order(), early], [gone]) == (USE - timedelta(hours=1), "slots/2")


def test_a_dose_without_a_departure_sets_no_end_to_dispatch() -> None:
    assert due("test:appearance", [an_order(departure_at=None)]) == (None, "")
    assert due("test:appearance", []) == (None, "")
    assert due("test:appearance", [an_order(confirmed=False)]) == (None, "")


# Telling of ends that come near


def at_percent_left(left: float) -> list[int]:
    item = MissingItem("test:appearance", Owner.LABORATORY, PathGate.DISPATCH, EOS + timedelta(hours=100))
    return list(crossed(item, EOS, EOS + timedelta(hours=100 - left)))


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (100, []),
        (50.001, []),
        (50, [50]),
        (20.001, [50]),
        (20, [50, 20]),
        (0.001, [50, 20]),
        (0, [50, 20, 0]),
        (-5, [50, 20, 0]),
    ],
)
def test_a_threshold_is_crossed_when_so_little_of_the_time_is_left(left: float, told: list[int]) -> None:
    assert at_percent_left(left) == told


def test_what_nothing_sets_an_end_to_crosses_nothing() -> None:
    item = MissingItem("test:sterility", Owner.LABORATORY, PathGate.FINAL)
    assert list(crossed(item, EOS, EOS + timedelta(days=400))) == []
