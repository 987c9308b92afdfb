"""Fields are named as the caller writes them, also in the errors inside an answer."""

from doselane.slotting.v1 import slotting_pb2

from services.edge.spelling import statuses_as_json
from services.kernel.errors import Invalid, InvalidFields
from services.kernel.rpc.status import error_info, status_of

REQUEST = slotting_pb2.BatchClaimSlotsRequest.DESCRIPTOR


def test_the_errors_in_the_results_of_a_batch_name_fields_in_camel_case() -> None:
    one = Invalid("order_reference is missing.", field="demand.order_reference", read_as="order_reference")
    many = InvalidFields([("demand.activity_mbq", "must be more"), ("request_id", "is missing")])
    slot = slotting_pb2.Slot(order_reference="order_reference")
    answer = slotting_pb2.BatchClaimSlotsResponse(
        results=[{"error": status_of(one)}, {"slot": slot}, {"error": status_of(many)}]
    )
    statuses_as_json(answer, REQUEST)
    first, second, third = answer.results
    assert first.error.message == "orderReference is missing."
    # Only what names fields is spelled anew; what else a fact holds belongs to whoever wrote it.
    assert dict(error_info(first.error).metadata) == {"field": "demand.orderReference", "read_as": "order_reference"}
    assert second.slot == slot
    assert error_info(third.error).metadata["field"] == "demand.activityMbq"
    assert b"activity_mbq" not in answer.SerializeToString() and b"request_id" not in answer.SerializeToString()
