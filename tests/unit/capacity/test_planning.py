"""What a plan must fulfil."""

from datetime import timedelta
from math import inf, nan
from typing import Any

import pytest
from doselane.capacity.v1 import capacity_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.capacity.domain import State, plan_run
from services.capacity.domain.planning import PLANNED_AHEAD_MAX
from services.kernel.activity import LIFE_MAX, REFERENCE_ACTIVITY_KBQ_MAX
from services.kernel.errors import InvalidFields
from services.kernel.rpc.shape import shape_violations
from services.kernel.timestamps import stamp
from services.network import Capacity
from tests.support.capacity import (
    CUTOFF,
    HARBOR,
    NOON,
    NORTHLAKE,
    RELEASE_BACK,
    SYNTHESIS,
    a_draft,
    an_allotment,
    by,
    gbq,
    planned,
    run_message,
)

SECOND = timedelta(seconds=1)


def amount(kbq: int, vials: int) -> type_pb2.Capacity:
    return type_pb2.Capacity(reference_activity_kbq=kbq, vials=vials)


def allotted(**changes: Any) -> capacity_pb2.Allotment:
    facts = {"partner": NORTHLAKE, "capacity": amount(1, 1), "release_back_time": stamp(RELEASE_BACK)}
    return capacity_pb2.Allotment(**{**facts, **changes})


def faults(**changes: Any) -> dict[str, str]:
    """What is wrong with a draft that differs from a good one by the changes."""
    with pytest.raises(InvalidFields) as refusal:
        plan_run("runs/lu-1", a_draft(*changes.pop("allotted", ()), **changes), by())
    return dict(refusal.value.violations)


def misshapen(**changes: Any) -> list[tuple[str, str]]:
    """What is wrong with the shape of a request that differs from a good one by the changes."""
    return shape_violations(capacity_pb2.CreateRunRequest(run=run_message(now=NOON, **changes)))


def test_a_new_run_is_planned_and_has_version_one() -> None:
    run = planned()
    assert (run.stored_state, run.version, run.etag) == (State.PLANNED, 1, "v1")


def test_the_pool_is_what_the_allotments_leave() -> None:
    run = planned(an_allotment(NORTHLAKE, gbq(40, 4)), an_allotment(HARBOR, gbq(35, 5)))
    assert run.pool == gbq(25, 1)


def test_allotments_may_take_the_whole_pledge() -> None:
    assert planned(an_allotment(NORTHLAKE, gbq(100, 10))).pool == gbq(0, 0)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("run.claim_cutoff_time", {"claim_cutoff_at": NOON}),
        ("run.claim_cutoff_time", {"claim_cutoff_at": SYNTHESIS + SECOND}),
        ("run.use_by_time", {"use_by_at": SYNTHESIS}),
        ("run.use_by_time", {"use_by_at": SYNTHESIS + LIFE_MAX + SECOND}),
        ("run.allotments[0].release_back_time", {"allotted": [an_allotment(until=CUTOFF + SECOND)]}),
    ],
)
def test_each_rule_that_a_plan_breaks_is_named_with_its_field(field: str, changes: dict[str, Any]) -> None:
    assert list(faults(**changes)) == [field]


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("product", {"product": "psma"}),
        ("product", {"product": "products/"}),
        ("product", {"product": "products/a/b"}),
        ("product", {"product": "products/a\n"}),
        ("nuclide", {"nuclide": 0}),
        ("nuclide", {"nuclide": 99}),
        ("line", {"line": "lines/1"}),
        ("line", {"line": "facilities/north/lines/"}),
        ("end_of_synthesis_time", {"end_of_synthesis_time": None}),
        ("claim_cutoff_time", {"claim_cutoff_time": None}),
        ("claim_cutoff_time", {"claim_cutoff_time": Timestamp(nanos=-1)}),
        ("use_by_time", {"use_by_time": None}),
        ("pledged", {"pledged": None}),
        ("pledged.reference_activity_kbq", {"pledged": amount(0, 10)}),
        ("pledged.reference_activity_kbq", {"pledged": amount(-5, 10)}),
        ("pledged.reference_activity_kbq", {"pledged": amount(2**63 - 1, 10)}),
        ("pledged.vials", {"pledged": amount(10, 0)}),
        ("pledged.vials", {"pledged": amount(10, -1)}),
        ("vial_reference_activity_max_kbq", {"vial_reference_activity_max_kbq": 0}),
        ("vial_reference_activity_max_kbq", {"vial_reference_activity_max_kbq": -1}),
        ("vial_reference_activity_max_kbq", {"vial_reference_activity_max_kbq": REFERENCE_ACTIVITY_KBQ_MAX + 1}),
        ("loss_fraction", {"loss_fraction": -0.01}),
        ("loss_fraction", {"loss_fraction": 0.91}),
        ("loss_fraction", {"loss_fraction": nan}),
        ("loss_fraction", {"loss_fraction": inf}),
        ("allotments", {"allotments": [allotted()] * 1001}),
        ("allotments[0].partner", {"allotments": [allotted(partner="northlake")]}),
        ("allotments[0].partner", {"allotments": [allotted(partner="partners/North")]}),
        ("allotments[0].capacity", {"allotments": [allotted(capacity=None)]}),
        ("allotments[0].capacity.reference_activity_kbq", {"allotments": [allotted(capacity=amount(0, 1))]}),
        ("allotments[0].capacity.vials", {"allotments": [allotted(capacity=amount(1, 0))]}),
        ("allotments[0].release_back_time", {"allotments": [allotted(release_back_time=None)]}),
        ("allotments[0].release_back_time", {"allotments": [allotted(release_back_time=Timestamp(nanos=-1))]}),
    ],
)
def test_each_fault_of_shape_is_named_with_its_field(field: str, changes: dict[str, Any]) -> None:
    assert [found for found, _ in misshapen(**changes)] == [f"run.{field}"]


