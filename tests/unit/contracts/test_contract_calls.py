"""gRPC calls against the protos: as protobuf JSON, and as Pact's protobuf plugin writes them, in binary."""

import base64
import copy
import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from doselane.contracts.check import check_pact
from doselane.contracts.findings import ContractFinding
from doselane.contracts.pact import pact_of
from doselane.contracts.releases import released
from doselane.slotting.v1 import slotting_pb2 as slotting
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet

from services.kernel.timestamps import stamp
from tests.support import pact_forms as forms

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
CLAIM = "/doselane.slotting.v1.SlottingService/ClaimSlot"
DEMAND = {
    "run": "runs/monday",
    "site": "sites/lakeside",
    "lane": "lanes/road",
    "administration": {"activityMbq": 7400, "time": "2027-03-03T09:00:00Z"},
    "orderReference": "NL-1",
}
REQUEST_ID = "0198a1b2-6f00-7000-8000-0000000000aa"
REQUEST = {"demand": DEMAND, "requestId": REQUEST_ID}
REFUSAL = {
    "code": 9,
    "message": "A sentence.",
    "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RUN_FULL", "metadata": {"run": "x"}}],
}


def found_in(findings: Iterable[ContractFinding]) -> set[tuple[str, str, str]]:
    return {(str(each.gravity), each.code, each.pointer) for each in findings}


def a_call(change: forms.Change = lambda _: None) -> list[ContractFinding]:
    """What is found of a claim over gRPC, in protobuf JSON, changed."""
    interaction: dict[str, Any] = {
        "type": "Synchronous/Messages",
        "description": "a claim",
        "request": {
            "contents": {"content": copy.deepcopy(REQUEST), "contentType": "application/json", "encoded": False},
            "metadata": {"grpc-method": CLAIM, "authorization": "Bearer x"},
        },
        "response": [
            {
                "contents": {
                    "content": {"name": "slots/a", "state": "CONFIRMED", "referenceActivityKbq": "12"},
                    "contentType": "application/json",
                    "encoded": False,
                },
                "metadata": {"grpc-status": "OK"},
                "matchingRules": {"body": {"$.name": {"combine": "AND", "matchers": [{"match": "type"}]}}},
            }
        ],
    }
    change(interaction)
    return checked([interaction])


def checked(interactions: list[dict[str, Any]], **more: Any) -> list[ContractFinding]:
    metadata = {"pactSpecification": {"version": "4.0"}, **more}
    written = {"consumer": {"name": "harbor"}, "provider": {"name": "doselane"}, "metadata": metadata}
    return list(check_pact(pact_of(written | {"interactions": interactions}), released()))


def asked(**fields: Any) -> forms.Change:
    return lambda each: each["request"]["contents"]["content"].update(fields)


def demanded(**fields: Any) -> forms.Change:
    return lambda each: each["request"]["contents"]["content"]["demand"].update(fields)


def answered(content: Any, status: str = "OK") -> forms.Change:
    def change(each: dict[str, Any]) -> None:
        each["response"][0] |= {"contents": {"content": content, "contentType": "application/json"}}
        each["response"][0]["metadata"] = {"grpc-status": status}

    return change


def unnamed(each: dict[str, Any]) -> None:
    del each["request"]["metadata"]["grpc-method"]


def by_state(each: dict[str, Any]) -> None:
    each["request"]["contents"]["content"]["demand"]["run"] = "example"
    each["request"]["generators"] = {"body": {"$.demand.run": {"type": "ProviderState", "expression": "${run}"}}}


def twice(each: dict[str, Any]) -> None:
    each["response"].append(copy.deepcopy(each["response"][0]))


