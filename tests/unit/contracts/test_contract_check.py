"""Contracts over HTTP and on events against documents: each break is named with its field, and nothing else is."""

import copy
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from doselane.contracts.events import check_event
from doselane.contracts.findings import ContractFinding
from doselane.contracts.over_http import check_http
from doselane.contracts.pact import PactInteraction, pact_of
from doselane.contracts.protos import Protos
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.support import pact_forms as forms

Found = set[tuple[str, str, str]]
NO_PROTOS = Protos(FileDescriptorSet())


def found_in(findings: Iterable[ContractFinding]) -> Found:
    return {(str(each.gravity), each.code, each.pointer) for each in findings}


def interaction_of(written: dict[str, Any]) -> PactInteraction:
    (interaction,) = pact_of(written).interactions
    return interaction


def a_list(change: forms.Change = lambda _: None) -> PactInteraction:
    """A list of slots, as pact-jvm writes it, changed in its response."""
    written = forms.by_pact_jvm()
    change(written["interactions"][0])
    return interaction_of(written)


def a_claim(body: Any, *, status: int = 200, **said: Any) -> PactInteraction:
    written = forms.by_pact_jvm()
    written["interactions"][0] |= {
        "request": {"method": "POST", "path": "/v1/slots:claim", "body": body,
                    "headers": {"Content-Type": "application/json"}, **said},
        "response": {"status": status},
    }  # fmt: skip
    return interaction_of(written)


def slot(**fields: Any) -> forms.Change:
    """The one slot of the list has other fields; `None` stands for null."""
    return lambda each: each["response"]["body"]["slots"][0].update(fields)


def rule(path: str, *matchers: dict[str, Any]) -> forms.Change:
    return lambda each: each["response"]["matchingRules"]["body"].update({path: {"matchers": list(matchers)}})


def both(*changes: forms.Change) -> forms.Change:
    def change(each: dict[str, Any]) -> None:
        for one in changes:
            one(each)

    return change


@pytest.mark.parametrize("written", [forms.by_pact_ruby, forms.by_pact_jvm, forms.by_pact_net, forms.by_pact_js])
def test_a_contract_that_holds_has_nothing_found_in_any_form(written: Callable[[], dict[str, Any]]) -> None:
    assert list(check_http(interaction_of(written()), forms.http())) == []


