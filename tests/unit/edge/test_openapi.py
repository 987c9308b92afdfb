"""The OpenAPI documents."""

import copy
import json
import re

import pytest
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import validate

from services.edge import api, openapi
from services.edge.openapi.schemas import DESCRIPTION_LENGTH_MAX
from services.edge.requests import request_of

API = api.load()
DOCUMENT = openapi.document(API, "1.2.3", "https://issuer/token", "https://doselane.example")
AS_3_1 = openapi.as_3_1(DOCUMENT)
PATHS = DOCUMENT["paths"]
OPERATIONS = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]


@pytest.mark.parametrize("dialect", [openapi.as_3_0, openapi.as_3_1])
def test_both_versions_are_valid(dialect):
    validate(dialect(copy.deepcopy(DOCUMENT)))


def test_every_call_with_an_address_is_in_it():
    names = {binding.method.name for binding in API.bindings}
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


def test_every_operation_names_its_scopes_and_the_scheme_knows_them():
    flow = DOCUMENT["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "https://issuer/token"
    for operation in OPERATIONS:
        ways = [each["oauth2"] for each in operation["security"]]  # one, or one a role of those that may sign
        assert ways and all(ways)
        for scope in {scope for scopes in ways for scope in scopes}:
            assert scope in flow["scopes"]
            assert f"`{scope}`" in operation["description"]
    assert PATHS["/v1/runs"]["post"]["security"] == [{"oauth2": ["capacity.plan", "operator"]}]
    assert PATHS["/v1/batches/{batch}:assess"]["post"]["security"] == [
        {"oauth2": ["quality.sign", "operator", f"quality.{role}"]}
        for role in ("designated_person", "qualified_person")
    ]
    assert {"operator", "courier.push"} <= set(flow["scopes"])


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
    assert DOCUMENT["components"]["schemas"]["SlotDemandInput"]["required"] == [
        "run",
        "site",
        "administration",
        "orderReference",
    ]
    assert "Promised." in DOCUMENT["components"]["schemas"]["SlotState"]["description"]


@pytest.mark.parametrize("binding", [each for each in API.bindings if each.body], ids=lambda each: each.method.name)
def test_the_example_of_a_body_is_one_that_the_door_takes(binding):
    path, names = binding.template.openapi(API.singular_of)
    content = PATHS[path][binding.http_method.lower()]["requestBody"]["content"]
    address = path.format_map(dict.fromkeys(names, "x"))
    for kind, said in content.items():
        body = json.dumps(said["example"]) if kind == "application/json" else said["example"]
        made = request_of(binding, binding.template.match(address), b"", body.encode(), {"content-type": kind})
        assert made != type(made)()


@pytest.mark.parametrize("binding", [each for each in API.bindings if each.body], ids=lambda each: each.method.name)
def test_the_example_of_a_body_is_valid_by_its_own_schema(binding):
    path, _ = binding.template.openapi(API.singular_of)
    said = AS_3_1["paths"][path][binding.http_method.lower()]["requestBody"]["content"]
    whole = {**said["application/json"]["schema"], "components": AS_3_1["components"]}
    Draft202012Validator(whole, validate_formats=True).validate(said["application/json"]["example"])


def test_what_is_answered_requires_nothing_and_what_is_sent_what_the_proto_requires():
    schemas = DOCUMENT["components"]["schemas"]
    answered = [_named(each) for each in _nodes([each["responses"]["200"] for each in OPERATIONS]) if "$ref" in each]
    assert "Run" in answered
    for name in _reached(answered):
        assert "required" not in schemas[name] or name == "Problem", name
    assert "pledged" in schemas["RunInput"]["required"]


def test_a_change_requires_no_field_as_a_mask_may_name_a_single_one():
    update = PATHS["/v1/sites/{site}"]["patch"]["requestBody"]["content"]["application/json"]["schema"]
    assert _named(update) == "Site"


def test_request_ids_are_uuids_and_times_out_are_told():
    claim = PATHS["/v1/slots:claim"]["post"]
    assert DOCUMENT["components"]["schemas"]["ClaimSlotRequest"]["properties"]["requestId"]["format"] == "uuid"
    headers = {each["name"]: each["schema"] for each in claim["parameters"] if each["in"] == "header"}
    assert headers["Idempotency-Key"]["format"] == "uuid"
    assert "DEADLINE_EXCEEDED" in claim["responses"]["504"]["description"]
    assert "retry-after" in claim["responses"]["503"]["headers"]


def test_the_document_says_where_the_door_is_and_whom_to_ask():
    assert [each["url"] for each in DOCUMENT["servers"]] == ["https://doselane.example"]
    assert DOCUMENT["info"]["contact"]["url"] == "https://doselane.example"
    flows = openapi.document(API, "1", "/oauth/token", "https://doselane.example")["components"]["securitySchemes"]
    assert flows["oauth2"]["flows"]["clientCredentials"]["tokenUrl"] == "https://doselane.example/oauth/token"


def test_bodies_that_external_services_cannot_map_are_marked():
    kinds = [
        kind for each in _nodes(DOCUMENT) if isinstance(each.get("content"), dict) for kind in each["content"].items()
    ]
    marked = {kind for kind, said in kinds if "x-external-services" in said}
    assert marked == {"text/csv", "application/yaml", "text/event-stream"}


@pytest.mark.parametrize("binding", API.bindings, ids=lambda each: each.method.name)
def test_every_parameter_of_the_query_is_one_that_the_door_takes(binding):
    path, names = binding.template.openapi(API.singular_of)
    fields = binding.template.match(path.format_map(dict.fromkeys(names, "x")))
    text = {"content-type": binding.text_body.media_type} if binding.text_body else {}
    values = {"integer": "1", "number": "0.5", "boolean": "true", "string": "1"}
    for parameter in PATHS[path][binding.http_method.lower()]["parameters"]:
        if parameter["in"] == "query":
            schema = parameter["schema"].get("items", parameter["schema"])
            if "$ref" in schema:
                schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            told = re.search(r"such as `([^`]+)`\.$", parameter["description"])
            value = told[1] if told else schema.get("enum", [values[schema["type"]]])[-1]
            request_of(binding, fields, f"{parameter['name']}={value}".encode(), b"", text)


def test_a_change_has_its_resource_in_the_body_and_the_rest_in_the_query():
    update = PATHS["/v1/facilities/{facility}/lines/{line}"]["patch"]
    assert update["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Line"}
    parameters = {each["name"]: each for each in update["parameters"]}
    assert {"facility", "line", "updateMask", "acceptConflicts", "requestId", "Idempotency-Key"} <= set(parameters)
    assert not any(name.startswith("line.") for name in parameters)
    assert parameters["updateMask"]["schema"] == {"type": "string"}
    assert "such as `displayName,products`" in parameters["updateMask"]["description"]
    assert not any(each["required"] for each in parameters.values() if each["in"] != "path")


def test_a_deletion_takes_no_body():
    delete = PATHS["/v1/sites/{site}"]["delete"]
    assert "requestBody" not in delete
    assert {"etag", "acceptConflicts", "reason"} <= {each["name"] for each in delete["parameters"]}


def test_dates_in_the_query_are_dates():
    accuracy = PATHS["/v1/forecastAccuracy"]["get"]
    found = {each["name"]: each for each in accuracy["parameters"]}
    assert found["fromDate"]["schema"] == {"type": "string", "format": "date"}
    assert (found["fromDate"]["required"], found["fromDate"]["example"]) == (True, "2027-03-01")
    assert not any(name.startswith("fromDate.") for name in found)


def test_a_call_that_takes_a_file_shows_both_forms():
    take = PATHS["/v1/forecasts:import"]["post"]
    assert list(take["requestBody"]["content"]) == ["application/json", "text/csv"]
    assert take["requestBody"]["content"]["text/csv"]["example"].startswith("product,region,week_start_date,doses\n")
    assert "2097152 bytes" in take["requestBody"]["description"]
    found = {each["name"]: each["description"] for each in take["parameters"] if each["in"] == "query"}
    assert set(found) == {"validateOnly", "requestId", "reason"}
    assert all(told.endswith("Only beside a text/csv body.") for told in found.values())


def test_a_call_that_answers_a_file_shows_both_forms():
    answer = PATHS["/v1/masterData:export"]["get"]["responses"]["200"]
    assert list(answer["content"]) == ["application/json", "application/yaml"]


def test_errors_name_the_reasons_that_can_be_foreseen():
    update = PATHS["/v1/sites/{site}"]["patch"]["responses"]
    assert "REQUEST_MISMATCH" in update["409"]["description"]
    assert "STALE" in update["409"]["description"]
    assert "CONFLICT" in update["409"]["description"]
    assert "UNSUPPORTED_MEDIA_TYPE" in update["415"]["description"]
    assert "415" not in PATHS["/v1/sites"]["get"]["responses"]


def test_a_stream_says_whether_it_goes_on_or_ends():
    ends, goes_on = PATHS["/v1/proposals/{proposal}:watch"]["get"], PATHS["/v1/runs:watch"]["get"]
    assert "`end`" in ends["responses"]["200"]["description"]
    assert "Last-Event-ID" in goes_on["responses"]["200"]["description"]
    headers = [{each["name"] for each in stream["parameters"]} for stream in (ends, goes_on)]
    assert ["Last-Event-ID" in found for found in headers] == [False, True]


def test_3_0_has_nothing_beside_a_reference_and_3_1_no_detour():
    assert all(len(node) == 1 for node in _nodes(openapi.as_3_0(DOCUMENT)) if "$ref" in node)
    assert "allOf" not in json.dumps(openapi.as_3_1(DOCUMENT))


def test_the_document_itself_is_not_changed_by_translating_it():
    before = copy.deepcopy(DOCUMENT)
    openapi.as_3_1(DOCUMENT)
    assert before == DOCUMENT


def _named(reference: dict[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


def _reached(names: list[str]) -> set[str]:
    """The schemas of these names and all that they refer to."""
    found, waiting = set(), [name for name in names if name in DOCUMENT["components"]["schemas"]]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [_named(each) for each in _nodes(DOCUMENT["components"]["schemas"][name]) if "$ref" in each]
    return found


def _nodes(part: object):
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from _nodes(value)
    elif isinstance(part, list):
        for value in part:
            yield from _nodes(value)


def test_the_bounds_of_64_bit_numbers_are_told_in_words_as_they_are_texts():
    field = DOCUMENT["components"]["schemas"]["ProductInput"]["properties"]["vialReferenceActivityMaxKbq"]
    assert (field["type"], field["pattern"]) == ("string", "^[0-9]+$")
    assert field["description"].endswith("A whole number, at least 1 and at most 1000000000000000.")
    assert "minimum" not in field