CALLS: dict[str, tuple[forms.Change, set[tuple[str, str, str]]]] = {
    "as it is": (lambda _: None, set()),
    "a field that there is not": (demanded(colour=1), {("ERROR", "FIELD_UNKNOWN", "/demand/colour")}),
    "a value of another type": (demanded(run=[]), {("ERROR", "TYPE_DIFFERS", "/demand/run")}),
    "a value of a form that is refused": (demanded(run="batches/1"), {("ERROR", "VALUE_REFUSED", "/demand/run")}),
    "a value that a state gives": (by_state, set()),
    "no call": (unnamed, {("ERROR", "CALL_NOT_NAMED", "")}),
    "a call that there is not": (
        lambda each: each["request"]["metadata"].update({"grpc-method": f"{CLAIM}s"}),
        {("ERROR", "CALL_UNKNOWN", "")},
    ),
    "no token": (
        lambda each: each["request"]["metadata"].pop("authorization"),
        {("WARNING", "TOKEN_MISSING", "")},
    ),
    "an answer's field that there is not": (answered({"colour": 1}), {("ERROR", "FIELD_UNKNOWN", "/colour")}),
    "a 64-bit number as a number": (
        answered({"referenceActivityKbq": 12}),
        {("ERROR", "TYPE_DIFFERS", "/referenceActivityKbq")},
    ),
    "a value that is not of the enum": (answered({"state": "SOLD"}), {("ERROR", "VALUE_NEVER_SENT", "/state")}),
    "a refusal": (answered(REFUSAL, "FAILED_PRECONDITION"), set()),
    "a refusal of a form that it has not": (
        answered({"reason": "RUN_FULL"}, "FAILED_PRECONDITION"),
        {("ERROR", "FIELD_UNKNOWN", "/reason")},
    ),
    "a detail's field that there is not": (
        answered(
            {"details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "colour": 1}]}, "FAILED_PRECONDITION"
        ),
        {("ERROR", "FIELD_UNKNOWN", "/details/0/colour")},
    ),
    "a detail of a kind that is not known": (
        answered({"details": [{"@type": "type.example/northlake.Detail"}]}, "FAILED_PRECONDITION"),
        {("UNKNOWN", "DETAIL_UNKNOWN", "/details/0")},
    ),
    "a status that there is not": (answered({}, "NO"), {("ERROR", "STATUS_UNKNOWN", "")}),
    "no answer": (lambda each: each.update(response=[]), {("ERROR", "PINS_NOTHING", "")}),
    "an answer that says nothing": (lambda each: each.update(response=[{}]), {("ERROR", "PINS_NOTHING", "")}),
    "two answers of a call that answers once": (twice, {("ERROR", "TOO_MANY_ANSWERS", "")}),
    "a plugin that is not known": (
        lambda each: each.update(pluginConfiguration={"avro": {}}),
        {("UNKNOWN", "PLUGIN_UNKNOWN", "")},
    ),
    "a type of the future": (lambda each: each.update(type="Streaming/Calls"), {("UNKNOWN", "TYPE_UNKNOWN", "")}),
}


@pytest.mark.parametrize("case", CALLS)
def test_of_a_call_each_break_is_found_with_its_place(case: str) -> None:
    change, found = CALLS[case]
    findings = a_call(change)
    assert found_in(findings) == found, findings
    assert all(each.interaction == "a claim" and each.number == 0 for each in findings)
    assert all(each.place == CLAIM for each in findings if each.pointer)


def a_slot() -> slotting.Slot:
    return slotting.Slot(
        name="slots/a", state=slotting.Slot.CONFIRMED, reference_activity_kbq=12, create_time=stamp(NOON)
    )


def own_protos() -> FileDescriptorSet:
    """Protos as a consumer has them: one file with what it needs of ours."""
    file = FileDescriptorProto(name="slotting.proto", package="doselane.slotting.v1", syntax="proto3")
    slot = file.message_type.add(name="Slot")
    slot.field.add(name="name", number=slotting.Slot.NAME_FIELD_NUMBER, type=9, label=1)
    kbq = slotting.Slot.REFERENCE_ACTIVITY_KBQ_FIELD_NUMBER
    slot.field.add(name="reference_activity_kbq", number=kbq, type=3, label=1)
    return FileDescriptorSet(file=[file])


def field_of(protos: FileDescriptorSet, name: str) -> Any:
    slot: DescriptorProto = protos.file[0].message_type[0]
    return next(each for each in slot.field if each.name == name)


def by_the_plugin(
    answer: bytes, protos: FileDescriptorSet | None, rules: dict[str, Any] | None = None
) -> list[ContractFinding]:
    """What is found of a claim as the protobuf plugin writes it: base64, with the consumer's own protos beside it."""
    described = protos.SerializeToString() if protos else b""
    key = hashlib.md5(described, usedforsecurity=False).hexdigest()
    request = slotting.ClaimSlotRequest(request_id=REQUEST_ID)
    request.demand.run, request.demand.site, request.demand.order_reference = "runs/a", "sites/b", "NL-1"
    request.demand.administration.activity_mbq = 7400
    request.demand.administration.time.CopyFrom(stamp(NOON))

    def contents(written: bytes, message: str) -> dict[str, Any]:
        return {
            "contents": {
                "content": base64.b64encode(written).decode(),
                "contentType": f"application/protobuf;message={message}",
                "contentTypeHint": "BINARY",
                "encoded": "base64",
            },
            "metadata": {"contentType": f"application/protobuf;message={message}"},
        }

    interaction = {
        "type": "Synchronous/Messages",
        "description": "a claim",
        "transport": "grpc",
        "pluginConfiguration": {"protobuf": {"descriptorKey": key, "service": "SlottingService/ClaimSlot"}},
        "request": contents(request.SerializeToString(), "ClaimSlotRequest"),
        "response": [{**contents(answer, "Slot"), "matchingRules": {"body": rules or {}}}],
    }
    configuration = {key: {"protoDescriptors": base64.b64encode(described).decode()}} if protos else {}
    plugin = {"name": "protobuf", "version": "0.3.15", "configuration": configuration}
    found = checked([interaction], plugins=[plugin])
    return [each for each in found if each.part == "answer"]


def test_a_call_that_the_plugin_wrote_is_read_by_our_protos() -> None:
    assert by_the_plugin(a_slot().SerializeToString(), None) == []


@pytest.mark.parametrize(
    ("path", "matcher", "found"),
    [
        ("$.reference_activity_kbq", "integer", set()),
        ("$.create_time.seconds", "integer", set()),
        ("$.name", "boolean", {("ERROR", "TYPE_DIFFERS", "/name")}),
        ("$.name", "quantum", {("UNKNOWN", "MATCHER_UNKNOWN", "/name")}),
    ],
)
def test_matchers_of_the_plugin_go_by_the_names_and_types_of_protos(
    path: str, matcher: str, found: set[tuple[str, str, str]]
) -> None:
    rules = {path: {"matchers": [{"match": matcher}]}}
    assert found_in(by_the_plugin(a_slot().SerializeToString(), None, rules)) == found


def test_a_number_of_a_field_that_there_is_not_is_found() -> None:
    # Field 999, a text of one letter.
    assert found_in(by_the_plugin(b"\xba\x3e\x01a", None)) == {("ERROR", "FIELD_UNKNOWN", "")}


def test_bytes_that_are_no_message_are_found() -> None:
    assert found_in(by_the_plugin(b"\xff\xff", None)) == {("ERROR", "CONTENTS_NOT_READ", "")}


def slot_of(**fields: Any) -> bytes:
    return slotting.Slot(name="slots/a", reference_activity_kbq=12, **fields).SerializeToString()


def test_a_consumers_own_protos_are_compared_with_ours_field_by_field() -> None:
    assert by_the_plugin(slot_of(), own_protos()) == []
    renamed = own_protos()
    field_of(renamed, "reference_activity_kbq").name = "activity_kbq"
    assert found_in(by_the_plugin(slot_of(), renamed)) == {("ERROR", "FIELD_UNKNOWN", "/activity_kbq")}
    retyped = own_protos()
    field_of(retyped, "reference_activity_kbq").type = 13
    (found,) = by_the_plugin(slot_of(), retyped)
    assert (found.code, found.pointer) == ("TYPE_DIFFERS", "/reference_activity_kbq")
    assert "is int64; in the contract it is uint32" in found.words


def test_protos_without_the_message_leave_names_uncompared_and_say_so() -> None:
    other = own_protos()
    other.file[0].message_type[0].name = "Place"
    assert found_in(by_the_plugin(slot_of(), other)) == {("UNKNOWN", "PROTOS_NOT_READ", "")}


def test_an_event_that_the_plugin_wrote_is_found_by_its_message() -> None:
    message = "SlotConfirmed"
    event = {
        "type": "Asynchronous/Messages",
        "description": "a slot was confirmed",
        "pluginConfiguration": {"protobuf": {"message": message}},
        "contents": {
            "content": base64.b64encode(b"\x0a\x09\x0a\x07slots/a").decode(),
            "contentType": f"application/protobuf;message={message}",
            "encoded": "base64",
        },
        "metadata": {"contentType": f"application/protobuf;message={message}"},
    }
    (named,) = [each for each, full in released().protos.events.items() if full.endswith(f".{message}")]
    assert checked([event]) == []
    event["contents"]["content"] = base64.b64encode(b"\xba\x3e\x01a").decode()  # type: ignore[index]
    (found,) = checked([event])
    assert (found.code, found.place) == ("FIELD_UNKNOWN", f"{named} on doselane.slotting")
