"""A run follows its production order."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from doselane.erp.v1 import erp_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.capacity import events
from services.capacity.domain import (
    Changed,
    CutOfRun,
    KnownProduct,
    OrderStage,
    Run,
    RunHappened,
    State,
    StatedOrder,
    cut,
    fail,
    follow,
    start,
)
from services.capacity.domain.producing import BatchMeasurement, Ending, Failure, complete
from services.kernel.activity import Nuclide
from services.kernel.errors import GatewayError, Invalid, InvalidFields
from services.network import Capacity
from tests.support.capacity import (
    CUTOFF,
    GBQ,
    HARBOR,
    NOON,
    NORTHLAKE,
    PRODUCT,
    SYNTHESIS,
    a_stated_order,
    an_allotment,
    by,
    gbq,
    opened,
    order_event,
    planned,
)

HOUR = timedelta(hours=1)
KNOWN = KnownProduct(
    PRODUCT, 1, (), timedelta(hours=72), nuclide=Nuclide.LU_177, vial_kbq_max=20 * GBQ, loss_fraction=0.05
)


def stated(stage: OrderStage = OrderStage.RELEASED, **changes: Any) -> StatedOrder:
    facts: dict[str, Any] = {
        "product": PRODUCT,
        "line": "facilities/north/lines/1",
        "end_of_synthesis_at": SYNTHESIS,
        "claim_cutoff_at": CUTOFF,
        "pledged": gbq(100, 10),
    }
    return StatedOrder("4711", stage, NOON, **{**facts, **changes})


def followed(run: Run | None, order: StatedOrder, before: Capacity | None = None, at: Any = NOON) -> list[Changed]:
    return list(follow(run, order, "runs/new", KNOWN, by(at), events.shaped, before))


def reason_of(run: Run | None, order: StatedOrder, before: Capacity | None = None, at: Any = NOON) -> str:
    with pytest.raises(GatewayError) as refusal:
        followed(run, order, before, at)
    return refusal.value.reason


def test_an_order_that_is_released_plans_a_run_and_opens_it() -> None:
    made, open_now = followed(None, stated())
    assert (made.what, open_now.what) == (RunHappened.CREATED, RunHappened.OPENED)
    run = open_now.run
    assert (run.name, run.version, run.stored_state, run.production_order) == ("runs/new", 2, State.OPEN, "4711")
    assert (run.nuclide, run.vial_kbq_max, run.loss_fraction) == (Nuclide.LU_177, 20 * GBQ, 0.05)
    assert run.use_by_at == SYNTHESIS + timedelta(hours=72)  # its product's shelf life, as nothing was said
    assert run.pool_at_opening


def test_what_the_order_says_of_vials_and_losses_counts_before_the_product() -> None:
    order = stated(OrderStage.PLANNED, vial_kbq_max=5 * GBQ, loss_fraction=0.0, use_by_at=SYNTHESIS + HOUR)
    [made] = followed(None, order)
    assert (made.run.vial_kbq_max, made.run.loss_fraction) == (5 * GBQ, 0.0)
    assert (made.run.stored_state, made.run.use_by_at) == (State.PLANNED, SYNTHESIS + HOUR)


def test_a_run_of_a_product_that_nobody_told_of_is_not_planned() -> None:
    for product in (None, replace(KNOWN, nuclide=None)):
        with pytest.raises(GatewayError) as refusal:
            follow(None, stated(), "runs/new", product, by(), events.shaped)
        assert refusal.value.reason == "PRODUCT_UNKNOWN"


def test_what_cannot_be_planned_is_refused_with_its_fields() -> None:
    with pytest.raises(Invalid) as refusal:
        followed(None, stated(end_of_synthesis_at=None, line="", pledged=None))
    for field in ("end_of_synthesis_time", "line", "pledged"):
        assert f"run.{field}" in refusal.value.facts["violations"]
    assert reason_of(None, stated(), at=SYNTHESIS) == "INVALID_ARGUMENT"


def test_a_planned_run_opens_when_its_order_is_released_and_not_after_its_cut_off() -> None:
    [open_now] = followed(planned(), stated())
    assert (open_now.what, open_now.run.stored_state) == (RunHappened.OPENED, State.OPEN)
    assert reason_of(planned(), stated(), at=CUTOFF) == "CUTOFF_PASSED"


def test_what_is_so_already_changes_nothing() -> None:
    assert followed(opened(), stated()) == []
    assert followed(opened(), stated(OrderStage.PLANNED)) == []  # what is open is not closed again
    assert followed(opened(), StatedOrder("4711", OrderStage.RELEASED, NOON)) == []  # nothing is said


def test_a_lower_pledge_is_a_cut_and_the_pool_gives_first() -> None:
    [less] = followed(opened(an_allotment(NORTHLAKE, gbq(40, 4))), stated(pledged=gbq(60, 6)))
    assert (less.what, less.run.pledged, less.run.pool) == (RunHappened.CUT, gbq(60, 6), gbq(20, 2))
    both = opened(an_allotment(NORTHLAKE, gbq(60, 6)), an_allotment(HARBOR, gbq(40, 4)))
    [less] = followed(both, stated(pledged=gbq(50, 5)))
    assert [each.size for each in less.run.allotments] == [gbq(20, 2), gbq(30, 3)]


def test_a_lower_pledge_and_a_release_come_together() -> None:
    less, open_now = followed(planned(), stated(pledged=gbq(60, 6)))
    assert (less.what, open_now.what) == (RunHappened.CUT, RunHappened.OPENED)
    assert (open_now.run.version, open_now.run.pledged) == (3, gbq(60, 6))


@pytest.mark.parametrize("pledged", [gbq(101, 10), gbq(50, 11)])
def test_a_run_that_was_opened_does_not_grow(pledged: Capacity) -> None:
    assert reason_of(opened(), stated(pledged=pledged)) == "CAPACITY_WOULD_GROW"


def test_an_order_that_repeats_its_pledge_does_not_ask_a_run_to_grow_that_was_cut_otherwise() -> None:
    cut_by_hand = cut(opened(), CutOfRun(gbq(60, 6)), (), by()).run
    assert followed(cut_by_hand, stated(), before=gbq(100, 10)) == []
    assert followed(cut_by_hand, stated(pledged=gbq(80, 8)), before=gbq(100, 10)) == []
    [less] = followed(cut_by_hand, stated(pledged=gbq(80, 5)), before=gbq(100, 10))
    assert less.run.pledged == gbq(60, 5)
    assert reason_of(cut_by_hand, stated(pledged=gbq(110, 10)), before=gbq(100, 10)) == "CAPACITY_WOULD_GROW"


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("pledged.reference_activity_kbq", {"pledged": type_pb2.Capacity(reference_activity_kbq=-1, vials=5)}),
        ("pledged.vials", {"pledged": type_pb2.Capacity(reference_activity_kbq=1, vials=-5)}),
        ("product", {"product": "psma"}),
        ("line", {"line": "lines/1"}),
        ("vial_reference_activity_max_kbq", {"vial_reference_activity_max_kbq": 0}),
        ("loss_fraction", {"loss_fraction": 0.95}),
        ("claim_cutoff_time", {"claim_cutoff_time": Timestamp(nanos=-1)}),
    ],
)
def test_a_statement_of_another_shape_is_refused_unless_it_cancels(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidFields) as refusal:
        events.order_in(order_event(a_stated_order(**changes)))
    assert [wrong for wrong, _ in refusal.value.violations] == [field]
    gone, _ = events.order_in(order_event(a_stated_order(state=erp_pb2.ProductionOrder.CANCELLED, **changes)))
    assert (gone.stage, gone.pledged) == (OrderStage.CANCELLED, None)  # no figure keeps its run alive


@pytest.mark.parametrize(
    ("field", "changes", "product"),
    [
        ("run.pledged.vials", {"pledged": gbq(1, 0)}, {}),
        ("run.pledged.reference_activity_kbq", {"pledged": gbq(0, 1)}, {}),
        ("run.vial_reference_activity_max_kbq", {}, {"vial_kbq_max": None}),
        ("run.line", {"line": "facilities/north"}, {}),
        ("run.loss_fraction", {}, {"loss_fraction": 0.91}),
    ],
)
def test_what_an_order_would_plan_is_judged_by_the_shape_that_a_planners_run_is(
    field: str, changes: dict[str, Any], product: dict[str, Any]
) -> None:
    with pytest.raises(InvalidFields) as refusal:
        follow(None, stated(**changes), "runs/new", replace(KNOWN, **product), by(), events.shaped)
    assert [wrong for wrong, _ in refusal.value.violations] == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {"product": "products/other"},
        {"line": "facilities/north/lines/2"},
        {"end_of_synthesis_at": SYNTHESIS + HOUR},
        {"claim_cutoff_at": CUTOFF - HOUR},
        {"use_by_at": SYNTHESIS + HOUR},
        {"vial_kbq_max": 10 * GBQ},
        {"loss_fraction": 0.0},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_was_promised_is_fixed_and_a_plan_that_nobody_saw_is_made_anew(changes: dict[str, Any]) -> None:
    order = stated(**changes)
    assert reason_of(opened(), order) == "RUN_FIXED"
    assert reason_of(planned(an_allotment(NORTHLAKE, gbq(40, 4))), order) == "RUN_FIXED"  # a sponsor has agreed to it
    gone, made, open_now = followed(planned(), order)
    assert (gone.what, gone.run.name, gone.run.version) == (RunHappened.CANCELLED, "runs/lu-1", 2)
    assert (made.what, made.run.name, open_now.what) == (RunHappened.CREATED, "runs/new", RunHappened.OPENED)
    [(field, value)] = changes.items()
    if field != "product":
        assert getattr(open_now.run, field) == value


def test_a_plan_that_nobody_saw_may_grow_and_keeps_what_is_not_said() -> None:
    order = StatedOrder("4711", OrderStage.PLANNED, NOON, pledged=gbq(120, 12))
    gone, made = followed(planned(), order)
    assert (gone.what, made.run.pledged) == (RunHappened.CANCELLED, gbq(120, 12))
    assert (made.run.line, made.run.end_of_synthesis_at) == ("facilities/north/lines/1", SYNTHESIS)


def test_a_cancelled_order_cancels_its_run_once() -> None:
    [gone] = followed(opened(), stated(OrderStage.CANCELLED))
    assert (gone.what, gone.run.stored_state) == (RunHappened.CANCELLED, State.CANCELLED)
    assert followed(gone.run, stated(OrderStage.CANCELLED)) == []
    assert followed(None, stated(OrderStage.CANCELLED)) == []
    assert reason_of(gone.run, stated()) == "RUN_STATE"


def test_what_is_made_is_not_cancelled_and_its_order_may_be_told_again() -> None:
    begun = start(opened(), CUTOFF, by(CUTOFF)).run
    ended = complete(begun, Ending(SYNTHESIS, BatchMeasurement(50 * GBQ, SYNTHESIS)), (), by(SYNTHESIS)).run
    failed = fail(begun, Failure(SYNTHESIS, "a leak"), (), by(SYNTHESIS)).run
    for run in (begun, ended):
        assert reason_of(run, stated(OrderStage.CANCELLED)) == "RUN_STATE"
    assert followed(failed, stated(OrderStage.CANCELLED)) == []
    for run in (begun, ended, failed):
        assert followed(run, stated(), before=gbq(100, 10)) == []


def test_an_order_is_read_from_its_event_and_what_is_not_said_is_none() -> None:
    order, told_by = events.order_in(order_event(a_stated_order()))
    assert told_by == "erp_tiny"
    assert order == replace(stated(), production_order="000100004711", since=NOON - HOUR)
    assert (order.vial_kbq_max, order.loss_fraction, order.use_by_at) == (None, None, None)
    assert events.order_in(order_event(a_stated_order(loss_fraction=0)))[0].loss_fraction == 0.0


@pytest.mark.parametrize(
    "changes",
    [
        {"production_order": ""},
        {"production_order": "4\0"},
        {"production_order": "4" * 101},
        {"state": 0},
        {"state": 99},
        {"state_time": None},
    ],
)
def test_an_order_that_says_too_little_is_invalid(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        events.order_in(order_event(a_stated_order(**changes)))
