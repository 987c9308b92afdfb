"""What a plan must fulfil."""

from datetime import timedelta
from math import inf, nan
from typing import Any

import pytest

from services.capacity.domain import AllotmentDraft, State, plan_run
from services.capacity.domain.planning import ALLOTMENTS_MAX, PLANNED_AHEAD_MAX
from services.kernel.activity import LIFE_MAX, REFERENCE_ACTIVITY_KBQ_MAX
from services.kernel.errors import InvalidFields
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
)

SECOND = timedelta(seconds=1)


def faults(**changes: Any) -> dict[str, str]:
    """What is wrong with a draft that differs from a good one by the changes."""
    allotments = changes.pop("allotted", ())
    with pytest.raises(InvalidFields) as refusal:
        plan_run("runs/lu-1", a_draft(*allotments, **changes), by())
    return dict(refusal.value.violations)


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
        ("run.product", {"product": "psma"}),
        ("run.product", {"product": "products/"}),
        ("run.product", {"product": "products/a/b"}),
        ("run.product", {"product": "products/a\n"}),
        ("run.nuclide", {"nuclide": None}),
        ("run.line", {"line": "lines/1"}),
        ("run.line", {"line": "facilities/north/lines/"}),
        ("run.end_of_synthesis_time", {"end_of_synthesis_at": None}),
        ("run.claim_cutoff_time", {"claim_cutoff_at": None}),
        ("run.use_by_time", {"use_by_at": None}),
        ("run.claim_cutoff_time", {"claim_cutoff_at": NOON}),
        ("run.claim_cutoff_time", {"claim_cutoff_at": SYNTHESIS + SECOND}),
        ("run.use_by_time", {"use_by_at": SYNTHESIS}),
        ("run.use_by_time", {"use_by_at": SYNTHESIS + LIFE_MAX + SECOND}),
        ("run.pledged", {"pledged": None}),
        ("run.pledged.reference_activity_kbq", {"pledged": Capacity(0, 10)}),
        ("run.pledged.reference_activity_kbq", {"pledged": Capacity(-5, 10)}),
        ("run.pledged.reference_activity_kbq", {"pledged": Capacity(2**63 - 1, 10)}),
        ("run.pledged.vials", {"pledged": Capacity(10, 0)}),
        ("run.pledged.vials", {"pledged": Capacity(10, -1)}),
        ("run.vial_reference_activity_max_kbq", {"vial_kbq_max": 0}),
        ("run.vial_reference_activity_max_kbq", {"vial_kbq_max": -1}),
        ("run.loss_fraction", {"loss_fraction": -0.01}),
        ("run.loss_fraction", {"loss_fraction": 0.91}),
        ("run.loss_fraction", {"loss_fraction": nan}),
        ("run.loss_fraction", {"loss_fraction": inf}),
    ],
)
def test_each_fault_of_a_plan_is_named_with_its_field(field: str, changes: dict[str, Any]) -> None:
    assert list(faults(**changes)) == [field]


@pytest.mark.parametrize(
    ("field", "allotment"),
    [
        ("partner", AllotmentDraft("northlake", gbq(1, 1), RELEASE_BACK)),
        ("partner", AllotmentDraft("partners/North", gbq(1, 1), RELEASE_BACK)),
        ("capacity", AllotmentDraft(NORTHLAKE, None, RELEASE_BACK)),
        ("capacity.reference_activity_kbq", AllotmentDraft(NORTHLAKE, Capacity(0, 1), RELEASE_BACK)),
        ("capacity.vials", AllotmentDraft(NORTHLAKE, Capacity(1, 0), RELEASE_BACK)),
        ("release_back_time", AllotmentDraft(NORTHLAKE, gbq(1, 1), None)),
        ("release_back_time", AllotmentDraft(NORTHLAKE, gbq(1, 1), CUTOFF + SECOND)),
    ],
)
def test_each_fault_of_an_allotment_is_named_with_its_field(field: str, allotment: AllotmentDraft) -> None:
    assert list(faults(allotments=(allotment,))) == [f"run.allotments[0].{field}"]


def test_what_lies_on_a_bound_is_taken_and_what_lies_beyond_is_refused() -> None:
    most = planned(vial_kbq_max=REFERENCE_ACTIVITY_KBQ_MAX)
    assert (most.vial_kbq_max, planned(vial_kbq_max=1).vial_kbq_max) == (REFERENCE_ACTIVITY_KBQ_MAX, 1)
    assert list(faults(vial_kbq_max=REFERENCE_ACTIVITY_KBQ_MAX + 1)) == ["run.vial_reference_activity_max_kbq"]
    pledged = gbq(2000, ALLOTMENTS_MAX + 1)
    allotted = [an_allotment(f"partners/p{number}", gbq(1, 1)) for number in range(ALLOTMENTS_MAX + 1)]
    assert len(planned(*allotted[:-1], pledged=pledged).allotments) == ALLOTMENTS_MAX
    assert faults(allotted=allotted, pledged=pledged) == {"run.allotments": f"must be at most {ALLOTMENTS_MAX}"}


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
    found = faults(product="", nuclide=None, line="", pledged=Capacity(0, 0), vial_kbq_max=0, loss_fraction=2.0)
    assert len(found) == 7
