"""Salesforce External Services imports the 3.0 document, whole and in parts. The checker is checked on faults."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from openapi_spec_validator import validate

from services.edge import api, openapi
from services.kernel.errors import Invalid
from tests.support.external_services import RULES, broken_rules

DOCUMENT = openapi.as_3_0(openapi.document(api.load(), "1.0.0", "/oauth/token", "https://doselane.example"))
PART = openapi.selected(DOCUMENT, ["slotting"])
CLAIM, GET = "/v1/slots:claim", "/v1/slots/{slot}"


def test_the_whole_document_breaks_no_rule():
    assert broken_rules(DOCUMENT) == {}


def test_a_part_of_it_breaks_none_and_has_what_it_needs_and_no_more():
    assert broken_rules(PART) == {}
    validate(copy.deepcopy(PART))
    assert {each["name"] for each in PART["tags"]} == {"SlottingService"}
    assert CLAIM in PART["paths"] and "/v1/runs" not in PART["paths"]
    assert {"Slot", "Problem"} <= set(PART["components"]["schemas"])
    assert "Batch" not in PART["components"]["schemas"]
    assert len(json.dumps(PART)) < len(json.dumps(DOCUMENT)) / 4


def test_all_services_together_are_the_whole():
    everything = openapi.selected(DOCUMENT, [each["name"] for each in DOCUMENT["tags"]])
    assert everything["paths"] == DOCUMENT["paths"]
    assert everything["components"] == DOCUMENT["components"]


def test_a_service_that_there_is_not_is_told_with_those_that_there_are():
    with pytest.raises(Invalid, match=r"There is no service booking; there are .*slotting"):
        openapi.selected(DOCUMENT, ["Slotting", "Booking"])


def _twin(document: dict[str, Any]) -> None:
    document["components"]["schemas"]["slot"] = {"type": "object", "properties": {}}


def _body(document: dict[str, Any]) -> None:
    get = document["paths"][GET]["get"]
    get["requestBody"] = {}
    get["responses"] |= dict.fromkeys(("412", "413", "415"), get["responses"]["400"])


def _head(document: dict[str, Any]) -> None:
    document["paths"][GET]["head"] = {**document["paths"][GET]["get"], "operationId": "headSlot"}


def _shouted(document: dict[str, Any]) -> None:
    shouted = {"name": "SLOT", "in": "query", "schema": {"type": "string"}}
    document["paths"][GET]["get"]["parameters"].append(shouted)


FAULTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "version": lambda d: d.update(openapi="3.1.0"),
    "size": lambda d: d["info"].update({"x-padding": "x" * 10_000_000}),
    "operation_names": lambda d: d["paths"][CLAIM]["post"].update(operationId="Select"),
    "schema_names": _twin,
    "property_names": lambda d: d["components"]["schemas"]["Slot"]["properties"].update(at_risk={"type": "boolean"}),
    "parameters": _shouted,
    "descriptions": lambda d: d["paths"][CLAIM]["post"].update(description="x" * 1334),
    "methods": _head,
    "bodies": _body,
    "discriminators": lambda d: d["components"]["schemas"]["Slot"].update(discriminator={"propertyName": "state"}),
    "objects": lambda d: d["components"]["schemas"]["Slot"]["properties"].update(more={"type": "object"}),
    "types": lambda d: d["components"]["schemas"]["Slot"]["properties"]["run"].update(format="int64"),
    "references": lambda d: d["components"]["schemas"].pop("Capacity"),
    "statuses": lambda d: d["paths"][CLAIM]["post"]["responses"].pop("500"),
    "headers_only": lambda d: d["paths"][CLAIM]["post"]["responses"]["200"]["headers"].update({"x-quota": {}}),
}


@pytest.mark.parametrize("rule", FAULTS)
def test_a_seeded_fault_breaks_its_rule_and_no_other(rule: str):
    broken = copy.deepcopy(PART)
    FAULTS[rule](broken)
    assert set(broken_rules(broken)) == {rule}


def test_every_rule_has_a_seeded_fault():
    assert {rule.__name__.strip("_") for rule in RULES} == set(FAULTS)
