"""What a delivery of isotope may be, and how it changes; and what a proposal says of the limits that it breaks."""

from dataclasses import replace
from datetime import timedelta
from math import inf, nan
from typing import Any

import pytest
from doselane.planning.v1 import planning_pb2
from doselane.type.v1 import type_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from services.kernel.activity import HALF_LIVES, Nuclide
from services.kernel.errors import GatewayError, InvalidFields
from services.kernel.rpc import require_shape
from services.kernel.timestamps import stamp
from services.planning.domain.deliveries import (
    HALF_LIVES_MAX,
    Announced,
    DeliveryDraft,
    announce,
    cancel,
    update,
)
from services.planning.domain.forecast import Provenance
from services.planning.domain.limits import Broken
from services.planning.domain.proposals import LimitsRefused
from tests.support.planning_plant import delivery
from tests.support.planning_worlds import NOW, TIDEWATER, at

NAME = "isotopeDeliveries/0198c0de-7a3b-7000-8000-000000000001"
LATER = NOW + timedelta(hours=1)
SECOND = timedelta(seconds=1)
FAR = timedelta(seconds=float(HALF_LIVES[Nuclide.AC_225].seconds) * HALF_LIVES_MAX)


def a_draft(**changes: Any) -> DeliveryDraft:
    return replace(DeliveryDraft(TIDEWATER, Nuclide.AC_225, 1000.0, at(0, 0), at(0, 2), at(6, 0), 0.8), **changes)


def calibrated(activity_mbq: float) -> type_pb2.Activity:
    return type_pb2.Activity(activity_mbq=activity_mbq, time=stamp(at(0, 0)))


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


@pytest.mark.parametrize(
    ("field", "within", "beyond"),
    [
        ("calibration.activity_mbq", {"calibration": calibrated(0.001)}, {"calibration": calibrated(0.000999)}),
        ("calibration.activity_mbq", {"calibration": calibrated(1e9)}, {"calibration": calibrated(1.001e9)}),
        ("calibration.activity_mbq", {}, {"calibration": calibrated(0)}),
        ("calibration.activity_mbq", {}, {"calibration": calibrated(nan)}),
        ("calibration.activity_mbq", {}, {"calibration": calibrated(inf)}),
        ("calibration.time", {}, {"calibration": type_pb2.Activity(activity_mbq=1)}),
        ("calibration.time", {}, {"calibration": type_pb2.Activity(activity_mbq=1, time=Timestamp(nanos=-1))}),
        ("calibration", {}, {"calibration": None}),
        ("yield_fraction", {"yield_fraction": 1.0}, {"yield_fraction": 1.0001}),
        ("yield_fraction", {"yield_fraction": 0.001}, {"yield_fraction": 0.000999}),
        ("nuclide", {}, {"nuclide": 0}),
        ("nuclide", {}, {"nuclide": 99}),
        ("arrival_time", {}, {"arrival_time": None}),
        ("use_by_time", {}, {"use_by_time": Timestamp(seconds=-(10**11))}),
    ],
)
def test_the_shape_of_a_delivery_is_judged_once_for_announcing_and_changing(
    field: str, within: dict[str, Any], beyond: dict[str, Any]
) -> None:
    for request in (planning_pb2.CreateIsotopeDeliveryRequest, planning_pb2.UpdateIsotopeDeliveryRequest):
        require_shape(request(isotope_delivery=delivery(name=NAME, **within)))
        with pytest.raises(InvalidFields) as refused:
            require_shape(request(isotope_delivery=delivery(name=NAME, **beyond)))
        assert [name for name, _ in refused.value.violations] == [f"isotope_delivery.{field}"]


def test_a_limit_is_named_by_the_place_of_its_run_or_by_the_runs_together() -> None:
    broken = [Broken("b", "start_time", "LINE_BUSY", "The line is busy."), Broken("", "", "TOO_FEW", "Too few.")]
    found = LimitsRefused(broken, {"a": 0, "b": 1})
    assert [field for field, _ in found.violations] == ["runs[1].start_time", "runs"]
    assert "2 limits: runs[1].start_time LINE_BUSY: The line is busy.; runs TOO_FEW" in found.message
    assert (found.facts["count"], found.facts["reasons"], found.facts["runs"]) == ("2", "LINE_BUSY,TOO_FEW", "b")
