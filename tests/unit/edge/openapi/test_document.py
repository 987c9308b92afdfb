"""What the document says of calls: their operations, parameters, bodies, answers, headers, problems."""

from typing import Any

import pytest

from services.edge.openapi import as_3_0, as_3_1, selected
from services.edge.openapi.apex import RESERVED, is_reserved, unreserved
from services.edge.openapi.deprecated import SUNSET, in_words, keywords, without
from services.edge.openapi.dialect import as_2020_12
from services.edge.openapi.headers import described_headers, headers_of
from services.edge.openapi.operations import Operations
from services.edge.openapi.problems import problems
from services.edge.openapi.schemas import Schemas
from services.kernel.errors import Invalid
from tests.support.flights import api, binding, field, flights, operation, parameters

REF = "#/components/schemas/"
GET, LIST, BOOK = "GET /v1/{name=flights/*}", "GET /v1/{parent=airports/*}/flights", "POST /v1/flights:book"
SIGN, CHANGE, CREATE = "POST /v1/{name=flights/*}:sign", "PATCH /v1/{flight.name=flights/*}", "POST /v1/flights"
WATCH, PRINT, IMPORT, FIND = (
    "GET /v1/flights:watch",
    "GET /v1/{parent=airports/*}/flights:print",
    "POST /v1/flights:import",
    "GET /v1/flights:find",
)
TIMEOUT = "x-request-timeout-ms"


def test_an_operation_has_its_name_and_its_words() -> None:
    made = operation("getFlight")
    assert made["summary"] == "Gets a flight."
    assert made["description"] == "Gets a flight. It is there as long as it flies. Needs the scope `flights.read`."
    assert made["tags"] == ["FlightService"]
    assert made["security"] == [{"oauth2": ["flights.read"]}]
    assert "requestBody" not in made and "deprecated" not in made


def test_a_call_without_a_comment_has_its_name_for_a_summary() -> None:
    assert operation("towerServiceGetFlight")["summary"] == "GetFlight"


def test_several_scopes_are_all_needed_and_any_one_role() -> None:
    listed, signed = operation("listFlights"), operation("signFlight")
    assert listed["summary"] == "Lists flights."
    assert listed["description"] == "Lists flights Needs the scopes `flights.read` and `operator`."
    assert listed["security"] == [{"oauth2": ["flights.read", "operator"]}]
    assert signed["security"] == [{"oauth2": ["flights.write", f"flights.{role}"]} for role in ("captain", "mate")]
    assert "Signs: needs the role `flights.captain` or `flights.mate`, in the token" in signed["description"]


def test_a_second_call_of_a_name_carries_its_service_and_a_second_binding_too() -> None:
    paths = flights()["paths"]
    assert paths["/v1/tower/flights/{flight}"]["get"]["operationId"] == "towerServiceGetFlight"
    assert paths["/v1/old/flights/{flight}:sign"]["post"]["operationId"] == "flightServiceSignFlight"
    assert list(paths) == sorted(paths)


def test_a_third_one_of_a_name_carries_a_number() -> None:
    made = Operations(api(), Schemas(api()))
    names = [made.of(binding(GET))[1]["operationId"] for _ in range(4)]
    assert names == ["getFlight", "flightServiceGetFlight", "flightServiceGetFlight2", "flightServiceGetFlight3"]


def test_the_parameters_of_the_path_are_ids() -> None:
    assert operation("listFlights")["parameters"][0] == {
        "name": "airport",
        "in": "path",
        "required": True,
        "description": "Id of the airport: the last part of its name.",
        "schema": {"type": "string", "pattern": "^[^/:]+$"},
    }


def test_the_parameters_of_the_query_are_the_fields_of_the_request_with_those_within() -> None:
    made = {name: each for name, each in parameters("listFlights").items() if each["in"] == "query"}
    assert list(made) == [
        "day",
        "startTime",
        "states",
        "outer.near",
        "outer.middle.far",
        "outer.middle.inner.farther",
        "readMask",
        "who.pass",
        "who.card",
    ]
    assert made["day"] == {
        "name": "day",
        "in": "query",
        "required": True,
        "description": "Only those of the day. A date, such as `2027-03-01`.",
        "schema": {"type": "string", "format": "date"},
        "example": "2027-03-01",
    }
    assert made["startTime"] == {
        "name": "startTime",
        "in": "query",
        "required": False,
        "description": "From here on. An instant, such as `2027-03-01T08:00:00Z`.",
        "schema": {"type": "string", "format": "date-time"},
    }
    assert made["readMask"]["required"] and made["readMask"]["description"].startswith("Names of fields, separated")
    assert made["states"]["schema"] == {"type": "array", "items": {"type": "string"}}
    assert made["who.pass"]["schema"]["minLength"] == 2