def test_what_lies_on_a_bound_is_taken() -> None:
    for most in (1, REFERENCE_ACTIVITY_KBQ_MAX):
        assert misshapen(vial_reference_activity_max_kbq=most, allotments=[allotted()] * 1000) == []
        assert misshapen(pledged=amount(most, 2**31 - 1), loss_fraction=0.9) == []


def test_a_run_that_ends_in_the_past_is_refused() -> None:
    found = faults(end_of_synthesis_at=NOON - SECOND, claim_cutoff_at=NOON - 2 * SECOND)
    assert list(found) == ["run.end_of_synthesis_time", "run.claim_cutoff_time"]


def test_a_run_may_be_used_as_long_as_its_product_and_no_longer() -> None:
    draft, three_days = a_draft(use_by_at=SYNTHESIS + timedelta(hours=72)), timedelta(hours=72)
    assert plan_run("runs/1", draft, by(), three_days).run.use_by_at == SYNTHESIS + three_days
    with pytest.raises(InvalidFields) as refused:
        plan_run("runs/1", draft, by(), three_days - timedelta(minutes=1))
    wrong = "must be at most the product's shelf life (4319 minutes) after end_of_synthesis_time"
    assert refused.value.violations == (("run.use_by_time", wrong),)


def test_a_run_further_ahead_than_any_forecast_is_refused() -> None:
    latest = NOON + PLANNED_AHEAD_MAX
    assert planned(end_of_synthesis_at=latest, use_by_at=latest + LIFE_MAX).use_by_at == latest + LIFE_MAX
    too_late = latest + SECOND
    assert faults(end_of_synthesis_at=too_late, use_by_at=too_late + SECOND) == {
        "run.end_of_synthesis_time": "must be at most 732 days ahead"
    }


def test_a_cut_off_at_the_end_of_synthesis_is_allowed() -> None:
    assert planned(claim_cutoff_at=SYNTHESIS).claim_cutoff_at == SYNTHESIS


def test_two_allotments_of_one_sponsor_are_refused() -> None:
    found = faults(allotted=[an_allotment(NORTHLAKE, gbq(1, 1)), an_allotment(NORTHLAKE, gbq(1, 1))])
    assert list(found) == ["run.allotments[0].partner", "run.allotments[1].partner"]


@pytest.mark.parametrize("size", [gbq(61, 1), gbq(1, 7)])
def test_allotments_that_add_up_to_more_than_the_pledge_in_either_figure_are_refused(size: Capacity) -> None:
    assert list(faults(allotted=[an_allotment(NORTHLAKE, gbq(40, 4)), an_allotment(HARBOR, size)])) == [
        "run.allotments"
    ]


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = misshapen(
        product="", nuclide=0, line="", pledged=amount(0, 0), vial_reference_activity_max_kbq=0, loss_fraction=2.0
    )
    assert len(found) == 7
