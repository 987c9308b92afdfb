"""What callers send, checked for shape before anything waits or is looked up; each complaint names its field."""

import math
from typing import Any

import pytest
from doselane.slotting.v1 import slotting_pb2 as slotting
from doselane.type.v1 import type_pb2 as types
from google.protobuf.message import Message

from services.kernel.errors import Denied, Invalid
from services.kernel.identity import Caller
from services.kernel.rpc import require_shape
from services.kernel.timestamps import stamp
from services.network import Capacity
from services.slotting.rpc import requests
from tests.support.slotting import HARBOR, NOON, NORTHLAKE, SITE

REQUEST_ID = "0198f2c4-0000-7000-8000-000000000001"
SLOT = "slots/0198f2c4-0000-7000-8000-000000000002"
SPONSOR = Caller(NORTHLAKE, "northlake-orchestrator", frozenset(["slotting.claim"]))
STAFF = Caller("partners/cdmo", "planner", frozenset(["slotting.claim", "operator"]))


def a_demand_message(**changes: Any) -> slotting.SlotDemand:
    facts: dict[str, Any] = {
        "run": "runs/lu-1",
        "site": SITE,
        "administration": types.Activity(activity_mbq=7400, time=stamp(NOON)),
        "order_reference": "NL-1001",
    }
    return slotting.SlotDemand(**{**facts, **changes})


def claim(caller: Caller = SPONSOR, request_id: str = REQUEST_ID, reason: str = "", **demand: Any) -> Any:
    message = slotting.ClaimSlotRequest(demand=a_demand_message(**demand), request_id=request_id, reason=reason)
    return read(requests.claim_of, message, caller)


def read(command_of: Any, message: Message, caller: Caller = SPONSOR) -> Any:
    """What a call makes of its request: judged by the rules of its proto, then read."""
    require_shape(message)
    return command_of(message, caller)


def activity(mbq: float) -> types.Activity:
    return types.Activity(activity_mbq=mbq, time=stamp(NOON))


def field_at_fault(call: Any) -> str:
    with pytest.raises(Invalid) as wrong:
        call()
    return wrong.value.facts["field"]


@pytest.mark.parametrize("mbq", [math.nan, math.inf, -math.inf, 0.0, -0.0, -1.0, -1e300, 1.0000001e9, 1e300])
def test_an_activity_is_a_finite_number_above_zero_that_a_dose_can_have(mbq: float):
    assert field_at_fault(lambda: claim(administration=activity(mbq))) == "demand.administration.activity_mbq"


@pytest.mark.parametrize("mbq", [5e-324, 0.001, 1e9])
def test_small_and_large_activities_have_the_right_shape(mbq: float):
    assert claim(administration=activity(mbq)).demand.activity_mbq == mbq


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"run": ""}, "demand.run"),
        ({"run": "runs/"}, "demand.run"),
        ({"run": "sites/lu-1"}, "demand.run"),
        ({"run": "runs/lu-1/availability"}, "demand.run"),
        ({"run": "runs/-lu"}, "demand.run"),
        ({"run": "runs/" + "x" * 64}, "demand.run"),
        ({"run": "runs/lu-1\n"}, "demand.run"),
        ({"run": "runs/lü-1"}, "demand.run"),
        ({"run": "runs/a\x00"}, "demand.run"),
        ({"site": ""}, "demand.site"),
        ({"site": "sites/a b"}, "demand.site"),
        ({"lane": "lakeside"}, "demand.lane"),
        ({"partner": "northlake"}, "demand.partner"),
        ({"order_reference": ""}, "demand.order_reference"),
        ({"order_reference": " NL"}, "demand.order_reference"),
        ({"order_reference": "x" * 65}, "demand.order_reference"),
        ({"order_reference": "NL\x00"}, "demand.order_reference"),
        ({"patient_reference": "Jane Doe"}, "demand.patient_reference"),
        ({"patient_reference": "p" * 65}, "demand.patient_reference"),
        ({"administration": None}, "demand.administration"),
        ({"administration": types.Activity(activity_mbq=1)}, "demand.administration.time"),
    ],
)
def test_each_field_of_a_demand_has_its_shape(wrong: dict[str, Any], field: str):
    assert field_at_fault(lambda: claim(**wrong)) == field


@pytest.mark.parametrize(("seconds", "nanos"), [(10**18, 0), (-(10**18), 0), (0, -1), (0, 10**9)])
def test_an_instant_that_no_calendar_has_is_refused(seconds: int, nanos: int):
    wrong = types.Activity(activity_mbq=1)
    wrong.time.seconds, wrong.time.nanos = seconds, nanos
    assert field_at_fault(lambda: claim(administration=wrong)) == "demand.administration.time"


@pytest.mark.parametrize("request_id", ["", "1", "not-a-uuid", REQUEST_ID + "0"])
def test_a_request_id_is_a_uuid(request_id: str):
    assert field_at_fault(lambda: claim(request_id=request_id)) == "request_id"