# What the contract says of the answer: what is found, with its gravity, code and pointer.
ANSWERS: dict[str, tuple[forms.Change, Found]] = {
    "a field that there is not": (slot(colour="red"), {("ERROR", "FIELD_UNKNOWN", "/slots/0/colour")}),
    "a name as in the proto": (slot(activity_mbq=1.5), {("ERROR", "FIELD_UNKNOWN", "/slots/0/activity_mbq")}),
    "a 64-bit number as a number": (slot(kbq=8421337), {("ERROR", "TYPE_DIFFERS", "/slots/0/kbq")}),
    "a text that is no 64-bit number": (
        both(slot(kbq="many"), rule("$.slots[*].kbq")), {("ERROR", "VALUE_NEVER_SENT", "/slots/0/kbq")}),
    "a null": (slot(kbq=None), {("ERROR", "TYPE_DIFFERS", "/slots/0/kbq")}),
    "an object for a text": (slot(name={}), {
        ("ERROR", "TYPE_DIFFERS", "/slots/0/name")}),
    "another value of an enum, pinned": (
        both(slot(state="LOST"), rule("$.slots[*].state", {"match": "equality"})),
        {("ERROR", "VALUE_NEVER_SENT", "/slots/0/state")}),
    "another value of an enum, as an example of its type": (
        slot(state="LOST"), {("WARNING", "EXAMPLE_NOT_SENT", "/slots/0/state")}),
    "an expression that no value matches": (
        rule("$.slots[*].state", {"match": "regex", "regex": "^OPEN$"}),
        {("ERROR", "EXAMPLE_DOES_NOT_MATCH", "/slots/0/state"), ("ERROR", "VALUE_NEVER_SENT", "/slots/*/state")}),
    "an expression that some values do not match": (
        rule("$.slots[*].state", {"match": "regex", "regex": "^HELD$"}),
        {("WARNING", "OTHER_VALUES", "/slots/*/state")}),
    "an expression against a pattern": (
        both(slot(name="places/a1"), rule("$.slots[*].name", {"match": "regex", "regex": "^places/"})),
        {("ERROR", "VALUE_NEVER_SENT", "/slots/0/name")}),
    "an expression that its own example does not match": (
        rule("$.slots[*].name", {"match": "regex", "regex": "^places/"}),
        {("ERROR", "EXAMPLE_DOES_NOT_MATCH", "/slots/0/name")}),
    "an expression that cannot be read": (
        rule("$.slots[*].name", {"match": "regex", "regex": "(?<x"}),
        {("UNKNOWN", "PATTERN_NOT_READ", "/slots/*/name")}),
    "an integer where a text is": (
        rule("$.slots[*].kbq", {"match": "integer"}), {("ERROR", "TYPE_DIFFERS", "/slots/*/kbq")}),
    "an integer where there may be a fraction": (
        rule("$.slots[*].activityMbq", {"match": "integer"}),
        {("WARNING", "NOT_ALWAYS_WHOLE", "/slots/*/activityMbq")}),
    "a decimal where a whole number is": (
        rule("$.slots[*].vials", {"match": "decimal"}), {("ERROR", "TYPE_DIFFERS", "/slots/*/vials")}),
    "a number where one is": (rule("$.slots[*].vials", {"match": "number"}), set()),
    "a boolean where a text is": (
        rule("$.slots[*].name", {"match": "boolean"}), {("ERROR", "TYPE_DIFFERS", "/slots/*/name")}),
    "an instant": (both(slot(createTime="2027-03-03T09:00:00Z"),
                        rule("$.slots[*].createTime", {"match": "timestamp", "timestamp": "yyyy"})), set()),
    "a date where an instant is": (
        both(slot(createTime="2027-03-03"), rule("$.slots[*].createTime", {"match": "date", "date": "yyyy-MM-dd"})),
        {("ERROR", "VALUE_NEVER_SENT", "/slots/0/createTime")}),
    "keys of a map": (both(slot(facts={"run": "runs/1"}), rule("$.slots[*].facts", {"match": "values"})), set()),
    "at least more than there may be": (
        rule("$.slots", {"match": "type", "min": 101}), {("ERROR", "SIZE_DIFFERS", "/slots")}),
    "at most fewer than there may be": (
        rule("$.slots", {"match": "type", "max": 5}), {("WARNING", "SIZE_NOT_PROMISED", "/slots")}),
    "an empty list": (lambda each: each["response"].update(body={"slots": []}), set()),
    "a matcher of the future": (
        rule("$.slots[*].name", {"match": "quantum"}), {("UNKNOWN", "MATCHER_UNKNOWN", "/slots/*/name")}),
    "one of two types, of which it is one": (
        lambda each: each["response"]["matchingRules"]["body"].update({"$.slots[*].vials": {
            "combine": "OR", "matchers": [{"match": "null"}, {"match": "integer"}]}}), set()),
    "one of two types, of which it is none": (
        lambda each: each["response"]["matchingRules"]["body"].update({"$.slots[*].vials": {
            "combine": "OR", "matchers": [{"match": "null"}, {"match": "boolean"}]}}),
        {("ERROR", "TYPE_DIFFERS", "/slots/*/vials")}),
    "one of two expressions, which take all values between them": (
        lambda each: each["response"]["matchingRules"]["body"].update({"$.slots[*].state": {
            "combine": "OR", "matchers": [{"match": "regex", "regex": "^HELD$"},
                                          {"match": "regex", "regex": "^[A-GI-Z]"}]}}), set()),
    "an expression, or whatever is of its type": (
        lambda each: each["response"]["matchingRules"]["body"].update({"$.slots[*].state": {
            "combine": "OR", "matchers": [{"match": "regex", "regex": "^HELD$"}, {"match": "type"}]}}), set()),
    "one of two expressions, of which one is not read here": (
        lambda each: each["response"]["matchingRules"]["body"].update({"$.slots[*].state": {
            "combine": "OR", "matchers": [{"match": "regex", "regex": "^HELD$"},
                                          {"match": "regex", "regex": "(?<x"}]}}),
        {("WARNING", "OTHER_VALUES", "/slots/*/state")}),
    "two types at once": (
        rule("$.slots[*].vials", {"match": "null"}, {"match": "integer"}),
        {("ERROR", "TYPE_DIFFERS", "/slots/*/vials")}),
    "one of two statuses": (
        lambda each: each["response"]["matchingRules"].update(status={"combine": "OR", "matchers": [
            {"match": "statusCode", "status": "success"}, {"match": "statusCode", "status": "clientError"}]}), set()),
    "each value of a map, of another type": (
        both(slot(facts={"run": "runs/1"}),
             rule("$.slots[*].facts", {"match": "eachValue", "rules": [{"match": "integer"}]})),
        {("ERROR", "TYPE_DIFFERS", "/slots/*/facts/*")}),
    "each value of a map, of its type": (
        both(slot(facts={"run": "runs/1"}), rule("$.slots[*].facts", {"match": "type"}, {
            "match": "eachValue", "rules": [{"match": "regex", "regex": "^runs/"}, {"match": "notEmpty"}]})),
        set()),
    "each value, by a matcher of the future": (
        both(slot(facts={"run": "runs/1"}),
             rule("$.slots[*].facts", {"match": "eachValue", "rules": [{"match": "quantum"}]})),
        {("UNKNOWN", "MATCHER_UNKNOWN", "/slots/*/facts/*")}),
    "each name of a map": (
        both(slot(facts={"run": "runs/1"}), rule("$.slots[*].facts", {
            "match": "eachKey", "rules": [{"match": "regex", "regex": "^site"}, {"match": "type"}]})),
        {("ERROR", "EXAMPLE_DOES_NOT_MATCH", "/slots/0/facts")}),
    "each name of an object that has names of its own": (
        rule("$.slots[*]", {"match": "eachKey", "rules": [{"match": "regex", "regex": "^[a-z0-9]+-[0-9]+$"}]}),
        {("ERROR", "EXAMPLE_DOES_NOT_MATCH", "/slots/0"), ("ERROR", "VALUE_NEVER_SENT", "/slots/*")}),
    "one of a list, of another type": (
        rule("$.slots", {"match": "arrayContains", "variants": [
            {"index": 0, "rules": {"$.vials": {"matchers": [{"match": "boolean"}]}, "$.name": {"match": "type"}}}]}),
        {("ERROR", "TYPE_DIFFERS", "/slots/0/vials")}),
    "a matcher of what bytes are": (
        rule("$.slots[*].name", {"match": "contentType", "value": "image/png"}),
        {("UNKNOWN", "CONTENT_NOT_JUDGED", "/slots/*/name")}),
    "a field that will go away": (slot(title="x"), {("WARNING", "WILL_GO", "/slots/0/title")}),
    "a status that is never answered": (
        lambda each: each["response"].update(status=202), {("ERROR", "STATUS_UNKNOWN", "")}),
    "no status": (lambda each: each["response"].pop("status"), {("ERROR", "PINS_NOTHING", "")}),
    "no response": (lambda each: each.pop("response"), {("ERROR", "PINS_NOTHING", "")}),
    "any status of success": (
        lambda each: each["response"]["matchingRules"].update(
            status={"matchers": [{"match": "statusCode", "status": "success"}]}), set()),
    "a status of a class that is never answered": (
        lambda each: each["response"]["matchingRules"].update(
            status={"matchers": [{"match": "statusCode", "status": "redirect"}]}), {("ERROR", "STATUS_UNKNOWN", "")}),
    "another kind of body": (
        lambda each: each["response"].update(headers={"Content-Type": "application/xml"}, body="<slots/>"),
        {("ERROR", "MEDIA_TYPE_DIFFERS", "")}),
    "a header that is promised": (lambda each: each["response"]["headers"].update({"X-Trace-Id": "1"}), set()),
    "a header that is not": (
        lambda each: each["response"]["headers"].update({"X-Colour": "red"}), {("ERROR", "HEADER_UNKNOWN", "")}),
}  # fmt: skip


