"""What Salesforce's answers mean, of what it really answers and of what it should not."""

from datetime import timedelta
from typing import Any

import pytest

from adapters.crm_salesforce.rest.describing import object_description
from adapters.crm_salesforce.rest.errors import Ambiguous, answer_fault, errors_of, fault_of, json_of
from adapters.crm_salesforce.rest.limits import ApiUsage, CallBudget, usage_of
from adapters.crm_salesforce.rest.records import collection_outcomes, merged, record_path, soql_text
from adapters.outbound import Away, Declined, Uncertain
from tests.support.interfaces import json_interface


def error(code: str, **more: Any) -> dict[str, Any]:
    return {"errorCode": code, "message": "in their words", **more}


@pytest.mark.parametrize(
    ("status", "body", "kind", "waits"),
    [
        (400, [error("REQUIRED_FIELD_MISSING", fields=["A__c"])], Declined, None),
        (400, [error("DUPLICATE_VALUE")], Declined, None),
        (400, [error("FIELD_CUSTOM_VALIDATION_EXCEPTION")], Declined, None),
        (400, [error("STRING_TOO_LONG")], Declined, None),
        (400, [error("MALFORMED_ID")], Declined, None),
        (404, [error("ENTITY_IS_DELETED")], Declined, None),
        (404, [error("NOT_FOUND")], Declined, None),
        (400, [error("SOMETHING_NEW")], Declined, None),
        (400, [error("UNABLE_TO_LOCK_ROW")], Away, None),
        (400, [error("UNABLE_TO_LOCK_ROW"), error("STRING_TOO_LONG")], Declined, None),
        (503, [error("SERVER_UNAVAILABLE")], Away, None),
        (403, [error("REQUEST_LIMIT_EXCEEDED")], Away, 15),
        (403, [error("INSUFFICIENT_ACCESS")], Declined, None),
        (401, [error("INVALID_SESSION_ID")], Away, 5),
        (500, [error("UNKNOWN_EXCEPTION")], Uncertain, None),
        (500, [error("SOMETHING_NEW")], Uncertain, None),
        (503, [error("SOMETHING_NEW")], Away, None),
        (410, [error("UNSUPPORTED_API_VERSION")], Declined, None),
        (410, None, Declined, None),
        (300, ["/services/data/v66.0/sobjects/A__c/1", "/services/data/v66.0/sobjects/A__c/2"], Ambiguous, None),
        (503, None, Away, None),
        (200, None, Uncertain, None),
        (500, None, Uncertain, None),
        (502, None, Uncertain, None),
        (302, None, Away, None),
        (404, None, Away, None),
        (403, {}, Away, None),
        (400, {"hint": "Upstream"}, Away, None),
    ],
)
def test_an_answer_that_is_no_success_says_what_follows(
    status: int, body: Any, kind: type[Exception], waits: int | None
) -> None:
    fault = answer_fault(status, "Reason", body, changes=True)
    assert type(fault) is kind
    if isinstance(fault, Away):
        assert fault.retry_after == (timedelta(minutes=waits) if waits else None)
    for each in body if isinstance(body, list) else []:
        assert (each if isinstance(each, str) else each["errorCode"]) in str(fault)


@pytest.mark.parametrize(
    ("message", "waits", "is_day"),
    [
        ("TotalRequests Limit exceeded.", timedelta(minutes=15), True),
        ("", timedelta(minutes=15), True),
        ("ConcurrentRequests (Concurrent API Requests) Limit exceeded.", timedelta(seconds=30), False),
        ("ConcurrentPerOrgLongTxn Limit exceeded.", timedelta(seconds=30), False),
    ],
)
def test_too_many_calls_at_once_are_not_the_calls_of_a_day(message: str, waits: timedelta, is_day: bool) -> None:
    body = [error("REQUEST_LIMIT_EXCEEDED") | {"message": message}]
    fault = answer_fault(403, "Forbidden", body, changes=True)
    assert isinstance(fault, Away) and fault.retry_after == waits
    assert [each.uses_up_the_day for each in errors_of(body)] == [is_day]


