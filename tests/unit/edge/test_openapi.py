"""The OpenAPI documents."""

import copy
import json
import re

import pytest
from openapi_spec_validator import validate

from services.edge import api, openapi
from services.edge.openapi.schemas import DESCRIPTION_LENGTH_MAX

DOCUMENT = openapi.document(api.load(), "1.2.3", "https://issuer/token")
OPERATIONS = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]


@pytest.mark.parametrize("dialect", [openapi.as_3_0, openapi.as_3_1])
def test_both_versions_are_valid(dialect):
    validate(dialect(copy.deepcopy(DOCUMENT)))


def test_every_call_with_an_address_is_in_it():
    names = {binding.method.name for binding in api.load().bindings}
    assert {operation["operationId"][0].upper() + operation["operationId"][1:] for operation in OPERATIONS} == names


def test_operation_ids_are_unique_and_valid_apex_names():
    ids = [operation["operationId"] for operation in OPERATIONS]
    assert len({each.lower() for each in ids}) == len(ids)
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]{0,39}", each) for each in ids)


def test_schema_names_are_valid_apex_names():
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9]{0,39}", name) for name in DOCUMENT["components"]["schemas"])


def test_no_description_is_longer_than_salesforce_takes():
    texts = [node["description"] for node in _nodes(DOCUMENT) if isinstance(node.get("description"), str)]
    assert len(texts) > 100
    assert max(map(len, texts)) <= DESCRIPTION_LENGTH_MAX


def test_every_operation_names_its_scope_and_the_scheme_knows_it():
    flow = DOCUMENT["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "https://issuer/token"
    for operation in OPERATIONS:
        [[scope]] = [each["oauth2"] for each in operation["security"]]
        assert scope in flow["scopes"]
        assert scope in operation["description"]


def test_every_operation_answers_errors_with_problems():
    for operation in OPERATIONS:
        content = operation["responses"]["default"]["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}


def test_what_the_address_says_is_not_asked_for_in_the_body():
    confirm = DOCUMENT["paths"]["/v1/slots/{slot}:confirm"]["post"]
    body = DOCUMENT["components"]["schemas"]["ConfirmSlotRequestBody"]
    assert confirm["parameters"][0]["name"] == "slot"
    assert set(body["properties"]) == {"etag", "requestId", "reason"}


def test_fields_say_what_the_proto_says_of_them():
    slot = DOCUMENT["components"]["schemas"]["Slot"]["properties"]
    assert slot["referenceActivityKbq"]["type"] == "string"
    assert slot["referenceActivityKbq"]["readOnly"] is True
    assert "rounded up" in slot["referenceActivityKbq"]["description"]
    assert DOCUMENT["components"]["schemas"]["SlotDemand"]["required"] == [
        "run",
        "site",
        "administration",
        "orderReference",
    ]
    assert "Promised." in DOCUMENT["components"]["schemas"]["SlotState"]["description"]


def test_3_0_has_nothing_beside_a_reference_and_3_1_no_detour():
    assert all(len(node) == 1 for node in _nodes(openapi.as_3_0(DOCUMENT)) if "$ref" in node)
    assert "allOf" not in json.dumps(openapi.as_3_1(DOCUMENT))


def test_the_document_itself_is_not_changed_by_translating_it():
    before = copy.deepcopy(DOCUMENT)
    openapi.as_3_1(DOCUMENT)
    assert before == DOCUMENT


def _nodes(part: object):
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _nodes(value)
    elif isinstance(part, list):
        for value in part:
            yield from _nodes(value)