@pytest.mark.parametrize("case", ANSWERS)
def test_of_an_answer_each_break_is_found_with_its_place(case: str) -> None:
    change, found = ANSWERS[case]
    findings = list(check_http(a_list(change), forms.http()))
    assert found_in(findings) == found, findings
    assert all(each.place == "GET /v1/slots" for each in findings if each.code != "PINS_NOTHING")


# What the contract says of the request.
REQUESTS: dict[str, tuple[forms.Change, Found]] = {
    "a path that there is not": (lambda each: each.update(path="/v1/slot"), {("ERROR", "PATH_UNKNOWN", "")}),
    "a method that there is not": (lambda each: each.update(method="PUT"), {("ERROR", "METHOD_UNKNOWN", "")}),
    "a door that no document describes": (
        lambda each: each.update(path="/push/epcis/x/capture", method="POST"), {("UNKNOWN", "NOT_DESCRIBED", "")}),
    "a parameter that there is not": (
        lambda each: each["query"].update(colour=["red"]), {("ERROR", "PARAMETER_UNKNOWN", "")}),
    "a parameter as in the proto": (lambda each: each["query"].update(page_size=["3"]), set()),
    "a parameter that is refused": (
        lambda each: each["query"].update(pageSize=["101"]), {("ERROR", "VALUE_REFUSED", "")}),
    "a parameter that is no number": (
        lambda each: each["query"].update(pageSize=["all"]), {("ERROR", "VALUE_REFUSED", "")}),
    "a value that a state gives": (
        lambda each: each.update(query={"pageSize": ["all"]},
                                 generators={"query": {"pageSize": {"type": "ProviderState", "expression": "${n}"}}}),
        set()),
    "no token": (lambda each: each.update(headers={}), {("WARNING", "TOKEN_MISSING", "")}),
    "a body that is not taken": (lambda each: each.update(body={"a": 1}), {("ERROR", "BODY_NOT_EXPECTED", "")}),
    "a path that its own expression does not take": (
        lambda each: each.update(matchingRules={"path": {"matchers": [{"match": "regex", "regex": "^/v2/"}]}}),
        {("ERROR", "EXAMPLE_DOES_NOT_MATCH", "")}),
}  # fmt: skip


