"""What FedEx published is taken for what it says: every code of its table, and every example of its definition."""

import html
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from doselane.courier.v1 import courier_pb2
from jsonschema import Draft202012Validator

from adapters.courier_fedex.codes import KIND_OF_CODE, KIND_OF_WORD, kind_of
from adapters.sandbox.fedex import push, scan_event, track_result
from adapters.sandbox.fedex_api import NOT_FOUND
from adapters.sandbox.journey import Journey
from tests.support.couriers import NOW, CourierDesk
from tests.support.fedex import RECEIVED, a_body, a_result, a_scan, one, read
from tests.support.interfaces import interface, json_interface

Kind = courier_pb2.Milestone.Kind
# Of these FedEx's own words do not say what happened.
UNDECIDED = {("RC", "Recipient")}


def listed() -> list[tuple[str, str]]:
    """Codes and definitions of FedEx's table."""
    page = interface("couriers/fedex/Tracking-Status-Codes.html").read_text("utf-8")
    cells = [html.unescape(re.sub("<[^>]+>", "", each)).strip() for each in re.findall("(?is)<t[dh].*?</t[dh]>", page)]
    return [(code, words) for code, words in pairwise(cells) if re.fullmatch("[A-Z][A-Za-z]", code)]


def test_every_code_that_fedex_lists_has_a_meaning() -> None:
    codes = listed()
    assert len(codes) > 60
    unknown = {(code, words) for code, words in codes if not kind_of(code, "", words)}
    assert unknown == UNDECIDED
    known = {code.upper() for code, _ in codes}
    assert set(KIND_OF_CODE) - {"AE", "HA", "IN"} <= known
    assert set(KIND_OF_WORD) <= known
    # What stands twice in the table with two meanings is decided by words.
    words_of: dict[str, set[str]] = {}
    for code, words in codes:
        words_of.setdefault(code.upper(), set()).add(words.lower())
    assert {code for code, words in words_of.items() if len(words) > 1} == set(KIND_OF_WORD)


@pytest.fixture(scope="module")
def definition() -> Any:
    return json_interface("couriers/fedex/track.openapi.json")


def fits(definition: Any, name: str, value: Any) -> list[str]:
    """What is wrong with a value by FedEx's schema of this name."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": definition["components"]}
    return [f"{error.json_path} {error.message}" for error in Draft202012Validator(schema).iter_errors(value)]


def example_of(definition: Any, schema: Any, depth: int = 0) -> Any:
    """The value that the examples of FedEx's schema make together."""
    if "$ref" in schema:
        return example_of(definition, definition["components"]["schemas"][schema["$ref"].rpartition("/")[2]], depth)
    if "allOf" in schema:
        return example_of(definition, schema["allOf"][0], depth)
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {}) if depth < 12 else {}
        return {name: example_of(definition, each, depth + 1) for name, each in properties.items()}
    if schema.get("type") == "array":
        given = schema.get("example")
        return given if isinstance(given, list) else [example_of(definition, schema.get("items", {}), depth + 1)]
    return schema.get("example", schema.get("enum", [""])[0])


def test_the_example_of_a_whole_answer_is_read(definition: Any) -> None:
    example = example_of(definition, {"$ref": "#/components/schemas/TrkcResponseVO_TrackingNumber"})
    result = example["output"]["completeTrackResults"][0]["trackResults"][0]
    assert result["scanEvents"][0]["eventType"] == "PU"
    # As the schema has it, a result carries an error beside all that it tells; then the error counts.
    assert "TRACKING.TRACKINGNUMBER.EMPTY" in refusal_of(example)
    del result["error"]
    # Its scan is of 2018, and so is the shipment.
    assert "SHIPMENT_OLD" in refusal_of(example)
    result["scanEvents"][0]["date"] = RECEIVED.isoformat()
    fact = read(example).facts[0]
    assert (fact.said.kind, fact.said.location.city, fact.references) == (Kind.COLLECTED, "SEATTLE", ("123456789012",))


def refusal_of(body: Any) -> str:
    try:
        return str(read(body))
    except Exception as refused:  # noqa: BLE001 - whatever it is, it is compared
        return f"{getattr(refused, 'reason', refused)} {getattr(refused, 'detail', '')}"


def test_every_example_of_a_date_in_the_definition_is_read(definition: Any) -> None:
    dates = set(_dates(definition["components"]["schemas"]))
    assert len(dates) >= 6
    for date in dates:
        read(a_body(a_result(a_scan(), a_scan(date=date))))


def _dates(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        example = value.get("example")
        if isinstance(example, str) and re.match(r"\d{4}-\d\d-\d\d", example):
            yield example
        for each in value.values():
            yield from _dates(each)
    elif isinstance(value, list):
        for each in value:
            yield from _dates(each)


def test_every_event_example_of_the_definition_is_taken(definition: Any) -> None:
    event = definition["components"]["schemas"]["ScanEvent"]
    scan = example_of(definition, event)
    fact = one({**scan, "date": RECEIVED.isoformat()})
    assert (fact.said.kind, fact.said.description) == (Kind.COLLECTED, "Picked Up: Package available for clearance")
    for place in event["properties"]["locationType"]["enum"]:
        assert one(a_scan(locationType=place)).said.kind == Kind.OUT_FOR_DELIVERY


def test_the_twin_speaks_as_the_definition_has_it(definition: Any) -> None:
    for scan in Journey("794887075005", NOW).scans():
        assert fits(definition, "TrkcResponseVO_TrackingNumber", push(scan)) == []
        assert fits(definition, "TrackResult", track_result(scan.reference, [scan_event(scan)])) == []
    assert fits(definition, "CXSError", NOT_FOUND) == []


async def test_a_journey_of_the_twins_is_pushed_through_the_real_door(door: CourierDesk) -> None:
    scans = Journey("794887075099", NOW).scans()
    told = []
    for scan in scans:
        answer = await door.push_fedex(push(scan))
        assert answer.status_code == 200
        told += [note["kind"] for note in answer.json()["notes"]]
    assert told == [scan.stage.value for scan in scans]
    again = await door.push_fedex(push(scans[0]))
    assert again.status_code == 200
    assert again.json()["notes"][0]["warnings"] == ["SHIPMENT_UNKNOWN", "EVENT_REPEATED"]


@pytest.mark.parametrize(("body", "reason"), [
    (b'{"output": {"completeTrack', "BODY_NOT_JSON"),
    ('{"output": "é"}'.encode("latin-1"), "BODY_NOT_UTF8"),
    (b"<html>", "BODY_NOT_JSON"),
    (json.dumps(a_body(a_result(a_scan(date="2025-01-01T00:00:00-06:00")))).encode(), "SHIPMENT_OLD"),
])  # fmt: skip
async def test_a_push_that_cannot_be_taken_is_kept_and_answered_with_the_reason(
    door: CourierDesk, body: bytes, reason: str
) -> None:
    answer = await door.push_fedex(body)
    assert (answer.status_code, answer.json()["reason"]) == (400, reason)
    assert await door.body_of(answer.json()["facts"]["push"]) == body
    stored = await door.stored()
    assert (await door.push_fedex(body, token="nobodys-token-0000000")).status_code == 401
    assert await door.stored() == stored