@pytest.mark.parametrize("reason", ["x" * 501, "nul\x00"])
def test_a_reason_is_short_and_can_be_stored(reason: str):
    assert field_at_fault(lambda: claim(reason=reason)) == "reason"
    assert claim(reason="x" * 500).reason == "x" * 500


def test_a_sponsor_claims_for_itself_and_staff_for_anyone():
    assert claim(partner=NORTHLAKE).demand.partner == claim().demand.partner == NORTHLAKE
    assert claim(STAFF, partner=HARBOR).demand.partner == HARBOR
    with pytest.raises(Denied) as refused:
        claim(partner=HARBOR)
    assert refused.value.facts == {"field": "demand.partner"}


@pytest.mark.parametrize("minutes", [-1, 0, 7 * 24 * 60 + 1, -(2**31), 2**31 - 1])
def test_a_hold_lasts_minutes_up_to_a_week(minutes: int):
    message = slotting.HoldSlotRequest(demand=a_demand_message(), hold_minutes=minutes, request_id=REQUEST_ID)
    assert field_at_fault(lambda: read(requests.hold_of, message)) == "hold_minutes"


def test_a_hold_without_minutes_lasts_fifteen():
    message = slotting.HoldSlotRequest(demand=a_demand_message(), request_id=REQUEST_ID)
    assert read(requests.hold_of, message).lasting.total_seconds() == 900


@pytest.mark.parametrize("name", ["", "slots/", "slots/1", "runs/lu-1", f"{SLOT}/x"])
@pytest.mark.parametrize(
    ("command_of", "kind"),
    [
        (requests.confirm_of, slotting.ConfirmSlotRequest),
        (requests.release_of, slotting.ReleaseSlotRequest),
        (requests.move_of, slotting.MoveSlotRequest),
    ],
)
def test_a_slot_is_named_by_its_id(name: str, command_of: Any, kind: type[Message]):
    assert field_at_fault(lambda: read(command_of, kind(name=name, request_id=REQUEST_ID))) == "name"


def test_a_move_keeps_what_it_does_not_name_and_checks_what_it_does():
    kept = read(requests.move_of, slotting.MoveSlotRequest(name=SLOT, run="runs/lu-2", request_id=REQUEST_ID))
    assert (kept.lane, kept.administration) == (None, None)
    for wrong, field in (({"lane": "x"}, "lane"), ({"administration": activity(-1)}, "administration.activity_mbq")):
        message = slotting.MoveSlotRequest(**{"name": SLOT, "run": "runs/lu-2", "request_id": REQUEST_ID, **wrong})
        assert field_at_fault(lambda message=message: read(requests.move_of, message)) == field
    assert (
        field_at_fault(lambda: read(requests.move_of, slotting.MoveSlotRequest(name=SLOT, run="runs/lu-2")))
        == "request_id"
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"run": "lu-1"}, "run"),
        ({"base_version": 0}, "base_version"),
        ({"pledged": types.Capacity(reference_activity_kbq=-1)}, "pledged.reference_activity_kbq"),
        ({"pledged": types.Capacity(vials=-1)}, "pledged.vials"),
        ({"pledged": types.Capacity(reference_activity_kbq=10**15 + 1)}, "pledged.reference_activity_kbq"),
        ({"allotments": [slotting.AllotmentSize(partner="harbor")]}, "allotments[0].partner"),
        (
            {"allotments": [slotting.AllotmentSize(partner=HARBOR, capacity=types.Capacity(vials=-1))]},
            "allotments[0].capacity.vials",
        ),
        ({"allotments": [slotting.AllotmentSize(partner=HARBOR, capacity=types.Capacity())] * 2}, "allotments"),
    ],
)
def test_each_field_of_a_cut_has_its_shape(wrong: dict[str, Any], field: str):
    message = slotting.CutRunCapacityRequest(
        **{"run": "runs/lu-1", "base_version": 1, "request_id": REQUEST_ID, **wrong}
    )
    assert field_at_fault(lambda: read(requests.cut_of, message, STAFF)) == field


def test_a_cut_says_what_is_left():
    left = types.Capacity(reference_activity_kbq=5, vials=1)
    sizes = [slotting.AllotmentSize(partner=HARBOR, capacity=left)]
    facts = {"pledged": left, "allotments": sizes, "base_version": 3, "request_id": REQUEST_ID}
    message = slotting.CutRunCapacityRequest(run="runs/lu-1", **facts)
    cut = read(requests.cut_of, message, STAFF)
    assert (cut.pledged, cut.allotments, cut.partner) == (Capacity(5, 1), {HARBOR: Capacity(5, 1)}, "partners/cdmo")


def test_the_same_request_has_the_same_hash_and_any_change_another():
    again, changed = claim(), claim(order_reference="NL-1002")
    assert claim().body_hash == again.body_hash != changed.body_hash
    confirm = requests.confirm_of(slotting.ConfirmSlotRequest(name=SLOT, request_id=REQUEST_ID), SPONSOR)
    release = requests.release_of(slotting.ReleaseSlotRequest(name=SLOT, request_id=REQUEST_ID), SPONSOR)
    assert confirm.body_hash != release.body_hash
