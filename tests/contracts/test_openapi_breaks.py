"""The comparison of OpenAPI documents sees every break, and takes every addition."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.contracts.openapi_breaks import breaks

RELEASED: dict[str, Any] = {
    "paths": {
        "/v1/slots": {
            "get": {
                "operationId": "ListSlots",
                "parameters": [{"in": "query", "name": "run", "schema": {"type": "string"}}],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Page"}}}}
                },
            },
            "post": {
                "operationId": "ClaimSlot",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Claim"}}},
                },
                "responses": {"200": {"$ref": "#/components/responses/Slot"}, "409": {"description": "No."}},
            },
        }
    },
    "components": {
        "responses": {"Slot": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Slot"}}}}},
        "schemas": {
            "Page": {
                "type": "object",
                "properties": {"slots": {"type": "array", "items": {"$ref": "#/components/schemas/Slot"}}},
            },
            "Slot": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "kbq": {"type": "string", "format": "int64"},
                    "state": {"type": "string", "enum": ["HELD", "CONFIRMED"]},
                    "moved": {"allOf": [{"$ref": "#/components/schemas/Slot"}], "description": "Where it went."},
                    "facts": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
            "Claim": {"type": "object", "properties": {"run": {"type": "string"}, "reason": {"type": "string"}}},
        },
    },
}

Change = Callable[[dict[str, Any]], Any]


def schema(document: dict[str, Any], name: str) -> dict[str, Any]:
    return document["components"]["schemas"][name]


def operation(document: dict[str, Any], method: str) -> dict[str, Any]:
    return document["paths"]["/v1/slots"][method]


def parameter(name: str, *, required: bool) -> dict[str, Any]:
    return {"in": "query", "name": name, "required": required, "schema": {"type": "string"}}


BREAKS: dict[str, tuple[Change, str]] = {
    "a path goes": (lambda d: d["paths"].clear(), "GET /v1/slots: removed"),
    "an operation goes": (lambda d: d["paths"]["/v1/slots"].pop("post"), "POST /v1/slots: removed"),
    "a call is renamed": (lambda d: operation(d, "get").update(operationId="Slots"), "operationId changed"),
    "a parameter goes": (lambda d: operation(d, "get")["parameters"].clear(), "run: query parameter removed"),
    "a parameter changes type": (
        lambda d: operation(d, "get")["parameters"][0]["schema"].update(type="integer"),
        "run: type was string, is integer",
    ),
    "a new parameter is required": (
        lambda d: operation(d, "get")["parameters"].append(parameter("site", required=True)),
        "site: a new parameter is required",
    ),
    "an answer goes": (lambda d: operation(d, "post")["responses"].pop("409"), "409: response removed"),
    "a field of an answer goes": (lambda d: schema(d, "Slot")["properties"].pop("kbq"), ".kbq: field removed"),
    "a field of an answer is renamed": (
        lambda d: schema(d, "Slot")["properties"].update(kilobecquerel=schema(d, "Slot")["properties"].pop("kbq")),
        ".kbq: field removed",
    ),
    "a field changes type": (
        lambda d: schema(d, "Slot")["properties"]["kbq"].update(type="integer"),
        ".kbq: type was string, is integer",
    ),
    "a list becomes one": (
        lambda d: schema(d, "Page")["properties"].update(slots={"type": "object"}),
        ".slots: type was array, is object",
    ),
    "a value goes": (lambda d: schema(d, "Slot")["properties"]["state"]["enum"].remove("HELD"), "values removed: HELD"),
    "a field is not always there": (lambda d: schema(d, "Slot").pop("required"), ".name: field is not always there"),
    "a field of a request goes": (lambda d: schema(d, "Claim")["properties"].pop("reason"), ".reason: field removed"),
    "a field of a request is required": (
        lambda d: schema(d, "Claim").update(required=["run"]),
        ".run: field has become required",
    ),
    "the values of a map change type": (
        lambda d: schema(d, "Slot")["properties"]["facts"].update(additionalProperties={"type": "integer"}),
        "{}: type was string, is integer",
    ),
}

ADDITIONS: dict[str, Change] = {
    "nothing": lambda _: None,
    "a path": lambda d: d["paths"].update({"/v1/runs": {"get": {"operationId": "ListRuns", "responses": {}}}}),
    "an optional parameter": lambda d: operation(d, "get")["parameters"].append(parameter("site", required=False)),
    "a field of an answer": lambda d: schema(d, "Slot")["properties"].update(lane={"type": "string"}),
    "a field of a request": lambda d: schema(d, "Claim")["properties"].update(lane={"type": "string"}),
    "a value": lambda d: schema(d, "Slot")["properties"]["state"]["enum"].append("LOST"),
    "an answer": lambda d: operation(d, "post")["responses"].update({"503": {"description": "Later."}}),
    "a schema where a reference stood": lambda d: schema(d, "Page")["properties"]["slots"].update(
        items=schema(d, "Slot")
    ),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_break_is_seen_and_said_with_its_place(case: str) -> None:
    change, said = BREAKS[case]
    changed = copy.deepcopy(RELEASED)
    change(changed)
    assert any(said in each for each in breaks(RELEASED, changed)), breaks(RELEASED, changed)


@pytest.mark.parametrize("case", ADDITIONS)
def test_an_addition_is_no_break(case: str) -> None:
    changed = copy.deepcopy(RELEASED)
    ADDITIONS[case](changed)
    assert breaks(RELEASED, changed) == []