def test_what_leads_to_an_end_says_so_at_each_field_within() -> None:
    made = parameters("listFlights")
    ends = {"deprecated": True, SUNSET: "2027-03-02"}
    for name in ("outer.middle.far", "outer.middle.inner.farther"):
        assert ends.items() <= made[name].items()
        assert made[name]["description"].startswith("Deprecated since 2026-03-01, may be gone from 2027-03-02 on: use")
        assert not set(ends) & set(made[name]["schema"])
    assert "deprecated" not in made["outer.near"]


@pytest.mark.parametrize(
    ("call", "headers"),
    [
        ("getFlight", [TIMEOUT]),
        ("listFlights", [TIMEOUT]),
        ("watchFlights", ["Last-Event-ID"]),
        ("printFlights", []),
        ("bookFlight", ["Idempotency-Key", "Doselane-Consent", TIMEOUT]),
        ("importFlights", [TIMEOUT]),
        ("findFlights", [TIMEOUT]),
    ],
)
def test_the_headers_of_a_request_are_those_that_the_door_reads(call: str, headers: list[str]) -> None:
    if call == "getFlight":
        headers = ["Idempotency-Key", *headers]
    assert [each["name"] for each in operation(call)["parameters"] if each["in"] == "header"] == headers


def test_the_header_of_patience_has_its_bounds() -> None:
    made = parameters("listFlights")[TIMEOUT]
    assert made["schema"] == {"type": "integer", "format": "int32", "minimum": 1, "maximum": 60_000}
    assert made["required"] is False
    assert parameters("bookFlight")["Idempotency-Key"]["schema"] == {"type": "string", "format": "uuid"}


def test_a_body_is_the_whole_request_or_the_resource() -> None:
    def schema(name: str) -> Any:
        assert operation(name)["requestBody"]["required"] is True
        return operation(name)["requestBody"]["content"]["application/json"]["schema"]

    assert schema("bookFlight") == {"$ref": f"{REF}BookFlightRequest"}
    assert schema("signFlight") == {"$ref": f"{REF}GetFlightRequestBody"}
    assert schema("createFlight") == {"$ref": f"{REF}FlightInput"}
    assert schema("updateFlight") == {"$ref": f"{REF}Flight"}  # a mask may name a single field
    assert operation("createFlight")["requestBody"]["content"]["application/json"]["example"]["seats"] == 1
    in_query = [name for name, each in parameters("updateFlight").items() if each["in"] == "query"]
    assert in_query == ["updateMask", "requestId"]
    assert [name for name, each in parameters("bookFlight").items() if each["in"] == "query"] == []


def test_a_call_that_takes_and_answers_a_file_shows_both_forms() -> None:
    made = operation("importFlights")
    csv = {"schema": {"type": "string"}, "x-external-services": "not mapped"}
    assert made["requestBody"]["description"] == "`csv` as JSON or as it is; at most 99 bytes, and UTF-8."
    assert made["requestBody"]["content"]["text/csv"] == {**csv, "example": "a,b"}
    assert made["responses"]["200"]["content"]["text/csv"] == {**csv, "example": "c,d"}
    dry_run = parameters("importFlights")["dryRun"]
    assert dry_run["required"] is False
    assert dry_run["description"] == "Whether it is only looked at. Only beside a text/csv body."
    assert "csv" not in parameters("importFlights")
    assert "description" not in operation("bookFlight")["requestBody"]


def test_an_answer_is_a_message_or_a_stream() -> None:
    assert operation("getFlight")["responses"]["200"]["description"] == "A Flight."
    assert operation("listFlights")["responses"]["200"]["description"] == "An Answer."
    assert operation("getFlight")["responses"]["200"]["content"] == {
        "application/json": {"schema": {"$ref": f"{REF}Flight"}}
    }
    for name, end in (("watchFlights", "send `Last-Event-ID` to go on."), ("printFlights", "with its id gets 204.")):
        made = operation(name)["responses"]["200"]
        assert list(made["content"]) == ["text/event-stream"]
        assert made["content"]["text/event-stream"]["x-external-services"] == "not mapped"
        assert made["description"].endswith(end)
        assert made["x-doselane-event-data"] == {"$ref": f"{REF}Answer"}


