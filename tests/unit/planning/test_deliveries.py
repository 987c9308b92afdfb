"""What a delivery of isotope may be, and how it changes; and what a proposal says of the limits that it breaks."""

from dataclasses import replace
from datetime import timedelta
from math import inf, nan
from typing import Any

import pytest

from services.kernel.activity import ACTIVITY_MBQ_MAX, HALF_LIVES, Nuclide
from services.kernel.errors import GatewayError, InvalidFields
from services.planning.domain.deliveries import (
    ACTIVITY_MBQ_MIN,
    HALF_LIVES_MAX,
    YIELD_FRACTION_MIN,
    Announced,
    DeliveryDraft,
    announce,
    cancel,
    update,
)
from services.planning.domain.forecast import Provenance
from services.planning.domain.limits import Broken
from services.planning.domain.proposals import LimitsRefused
from tests.support.planning_worlds import NOW, TIDEWATER, at

NAME = "isotopeDeliveries/ac-1"
LATER = NOW + timedelta(hours=1)
SECOND = timedelta(seconds=1)
FAR = timedelta(seconds=float(HALF_LIVES[Nuclide.AC_225].seconds) * HALF_LIVES_MAX)


def a_draft(**changes: Any) -> DeliveryDraft:
    return replace(DeliveryDraft(TIDEWATER, Nuclide.AC_225, 1000.0, at(0, 0), at(0, 2), at(6, 0), 0.8), **changes)


def by(at: Any = NOW) -> Provenance:
    return Provenance("planner", at, "")


def announced(**changes: Any) -> Announced:
    return announce(NAME, a_draft(**changes), by())


def refusal(change: Any) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        change()
    return refused.value


def test_each_change_is_a_version_and_says_who_made_it() -> None:
    first = announced()
    second = update(first, a_draft(activity_mbq=900.0), "v1", by(LATER))
    third = cancel(second, "", by(LATER))
    assert [(each.etag, each.cancelled, each.delivery.arriving_mbq < 950) for each in (first, second, third)] == [
        ("v1", False, False),
        ("v2", False, True),
        ("v3", True, True),
    ]
    assert (third.created_at, third.changed.at, third.delivery.name) == (NOW, LATER, NAME)


def test_a_change_of_another_version_or_of_what_is_cancelled_is_refused() -> None:
    first = announced()
    assert refusal(lambda: cancel(first, "v2", by())).reason == "STALE"
    gone = cancel(first, "v1", by())
    for change in (lambda: cancel(gone, "", by()), lambda: update(gone, a_draft(), "v2", by())):
        assert refusal(change).reason == "DELIVERY_CANCELLED"


@pytest.mark.parametrize(("field", "other"), [("facility", "facilities/other"), ("nuclide", Nuclide.LU_177)])
def test_a_delivery_keeps_its_place_and_its_nuclide(field: str, other: Any) -> None:
    found = refusal(lambda: update(announced(), a_draft(**{field: other}), "", by()))
    assert (found.reason, found.facts["field"]) == ("DELIVERY_FIXED", f"isotope_delivery.{field}")


@pytest.mark.parametrize(
    ("field", "within", "beyond"),
    [
        ("calibration.activity_mbq", {"activity_mbq": ACTIVITY_MBQ_MIN}, {"activity_mbq": ACTIVITY_MBQ_MIN * 0.999}),
        ("calibration.activity_mbq", {"activity_mbq": ACTIVITY_MBQ_MAX}, {"activity_mbq": ACTIVITY_MBQ_MAX * 1.001}),
        ("calibration.activity_mbq", {}, {"activity_mbq": nan}),
        ("calibration.activity_mbq", {}, {"activity_mbq": inf}),
        ("yield_fraction", {"yield_fraction": 1.0}, {"yield_fraction": 1.0001}),
        ("yield_fraction", {"yield_fraction": YIELD_FRACTION_MIN}, {"yield_fraction": YIELD_FRACTION_MIN * 0.999}),
        ("nuclide", {}, {"nuclide": None}),
        ("calibration.time", {}, {"calibrated_at": None}),
        ("arrival_time", {}, {"arrival_at": None}),
        ("use_by_time", {}, {"use_by_at": None}),
        ("use_by_time", {"use_by_at": at(0, 2) + SECOND}, {"use_by_at": at(0, 2)}),
        ("use_by_time", {"use_by_at": at(0, 0) + FAR}, {"use_by_at": at(0, 0) + FAR + SECOND}),
        (
            "use_by_time",
            {"arrival_at": NOW - SECOND, "use_by_at": NOW + SECOND},
            {"arrival_at": NOW - SECOND, "use_by_at": NOW},
        ),
        ("arrival_time", {"calibrated_at": at(0, 2) + FAR, "use_by_at": at(0, 2) + FAR},
         {"calibrated_at": at(0, 2) + FAR + SECOND, "use_by_at": at(0, 2) + FAR}),
    ],
)  # fmt: skip
def test_a_delivery_within_its_bounds_is_taken_and_beyond_them_refused(
    field: str, within: dict[str, Any], beyond: dict[str, Any]
) -> None:
    assert announced(**within).version == 1
    with pytest.raises(InvalidFields) as refused:
        announced(**beyond)
    assert [name for name, _ in refused.value.violations] == [f"isotope_delivery.{field}"]


def test_a_limit_is_named_by_the_place_of_its_run_or_by_the_runs_together() -> None:
    broken = [Broken("b", "start_time", "LINE_BUSY", "The line is busy."), Broken("", "", "TOO_FEW", "Too few.")]
    found = LimitsRefused(broken, {"a": 0, "b": 1})
    assert [field for field, _ in found.violations] == ["runs[1].start_time", "runs"]
    assert "2 limits: runs[1].start_time LINE_BUSY: The line is busy.; runs TOO_FEW" in found.message
    assert (found.facts["count"], found.facts["reasons"], found.facts["runs"]) == ("2", "LINE_BUSY,TOO_FEW", "b")