@pytest.mark.parametrize("code", ["CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "CANNOT_EXECUTE_FLOW_TRIGGER"])
def test_a_lock_that_a_trigger_met_passes_as_well(code: str) -> None:
    inner = (
        "DoseTrigger: execution of AfterUpdate caused by: System.DmlException: Update failed. First exception on row 0"
    )
    words = f"{inner}; first error: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access to this record or 1 records"
    (outcome,) = collection_outcomes([{"success": False, "errors": [{"statusCode": code, "message": words}]}], 1)
    assert type(outcome) is Away and code in str(outcome)
    other = words.replace("UNABLE_TO_LOCK_ROW", "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    (outcome,) = collection_outcomes([{"success": False, "errors": [{"statusCode": code, "message": other}]}], 1)
    assert type(outcome) is Declined


def test_a_call_that_only_reads_is_never_uncertain() -> None:
    for status in (200, 500, 502, 503):
        assert isinstance(answer_fault(status, "Reason", None, changes=False), Away)


def test_a_retired_version_names_the_step() -> None:
    assert "name a newer one" in str(answer_fault(410, "Gone", None, changes=True))


def test_errors_are_told_with_their_fields_in_either_spelling() -> None:
    one = fault_of(errors_of([{"statusCode": "DUPLICATE_VALUE", "message": "duplicate", "fields": ["A__c", "B__c"]}]))
    assert str(one) == "DUPLICATE_VALUE: duplicate (A__c, B__c)"
    assert errors_of("no") == errors_of([1]) == errors_of({}) == []


@pytest.mark.parametrize("content", [b'{"a": 1}', b'\xef\xbb\xbf{"a": 1}', '{"a": 1}'.encode("utf-16")])
def test_json_is_read_with_a_byte_order_mark_too(content: bytes) -> None:
    assert json_of(content) == {"a": 1}


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff\xff", b"{"])
def test_what_is_no_json_is_none(content: bytes) -> None:
    assert json_of(content) is None


@pytest.mark.parametrize(
    ("header", "usage"),
    [
        ("api-usage=18/5000", ApiUsage(18, 5000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)", ApiUsage(25, 5000)),
        ("per-app-api-usage=17/250(appName=x); api-usage=25/5000", ApiUsage(25, 5000)),
        ("per-app-api-usage=17/250", None),
        ("", None),
        ("api-usage=a/b", None),
    ],
)
def test_how_much_is_used_up_is_read(header: str, usage: ApiUsage | None) -> None:
    assert usage_of(header) == usage


def test_at_the_account_s_share_one_call_a_pause_finds_out_what_came_free() -> None:
    budget = CallBudget(0.5)
    budget.note("api-usage=49/100", 0)
    assert budget.wait_s(0) == 0
    budget.note("api-usage=50/100", 1)
    assert budget.wait_s(1) == 900
    assert (budget.wait_s(901), budget.wait_s(901)) == (0, 900)  # the others wait for what the one hears
    budget.note("api-usage=80/100", 902)
    assert budget.wait_s(1000) == 802
    assert budget.wait_s(1802) == 0
    budget.note("api-usage=3/100", 1803)
    assert budget.wait_s(1803) == 0
    budget.exceed(2000)
    assert budget.wait_s(2000) == 900


def test_external_ids_are_encoded_in_addresses_and_quoted_in_queries() -> None:
    assert record_path("A__c", "Ref__c", "a/b @+ü%") == "sobjects/A__c/Ref__c/a%2Fb%20%40%2B%C3%BC%25"
    assert soql_text("O'Neill \\ \n") == r"'O\'Neill \\ \n'"


def test_records_with_one_external_id_are_merged_and_those_that_differ_in_case_go_apart() -> None:
    records: list[dict[str, Any]] = [
        {"R": "a", "x": 1, "y": 1},
        {"R": "b", "x": 2},
        {"R": "a", "x": 3},
        {"R": "A", "x": 4},
        {"x": 5},
        {"R": "c"},
    ]
    assert merged("R", records) == [
        [({"R": "a", "x": 3, "y": 1}, [0, 2]), ({"R": "b", "x": 2}, [1])],
        [({"R": "A", "x": 4}, [3]), ({"R": "c"}, [5])],
    ]
    calls = merged("R", [{"R": str(number)} for number in range(401)])
    assert [len(call) for call in calls] == [200, 200, 1]


def test_each_record_of_a_list_has_its_own_outcome() -> None:
    body = [
        {"id": "1", "success": True, "errors": []},
        {"success": False, "errors": [{"statusCode": "STRING_TOO_LONG", "message": "m", "fields": ["F"]}]},
        {"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "m", "fields": []}]},
        {"id": "4", "success": False, "errors": [{"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK"}]},
        {"id": "5"},
        {"success": False, "errors": []},
    ]
    kinds = [type(each) for each in collection_outcomes(body, 6)]
    assert kinds == [str, Declined, Away, Away, Uncertain, Declined]
    assert [type(each) for each in collection_outcomes(body, 5)] == [Uncertain] * 5
    assert [type(each) for each in collection_outcomes({"a": 1}, 1)] == [Uncertain]


def test_a_description_that_is_none_is_asked_for_again() -> None:
    bodies: list[Any] = [None, [], {"fields": [{}]}, {"name": "A", "fields": 1}, {"name": "A", "fields": []}]
    for body in bodies:
        with pytest.raises(Away):
            object_description(body)


def test_the_collected_answers_are_understood() -> None:
    cases = {
        each["case"]: (each["status"], each["body"])
        for each in json_interface("salesforce/samples/composite.json")
        if isinstance(each["body"], list)  # the others are of calls that are not made
    }
    said: dict[str, Any] = {}
    for case, (status, body) in cases.items():
        if status == 200:
            said[case] = [type(each) for each in collection_outcomes(body, len(body))]
        else:
            said[case] = type(answer_fault(status, "", body, changes=True))
    assert list(said.values()) == [[str, Declined], [Away, Declined], Away, Away, Ambiguous]