@pytest.mark.parametrize(
    ("status", "names"),
    [
        ("200", {"cache-control", "ratelimit", "ratelimit-policy"}),
        ("401", {"www-authenticate"}),
        ("403", {"www-authenticate"}),
        ("404", set()),
        ("429", {"retry-after", "ratelimit", "ratelimit-policy"}),
        ("503", {"retry-after"}),
    ],
)
def test_an_answer_has_the_headers_of_its_status(status: str, names: set[str]) -> None:
    always = {"x-request-id", "x-trace-id"}
    assert set(headers_of(status, binding(GET))) == always | names
    assert set(headers_of(status, binding(FIND))) == always | names | {"deprecation", "sunset", "link"}
    assert headers_of(status, binding(GET))["x-trace-id"] == {"$ref": "#/components/headers/TraceId"}


def test_the_headers_of_an_end_are_described_only_where_a_call_has_one() -> None:
    assert {"Deprecation", "DeprecationLink", "Sunset"} <= set(described_headers(api().bindings))
    assert not {"Deprecation", "Sunset"} & set(described_headers([binding(GET)]))
    assert described_headers([binding(GET)])["RetryAfter"]["schema"]["minimum"] == 1


COMMON = {"400", "401", "403", "404", "406", "408", "409", "429", "431", "500", "501", "503", "504", "default"}


@pytest.mark.parametrize(
    ("key", "status", "reasons"),
    [
        (GET, "400", "INVALID_ARGUMENT, FIELD_UNKNOWN, HEADER_REPEATED, BODY_NOT_EXPECTED"),
        (BOOK, "400", "INVALID_ARGUMENT, FIELD_UNKNOWN, HEADER_REPEATED, JSON_MALFORMED"),
        (IMPORT, "400", "INVALID_ARGUMENT, FIELD_UNKNOWN, HEADER_REPEATED, JSON_MALFORMED, BODY_NOT_UTF8"),
        (GET, "401", "TOKEN_MISSING, TOKEN_MALFORMED, TOKEN_EXPIRED"),
        (SIGN, "401", "TOKEN_MISSING, TOKEN_MALFORMED, TOKEN_EXPIRED, STEP_UP_REQUIRED"),
        (GET, "403", "SCOPE_MISSING"),
        (SIGN, "403", "SCOPE_MISSING, SIGNER_ROLE_MISSING, SIGNER_NOT_A_PERSON"),
        (LIST, "409", ""),
        (SIGN, "409", "REQUEST_MISMATCH (the `requestId` was used for another request)"),
        (CREATE, "409", "REQUEST_MISMATCH (the `requestId` was used for another request), STALE (read again)"),
        (
            BOOK,
            "409",
            "REQUEST_MISMATCH (the `requestId` was used for another request), "
            "CONFLICT or CAPACITY_CONFLICT (`facts` name the promised slots)",
        ),
        (GET, "429", "SERVER_FULL"),
        (WATCH, "429", "SERVER_FULL, TOO_MANY_STREAMS"),
        (GET, "504", "DEADLINE_EXCEEDED"),
        (BOOK, "415", "UNSUPPORTED_MEDIA_TYPE, CHARSET_NOT_SUPPORTED, ENCODING_NOT_SUPPORTED"),
    ],
)
def test_a_problem_tells_the_reasons_that_can_be_foreseen(key: str, status: str, reasons: str) -> None:
    told = problems(binding(key))[status]["description"]
    assert told.endswith(f" Reasons: {reasons}.") if reasons else "Reasons" not in told


def test_problems_of_bodies_are_told_where_there_is_one() -> None:
    assert set(problems(binding(GET))) == COMMON
    assert set(problems(binding(BOOK))) == COMMON | {"412", "413", "415"}
    assert list(problems(binding(BOOK))) == sorted(problems(binding(BOOK)))
    assert problems(binding(GET))["default"]["description"] == "Any other problem."
    assert problems(binding(GET))["404"]["content"] == {
        "application/problem+json": {"schema": {"$ref": f"{REF}Problem"}}
    }


def test_the_end_of_a_call_stands_first_in_its_description() -> None:
    made = operation("findFlights")
    assert made["deprecated"] is True and made[SUNSET] == "2027-09-02"
    assert made["description"].startswith(
        "Deprecated since 2026-03-01, may be gone from 2027-09-02 on: use `ListFlights`. It is slow. "
        "See https://doselane.example/old. Old. Needs"
    )
    assert in_words(field("Kinds.a_bool")) == "" and keywords(field("Kinds.a_bool")) == {}
    assert keywords(field("Kinds.old")) == {"deprecated": True}
    assert without({"type": "string", "deprecated": True, SUNSET: "2027-01-01"}) == {"type": "string"}