@pytest.mark.parametrize("case", REQUESTS)
def test_of_a_request_each_break_is_found(case: str) -> None:
    change, found = REQUESTS[case]
    findings = list(check_http(a_list(lambda each: change(each["request"])), forms.http()))
    assert found_in(findings) == found, findings


STATE = {"type": "ProviderState", "expression": "${run}"}
BODIES: dict[str, tuple[PactInteraction, Found]] = {
    "all that is wanted": (a_claim({"run": "runs/1", "vials": 2}), set()),
    "a field less": (a_claim({"vials": 2}), {("ERROR", "FIELD_REQUIRED", "/run")}),
    "a field more": (a_claim({"run": "runs/1", "colour": 1}), {("ERROR", "FIELD_UNKNOWN", "/colour")}),
    "a name as in the proto": (
        a_claim({"run": "runs/1", "order_reference": "NL"}), {("WARNING", "NAME_OF_PROTO", "/order_reference")}),
    "a value that is refused": (a_claim({"run": "batches/1"}), {("ERROR", "VALUE_REFUSED", "/run")}),
    "a matcher does not help a request": (
        a_claim({"run": "batches/1"}, matchingRules={"body": {"$.run": {"matchers": [{"match": "type"}]}}}),
        {("ERROR", "VALUE_REFUSED", "/run")}),
    "a value that a state gives": (a_claim({"run": "example"}, generators={"body": {"$.run": STATE}}), set()),
    "another type all the same": (
        a_claim({"run": 5}, generators={"body": {"$.run": STATE}}), {("WARNING", "NUMBER_AS_TEXT", "/run")}),
    "a generator of another type": (
        a_claim({"run": "runs/1", "vials": "?"}, generators={"body": {"$.vials": {"type": "Uuid"}}}),
        {("ERROR", "TYPE_DIFFERS", "/vials")}),
    "a generator of the right type": (
        a_claim({"run": "runs/1", "vials": "?"}, generators={"body": {"$.vials": {"type": "RandomInt", "min": 1}}}),
        set()),
    "a generator of the future": (
        a_claim({"run": "runs/1"}, generators={"body": {"$.run": {"type": "Dice"}}}),
        {("UNKNOWN", "GENERATOR_UNKNOWN", "/run")}),
    "a number where a text is": (
        a_claim({"run": "runs/1", "kbq": 5}), {("WARNING", "NUMBER_AS_TEXT", "/kbq")}),
    "no body": (a_claim(None), {("ERROR", "BODY_REQUIRED", "")}),
}  # fmt: skip


@pytest.mark.parametrize("case", BODIES)
def test_of_what_is_sent_each_break_is_found(case: str) -> None:
    interaction, found = BODIES[case]
    assert found_in(check_http(interaction, forms.http())) == found


def test_what_is_to_be_refused_may_be_wrong() -> None:
    wrong = a_list(
        lambda each: each.update(
            request={"method": "GET", "path": "/v1/slots", "query": {"colour": ["red"]}},
            response={"status": 400, "headers": {"Content-Type": "application/problem+json"}},
        )
    )
    assert list(check_http(wrong, forms.http())) == []


