"""Requests are judged by the rules that stand in their protos: all that is wrong at once, each with its field."""

import pytest
from buf.validate import validate_pb2
from doselane.planning.v1 import planning_pb2
from doselane.slotting.v1 import slotting_pb2
from doselane.type.v1 import type_pb2
from google.api.resource_pb2 import resource_reference
from google.protobuf import descriptor_pool
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.edge import api
from services.edge.openapi.schemas import within
from services.kernel.activity import ACTIVITY_MBQ_MAX, REFERENCE_ACTIVITY_KBQ_MAX
from services.kernel.errors import InvalidFields
from services.kernel.rpc import require_shape

NOON = Timestamp(seconds=1_800_000_000)
BATCH = slotting_pb2.BatchClaimSlotsRequest


def wrong(request: Message) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFields) as refusal:
        require_shape(request)
    return list(refusal.value.violations)


def a_claim(**changes: object) -> slotting_pb2.ClaimSlotRequest:
    facts = {
        "run": "runs/lu-1",
        "site": "sites/lakeside",
        "order_reference": "NL-1",
        "administration": type_pb2.Activity(activity_mbq=7400, time=NOON),
        **changes,
    }
    return slotting_pb2.ClaimSlotRequest(demand=slotting_pb2.SlotDemand(**facts))


def test_a_request_that_is_right_is_let_through():
    require_shape(a_claim())
    require_shape(a_claim(lane="lanes/road", patient_reference="p-77", partner="partners/northlake"))


def test_all_that_is_wrong_is_said_at_once_with_its_field():
    activity = type_pb2.Activity(activity_mbq=float("nan"))
    found = dict(
        wrong(a_claim(run="lu-1", lane="x", administration=activity, order_reference="", partner="partners/A"))
    )
    assert list(found) == [
        "demand.run",
        "demand.lane",
        "demand.administration.activity_mbq",
        "demand.administration.time",
        "demand.order_reference",
        "demand.partner",
    ]
    assert found["demand.run"] == "must look like runs/{id}"
    assert found["demand.administration.time"] == "is required"


def test_a_step_in_a_list_is_named_by_its_place():
    runs = [planning_pb2.ProposedRun(), planning_pb2.ProposedRun(id="-")]
    fields = [field for field, _ in wrong(planning_pb2.EditProposalRequest(name="proposals/1", runs=runs))]
    assert fields[0] == "name"
    assert {"runs[0].product", "runs[1].id", "runs[1].pledged"} <= set(fields)


def test_a_batch_is_judged_as_a_batch_and_its_claims_each_by_itself():
    require_shape(BATCH(requests=[slotting_pb2.ClaimSlotRequest()]))
    assert [field for field, _ in wrong(BATCH())] == ["requests"]
    assert [field for field, _ in wrong(BATCH(requests=[slotting_pb2.ClaimSlotRequest()] * 257))] == ["requests"]


@pytest.mark.parametrize(
    "name", ["runs/", "run/1", "runs/1/2", "runs/" + "a" * 64, "runs/ä", "runs/1\n", "xruns/1", ""]
)
def test_a_name_is_matched_as_a_whole(name: str):
    assert [field for field, _ in wrong(a_claim(run=name))] == ["demand.run"]


def test_a_reason_is_short_enough_for_every_record():
    confirm = slotting_pb2.ConfirmSlotRequest(name="slots/0198c0de-7a3b-7000-8000-000000000001", reason="ä" * 500)
    require_shape(confirm)
    for reason in ("a" * 501, "a\0"):
        confirm.reason = reason
        assert [field for field, _ in wrong(confirm)] == ["reason"]


def test_names_of_one_kind_of_resource_have_one_shape_in_all_protos():
    extension = descriptor_pool.Default().FindExtensionByName("buf.validate.field")
    shapes: dict[str, set[str]] = {}
    for binding in api.load().bindings:
        for message in within(binding.method.input_type):
            for field in message.fields:
                options = field.GetOptions()
                kind = options.Extensions[resource_reference].type
                if kind:
                    rules = options.Extensions[extension]
                    of_each = rules.repeated.items if field.is_repeated else rules
                    shapes.setdefault(kind, set()).add(of_each.string.pattern)
    assert len(shapes) > 12
    assert {kind: found for kind, found in shapes.items() if len(found) != 1} == {}


def test_the_greatest_activities_are_the_same_in_protos_and_rules():
    extension = descriptor_pool.Default().FindExtensionByName("buf.validate.field")

    def greatest(message: type[Message], field: str, kind: str) -> float:
        options = message.DESCRIPTOR.fields_by_name[field].GetOptions()
        return float(getattr(options.Extensions[extension], kind).lte)

    assert greatest(type_pb2.Activity, "activity_mbq", "double") == ACTIVITY_MBQ_MAX
    assert greatest(type_pb2.Capacity, "reference_activity_kbq", "int64") == REFERENCE_ACTIVITY_KBQ_MAX


def test_the_rules_are_those_of_the_package_that_judges():
    # `_DESC` is private to protovalidate: should it go, this says so before `make proto` does.
    assert validate_pb2.DESCRIPTOR.name == "buf/validate/validate.proto"
    assert "field" in validate_pb2.DESCRIPTOR.extensions_by_name


@pytest.mark.parametrize("seconds", [-(2**63), -(2**40), 2**40, 2**63 - 1])
@pytest.mark.parametrize("side", ["start_time", "end_time"])
def test_an_instant_beyond_the_calendar_of_the_rules_is_named(side: str, seconds: int):
    asked = slotting_pb2.SearchOffersRequest(product="products/lu", site="sites/lakeside")
    asked.administration_interval.start_time.CopyFrom(NOON)
    asked.administration_interval.end_time.seconds = NOON.seconds + 3600
    getattr(asked.administration_interval, side).seconds = seconds
    assert all(field.startswith("administration_interval") for field, _ in wrong(asked))