def test_the_document_names_the_door_its_parts_and_its_scopes() -> None:
    made = flights()
    assert made["info"]["version"] == "1.2.3"
    assert made["info"]["contact"]["url"] == made["servers"][0]["url"] == "https://doselane.example"
    assert made["tags"] == [
        {
            "name": "FlightService",
            "description": "What a document says, in small: each declaration shows one rule.",
        },
        {"name": "TowerService", "description": "Another one with a call of a known name."},
    ]
    flow = made["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow["tokenUrl"] == "https://doselane.example/oauth/token"
    assert flow["scopes"]["flights.read"] == "May read in flights."
    assert flow["scopes"]["flights.captain"] == "May captain in flights."
    assert flow["scopes"]["tower"] == "Scope tower."
    assert flow["scopes"]["operator"].startswith("Is the manufacturer's own staff")
    assert list(flow["scopes"]) == sorted(flow["scopes"])
    assert list(made["components"]["schemas"]) == sorted(made["components"]["schemas"])
    assert {"Problem", "ProblemFacts"} <= set(made["components"]["schemas"])


def test_3_1_has_references_with_neighbours_encodings_and_edges_that_are_numbers() -> None:
    assert as_2020_12(
        {
            "allOf": [{"$ref": "#/a"}],
            "description": "words",
            "x": [
                {"type": "string", "format": "byte"},
                {"type": "string", "format": "int64"},
                {"type": "number", "format": "byte"},
            ],
            "low": {"minimum": 1, "exclusiveMinimum": True, "maximum": 3},
            "high": {"maximum": 3, "exclusiveMaximum": True, "minimum": 1},
            "none": {"minimum": 1, "exclusiveMinimum": 0},
            "several": {"allOf": [{"$ref": "#/a"}, {"$ref": "#/b"}]},
            "other": {"allOf": [{"type": "string"}]},
        }
    ) == {
        "$ref": "#/a",
        "description": "words",
        "x": [
            {"type": "string", "contentEncoding": "base64"},
            {"type": "string", "format": "int64"},
            {"type": "number", "format": "byte"},
        ],
        "low": {"exclusiveMinimum": 1, "maximum": 3},
        "high": {"exclusiveMaximum": 3, "minimum": 1},
        "none": {"minimum": 1, "exclusiveMinimum": 0},
        "several": {"allOf": [{"$ref": "#/a"}, {"$ref": "#/b"}]},
        "other": {"allOf": [{"type": "string"}]},
    }


def test_3_0_has_64_bit_numbers_as_plain_texts_and_nothing_else_changed() -> None:
    part = {"a": [{"type": "string", "format": "int64"}, {"type": "string", "format": "uint64"}], "b": "int64"}
    kept = {"c": {"type": "integer", "format": "int64"}, "d": {"type": "string", "format": "byte"}}
    made = as_3_0({**part, **kept})
    assert made == {"a": [{"type": "string"}] * 2, "b": "int64", **kept, "openapi": "3.0.3"}


def test_3_1_names_its_dialect_and_its_licence() -> None:
    made = as_3_1(flights())
    assert made["openapi"] == "3.1.0"
    assert made["jsonSchemaDialect"] == "https://spec.openapis.org/oas/3.1/dialect/base"
    assert made["info"]["license"] == {"name": "Apache License 2.0", "identifier": "Apache-2.0"}
    assert flights()["info"]["license"]["name"] == "Apache-2.0"


def test_a_part_has_the_calls_of_its_services_and_the_schemas_that_they_reach() -> None:
    made = selected(flights(), ["tower"])
    assert list(made["paths"]) == ["/v1/tower/flights/{flight}"]
    assert [each["name"] for each in made["tags"]] == ["TowerService"]
    assert set(made["components"]["schemas"]) == {"Problem", "ProblemFacts"}
    assert made["components"]["headers"] == flights()["components"]["headers"]


@pytest.mark.parametrize("asked", [["flight"], [" FlightService ", ""], ["FLIGHT", "flight"]])
def test_a_service_is_asked_for_in_whatever_spelling(asked: list[str]) -> None:
    made = selected(flights(), asked)
    assert len(made["paths"]) == len(flights()["paths"]) - 1
    assert {"Flight", "FlightInput", "Traveller", "FlightState"} <= set(made["components"]["schemas"])


def test_a_service_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Invalid, match=r"There is no service a{60}; there are flight, tower\.") as refused:
        selected(flights(), ["tower", "b", "a" * 70])
    assert refused.value.facts["field"] == "services"


def test_a_word_of_apex_is_respelled_whatever_its_case() -> None:
    assert is_reserved("Package") and is_reserved("int") and not is_reserved("Flight")
    assert unreserved("Date") == "DateValue"
    assert unreserved("Flight") == "Flight"
    assert "" not in RESERVED