def test_a_claim_that_is_refused_by_a_rule_must_be_right_itself() -> None:
    assert found_in(check_http(a_claim({"vials": 2}, status=409), forms.http())) == {
        ("ERROR", "FIELD_REQUIRED", "/run")
    }


def test_the_findings_of_a_path_say_what_may_be_meant() -> None:
    near = a_list(lambda each: each["request"].update(path="/v1/slotz"))
    (found,) = check_http(near, forms.http())
    assert "is /v1/slots meant?" in found.words
    (found,) = check_http(a_list(slot(activity_mbq=1.5)), forms.http())
    assert "is `activityMbq` meant?" in found.words


def event(change: forms.Change = lambda _: None) -> PactInteraction:
    written = forms.event_v3()
    change(written["messages"][0])
    return interaction_of(written)


EVENTS: dict[str, tuple[forms.Change, Found]] = {
    "as it is": (lambda _: None, set()),
    "no contents": (lambda each: each.pop("contents"), {("ERROR", "PINS_NOTHING", "")}),
    "empty contents": (lambda each: each.update(contents={}), {("ERROR", "PINS_NOTHING", "")}),
    "null contents": (lambda each: each.update(contents=None), {("ERROR", "PINS_NOTHING", "")}),
    "no type": (lambda each: each["metaData"].pop("ce_type"), {("ERROR", "EVENT_NOT_NAMED", "")}),
    "a type that there is not": (
        lambda each: each["metaData"].update(ce_type="doselane.slotting.slot.lost.v1"),
        {("ERROR", "EVENT_UNKNOWN", "")}),
    "a header that there is not": (
        lambda each: each["metaData"].update(ce_colour="red"), {("ERROR", "HEADER_UNKNOWN", "")}),
    "a header that is never so": (
        lambda each: each["metaData"].update(ce_sequence="0"), {("ERROR", "VALUE_NEVER_SENT", "")}),
    "a field that there is not": (
        lambda each: each["contents"].update(colour="red"), {("ERROR", "FIELD_UNKNOWN", "/colour")}),
    "a field of another type": (lambda each: each["contents"].update(kbq=5), {("ERROR", "TYPE_DIFFERS", "/kbq")}),
    "a field that will go away": (lambda each: each["contents"].update(title="x"), {("WARNING", "WILL_GO", "/title")}),
    "a CloudEvent as a whole": (
        lambda each: each.update(contents={"specversion": "1.0", "data": {}}), {("UNKNOWN", "STRUCTURED_MODE", "")}),
    "contents of another kind": (
        lambda each: each.update(contents="<slot/>",
                                 metaData={"contentType": "application/xml", "ce_type": forms.EVENT}),
        {("UNKNOWN", "CONTENT_NOT_JUDGED", "")}),
}  # fmt: skip


@pytest.mark.parametrize("case", EVENTS)
def test_of_an_event_each_break_is_found(case: str) -> None:
    change, found = EVENTS[case]
    findings = list(check_event(event(change), forms.events(), NO_PROTOS))
    assert found_in(findings) == found, findings
    named = [each for each in findings if each.pointer]
    assert all(each.place == f"{forms.EVENT} on doselane.slotting" for each in named)


def test_an_event_of_version_4_is_judged_alike() -> None:
    written = forms.event_v4()
    written["interactions"][0]["contents"]["content"]["colour"] = "red"
    findings = check_event(interaction_of(written), forms.events(), NO_PROTOS)
    assert found_in(findings) == {("ERROR", "FIELD_UNKNOWN", "/colour")}


def test_documents_of_openapi_3_1_are_read_as_well() -> None:
    document = copy.deepcopy(forms.OPENAPI)
    state = document["components"]["schemas"]["Slot"]["properties"]["state"]
    state |= {"$ref": state.pop("allOf")[0]["$ref"]}
    document["components"]["schemas"]["Slot"]["properties"]["vials"] = {"type": "integer", "exclusiveMinimum": 0}
    changed = forms.http(lambda each: each.update(document))
    assert list(check_http(a_list(), changed)) == []
    assert found_in(check_http(a_list(both(slot(vials=0), rule("$.slots[*].vials"))), changed)) == {
        ("ERROR", "VALUE_NEVER_SENT", "/slots/0/vials")
    }
